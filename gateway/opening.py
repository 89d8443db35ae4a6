"""
The mailbox that the settings ask for, and the journal that goes with it: in memory, or in a database.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial

from anyio import to_thread

from gateway.durable_mailbox import DurableMailbox
from gateway.housekeeping import kept_house
from gateway.journal import Journal
from gateway.mailbox import Mailbox
from gateway.memory_mailbox import MemoryMailbox
from gateway.settings import Settings
from gateway.tables import DATA_KEY, EVENTS
from oots.journal.events import Record
from oots.journal.stores import open_stores


@asynccontextmanager
async def opened(
    settings: Settings, *, now: Callable[[], datetime], record: Record
) -> AsyncIterator[tuple[Mailbox, Journal]]:
    """Give both; raises `OperatorError` when the database has another schema, or something cannot be opened."""
    node = settings.own.value
    if settings.durability is None:
        journal = Journal(node=node, record=record)
        yield MemoryMailbox(journal, max_messages=settings.max_messages), journal
        return
    stores = await to_thread.run_sync(
        partial(open_stores, settings.durability, "gateway", data_key=DATA_KEY, events=EVENTS, outside=record, now=now)
    )
    try:
        mailbox = DurableMailbox(stores, node=node, max_messages=settings.max_messages)
        async with kept_house(mailbox, now=now):
            yield mailbox, Journal(node=node, record=stores.record)
    finally:
        stores.close()
