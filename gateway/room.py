"""
How much may wait.  The limit protects the disk from a back end that stays away; it is not counted to the last message.
"""

import logging
import threading
from http import HTTPStatus
from typing import Final

from sqlalchemy import Connection, Select

from oots.errors import TransportRefusal

SHARE: Final = 10
"""After a count, this part of the room that was left is filled without another: so much may processes exceed it by."""

log = logging.getLogger(__name__)


class Room:
    """Counts what waits the less often the more room there is."""

    def __init__(self, waiting: Select[int], *, most: int, waits_for: str) -> None:
        """Take the question for how many wait, and how many may."""
        self._waiting = waiting
        self._most = most
        self._waits_for = waits_for
        self._uncounted = 0
        self._lock = threading.Lock()

    def check(self, connection: Connection) -> None:
        """Raise `TransportRefusal` unless there is room for the message that was just inserted."""
        with self._lock:
            self._uncounted -= 1
            if self._uncounted >= 0:
                return
        waiting = connection.scalars(self._waiting).one()
        if waiting > self._most:
            log.error("the mailbox is full: %d messages wait %s", self._most, self._waits_for)
            raise TransportRefusal(HTTPStatus.SERVICE_UNAVAILABLE, "the mailbox is full; come again later")
        with self._lock:
            self._uncounted = (self._most - waiting) // SHARE
