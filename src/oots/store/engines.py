"""
How each database is connected to.  What a transaction is for, stands in `database`.

SQLite has one writer at a time.  So has each process: threads queue for the one connection that may write, in order,
where SQLite's own busy handler would let them sleep and try again.
"""

import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from oots.errors import OperatorError, StoreUnavailable
from oots.store.driver_errors import WAIT_SECONDS, sentences

_SQLITE_PRAGMAS: Final = (
    "PRAGMA synchronous=FULL",  # NORMAL may lose the last commits when the power fails
    f"PRAGMA busy_timeout={WAIT_SECONDS * 1000}",
    "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=ON",  # what was deleted is overwritten, not only forgotten
)

_POSTGRESQL_SESSION: Final = {
    "timezone": "UTC",
    "lock_timeout": f"{WAIT_SECONDS}s",
    # A machine that vanished in a transaction keeps its row locks until the server finds out: by default, two hours.
    "idle_in_transaction_session_timeout": "60s",
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}

_POSTGRESQL_CLIENT: Final[dict[str, Any]] = {
    "connect_timeout": WAIT_SECONDS,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
    "options": " ".join(f"-c {name}={value}" for name, value in _POSTGRESQL_SESSION.items()),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Engines:
    """Two ways into one database."""

    writer: Engine
    reader: Engine
    """Its transactions see one state of the database, and cannot change it."""
    place: str
    """For sentences: a path, or an address without the password."""

    def dispose(self) -> None:
        """Close all connections that nobody uses."""
        self.reader.dispose()
        self.writer.dispose()


def engines_for(url: str, *, connections: int) -> Engines:
    """Give the engines of the database at `url`; raises `OperatorError` for what is no address of one."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise OperatorError("the database URL cannot be read; expected `sqlite:///path`") from error
    match parsed.drivername:
        case "sqlite" if parsed.database and parsed.database != ":memory:" and not parsed.query:
            return _sqlite(Path(parsed.database), connections=connections)
        case "postgresql+psycopg":
            return _postgresql(parsed, connections=connections)
    raise OperatorError(
        f"a database of the kind {parsed.drivername!r} cannot be used;"
        " expected `sqlite:///path` or `postgresql+psycopg://user@host/name`"
    )


def _sqlite(path: Path, *, connections: int) -> Engines:
    make_private(path)
    writer, reader = (
        create_engine(
            URL.create("sqlite", database=str(path)),
            poolclass=QueuePool,
            pool_size=size,
            max_overflow=0,
            pool_timeout=WAIT_SECONDS,
            hide_parameters=True,
        )
        for size in (1, connections)
    )
    event.listen(writer, "connect", _prepare_sqlite)
    event.listen(reader, "connect", _prepare_sqlite)
    event.listen(reader, "connect", _read_only)
    event.listen(writer, "begin", _begin_immediate)
    event.listen(reader, "begin", _begin)
    _switch_to_wal(writer, path)
    return Engines(writer=writer, reader=reader, place=str(path))


def make_private(path: Path) -> None:
    """Make the file if it is not there, for its owner only; SQLite gives its companions the same mode."""
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.fchmod(file, 0o600)
        finally:
            os.close(file)
    except OSError as error:
        raise StoreUnavailable(f"{path}: {error.strerror}") from error


def _prepare_sqlite(connection: sqlite3.Connection, _: object) -> None:
    # Python's module would begin transactions by itself, and never IMMEDIATE ones.
    connection.isolation_level = None
    for pragma in _SQLITE_PRAGMAS:
        connection.execute(pragma)


def _read_only(connection: sqlite3.Connection, _: object) -> None:
    connection.execute("PRAGMA query_only=ON")


def _begin_immediate(connection: Connection) -> None:
    # Not a plain BEGIN: a transaction that reads first and writes then would be refused when another wrote meanwhile.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _switch_to_wal(writer: Engine, path: Path) -> None:
    """Turn on the write-ahead log: readers and the writer do not wait for each other.  The file remembers it."""
    with sentences(str(path)), writer.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        mode = driver.execute("PRAGMA journal_mode=WAL").fetchone()[0]
    if mode != "wal":
        raise OperatorError(f"{path}: SQLite cannot keep a write-ahead log here; is it on a network file system?")


def _postgresql(url: URL, *, connections: int) -> Engines:
    try:
        writer = create_engine(
            url,
            connect_args={name: value for name, value in _POSTGRESQL_CLIENT.items() if name not in url.query},
            isolation_level="READ COMMITTED",
            pool_size=connections,
            max_overflow=0,
            pool_timeout=WAIT_SECONDS,
            pool_pre_ping=True,
            hide_parameters=True,
        )
    except ModuleNotFoundError as error:
        raise OperatorError("PostgreSQL needs its driver: install `oots[postgres]`") from error
    return Engines(
        writer=writer,
        reader=writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True),
        place=url.set(query={}).render_as_string(hide_password=True),
    )
