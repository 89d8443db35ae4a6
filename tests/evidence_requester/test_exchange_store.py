"""The store of journeys and exchanges: what it remembers, finds, refuses, and whom it wakes."""

import asyncio
import time
from dataclasses import replace

import pytest

from evidence_requester.exchange import Failure
from evidence_requester.exchanges import Exchanges
from evidence_requester.states import Event, State
from oots.errors import CallerError, NotFound
from tests.evidence_requester.exchanges_of_the_story import an_exchange, journey, new_id

pytestmark = pytest.mark.anyio


def a_store() -> Exchanges:
    return Exchanges(max_exchanges=3)


async def test_a_journey_is_found_by_its_id() -> None:
    store, begun = a_store(), journey()

    store.open_journey(begun)

    assert store.journey(begun.id) == begun
    with pytest.raises(NotFound, match="no journey"):
        store.journey(new_id())


async def test_an_exchange_is_found_by_its_id_and_listed_in_order() -> None:
    store, first, second = a_store(), an_exchange(), an_exchange()

    store.open(first)
    store.open(second)

    assert store.exchange(second.id) == second
    assert store.ids() == (first.id, second.id)
    with pytest.raises(NotFound, match="no exchange"):
        store.exchange(new_id())


async def test_there_is_room_for_so_many_and_no_more() -> None:
    store = a_store()
    for _ in range(3):
        store.open_journey(journey())
        store.open(an_exchange())

    with pytest.raises(CallerError, match="too many journeys"):
        store.open_journey(journey())
    with pytest.raises(CallerError, match="too many exchanges"):
        store.open(an_exchange())


async def test_an_answer_is_correlated_by_exchange_id_and_else_by_request_id() -> None:
    store, one, other = a_store(), an_exchange(), an_exchange()
    store.open(one)
    store.open(other)

    assert store.correlate(one.id, other.request.id) == one
    assert store.correlate(None, other.request.id) == other
    assert store.correlate(None, other.request.id.upper()) == other
    assert store.correlate(new_id(), other.request.id) is None
    assert store.correlate(None, f"urn:uuid:{new_id()}") is None
    assert store.correlate(None, None) is None


async def test_a_move_changes_state_and_content_together() -> None:
    store, exchange = a_store(), an_exchange()
    store.open(exchange)
    failure = Failure(code="not_matched")

    moved = await store.move(exchange.id, Event.ERROR_CAME, lambda item: replace(item, failure=failure))

    assert moved == store.exchange(exchange.id) == replace(exchange, state=State.FAILED, failure=failure)


async def test_a_move_that_cannot_be_leaves_everything_as_it_was() -> None:
    store, exchange = a_store(), an_exchange(State.FAILED)
    store.open(exchange)

    with pytest.raises(CallerError, match="failed cannot take 'evidence came'"):
        await store.move(exchange.id, Event.EVIDENCE_CAME, lambda item: replace(item, failure=None))

    assert store.exchange(exchange.id) == exchange


async def test_only_requests_on_their_way_are_watched() -> None:
    store = Exchanges(max_exchanges=10)
    for state in State:
        store.open(an_exchange(state))

    assert {exchange.state for exchange in await store.waiting()} == {State.SENT}


async def test_who_waits_is_woken_by_the_answer_and_by_nothing_before() -> None:
    store, exchange = a_store(), an_exchange(State.PENDING)
    store.open(exchange)
    waiting = asyncio.create_task(store.wait_until_answered(exchange.id, seconds=10))

    await store.move(exchange.id, Event.GATEWAY_ACCEPTED)
    await asyncio.sleep(0.01)
    assert not waiting.done()
    await store.move(exchange.id, Event.NOTHING_RELEASED)

    assert (await waiting).state is State.NOT_FOUND


async def test_who_waits_in_vain_gets_the_exchange_as_it_is() -> None:
    store, exchange = a_store(), an_exchange()
    store.open(exchange)

    for seconds in (0.0, 0.02):
        assert await store.wait_until_answered(exchange.id, seconds=seconds) == exchange


@pytest.mark.parametrize("state", sorted(set(State) - {State.PENDING, State.SENT}, key=str))
async def test_nobody_waits_for_what_was_answered(state: State) -> None:
    store, exchange = a_store(), an_exchange(state)
    store.open(exchange)
    started = time.monotonic()

    assert await store.wait_until_answered(exchange.id, seconds=10) == exchange

    assert time.monotonic() - started < 1


async def test_nobody_waits_for_an_exchange_that_is_not_there() -> None:
    with pytest.raises(NotFound):
        await a_store().wait_until_answered(new_id(), seconds=10)


async def test_who_waits_is_let_go_when_the_requester_stops() -> None:
    store, exchange = a_store(), an_exchange()
    store.open(exchange)
    waiting = asyncio.create_task(store.wait_until_answered(exchange.id, seconds=10))
    await asyncio.sleep(0.01)

    await store.let_go()

    async with asyncio.timeout(1):
        assert await waiting == exchange
        assert await store.wait_until_answered(exchange.id, seconds=10) == exchange
