"""
Messages that came in, until a back end has them: the half of the mailbox that the receiver and back ends use.

A receipt is a promise: `keep` returns it when payloads, message, duplicate key, receipt and journal are on disk.

Statements are built once: to build one takes longer than to execute it.
"""

import logging
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, delete, func, insert, or_, select, update

from gateway.incoming import LEASE, Incoming
from gateway.journal import Journal, ids_of
from gateway.pushing import Pushes
from gateway.room import Room
from gateway.stored import (
    SET_ASIDE,
    AnyRow,
    Content,
    is_small,
    read_incoming,
    read_payload,
    read_user_message,
    write_incoming,
    write_payloads,
)
from gateway.tables import INCOMING, PAYLOAD, WAITS
from oots.as4 import Payload
from oots.ebms.messages import PartInfo, UserMessage
from oots.errors import DamagedContent, NotFound, ValueInconsistent
from oots.journal.stores import Stores
from oots.store.secret_key import DataKey, SecretKey
from oots.store.tables import insert_unless_known

BATCH: Final = 500
"""Messages that are forgotten in one transaction."""

log = logging.getLogger(__name__)

_FOUND: Final = select(INCOMING).where(INCOMING.c.message_id == bindparam("this_id"))
_LOCKED: Final = _FOUND.with_for_update()
_FREE: Final = (
    select(INCOMING)
    .where(
        WAITS,
        INCOMING.c.action.in_(bindparam("actions", expanding=True)),
        or_(INCOMING.c.leased_until.is_(None), INCOMING.c.leased_until <= bindparam("now")),
    )
    .order_by(INCOMING.c.number)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_WAITING: Final = select(func.count()).select_from(INCOMING).where(WAITS)
_WAITS: Final = select(INCOMING.c.number).where(WAITS, INCOMING.c.message_id == bindparam("this_id"))
_OLD: Final = select(INCOMING.c.number).where(~WAITS, INCOMING.c.kept_at < bindparam("horizon")).limit(BATCH)
_CHANGED: Final = update(INCOMING).where(INCOMING.c.number.in_(bindparam("numbers", expanding=True)))
_FORGOTTEN: Final = delete(INCOMING).where(INCOMING.c.number.in_(bindparam("numbers", expanding=True)))
_NEW_PAYLOADS: Final = insert(PAYLOAD)
_PAYLOADS: Final = select(PAYLOAD).where(PAYLOAD.c.message_number == bindparam("of")).order_by(PAYLOAD.c.number)
_BLOBS: Final = select(PAYLOAD.c.blob_id).where(
    PAYLOAD.c.message_number == bindparam("of"), PAYLOAD.c.blob_id.is_not(None)
)
_NO_PAYLOADS: Final = delete(PAYLOAD).where(PAYLOAD.c.message_number == bindparam("of"))


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPayload:
    """One payload of a message that waits."""

    part: PartInfo
    content: Content
    sha256: str
    """Of the content, hexadecimal."""


class Inbox:
    """What can be said about messages that came in."""

    def __init__(self, stores: Stores, *, node: str, max_messages: int, pushes: Pushes) -> None:
        self._stores = stores
        self._node = node
        self._pushes = pushes
        self._room = Room(_WAITING, most=max_messages, waits_for="for a back end")
        new = insert_unless_known(stores.database, INCOMING, unique=["message_id"])
        self._new = new.returning(INCOMING.c.number)

    def keep(self, message: Incoming) -> bytes:
        """
        Keep a verified message and its receipt; give the receipt to answer with, the first one for a copy.

        Raises `ValueInconsistent` for another message under a known MessageId, `TransportRefusal` without room for it.
        """
        key, stores = DataKey(SecretKey.new()), self._stores
        contents = [payload.content for payload in message.payloads]
        large = [content for content in contents if not is_small(content)]
        if large and (known := self._known(message.message_id)) is not None:
            # A copy: its payloads need not be written, only to be removed again.
            return _first_receipt(known, message, Journal(node=self._node, record=stores.record))
        with stores.written(large, key) as blobs, stores.database.writing() as connection:
            journal = self._journal(connection)
            number = connection.scalars(self._new, write_incoming(message, key)).one_or_none()
            if number is None:
                # A copy; of two that came at once, the insertion of the second waited until the first was committed.
                stores.delete_after_commit(connection, [blob.id for blob in blobs])
                return _first_receipt(_first(connection, message.message_id), message, journal)
            self._room.check(connection)
            if contents:
                connection.execute(_NEW_PAYLOADS, write_payloads(message, number, blobs, key))
            stores.keys.add(connection, _scope(message.message_id), key, now=message.kept_at)
            self._pushes.announce(connection, message)
            journal.received(message)
        for content in contents:
            content.close()
        return message.receipt

    def deliver(self, actions: Collection[str], now: datetime, *, limit: int) -> tuple[Incoming, ...]:
        """Take up to `limit` messages of these actions, oldest first; they are the caller's for the time of a lease."""
        with self._stores.database.writing() as connection:
            rows = connection.execute(_FREE, {"actions": list(actions), "now": now, "limit": limit}).all()
            if rows:
                connection.execute(_CHANGED, {"numbers": [row.number for row in rows], "leased_until": now + LEASE})
            return tuple(message for row in rows for message in self._readable(connection, row, now))

    def waits(self, message_id: str) -> bool:
        """Tell whether no back end has acknowledged a message yet."""
        with self._stores.database.reading() as connection:
            return connection.scalars(_WAITS, {"this_id": message_id}).one_or_none() is not None

    def payload(self, message_id: str, number: int, *, actions: Collection[str]) -> KeptPayload:
        """
        Give one payload of a message that was not acknowledged yet.

        Raises `NotFound`, also when it has none of these actions, and `DamagedContent`.
        """
        with self._stores.database.reading() as connection:
            row = _find(connection, message_id)
            if row is None or row.acknowledged_at is not None or row.action not in actions:
                raise NotFound(f"no message {message_id!r} waits here for this back end")
            key = self._key(connection, row)
            payloads = self._payloads(connection, row, read_user_message(row, key), key)
        if not 0 <= number < len(payloads):
            raise NotFound(f"message {message_id!r} has no payload {number}")
        return payloads[number]

    def set_aside(self, message_id: str, now: datetime) -> None:
        """Note that a message cannot be read, and let it rest; it comes up again, in case that an operator helps."""
        with self._stores.database.writing() as connection:
            row = connection.execute(_LOCKED, {"this_id": message_id}).one_or_none()
            if row is not None and row.acknowledged_at is None:
                _set_aside(connection, row, now)

    def acknowledge(self, message_id: str, now: datetime, *, actions: Collection[str]) -> None:
        """
        Forget the content of a message: a back end has it.

        Raises `NotFound` for one that never came, and for one that has none of these actions.
        """
        with self._stores.database.writing() as connection:
            row = connection.execute(_LOCKED, {"this_id": message_id}).one_or_none()
            if row is None or row.action not in actions:
                raise NotFound(f"no message {message_id!r} came in for this back end, or it is forgotten")
            if row.acknowledged_at is not None:
                return
            message = read_incoming(row, read_user_message(row, self._key(connection, row)))
            self._journal(connection).delivered(message, now)
            self._erase(connection, row, now)

    def forget(self, horizon: datetime) -> int:
        """Forget some messages that a back end has and that came before `horizon`; give how many."""
        with self._stores.database.writing() as connection:
            numbers = connection.scalars(_OLD, {"horizon": horizon}).all()
            connection.execute(_FORGOTTEN, {"numbers": numbers})
            return len(numbers)

    def _known(self, message_id: str) -> AnyRow | None:
        with self._stores.database.reading() as connection:
            return _find(connection, message_id)

    def _readable(self, connection: Connection, row: AnyRow, now: datetime) -> Iterator[Incoming]:
        try:
            key = self._key(connection, row)
            message = read_user_message(row, key)
            kept = self._payloads(connection, row, message, key)
        except (DamagedContent, NotFound) as error:
            # The others still have to go.
            log.error("message %r cannot be delivered: %s", row.message_id, error, extra={"message_id": row.message_id})
            _set_aside(connection, row, now)
            return
        payloads = tuple(Payload(part=payload.part, content=payload.content) for payload in kept)
        yield read_incoming(row, message, payloads=payloads)

    def _payloads(
        self, connection: Connection, row: AnyRow, message: UserMessage, key: DataKey
    ) -> Sequence[KeptPayload]:
        found = connection.execute(_PAYLOADS, {"of": row.number}).all()
        blobs = self._stores.blobs
        return [
            KeptPayload(part=part, content=read_payload(kept, row.message_id, key, blobs), sha256=kept.sha256)
            for part, kept in zip(message.parts, found, strict=True)
        ]

    def _erase(self, connection: Connection, row: AnyRow, now: datetime) -> None:
        blobs = connection.scalars(_BLOBS, {"of": row.number}).all()
        self._stores.delete_after_commit(connection, blobs)
        connection.execute(_NO_PAYLOADS, {"of": row.number})
        gone = {"acknowledged_at": now, "leased_until": None, "header": None}
        connection.execute(_CHANGED, {"numbers": [row.number], **gone})
        self._stores.keys.erase(connection, _scope(row.message_id))

    def _journal(self, connection: Connection) -> Journal:
        return Journal(node=self._node, record=self._stores.record_in(connection))

    def _key(self, connection: Connection, row: AnyRow) -> DataKey:
        return self._stores.keys.load(connection, _scope(row.message_id))


def _scope(message_id: str) -> str:
    return f"incoming {message_id}"


def _find(connection: Connection, message_id: str) -> AnyRow | None:
    return connection.execute(_FOUND, {"this_id": message_id}).one_or_none()


def _first(connection: Connection, message_id: str) -> AnyRow:
    return connection.execute(_FOUND, {"this_id": message_id}).one()


def _first_receipt(known: AnyRow, message: Incoming, journal: Journal) -> bytes:
    if not message.repeats(read_incoming(known, message.message)):
        log.warning("message %r came again with other digests", message.message_id, extra=ids_of(message.message))
        raise ValueInconsistent(
            "another message came under this MessageId before", ref_to_message_id=message.message_id
        )
    journal.duplicate(message)
    receipt: bytes = known.receipt
    return receipt


def _set_aside(connection: Connection, row: AnyRow, now: datetime) -> None:
    rests = {"leased_until": now + SET_ASIDE, "damaged_at": row.damaged_at or now}
    connection.execute(_CHANGED, {"numbers": [row.number], **rests})
