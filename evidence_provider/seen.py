"""
Ids of requests that were seen: each may be used once (TDD 4.4), and is remembered as long as the journal.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, select

from evidence_provider.tables import SEEN_REQUEST
from oots.store.database import Database
from oots.store.tables import insert_unless_known

BATCH: Final = 500
"""Ids that are forgotten in one transaction: others wait for milliseconds only."""


class SeenRequests:
    """The ids in one database.  Upper and lower case make no difference."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def has(self, request_id: str) -> bool:
        """Tell whether a request with this id was seen."""
        found = select(SEEN_REQUEST.c.request_id).where(SEEN_REQUEST.c.request_id == request_id.casefold())
        with self._database.reading() as connection:
            return connection.scalars(found).one_or_none() is not None

    def enter(self, connection: Connection, request_id: str, *, now: datetime) -> bool:
        """
        Enter an id; False when another request had it first.

        On PostgreSQL it waits for a transaction that is just entering the same one.
        """
        statement = insert_unless_known(self._database, SEEN_REQUEST, unique=["request_id"])
        row = {"request_id": request_id.casefold(), "first_seen": now}
        return connection.execute(statement, row).rowcount == 1

    def purge(self, connection: Connection, before: datetime) -> int:
        """Forget some ids that were first seen before an instant; give how many, 0 at the end."""
        old = select(SEEN_REQUEST.c.request_id).where(SEEN_REQUEST.c.first_seen < before).limit(BATCH)
        request_ids = connection.scalars(old).all()
        connection.execute(delete(SEEN_REQUEST).where(SEEN_REQUEST.c.request_id.in_(request_ids)))
        return len(request_ids)
