"""
What happens beside the two doors while a gateway runs: leases are extended, and the jobs of the mailbox are done.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from datetime import datetime
from typing import Final

from anyio import to_thread

from gateway.cleaning import CLEAN, Cleaning
from gateway.mailbox import Mailbox
from gateway.pushing import PUSH, Pushing
from gateway.settings import Settings
from oots.health import Vitals
from oots.net.notifier import Notice, Notifier
from oots.work import Worker

RENEW_SECONDS: Final = 5.0
"""Several times within a lease: one that fails does no harm."""

THREADS: Final = 2
"""For jobs: a back end that answers slowly does not hold up the next one."""

log = logging.getLogger(__name__)


@asynccontextmanager
async def kept_house(
    mailbox: Mailbox, settings: Settings, vitals: Vitals, *, now: Callable[[], datetime]
) -> AsyncIterator[None]:
    """Do it while the context is open; on leaving, what is in hand is finished first."""
    cleaning = Cleaning(mailbox, settings.retention, now=now)
    await to_thread.run_sync(cleaning.schedule)
    loop = asyncio.get_running_loop()
    async with aclosing(Notifier()) as notifier:

        def notify(notice: Notice) -> None:
            # Tasks run in threads; what they post to back ends is posted from this event loop.
            asyncio.run_coroutine_threadsafe(notifier.notify(notice), loop).result()

        pushing = Pushing(mailbox.jobs, settings.backends, waits=mailbox.inbox.waits, notify=notify)
        worker = Worker(mailbox.jobs, {CLEAN: cleaning, PUSH: pushing}, threads=THREADS)
        worker.start()
        vitals.watch_jobs(mailbox.jobs, worker.is_working)
        renewing = asyncio.create_task(_renew(mailbox, now))
        try:
            yield
        finally:
            if not await to_thread.run_sync(worker.stop):
                log.warning("the gateway stops before its jobs were finished: that is done after a start")
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)


async def _renew(mailbox: Mailbox, now: Callable[[], datetime]) -> None:
    while True:
        try:
            await to_thread.run_sync(mailbox.outbox.renew, now())
        except Exception:
            log.exception("leases cannot be extended; the next try is in %.0f s", RENEW_SECONDS)
        await asyncio.sleep(RENEW_SECONDS)
