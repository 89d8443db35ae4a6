"""
Messages on their way out, in the database: the half of the durable mailbox that the sender and submissions use.

Who takes a message moves its `due_at` a lease into the future, and extends it while the process lives (`renew`).  When
the process is killed, the message is due again for anybody half a minute later.  `attempts` is the fence: whoever lost
its lease concludes nothing.
"""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Connection, Row, delete, func, select, update

from gateway import outgoing as outgoings
from gateway.journal import Journal
from gateway.mailbox import AlreadySubmitted
from gateway.outgoing import Outgoing, concluded, posting
from gateway.states import Outcome, State
from gateway.stored import OutgoingHeader, Progress, outgoing_header_json, progress_json
from gateway.tables import OUTGOING
from oots.as4 import Packed
from oots.errors import DamagedContent, NotFound, TransportRefusal
from oots.journal.stores import Stores
from oots.net.gateway_api import MessageStatus
from oots.store.blobs import BlobRef
from oots.store.sealed_columns import open_sealed, seal
from oots.store.secret_key import DataKey, SecretKey
from oots.store.tables import insert_unless_known

LEASE: Final = timedelta(seconds=30)
"""How long a killed process keeps a message from being posted by another."""

BATCH: Final = 500
"""Messages that are forgotten in one transaction."""

log = logging.getLogger(__name__)

_OVER: Final = OUTGOING.c.due_at.is_(None)


class DurableOutgoing:
    """What `Mailbox` says about messages on their way out."""

    def __init__(self, stores: Stores, *, node: str, max_messages: int) -> None:
        self._stores = stores
        self._node = node
        self._max_messages = max_messages
        self._owner = str(uuid4())

    def submission(self, message_id: str, digest: str) -> MessageStatus | None:
        """Give how far this very submission is, if it was accepted before; raises `AlreadySubmitted` for another."""
        with self._stores.database.reading() as connection:
            return self._submission(connection, message_id, digest)

    def accept(self, message: Outgoing) -> MessageStatus:
        """Accept a submission: it is on disk when this returns.  Raises `AlreadySubmitted`, `TransportRefusal`."""
        known = self.submission(message.message_id, message.digest)
        if known is not None:
            return known
        key, stores = DataKey(SecretKey.new()), self._stores
        with stores.written([message.packed.content], key) as (blob,), stores.database.writing() as connection:
            if not self._insert_outgoing(connection, message, blob, key):
                # Two came at once, and the other was first: the insertion waited until it was committed.
                stores.delete_after_commit(connection, [blob.id])
                known = self._submission(connection, message.message_id, message.digest)
                assert known is not None
                return known
            self._check_room_to_send(connection)
            stores.keys.add(connection, _scope(message.message_id), key, now=message.submitted_at)
            self._journal(connection).submitted(message)
        message.packed.content.close()
        return message.status()

    def status(self, message_id: str) -> MessageStatus:
        """Give how far the sending of a message is; raises `NotFound`."""
        with self._stores.database.reading() as connection:
            row = _find(connection, message_id)
            if row is None:
                raise NotFound(f"no message {message_id!r} was submitted here, or it is forgotten")
            return self._status(connection, row)

    def due(self, now: datetime, *, limit: int) -> tuple[Outgoing, ...]:
        """Take up to `limit` messages that have to be posted now; they are the caller's for the time of a lease."""
        found = (
            select(OUTGOING)
            .where(OUTGOING.c.due_at <= now)
            .order_by(OUTGOING.c.due_at, OUTGOING.c.number)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        with self._stores.database.writing() as connection:
            rows = connection.execute(found).all()
            return tuple(message for row in rows for message in self._taken(connection, row, now))

    def next_due_at(self) -> datetime | None:
        """Give when the next message will be due."""
        with self._stores.database.reading() as connection:
            due_at: datetime | None = connection.scalars(select(func.min(OUTGOING.c.due_at))).one()
            return due_at

    def conclude(self, posted: Outgoing, outcome: Outcome, now: datetime) -> Outgoing | None:
        """Say how an attempt ended; None when the lease was lost and somebody else tries again."""
        fence = (OUTGOING.c.state == State.SENDING.value, OUTGOING.c.attempts == posted.attempts)
        found = select(OUTGOING).where(OUTGOING.c.message_id == posted.message_id, *fence).with_for_update()
        with self._stores.database.writing() as connection:
            row = connection.execute(found).one_or_none()
            if row is None:
                return None
            # The fence says that nothing has happened to it since it was taken.
            ended = concluded(posted, outcome, now)
            self._journal(connection).concluded(ended, outcome, now)
            if ended.due_at is None:
                self._finish(connection, row, ended, now)
            else:
                self._update(connection, row, ended, self._outgoing_key(connection, row))
            return ended

    def renew(self, now: datetime) -> None:
        """Extend the leases of what this process posts; an attempt that outlasts every post is anybody's."""
        mine = (OUTGOING.c.owner == self._owner, OUTGOING.c.state == State.SENDING.value)
        in_hand = OUTGOING.c.posted_at > now - outgoings.LEASE
        with self._stores.database.writing() as connection:
            connection.execute(update(OUTGOING).where(*mine, in_hand).values(due_at=now + LEASE))

    def forget_outgoing(self, horizon: datetime) -> int:
        """Forget some messages that are over and were submitted before `horizon`; give how many."""
        old = select(OUTGOING.c.message_id).where(_OVER, OUTGOING.c.submitted_at < horizon).limit(BATCH)
        with self._stores.database.writing() as connection:
            message_ids = connection.scalars(old).all()
            for message_id in message_ids:
                self._stores.keys.erase(connection, _scope(message_id))
            connection.execute(delete(OUTGOING).where(OUTGOING.c.message_id.in_(message_ids)))
            return len(message_ids)

    def _submission(self, connection: Connection, message_id: str, digest: str) -> MessageStatus | None:
        row = _find(connection, message_id)
        if row is not None and row.digest != digest:
            raise AlreadySubmitted(f"another message was submitted as {message_id!r}")
        return None if row is None else self._status(connection, row)

    def _insert_outgoing(self, connection: Connection, message: Outgoing, blob: BlobRef, key: DataKey) -> bool:
        header = outgoing_header_json().dump_json(OutgoingHeader.of(message))
        row = {
            "message_id": message.message_id,
            "digest": message.digest,
            "submitted_at": message.submitted_at,
            "header": seal(key, header, table="outgoing", row=message.message_id, column="header"),
            "blob_id": blob.id,
            "size": blob.size,
            "sha256": blob.sha256,
            **_changing(message, key),
        }
        statement = insert_unless_known(self._stores.database, OUTGOING, unique=["message_id"])
        return connection.execute(statement, row).rowcount == 1

    def _check_room_to_send(self, connection: Connection) -> None:
        waiting = select(func.count()).select_from(OUTGOING).where(OUTGOING.c.due_at.is_not(None))
        # The new one is among them.
        if connection.scalars(waiting).one() > self._max_messages:
            log.error("the mailbox is full: %d messages wait to be sent", self._max_messages)
            raise TransportRefusal(503, "the mailbox is full; come again later")

    def _taken(self, connection: Connection, row: Row[Any], now: datetime) -> Iterator[Outgoing]:
        try:
            key = self._outgoing_key(connection, row)
            message = replace(posting(self._read(row, key), now), due_at=now + LEASE)
            self._journal(connection).sent(message, now)
        except (DamagedContent, NotFound) as error:
            # The others still have to go; this one comes up again, and in the log, until an operator restores it.
            log.error("message %r cannot be sent: %s", row.message_id, error)
            connection.execute(
                update(OUTGOING).where(OUTGOING.c.number == row.number).values(due_at=now + outgoings.LEASE)
            )
            return
        self._update(connection, row, message, key, owner=self._owner, posted_at=now)
        yield message

    def _read(self, row: Row[Any], key: DataKey) -> Outgoing:
        sealed = open_sealed(key, row.header, table="outgoing", row=row.message_id, column="header")
        header = outgoing_header_json().validate_json(sealed)
        progress = _progress(row, key)
        blob = BlobRef(id=row.blob_id, size=row.size, sha256=row.sha256)
        return Outgoing(
            packed=Packed(
                message=header.message,
                content_type=header.content_type,
                content=self._stores.blobs.open(blob, key),
                references=header.references,
                soap=header.soap.encode(),
            ),
            pmode=header.pmode,
            digest=row.digest,
            submitted_at=row.submitted_at,
            state=State(row.state),
            attempts=row.attempts,
            due_at=row.due_at,
            failure=progress.failure,
            history=progress.history,
        )

    def _finish(self, connection: Connection, row: Row[Any], ended: Outgoing, now: datetime) -> None:
        """Forget the content with its key; what is left for its back end to ask gets another one."""
        scope = _scope(row.message_id)
        self._stores.keys.erase(connection, scope)
        key = self._stores.keys.create(connection, scope, now=now)
        self._update(connection, row, ended, key, header=None, blob_id=None, size=None, sha256=None)
        self._stores.delete_after_commit(connection, [row.blob_id])

    def _update(self, connection: Connection, row: Row[Any], message: Outgoing, key: DataKey, **others: object) -> None:
        change = update(OUTGOING).where(OUTGOING.c.number == row.number)
        connection.execute(change.values(**_changing(message, key), **others))

    def _status(self, connection: Connection, row: Row[Any]) -> MessageStatus:
        progress = _progress(row, self._outgoing_key(connection, row))
        return MessageStatus(
            message_id=row.message_id,
            state=row.state,
            attempts=row.attempts,
            failure=progress.failure,
            history=progress.history,
        )

    def _journal(self, connection: Connection) -> Journal:
        return Journal(node=self._node, record=self._stores.record_in(connection))

    def _outgoing_key(self, connection: Connection, row: Row[Any]) -> DataKey:
        return self._stores.keys.load(connection, _scope(row.message_id))


def _scope(message_id: str) -> str:
    return f"outgoing {message_id}"


def _find(connection: Connection, message_id: str) -> Row[Any] | None:
    return connection.execute(select(OUTGOING).where(OUTGOING.c.message_id == message_id)).one_or_none()


def _changing(message: Outgoing, key: DataKey) -> dict[str, object]:
    """Give the columns that events change."""
    progress = progress_json().dump_json(Progress.of(message))
    return {
        "state": message.state.value,
        "attempts": message.attempts,
        "due_at": message.due_at,
        "progress": seal(key, progress, table="outgoing", row=message.message_id, column="progress"),
    }


def _progress(row: Row[Any], key: DataKey) -> Progress:
    sealed = open_sealed(key, row.progress, table="outgoing", row=row.message_id, column="progress")
    return progress_json().validate_json(sealed)
