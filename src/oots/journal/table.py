"""
The tables of the journal: appended to, never changed; what circulated stands in them encrypted (flows.md 6.2 to 6.4).

Each service has them in its own database, so that an event commits together with what it tells.  Searching and
sealing happen elsewhere.  An event goes when its time is over, and only then; the database itself refuses changes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import uuid4

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    delete,
    insert,
    select,
)

from oots.journal.events import Event
from oots.store.data_keys import DataKeys
from oots.store.sealed_columns import open_sealed, seal
from oots.store.tables import Json, UtcDateTime

BATCH: Final = 500
"""Events that are deleted in one transaction: others wait for milliseconds only."""

_DOCUMENT: Final = "event_document"

_REFUSAL: Final = "the journal is appended to, never changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventTables:
    """Events, and the documents that belong to them."""

    event: Table
    document: Table


def event_tables(metadata: MetaData) -> EventTables:
    """Add the tables of the journal to `metadata`."""
    event = Table(
        "event",
        metadata,
        Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, comment="in order of writing"),
        Column("at", UtcDateTime, nullable=False, index=True),
        Column("node", Text, nullable=False, comment="party id of the access point"),
        Column("component", Text, nullable=False),
        Column("name", Text, nullable=False),
        Column("message_id", Text, index=True),
        Column("conversation_id", Text, index=True),
        Column("exchange_id", Text, index=True),
        Column("action", Text),
        Column("facts", Json, nullable=False, comment="texts by name, free of personal data"),
        Column("scope", Text, comment="of the data key that encrypts its documents"),
        sqlite_autoincrement=True,
    )
    document = Table(
        _DOCUMENT,
        metadata,
        Column("event_number", ForeignKey("event.number", ondelete="CASCADE"), primary_key=True),
        Column("name", Text, primary_key=True, comment="as a file would be called"),
        Column("content", LargeBinary, nullable=False, comment="the bytes that circulated, encrypted"),
    )
    return EventTables(event=event, document=document)


def refuse_changes(dialect: str) -> Sequence[str]:
    """Give the statements with which a migration forbids to change what stands in the journal."""
    before: tuple[str, ...] = ()
    if dialect == "sqlite":
        refuse = f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
    else:
        body = f"BEGIN RAISE EXCEPTION '{_REFUSAL}'; END"
        before = (f"CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$",)
        refuse = "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    triggers = (f"CREATE TRIGGER {name}_unchanged BEFORE UPDATE ON {name} {refuse}" for name in ("event", _DOCUMENT))
    return (*before, *triggers)


class EventLog:
    """Writes events in the transaction of what they tell."""

    def __init__(self, tables: EventTables, keys: DataKeys) -> None:
        self.tables = tables
        self._keys = keys
        # Built once: to build a statement takes longer than to execute it.
        self._insert_event = insert(tables.event).returning(tables.event.c.number)
        self._insert_documents = insert(tables.document)

    def append(self, connection: Connection, event: Event) -> None:
        """Write one event.  Its documents get a data key of their own: they outlive the message."""
        scope = f"event {uuid4()}" if event.documents else None
        row = {
            "at": event.at,
            "node": event.node,
            "component": event.component.value,
            "name": event.name.value,
            "message_id": event.message_id,
            "conversation_id": event.conversation_id,
            "exchange_id": event.exchange_id,
            "action": event.action,
            "facts": dict(event.facts),
            "scope": scope,
        }
        number = connection.execute(self._insert_event, row).scalar_one()
        if scope is not None:
            self._append_documents(connection, event, number=number, scope=scope)

    def documents(self, connection: Connection, number: int) -> Mapping[str, bytes]:
        """Give the documents of an event; raises `NotFound` when their key was erased."""
        event, document = self.tables.event, self.tables.document
        scope = connection.scalars(select(event.c.scope).where(event.c.number == number)).one_or_none()
        if scope is None:
            return {}
        key = self._keys.load(connection, scope)
        rows = connection.execute(select(document).where(document.c.event_number == number))
        return {
            row.name: open_sealed(key, row.content, table=_DOCUMENT, row=scope, column=row.name) for row in rows.all()
        }

    def purge(self, connection: Connection, before: datetime) -> int:
        """Delete some events from before an instant, and the keys of their documents; give how many, 0 at the end."""
        event = self.tables.event
        old = select(event.c.number, event.c.scope).where(event.c.at < before).order_by(event.c.at).limit(BATCH)
        rows = connection.execute(old).all()
        for row in rows:
            if row.scope is not None:
                self._keys.erase(connection, row.scope)
        connection.execute(delete(event).where(event.c.number.in_([row.number for row in rows])))
        return len(rows)

    def _append_documents(self, connection: Connection, event: Event, *, number: int, scope: str) -> None:
        key = self._keys.create(connection, scope, now=event.at)
        rows = [
            {
                "event_number": number,
                "name": name,
                "content": seal(key, content, table=_DOCUMENT, row=scope, column=name),
            }
            for name, content in event.documents.items()
        ]
        connection.execute(self._insert_documents, rows)
