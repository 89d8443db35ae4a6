"""
The picture of an exchange's state machine: where each state and arrow of `AFTER` is drawn.  The SVG is a template's.

What may follow what is read from the table; here are only places on paper, and which way an exchange took.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from evidence_requester.states import AFTER, State
from oots.cli.demo.timeline import Step
from oots.journal.events import EventName


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A state: the middle of its box, and how it stands with the exchange."""

    words: str
    x: int
    y: int
    width: int
    was: bool
    now: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    """What leads from a state to another: a path, and the events beside it, one on a line."""

    path: str
    words: tuple[str, ...]
    x: int
    y: int
    was: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """The whole picture."""

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    way: tuple[str, ...]
    """The states that the exchange went through, in words."""
    width: int = 950
    height: int = 540
    box_height: int = 34
    line_height: int = 14
    """Of words on several lines."""


BOXES: Final[Mapping[State, tuple[int, int, int]]] = {
    State.PENDING: (70, 130, 100),
    State.SENT: (350, 130, 100),
    State.RECEIVED: (680, 130, 120),
    State.DELIVERED: (885, 130, 120),
    State.FAILED: (225, 262, 106),
    State.UNDELIVERABLE: (525, 262, 126),
    State.NOT_FOUND: (350, 376, 110),
    State.EXPIRED: (800, 376, 106),
}
"""Middle and width.  The way of a good exchange is the upper line."""

ARROWS: Final[Mapping[tuple[State, State], tuple[str, int, int]]] = {
    (State.PENDING, State.SENT): ("M120 130H298", 209, 122),
    (State.PENDING, State.RECEIVED): ("M90 113C150 20 600 20 662 111", 376, 34),
    (State.PENDING, State.FAILED): ("M84 147C90 210 120 262 170 262", 154, 178),
    (State.PENDING, State.NOT_FOUND): ("M56 147C60 320 150 376 293 376", 246, 362),
    (State.PENDING, State.UNDELIVERABLE): ("M42 147C10 530 590 530 556 281", 336, 440),
    (State.PENDING, State.EXPIRED): ("M30 147C-40 620 700 560 780 395", 420, 496),
    (State.SENT, State.UNDELIVERABLE): ("M378 147C395 205 440 225 478 243", 462, 196),
    (State.SENT, State.RECEIVED): ("M400 130H618", 509, 122),
    (State.SENT, State.NOT_FOUND): ("M350 147V357", 400, 318),
    (State.SENT, State.FAILED): ("M322 147C305 205 275 222 250 243", 240, 196),
    (State.SENT, State.EXPIRED): ("M400 140C540 165 720 190 780 357", 560, 206),
    (State.RECEIVED, State.DELIVERED): ("M740 130H823", 781, 122),
    (State.RECEIVED, State.EXPIRED): ("M720 147C760 220 800 280 806 357", 826, 250),
    (State.UNDELIVERABLE, State.RECEIVED): ("M588 262C640 262 672 210 678 149", 718, 206),
    (State.UNDELIVERABLE, State.NOT_FOUND): ("M520 279C515 340 470 376 407 376", 462, 396),
    (State.UNDELIVERABLE, State.FAILED): ("M462 262H280", 410, 242),
    (State.UNDELIVERABLE, State.EXPIRED): ("M576 279C610 340 680 376 745 376", 612, 366),
}
"""Path, and the middle of the first word's base line."""


def draw(state: State, steps: Sequence[Step], *, requester_node: str) -> Machine:
    """Draw the machine for an exchange in `state` with these steps, asked by the node `requester_node`."""
    way = way_to(state, [step for step in steps if step.event.node == requester_node])
    taken = set(pairwise(way))
    return Machine(
        boxes=tuple(
            Box(words=words(each), x=x, y=y, width=width, was=each in way, now=each is state)
            for each, (x, y, width) in BOXES.items()
        ),
        arrows=tuple(
            Arrow(path=path, words=_events(start, end), x=x, y=y, was=(start, end) in taken)
            for (start, end), (path, x, y) in ARROWS.items()
        ),
        way=tuple(words(each) for each in way),
    )


def words(state: State) -> str:
    """Name a state for people."""
    return state.value.replace("_", " ")


_NOTICED: Final[Mapping[EventName, State]] = {
    EventName.REQUEST_SENT: State.SENT,
    EventName.AS4_FAILURE: State.UNDELIVERABLE,
}


def way_to(state: State, steps: Sequence[Step]) -> tuple[State, ...]:
    """
    Give the states up to `state`, as far as the requester's own steps tell.

    The journal says what came and not how it was judged, so the last part is the shortest way that the table allows.
    """
    way = [State.PENDING]
    for step in steps:
        following = _NOTICED.get(step.event.name)
        if following is not None and following in AFTER[way[-1]].values():
            way.append(following)
        if step.event.name in {EventName.RESPONSE_RECEIVED, EventName.ERROR_RECEIVED}:
            break
    if state in way:
        return tuple(way[: way.index(state) + 1])
    return (*way, *_shortest(way[-1], state))


def _shortest(start: State, end: State) -> tuple[State, ...]:
    ways: list[tuple[State, ...]] = [()]
    for way in ways:
        here = way[-1] if way else start
        if here is end:
            return way
        ways += [(*way, following) for following in AFTER[here].values() if following not in way]
    return (end,)


def _events(start: State, end: State) -> tuple[str, ...]:
    return tuple(event.value for event, following in AFTER[start].items() if following is end)
