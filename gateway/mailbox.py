"""
Where messages are between the two doors: those on their way out, those that wait for a back end, and what both share.

Everything stands in one database, payloads in blobs beside it, all of it encrypted.  After a start nothing has to be
restored: what was in hand when a process ended is due again when its lease runs out.

Each method of a box is one sentence about messages, all or nothing; any thread of any process may call it.  What an
event does to a message is decided in `outgoing` and `incoming`; waking those who wait is up to the caller.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select

from gateway.inbox import Inbox
from gateway.outbox import Outbox
from gateway.pushing import TRIES, Pushes, wait
from gateway.queues import Queues, count_queues
from gateway.settings import Backend
from gateway.tables import JOB, OUTGOING, PAYLOAD
from oots.as4.message import MAX_AGE, MAX_AHEAD
from oots.journal.stores import Stores
from oots.store.blobs import UNNAMED_FOR
from oots.work import Jobs

MEMORY: Final = MAX_AGE + MAX_AHEAD + timedelta(hours=1)
"""How long ids of finished messages are remembered: a copy that comes later is refused for its age."""


class Mailbox:
    """The mailbox of one access point: at most `max_messages` wait in each direction."""

    def __init__(self, stores: Stores, *, node: str, max_messages: int, backends: Sequence[Backend] = ()) -> None:
        """Take the party id of this access point as `node`, and as `backends` those that may have to be told."""
        self.stores = stores
        self.jobs = Jobs(stores.database, JOB, tries=TRIES, wait=wait)
        self.pushes = Pushes(self.jobs, backends)
        self.outbox = Outbox(stores, node=node, max_messages=max_messages)
        self.inbox = Inbox(stores, node=node, max_messages=max_messages, pushes=self.pushes)

    def queues(self, now: datetime) -> Queues:
        """Count what waits."""
        with self.stores.database.reading() as connection:
            return count_queues(connection, now)

    def forget(self, now: datetime) -> int:
        """Forget finished messages of which no copy can be accepted any more; give how many."""
        horizon = now - MEMORY
        return _until_none(self.outbox.forget, horizon) + _until_none(self.inbox.forget, horizon)

    def sweep(self, *, unnamed_for: timedelta = UNNAMED_FOR) -> int:
        """Remove blobs that no row names, and give how many: a process was killed before it committed, or after."""
        return self.stores.blobs.sweep(self._named, unnamed_for=unnamed_for)

    def _named(self, blob_ids: Collection[UUID]) -> Collection[UUID]:
        with self.stores.database.reading() as connection:
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
