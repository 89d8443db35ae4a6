"""
Requests in the database: what came, what was answered, and what is left when that is over.  Content is encrypted.

Each request has a data key; erasing it erases the content.  Why a request moves on is decided elsewhere.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Self
from uuid import UUID

from sqlalchemy import Connection, Row, delete, insert, select, update

from evidence_provider.incoming import property_of
from evidence_provider.states import State, before
from evidence_provider.tables import ATTACHMENT, IN_HAND, REQUEST
from oots.journal.stores import Stores
from oots.net.gateway_api import Delivery, Submission, delivery_json, submission_json
from oots.spooled import Spooled
from oots.store.blobs import Blob, BlobRef
from oots.store.sealed_columns import open_sealed, seal
from oots.store.secret_key import DataKey, SecretKey
from oots.store.tables import insert_unless_known
from oots.work import LeaseLost

BATCH: Final = 500
"""Requests that are given up or forgotten in one transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestIds:
    """What journal and log know a request by."""

    message_id: str
    conversation_id: str
    exchange_id: str | None

    @classmethod
    def of(cls, delivery: Delivery) -> Self:
        """Take them from the header of a message."""
        return cls(
            message_id=delivery.message_id,
            conversation_id=delivery.conversation_id,
            exchange_id=property_of(delivery, "ExchangeId"),
        )

    @property
    def extra(self) -> Mapping[str, str | None]:
        """As the log takes them."""
        return {
            "message_id": self.message_id,
            "conversation_id": self.conversation_id,
            "exchange_id": self.exchange_id,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A request that waits to be answered."""

    ids: RequestIds
    delivery: Delivery
    document: bytes = field(repr=False)
    """The first part, as it came."""
    key: DataKey
    """Encrypts whatever belongs to the request, its answer too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """An answer that waits to be sent: every attempt hands over the same."""

    ids: RequestIds
    header: Submission
    document: bytes = field(repr=False)
    attachments: tuple[Blob, ...]

    @property
    def contents(self) -> list[Spooled]:
        """Give the contents of its parts, in the order of the header."""
        return [Spooled(self.document), *self.attachments]


class Requests:
    """The requests of one database.  Methods that take a connection belong to a transaction of their caller."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def is_known(self, message_id: str) -> bool:
        """Tell whether the message came before."""
        with self._stores.database.reading() as connection:
            return _find(connection, message_id) is not None

    def keep(self, connection: Connection, delivery: Delivery, document: bytes, *, now: datetime) -> bool:
        """Keep a request with its first part; False when the message came before, and nothing is changed."""
        key = DataKey(SecretKey.new())
        header = delivery_json().dump_json(delivery)
        content = _sealed(key, delivery.message_id, header=header, document=document)
        is_new = self._insert(connection, delivery, state=State.RECEIVED.value, received_at=now, **content)
        if is_new:
            self._stores.keys.add(connection, _scope(delivery.message_id), key, now=now)
        return is_new

    def keep_unreadable(self, connection: Connection, delivery: Delivery, *, now: datetime) -> bool:
        """Remember a message that holds nothing to be answered; False when it came before."""
        return self._insert(connection, delivery, state=State.UNANSWERABLE.value, received_at=now, ended_at=now)

    def received(self, message_id: str) -> Received | None:
        """Give a request that waits to be answered, or None when it does no longer.  Raises `DamagedContent`."""
        with self._stores.database.reading() as connection:
            row = _find(connection, message_id)
            if row is None or row.state != State.RECEIVED.value:
                return None
            key = self._stores.keys.load(connection, _scope(message_id))
        return Received(
            ids=_ids(row),
            delivery=delivery_json().validate_json(_opened(key, row, "header")),
            document=_opened(key, row, "document"),
            key=key,
        )

    def keep_answer(
        self,
        connection: Connection,
        received: Received,
        header: Submission,
        document: bytes,
        *,
        request_id: str | None,
        attachments: Sequence[BlobRef],
    ) -> None:
        """Keep the answer to a request, whose attachments are blobs under its key.  Raises `LeaseLost`."""
        message_id = received.ids.message_id
        content = _sealed(
            received.key, message_id, answer_header=submission_json().dump_json(header), answer_document=document
        )
        _move(connection, message_id, State.ANSWERED, request_id=request_id, **content)
        number = connection.scalars(select(REQUEST.c.number).where(REQUEST.c.message_id == message_id)).one()
        rows = [
            {"request_number": number, "number": index, "blob_id": blob.id, "size": blob.size, "sha256": blob.sha256}
            for index, blob in enumerate(attachments)
        ]
        if rows:
            connection.execute(insert(ATTACHMENT), rows)

    def prepared(self, message_id: str) -> Prepared | None:
        """Give an answer that waits to be sent, or None when its content was erased.  Raises `DamagedContent`."""
        with self._stores.database.reading() as connection:
            row = _find(connection, message_id)
            if row is None or row.answer_header is None:
                return None
            key = self._stores.keys.load(connection, _scope(message_id))
            found = select(ATTACHMENT).where(ATTACHMENT.c.request_number == row.number).order_by(ATTACHMENT.c.number)
            blobs = connection.execute(found).all()
        refs = (BlobRef(id=blob.blob_id, size=blob.size, sha256=blob.sha256) for blob in blobs)
        return Prepared(
            ids=_ids(row),
            header=submission_json().validate_json(_opened(key, row, "answer_header")),
            document=_opened(key, row, "answer_document"),
            attachments=tuple(self._stores.blobs.open(ref, key) for ref in refs),
        )

    def put_aside(self, connection: Connection, message_id: str) -> None:
        """Say that the answer is not sent; its content stays for now.  Raises `LeaseLost`."""
        _move(connection, message_id, State.NOT_SENT)

    def end(self, connection: Connection, message_id: str, state: State, *, now: datetime) -> None:
        """Say how it ended, and erase the content: its key now, its blobs after the commit.  Raises `LeaseLost`."""
        _move(
            connection,
            message_id,
            state,
            ended_at=now,
            header=None,
            document=None,
            answer_header=None,
            answer_document=None,
        )
        number = select(REQUEST.c.number).where(REQUEST.c.message_id == message_id).scalar_subquery()
        erased = delete(ATTACHMENT).where(ATTACHMENT.c.request_number == number).returning(ATTACHMENT.c.blob_id)
        self._stores.delete_after_commit(connection, connection.scalars(erased).all())
        self._stores.keys.erase(connection, _scope(message_id))

    def left_over(self, connection: Connection, arrived_before: datetime) -> Mapping[RequestIds, State]:
        """Take some requests that came before an instant and are still in hand; those that somebody has are left."""
        old = (
            select(REQUEST)
            .where(IN_HAND, REQUEST.c.received_at < arrived_before)
            .order_by(REQUEST.c.received_at)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        )
        return {_ids(row): State(row.state) for row in connection.execute(old)}

    def purge(self, connection: Connection, arrived_before: datetime) -> int:
        """Forget that some requests came, if they are over; give how many, 0 at the end."""
        old = select(REQUEST.c.number).where(~IN_HAND, REQUEST.c.received_at < arrived_before).limit(BATCH)
        numbers = connection.scalars(old).all()
        connection.execute(delete(REQUEST).where(REQUEST.c.number.in_(numbers)))
        return len(numbers)

    def named(self, blob_ids: Collection[UUID]) -> Collection[UUID]:
        """Say which of these blobs belong to an answer."""
        with self._stores.database.reading() as connection:
            return set(connection.scalars(select(ATTACHMENT.c.blob_id).where(ATTACHMENT.c.blob_id.in_(blob_ids))))

    def _insert(self, connection: Connection, delivery: Delivery, **columns: Any) -> bool:
        ids = RequestIds.of(delivery)
        row = {
            "message_id": ids.message_id,
            "conversation_id": ids.conversation_id,
            "exchange_id": ids.exchange_id,
            **columns,
        }
        statement = insert_unless_known(self._stores.database, REQUEST, unique=["message_id"])
        return connection.execute(statement, row).rowcount == 1


def _scope(message_id: str) -> str:
    return f"request {message_id}"


def _find(connection: Connection, message_id: str) -> Row[Any] | None:
    return connection.execute(select(REQUEST).where(REQUEST.c.message_id == message_id)).one_or_none()


def _ids(row: Row[Any]) -> RequestIds:
    return RequestIds(message_id=row.message_id, conversation_id=row.conversation_id, exchange_id=row.exchange_id)


def _move(connection: Connection, message_id: str, state: State, **columns: Any) -> None:
    allowed = REQUEST.c.state.in_([earlier.value for earlier in before(state)])
    moved = update(REQUEST).where(REQUEST.c.message_id == message_id, IN_HAND, allowed)
    if connection.execute(moved.values(state=state.value, **columns)).rowcount != 1:
        raise LeaseLost(f"message {message_id} is no longer where it was: it cannot become {state.value!r}")


def _sealed(key: DataKey, message_id: str, **columns: bytes) -> dict[str, bytes]:
    return {name: seal(key, content, table="request", row=message_id, column=name) for name, content in columns.items()}


def _opened(key: DataKey, row: Row[Any], column: str) -> bytes:
    return open_sealed(key, getattr(row, column), table="request", row=row.message_id, column=column)
