"""
Where a service keeps things: database, blobs, data keys and journal, as one.  What is kept is decided by the service.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from uuid import UUID

from sqlalchemy import Connection, Table

from oots.errors import CallerError, EbmsError, StoreUnavailable, TransportRefusal
from oots.journal.events import Event, Record
from oots.journal.table import EventLog, EventTables
from oots.spooled import Spooled
from oots.store.blobs import BlobRef, BlobStore
from oots.store.data_keys import DataKeys
from oots.store.database import Database, after_commit, open_database
from oots.store.durability import Durability
from oots.store.migrate import require_current
from oots.store.secret_key import DataKey

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """The stores of one service; any number of processes may share them."""

    database: Database
    blobs: BlobStore
    keys: DataKeys
    events: EventLog
    outside: Record = field(repr=False)
    """Whoever else wants to hear of events hears of them when they are committed."""

    def record_in(self, connection: Connection) -> Record:
        """Give what writes events that commit with the transaction."""
        return partial(self._append, connection)

    def record(self, event: Event) -> None:
        """Write an event that has no other transaction; raises `StoreUnavailable`."""
        with self.database.writing() as connection:
            self._append(connection, event)

    @contextmanager
    def written(self, contents: Sequence[Spooled], key: DataKey) -> Iterator[tuple[BlobRef, ...]]:
        """
        Write blobs before the transaction inside.  They go again when it refuses what they belong to.

        When it breaks they stay, since nobody knows whether it was committed, and are swept if it was not.
        """
        refs: list[BlobRef] = []
        try:
            for content in contents:
                refs.append(self.blobs.write(content.chunks(), key))  # noqa: PERF401
            yield tuple(refs)
        except (CallerError, EbmsError, TransportRefusal):
            self.delete(ref.id for ref in refs)
            raise

    def delete(self, blob_ids: Iterable[UUID]) -> None:
        """Remove blobs that the database has forgotten; those that do not go are swept later."""
        for blob_id in blob_ids:
            try:
                self.blobs.delete(blob_id)
            except StoreUnavailable as error:
                log.warning("a blob is left for the sweep: %s", error)

    def delete_after_commit(self, connection: Connection, blob_ids: Iterable[UUID]) -> None:
        """Remove blobs once the transaction that forgets them is committed."""
        after_commit(connection, partial(self.delete, tuple(blob_ids)))

    def close(self) -> None:
        """Close the database."""
        self.database.close()

    def _append(self, connection: Connection, event: Event) -> None:
        self.events.append(connection, event)
        after_commit(connection, partial(self._tell, event))

    def _tell(self, event: Event) -> None:
        try:
            self.outside(event)
        except Exception:
            # It is committed and in the journal: what was promised holds whoever else could not hear of it.
            ids = {
                "message_id": event.message_id,
                "conversation_id": event.conversation_id,
                "exchange_id": event.exchange_id,
            }
            log.exception("an event of message %r could not be told", event.message_id, extra=ids)


def new_stores(
    database: Database, durability: Durability, *, data_key: Table, events: EventTables, outside: Record
) -> Stores:
    """Put the stores together; makes the folder of blobs, and raises `StoreUnavailable` when it cannot."""
    keys = DataKeys(data_key, durability.keys)
    return Stores(
        database=database,
        blobs=BlobStore(durability.blob_folder),
        keys=keys,
        events=EventLog(events, keys),
        outside=outside,
    )


def open_stores(
    durability: Durability,
    package: str,
    *,
    data_key: Table,
    events: EventTables,
    outside: Record,
    now: Callable[[], datetime],
) -> Stores:
    """
    Open the stores of the service in `package`, whose tables of data keys and events these are.

    Raises `OperatorError` when the database has another schema than the package needs, or cannot be opened.
    """
    database = open_database(durability.database, clock=now)
    try:
        require_current(database, package)
        return new_stores(database, durability, data_key=data_key, events=events, outside=outside)
    except BaseException:
        database.close()
        raise
