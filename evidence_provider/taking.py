"""
Keeping what comes: a request is in the database, in the journal and to be answered, in one transaction, or not at all.

Nothing here interprets it, and only what is kept may be acknowledged.
"""

from evidence_provider.answering import ANSWER
from evidence_provider.books import Books
from evidence_provider.requests import RequestIds
from oots.net.gateway_api import Delivery
from oots.spooled import Spooled


class Taking:
    """Keeps messages.  One that comes again changes nothing, also when both come at once."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def keep(self, delivery: Delivery, content: Spooled) -> None:
        """Keep a request, with its first part; raises `StoreUnavailable`, and then it is not kept."""
        document = content.read()
        content.close()
        books = self._books
        with books.stores.database.writing() as connection:
            if books.requests.keep(connection, delivery, document, now=books.now()):
                books.journal(connection).received(RequestIds.of(delivery), document)
                books.jobs.enqueue(connection, ANSWER, delivery.message_id)

    def keep_unreadable(self, delivery: Delivery, reason: str) -> None:
        """Remember a message whose first part is missing or too large; raises `StoreUnavailable`."""
        books = self._books
        with books.stores.database.writing() as connection:
            if books.requests.keep_unreadable(connection, delivery, now=books.now()):
                books.journal(connection).unreadable(RequestIds.of(delivery), reason)
