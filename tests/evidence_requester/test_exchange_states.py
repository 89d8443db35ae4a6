"""The life of an exchange: every event in every state."""

from itertools import product

import pytest

from evidence_requester.states import AFTER, Event, State, after
from oots.errors import CallerError

UNANSWERED = {
    Event.EVIDENCE_CAME: State.RECEIVED,
    Event.NOTHING_RELEASED: State.NOT_FOUND,
    Event.ERROR_CAME: State.FAILED,
    Event.ANSWER_REFUSED: State.FAILED,
    Event.TIME_RAN_OUT: State.EXPIRED,
}
EXPECTED = {
    (State.PENDING, Event.GATEWAY_ACCEPTED): State.SENT,
    (State.PENDING, Event.GATEWAY_REFUSED): State.FAILED,
    (State.PENDING, Event.SENDING_FAILED): State.UNDELIVERABLE,
    (State.SENT, Event.SENDING_FAILED): State.UNDELIVERABLE,
    (State.RECEIVED, Event.ACKNOWLEDGED): State.DELIVERED,
    (State.RECEIVED, Event.TIME_RAN_OUT): State.EXPIRED,
} | {
    (state, event): following
    for state in (State.PENDING, State.SENT, State.UNDELIVERABLE)
    for event, following in UNANSWERED.items()
}


@pytest.mark.parametrize(("state", "event"), list(product(State, Event)))
def test_every_event_in_every_state_leads_somewhere_or_is_refused(state: State, event: Event) -> None:
    following = EXPECTED.get((state, event))

    if following is not None:
        assert after(state, event) is following
    else:
        with pytest.raises(CallerError, match=f"an exchange that is {state.value} cannot take '{event.value}'"):
            after(state, event)


def test_every_state_has_its_row() -> None:
    assert set(AFTER) == set(State)


def test_final_is_what_nothing_can_follow() -> None:
    final = {State.DELIVERED, State.NOT_FOUND, State.FAILED, State.EXPIRED}

    assert {state for state in State if state.is_final} == final


def test_only_what_was_not_answered_takes_an_answer() -> None:
    assert {state for state in State if state.is_unanswered} == {State.PENDING, State.SENT, State.UNDELIVERABLE}


def test_nobody_waits_for_what_is_settled() -> None:
    assert {state for state in State if not state.is_settled} == {State.PENDING, State.SENT}


def test_portals_are_told_the_words_of_the_contract() -> None:
    assert {state.value for state in State} == {
        "pending",
        "sent",
        "available",
        "delivered",
        "not_found",
        "failed",
        "undeliverable",
        "expired",
    }
