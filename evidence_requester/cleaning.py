"""
The job that deletes what a requester need not keep any longer (flows.md 7.3).  It comes up again by itself, for ever.

What ends earlier, because it is personal, is the business of `expiring`.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from evidence_requester.answers import AnswerState
from evidence_requester.books import Books
from oots.journal.retention import Retention
from oots.store.blobs import UNNAMED_FOR
from oots.work import Recurring, until_none

CLEAN: Final = "clean"
"""Kind of the job."""

EVERY: Final = timedelta(hours=1)
"""From the end of one to the beginning of the next."""

log = logging.getLogger(__name__)


class Cleaning(Recurring):
    """The task; one process at a time does it."""

    def __init__(self, books: Books, retention: Retention, *, unnamed_for: timedelta = UNNAMED_FOR) -> None:
        super().__init__(books.jobs, CLEAN, every=EVERY)
        self._books = books
        self._retention = retention
        self._unnamed_for = unnamed_for

    def perform(self) -> None:
        """Delete what is old now."""
        books, schedule, now = self._books, self._retention, self._books.now()
        rows_begin = schedule.exchanges_begin(now)
        given_up = self._until_none(lambda connection: self._give_up(connection, now))
        events = self._until_none(
            lambda connection: books.stores.events.purge(connection, schedule.journal_begins(now))
        )
        answers = self._until_none(lambda connection: books.answers.purge(connection, rows_begin))
        exchanges = self._until_none(lambda connection: books.exchanges.purge(connection, rows_begin))
        journeys = self._until_none(lambda connection: books.journeys.purge(connection, rows_begin))
        orphans = books.stores.blobs.sweep(books.named, unnamed_for=self._unnamed_for)
        # Also what was erased since the last time stands in there.
        books.stores.database.forget_log()
        if given_up or events or answers or exchanges or journeys or orphans:
            log.info(
                "given up: %d answers; forgotten: %d events, %d answers, %d exchanges, %d journeys, "
                "%d blobs without a name",
                *(given_up, events, answers, exchanges, journeys, orphans),
            )

    def _give_up(self, connection: Connection, now: datetime) -> int:
        """Erase answers that nobody could judge: they are held no longer than a document that nobody fetches."""
        left_over = self._books.answers.left_over(connection, now - self._retention.evidence)
        for message_id in left_over:
            self._books.answers.end(connection, message_id, AnswerState.REFUSED, now=now)
            self._books.journal(connection).given_up(message_id, "there was no way to judge it in time")
        return len(left_over)

    def _until_none(self, some: Callable[[Connection], int]) -> int:
        return until_none(self._books.stores.database, some)
