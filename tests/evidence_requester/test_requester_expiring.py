"""What a requester ends when its time is over: exchanges after a day, journeys after an hour, and not before."""

from datetime import timedelta
from pathlib import Path

import pytest

from evidence_requester.errors import Conflict
from evidence_requester.exchange import Exchange
from evidence_requester.expiring import AGAIN, LONGEST_JOURNEY
from evidence_requester.states import State
from evidence_requester.tables import DOCUMENT, EXCHANGE, JOB, JOURNEY
from oots.errors import NotFound, OperatorError, QueryFailure
from oots.journal.events import EventName
from oots.work import State as JobState
from tests.evidence_requester.desks import DAY, Desk, blobs_in
from tests.evidence_requester.exchanges_of_the_story import a_response, an_error

AWAY = OperatorError("the gateway does not answer")
MOMENT = timedelta(seconds=1)


def expire(desk: Desk) -> list[JobState]:
    """Let the job of every exchange come up."""
    desk.hurry()
    return desk.work("expire")


def end_journeys(desk: Desk) -> list[JobState]:
    """Let the job of every journey come up."""
    desk.hurry()
    return desk.work("end_journey")


def rests_for(desk: Desk, kind: str) -> timedelta:
    (job,) = desk.jobs_of(kind)
    with desk.books.stores.database.reading() as connection:
        return timedelta(seconds=round((job.run_at - desk.books.stores.database.now(connection)).total_seconds()))


def failure_code(desk: Desk, exchange: Exchange) -> str | None:
    failure = desk.exchange(exchange).failure
    return failure and failure.code


def received(desk: Desk) -> Exchange:
    exchange = desk.sent()
    desk.take(exchange, a_response(exchange))
    desk.work("judge")
    return exchange


def test_evidence_that_nobody_fetches_is_erased_a_day_after_it_came(desk: Desk, quick_folder: Path) -> None:
    exchange = desk.sent()
    assert rests_for(desk, "expire") == DAY
    desk.clock.now += timedelta(hours=3)
    desk.take(exchange, a_response(exchange))
    desk.work("judge")

    desk.clock.now += DAY - MOMENT
    assert expire(desk) == [JobState.WAITING]
    assert rests_for(desk, "expire") == MOMENT
    assert (desk.state(exchange), len(blobs_in(quick_folder))) == (State.RECEIVED, 1)

    desk.clock.now += MOMENT
    assert expire(desk) == [JobState.GONE]
    assert (desk.state(exchange), failure_code(desk, exchange)) == (State.EXPIRED, "not_fetched")
    assert (desk.rows(DOCUMENT), blobs_in(quick_folder), desk.scopes()) == ([], [], ["journey"])
    assert desk.names()[-1] is EventName.EVIDENCE_DELETED
    assert desk.events[-1].facts == {"documents": "1"}
    with pytest.raises(NotFound):
        desk.books.documents.open(exchange.id, 0)


def test_a_request_to_which_no_answer_comes_is_erased_after_a_day_and_a_late_answer_is_none(desk: Desk) -> None:
    exchange = desk.sent()

    desk.clock.now += DAY
    assert expire(desk) == [JobState.GONE]

    assert (desk.state(exchange), failure_code(desk, exchange)) == (State.EXPIRED, "timeout")
    assert desk.names()[-1] is EventName.EXCHANGE_EXPIRED
    assert desk.scopes() == ["journey"]
    desk.take(exchange, a_response(exchange))
    desk.work("judge")
    assert desk.state(exchange) is State.EXPIRED
    assert desk.events[-1].facts == {"reason": "the answer comes too late: what was asked is deleted"}
    assert desk.look_again() == [JobState.GONE]


def test_an_undeliverable_request_waits_a_day_for_the_answer_that_refutes_it(desk: Desk) -> None:
    desk.access_point.faults = [AWAY] * 3
    exchange = desk.ask()
    desk.work("send")

    desk.clock.now += DAY
    expire(desk)

    assert (desk.state(exchange), failure_code(desk, exchange)) == (State.EXPIRED, "undeliverable")
    assert desk.names()[-1] is EventName.EXCHANGE_EXPIRED


def test_what_a_provider_said_is_erased_after_a_day_and_our_word_for_it_stays(desk: Desk) -> None:
    exchange = desk.sent()
    desk.take(exchange, an_error(exchange, QueryFailure("down")))
    desk.work("judge")
    before = desk.names()

    desk.clock.now += DAY
    expire(desk)

    failure = desk.exchange(exchange).failure
    assert failure is not None
    assert (desk.state(exchange), failure.code, failure.detail) == (State.FAILED, "provider_error", None)
    assert desk.names() == before
    assert desk.scopes() == ["journey"]
    assert desk.rows(EXCHANGE)[0].ended_at == desk.clock.now


def test_nothing_is_left_to_be_ended_of_what_the_procedure_has(desk: Desk) -> None:
    exchange = received(desk)
    desk.handover.acknowledge(exchange.id)
    before = desk.names()

    assert expire(desk) == [JobState.GONE]

    assert (desk.state(exchange), desk.names()) == (State.DELIVERED, before)


def test_a_journey_without_exchanges_is_over_after_an_hour(desk: Desk) -> None:
    begun = desk.open_journey()
    assert rests_for(desk, "end_journey") == LONGEST_JOURNEY == timedelta(minutes=62)

    desk.clock.now += LONGEST_JOURNEY - MOMENT
    assert end_journeys(desk) == [JobState.WAITING]
    assert desk.books.journeys.journey(begun.id) == begun

    desk.clock.now += MOMENT
    assert end_journeys(desk) == [JobState.GONE]
    assert desk.scopes() == desk.rows(JOB) == []
    with pytest.raises(Conflict, match="the journey is over"):
        desk.ask(begun.id)


def test_a_journey_is_not_over_while_an_exchange_waits_for_its_answer(desk: Desk) -> None:
    exchange = desk.sent()
    desk.clock.now += LONGEST_JOURNEY

    assert end_journeys(desk) == [JobState.WAITING]
    assert rests_for(desk, "end_journey") == AGAIN
    assert desk.books.journeys.journey(exchange.conversation_id)

    desk.take(exchange, a_response(exchange))
    desk.work("judge")
    assert end_journeys(desk) == [JobState.GONE]
    assert [row.subject for row in desk.rows(JOURNEY)] == [None]
    assert desk.state(exchange) is State.RECEIVED


def test_the_button_of_a_journey_that_is_over_still_gives_its_exchange(desk: Desk) -> None:
    begun = desk.open_journey()
    exchange = desk.ask(begun.id, idempotency_key="button")
    desk.take(exchange, an_error(exchange, QueryFailure("down")))
    desk.work("judge")
    desk.clock.now += LONGEST_JOURNEY
    end_journeys(desk)

    with pytest.raises(Conflict):
        desk.click(begun.id, idempotency_key="another button")

    assert desk.click(begun.id, idempotency_key="button").id == exchange.id
