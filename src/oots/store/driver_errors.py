"""
What the drivers of databases raise, as errors of ours.  Their sentences never quote a row: a driver's text may.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoFreeConnection

from oots.errors import DamagedContent, OotsError, OperatorError, StoreUnavailable

WAIT_SECONDS: Final = 10
"""How long a transaction waits for another one's lock, for a connection, or for the server."""


class RowRefused(OotsError):
    """A constraint or a type refused a row, and whoever wrote it had not asked."""


_BUSY: Final = f"another process has kept it locked for {WAIT_SECONDS} s"
_FULL: Final = "the disk is full"

_SQLITE: Final[Mapping[str, str]] = {
    "SQLITE_BUSY": _BUSY,
    "SQLITE_LOCKED": _BUSY,
    "SQLITE_FULL": _FULL,
    "SQLITE_IOERR": "the disk reports an error",
    "SQLITE_CANTOPEN": "the file cannot be opened; check that its folder exists, and owner and mode of both",
    "SQLITE_READONLY": "the file cannot be written; check owner and mode, also of its folder",
    "SQLITE_PERM": "the file cannot be written; check owner and mode, also of its folder",
}
"""By the beginning of SQLite's result code."""

_DAMAGED: Final = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "XX001", "XX002")
"""Beginnings of both."""

_MISSING: Final = ("42703", "42P01", "no such column", "no such table")
"""SQLSTATEs, and what SQLite says: it has no code of its own for it."""

_POSTGRESQL: Final[Mapping[str, str]] = {
    "08": "the connection broke",
    "25006": "it is read-only; is it a standby?",
    "28": "it refuses our user or password",
    "3D000": "the server has no database of this name",
    "40": "it undid the transaction, which got in another one's way",
    "42501": "our user may not do this; check its grants",
    "53100": _FULL,
    "53300": "it has no connection left for us",
    "53": "it is out of memory or another resource",
    "55P03": _BUSY,
    "57": "it is shutting down, or an operator ended our connection",
    "58": "its disk reports an error",
}
"""By the beginning of the SQLSTATE; the first that fits."""


@contextmanager
def sentences(place: str) -> Iterator[None]:
    """
    Turn what a driver raises into `StoreUnavailable`, `DamagedContent` or `RowRefused`.

    `place` says which database it was.  When the connection breaks during a commit, nobody knows whether it was made:
    what must happen once only has to be fenced, or have a unique key.
    """
    try:
        yield
    except (IntegrityError, DataError) as error:
        # Without its cause: on PostgreSQL that quotes the row.
        raise RowRefused(f"{place} refused a row: {_constraint(error.orig)}") from None
    except NoFreeConnection as error:
        raise StoreUnavailable(f"{place}: no connection was free for {WAIT_SECONDS} s") from error
    except DBAPIError as error:
        ours = _ours(error, place)
        if ours is None:
            raise  # a statement of ours is wrong
        raise ours from error


def _ours(error: DBAPIError, place: str) -> OotsError | None:
    driver = error.orig
    code = getattr(driver, "sqlite_errorname", None) or getattr(driver, "sqlstate", None) or ""
    if code.startswith(_DAMAGED):
        return DamagedContent(f"{place} is damaged, or no database; restore a backup")
    if code.startswith(_MISSING) or str(driver).startswith(_MISSING):
        return OperatorError(f"{place} lacks a table or a column; run `oots db upgrade`")
    if not code and isinstance(error, OperationalError | InterfaceError):
        # No answer of the server: this is the client library's own text, about hosts and sockets.
        return StoreUnavailable(f"{place} cannot be reached: {' '.join(str(driver).split())}")
    known = _SQLITE if isinstance(driver, sqlite3.Error) else _POSTGRESQL
    return next((StoreUnavailable(f"{place}: {known[prefix]}") for prefix in known if code.startswith(prefix)), None)


def _constraint(error: BaseException | None) -> str:
    if isinstance(error, sqlite3.Error):
        return str(error)  # names of columns, or of the constraint
    diagnosis = getattr(error, "diag", None)
    name = getattr(diagnosis, "constraint_name", None) or getattr(diagnosis, "column_name", None)
    return name or type(error).__name__
