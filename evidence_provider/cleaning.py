"""
The job that deletes what a provider need not keep any longer (flows.md 7.3).  It comes up again by itself, for ever.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from evidence_provider.books import Books
from evidence_provider.states import State
from oots.journal.retention import Retention
from oots.store.blobs import UNNAMED_FOR
from oots.work import Recurring, until_none

CLEAN: Final = "clean"
"""Kind of the job."""

EVERY: Final = timedelta(hours=1)
"""From the end of one to the beginning of the next."""

LONGEST_IN_HAND: Final = timedelta(hours=24)
"""How long content stays that cannot be answered or sent: the requester waits for minutes (T1, flows.md 3.5)."""

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
        given_up = self._until_none(lambda connection: self._give_up(connection, now))
        events = self._until_none(
            lambda connection: books.stores.events.purge(connection, schedule.journal_begins(now))
        )
        seen = self._until_none(lambda connection: books.seen.purge(connection, schedule.journal_begins(now)))
        requests = self._until_none(lambda connection: books.requests.purge(connection, schedule.exchanges_begin(now)))
        orphans = books.stores.blobs.sweep(books.requests.named, unnamed_for=self._unnamed_for)
        books.stores.database.forget_log()
        if given_up or events or seen or requests or orphans:
            log.info(
                "given up: %d requests; forgotten: %d events, %d request ids, %d requests, %d blobs without a name",
                *(given_up, events, seen, requests, orphans),
            )

    def _give_up(self, connection: Connection, now: datetime) -> int:
        left_over = self._books.requests.left_over(connection, now - LONGEST_IN_HAND)
        journal = self._books.journal(connection)
        for ids, state in left_over.items():
            if state is not State.NOT_SENT:
                hours = LONGEST_IN_HAND // timedelta(hours=1)
                journal.not_sent(ids, f"there was no way to answer within {hours} hours")
            self._books.requests.end(connection, ids.message_id, State.NOT_SENT, now=now)
        return len(left_over)

    def _until_none(self, some: Callable[[Connection], int]) -> int:
        return until_none(self._books.stores.database, some)
