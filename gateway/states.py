"""
The life of a message that we send, as a table.  What an answer means is decided in `outcome`.

A message is SUBMITTED when its bytes are packed and kept.  Each attempt posts those same bytes (Posting).  A receipt
that proves the message ends well; so does a peer that knows the message from an attempt whose receipt was lost.
Silence and errors that may pass lead to another attempt, until the last one of the P-Mode is used up (WindowClosed).
An error that will not pass ends it at once.  Whoever posts holds a lease: when it runs out, the next one posts again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final


class State(Enum):
    """Where a message is.  The values are those that back ends see."""

    SUBMITTED = "submitted"
    SENDING = "sending"
    AWAITING_RETRY = "awaiting_retry"
    ACKNOWLEDGED = "acknowledged"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """An attempt begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptAccepted:
    """The peer's receipt proves that it has the message."""

    soap: bytes
    """The receipt as it came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveredBefore:
    """The peer has the message from an earlier attempt; the receipt was lost, so nothing proves it."""

    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoAnswer:
    """No receipt and no error came, or nothing that can be read as one."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TemporaryError:
    """The peer reports an error that may pass."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The peer reports an error that will not pass."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowClosed:
    """All attempts are used up."""

    code: str
    detail: str


Outcome = ReceiptAccepted | DeliveredBefore | NoAnswer | TemporaryError | Refused
"""How an attempt ends."""

Event = Posting | Outcome | WindowClosed

AFTER: Final[Mapping[State, Mapping[type[Event], State]]] = {
    State.SUBMITTED: {Posting: State.SENDING},
    State.SENDING: {
        ReceiptAccepted: State.ACKNOWLEDGED,
        DeliveredBefore: State.ACKNOWLEDGED,
        NoAnswer: State.AWAITING_RETRY,
        TemporaryError: State.AWAITING_RETRY,
        Refused: State.FAILED,
        Posting: State.SENDING,
    },
    State.AWAITING_RETRY: {Posting: State.SENDING, WindowClosed: State.FAILED},
    State.ACKNOWLEDGED: {},
    State.FAILED: {},
}


def after(state: State, event: Event) -> State:
    """Give the state that follows; raises `ValueError` for what cannot happen in `state`."""
    following = AFTER[state].get(type(event))
    if following is None:
        raise ValueError(f"{type(event).__name__} cannot happen to a message that is {state.value}")
    return following
