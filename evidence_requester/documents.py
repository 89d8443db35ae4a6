"""
Documents that came, until the procedure has them: what is said about each in a row, its bytes as a blob, all encrypted.

The key is that of the answer that brought them.  The bytes are not written again when the answer turns out to be good.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, delete, insert, select

from evidence_requester.exchange import ReceivedDocument
from evidence_requester.tables import DOCUMENT, EXCHANGE
from oots.errors import NotFound
from oots.journal.stores import Stores
from oots.spooled import Spooled
from oots.store.blobs import BlobRef
from oots.store.sealed_columns import open_sealed, seal
from oots.store.secret_key import DataKey


class Documents:
    """The documents of one database.  Methods that take a connection belong to a transaction of their caller."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def of(self, connection: Connection, exchange_id: str) -> tuple[ReceivedDocument, ...]:
        """Give what is known about the documents of an exchange; none once the procedure has them."""
        rows = _rows(connection, exchange_id)
        if not rows:
            return ()
        key = self._stores.keys.load(connection, _scope(exchange_id))
        return tuple(_described(key, exchange_id, row) for row in rows)

    def open(self, exchange_id: str, number: int) -> tuple[ReceivedDocument, Spooled]:
        """Give a document with its bytes; raises `NotFound`, also once the procedure has it."""
        with self._stores.database.reading() as connection:
            row = next((row for row in _rows(connection, exchange_id) if row.number == number), None)
            if row is None:
                raise NotFound("there is no such document, or it was handed over before")
            key = self._stores.keys.load(connection, _scope(exchange_id))
        ref = BlobRef(id=row.blob_id, size=row.size, sha256=row.sha256)
        return _described(key, exchange_id, row), self._stores.blobs.open(ref, key)

    def keep(
        self,
        connection: Connection,
        exchange_id: str,
        documents: Sequence[tuple[ReceivedDocument, BlobRef]],
        key: DataKey,
        *,
        now: datetime,
    ) -> None:
        """Keep the documents that an answer brought, whose blobs are under `key`."""
        self._stores.keys.add(connection, _scope(exchange_id), key, now=now)
        number_of = select(EXCHANGE.c.number).where(EXCHANGE.c.id == exchange_id)
        exchange_number = connection.scalars(number_of).one()
        rows = [
            {
                "exchange_number": exchange_number,
                "number": number,
                "description": seal(
                    key,
                    document_json().dump_json(document),
                    table="document",
                    row=_place(exchange_id, number),
                    column="description",
                ),
                "blob_id": blob.id,
                "size": blob.size,
                "sha256": blob.sha256,
            }
            for number, (document, blob) in enumerate(documents)
        ]
        connection.execute(insert(DOCUMENT), rows)

    def erase(self, connection: Connection, exchange_id: str) -> int:
        """Erase the documents of an exchange: their key now, their blobs after the commit; give how many there were."""
        rows = _rows(connection, exchange_id)
        if rows:
            connection.execute(delete(DOCUMENT).where(DOCUMENT.c.exchange_number == rows[0].exchange_number))
            self._stores.keys.erase(connection, _scope(exchange_id))
            self._stores.delete_after_commit(connection, {row.blob_id for row in rows})
        return len(rows)

    def named(self, connection: Connection, blob_ids: Collection[UUID]) -> Collection[UUID]:
        """Say which of these blobs are documents."""
        return connection.scalars(select(DOCUMENT.c.blob_id).where(DOCUMENT.c.blob_id.in_(blob_ids))).all()


@cache
def document_json() -> TypeAdapter[ReceivedDocument]:
    """Give the reader and writer of what is known about a document."""
    return TypeAdapter(ReceivedDocument)


def _scope(exchange_id: str) -> str:
    return f"evidence {exchange_id}"


def _place(exchange_id: str, number: int) -> str:
    return f"{exchange_id} {number}"


def _rows(connection: Connection, exchange_id: str) -> Sequence[Row[Any]]:
    found = select(DOCUMENT).join(EXCHANGE).where(EXCHANGE.c.id == exchange_id).order_by(DOCUMENT.c.number)
    return connection.execute(found).all()


def _described(key: DataKey, exchange_id: str, row: Row[Any]) -> ReceivedDocument:
    place = _place(exchange_id, row.number)
    return document_json().validate_json(
        open_sealed(key, row.description, table="document", row=place, column="description")
    )
