from itertools import product

import pytest

from gateway.states import (
    AFTER,
    DeliveredBefore,
    Event,
    NoAnswer,
    Posting,
    ReceiptAccepted,
    Refused,
    State,
    TemporaryError,
    WindowClosed,
    after,
)

EVENTS: list[Event] = [
    Posting(),
    ReceiptAccepted(soap=b""),
    DeliveredBefore(detail=""),
    NoAnswer(code="", detail=""),
    TemporaryError(code="", detail=""),
    Refused(code="", detail=""),
    WindowClosed(code="", detail=""),
]


def test_a_message_that_gets_its_receipt_goes_straight_through() -> None:
    sending = after(State.SUBMITTED, Posting())

    assert after(sending, ReceiptAccepted(soap=b"")) is State.ACKNOWLEDGED


def test_a_message_without_receipt_is_tried_again_until_the_window_closes() -> None:
    waiting = after(State.SENDING, NoAnswer(code="", detail=""))

    assert waiting is State.AWAITING_RETRY
    assert after(waiting, Posting()) is State.SENDING
    assert after(waiting, WindowClosed(code="", detail="")) is State.FAILED


@pytest.mark.parametrize(("state", "event"), list(product(State, EVENTS)))
def test_what_is_not_in_the_table_cannot_happen(state: State, event: Event) -> None:
    if type(event) in AFTER[state]:
        assert after(state, event) is AFTER[state][type(event)]
    else:
        with pytest.raises(ValueError, match=f"cannot happen to a message that is {state.value}"):
            after(state, event)


def test_what_is_over_stays_over() -> None:
    assert AFTER[State.ACKNOWLEDGED] == AFTER[State.FAILED] == {}


def test_every_state_can_be_reached_and_every_other_one_left() -> None:
    reached = {state for row in AFTER.values() for state in row.values()}

    assert reached == set(State) - {State.SUBMITTED}
    assert {state for state, row in AFTER.items() if row} == {State.SUBMITTED, State.SENDING, State.AWAITING_RETRY}
