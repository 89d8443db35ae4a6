"""
Waking threads that wait for work.  Only an optimisation: whoever waits also looks by himself, once a second.
"""

import logging
import threading
from datetime import timedelta
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from oots.store.database import Database

log = logging.getLogger(__name__)


class Bell:
    """Wakes one waiting thread of this process for each ring."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._rings = 0

    @property
    def rings(self) -> int:
        """How often it rang: to be asked before looking for work, so that no ring is missed between that and `wait`."""
        return self._rings

    def ring(self) -> None:
        """Wake one thread; one that is about to wait does not."""
        with self._condition:
            self._rings += 1
            self._condition.notify()

    def ring_all(self) -> None:
        """Wake every thread."""
        with self._condition:
            self._rings += 1
            self._condition.notify_all()

    def wait(self, rings: int, timeout: timedelta) -> None:
        """Wait for a ring after the first `rings`, at most so long."""
        with self._condition:
            if self._rings == rings:
                self._condition.wait(timeout.total_seconds())


class Listener:
    """Rings for what other processes announce on a channel of PostgreSQL; connects again when that breaks."""

    def __init__(self, database: Database, channel: str, bell: Bell) -> None:
        self._database = database
        self._channel = channel
        self._bell = bell

    def listen(self, stopping: threading.Event, *, pause: timedelta) -> None:
        """Listen until `stopping`, which is looked at every `pause`."""
        while not stopping.is_set():
            try:
                with self._database.unpooled() as connection:
                    self._hear(connection, stopping, pause)
            except (SQLAlchemyError, self._database.dialect.loaded_dbapi.Error):
                # Those who look for work say so, too.
                log.debug("cannot listen for work of other processes, and keeps trying")
                stopping.wait(pause.total_seconds())

    def _hear(self, connection: Any, stopping: threading.Event, pause: timedelta) -> None:
        connection.autocommit = True
        connection.execute(f'LISTEN "{self._channel}"')
        while not stopping.is_set():
            for _ in connection.notifies(timeout=pause.total_seconds(), stop_after=1):
                self._bell.ring()
