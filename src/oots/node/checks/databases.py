"""
The databases of a node: whether a service can work with each, whether it would keep its promises, and what lies dead.
"""

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sqlalchemy import delete, false, func, select

from oots.errors import OperatorError
from oots.node.checks.check import Check, fail, ok, warn
from oots.node.checks.payloads import check_payloads
from oots.node.databases import ServiceDatabase, databases_of
from oots.node.dead_jobs import look_at_jobs
from oots.node.settings import Node
from oots.store.backup import COMPANIONS
from oots.store.data_keys import data_key_table
from oots.store.database import Database
from oots.store.migrate import require_current
from oots.store.tables import new_metadata

_UPGRADE: Final = "oots db upgrade"
_PROMISES: Final = ("fsync", "full_page_writes", "synchronous_commit")
"""Settings of PostgreSQL without which a commit may be lost."""


def check_databases(node: Node) -> Iterator[Check]:
    """Look at the database of each service; nothing in it is changed."""
    for database in databases_of(node):
        yield from _check(database)


def _check(database: ServiceDatabase) -> Iterator[Check]:
    name = f"{database.name} database"
    # Before it is opened: who opens a file of ours closes it to others.
    yield from _privacy(database)
    try:
        with database.opened() as opened:
            require_current(opened, database.package)
            _write_nothing(opened)
            yield ok(name, f"{opened.place} can be written to, and has the schema of this program")
            yield from _durable(opened, database)
            yield _keys(opened, database)
            yield check_payloads(opened, database)
            yield from _jobs(opened, database)
    except OperatorError as error:
        yield fail(name, str(error), _UPGRADE if _UPGRADE in str(error) else _advice(database))


def _advice(database: ServiceDatabase) -> str:
    if database.file is None:
        return "look at the server, at our user's grants, and at the address in the settings"
    return "look at the owner and the mode of the file and its folder, and whether the disk is full"


def _privacy(database: ServiceDatabase) -> Iterator[Check]:
    if database.file is None:
        return
    files = [path for end in ("", *COMPANIONS) if (path := Path(f"{database.file}{end}")).exists()]
    open_ones = [path for path in files if stat.S_IMODE(path.stat().st_mode) & 0o077]
    if open_ones:
        names = " ".join(map(str, open_ones))
        yield warn(f"{database.name} privacy", f"others than the owner may open {names}", f"chmod 600 {names}")


def _write_nothing(opened: Database) -> None:
    table = data_key_table(new_metadata())
    with opened.writing() as connection:
        # Deletes nothing, but asks for everything that it takes to do so.
        connection.execute(delete(table).where(false()))


def _durable(opened: Database, database: ServiceDatabase) -> Iterator[Check]:
    if not opened.is_postgresql:
        return
    with opened.reading() as connection:
        off = [name for name in _PROMISES if connection.scalars(select(func.current_setting(name))).one() == "off"]
    if off:
        text = f"the server has {', '.join(off)} off: it may lose what it has committed, and a receipt is a promise"
        yield fail(f"{database.name} durability", text, f"turn {', '.join(off)} on in postgresql.conf")


def _keys(opened: Database, database: ServiceDatabase) -> Check:
    name = f"{database.name} keys"
    with opened.reading() as connection:
        in_use = database.data_keys.in_use(connection)
    keys = database.durability.keys()
    missing = in_use.keys() - {key.id for key in (keys.current, *keys.others)}
    if missing:
        lost = sum(in_use[key] for key in missing)
        text = f"{lost} data keys are wrapped by keys that are not there: {', '.join(sorted(missing))}"
        return fail(name, text, "take the key file from a safe place where it still has them")
    older = sum(count for key, count in in_use.items() if key != keys.current.id)
    if older:
        return warn(name, f"{older} data keys are wrapped by an older key", "oots keys rotate --finish")
    return ok(name, f"all {sum(in_use.values())} data keys are wrapped by {keys.current.id}")


def _jobs(opened: Database, database: ServiceDatabase) -> Iterator[Check]:
    name, found = f"{database.name} jobs", look_at_jobs(opened)
    if found is None:
        return
    backlog = found.backlog
    if backlog.dead:
        text = f"{backlog.dead} jobs are dead, the oldest since {found.dead[0].since:%Y-%m-%d %H:%M} UTC"
        yield warn(name, text, "oots jobs list")
    else:
        yield ok(name, f"{backlog.due} to do now, {backlog.later} later, none dead")
