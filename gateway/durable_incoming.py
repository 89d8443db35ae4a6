"""
Messages that came in, in the database: the half of the durable mailbox that the receiver and back ends use.

A receipt is a promise: `keep` returns it when payloads, message, duplicate key, receipt and journal are on disk.
"""

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update

from gateway.incoming import LEASE, Incoming
from gateway.journal import Journal
from gateway.stored import read_references, user_message_json, write_references
from gateway.tables import INCOMING, PAYLOAD
from oots.as4 import Payload
from oots.ebms.messages import UserMessage
from oots.errors import DamagedContent, NotFound, TransportRefusal, ValueInconsistent
from oots.journal.stores import Stores
from oots.store.blobs import BlobRef
from oots.store.sealed_columns import open_sealed, seal
from oots.store.secret_key import DataKey, SecretKey
from oots.store.tables import insert_unless_known

BATCH: Final = 500
"""Messages that are forgotten in one transaction."""

log = logging.getLogger(__name__)

_WAITS: Final = INCOMING.c.acknowledged_at.is_(None)


class DurableIncoming:
    """What `Mailbox` says about messages that came in."""

    def __init__(self, stores: Stores, *, node: str, max_messages: int) -> None:
        self._stores = stores
        self._node = node
        self._max_messages = max_messages

    def keep(self, message: Incoming) -> bytes:
        """Keep a message, and give the receipt to answer with.  Raises `ValueInconsistent`, `TransportRefusal`."""
        receipt = self._first_receipt(message)
        if receipt is not None:
            return receipt
        key, stores = DataKey(SecretKey.new()), self._stores
        contents = [payload.content for payload in message.payloads]
        with stores.written(contents, key) as blobs, stores.database.writing() as connection:
            number = self._insert_incoming(connection, message, key)
            if number is None:
                # Two came at once, and the other was first: the insertion waited until it was committed.
                stores.delete_after_commit(connection, [blob.id for blob in blobs])
                return self._answer_again(connection, message)
            self._check_room_to_deliver(connection)
            _insert_payloads(connection, number, blobs)
            stores.keys.add(connection, _scope(message.message_id), key, now=message.kept_at)
            self._journal(connection).received(message)
        for content in contents:
            content.close()
        return message.receipt

    def deliver(self, actions: Sequence[str], now: datetime, *, limit: int) -> tuple[Incoming, ...]:
        """Take up to `limit` messages of these actions, oldest first; they are the caller's for the time of a lease."""
        free = or_(INCOMING.c.leased_until.is_(None), INCOMING.c.leased_until <= now)
        found = (
            select(INCOMING)
            .where(_WAITS, INCOMING.c.action.in_(actions), free)
            .order_by(INCOMING.c.number)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        with self._stores.database.writing() as connection:
            rows = connection.execute(found).all()
            taken = update(INCOMING).where(INCOMING.c.number.in_([row.number for row in rows]))
            if rows:
                connection.execute(taken.values(leased_until=now + LEASE))
            return tuple(message for row in rows for message in self._readable(connection, row, now))

    def payload(self, message_id: str, number: int) -> Payload:
        """Give one payload of a message that was not acknowledged yet; raises `NotFound`, `DamagedContent`."""
        with self._stores.database.reading() as connection:
            row = _find(connection, message_id)
            if row is None or row.acknowledged_at is not None:
                raise NotFound(f"no message {message_id!r} waits here for a back end")
            key = self._incoming_key(connection, row)
            payloads = self._payloads(connection, row, _message(row, key), key)
        if not 0 <= number < len(payloads):
            raise NotFound(f"message {message_id!r} has no payload {number}")
        return payloads[number]

    def acknowledge(self, message_id: str, now: datetime) -> None:
        """Forget the content of a message: a back end has it; raises `NotFound` for one that never came."""
        with self._stores.database.writing() as connection:
            row = connection.execute(
                select(INCOMING).where(INCOMING.c.message_id == message_id).with_for_update()
            ).one_or_none()
            if row is None:
                raise NotFound(f"no message {message_id!r} came in, or it is forgotten")
            if row.acknowledged_at is not None:
                return
            message = _incoming(row, _message(row, self._incoming_key(connection, row)), payloads=())
            self._journal(connection).delivered(message, now)
            self._erase(connection, row, now)

    def forget_incoming(self, horizon: datetime) -> int:
        """Forget some messages that a back end has and that came before `horizon`; give how many."""
        old = select(INCOMING.c.number).where(~_WAITS, INCOMING.c.kept_at < horizon).limit(BATCH)
        with self._stores.database.writing() as connection:
            numbers = connection.scalars(old).all()
            connection.execute(delete(INCOMING).where(INCOMING.c.number.in_(numbers)))
            return len(numbers)

    def _first_receipt(self, message: Incoming) -> bytes | None:
        """Answer a copy before its payloads are written to disk."""
        with self._stores.database.reading() as connection:
            known = _find(connection, message.message_id)
        if known is None:
            return None
        with self._stores.database.writing() as connection:
            # Since then it may have been forgotten, and may come as new.
            known = _find(connection, message.message_id)
            return None if known is None else self._answer_again(connection, message)

    def _answer_again(self, connection: Connection, message: Incoming) -> bytes:
        row = _find(connection, message.message_id)
        assert row is not None
        if not message.repeats(_incoming(row, message.message, payloads=())):
            log.warning("message %r came again with other digests", message.message_id)
            raise ValueInconsistent(
                "another message came under this MessageId before", ref_to_message_id=message.message_id
            )
        self._journal(connection).duplicate(message)
        receipt: bytes = row.receipt
        return receipt

    def _insert_incoming(self, connection: Connection, message: Incoming, key: DataKey) -> int | None:
        header = user_message_json().dump_json(message.message)
        row = {
            "message_id": message.message_id,
            "signed": write_references(message.references),
            "receipt": message.receipt,
            "fingerprint": message.fingerprint,
            "action": message.message.action,
            "header": seal(key, header, table="incoming", row=message.message_id, column="header"),
            "kept_at": message.kept_at,
        }
        statement = insert_unless_known(self._stores.database, INCOMING, unique=["message_id"])
        return connection.execute(statement.returning(INCOMING.c.number), row).scalar_one_or_none()

    def _check_room_to_deliver(self, connection: Connection) -> None:
        waiting = connection.scalars(select(func.count()).select_from(INCOMING).where(_WAITS)).one()
        # The new one is among them.
        if waiting > self._max_messages:
            log.error("the mailbox is full: %d messages wait for a back end", self._max_messages)
            raise TransportRefusal(503, "the mailbox is full; come again later")

    def _readable(self, connection: Connection, row: Row[Any], now: datetime) -> Iterator[Incoming]:
        try:
            key = self._incoming_key(connection, row)
            message = _message(row, key)
            payloads = self._payloads(connection, row, message, key)
        except (DamagedContent, NotFound) as error:
            # The others still have to go; this one comes up again, and in the log, until an operator restores it.
            log.error("message %r cannot be delivered: %s", row.message_id, error)
            return
        yield _incoming(row, message, payloads=payloads, leased_until=now + LEASE)

    def _payloads(
        self, connection: Connection, row: Row[Any], message: UserMessage, key: DataKey
    ) -> tuple[Payload, ...]:
        found = select(PAYLOAD).where(PAYLOAD.c.message_number == row.number).order_by(PAYLOAD.c.number)
        blobs = [BlobRef(id=blob.blob_id, size=blob.size, sha256=blob.sha256) for blob in connection.execute(found)]
        return tuple(
            Payload(part=part, content=self._stores.blobs.open(blob, key))
            for part, blob in zip(message.parts, blobs, strict=True)
        )

    def _erase(self, connection: Connection, row: Row[Any], now: datetime) -> None:
        blobs = select(PAYLOAD.c.blob_id).where(PAYLOAD.c.message_number == row.number)
        self._stores.delete_after_commit(connection, connection.scalars(blobs).all())
        connection.execute(delete(PAYLOAD).where(PAYLOAD.c.message_number == row.number))
        acknowledged = update(INCOMING).where(INCOMING.c.number == row.number)
        connection.execute(acknowledged.values(acknowledged_at=now, leased_until=None, header=None))
        self._stores.keys.erase(connection, _scope(row.message_id))

    def _journal(self, connection: Connection) -> Journal:
        return Journal(node=self._node, record=self._stores.record_in(connection))

    def _incoming_key(self, connection: Connection, row: Row[Any]) -> DataKey:
        return self._stores.keys.load(connection, _scope(row.message_id))


def _scope(message_id: str) -> str:
    return f"incoming {message_id}"


def _find(connection: Connection, message_id: str) -> Row[Any] | None:
    return connection.execute(select(INCOMING).where(INCOMING.c.message_id == message_id)).one_or_none()


def _insert_payloads(connection: Connection, number: int, blobs: Sequence[BlobRef]) -> None:
    rows = [
        {"message_number": number, "number": index, "blob_id": blob.id, "size": blob.size, "sha256": blob.sha256}
        for index, blob in enumerate(blobs)
    ]
    if rows:
        connection.execute(insert(PAYLOAD), rows)


def _message(row: Row[Any], key: DataKey) -> UserMessage:
    sealed = open_sealed(key, row.header, table="incoming", row=row.message_id, column="header")
    return user_message_json().validate_json(sealed)


def _incoming(
    row: Row[Any], message: UserMessage, *, payloads: tuple[Payload, ...], leased_until: datetime | None = None
) -> Incoming:
    return Incoming(
        message=message,
        references=read_references(row.signed),
        fingerprint=row.fingerprint,
        receipt=row.receipt,
        payloads=payloads,
        soap=b"",
        kept_at=row.kept_at,
        leased_until=leased_until,
    )
