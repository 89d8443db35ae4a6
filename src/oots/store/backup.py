"""
A copy of one database and its blobs, made while services use both, and its way back.  Folders of copies are elsewhere.

Theory of operation.  Blobs are written before the transaction that names them and removed after the one that forgets
them.  So the copy is whole if first no blob may go, then the database is copied as it is at one instant, then all blobs
are that are there: every row finds its blob, and a blob too many is swept one day.

Everything stays as encrypted as it was, and the keys are not in it.
"""

import hashlib
import os
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Final, cast

from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData, func, inspect, make_url, select, table, text

from oots.errors import DamagedContent, OperatorError, StoreUnavailable
from oots.store.data_keys import DataKeys
from oots.store.database import Database
from oots.store.durable import new_private_file, put_in_place, usable, write_whole
from oots.store.postgresql_programs import dump, must_be_dump, restore

VERSION_TABLE: Final = "alembic_version"
DATA_KEY: Final = "data_key"
COMPANIONS: Final = ("-wal", "-shm")
"""Ends of names: what SQLite keeps beside a database while it is open."""

_PIECE: Final = 1 << 20
_PAGES: Final = 2560
"""Of SQLite, in one step: 10 MiB."""

Progress = Callable[[int, int], None]
"""Hears how much is done, and of how much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What was in a database when it was copied."""

    revision: str | None
    """Of its schema."""
    keys: Mapping[str, int]
    """How many data keys each key wraps: those without which the copy cannot be read."""
    rows: Mapping[str, int]
    """By table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """A file that was copied, or looked through."""

    size: int
    sha256: str


# --- out --------------------------------------------------------------------------------------------------------------


def copy_database(database: Database, keys: DataKeys, url: str, target: Path, *, progress: Progress) -> Snapshot:
    """
    Write a database to a new file, as it is at one instant; services may use it meanwhile.

    Raises `StoreUnavailable`, `DamagedContent`.
    """
    with database.reading() as connection:
        # The first statement fixes the instant, for those that follow and for the copy.
        snapshot = look_at(connection, keys)
        if database.is_postgresql:
            connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
            exported = connection.scalars(select(func.pg_export_snapshot())).one()
            dump(url, target, snapshot=exported, schema=_schema(connection))
            must_be_dump(target)
        else:
            _copy_sqlite(connection, target, progress)
    return snapshot


def copy_file(source: Path, target: Path) -> Copied:
    """Copy a file to a new one that only we may open; it is on disk when this returns.  Raises `StoreUnavailable`."""
    with usable(target, purpose="a copy"), new_private_file(target) as file:
        copied = _digest(source, lambda piece: write_whole(file, piece))
        os.fsync(file.fileno())
    return copied


def look_through(path: Path) -> Copied:
    """Read a file that is no link; raises `StoreUnavailable`."""
    return _digest(path, lambda _: None)


def _digest(path: Path, take: Callable[[bytes], None]) -> Copied:
    size, sha256 = 0, hashlib.sha256()
    with usable(path, purpose="a copy"), FileIO(path, "rb", opener=_open_no_link) as file:
        while piece := file.read(_PIECE):
            take(piece)
            sha256.update(piece)
            size += len(piece)
    return Copied(size=size, sha256=sha256.hexdigest())


def _open_no_link(name: str, flags: int) -> int:
    return os.open(name, flags | os.O_NOFOLLOW)


def look_at(connection: Connection, keys: DataKeys) -> Snapshot:
    """Say what is in a database, which may be empty."""
    names = sorted(name for name in inspect(connection).get_table_names() if name != VERSION_TABLE)
    return Snapshot(
        revision=MigrationContext.configure(connection).get_current_revision(),
        keys=keys.in_use(connection) if DATA_KEY in names else {},
        rows={name: connection.scalars(select(func.count()).select_from(table(name))).one() for name in names},
    )


def _copy_sqlite(connection: Connection, target: Path, progress: Progress) -> None:
    # In the transaction of `connection`, so that the copy does not begin anew whenever somebody writes.
    source = cast("sqlite3.Connection", connection.connection.driver_connection)
    with usable(target, purpose="a copy"):
        new_private_file(target).close()
    try:
        with closing(sqlite3.connect(target, isolation_level=None)) as copy:
            source.backup(copy, pages=_PAGES, progress=lambda _, left, total: progress(total - left, total))
            # One file without companions; whoever opens it for use turns the write-ahead log on again.
            copy.execute("PRAGMA journal_mode=DELETE")
            (verdict,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.Error as error:
        raise StoreUnavailable(f"{target} cannot be written: {error}") from error
    if verdict != "ok":
        raise DamagedContent(f"the database is damaged, and so is its copy {target}: {verdict}")
    with usable(target, purpose="a copy"), target.open("rb") as file:
        os.fsync(file.fileno())


# --- and back ---------------------------------------------------------------------------------------------------------


def must_be_empty(database: Database, snapshot: Snapshot) -> None:
    """Refuse a database that something is in; raises `OperatorError`."""
    found = [f"{count} in {name}" for name, count in snapshot.rows.items() if count]
    if found:
        raise OperatorError(
            f"{database.place} holds something already (rows: {', '.join(found)}); restore into an empty database"
        )


def must_be_unused(database: Database, url: str) -> None:
    """Refuse a database that others have open; raises `OperatorError`.  On SQLite, leaves it in one file."""
    if database.is_postgresql:
        with database.reading() as connection:
            alone = connection.scalars(text(_OTHERS)).one() == 0
    else:
        database.close()
        alone = _is_ours_alone(Path(make_url(url).database or ""))
    if not alone:
        raise OperatorError(f"{database.place} is in use: stop the services first")


def put_back_postgresql(database: Database, url: str, source: Path) -> None:
    """Fill a database from a copy; all of it or nothing.  Tables that are there must be empty, and are replaced."""
    with database.changing_schema() as connection:
        # Also those that the copy does not have: a newer program may have made them.
        found = MetaData()
        found.reflect(connection)
        found.drop_all(connection)
        schema = _schema(connection)
    restore(url, source, schema=schema)


def put_back_sqlite(path: Path, source: Path) -> None:
    """Put a copy in the place of a database; raises `StoreUnavailable`."""
    with usable(path, purpose="a copy"):
        # A write-ahead log that its database left behind would be applied to this one.
        for companion in COMPANIONS:
            path.with_name(f"{path.name}{companion}").unlink(missing_ok=True)
    put_back_file(source, path)


def put_back_file(source: Path, path: Path) -> Copied:
    """Put a copy of a file in its place, where there may be one; raises `StoreUnavailable`."""
    unfinished = path.with_name(f"{path.name}.new")
    with usable(path, purpose="a copy"):
        unfinished.unlink(missing_ok=True)
    copied = copy_file(source, unfinished)
    with usable(path, purpose="a copy"):
        put_in_place(unfinished, path)
    return copied


_OTHERS: Final = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


def _is_ours_alone(path: Path) -> bool:
    """Tell whether no other process has a database open, and leave it in one file."""
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
        try:
            # Who is connected to a database with a write-ahead log holds a lock that this needs for itself.
            (mode,) = connection.execute("PRAGMA journal_mode=DELETE").fetchone()
        except sqlite3.OperationalError:
            return False
    return bool(mode == "delete")


def _schema(connection: Connection) -> str:
    return str(connection.scalars(select(func.current_schema())).one())
