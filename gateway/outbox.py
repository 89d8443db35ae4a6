"""
Messages on their way out: the half of the mailbox that submissions and the sender use.

The row of a message is its own job: who takes a message moves its `due_at` a lease into the future, and extends it
while the process lives (`renew`).  When the process is killed, the message is due again for anybody half a minute
later.  `attempts` is the fence: whoever lost its lease concludes nothing.

Statements are built once: to build one takes longer than to execute it.
"""

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from sqlalchemy import Connection, bindparam, delete, func, select, update

from gateway import outgoing as outgoings
from gateway.journal import Journal
from gateway.outgoing import Outgoing, concluded, posting
from gateway.room import Room
from gateway.states import NoAnswer, Outcome, State
from gateway.stored import SET_ASIDE, AnyRow, read_outgoing, read_progress, write_outgoing, write_progress
from gateway.tables import IS_UNDER_WAY, OUTGOING
from oots.codes import EbmsCode
from oots.errors import CallerError, DamagedContent, NotFound
from oots.journal.stores import Stores
from oots.net.gateway_api import MessageStatus
from oots.store.blobs import BlobRef
from oots.store.secret_key import DataKey, SecretKey
from oots.store.tables import insert_unless_known

LEASE: Final = timedelta(seconds=30)
"""How long a killed process keeps a message from being posted by another."""

BATCH: Final = 500
"""Messages that are forgotten in one transaction."""

log = logging.getLogger(__name__)

_FOUND: Final = select(OUTGOING).where(OUTGOING.c.message_id == bindparam("this_id"))
_DUE: Final = (
    select(OUTGOING)
    .where(OUTGOING.c.due_at <= bindparam("now"))
    .order_by(OUTGOING.c.due_at, OUTGOING.c.number)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_NEXT: Final = select(func.min(OUTGOING.c.due_at))
_IN_HAND: Final = (
    select(OUTGOING.c.number, OUTGOING.c.message_id, OUTGOING.c.blob_id)
    .where(
        OUTGOING.c.message_id == bindparam("this_id"),
        OUTGOING.c.state == State.SENDING.value,
        OUTGOING.c.attempts == bindparam("attempt"),
    )
    .with_for_update()
)
_WAITING: Final = select(func.count()).select_from(OUTGOING).where(IS_UNDER_WAY)
_CHANGED: Final = update(OUTGOING).where(OUTGOING.c.number == bindparam("this"))
_RENEWED: Final = update(OUTGOING).where(
    OUTGOING.c.message_id.in_(bindparam("ids", expanding=True)),
    OUTGOING.c.owner == bindparam("of"),
    OUTGOING.c.state == State.SENDING.value,
    OUTGOING.c.posted_at > bindparam("since"),
)
_OLD: Final = (
    select(OUTGOING.c.message_id).where(~IS_UNDER_WAY, OUTGOING.c.submitted_at < bindparam("horizon")).limit(BATCH)
)
_FORGOTTEN: Final = delete(OUTGOING).where(OUTGOING.c.message_id.in_(bindparam("ids", expanding=True)))


class AlreadySubmitted(CallerError):
    """Another message was submitted under this MessageId."""


class Outbox:
    """What can be said about messages on their way out."""

    def __init__(self, stores: Stores, *, node: str, max_messages: int) -> None:
        self._stores = stores
        self._node = node
        self._owner = str(uuid4())
        self._in_hand: set[str] = set()
        """What this process posts, by MessageId."""
        self._room = Room(_WAITING, most=max_messages, waits_for="to be sent")
        self._new = insert_unless_known(stores.database, OUTGOING, unique=["message_id"])

    def submission(self, message_id: str, digest: str, *, backend: str) -> MessageStatus | None:
        """Give how far this very submission is, if it was accepted before; raises `AlreadySubmitted` for another."""
        with self._stores.database.reading() as connection:
            return self._submission(connection, message_id, digest, backend)

    def accept(self, message: Outgoing) -> MessageStatus:
        """
        Accept a submission, or find that it was accepted before: it is on disk when this returns.

        Raises `AlreadySubmitted` when its MessageId is another's, `TransportRefusal` when there is no room.
        """
        key, stores = DataKey(SecretKey.new()), self._stores
        with stores.written([message.packed.content], key) as (blob,), stores.database.writing() as connection:
            if connection.execute(self._new, write_outgoing(message, blob, key)).rowcount != 1:
                # It was submitted twice, and the other was first: the insertion waited until it was committed.
                stores.delete_after_commit(connection, [blob.id])
                known = self._submission(connection, message.message_id, message.digest, message.backend)
                assert known is not None
                return known
            self._room.check(connection)
            stores.keys.add(connection, _scope(message.message_id), key, now=message.submitted_at)
            self._journal(connection).submitted(message)
        message.packed.content.close()
        return message.status()

    def status(self, message_id: str, *, backend: str) -> MessageStatus:
        """Give how far the sending of a message is; raises `NotFound`, also when another back end submitted it."""
        with self._stores.database.reading() as connection:
            row = _find(connection, message_id)
            if row is None or row.backend != backend:
                raise NotFound(f"this back end submitted no message {message_id!r} here, or it is forgotten")
            return self._status(connection, row)

    def due(self, now: datetime, *, limit: int) -> tuple[Outgoing, ...]:
        """Take up to `limit` messages that have to be posted now; they are the caller's for the time of a lease."""
        with self._stores.database.writing() as connection:
            rows = connection.execute(_DUE, {"now": now, "limit": limit}).all()
            taken = tuple(filter(None, [self._taken(connection, row, now) for row in rows]))
        self._in_hand.update(message.message_id for message in taken)
        return taken

    def next_due_at(self) -> datetime | None:
        """Give when the next message will be due."""
        with self._stores.database.reading() as connection:
            due_at: datetime | None = connection.scalars(_NEXT).one()
            return due_at

    def conclude(self, posted: Outgoing, outcome: Outcome, now: datetime) -> Outgoing | None:
        """Say how an attempt ended; None when the lease was lost and somebody else tries again."""
        try:
            with self._stores.database.writing() as connection:
                fence = {"this_id": posted.message_id, "attempt": posted.attempts}
                row = connection.execute(_IN_HAND, fence).one_or_none()
                # The fence says that nothing has happened to it since it was taken.
                return None if row is None else self._end(connection, row, posted, outcome, now)
        finally:
            # Also when the database does not take it: then its lease, no longer extended, brings it up again.
            self._in_hand.discard(posted.message_id)

    def renew(self, now: datetime) -> None:
        """Extend the leases of what this process posts; an attempt that outlasts every post is anybody's."""
        in_hand = self._in_hand.copy()
        if not in_hand:
            return
        mine = {"ids": sorted(in_hand), "of": self._owner, "since": now - outgoings.LEASE}
        with self._stores.database.writing() as connection:
            connection.execute(_RENEWED, {**mine, "due_at": now + LEASE})

    def forget(self, horizon: datetime) -> int:
        """Forget some messages that are over and were submitted before `horizon`; give how many."""
        with self._stores.database.writing() as connection:
            message_ids = connection.scalars(_OLD, {"horizon": horizon}).all()
            for message_id in message_ids:
                self._stores.keys.erase(connection, _scope(message_id))
            connection.execute(_FORGOTTEN, {"ids": message_ids})
            return len(message_ids)

    def _submission(
        self, connection: Connection, message_id: str, digest: str, backend: str | None
    ) -> MessageStatus | None:
        row = _find(connection, message_id)
        if row is not None and (row.digest, row.backend) != (digest, backend):
            raise AlreadySubmitted(f"another message was submitted as {message_id!r}")
        return None if row is None else self._status(connection, row)

    def _taken(self, connection: Connection, row: AnyRow, now: datetime) -> Outgoing | None:
        try:
            key = self._key(connection, row)
            message = posting(read_outgoing(row, key), now)
        except (DamagedContent, NotFound) as error:
            # The others still have to go; when this one would have failed cannot be read either.
            _log_damage(row, error)
            rests = {"due_at": now + SET_ASIDE, "damaged_at": row.damaged_at or now}
            connection.execute(_CHANGED, {"this": row.number, **rests})
            return None
        try:
            message = self._with_content(message, row, key)
            self._journal(connection).sent(message, now)
        except DamagedContent as error:
            _log_damage(row, error)
            self._end(connection, row, message, NoAnswer(code=EbmsCode.OTHER.value, detail=str(error)), now)
            return None
        leased = replace(message, due_at=now + LEASE)
        self._change(connection, row, leased, key, owner=self._owner, posted_at=now, damaged_at=None)
        return leased

    def _with_content(self, message: Outgoing, row: AnyRow, key: DataKey) -> Outgoing:
        blob = BlobRef(id=row.blob_id, size=row.size, sha256=row.sha256)
        return replace(message, packed=replace(message.packed, content=self._stores.blobs.open(blob, key)))

    def _end(self, connection: Connection, row: AnyRow, posted: Outgoing, outcome: Outcome, now: datetime) -> Outgoing:
        ended = concluded(posted, outcome, now)
        self._journal(connection).concluded(ended, outcome, now)
        if ended.due_at is None:
            self._finish(connection, row, ended, now)
        else:
            self._change(connection, row, ended, self._key(connection, row))
        return ended

    def _finish(self, connection: Connection, row: AnyRow, ended: Outgoing, now: datetime) -> None:
        """Forget the content with its key; what is left for its back end to ask gets another one."""
        scope = _scope(row.message_id)
        self._stores.keys.erase(connection, scope)
        key = self._stores.keys.create(connection, scope, now=now)
        self._change(connection, row, ended, key, header=None, blob_id=None, size=None, sha256=None)
        self._stores.delete_after_commit(connection, [row.blob_id])

    def _change(self, connection: Connection, row: AnyRow, message: Outgoing, key: DataKey, **others: object) -> None:
        connection.execute(_CHANGED, {"this": row.number, **write_progress(message, key), **others})

    def _status(self, connection: Connection, row: AnyRow) -> MessageStatus:
        progress = read_progress(row, self._key(connection, row))
        return MessageStatus(
            message_id=row.message_id,
            state=row.state,
            attempts=row.attempts,
            failure=progress.failure,
            history=progress.history,
        )

    def _journal(self, connection: Connection) -> Journal:
        return Journal(node=self._node, record=self._stores.record_in(connection))

    def _key(self, connection: Connection, row: AnyRow) -> DataKey:
        return self._stores.keys.load(connection, _scope(row.message_id))


def _scope(message_id: str) -> str:
    return f"outgoing {message_id}"


def _find(connection: Connection, message_id: str) -> AnyRow | None:
    return connection.execute(_FOUND, {"this_id": message_id}).one_or_none()


def _log_damage(row: AnyRow, error: Exception) -> None:
    log.error("message %r cannot be sent: %s", row.message_id, error, extra={"message_id": row.message_id})
