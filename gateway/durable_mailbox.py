"""
The mailbox that outlives its process: rows in SQLite or PostgreSQL, payloads as blobs, everything encrypted.

After a start nothing has to be restored: what was in hand when a process ended is due again when its lease runs out.
"""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from gateway.durable_incoming import DurableIncoming
from gateway.durable_outgoing import DurableOutgoing
from gateway.mailbox import MEMORY
from gateway.tables import OUTGOING, PAYLOAD
from oots.journal.stores import Stores
from oots.store.blobs import UNNAMED_FOR


class DurableMailbox(DurableOutgoing, DurableIncoming):
    """A `Mailbox`: at most `max_messages` wait in each direction.  Any number of processes may share its stores."""

    def __init__(self, stores: Stores, *, node: str, max_messages: int) -> None:
        """Take the party id of this access point as `node`."""
        DurableOutgoing.__init__(self, stores, node=node, max_messages=max_messages)
        DurableIncoming.__init__(self, stores, node=node, max_messages=max_messages)

    def forget(self, now: datetime) -> int:
        """Forget finished messages of which no copy can be accepted any more; give how many."""
        horizon = now - MEMORY
        return _until_none(self.forget_outgoing, horizon) + _until_none(self.forget_incoming, horizon)

    def sweep(self, *, unnamed_for: timedelta = UNNAMED_FOR) -> int:
        """Remove blobs that no row names, and give how many: a process was killed before it committed, or after."""
        return self._stores.blobs.sweep(self._named, unnamed_for=unnamed_for)

    def _named(self, blob_ids: Collection[UUID]) -> Collection[UUID]:
        with self._stores.database.reading() as connection:
            return {
                blob_id
                for column in (OUTGOING.c.blob_id, PAYLOAD.c.blob_id)
                for blob_id in connection.scalars(select(column).where(column.in_(blob_ids)))
            }


def _until_none(forget: Callable[[datetime], int], horizon: datetime) -> int:
    total = 0
    while count := forget(horizon):
        total += count
    return total
