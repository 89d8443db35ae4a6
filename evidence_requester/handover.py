"""
Handing over: the procedure says that it has the documents of an exchange, and ours are erased.
"""

from evidence_requester.books import Books
from evidence_requester.exchange import Exchange
from evidence_requester.states import Event, State


class Handover:
    """Ends exchanges whose documents have arrived; threads may share it."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def acknowledge(self, exchange_id: str) -> Exchange:
        """
        Note that the procedure has the documents, and give the exchange; a second time changes nothing.

        Raises `NotFound`, and `CallerError` when there is nothing to be acknowledged.
        """
        books = self._books
        exchange = books.exchanges.exchange(exchange_id)
        with books.stores.database.writing() as connection:
            # The portal repeats itself when our reply got lost.
            if books.exchanges.lock(connection, exchange_id).state is not State.DELIVERED:
                books.exchanges.move(connection, exchange_id, Event.ACKNOWLEDGED, now=books.now())
                erased = books.documents.erase(connection, exchange_id)
                books.exchanges.end(connection, exchange_id, now=books.now())
                books.journal(connection).delivered(exchange, erased)
        return books.exchanges.exchange(exchange_id)
