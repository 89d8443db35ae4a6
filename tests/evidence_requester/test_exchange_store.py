"""The stores of journeys, exchanges, documents and answers: what they remember, find, refuse, and whom they wake."""

import asyncio
import time
from dataclasses import replace
from datetime import timedelta

import pytest

from evidence_requester.errors import Conflict
from evidence_requester.exchange import Exchange, Failure, OpenExchange
from evidence_requester.states import Event, State
from evidence_requester.tables import EXCHANGE
from oots.codes import EdmCode
from oots.errors import CallerError, NotFound
from tests.evidence_requester.desks import Desk, NewDesk, a_document, keep
from tests.evidence_requester.exchanges_of_the_story import PDF, an_exchange, new_id

pytestmark = pytest.mark.anyio

SUBMITTABLE = (State.PENDING, State.SENT, State.UNDELIVERABLE)


def move(desk: Desk, exchange: Exchange, event: Event, failure: Failure | None = None) -> None:
    with desk.books.stores.database.writing() as connection:
        desk.books.exchanges.move(connection, exchange.id, event, now=desk.clock(), failure=failure)


# --- journeys ---------------------------------------------------------------------------------------------------------


def test_a_journey_is_found_by_its_id_with_its_subject(desk: Desk) -> None:
    begun = desk.open_journey()

    assert desk.books.journeys.journey(begun.id) == begun
    with pytest.raises(NotFound, match="no journey"):
        desk.books.journeys.journey(new_id())


def test_a_journey_that_is_over_has_no_subject(desk: Desk) -> None:
    begun = desk.open_journey()

    with desk.books.stores.database.writing() as connection:
        desk.books.journeys.end(connection, begun.id, now=desk.clock())

    assert desk.scopes() == []
    with pytest.raises(Conflict, match="the journey is over"):
        desk.books.journeys.journey(begun.id)
    with desk.books.stores.database.writing() as connection, pytest.raises(Conflict):
        desk.books.journeys.lock(connection, begun.id)


# --- exchanges --------------------------------------------------------------------------------------------------------


def test_an_exchange_is_found_by_its_id_and_listed_in_order(desk: Desk) -> None:
    first, second = keep(desk.books, an_exchange()), keep(desk.books, an_exchange())

    found = desk.exchange(second)

    assert (found.id, found.state, found.access_point) == (second.id, State.SENT, second.access_point)
    assert (found.procedure, found.evidence_type, found.specification) == ("S1", "Birth record", "oots-edm:v2.0")
    assert desk.books.exchanges.ids() == (first.id, second.id)
    with pytest.raises(NotFound, match="no exchange"):
        desk.books.exchanges.exchange(new_id())


def test_exchanges_are_counted_by_state(desk: Desk) -> None:
    for state in State:
        keep(desk.books, an_exchange(state))
    keep(desk.books, an_exchange(State.SENT))

    assert desk.books.exchanges.count_by_state() == dict.fromkeys(State, 1) | {State.SENT: 2}


def test_an_answer_is_correlated_by_exchange_id_and_else_by_request_id(desk: Desk) -> None:
    one, other = keep(desk.books, an_exchange()), keep(desk.books, an_exchange())

    def correlated(exchange_id: str | None, request_id: str | None) -> str | None:
        found = desk.books.exchanges.correlate(exchange_id, request_id)
        return found and found.id

    assert correlated(one.id, other.request_id) == one.id
    assert correlated(None, other.request_id) == other.id
    assert correlated(None, other.request_id.upper()) == other.id
    assert correlated(new_id(), other.request_id) is None
    assert correlated(None, f"urn:uuid:{new_id()}") is None
    assert correlated(None, None) is None


@pytest.mark.parametrize("state", State)
def test_what_was_asked_is_known_as_long_as_an_answer_would_be_one(desk: Desk, state: State) -> None:
    exchange = keep(desk.books, an_exchange(state))

    found = desk.books.exchanges.correlate(exchange.id, None)

    assert isinstance(found, OpenExchange) == (state in SUBMITTABLE) == state.is_unanswered
    assert (desk.books.exchanges.prepared(exchange.id) is not None) == state.is_unanswered
    if isinstance(found, OpenExchange):
        assert found == replace(exchange, state=state)
    (row,) = desk.rows(EXCHANGE)
    assert (row.settled_at is None) == (not state.is_settled)


def test_a_move_changes_state_and_failure_together(desk: Desk) -> None:
    exchange = keep(desk.books, an_exchange())
    failure = Failure(code="not_matched", edm_code=EdmCode.OBJECT_NOT_FOUND, detail="nobody")

    move(desk, exchange, Event.ERROR_CAME, failure)

    moved = desk.exchange(exchange)
    assert (moved.state, moved.failure) == (State.FAILED, failure)


def test_a_move_that_cannot_be_leaves_everything_as_it_was(desk: Desk) -> None:
    exchange = keep(desk.books, an_exchange(State.FAILED, failure=Failure(code="not_matched")))
    before = desk.rows(EXCHANGE)

    with pytest.raises(CallerError, match="failed cannot take 'evidence came'"):
        move(desk, exchange, Event.EVIDENCE_CAME)

    assert desk.rows(EXCHANGE) == before


def test_that_a_request_was_sent_is_noted_once(desk: Desk) -> None:
    exchange = keep(desk.books, an_exchange(State.PENDING))

    def note() -> bytes | None:
        with desk.books.stores.database.writing() as connection:
            return desk.books.exchanges.note_sent(connection, exchange.id, now=desk.clock())

    first, second = note(), note()

    prepared = desk.books.exchanges.prepared(exchange.id)
    assert prepared is not None
    assert (first, second) == (prepared.document, None)


# --- documents --------------------------------------------------------------------------------------------------------


def test_documents_are_told_in_order_and_opened_by_number(desk: Desk) -> None:
    exchange = keep(desk.books, an_exchange(State.RECEIVED), PDF, b"a second one")

    first, second = desk.exchange(exchange).documents
    told, content = desk.books.documents.open(exchange.id, 1)

    assert first == a_document(sha256=first.sha256)
    assert second == told
    assert (content.read(), content.size, second.size) == (b"a second one", 12, 12)
    for number in (-1, 2):
        with pytest.raises(NotFound, match="no such document"):
            desk.books.documents.open(exchange.id, number)


def test_documents_that_were_erased_are_gone_with_their_key(desk: Desk) -> None:
    exchange = keep(desk.books, an_exchange(State.RECEIVED), PDF)
    assert desk.scopes() == ["evidence", "exchange", "journey"]

    with desk.books.stores.database.writing() as connection:
        assert desk.books.documents.erase(connection, exchange.id) == 1
        assert desk.books.documents.erase(connection, exchange.id) == 0

    assert desk.scopes() == ["exchange", "journey"]
    assert desk.exchange(exchange).documents == ()
    with pytest.raises(NotFound, match="handed over before"):
        desk.books.documents.open(exchange.id, 0)


# --- waiting ----------------------------------------------------------------------------------------------------------


async def test_who_waits_is_woken_by_the_answer_and_by_nothing_before(desk: Desk) -> None:
    exchange = keep(desk.books, an_exchange(State.PENDING))
    waiting = asyncio.create_task(desk.books.exchanges.wait_until_answered(exchange.id, seconds=10))
    await asyncio.sleep(0.05)

    await asyncio.to_thread(move, desk, exchange, Event.GATEWAY_ACCEPTED)
    await asyncio.sleep(0.05)
    assert not waiting.done()
    started = time.monotonic()
    await asyncio.to_thread(move, desk, exchange, Event.NOTHING_RELEASED)

    assert (await waiting).state is State.NOT_FOUND
    assert time.monotonic() - started < 0.5


async def test_who_waits_notices_what_another_process_did(new_desk: NewDesk) -> None:
    desk, other = new_desk(), new_desk()
    exchange = keep(desk.books, an_exchange())
    waiting = asyncio.create_task(desk.books.exchanges.wait_until_answered(exchange.id, seconds=10))
    await asyncio.sleep(0.05)
    started = time.monotonic()

    await asyncio.to_thread(move, other, exchange, Event.NOTHING_RELEASED)

    assert (await waiting).state is State.NOT_FOUND
    assert time.monotonic() - started < 3


async def test_who_waits_in_vain_gets_the_exchange_as_it_is(desk: Desk) -> None:
    exchange = keep(desk.books, an_exchange())

    for seconds in (0.0, 0.02):
        assert (await desk.books.exchanges.wait_until_answered(exchange.id, seconds=seconds)).state is State.SENT


@pytest.mark.parametrize("state", sorted(set(State) - {State.PENDING, State.SENT}, key=str))
async def test_nobody_waits_for_what_was_answered(desk: Desk, state: State) -> None:
    exchange = keep(desk.books, an_exchange(state))
    started = time.monotonic()

    assert (await desk.books.exchanges.wait_until_answered(exchange.id, seconds=10)).state is state

    assert time.monotonic() - started < 1


async def test_nobody_waits_for_an_exchange_that_is_not_there(desk: Desk) -> None:
    with pytest.raises(NotFound):
        await desk.books.exchanges.wait_until_answered(new_id(), seconds=10)


async def test_who_waits_is_let_go_when_the_requester_stops(desk: Desk) -> None:
    exchange = keep(desk.books, an_exchange())
    waiting = asyncio.create_task(desk.books.exchanges.wait_until_answered(exchange.id, seconds=10))
    await asyncio.sleep(0.05)

    await desk.books.exchanges.let_go()

    async with asyncio.timeout(1):
        assert (await waiting).state is State.SENT
        assert (await desk.books.exchanges.wait_until_answered(exchange.id, seconds=10)).state is State.SENT


# --- forgetting -------------------------------------------------------------------------------------------------------


def test_only_what_is_over_is_forgotten(desk: Desk) -> None:
    over, not_over = keep(desk.books, an_exchange(State.FAILED)), keep(desk.books, an_exchange())
    later = desk.clock() + timedelta(seconds=1)
    with desk.books.stores.database.writing() as connection:
        desk.books.exchanges.end(connection, over.id, now=later)
        for exchange in (over, not_over):
            desk.books.journeys.end(connection, exchange.conversation_id, now=later)

        assert desk.books.journeys.purge(connection, later) == 0
        assert desk.books.exchanges.purge(connection, desk.clock()) == 0
        assert desk.books.exchanges.purge(connection, later) == 1
        assert desk.books.journeys.purge(connection, later) == 1

    assert desk.books.exchanges.ids() == (not_over.id,)
