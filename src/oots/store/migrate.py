"""
A service's schema: which revision the database has, which one the program needs, and the way from one to the other.

Each service package owns a folder `migrations` of Alembic revisions, in its wheel.  A database is one service's.
All revisions that are missing are applied in one transaction: all of them or none, and by one process.
"""

import threading
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from oots.errors import OperatorError
from oots.store.database import Database

_ENVIRONMENT: Final = Path(__file__).parent / "migration_environment"

_alembic = threading.Lock()
"""Alembic keeps what it works on in module globals."""


class WrongSchema(OperatorError):
    """The database has another schema than the program; the text says which of the two to change."""


def upgrade(database: Database, package: str) -> Sequence[str]:
    """Bring the schema to what the installed `package` needs; give the revisions that were applied."""
    with _alembic, database.changing_schema() as connection:
        missing = _pending(connection, package, database.place)
        if missing:
            command.upgrade(_config(package, connection), "head")
        return missing


def revisions(package: str) -> Sequence[str]:
    """Give all revisions that the installed `package` knows, in order."""
    script = ScriptDirectory.from_config(_config(package))
    return [revision.revision for revision in script.walk_revisions()][::-1]


def current(database: Database) -> str | None:
    """Give the revision of the schema; `None` when the database is empty."""
    with database.reading() as connection:
        return _current(connection)


def pending(database: Database, package: str) -> Sequence[str]:
    """Give the revisions that `upgrade` would apply, in order; raises `WrongSchema` for one that is newer."""
    with database.reading() as connection:
        return _pending(connection, package, database.place)


def require_current(database: Database, package: str) -> None:
    """Refuse to start on another schema than that of the installed `package`: raises `WrongSchema`."""
    missing = pending(database, package)
    if missing:
        raise WrongSchema(
            f"{database.place} has schema {current(database) or 'none'}, {package} needs {missing[-1]};"
            " run `oots db upgrade`"
        )


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _pending(connection: Connection, package: str, place: str) -> Sequence[str]:
    known, found = revisions(package), _current(connection)
    if found is None:
        return known
    if found not in known:
        raise WrongSchema(
            f"{place} has schema {found}, which this {package} does not know: another service, or a newer program,"
            " made it; install that program, or restore a backup from before its `oots db upgrade`"
        )
    return known[known.index(found) + 1 :]


def _config(package: str, connection: Connection | None = None) -> Config:
    config = Config(attributes={"connection": connection})
    options = {
        "script_location": str(_ENVIRONMENT),
        "version_locations": str(files(package) / "migrations"),
        "path_separator": "newline",
    }
    for name, value in options.items():
        config.set_main_option(name, value.replace("%", "%%"))
    return config
