import re
from datetime import UTC, datetime
from itertools import combinations

import pytest

from evidence_requester.states import AFTER, State
from oots.cli.demo.machine import ARROWS, BOXES, draw, way_to
from oots.cli.demo.timeline import Step
from oots.journal.events import Component, Event, EventName

NODE = "AP_PT_DEMO"


def steps(*names: EventName, node: str = NODE) -> list[Step]:
    at = datetime(2026, 11, 25, 10, 42, tzinfo=UTC)
    events = [Event(at=at, node=node, component=Component.REQUESTER, name=name) for name in names]
    return [Step(number=number, at_ms=0.0, event=event) for number, event in enumerate(events, 1)]


def ends(path: str) -> tuple[tuple[float, float], tuple[float, float]]:
    """Give where a path of M, C, H and V begins and stops."""
    x = y = 0.0
    points = []
    for command, rest in re.findall(r"([MCHV])([^MCHV]*)", path):
        numbers = [float(number) for number in rest.split()]
        x, y = (numbers[0], y) if command == "H" else (x, numbers[0]) if command == "V" else (numbers[-2], numbers[-1])
        points.append((x, y))
    return points[0], points[-1]


def gap(state: State, point: tuple[float, float]) -> float:
    """Give how far a point is from the box of a state; below zero inside."""
    x, y, width = BOXES[state]
    height = draw(State.PENDING, [], requester_node=NODE).box_height
    return max(abs(point[0] - x) - width / 2, abs(point[1] - y) - height / 2)


def test_every_state_of_the_table_is_drawn() -> None:
    assert set(BOXES) == set(AFTER) == set(State)


def test_every_transition_of_the_table_is_drawn_and_no_other() -> None:
    assert set(ARROWS) == {(state, following) for state, events in AFTER.items() for following in events.values()}


def test_every_event_stands_beside_its_arrow() -> None:
    drawn = [words for arrow in draw(State.PENDING, [], requester_node=NODE).arrows for words in arrow.words]

    assert sorted(drawn) == sorted(event.value for events in AFTER.values() for event in events)


@pytest.mark.parametrize("transition", ARROWS)
def test_an_arrow_leads_from_its_state_to_the_one_that_follows(transition: tuple[State, State]) -> None:
    path, _, _ = ARROWS[transition]
    start, end = ends(path)

    assert gap(transition[0], start) == 0
    assert 0 <= gap(transition[1], end) <= 3


def test_no_state_covers_another_and_all_are_on_the_paper() -> None:
    machine = draw(State.PENDING, [], requester_node=NODE)

    for one, other in combinations(machine.boxes, 2):
        apart = abs(one.x - other.x) > (one.width + other.width) / 2 or abs(one.y - other.y) > machine.box_height
        assert apart, (one.words, other.words)
    assert all(box.width / 2 < box.x < machine.width - box.width / 2 for box in machine.boxes)
    assert all(0 < arrow.y < machine.height - (len(arrow.words) - 1) * machine.line_height for arrow in machine.arrows)


@pytest.mark.parametrize(
    ("state", "names", "way"),
    [
        (State.PENDING, (), "pending"),
        (State.SENT, (EventName.REQUEST_SENT,), "pending sent"),
        (
            State.DELIVERED,
            (EventName.REQUEST_SENT, EventName.RESPONSE_RECEIVED, EventName.EVIDENCE_DELIVERED),
            "pending sent available delivered",
        ),
        (State.NOT_FOUND, (EventName.REQUEST_SENT, EventName.RESPONSE_RECEIVED), "pending sent not_found"),
        (State.FAILED, (EventName.REQUEST_SENT, EventName.ERROR_RECEIVED), "pending sent failed"),
        (State.FAILED, (EventName.REQUEST_REFUSED,), "pending failed"),
        (State.UNDELIVERABLE, (EventName.REQUEST_SENT, EventName.AS4_FAILURE), "pending sent undeliverable"),
        # The answer overtook the reply of our own gateway.
        (State.RECEIVED, (EventName.RESPONSE_RECEIVED, EventName.REQUEST_SENT), "pending available"),
        # The receipt was lost, the request was not.
        (
            State.RECEIVED,
            (EventName.REQUEST_SENT, EventName.AS4_FAILURE, EventName.RESPONSE_RECEIVED),
            "pending sent undeliverable available",
        ),
        # Our access point gave up a moment ago; the requester has not looked yet.
        (State.SENT, (EventName.REQUEST_SENT, EventName.AS4_FAILURE), "pending sent"),
    ],
)
def test_the_way_of_an_exchange_is_read_from_its_steps(state: State, names: tuple[EventName, ...], way: str) -> None:
    assert " ".join(each.value for each in way_to(state, steps(*names))) == way


def test_what_failed_on_the_other_side_is_no_state_of_ours() -> None:
    ours = steps(EventName.REQUEST_SENT)
    theirs = steps(EventName.AS4_FAILURE, node="AP_FI_DEMO")

    assert draw(State.SENT, [*ours, *theirs], requester_node=NODE).way == ("pending", "sent")


def test_the_way_is_marked_and_the_present_state_is_one() -> None:
    machine = draw(State.NOT_FOUND, steps(EventName.REQUEST_SENT, EventName.RESPONSE_RECEIVED), requester_node=NODE)

    assert {box.words for box in machine.boxes if box.was} == {"pending", "sent", "not found"}
    assert [box.words for box in machine.boxes if box.now] == ["not found"]
    assert [arrow.words for arrow in machine.arrows if arrow.was] == [("gateway accepted",), ("nothing released",)]
