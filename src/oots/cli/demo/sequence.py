"""
The sequence picture of an exchange: which step of the timeline is an arrow between whom.  Drawing is a template's.

An event tells what happened in one place; an arrow has two ends.  Each is drawn from the event of whoever knows first:
sending from the sender's, a receipt from that of whoever holds it, delivery from that of the back end.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, IntEnum, auto
from typing import Final

from oots.cli.demo.timeline import Step
from oots.journal.events import Component, Event, EventName


class Lane(IntEnum):
    """Who takes part, from left to right."""

    PERSON = 1
    REQUESTER = 2
    REQUESTER_ACCESS_POINT = 3
    PROVIDER_ACCESS_POINT = 4
    PROVIDER = 5
    REGISTER = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What stands above a lane."""

    name: str
    place: str


def heads(*, requester_country: str, provider_country: str) -> Mapping[Lane, Head]:
    """Give what stands above each lane when one country asks another."""
    return {
        Lane.PERSON: Head(name="Person", place="browser"),
        Lane.REQUESTER: Head(name="Requester", place=requester_country),
        Lane.REQUESTER_ACCESS_POINT: Head(name="Access point", place=requester_country),
        Lane.PROVIDER_ACCESS_POINT: Head(name="Access point", place=provider_country),
        Lane.PROVIDER: Head(name="Provider", place=provider_country),
        Lane.REGISTER: Head(name="Register", place=provider_country),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """A document of a step: what circulated, as bytes."""

    step_number: int
    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """An arrow from lane to lane, or, where both are the same, a state in it."""

    step: Step
    words: str
    start: Lane
    end: Lane
    by_person: bool = False
    """Something that a person does or sees."""
    carries: tuple[Carried, ...] = ()
    """What travels, where two Access Points are the ends."""

    @property
    def is_state(self) -> bool:
        """Tell whether nothing travels."""
        return self.start is self.end


def steps_of(exchange_id: str, steps: Iterable[Step]) -> tuple[Step, ...]:
    """
    Give the steps of one exchange: those that name it, and those about a message or a conversation known to be its.

    In line 1.2 no message names its exchange; here each conversation has only one.
    """
    steps = tuple(steps)
    named = [step.event for step in steps if step.event.exchange_id == exchange_id]
    messages = {event.message_id for event in named} - {None}
    conversations = {event.conversation_id for event in named} - {None}
    return tuple(
        step
        for step in steps
        if step.event.exchange_id == exchange_id
        or (
            step.event.exchange_id is None
            and (step.event.message_id in messages or step.event.conversation_id in conversations)
        )
    )


def hops(steps: Sequence[Step], *, requester_node: str) -> tuple[Hop, ...]:
    """Give the picture of an exchange in which the node `requester_node` asks."""
    return tuple(
        replace(hop, carries=_carried(step, steps)) if step.event.name in _TELLING and not hop.is_state else hop
        for step in steps
        for hop in _hops_of(step, on_requesters_side=step.event.node == requester_node)
    )


def carried(step: Step) -> tuple[Carried, ...]:
    """Give the documents of one step."""
    return tuple(
        Carried(step_number=step.number, name=name, content=content) for name, content in step.event.documents.items()
    )


class _Who(Enum):
    PERSON = auto()
    BACK_END = auto()
    OWN = auto()
    PEER = auto()
    REGISTER = auto()


_ACTION: Final = ""
"""Stands for the action of the message, where that is what the arrow says."""

_ARROWS: Final[Mapping[EventName, tuple[_Who, _Who, str]]] = {
    EventName.EXPLICIT_REQUEST_GIVEN: (_Who.PERSON, _Who.BACK_END, "Explicit request"),
    EventName.AS4_SUBMITTED: (_Who.BACK_END, _Who.OWN, "Submit"),
    EventName.AS4_SENT: (_Who.OWN, _Who.PEER, _ACTION),
    EventName.AS4_RECEIPT: (_Who.PEER, _Who.OWN, "Receipt"),
    EventName.REQUEST_RECEIVED: (_Who.OWN, _Who.BACK_END, "Deliver"),
    EventName.RESPONSE_RECEIVED: (_Who.OWN, _Who.BACK_END, "Deliver"),
    EventName.ERROR_RECEIVED: (_Who.OWN, _Who.BACK_END, "Deliver"),
    EventName.AS4_DELIVERED: (_Who.BACK_END, _Who.OWN, "Taken over"),
    EventName.IDENTITY_MATCH: (_Who.BACK_END, _Who.REGISTER, "Who is it?"),
    EventName.EVIDENCE_ISSUED: (_Who.REGISTER, _Who.BACK_END, "Document"),
    EventName.EVIDENCE_DELIVERED: (_Who.BACK_END, _Who.PERSON, "Document"),
}

_STATES: Final[Mapping[EventName, tuple[_Who, str]]] = {
    EventName.EXPLICIT_REQUEST_GIVEN: (_Who.BACK_END, "pending"),
    EventName.REQUEST_SENT: (_Who.BACK_END, "sent"),
    EventName.REQUEST_REFUSED: (_Who.BACK_END, "not sent"),
    EventName.REQUEST_REJECTED: (_Who.BACK_END, "request refused"),
    EventName.RESPONSE_SENT: (_Who.BACK_END, "answered"),
    EventName.ERROR_SENT: (_Who.BACK_END, "answered: no"),
    EventName.ANSWER_NOT_SENT: (_Who.BACK_END, "answer not sent"),
    EventName.ERROR_RECEIVED: (_Who.BACK_END, "error received"),
    EventName.RESPONSE_REFUSED: (_Who.BACK_END, "answer refused"),
    EventName.RULES_BROKEN: (_Who.BACK_END, "rules broken"),
    EventName.MESSAGE_UNREADABLE: (_Who.BACK_END, "unreadable"),
    EventName.EVIDENCE_DELIVERED: (_Who.BACK_END, "delivered"),
    EventName.EVIDENCE_DELETED: (_Who.BACK_END, "expired"),
    EventName.EXCHANGE_EXPIRED: (_Who.BACK_END, "expired"),
    EventName.AS4_RECEIVED: (_Who.OWN, "verified, kept"),
    EventName.KEY_ROTATED: (_Who.OWN, "key rotated"),
    EventName.AS4_RETRY: (_Who.OWN, "will send again"),
    EventName.AS4_FAILURE: (_Who.OWN, "gave up"),
    EventName.AS4_DUPLICATE: (_Who.OWN, "had it already"),
    EventName.AS4_REFUSED: (_Who.OWN, "refused"),
}


_TELLING: Final[Mapping[EventName, frozenset[EventName]]] = {
    EventName.AS4_SENT: frozenset(
        {
            EventName.AS4_SENT,
            EventName.AS4_SUBMITTED,
            EventName.AS4_RECEIVED,
            EventName.REQUEST_SENT,
            EventName.RESPONSE_SENT,
            EventName.ERROR_SENT,
            EventName.REQUEST_RECEIVED,
            EventName.RESPONSE_RECEIVED,
            EventName.ERROR_RECEIVED,
        }
    ),
    EventName.AS4_RECEIPT: frozenset({EventName.AS4_RECEIPT}),
}
"""The events of a message that may hold what its arrow carries: Access Points see the envelope, back ends the rest."""


def _carried(arrow: Step, steps: Iterable[Step]) -> tuple[Carried, ...]:
    telling = _TELLING[arrow.event.name]
    found: dict[bytes, Carried] = {}
    for step in steps:
        if step.event.message_id == arrow.event.message_id and step.event.name in telling:
            for item in carried(step):
                found.setdefault(item.content, item)
    return tuple(found.values())


def _hops_of(step: Step, *, on_requesters_side: bool) -> Iterator[Hop]:
    event = step.event
    lanes = _lanes(event, on_requesters_side=on_requesters_side)
    if event.name in _ARROWS:
        start, end, words = _ARROWS[event.name]
        yield Hop(
            step=step,
            words=words or event.action or "Message",
            start=lanes[start],
            end=lanes[end],
            by_person=_Who.PERSON in {start, end},
        )
    if event.name in _STATES:
        place, words = _STATES[event.name]
        yield Hop(step=step, words=words, start=lanes[place], end=lanes[place])


def _lanes(event: Event, *, on_requesters_side: bool) -> Mapping[_Who, Lane]:
    own, peer = Lane.REQUESTER_ACCESS_POINT, Lane.PROVIDER_ACCESS_POINT
    back_end = Lane.REQUESTER if on_requesters_side else Lane.PROVIDER
    if event.component is not Component.GATEWAY:
        back_end = Lane.REQUESTER if event.component is Component.REQUESTER else Lane.PROVIDER
    if not on_requesters_side:
        own, peer = peer, own
    return {
        _Who.PERSON: Lane.PERSON,
        _Who.BACK_END: back_end,
        _Who.OWN: own,
        _Who.PEER: peer,
        _Who.REGISTER: Lane.REGISTER,
    }
