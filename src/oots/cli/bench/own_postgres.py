"""
A PostgreSQL of our own, for a bench or a test session: Debian's programs, a folder that goes away, a socket in it.

It refuses to run as root; then it runs as the user whom Debian's package made for it.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from oots.errors import OperatorError

MISSING: Final = "needs PostgreSQL (Debian package postgresql)"

_START_SECONDS: Final = 30
_USER: Final = "postgres"
"""The system's, when we are root, and always the server's own."""


class OwnPostgres:
    """A server whose socket lets in whoever may enter its folder."""

    def __init__(self, folder: Path, *, programs: Path, settings: Mapping[str, str]) -> None:
        self._folder = folder
        self._programs = programs
        self._settings = [f"-c{name}={value}" for name, value in settings.items()]
        self._server: subprocess.Popen[bytes] | None = None
        self._run("initdb", "--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C", f"--username={_USER}", "data")

    def url(self, database: str) -> str:
        """Give the address of a database, which need not be there yet."""
        return f"postgresql+psycopg://{_USER}@/{database}?host={self._folder}"

    def sql(self, statement: str, *, database: str = "postgres") -> str:
        """Execute a statement in a session of its own; give what it answers."""
        plain = ("--no-psqlrc", "--quiet", "--tuples-only", "--no-align", f"--command={statement}")
        return self._run("psql", *plain, f"--host={self._folder}", f"--username={_USER}", database)

    def start(self) -> None:
        """Start, and wait until it answers."""
        with (self._folder / "log").open("ab") as log:
            self._server = subprocess.Popen(  # noqa: S603  the system's own program
                [self._programs / "postgres", "-D", "data", "-k", self._folder, "-h", "", *self._settings],
                **_as_ordinary_user(self._folder) | {"stdout": log, "stderr": log},
            )
        until = time.monotonic() + _START_SECONDS
        while not self._answers():
            if self._server.poll() is not None or time.monotonic() > until:
                raise OperatorError(f"PostgreSQL does not start: {(self._folder / 'log').read_text()[-500:]}")
            time.sleep(0.02)

    def stop(self, *, crash: bool = False) -> None:
        """Stop, and end all connections; after a `crash` it has to recover at its next start."""
        if self._server is not None:
            self._server.send_signal(signal.SIGQUIT if crash else signal.SIGINT)
            self._server.wait(_START_SECONDS)
            self._server = None

    def _answers(self) -> bool:
        try:
            return self._run("pg_isready", f"--host={self._folder}") != ""
        except OperatorError:
            return False

    def _run(self, program: str, *arguments: str) -> str:
        done = subprocess.run(  # noqa: S603  the system's own programs
            [self._programs / program, *arguments], check=False, text=True, **_as_ordinary_user(self._folder)
        )
        if done.returncode:
            raise OperatorError(f"{program} failed: {done.stderr.strip()[-500:]}")
        return str(done.stdout).strip()


@contextmanager
def own_postgres(**settings: str) -> Iterator[OwnPostgres]:
    """Run a server with these settings; raises `OperatorError` when PostgreSQL is not installed."""
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="oots-postgres-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, _USER, _USER)
        server = OwnPostgres(folder, programs=programs, settings=settings)
        try:
            server.start()
            yield server
        finally:
            server.stop(crash=True)  # nobody will miss what it has not written
    finally:
        shutil.rmtree(folder)


def _programs() -> Path:
    """Find the newest: of the server's programs, Debian has none in the PATH."""
    in_path = [Path(found) for found in [shutil.which("initdb")] if found]
    of_debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not in_path and not of_debian:
        raise OperatorError(MISSING)
    return (in_path + of_debian)[-1].parent


def _as_ordinary_user(folder: Path) -> dict[str, Any]:
    ordinary = {"user": _USER, "group": _USER, "extra_groups": []} if os.geteuid() == 0 else {}
    return {"cwd": folder, "stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | ordinary
