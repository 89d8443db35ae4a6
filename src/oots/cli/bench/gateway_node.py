"""
The node that `oots bench gateway` measures: made as by `oots init`, run as by `oots serve`, in a folder that goes away.
"""

import os
import random
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from oots import pki
from oots.cli.bench.ends import RSA_BITS
from oots.cli.bench.post_load import HOST
from oots.cli.bench.processes import Usage
from oots.errors import OperatorError
from oots.node.new_node import PORTS, Plan, make_node

PARTY: Final = "AP_BENCH_NODE"

_OOTS: Final = (sys.executable, "-m", "oots")
_BELOW_EPHEMERAL: Final = range(20000, 32000)
_READY: Final = "is ready"
_SECONDS: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchNode:
    """A node in `folder`; its peers' port is `port`, that of its back ends the next one."""

    folder: Path
    port: int
    database: str | None
    """Of the gateway; a file in the folder when it is None."""

    @classmethod
    def make(cls, folder: Path, *, database: str | None) -> "BenchNode":
        """Make one with keys of the size that the budgets speak of, and its database."""
        port, now = _free_ports(), datetime.now(UTC)
        plan = Plan(
            party_id=PARTY,
            country="FI",
            authority="bench",
            address=f"https://{HOST}:{port}/as4",
            first_port=port,
            environment="acceptance",
        )
        make_node(folder, plan, now=now, new_id=lambda: str(uuid.uuid4()))
        key = pki.new_rsa_key(RSA_BITS)
        certificate = pki.self_signed(plan.subject, key, pki.message_extensions(), now=now, days=2)
        (folder / "keys" / "message.key").write_bytes(pki.key_pem(key))
        (folder / "keys" / "message.crt").write_bytes(pki.certificate_pem(certificate))
        node = cls(folder=folder, port=port, database=database)
        if database is not None:
            node._oots("db", "upgrade")
        return node

    def token(self, back_end: str) -> str:
        """Give the secret with which a back end proves who it is."""
        return (self.folder / "secrets" / f"{back_end}.token").read_text().strip()

    @contextmanager
    def serving(self, *services: str) -> Iterator[Usage]:
        """Run services, all when none is named, in one process; gives what it uses, once they are ready."""
        log = self.folder / "log"
        with log.open("wb") as stderr:
            process = subprocess.Popen(  # noqa: S603  ourselves
                [*_OOTS, "serve", *services, *self._config], env=self._environment, stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=stderr,
            )  # fmt: skip
        try:
            _wait_until_ready(process, log)
            yield Usage(process.pid)
        finally:
            process.terminate()
            process.wait(_SECONDS)

    @property
    def _config(self) -> tuple[str, str]:
        return "--config", str(self.folder / "oots.toml")

    @property
    def _environment(self) -> dict[str, str]:
        ours = {name: value for name, value in os.environ.items() if not name.startswith("OOTS_")}
        ours["OOTS_GATEWAY__PEER_LISTENER__HOST"] = HOST
        return ours if self.database is None else ours | {"OOTS_GATEWAY__DATABASE": self.database}

    def _oots(self, *arguments: str) -> None:
        done = subprocess.run(  # noqa: S603  ourselves
            [*_OOTS, *arguments, *self._config], env=self._environment, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise OperatorError(f"oots {' '.join(arguments)} failed: {done.stderr.strip()[-500:]}")


def _wait_until_ready(process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _SECONDS
    while _READY not in log.read_text(encoding="utf-8"):
        if process.poll() is not None or time.monotonic() > until:
            raise OperatorError(f"the node does not start: {log.read_text(encoding='utf-8').strip()[-500:]}")
        time.sleep(0.05)


def _free_ports() -> int:
    """Give the first of as many ports as a node has, all of them free now."""
    while True:
        first = random.choice(_BELOW_EPHEMERAL)  # noqa: S311  no secret
        try:
            with ExitStack() as held:
                for number in range(PORTS):
                    held.enter_context(socket.create_server((HOST, first + number)))
        except OSError:
            continue
        return first
