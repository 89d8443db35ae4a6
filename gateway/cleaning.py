"""
The job that deletes what an access point need not keep any longer (flows.md 7.3).  It comes up again by itself.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from gateway.mailbox import Mailbox
from gateway.pushing import PUSH
from oots.errors import NotFound
from oots.journal.retention import Retention
from oots.work import Job, State

CLEAN: Final = "clean"
"""Kind of the job."""

EVERY: Final = timedelta(minutes=30)
"""From the end of one to the begin of the next."""

log = logging.getLogger(__name__)


class Cleaning:
    """The task; one process at a time does it."""

    def __init__(self, mailbox: Mailbox, retention: Retention, *, now: Callable[[], datetime]) -> None:
        self._mailbox = mailbox
        self._retention = retention
        self._now = now

    def schedule(self) -> None:
        """Have the job done from now on; one that had died of a fault is tried again."""
        jobs = self._mailbox.jobs
        with jobs.database.writing() as connection:
            for dead in jobs.dead(connection):
                if dead.kind == CLEAN:
                    jobs.revive(connection, dead.id)
            jobs.enqueue(connection, CLEAN, CLEAN, dedup=CLEAN)

    def __call__(self, job: Job) -> State:
        """Do it, and let it come up again."""
        self._clean(self._now())
        jobs = self._mailbox.jobs
        with jobs.database.writing() as connection:
            return jobs.postpone(connection, job, jobs.database.now(connection) + EVERY)

    def _clean(self, now: datetime) -> None:
        forgotten = self._mailbox.forget(now)
        events = self._purge_journal(self._retention.journal_begins(now))
        notices = self._discard_notices()
        swept = self._mailbox.sweep()
        # Also when nothing was found here: content goes all the time, with the acknowledgement of its message.
        self._mailbox.stores.database.forget_log()
        if forgotten or events or notices or swept:
            log.info(
                "forgotten: %d messages, %d events, %d notices that nobody needs, %d blobs without a name",
                *(forgotten, events, notices, swept),
            )

    def _purge_journal(self, before: datetime) -> int:
        stores, total = self._mailbox.stores, 0
        while True:
            with stores.database.writing() as connection:
                count = stores.events.purge(connection, before)
            if not count:
                return total
            total += count

    def _discard_notices(self) -> int:
        """Remove dead notices of messages that their back end has found by itself; the others are for operators."""
        jobs = self._mailbox.jobs
        with jobs.database.reading() as connection:
            dead = [job for job in jobs.dead(connection) if job.kind == PUSH]
        over = [job for job in dead if not self._mailbox.inbox.waits(job.key)]
        with jobs.database.writing() as connection:
            for job in over:
                # An operator may have been quicker.
                with suppress(NotFound):
                    jobs.discard(connection, job.id)
        return len(over)
