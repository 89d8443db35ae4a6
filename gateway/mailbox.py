"""
Where messages are between the two doors: one method for each sentence we say about them, each all or nothing.

`memory_mailbox` and `durable_mailbox` keep them.  What an event does to a message is decided in `outgoing` and
`incoming`; waking those who wait is up to the caller.  All methods may be called from any thread.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from gateway.incoming import Incoming
from gateway.outgoing import Outgoing
from gateway.states import Outcome
from oots.as4 import Payload
from oots.as4.message import MAX_AGE, MAX_AHEAD
from oots.errors import CallerError
from oots.net.gateway_api import MessageStatus

MEMORY: Final = MAX_AGE + MAX_AHEAD + timedelta(hours=1)
"""How long ids of finished messages are remembered: a copy that comes later is refused for its age."""


class AlreadySubmitted(CallerError):
    """Another message was submitted under this MessageId."""


class Mailbox(Protocol):
    """Messages on their way out, and those that came in and wait for a back end."""

    def submission(self, message_id: str, digest: str) -> MessageStatus | None:
        """Give how far this very submission is, if it was accepted before; raises `AlreadySubmitted` for another."""

    def accept(self, message: Outgoing) -> MessageStatus:
        """
        Accept a submission, or find that it was accepted before.

        Raises `AlreadySubmitted` when its MessageId is another's, `TransportRefusal` when there is no room.
        """

    def status(self, message_id: str) -> MessageStatus:
        """Give how far the sending of a message is; raises `NotFound`."""

    def due(self, now: datetime, *, limit: int) -> tuple[Outgoing, ...]:
        """Take up to `limit` messages that have to be posted now; they are the caller's for the time of a lease."""

    def next_due_at(self) -> datetime | None:
        """Give when the next message will be due."""

    def conclude(self, posted: Outgoing, outcome: Outcome, now: datetime) -> Outgoing | None:
        """Say how an attempt ended; None when the lease was lost and somebody else tries again."""

    def keep(self, message: Incoming) -> bytes:
        """
        Keep a verified message and its receipt; give the receipt to answer with, the first one for a copy.

        Raises `ValueInconsistent` for another message under a known MessageId, `TransportRefusal` without room for it.
        """

    def deliver(self, actions: Sequence[str], now: datetime, *, limit: int) -> tuple[Incoming, ...]:
        """Take up to `limit` messages of these actions, oldest first; they are the caller's for the time of a lease."""

    def payload(self, message_id: str, number: int) -> Payload:
        """Give one payload of a message that was not acknowledged yet; raises `NotFound`."""

    def acknowledge(self, message_id: str, now: datetime) -> None:
        """Forget the payloads of a message: a back end has them; raises `NotFound` for one that never came."""
