"""
The jobs that end what has no purpose any more (flows.md 7.3): one for each exchange, and one for each journey.

A job comes up when its exchange or journey could be over at the earliest, looks, and rests until the next such moment.
"""

from datetime import timedelta
from typing import Final

from sqlalchemy import Connection

from evidence_requester.books import Books
from evidence_requester.exchange import Exchange, Failure, Standing
from evidence_requester.states import AFTER, Event, State
from oots.errors import CallerError, NotFound
from oots.work import Job
from oots.work import State as JobState

EXPIRE: Final = "expire"
"""Kind of the job that ends an exchange; its key is the ExchangeId."""

END_JOURNEY: Final = "end_journey"
"""Kind of the job that ends a journey; its key is the ConversationId."""

T1: Final = timedelta(minutes=6)
T2: Final = timedelta(minutes=15)
T3: Final = timedelta(minutes=41)
LONGEST_JOURNEY: Final = T1 + T2 + T3
"""How long a person is asked for: every request and its answer fit in, as the requester counts (flows.md 3.5)."""

AGAIN: Final = timedelta(minutes=5)
"""Between two looks at a journey whose exchanges still wait."""


class Expiring:
    """The task for exchanges."""

    def __init__(self, books: Books, held_for: timedelta) -> None:
        """`held_for` is how long an exchange may wait: for an answer, or for the procedure to look at it."""
        self._books = books
        self._held_for = held_for

    def __call__(self, job: Job) -> JobState:
        """Do it, or let it come up again when it is time."""
        books = self._books
        try:
            exchange = books.exchanges.exchange(job.key)
        except NotFound:
            return _finish(books, job)
        with books.stores.database.writing() as connection:
            standing = books.exchanges.lock(connection, exchange.id)
            wait = standing.since + self._held_for - books.now()
            if wait > timedelta() and not standing.is_over:
                return books.jobs.postpone(connection, job, books.stores.database.now(connection) + wait)
            ended = books.jobs.finish(connection, job)
            if not standing.is_over:
                self._end(connection, exchange, standing)
        return ended

    def _end(self, connection: Connection, exchange: Exchange, standing: Standing) -> None:
        books, now = self._books, self._books.now()
        if Event.TIME_RAN_OUT in AFTER[standing.state]:
            failure = Failure(code=_WHY.get(standing.state, "timeout"))
            books.exchanges.move(connection, exchange.id, Event.TIME_RAN_OUT, now=now, failure=failure)
            erased = books.documents.erase(connection, exchange.id)
            journal = books.journal(connection)
            if standing.state is State.RECEIVED:
                journal.deleted(exchange, erased)
            else:
                journal.expired(exchange)
        books.exchanges.end(connection, exchange.id, now=now)


_WHY: Final = {State.RECEIVED: "not_fetched", State.UNDELIVERABLE: "undeliverable"}
"""Our words for why there is no document, where it is not that no answer came."""


class EndingJourneys:
    """The task for journeys."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def __call__(self, job: Job) -> JobState:
        """Do it, or let it come up again when it is time."""
        books = self._books
        with books.stores.database.writing() as connection:
            try:
                opened_at = books.journeys.lock(connection, job.key)
            except CallerError:
                return books.jobs.finish(connection, job)
            wait = opened_at + LONGEST_JOURNEY - books.now()
            if wait <= timedelta() and not books.exchanges.unsettled(connection, journey_id=job.key):
                books.journeys.end(connection, job.key, now=books.now())
                return books.jobs.finish(connection, job)
            later = books.stores.database.now(connection) + max(wait, AGAIN)
            return books.jobs.postpone(connection, job, later)


def _finish(books: Books, job: Job) -> JobState:
    with books.stores.database.writing() as connection:
        return books.jobs.finish(connection, job)
