"""
What was promised to whom, and what came of it: both directions of one run, and the verdict at its end.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlalchemy import func, select

from gateway.tables import EVENTS, INCOMING, OUTGOING
from oots.journal.events import EventName
from oots.store.database import open_database

RECEIVED_ONCE = (EventName.AS4_RECEIVED, EventName.AS4_DELIVERED)
SENT_ONCE = (EventName.AS4_SUBMITTED, EventName.AS4_RECEIPT)
NEVER = (EventName.AS4_REFUSED, EventName.AS4_FAILURE)


@dataclass(slots=True, kw_only=True)
class Direction:
    """Messages one way, by MessageId."""

    offered: set[str] = field(default_factory=set)
    """Somebody tried; whether it came through is not known."""
    promised: dict[str, bytes] = field(default_factory=dict)
    """The node said that it has them: with a receipt, or by accepting a submission."""
    delivered: Counter[str] = field(default_factory=Counter)
    """How often a back end got the content."""
    acknowledged: dict[str, float] = field(default_factory=dict)
    """When the gateway answered its back end that it had heard of it."""
    wrong: list[str] = field(default_factory=list)
    """What must never happen, in sentences."""

    def promise(self, message_id: str, receipt: bytes) -> None:
        """Note a promise; a second one has to be the first one again."""
        if self.promised.setdefault(message_id, receipt) != receipt:
            self.wrong.append(f"{message_id} got two different receipts")

    def deliver(self, message_id: str, content: bytes, *, asked_at: float) -> None:
        """Note that a back end, which asked for deliveries then, has the content; it was made from the MessageId."""
        if self.acknowledged.get(message_id, asked_at) < asked_at:
            self.wrong.append(f"{message_id} was delivered after its acknowledgement")
        if message_id not in self.offered:
            self.wrong.append(f"{message_id} was never sent")
        if content != content_of(message_id):
            self.wrong.append(f"{message_id} came with another content")
        self.delivered[message_id] += 1

    @property
    def outstanding(self) -> set[str]:
        """What was promised and has not come."""
        return self.promised.keys() - self.delivered.keys()


@dataclass(slots=True, kw_only=True)
class Ledger:
    """Both directions, as the node under test sees them."""

    inward: Direction = field(default_factory=Direction)
    outward: Direction = field(default_factory=Direction)
    retried: Counter[str] = field(default_factory=Counter)
    """How often something had to be tried again, by reason."""

    def summary(self) -> str:
        """Give the counts."""
        directions = (
            f"{name}: {len(way.offered)} offered, {len(way.promised)} promised, {len(way.delivered)} delivered,"
            f" {way.delivered.total() - len(way.delivered)} of them again before their acknowledgement"
            for name, way in (("in", self.inward), ("out", self.outward))
        )
        return "; ".join([*directions, f"tried again: {dict(self.retried)}"])


def content_of(message_id: str) -> bytes:
    """Give the only payload that belongs to a message."""
    return f"<query>{message_id}</query>".encode() * 40


def journal_counts(database: str) -> Mapping[str, Counter[str]]:
    """Count, for each event of a gateway's journal, how often it stands there for each message."""
    found: dict[str, Counter[str]] = {name.value: Counter() for name in EventName}
    opened, event = open_database(database), EVENTS.event
    try:
        with opened.reading() as connection:
            rows = connection.execute(
                select(event.c.name, event.c.message_id, func.count()).group_by(event.c.name, event.c.message_id)
            )
            for name, message_id, count in rows:
                found[name][message_id] = count
    finally:
        opened.close()
    return found


def rows_in_hand(database: str) -> int:
    """Count the messages that still have to be sent or delivered."""
    opened = open_database(database)
    try:
        with opened.reading() as connection:
            sending = select(func.count()).where(OUTGOING.c.due_at.is_not(None))
            waiting = select(func.count()).where(INCOMING.c.acknowledged_at.is_(None))
            return sum(connection.scalars(query).one() for query in (sending, waiting))
    finally:
        opened.close()


def verdict(ledger: Ledger, *, node: str, peer: str) -> list[str]:
    """Say what went wrong; `node` and `peer` are the databases of the two gateways."""
    ours, theirs, in_hand = journal_counts(node), journal_counts(peer), rows_in_hand(node)
    inward, outward = ledger.inward, ledger.outward
    return [
        *inward.wrong,
        *outward.wrong,
        *(f"{name} was promised and never delivered" for name in sorted(inward.outstanding | outward.outstanding)),
        *(found for event in RECEIVED_ONCE for found in _not_once(event, ours, inward)),
        *(found for event in RECEIVED_ONCE for found in _not_once(event, theirs, outward)),
        *(found for event in SENT_ONCE for found in _not_once(event, ours, outward)),
        *(f"{event.value} happened to {dict(ours[event.value])}" for event in NEVER if ours[event.value]),
        *([f"{in_hand} messages are still in hand"] if in_hand else []),
    ]


def _not_once(event: EventName, journal: Mapping[str, Counter[str]], way: Direction) -> Iterator[str]:
    """Say which messages the event did not happen to once; to what was offered only it may not have happened at all."""
    counts = journal[event.value]
    for name in counts.keys() | way.promised.keys():
        if counts[name] != 1:
            yield f"{event.value} stands {counts[name]} times in the journal for {name}"
    for name in counts.keys() - way.offered:
        yield f"{event.value} stands in the journal for {name}, which nobody sent"
