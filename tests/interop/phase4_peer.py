"""
A phase4 access point in a JVM of its own, driven a JSON line at a time.  What it answers is judged by the tests.
"""

import contextlib
import fcntl
import json
import queue
import shutil
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from oots.ebms.messages import PartInfo, UserMessage
from tests.interop.identities import PASSWORD, Identity, KeyStores

PROJECT: Final = Path(__file__).with_name("phase4")
JAR: Final = PROJECT / "target" / "phase4-peer.jar"

_START_SECONDS: Final = 60
_ANSWER_SECONDS: Final = 90


def missing_tools() -> str | None:
    """Say what to install, or None when all is there."""
    if shutil.which("java") and shutil.which("mvn"):
        return None
    return "needs a JDK and Maven: Debian packages default-jdk-headless and maven"


def build() -> None:
    """Build the jar when it is missing or older than a source; one test worker at a time."""
    JAR.parent.mkdir(exist_ok=True)
    with (JAR.parent / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        sources = [PROJECT / "pom.xml", *(path for path in (PROJECT / "src").rglob("*") if path.is_file())]
        if JAR.exists() and JAR.stat().st_mtime >= max(path.stat().st_mtime for path in sources):
            return
        # The network is asked only for what the local repository does not have yet.
        if not _maven("--offline"):
            assert _maven(), "Maven could not build the phase4 peer; its messages are above"


def _maven(*options: str) -> bool:
    command = ["mvn", "--quiet", "--batch-mode", "-Dstyle.color=never", *options, "package"]
    return subprocess.run(command, cwd=PROJECT, check=False).returncode == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingPayload:
    """A payload that phase4 shall send; `compress` is the wish of the P-Mode."""

    content: bytes
    part: PartInfo
    compress: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """How a message that phase4 sent ended, as phase4 sees it."""

    result: str
    message_id: str
    signal_id: str | None
    ref_to_message_id: str | None
    receipt: bool
    signature_checked: bool
    signer_sha256: str | None
    references_match: bool | None
    """Whether the receipt repeats exactly what was signed; None when it repeats nothing."""
    complaints: tuple[str, ...]
    errors: tuple[str, ...]
    """Codes only."""
    failure: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """A message that phase4 accepted: its header as phase4 wrote it down, and the payloads in order."""

    header: dict[str, Any]
    payloads: tuple[bytes, ...]


class Phase4Peer:
    """Starts the JVM; `close` ends it for sure."""

    def __init__(self, own: Identity, stores: KeyStores, folder: Path) -> None:
        self.own = own
        self._folder = folder
        self._inbox = folder / "inbox"
        self._log = folder / "phase4.log"
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command(stores),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                encoding="utf-8",
                cwd=folder,
            )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        try:
            self.version = str(self._answer(_START_SECONDS)["phase4"])
        except BaseException:
            self.close()
            raise

    def _command(self, stores: KeyStores) -> list[str]:
        options = {
            "--party": self.own.party_id.value,
            "--password": PASSWORD,
            "--keys": str(stores.keys),
            "--trust": str(stores.trust),
            "--tls-keys": str(stores.tls_keys),
            "--tls-trust": str(stores.tls_trust),
        }
        return ["java", "-Xmx512m", "-jar", str(JAR), *(item for pair in options.items() for item in pair)]

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put("")

    def _ask(self, **command: object) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        return self._answer(_ANSWER_SECONDS)

    def _answer(self, seconds: float) -> dict[str, Any]:
        try:
            line = self._lines.get(timeout=seconds)
        except queue.Empty:
            line = ""
        answer = json.loads(line) if line else {"error": f"no answer within {seconds} s, or the JVM ended"}
        if "error" in answer:
            raise AssertionError(f"phase4: {answer['error']}\n{self.log()}")
        return dict(answer)

    def log(self) -> str:
        """Give the end of what phase4 logged."""
        return self._log.read_text(errors="replace")[-4000:]

    def receive(self, *, port: int = 0, tls: bool = False) -> str:
        """Open the access point, and give its URL; with TLS it asks for a client certificate."""
        return str(self._ask(do="receive", port=port, inbox=str(self._inbox), tls=tls)["url"])

    def send(
        self, message: UserMessage, payloads: Sequence[OutgoingPayload], *, url: str, sender: str | None = None
    ) -> Sent:
        """Have phase4 package and push a message; it makes its own timestamp, and the fixed values of OOTS."""
        answer = self._ask(
            do="send",
            url=url,
            **{"from": sender},
            to=message.receiver.party_id.value,
            service={"type": message.service.type, "value": message.service.value},
            action=message.action,
            messageId=message.message_id,
            conversationId=message.conversation_id,
            properties=[{"name": item.name, "type": item.type, "value": item.value} for item in message.properties],
            payloads=[self._outgoing(payload, number) for number, payload in enumerate(payloads)],
        )
        return Sent(
            result=answer["result"],
            message_id=answer["messageId"],
            signal_id=answer["signalId"],
            ref_to_message_id=answer["refToMessageId"],
            receipt=answer["receipt"],
            signature_checked=answer["signatureChecked"],
            signer_sha256=answer["signerSha256"],
            references_match=answer["referencesMatch"],
            complaints=tuple(answer["complaints"]),
            errors=tuple(error["code"] for error in answer["errors"]),
            failure=answer["failure"],
        )

    def _outgoing(self, payload: OutgoingPayload, number: int) -> dict[str, object]:
        file = self._folder / f"outgoing-{number}"
        file.write_bytes(payload.content)
        return {
            "file": str(file),
            "cid": payload.part.content_id,
            "mimeType": payload.part.mime_type,
            "compress": payload.compress,
        }

    def delivered(self, message_id: str) -> Delivered | None:
        """Give what phase4 delivered under that id, or None."""
        folder = self._inbox / message_id
        if not folder.exists():
            return None
        header = json.loads((folder / "header.json").read_bytes())
        return Delivered(
            header=header, payloads=tuple((folder / payload["file"]).read_bytes() for payload in header["payloads"])
        )

    def close(self) -> None:
        """End the JVM: it leaves when its standard input ends, and is killed when it does not."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._listener.join()
        self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
