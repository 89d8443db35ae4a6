"""
How much waits in the mailbox, and for how long.  Numbers only: nothing about a message.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, func, select

from gateway.states import State
from gateway.tables import INCOMING, IS_UNDER_WAY, OUTGOING, WAITS
from oots.health import Figure
from oots.health.sources import queue_figures

_OVERDUE: Final = (OUTGOING.c.due_at <= bindparam("now"), OUTGOING.c.state != State.SENDING.value)

_OUTGOING: Final = select(
    func.count().label("depth"),
    func.min(OUTGOING.c.submitted_at).label("since"),
    func.min(OUTGOING.c.due_at).filter(*_OVERDUE).label("overdue_since"),
    func.count(OUTGOING.c.damaged_at).label("damaged"),
).where(IS_UNDER_WAY)

_INCOMING: Final = select(
    func.count().label("depth"),
    func.min(INCOMING.c.kept_at).label("since"),
    func.count(INCOMING.c.damaged_at).label("damaged"),
).where(WAITS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Queues:
    """What waits in both directions."""

    outgoing: int
    """Messages whose sending is not over."""
    outgoing_since: datetime | None
    """When the oldest of them was submitted."""
    overdue_since: datetime | None
    """Since when one could have been posted, and nobody took it."""
    incoming: int
    """Messages that no back end has acknowledged."""
    incoming_since: datetime | None
    """When the oldest of them came."""
    damaged: int
    """Of both, those that cannot be read: an operator has to restore what is missing."""


def count_queues(connection: Connection, now: datetime) -> Queues:
    """Count."""
    out = connection.execute(_OUTGOING, {"now": now}).one()
    into = connection.execute(_INCOMING).one()
    return Queues(
        outgoing=out.depth,
        outgoing_since=out.since,
        overdue_since=out.overdue_since,
        incoming=into.depth,
        incoming_since=into.since,
        damaged=out.damaged + into.damaged,
    )


def figures_of(queues: Queues, now: datetime) -> Sequence[Figure]:
    """Give them as those who watch the gateway want them."""
    return [
        *queue_figures("outgoing", depth=queues.outgoing, since=queues.outgoing_since, now=now),
        *queue_figures("incoming", depth=queues.incoming, since=queues.incoming_since, now=now),
        Figure(name="oots_messages_damaged", value=queues.damaged),
    ]
