"""
Journeys in the database: who came for what, for as long as somebody may be asked about them.  The subject is encrypted.
"""

from datetime import datetime
from functools import cache
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, delete, exists, func, insert, select, update

from evidence_requester.errors import Conflict
from evidence_requester.exchange import Journey
from evidence_requester.tables import EXCHANGE, JOURNEY, JOURNEY_IN_HAND
from oots.edm.model import NaturalPerson
from oots.errors import NotFound
from oots.journal.stores import Stores
from oots.store.sealed_columns import open_sealed, seal
from oots.store.secret_key import DataKey

BATCH: Final = 500
"""Journeys that are forgotten in one transaction."""


class Journeys:
    """The journeys of one database.  Methods that take a connection belong to a transaction of their caller."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def journey(self, journey_id: str) -> Journey:
        """Give a journey; raises `NotFound`, and `Conflict` when it is over."""
        with self._stores.database.reading() as connection:
            row = _in_hand(connection.execute(select(JOURNEY).where(JOURNEY.c.id == journey_id)).one_or_none())
            key = self._stores.keys.load(connection, _scope(journey_id))
        subject = open_sealed(key, row.subject, table="journey", row=row.id, column="subject")
        return Journey(id=row.id, procedure=row.procedure, subject=person_json().validate_json(subject))

    def open(self, connection: Connection, journey: Journey, *, now: datetime) -> None:
        """Keep a new journey."""
        key = self._stores.keys.create(connection, _scope(journey.id), now=now)
        subject = _sealed(key, journey)
        row = {"id": journey.id, "procedure": journey.procedure, "opened_at": now, "subject": subject}
        connection.execute(insert(JOURNEY), row)

    def lock(self, connection: Connection, journey_id: str) -> datetime:
        """
        Let nobody else end the journey, or ask within it, before the transaction is over; give when it was opened.

        Raises `NotFound`, and `Conflict` when it is over.
        """
        found = select(JOURNEY).where(JOURNEY.c.id == journey_id).with_for_update()
        opened_at: datetime = _in_hand(connection.execute(found).one_or_none()).opened_at
        return opened_at

    def in_hand(self, connection: Connection) -> int:
        """Count the journeys that are not over."""
        return connection.scalars(select(func.count()).select_from(JOURNEY).where(JOURNEY_IN_HAND)).one()

    def end(self, connection: Connection, journey_id: str, *, now: datetime) -> None:
        """Say that a journey is over, and erase its subject."""
        connection.execute(update(JOURNEY).where(JOURNEY.c.id == journey_id).values(ended_at=now, subject=None))
        self._stores.keys.erase(connection, _scope(journey_id))

    def purge(self, connection: Connection, opened_before: datetime) -> int:
        """Forget some journeys that are over, and have no exchange any more; give how many, 0 at the end."""
        is_used = exists().where(EXCHANGE.c.journey_id == JOURNEY.c.id)
        old = select(JOURNEY.c.id).where(~JOURNEY_IN_HAND, JOURNEY.c.opened_at < opened_before, ~is_used).limit(BATCH)
        ids = connection.scalars(old).all()
        connection.execute(delete(JOURNEY).where(JOURNEY.c.id.in_(ids)))
        return len(ids)


def _in_hand(row: Row[Any] | None) -> Row[Any]:
    if row is None:
        raise NotFound("there is no journey with that identifier")
    if row.ended_at is not None:
        raise Conflict("the journey is over: the person has to begin a new one")
    return row


@cache
def person_json() -> TypeAdapter[NaturalPerson]:
    """Give the reader and writer of a subject."""
    return TypeAdapter(NaturalPerson)


def _scope(journey_id: str) -> str:
    return f"journey {journey_id}"


def _sealed(key: DataKey, journey: Journey) -> bytes:
    subject = person_json().dump_json(journey.subject)
    return seal(key, subject, table="journey", row=journey.id, column="subject")
