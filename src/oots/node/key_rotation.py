"""
The keys at rest of a node: which of them wraps what, a new one for everything, and an old one's end.

A node's services read the key file again by themselves.  A rotation that was cut short is ended by the next one, or by
`wrap_anew` alone.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from oots.errors import OperatorError
from oots.journal.events import Component, Event, EventName
from oots.journal.table import EventLog, event_tables
from oots.node.backup import Tell
from oots.node.databases import ServiceDatabase, databases_of
from oots.node.settings import Node
from oots.node.storage import KEYS_VARIABLE
from oots.store import data_keys
from oots.store.database import Database
from oots.store.key_file import retire, rotate
from oots.store.migrate import require_current
from oots.store.node_keys import NodeKeys
from oots.store.tables import new_metadata

Usage = Mapping[str, Mapping[str, int]]
"""By name of the service and id of the key: how many data keys it wraps."""


def key_usage(node: Node) -> Usage:
    """Ask every database of the node; raises `OperatorError`."""
    usage = {}
    for database in databases_of(node):
        with _current(database) as opened, opened.reading() as connection:
            usage[database.name] = database.data_keys.in_use(connection)
    return usage


def new_key(node: Node, *, now: datetime) -> NodeKeys:
    """Add a key that wraps new data keys from now on; raises `OperatorError`."""
    path = _key_file(node)
    key_usage(node)  # all databases have to be there, before anything is begun
    return rotate(path, now=now)


def wrap_anew(node: Node, *, now: datetime, tell: Tell) -> Mapping[str, int]:
    """Wrap with the current key whatever others wrap, and give how much that was, by name of the service."""
    _key_file(node)
    current = node.keys().current.id
    usage, changed = key_usage(node), {}
    for database in databases_of(node):
        total = sum(count for key, count in usage[database.name].items() if key != current)
        changed[database.name] = _wrap_anew(node, database, total, now=now, tell=tell)
    return changed


def retire_key(node: Node, key_id: str, *, now: datetime) -> NodeKeys:
    """Remove a key that wraps nothing in any database of the node; raises `OperatorError`."""
    path = _key_file(node)
    usage = key_usage(node)
    users = {name: keys[key_id] for name, keys in usage.items() if key_id in keys}
    if users and key_id != node.keys().current.id:
        found = ", ".join(f"{count} of the {name}" for name, count in users.items())
        raise OperatorError(f"key {key_id!r} still wraps data keys: {found}; run `oots keys rotate --finish` first")
    return retire(path, key_id, in_use={key for keys in usage.values() for key in keys}, now=now)


def _wrap_anew(node: Node, database: ServiceDatabase, total: int, *, now: datetime, tell: Tell) -> int:
    done = 0
    with _current(database) as opened:

        @contextmanager
        def begin() -> Iterator[Connection]:
            nonlocal done
            tell(f"data keys of the {database.name}", min(done, total), total)
            with opened.writing() as connection:
                yield connection
            done += data_keys.BATCH

        changed = database.data_keys.rewrap_all(begin)
        if changed:
            with opened.writing() as connection:
                _log(database).append(connection, _event(node, database, changed, now))
    tell(f"data keys of the {database.name}", changed, changed)
    return changed


def _log(database: ServiceDatabase) -> EventLog:
    return EventLog(event_tables(new_metadata()), database.data_keys)


def _event(node: Node, database: ServiceDatabase, changed: int, now: datetime) -> Event:
    return Event(
        at=now,
        node=node.party.value,
        component=Component(database.name),
        name=EventName.KEY_ROTATED,
        facts={"key": node.keys().current.id, "data_keys": str(changed)},
    )


@contextmanager
def _current(database: ServiceDatabase) -> Iterator[Database]:
    with database.opened() as opened:
        require_current(opened, database.package)
        yield opened


def _key_file(node: Node) -> Path:
    if node.key_file is None:
        raise OperatorError(
            f"the keys are in the variable {KEYS_VARIABLE}, which no command can change; with a key file they rotate"
        )
    return node.key_file
