"""
What the tables of all services share: names of constraints, types of columns, one statement.  No table stands here.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, Protocol

from sqlalchemy import JSON, DateTime, Dialect, Insert, MetaData, Table, TypeDecorator
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB

NAMING_CONVENTION: Final = {
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}
"""A migration can only drop what has a name, and SQLite gives none."""

Json: Final = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
"""Small structures without personal data; Python's None is SQL's NULL."""


def new_metadata() -> MetaData:
    """Give the `MetaData` of a service's tables."""
    return MetaData(naming_convention=NAMING_CONVENTION)


class UtcDateTime(TypeDecorator[datetime]):
    """
    An instant, to the microsecond, in UTC on the way in and out; a time without its zone is refused.

    SQLite keeps it as text of fixed width, which sorts as time does.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give what the driver takes."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without its zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give what was kept."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class HasDialect(Protocol):
    """A `Database`, or a connection of one."""

    @property
    def dialect(self) -> Dialect:
        """Which SQL it speaks."""


def insert_unless_known(at: HasDialect, table: Table, *, unique: Sequence[str]) -> Insert:
    """
    Give an `INSERT` that does nothing when there is a row with the same values in the columns `unique`.

    On PostgreSQL it first waits for other transactions that insert such a row.  `rowcount`, or what it returns, tells
    whether the row is new.
    """
    insert = postgresql.insert if at.dialect.name == "postgresql" else sqlite.insert
    # Without the option SQLAlchemy forgets the count of rows of an INSERT on PostgreSQL.
    return insert(table).on_conflict_do_nothing(index_elements=unique).execution_options(preserve_rowcount=True)
