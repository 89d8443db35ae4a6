"""
What a durable mailbox needs now and then while its gateway runs: leases extended, old ids forgotten, orphans swept.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

from anyio import to_thread

from gateway.durable_mailbox import DurableMailbox

RENEW_SECONDS: Final = 5.0
"""Several times within a lease: one that fails does no harm."""

CLEAN_SECONDS: Final = 1800.0
"""Between two looks at what is old or has no name."""

log = logging.getLogger(__name__)


@asynccontextmanager
async def kept_house(mailbox: DurableMailbox, *, now: Callable[[], datetime]) -> AsyncIterator[None]:
    """Do it while the context is open."""
    tasks = [
        asyncio.create_task(_every(RENEW_SECONDS, lambda: mailbox.renew(now()))),
        asyncio.create_task(_every(CLEAN_SECONDS, lambda: _clean(mailbox, now()))),
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _every(seconds: float, action: Callable[[], None]) -> None:
    while True:
        try:
            await to_thread.run_sync(action)
        except Exception:
            log.exception("the mailbox cannot be kept in order; the next try is in %.0f s", seconds)
        await asyncio.sleep(seconds)


def _clean(mailbox: DurableMailbox, now: datetime) -> None:
    forgotten, swept = mailbox.forget(now), mailbox.sweep()
    if forgotten or swept:
        log.info("%d messages were forgotten, %d blobs without a name removed", forgotten, swept)
