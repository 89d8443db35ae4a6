"""
`DirectoryAnswers`: signed answers of directories, kept as they came, to be used again.  How long is decided elsewhere.

They are public and about nobody, so they are not encrypted; they are signed, so whoever uses one verifies it again, and
what was changed here is noticed.  All processes of a service share them.  Losing them costs time only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Insert,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    delete,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

from oots.store.database import Database
from oots.store.tables import Json, UtcDateTime

MAX_ANSWERS: Final = 2000
"""Most that are kept; the oldest go first.  Two states with 50 procedures each ask some 300 different questions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """An answer, and the question that it answers."""

    key: str
    """Stands for the instance, the question, and the version of the interface."""
    place: str
    """The instance: the name of its DNS records, or its fixed address."""
    base_url: str
    """Where it was asked."""
    parameters: tuple[tuple[str, str], ...]
    interface: str
    asked_at: datetime
    fields: Mapping[str, str] = field(repr=False)
    """Header fields, among them the signature."""
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What there is to see of an answer without its content."""

    key: str
    place: str
    base_url: str
    parameters: tuple[tuple[str, str], ...]
    interface: str
    asked_at: datetime
    fields: Mapping[str, str] = field(repr=False)
    size: int


def directory_answer_table(metadata: MetaData) -> Table:
    """Give the table, for the `MetaData` of a service that asks directories."""
    return Table(
        "directory_answer",
        metadata,
        Column("key", Text, primary_key=True, comment="SHA-256 of instance, question and version"),
        Column("place", Text, nullable=False, comment="the instance: name of its DNS records, or its fixed address"),
        Column("base_url", Text, nullable=False, comment="where it was asked"),
        Column("parameters", Json, nullable=False, comment="the question: pairs of name and value"),
        Column("interface", Text, nullable=False, comment="version of the interface"),
        Column("asked_at", UtcDateTime, nullable=False, index=True),
        Column("fields", Json, nullable=False, comment="header fields, among them the signature"),
        Column("body", LargeBinary, nullable=False, comment="the bytes that were signed"),
        Column("size", Integer, nullable=False, comment="of the body"),
    )


class DirectoryAnswers:
    """Those of one table.  Every method may raise `StoreUnavailable`."""

    def __init__(self, database: Database, table: Table) -> None:
        self._database = database
        self._table = table

    def keep(self, answer: KeptAnswer, *, since: datetime) -> None:
        """Keep an answer instead of the one that has its key; those from before `since` go, and those too many."""
        with self._database.writing() as connection:
            connection.execute(self._insert(), self._row(answer))
            self._forget_if(connection, self._table.c.asked_at < since)
            newest = select(self._table.c.key).order_by(self._table.c.asked_at.desc()).limit(MAX_ANSWERS)
            self._forget_if(connection, self._table.c.key.not_in(newest))

    def find(self, key: str) -> KeptAnswer | None:
        """Give the answer under a key."""
        columns = [column for column in self._table.c if column.name != "size"]
        with self._database.reading() as connection:
            row = connection.execute(select(*columns).where(self._table.c.key == key)).one_or_none()
        return KeptAnswer(**row._asdict() | {"parameters": _pairs(row.parameters)}) if row else None

    def forget(self, key: str) -> None:
        """Remove the answer under a key, if there is one."""
        with self._database.writing() as connection:
            self._forget_if(connection, self._table.c.key == key)

    def list(self) -> Sequence[Listed]:
        """Give what there is, the newest first."""
        columns = [column for column in self._table.c if column.name != "body"]
        with self._database.reading() as connection:
            rows = connection.execute(select(*columns).order_by(self._table.c.asked_at.desc())).all()
        return [Listed(**row._asdict() | {"parameters": _pairs(row.parameters)}) for row in rows]

    def empty(self) -> int:
        """Remove all answers; gives how many there were."""
        with self._database.writing() as connection:
            return connection.execute(delete(self._table)).rowcount

    def _insert(self) -> Insert:
        insert = (postgresql.insert if self._database.is_postgresql else sqlite.insert)(self._table)
        others = {column.name: insert.excluded[column.name] for column in self._table.c if column.name != "key"}
        return insert.on_conflict_do_update(index_elements=["key"], set_=others)

    def _row(self, answer: KeptAnswer) -> dict[str, object]:
        row: dict[str, object] = {name: getattr(answer, name) for name in KeptAnswer.__slots__}
        return row | {"fields": dict(answer.fields), "size": len(answer.body)}

    def _forget_if(self, connection: Connection, condition: ColumnElement[bool]) -> None:
        connection.execute(delete(self._table).where(condition))


def _pairs(found: Sequence[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in found)
