"""
The mailbox that the settings ask for, and the journal that goes with it: in memory, or in a database.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from anyio import to_thread

from gateway.durable_mailbox import DurableMailbox
from gateway.housekeeping import kept_house
from gateway.journal import Journal
from gateway.mailbox import Mailbox
from gateway.memory_mailbox import MemoryMailbox
from gateway.settings import Durability, Settings
from gateway.stores import Stores, new_stores
from oots.journal.events import Record
from oots.store.database import open_database
from oots.store.migrate import require_current


@asynccontextmanager
async def opened(
    settings: Settings, *, now: Callable[[], datetime], record: Record
) -> AsyncIterator[tuple[Mailbox, Journal]]:
    """Give both; raises `OperatorError` when the database has another schema, or something cannot be opened."""
    journal = Journal(node=settings.own.value, record=record)
    if settings.durability is None:
        yield MemoryMailbox(journal, max_messages=settings.max_messages), journal
        return
    stores = await to_thread.run_sync(_open_stores, settings.durability, journal)
    try:
        mailbox = DurableMailbox(stores, max_messages=settings.max_messages)
        async with kept_house(mailbox, now=now):
            yield mailbox, Journal(node=settings.own.value, record=stores.record)
    finally:
        stores.database.close()


def _open_stores(durability: Durability, journal: Journal) -> Stores:
    database = open_database(durability.database)
    try:
        require_current(database, "gateway")
        return new_stores(database, durability.blob_folder, durability.keys, journal)
    except BaseException:
        database.close()
        raise
