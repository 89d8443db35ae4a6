"""
PostgreSQL's own programs `pg_dump` and `pg_restore`, run on one of our databases.

They get the password in their environment, which only our user can read, and never as an argument, which everybody can.
"""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

from sqlalchemy import make_url

from oots.errors import OperatorError, StoreUnavailable

MAX_REASON: Final = 500


def dump(url: str, target: Path, *, snapshot: str, schema: str) -> None:
    """Write a database as it is in a `snapshot`, which another connection has exported; raises `StoreUnavailable`."""
    options = ("--format=custom", "--no-owner", "--no-privileges", "--no-password")
    which = (f"--snapshot={snapshot}", f"--schema={_pattern(schema)}", f"--file={target}")
    _run("pg_dump", *options, *which, url=url)


def must_be_dump(path: Path) -> None:
    """Check that a file is what `dump` writes; raises `OperatorError`."""
    _run("pg_restore", "--list", str(path))


def restore(url: str, source: Path, *, schema: str) -> None:
    """Fill a database, all of it or nothing; raises `StoreUnavailable`."""
    options = ("--single-transaction", "--exit-on-error", "--clean", "--if-exists", "--no-owner", "--no-privileges")
    _run("pg_restore", *options, "--no-password", f"--schema={schema}", str(source), url=url)


def _run(name: str, *arguments: str, url: str | None = None) -> None:
    program = shutil.which(name)
    if program is None:
        raise OperatorError(f"the program {name} is missing: install PostgreSQL's client programs (postgresql-client)")
    connection, environment = ([], dict(os.environ)) if url is None else _connection(url)
    done = subprocess.run(  # noqa: S603  the system's own program
        [program, *arguments, *connection],
        env=environment | {"LC_MESSAGES": "C"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        umask=0o077,
        check=False,
    )
    if done.returncode:
        raise StoreUnavailable(f"{name} failed: {_reason(name, done.stderr.decode('utf-8', 'replace'))}")


def _connection(url: str) -> tuple[list[str], dict[str, str]]:
    """Give the argument and the environment with which a program connects."""
    from psycopg.conninfo import make_conninfo

    parsed = make_url(url)
    _, parameters = parsed.get_dialect()().create_connect_args(parsed)
    password = parameters.pop("password", None)
    secret = {} if password is None else {"PGPASSWORD": str(password)}
    return [f"--dbname={make_conninfo('', **parameters)}"], dict(os.environ) | secret


def _pattern(schema: str) -> str:
    doubled = schema.replace('"', '""')
    return f'"{doubled}"'


def _reason(name: str, stderr: str) -> str:
    # Its own lines only: what the server adds below them may quote a row.
    lines = [line.removeprefix(f"{name}: ") for line in stderr.splitlines() if line.startswith(f"{name}: ")]
    return "; ".join(lines)[:MAX_REASON] or "it does not say why"
