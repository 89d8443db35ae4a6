"""
Keeps what phase4 sends as vectors, so that tests without a JVM can read it: `python -m tests.interop.capture`.

Run it after a change of phase4's version; a folder that is there already is left alone.
"""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from oots.as4 import pack
from oots.ebms.messages import UserMessage
from oots.pki import certificate_pem, key_pem, new_authority
from oots.spooled import Spooled
from tests.interop.identities import Identity, new_identity, write_key_stores
from tests.interop.letters import PDF, REGREP, a_letter
from tests.interop.phase4_peer import OutgoingPayload, Phase4Peer, build
from tests.interop.wire import Body, Reply, door, post

CAPTURED: Final = Path(__file__).parents[1] / "vectors" / "captured"
_DAYS: Final = 30 * 365
"""Certificates outlive the project's next decades, so that the vectors do not expire."""
_NOTHING: Final = Reply(status=204, body=Body(content_type="", content=b""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """phase4 as `theirs`, and keys to open what it sends to `ours`."""

    phase4: Phase4Peer
    ours: Identity
    theirs: Identity
    now: datetime

    def user_message(self, *, compress: bool) -> dict[str, bytes]:
        """Give the files of a message from phase4."""
        letter = a_letter(self.theirs, self.ours, timestamp=self.now)
        seen: list[Body] = []

        def answer(body: Body) -> Reply:
            seen.append(body)
            return _NOTHING

        payloads = [
            OutgoingPayload(content=content, part=part, compress=compress)
            for content, part in zip([REGREP, PDF], letter.parts, strict=True)
        ]
        with door(answer) as url:
            self.phase4.send(letter, payloads, url=url)
        return {
            "message.mime": seen[0].content,
            "content-type.txt": seen[0].content_type.encode(),
            "payload-1.xml": REGREP,
            "payload-2.pdf": PDF,
            "test-only-recipient-key.pem": key_pem(self.ours.keys.private_key),
            "test-only-recipient-certificate.pem": certificate_pem(self.ours.keys.certificate),
        }

    def answer_to(self, letter: UserMessage, name: str) -> dict[str, bytes]:
        """Give the files of what phase4 answers to a message of ours, under the file name `name`."""
        packed = pack(
            letter,
            [Spooled(REGREP), Spooled(PDF)],
            compress=True,
            keys=self.ours.keys,
            recipient=self.theirs.keys.certificate,
            suffix=letter.conversation_id,
        )
        sent = Body(content_type=packed.content_type, content=packed.content.read())
        reply = post(self.phase4.receive(), sent)
        return {
            name: reply.body.content,
            "content-type.txt": reply.body.content_type.encode(),
            "sent.mime": sent.content,
            "sent-content-type.txt": sent.content_type.encode(),
        }


def capture(stage: Stage) -> None:
    """Write one folder for each kind of message."""
    letter = a_letter(stage.ours, stage.theirs, timestamp=stage.now)
    refused = replace(a_letter(stage.ours, stage.theirs, timestamp=stage.now), action="SubmitObjectsRequest")
    who = f"phase4 {stage.phase4.version}"
    _keep(
        stage,
        "user-message",
        f"A user message that {who} signed, encrypted and pushed, with two compressed payloads.",
        stage.user_message(compress=True),
    )
    _keep(
        stage,
        "user-message-uncompressed",
        f"The same kind of message, where {who} was told not to compress: the digest of the first payload is over its"
        " exclusive canonical form, because EncryptedData says that it is XML.",
        stage.user_message(compress=False),
    )
    _keep(stage, "receipt", f"The receipt of {who} for `sent.mime`.", stage.answer_to(letter, "receipt.xml"))
    _keep(
        stage,
        "error",
        f"What {who} answers to `sent.mime`, whose action no P-Mode allows: EBMS:0010, unsigned.",
        stage.answer_to(refused, "error.xml"),
    )


def _keep(stage: Stage, kind: str, sentence: str, files: Mapping[str, bytes]) -> None:
    folder = CAPTURED / f"phase4-{stage.phase4.version}-{kind}"
    if folder.exists():
        print(f"{folder.name} is there already")
        return
    folder.mkdir(parents=True)
    everything = {
        **files,
        "README": f"{sentence}\n".encode(),
        "captured-at.txt": stage.now.isoformat(timespec="seconds").encode(),
        "phase4-certificate.pem": certificate_pem(stage.theirs.keys.certificate),
    }
    for name, content in everything.items():
        (folder / name).write_bytes(content)
    print(f"{folder.name} is written")


def main() -> None:
    """Start phase4 with keys of its own, and capture."""
    build()
    now = datetime.now(UTC)
    authority = new_authority("Test-only authority", now=now, days=_DAYS)
    ours, theirs = (new_identity(name, authority, now=now, days=_DAYS) for name in ("AP_FI_01", "AP_PT_01"))
    with tempfile.TemporaryDirectory() as folder:
        stores = write_key_stores(theirs, [ours, theirs], authority, Path(folder))
        with Phase4Peer(theirs, stores, Path(folder)) as phase4:
            capture(Stage(phase4=phase4, ours=ours, theirs=theirs, now=now))


if __name__ == "__main__":
    main()
