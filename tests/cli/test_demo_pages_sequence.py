from datetime import UTC, datetime

import pytest

from oots.cli.demo.sequence import Lane, heads, hops, steps_of
from oots.cli.demo.timeline import Step
from oots.journal.events import Component, Event, EventName

ASKS, ANSWERS = "AP_PT_DEMO", "AP_FI_DEMO"
REQUEST, RESPONSE = "m1@alpha", "m2@beta"


def a_step(
    number: int,
    name: EventName,
    node: str,
    component: Component = Component.GATEWAY,
    *,
    message_id: str | None = None,
    exchange_id: str | None = "x1",
    conversation_id: str | None = None,
    documents: dict[str, bytes] | None = None,
) -> Step:
    event = Event(
        at=datetime(2026, 11, 25, 10, 42, tzinfo=UTC),
        node=node,
        component=component,
        name=name,
        message_id=message_id,
        conversation_id=conversation_id,
        exchange_id=exchange_id,
        action="ExecuteQueryRequest" if message_id == REQUEST else "ExecuteQueryResponse",
        documents=documents or {},
    )
    return Step(number=number, at_ms=float(number), event=event)


STORY = (
    a_step(1, EventName.EXPLICIT_REQUEST_GIVEN, ASKS, Component.REQUESTER),
    a_step(2, EventName.AS4_SUBMITTED, ASKS, message_id=REQUEST),
    a_step(3, EventName.AS4_SENT, ASKS, message_id=REQUEST),
    a_step(4, EventName.AS4_RECEIVED, ANSWERS, message_id=REQUEST),
    a_step(5, EventName.AS4_RECEIPT, ASKS, message_id=REQUEST),
    a_step(6, EventName.REQUEST_RECEIVED, ANSWERS, Component.PROVIDER, message_id=REQUEST),
    a_step(7, EventName.IDENTITY_MATCH, ANSWERS, Component.PROVIDER, message_id=REQUEST),
    a_step(8, EventName.EVIDENCE_ISSUED, ANSWERS, Component.PROVIDER, message_id=REQUEST),
    a_step(9, EventName.AS4_SUBMITTED, ANSWERS, message_id=RESPONSE),
    a_step(10, EventName.AS4_DELIVERED, ANSWERS, message_id=REQUEST),
    a_step(11, EventName.AS4_SENT, ANSWERS, message_id=RESPONSE),
    a_step(12, EventName.AS4_RECEIPT, ANSWERS, message_id=RESPONSE),
    a_step(13, EventName.RESPONSE_RECEIVED, ASKS, Component.REQUESTER, message_id=RESPONSE),
    a_step(14, EventName.EVIDENCE_DELIVERED, ASKS, Component.REQUESTER),
)


def test_an_exchange_is_drawn_as_arrows_between_those_who_took_part() -> None:
    arrows = [(hop.start, hop.end, hop.words) for hop in hops(STORY, requester_node=ASKS) if not hop.is_state]

    assert arrows == [
        (Lane.PERSON, Lane.REQUESTER, "Explicit request"),
        (Lane.REQUESTER, Lane.REQUESTER_ACCESS_POINT, "Submit"),
        (Lane.REQUESTER_ACCESS_POINT, Lane.PROVIDER_ACCESS_POINT, "ExecuteQueryRequest"),
        (Lane.PROVIDER_ACCESS_POINT, Lane.REQUESTER_ACCESS_POINT, "Receipt"),
        (Lane.PROVIDER_ACCESS_POINT, Lane.PROVIDER, "Deliver"),
        (Lane.PROVIDER, Lane.REGISTER, "Who is it?"),
        (Lane.REGISTER, Lane.PROVIDER, "Document"),
        (Lane.PROVIDER, Lane.PROVIDER_ACCESS_POINT, "Submit"),
        (Lane.PROVIDER, Lane.PROVIDER_ACCESS_POINT, "Taken over"),
        (Lane.PROVIDER_ACCESS_POINT, Lane.REQUESTER_ACCESS_POINT, "ExecuteQueryResponse"),
        (Lane.REQUESTER_ACCESS_POINT, Lane.PROVIDER_ACCESS_POINT, "Receipt"),
        (Lane.REQUESTER_ACCESS_POINT, Lane.REQUESTER, "Deliver"),
        (Lane.REQUESTER, Lane.PERSON, "Document"),
    ]


def test_states_stand_in_the_lane_of_whoever_has_them() -> None:
    states = [(hop.start, hop.words) for hop in hops(STORY, requester_node=ASKS) if hop.is_state]

    assert states == [
        (Lane.REQUESTER, "pending"),
        (Lane.PROVIDER_ACCESS_POINT, "verified, kept"),
        (Lane.REQUESTER, "delivered"),
    ]


def test_only_what_a_person_does_or_sees_is_theirs() -> None:
    theirs = [hop.step.number for hop in hops(STORY, requester_node=ASKS) if hop.by_person]

    assert theirs == [1, 14]


@pytest.mark.parametrize("component", Component)
@pytest.mark.parametrize("name", EventName)
def test_whatever_happens_anywhere_is_in_the_picture(name: EventName, component: Component) -> None:
    assert hops([a_step(1, name, ANSWERS, component)], requester_node=ASKS)


def test_the_arrow_of_a_message_carries_what_either_end_saw_of_it_once() -> None:
    steps = [
        a_step(
            1, EventName.REQUEST_SENT, ASKS, Component.REQUESTER, message_id=REQUEST, documents={"request.xml": b"<r/>"}
        ),
        a_step(2, EventName.AS4_SENT, ASKS, message_id=REQUEST, documents={"envelope.xml": b"<e/>"}),
        a_step(3, EventName.AS4_RECEIVED, ANSWERS, message_id=REQUEST, documents={"received.xml": b"<e/>"}),
        a_step(4, EventName.AS4_RECEIPT, ASKS, message_id=REQUEST, documents={"receipt.xml": b"<s/>"}),
        a_step(5, EventName.AS4_SENT, ANSWERS, message_id=RESPONSE, documents={"envelope.xml": b"<o/>"}),
    ]

    carries = {
        hop.step.number: [(item.step_number, item.name) for item in hop.carries]
        for hop in hops(steps, requester_node=ASKS)
    }

    assert carries == {
        1: [],
        2: [(1, "request.xml"), (2, "envelope.xml")],
        3: [],
        4: [(4, "receipt.xml")],
        5: [(5, "envelope.xml")],
    }


def test_a_receipt_without_exchange_belongs_to_the_exchange_of_its_message() -> None:
    steps = [
        a_step(1, EventName.AS4_SENT, ASKS, message_id=REQUEST),
        a_step(2, EventName.AS4_RECEIPT, ASKS, message_id=REQUEST, exchange_id=None),
        a_step(3, EventName.AS4_RECEIPT, ASKS, message_id="m9@alpha", exchange_id=None),
        a_step(4, EventName.EXPLICIT_REQUEST_GIVEN, ASKS, Component.REQUESTER, exchange_id="x2"),
        a_step(5, EventName.MESSAGE_UNREADABLE, ASKS, Component.REQUESTER, exchange_id=None),
    ]

    assert [step.number for step in steps_of("x1", steps)] == [1, 2]


def test_in_a_line_without_exchange_ids_the_conversation_holds_an_exchange_together() -> None:
    steps = [
        a_step(1, EventName.REQUEST_SENT, ASKS, Component.REQUESTER, conversation_id="c1"),
        a_step(2, EventName.AS4_RECEIVED, ASKS, message_id=RESPONSE, exchange_id=None, conversation_id="c1"),
        a_step(3, EventName.AS4_RECEIVED, ASKS, message_id="m9@alpha", exchange_id=None, conversation_id="c2"),
        a_step(4, EventName.REQUEST_SENT, ASKS, Component.REQUESTER, exchange_id="x2", conversation_id="c2"),
    ]

    assert [step.number for step in steps_of("x1", steps)] == [1, 2]


def test_every_lane_has_a_head() -> None:
    assert set(heads(requester_country="Portugal", provider_country="Finland")) == set(Lane)
