"""
A message on its way out, and how each event changes it.  Pure: the mailbox keeps it, the sender makes things happen.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from gateway.outcome import next_attempt
from gateway.states import (
    DeliveredBefore,
    Event,
    Outcome,
    Posting,
    ReceiptAccepted,
    Refused,
    State,
    WindowClosed,
    after,
)
from oots.as4 import Packed
from oots.codes import EbmsCode
from oots.ebms.pmode import PMode
from oots.net.gateway_api import MessageStatus, SendingFailure, Step

LEASE: Final = timedelta(minutes=11)
"""How long whoever posts a message has it alone: longer than the longest post."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """The packed bytes of a message, and what happened to it so far."""

    packed: Packed
    pmode: PMode
    backend: str | None
    """Who submitted it; None when that was before back ends had names."""
    digest: str
    """Of the submission with its contents: tells a repeated submission from another under the same MessageId."""
    submitted_at: datetime
    state: State = State.SUBMITTED
    attempts: int = 0
    due_at: datetime | None
    """When it is to be posted; while it is being posted, when its lease runs out; None when all is over."""
    failure: SendingFailure | None = None
    history: tuple[Step, ...]

    @property
    def message_id(self) -> str:
        """The MessageId."""
        return self.packed.message.message_id

    def status(self) -> MessageStatus:
        """Give what its back end is told."""
        return MessageStatus(
            message_id=self.message_id,
            state=self.state.value,
            attempts=self.attempts,
            failure=self.failure,
            history=self.history,
        )


def submitted(packed: Packed, pmode: PMode, *, backend: str, digest: str, now: datetime) -> Outgoing:
    """Give a message that was just packed."""
    return Outgoing(
        packed=packed,
        pmode=pmode,
        backend=backend,
        digest=digest,
        submitted_at=now,
        due_at=now,
        history=(Step(at=now, state=State.SUBMITTED.value),),
    )


def posting(outgoing: Outgoing, now: datetime) -> Outgoing:
    """Begin an attempt."""
    attempt = outgoing.attempts + 1
    begun = _step(outgoing, Posting(), now, f"attempt {attempt}")
    return replace(begun, attempts=attempt, due_at=now + LEASE)


def concluded(outgoing: Outgoing, outcome: Outcome, now: datetime) -> Outgoing:
    """End an attempt, and the whole when nothing is left to try."""
    if isinstance(outcome, ReceiptAccepted):
        return replace(_step(outgoing, outcome, now, "receipt verified"), due_at=None)
    if isinstance(outcome, DeliveredBefore):
        return replace(_step(outgoing, outcome, now, outcome.detail), due_at=None)
    tried = _step(outgoing, outcome, now, f"{outcome.code} {outcome.detail}")
    if isinstance(outcome, Refused):
        return replace(tried, due_at=None, failure=SendingFailure(code=outcome.code, detail=outcome.detail))
    due_at = next_attempt(tried.pmode, attempts=tried.attempts, submitted_at=tried.submitted_at)
    if due_at is not None:
        return replace(tried, due_at=due_at)
    closed = WindowClosed(
        code=EbmsCode.MISSING_RECEIPT.value,
        detail=f"no receipt after {tried.attempts} attempts; the last one: {outcome.code} {outcome.detail}",
    )
    failure = SendingFailure(code=closed.code, detail=closed.detail)
    return replace(_step(tried, closed, now, closed.detail), due_at=None, failure=failure)


def _step(outgoing: Outgoing, event: Event, now: datetime, detail: str) -> Outgoing:
    state = after(outgoing.state, event)
    return replace(
        outgoing, state=state, history=(*outgoing.history, Step(at=now, state=state.value, detail=detail.strip()))
    )
