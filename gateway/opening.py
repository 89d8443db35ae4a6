"""
The mailbox that the settings ask for, with the journal that goes with it, and everything that keeps both in order.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial

from anyio import to_thread

from gateway.housekeeping import kept_house
from gateway.journal import Journal
from gateway.mailbox import Mailbox
from gateway.queues import figures_of
from gateway.settings import Settings
from gateway.tables import DATA_KEY, EVENTS
from oots.health import Vitals
from oots.journal.events import Record
from oots.journal.stores import open_stores


@asynccontextmanager
async def opened(
    settings: Settings, *, now: Callable[[], datetime], record: Record, vitals: Vitals
) -> AsyncIterator[tuple[Mailbox, Journal]]:
    """Give both; raises `OperatorError` when the database has another schema, or something cannot be opened."""
    node = settings.own.value
    stores = await to_thread.run_sync(
        partial(open_stores, settings.durability, "gateway", data_key=DATA_KEY, events=EVENTS, outside=record, now=now)
    )
    try:
        mailbox = Mailbox(stores, node=node, max_messages=settings.max_messages, backends=settings.backends)
        vitals.watch_stores(stores, settings.durability)
        vitals.ask("queues", lambda: figures_of(mailbox.queues(now()), now()))
        async with kept_house(mailbox, settings, vitals, now=now):
            yield mailbox, Journal(node=node, record=stores.record)
    finally:
        stores.close()
