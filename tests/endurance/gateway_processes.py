"""
A node whose gateway runs in one or several processes, which are killed and started again.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.cli.node_processes import environment, free_ports, init, oots

ROOT = Path(__file__).parents[2]
AS_IT_IS = "oots"
SHORT_LEASES = "tests.endurance.short_leases"
START_SECONDS = 60.0

PEER = """
[[peer]]
party_id = "{party_id}"
address = "https://localhost:{port}/as4"
signing_certificates = ["peers/{party_id}.crt"]
encryption_certificate = "peers/{party_id}.crt"
tls_certificates = ["peers/{party_id}-tls.crt"]
retry_after_seconds = {retry_after_seconds}
"""

RETRIES = [0, 2, 4, 6, 8, 10, 15, 20, 25, 30, 40, 50, 60, 80, 100, 120, 150, 180, 240, 300]
"""Each kill may use up one."""


@dataclass(slots=True, kw_only=True)
class GatewayProcess:
    """One process of `oots serve gateway`."""

    command: Sequence[str]
    variables: dict[str, str]
    peer_port: int
    backend_port: int
    logs: Path
    """A folder: each start has a log of its own."""
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    starts: int = field(default=0, init=False)

    @property
    def log(self) -> Path:
        """Of the last start."""
        return self.logs / f"{self.starts}.log"

    def start(self) -> None:
        """Start; `wait_until_ready` says when it can be reached."""
        self.logs.mkdir(exist_ok=True)
        self.starts += 1
        with self.log.open("wb") as stderr:
            self.process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=environment(**self.variables),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
            )

    def wait_until_ready(self) -> None:
        """Wait until it says so."""
        until = time.monotonic() + START_SECONDS
        while "is ready" not in self.log.read_text(encoding="utf-8"):
            assert self.process is not None
            assert self.process.poll() is None, f"it ended:\n{self.log.read_text()[-2000:]}"
            assert time.monotonic() < until, f"it is not ready:\n{self.log.read_text()[-2000:]}"
            time.sleep(0.05)

    def kill(self) -> None:
        """Send SIGKILL, and wait until it is gone."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """End it as an operator does, and give its exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(60)


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayNode:
    """A node of which only the access point runs."""

    party_id: str
    folder: Path
    first_port: int
    database: str
    variables: dict[str, str]

    def process(self, number: int = 0, *, module: str = AS_IT_IS) -> GatewayProcess:
        """Give one of its processes, not started; the first has the ports of the settings."""
        port = self.first_port if number == 0 else free_ports()
        ports = {
            "OOTS_GATEWAY__PEER_LISTENER__PORT": str(port),
            "OOTS_GATEWAY__BACKEND_LISTENER__PORT": str(port + 1),
        }
        return GatewayProcess(
            command=[sys.executable, "-m", module, "serve", "gateway", "--config", str(self.folder / "oots.toml")],
            variables=self.variables | ports,
            peer_port=port,
            backend_port=port + 1,
            logs=self.folder / f"logs-{number}",
        )

    def introduce(self, other: "GatewayNode") -> None:
        """Let this node know another one."""
        peers = self.folder / "peers"
        for name, suffix in (("message", ""), ("tls", "-tls")):
            certificate = (other.folder / "keys" / f"{name}.crt").read_bytes()
            (peers / f"{other.party_id}{suffix}.crt").write_bytes(certificate)
        with (self.folder / "peers.toml").open("a", encoding="utf-8") as file:
            file.write(PEER.format(party_id=other.party_id, port=other.first_port, retry_after_seconds=RETRIES))


def make_gateway_node(
    folder: Path, party_id: str, country: str, *, database: str | None = None, **variables: str
) -> GatewayNode:
    """Make a node; its gateway keeps things in `database`, in a file of its own when it is None."""
    port = init(folder, party_id, country)
    if database is not None:
        variables["OOTS_GATEWAY__DATABASE"] = database
        upgraded = oots("db", "upgrade", "--config", folder / "oots.toml", **variables)
        assert upgraded.returncode == 0, upgraded.stderr
    return GatewayNode(
        party_id=party_id,
        folder=folder,
        first_port=port,
        database=database or f"sqlite:///{folder}/data/gateway.db",
        variables=variables,
    )


def seed_of_this_run() -> int:
    """Give the seed: of OOTS_SEED, or a new one."""
    named = os.environ.get("OOTS_SEED")
    return int(named) if named else int.from_bytes(os.urandom(4))
