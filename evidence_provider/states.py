"""
Where a request is on its way through a provider: every state, and what may follow it (flows.md 3.2).

Theory of operation.  A message is received: it is in the database, in the journal, and acknowledged to the access
point.  Then it is answered, in memory, and the answer is kept before anybody else sees it: what is sent is what was
kept, as often as it takes.  Content stays as long as it has a purpose.  Once the answer is sent, or the message has
turned out to be one that cannot be answered, the content is erased, and the rest of the row remembers that it came.

An answer that cannot be sent for too long is said to be so.  Its content stays for a while, so that an operator may
have the sending tried again; then it is erased, too.
"""

from collections.abc import Collection, Mapping
from enum import Enum
from typing import Final


class State(Enum):
    """Where a request is."""

    RECEIVED = "received"
    ANSWERED = "answered"
    SENT = "sent"
    NOT_SENT = "answer_not_sent"
    UNANSWERABLE = "unanswerable"


AFTER: Final[Mapping[State, Collection[State]]] = {
    State.RECEIVED: {State.ANSWERED, State.UNANSWERABLE, State.NOT_SENT},
    State.ANSWERED: {State.SENT, State.NOT_SENT},
    State.NOT_SENT: {State.SENT, State.NOT_SENT},
    State.SENT: (),
    State.UNANSWERABLE: (),
}


def before(state: State) -> list[State]:
    """Give the states that `state` may follow."""
    return [earlier for earlier, later in AFTER.items() if state in later]
