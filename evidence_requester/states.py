"""
The life of an exchange at the requester, as one table (flows.md 3.1; TDD 4.4).

An exchange begins when the user pressed "Request this document".  It is `pending` until our Access Point took the
request, `sent` until the provider answered, and ends in one of the final states.  An answer with evidence makes it
`received`; once the procedure acknowledged the documents it is `delivered`, and our copy is gone.

What was asked is kept as long as an answer would still be one, and what came until somebody has it.  Neither stays
longer than a day (flows.md 7.3): then the exchange is `expired`, and no answer is one any more.

Timers, deferral and the second round trip of a preview join this table with the exchange engine; until then an answer
that asks for them ends the exchange with its reason.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Final

from oots.errors import CallerError


class State(Enum):
    """Where an exchange stands."""

    PENDING = "pending"
    SENT = "sent"
    RECEIVED = "available"
    DELIVERED = "delivered"
    NOT_FOUND = "not_found"
    FAILED = "failed"
    UNDELIVERABLE = "undeliverable"
    EXPIRED = "expired"

    @property
    def is_final(self) -> bool:
        """Tell whether nothing can follow."""
        return not AFTER[self]

    @property
    def is_unanswered(self) -> bool:
        """Tell whether an answer would still be one; a second answer never is."""
        return Event.EVIDENCE_CAME in AFTER[self]

    @property
    def is_settled(self) -> bool:
        """Tell whether nobody need wait for an answer: it came, or is not expected."""
        return self not in {State.PENDING, State.SENT}


class Event(Enum):
    """What may happen to an exchange."""

    GATEWAY_ACCEPTED = "gateway accepted"
    GATEWAY_REFUSED = "gateway refused"
    SENDING_FAILED = "sending failed"
    EVIDENCE_CAME = "evidence came"
    NOTHING_RELEASED = "nothing released"
    ERROR_CAME = "error came"
    ANSWER_REFUSED = "answer refused"
    ACKNOWLEDGED = "acknowledged"
    TIME_RAN_OUT = "time ran out"


AFTER: Final[Mapping[State, Mapping[Event, State]]] = {
    # An answer can overtake the reply of our own gateway: it is as good when we are still pending.
    State.PENDING: {
        Event.GATEWAY_ACCEPTED: State.SENT,
        Event.GATEWAY_REFUSED: State.FAILED,
        # Our own gateway did not answer, and may have the request all the same.
        Event.SENDING_FAILED: State.UNDELIVERABLE,
        Event.EVIDENCE_CAME: State.RECEIVED,
        Event.NOTHING_RELEASED: State.NOT_FOUND,
        Event.ERROR_CAME: State.FAILED,
        Event.ANSWER_REFUSED: State.FAILED,
        Event.TIME_RAN_OUT: State.EXPIRED,
    },
    State.SENT: {
        Event.SENDING_FAILED: State.UNDELIVERABLE,
        Event.EVIDENCE_CAME: State.RECEIVED,
        Event.NOTHING_RELEASED: State.NOT_FOUND,
        Event.ERROR_CAME: State.FAILED,
        Event.ANSWER_REFUSED: State.FAILED,
        Event.TIME_RAN_OUT: State.EXPIRED,
    },
    State.RECEIVED: {Event.ACKNOWLEDGED: State.DELIVERED, Event.TIME_RAN_OUT: State.EXPIRED},
    State.DELIVERED: {},
    State.NOT_FOUND: {},
    State.FAILED: {},
    State.EXPIRED: {},
    # The receipt was lost and the request was not: a real answer refutes a guess (flows.md 3.1).
    State.UNDELIVERABLE: {
        Event.EVIDENCE_CAME: State.RECEIVED,
        Event.NOTHING_RELEASED: State.NOT_FOUND,
        Event.ERROR_CAME: State.FAILED,
        Event.ANSWER_REFUSED: State.FAILED,
        Event.TIME_RAN_OUT: State.EXPIRED,
    },
}


def after(state: State, event: Event) -> State:
    """Give the state that follows; raises `CallerError` when the event cannot happen there."""
    following = AFTER[state].get(event)
    if following is None:
        raise CallerError(f"an exchange that is {state.value} cannot take {event.value!r}")
    return following
