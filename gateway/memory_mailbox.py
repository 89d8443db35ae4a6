"""
The mailbox in memory: what is in it ends with the process.  For demos, tests and conformance runs.

All methods wait for each other.
"""

import logging
import threading
from collections.abc import Iterator, Sequence, Sized
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from itertools import islice, takewhile
from typing import Final

from gateway.incoming import LEASE, Incoming
from gateway.journal import Journal
from gateway.mailbox import MEMORY, AlreadySubmitted
from gateway.outgoing import Outgoing, concluded, posting
from gateway.states import Outcome, State
from oots.as4 import Payload
from oots.errors import NotFound, TransportRefusal, ValueInconsistent
from oots.net.gateway_api import MessageStatus

REMEMBERED: Final = 20
"""How many messages are remembered for one that may wait: a few kB each."""

WAIT_SECONDS: Final = 5.0
"""How long the same message, come twice at once, waits for the first; then its sender is told to come again."""

log = logging.getLogger(__name__)


class MemoryMailbox:
    """Messages in memory: at most `max_messages` wait in each direction, and a multiple of that is remembered."""

    def __init__(self, journal: Journal, *, max_messages: int) -> None:
        self._journal = journal
        self._max_messages = max_messages
        self._lock = threading.Lock()
        self._outgoing: dict[str, Outgoing] = {}
        self._unfinished: dict[str, None] = {}
        self._incoming: dict[str, Incoming] = {}
        self._undelivered: dict[str, None] = {}

    # --- out ----------------------------------------------------------------------------------------------------------

    def submission(self, message_id: str, digest: str) -> MessageStatus | None:
        """Give how far this very submission is, if it was accepted before; raises `AlreadySubmitted` for another."""
        with self._transaction():
            return self._submission(message_id, digest)

    def accept(self, message: Outgoing) -> MessageStatus:
        """
        Accept a submission, or find that it was accepted before.

        Raises `AlreadySubmitted` when its MessageId is another's, `TransportRefusal` when there is no room.
        """
        with self._transaction():
            known = self._submission(message.message_id, message.digest)
            if known is not None:
                return known
            self._forget_outgoing(message.submitted_at - MEMORY)
            self._check_room(self._unfinished, self._outgoing)
            self._journal.submitted(message)
            self._outgoing[message.message_id] = message
            self._unfinished[message.message_id] = None
            return message.status()

    def status(self, message_id: str) -> MessageStatus:
        """Give how far the sending of a message is; raises `NotFound`."""
        with self._transaction():
            message = self._outgoing.get(message_id)
        if message is None:
            raise NotFound(f"no message {message_id!r} was submitted here, or it is forgotten")
        return message.status()

    def due(self, now: datetime, *, limit: int) -> tuple[Outgoing, ...]:
        """Take up to `limit` messages that have to be posted now; they are the caller's for the time of a lease."""
        with self._transaction():
            unfinished = (self._outgoing[message_id] for message_id in self._unfinished)
            found = tuple(islice((message for message in unfinished if message.is_due(now)), limit))
            taken = tuple(posting(message, now) for message in found)
            for message in taken:
                self._journal.sent(message, now)
                self._outgoing[message.message_id] = message
            return taken

    def next_due_at(self) -> datetime | None:
        """Give when the next message will be due."""
        with self._transaction():
            times = (self._outgoing[message_id].due_at for message_id in self._unfinished)
            return min((time for time in times if time is not None), default=None)

    def conclude(self, posted: Outgoing, outcome: Outcome, now: datetime) -> Outgoing | None:
        """Say how an attempt ended; None when the lease was lost and somebody else tries again."""
        with self._transaction():
            message = self._outgoing.get(posted.message_id)
            if message is None or (message.state, message.attempts) != (State.SENDING, posted.attempts):
                return None
            ended = concluded(message, outcome, now)
            self._journal.concluded(ended, outcome, now)
            self._outgoing[message.message_id] = ended
            if ended.due_at is None:
                del self._unfinished[message.message_id]
                ended.packed.content.close()
            return ended

    # --- in -----------------------------------------------------------------------------------------------------------

    def keep(self, message: Incoming) -> bytes:
        """
        Keep a verified message and its receipt; give the receipt to answer with, the first one for a copy.

        Raises `ValueInconsistent` for another message under a known MessageId, `TransportRefusal` without room for it.
        """
        with self._transaction():
            known = self._incoming.get(message.message_id)
            if known is not None:
                return self._answer_again(known, message)
            self._forget_incoming(message.kept_at - MEMORY)
            self._check_room(self._undelivered, self._incoming)
            self._journal.received(message)
            self._incoming[message.message_id] = replace(message, soap=b"")
            self._undelivered[message.message_id] = None
            return message.receipt

    def deliver(self, actions: Sequence[str], now: datetime, *, limit: int) -> tuple[Incoming, ...]:
        """Take up to `limit` messages of these actions, oldest first; they are the caller's for the time of a lease."""
        with self._transaction():
            undelivered = (self._incoming[message_id] for message_id in self._undelivered)
            free = (message for message in undelivered if message.may_be_delivered(actions, now))
            taken = tuple(replace(message, leased_until=now + LEASE) for message in islice(free, limit))
            self._incoming |= {message.message_id: message for message in taken}
            return taken

    def payload(self, message_id: str, number: int) -> Payload:
        """Give one payload of a message that was not acknowledged yet; raises `NotFound`."""
        payloads = self._undelivered_message(message_id).payloads
        if not 0 <= number < len(payloads):
            raise NotFound(f"message {message_id!r} has no payload {number}")
        return payloads[number]

    def acknowledge(self, message_id: str, now: datetime) -> None:
        """Forget the payloads of a message: a back end has them; raises `NotFound` for one that never came."""
        with self._transaction():
            message = self._incoming.get(message_id)
            if message is None:
                raise NotFound(f"no message {message_id!r} came in, or it is forgotten")
            if message_id not in self._undelivered:
                return
            self._journal.delivered(message, now)
            self._incoming[message_id] = replace(message, payloads=())
            del self._undelivered[message_id]
        _close(message.payloads)

    # --- inside -------------------------------------------------------------------------------------------------------

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        if not self._lock.acquire(timeout=WAIT_SECONDS):
            raise TransportRefusal(503, "the mailbox is busy; come again later")
        try:
            yield
        finally:
            self._lock.release()

    def _submission(self, message_id: str, digest: str) -> MessageStatus | None:
        known = self._outgoing.get(message_id)
        if known is not None and known.digest != digest:
            raise AlreadySubmitted(f"another message was submitted as {message_id!r}")
        return None if known is None else known.status()

    def _answer_again(self, known: Incoming, message: Incoming) -> bytes:
        if not message.repeats(known):
            log.warning("message %r came again with other digests", message.message_id)
            raise ValueInconsistent(
                "another message came under this MessageId before", ref_to_message_id=message.message_id
            )
        self._journal.duplicate(message)
        return known.receipt

    def _undelivered_message(self, message_id: str) -> Incoming:
        with self._transaction():
            if message_id not in self._undelivered:
                raise NotFound(f"no message {message_id!r} waits here for a back end")
            return self._incoming[message_id]

    def _check_room(self, waiting: Sized, remembered: Sized) -> None:
        if len(waiting) >= self._max_messages or len(remembered) >= self._max_messages * REMEMBERED:
            log.error("the mailbox is full: %d messages wait, %d are remembered", len(waiting), len(remembered))
            raise TransportRefusal(503, "the mailbox is full; come again later")

    def _forget_outgoing(self, horizon: datetime) -> None:
        old = takewhile(lambda message: message.submitted_at < horizon, self._outgoing.values())
        for message_id in [message.message_id for message in old if message.message_id not in self._unfinished]:
            del self._outgoing[message_id]

    def _forget_incoming(self, horizon: datetime) -> None:
        old = takewhile(lambda message: message.kept_at < horizon, self._incoming.values())
        for message_id in [message.message_id for message in old if message.message_id not in self._undelivered]:
            del self._incoming[message_id]


def _close(payloads: Sequence[Payload]) -> None:
    for payload in payloads:
        payload.content.close()
