"""
What compose.yaml describes, as processes of this machine: commands and environment as written there and in the
Dockerfile, with the paths, ports and host names of containers replaced by ours.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from oots.cli.bench.own_postgres import OwnPostgres
from tests.cli.node_processes import START_SECONDS, STOP_SECONDS, environment
from tests.docker.image import DOCKER, Image, read_image

NODES = ("finland", "portugal")
FIRST_PORT = 8443
PROGRAMS = {"oots": [sys.executable, "-m", "oots"], "python": [sys.executable]}

__all__ = ["DOCKER", "NODES", "Composed", "Running"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A service that runs."""

    process: subprocess.Popen[bytes]
    log: Path

    def stop(self) -> int:
        """Do what `docker stop` does; give the exit code."""
        self.process.terminate()
        return self.process.wait(STOP_SECONDS)


class Composed:
    """A folder with compose.yaml, and where its nodes listen on this machine."""

    def __init__(self, *, folder: Path, ports: dict[str, int]) -> None:
        self.folder = folder
        self.ports = ports
        self.description: dict[str, Any] = yaml.safe_load((folder / "compose.yaml").read_text(encoding="utf-8"))
        self.services: dict[str, dict[str, Any]] = self.description["services"]
        self.image: Image = read_image()
        self._socket_folder = ""

    def set_up(self) -> subprocess.CompletedProcess[str]:
        """Run setup.sh with the programs of this machine."""
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        return _done(["./setup.sh"], cwd=self.folder, env=environment(PATH=path, OOTS_INSTALLED="1"))

    def move_to_this_machine(self, postgres: OwnPostgres) -> None:
        """Replace what is so only in containers, in the files of the nodes; let the server ask for passwords."""
        self._socket_folder = postgres.url("any").rpartition("host=")[2]
        for name in NODES:
            node = self.folder / "nodes" / name
            for path in (node / "oots.toml", node / "peers.toml"):
                path.write_text(self._own_ports(path.read_text(encoding="utf-8"), name), encoding="utf-8")
            passwords = node / "secrets" / "databases.pgpass"
            passwords.write_text(passwords.read_text().replace("database:", f"{self._socket_folder}:"))
        rules = "local all postgres trust\nlocal all all scram-sha-256\n"
        (Path(self._socket_folder) / "data" / "pg_hba.conf").write_text(rules)
        postgres.sql("SELECT pg_reload_conf()")

    def make_databases(self) -> None:
        """Do what the image of PostgreSQL does with the script that is mounted for it, as its superuser."""
        database = self.services["database"]
        mounted = self._mounted("database")
        (script,) = (path for place, path in mounted.items() if place.startswith("/docker-entrypoint-initdb.d/"))
        secrets = self.folder / "run-secrets"
        secrets.mkdir()
        for name in database["secrets"]:
            (secrets / name).symlink_to(mounted[f"/run/secrets/{name}"])
        _done([script], env=environment(SECRETS=str(secrets), PGHOST=self._socket_folder, POSTGRES_USER="postgres"))

    def run(self, service: str) -> subprocess.CompletedProcess[bytes]:
        """Run a service to its end."""
        return subprocess.run(
            self._command(service),
            env=self.environment(service),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            timeout=60,
        )

    def execute(self, service: str, *command: str) -> subprocess.CompletedProcess[str]:
        """Do what `docker compose exec` does."""
        return subprocess.run(
            self._ours(service, command),
            env=self.environment(service),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def is_well(self, service: str) -> bool:
        """Run the health check of the image."""
        return self.execute(service, *self.image.health_check).returncode == 0

    @contextmanager
    def running(self, service: str) -> Iterator[Running]:
        """Start a service; once it is well, until the context is left."""
        log = self.folder / f"{service}.log"
        with log.open("wb") as stderr:
            process = subprocess.Popen(
                self._command(service),
                env=self.environment(service),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
            )
        running = Running(process=process, log=log)
        try:
            until = time.monotonic() + START_SECONDS
            while not self.is_well(service):
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < until, log.read_text()
                time.sleep(0.05)
            yield running
        finally:
            if process.poll() is None:
                running.stop()

    def environment(self, service: str) -> dict[str, str]:
        """Give the variables of the image, and of the service over them."""
        said = {**self.image.environment, **self.services[service].get("environment", {})}
        said.pop("PATH")
        ours = self._ours(service, list(said.values()))
        return environment(**dict(zip(said, ours, strict=True)))

    def _command(self, service: str) -> list[str]:
        described = self.services[service]
        program, *arguments = described.get("entrypoint", self.image.entrypoint)
        return self._ours(service, [program, *arguments, *described.get("command", self.image.command)])

    def _ours(self, service: str, words: Sequence[str]) -> list[str]:
        """Replace programs, then paths, then hosts and ports."""
        words = [*PROGRAMS.get(words[0], [words[0]]), *words[1:]]
        places = self._mounted(service)
        pattern = re.compile("|".join(rf"(?<![\w/]){re.escape(place)}(?![\w-])" for place in places))
        node = self.services[service].get("network_mode", service).removeprefix("service:").removesuffix("-upgrade")
        found = [pattern.sub(lambda match: str(places[match[0]]), word) for word in words]
        return [self._own_ports(self._own_database(word), node) for word in found]

    def _mounted(self, service: str) -> dict[str, Path]:
        """Give the files and folders of this machine by where the container has them."""
        described = self.services[service]
        volumes = (volume.split(":") for volume in described.get("volumes", []))
        mounted = {place: self.folder / source for source, place, *_ in volumes}
        for name in described.get("secrets", []):
            mounted[f"/run/secrets/{name}"] = self.folder / self.description["secrets"][name]["file"]
        copied = {place: DOCKER.parent / source for source, place in self.image.copied.items()}
        return dict(sorted({**copied, **mounted}.items(), reverse=True))  # the folder within before the one around it

    def _own_database(self, text: str) -> str:
        return re.sub(r"@database/(\w+)", rf"@/\1?host={self._socket_folder}", text)

    def _own_ports(self, text: str, node: str) -> str:
        """Replace hosts and ports: those that a node has in a container of its own, by those that it has here."""

        def ours(match: re.Match[str]) -> str:
            before, port = match.groups()
            name = before.removesuffix(":")
            first = self.ports.get(name, self.ports[node])
            return f"{'localhost:' if name in NODES else before}{first + int(port) - FIRST_PORT}"

        return re.sub(r"(finland:|portugal:|localhost:|127\.0\.0\.1:|port = )(844[3-6])\b", ours, text)


def _done(command: list[Any], **options: Any) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=60, **options
    )
    assert done.returncode == 0, done.stderr
    return done
