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
from oots.work import Recurring, until_none

CLEAN: Final = "clean"
"""Kind of the job."""

EVERY: Final = timedelta(minutes=30)
"""From the end of one to the begin of the next."""

log = logging.getLogger(__name__)


class Cleaning(Recurring):
    """The task; one process at a time does it."""

    def __init__(self, mailbox: Mailbox, retention: Retention, *, now: Callable[[], datetime]) -> None:
        super().__init__(mailbox.jobs, CLEAN, every=EVERY)
        self._mailbox = mailbox
        self._retention = retention
        self._now = now

    def perform(self) -> None:
        """Delete what is old now."""
        now, stores = self._now(), self._mailbox.stores
        forgotten = self._mailbox.forget(now)
        journal_begins = self._retention.journal_begins(now)
        events = until_none(stores.database, lambda connection: stores.events.purge(connection, journal_begins))
        notices = self._discard_notices()
        swept = self._mailbox.sweep()
        # Also when nothing was found here: content goes all the time, with the acknowledgement of its message.
        stores.database.forget_log()
        if forgotten or events or notices or swept:
            log.info(
                "forgotten: %d messages, %d events, %d notices that nobody needs, %d blobs without a name",
                *(forgotten, events, notices, swept),
            )

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
