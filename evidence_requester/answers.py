"""
Answers in the database, from the moment they come until they are judged.  Content is encrypted.

Each answer has a data key; erasing it erases the content.  When the answer is good, the key and some of the blobs
become those of `documents`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, delete, insert, select, update

from evidence_requester.tables import ANSWER, ANSWER_IN_HAND, PAYLOAD
from oots.journal.stores import Stores
from oots.net.gateway_api import Delivery, delivery_json
from oots.store.blobs import BlobRef
from oots.store.sealed_columns import open_sealed, seal
from oots.store.secret_key import DataKey
from oots.store.tables import insert_unless_known
from oots.work import LeaseLost

BATCH: Final = 500
"""Answers that are given up or forgotten in one transaction."""


class AnswerState(Enum):
    """What became of an answer; the last three are for ever."""

    RECEIVED = "received"
    USED = "used"
    REFUSED = "refused"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """An answer that waits to be judged."""

    delivery: Delivery
    document: bytes = field(repr=False)
    """The first part, as it came."""
    payloads: Mapping[int, BlobRef]
    """The other parts, by their number from 1."""
    missing: Mapping[int, str]
    """Why some of them could not be taken."""
    key: DataKey


class Answers:
    """The answers of one database.  Methods that take a connection belong to a transaction of their caller."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def is_known(self, message_id: str) -> bool:
        """Tell whether the message came before."""
        with self._stores.database.reading() as connection:
            return _find(connection, message_id) is not None

    def keep(self, connection: Connection, taken: Taken, *, now: datetime) -> bool:
        """Keep an answer, whose blobs are under its key; False when it came before, and nothing is changed."""
        message_id = taken.delivery.message_id
        content = {"header": delivery_json().dump_json(taken.delivery), "document": taken.document}
        is_new = self._insert(
            connection,
            message_id,
            state=AnswerState.RECEIVED.value,
            received_at=now,
            missing={str(number): reason for number, reason in taken.missing.items()},
            **{name: _sealed(taken.key, message_id, name, value) for name, value in content.items()},
        )
        if is_new:
            self._stores.keys.add(connection, _scope(message_id), taken.key, now=now)
            self._insert_payloads(connection, taken)
        return is_new

    def keep_unreadable(self, connection: Connection, message_id: str, *, now: datetime) -> bool:
        """Remember a message that holds nothing to be judged; False when it came before."""
        state = AnswerState.UNREADABLE.value
        return self._insert(connection, message_id, state=state, received_at=now, ended_at=now, missing={})

    def taken(self, message_id: str) -> Taken | None:
        """Give an answer that waits to be judged, or None when it does no longer.  Raises `DamagedContent`."""
        with self._stores.database.reading() as connection:
            row = _find(connection, message_id)
            if row is None or row.header is None:
                return None
            key = self._stores.keys.load(connection, _scope(message_id))
            payloads = connection.execute(select(PAYLOAD).where(PAYLOAD.c.answer_number == row.number)).all()
        return Taken(
            delivery=delivery_json().validate_json(_opened(key, row, "header")),
            document=_opened(key, row, "document"),
            payloads={
                payload.number: BlobRef(id=payload.blob_id, size=payload.size, sha256=payload.sha256)
                for payload in payloads
            },
            missing={int(number): reason for number, reason in row.missing.items()},
            key=key,
        )

    def end(
        self,
        connection: Connection,
        message_id: str,
        state: AnswerState,
        *,
        now: datetime,
        handed_on: Collection[UUID] = (),
    ) -> None:
        """
        Say what became of an answer, and erase its content: its key now, its blobs after the commit.

        Blobs that are `handed_on` stay: they are documents now.  Raises `LeaseLost` when that was said before.
        """
        ended = update(ANSWER).where(ANSWER.c.message_id == message_id, ANSWER_IN_HAND).returning(ANSWER.c.number)
        columns = {"state": state.value, "ended_at": now, "header": None, "document": None}
        number = connection.scalars(ended.values(columns)).one_or_none()
        if number is None:
            raise LeaseLost(f"message {message_id} was judged before")
        erased = delete(PAYLOAD).where(PAYLOAD.c.answer_number == number).returning(PAYLOAD.c.blob_id)
        blob_ids = set(connection.scalars(erased)) - set(handed_on)
        self._stores.delete_after_commit(connection, blob_ids)
        self._stores.keys.erase(connection, _scope(message_id))

    def left_over(self, connection: Connection, came_before: datetime) -> Sequence[str]:
        """Take some answers that came before an instant and were not judged; those that somebody has are left."""
        old = select(ANSWER.c.message_id).where(ANSWER_IN_HAND, ANSWER.c.received_at < came_before)
        return connection.scalars(
            old.order_by(ANSWER.c.received_at).limit(BATCH).with_for_update(skip_locked=True)
        ).all()

    def purge(self, connection: Connection, came_before: datetime) -> int:
        """Forget that some answers came, if they are over; give how many, 0 at the end."""
        old = select(ANSWER.c.number).where(~ANSWER_IN_HAND, ANSWER.c.received_at < came_before).limit(BATCH)
        numbers = connection.scalars(old).all()
        connection.execute(delete(ANSWER).where(ANSWER.c.number.in_(numbers)))
        return len(numbers)

    def named(self, connection: Connection, blob_ids: Collection[UUID]) -> Collection[UUID]:
        """Say which of these blobs belong to an answer."""
        return connection.scalars(select(PAYLOAD.c.blob_id).where(PAYLOAD.c.blob_id.in_(blob_ids))).all()

    def _insert(self, connection: Connection, message_id: str, **columns: Any) -> bool:
        statement = insert_unless_known(self._stores.database, ANSWER, unique=["message_id"])
        return connection.execute(statement, {"message_id": message_id, **columns}).rowcount == 1

    def _insert_payloads(self, connection: Connection, taken: Taken) -> None:
        if not taken.payloads:
            return
        message_id = taken.delivery.message_id
        number_of = select(ANSWER.c.number).where(ANSWER.c.message_id == message_id)
        answer_number = connection.scalars(number_of).one()
        rows = [
            {
                "answer_number": answer_number,
                "number": number,
                "blob_id": blob.id,
                "size": blob.size,
                "sha256": blob.sha256,
            }
            for number, blob in taken.payloads.items()
        ]
        connection.execute(insert(PAYLOAD), rows)


def _scope(message_id: str) -> str:
    return f"answer {message_id}"


def _find(connection: Connection, message_id: str) -> Row[Any] | None:
    return connection.execute(select(ANSWER).where(ANSWER.c.message_id == message_id)).one_or_none()


def _sealed(key: DataKey, message_id: str, column: str, content: bytes) -> bytes:
    return seal(key, content, table="answer", row=message_id, column=column)


def _opened(key: DataKey, row: Row[Any], column: str) -> bytes:
    return open_sealed(key, getattr(row, column), table="answer", row=row.message_id, column=column)
