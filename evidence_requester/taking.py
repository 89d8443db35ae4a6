"""
Keeping what comes: an answer is in the database, in the journal and to be judged, in one transaction, or not at all.

Nothing here interprets it, and only what is kept may be acknowledged.
"""

from collections.abc import Mapping

from evidence_requester.answers import Taken
from evidence_requester.books import Books
from evidence_requester.judging import JUDGE
from oots.net.gateway_api import Delivery
from oots.spooled import Spooled
from oots.store.secret_key import DataKey, SecretKey


class Taking:
    """Keeps messages.  One that comes again changes nothing, also when both come at once."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def keep(
        self, delivery: Delivery, document: bytes, payloads: Mapping[int, Spooled], missing: Mapping[int, str]
    ) -> None:
        """
        Keep an answer: its first part, the others by their number, and why some could not be fetched.

        Raises `StoreUnavailable`, and then it is not kept.
        """
        books, stores, key = self._books, self._books.stores, DataKey(SecretKey.new())
        with stores.written(list(payloads.values()), key) as blobs, stores.database.writing() as connection:
            taken = Taken(
                delivery=delivery,
                document=document,
                payloads=dict(zip(payloads, blobs, strict=True)),
                missing=missing,
                key=key,
            )
            if books.answers.keep(connection, taken, now=books.now()):
                books.journal(connection).received(delivery, document, missing)
                books.jobs.enqueue(connection, JUDGE, delivery.message_id)
            else:
                stores.delete_after_commit(connection, [blob.id for blob in blobs])

    def keep_unreadable(self, delivery: Delivery, reason: str) -> None:
        """Remember a message whose first part is missing or too large; raises `StoreUnavailable`."""
        books = self._books
        with books.stores.database.writing() as connection:
            if books.answers.keep_unreadable(connection, delivery.message_id, now=books.now()):
                books.journal(connection).unreadable(delivery, reason)
