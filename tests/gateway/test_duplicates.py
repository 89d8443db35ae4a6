import asyncio
from collections.abc import AsyncIterator

import pytest
from gateway_nodes import FINLAND, PORTUGAL, Node, World, error_in, node, packed, post, settings_of

from oots.as4 import Accepted, Packed, read_answer
from oots.ebms.messages import PartyId
from oots.journal.events import EventName
from oots.net.client import PostResult

pytestmark = pytest.mark.anyio

ACTIONS = ["ExecuteQueryRequest"]


@pytest.fixture
async def finland(world: World, ports: dict[PartyId, int]) -> AsyncIterator[Node]:
    async with node(settings_of(world, FINLAND, ports)) as finland:
        yield finland


def is_receipt(world: World, result: PostResult, sent: Packed) -> bool:
    on_file = [world.identities[FINLAND].keys.certificate]
    answer = read_answer(result.content_type, result.body, sent=sent, on_file=on_file, now=sent.message.timestamp)
    return isinstance(answer, Accepted)


async def test_a_duplicate_gets_the_first_receipt_and_is_delivered_once(world: World, finland: Node) -> None:
    message = packed(world)

    first, second = [await post(world, finland.address, message) for _ in range(2)]

    assert first == second
    assert is_receipt(world, first, message)
    assert len(await finland.client.deliveries(ACTIONS, wait=0)) == 1
    assert [event.name for event in finland.events] == [EventName.AS4_RECEIVED, EventName.AS4_DUPLICATE]


async def test_twenty_copies_at_once_are_one_delivery_and_one_receipt(world: World, finland: Node) -> None:
    message = packed(world)

    answers = await asyncio.gather(*(post(world, finland.address, message) for _ in range(20)))

    assert len({answer.body for answer in answers}) == 1
    assert is_receipt(world, answers[0], message)
    assert len(await finland.client.deliveries(ACTIONS, wait=0)) == 1
    assert len(finland.happened(EventName.AS4_RECEIVED)) == 1
    assert len(finland.happened(EventName.AS4_DUPLICATE)) == 19


async def test_a_copy_that_comes_after_delivery_changes_nothing(world: World, finland: Node) -> None:
    message = packed(world)
    first = await post(world, finland.address, message)
    await finland.client.acknowledge(message.message.message_id)

    assert await post(world, finland.address, message) == first
    assert await finland.client.deliveries(ACTIONS, wait=0) == ()


async def test_another_message_under_a_known_message_id_is_refused_and_reported(world: World, finland: Node) -> None:
    await post(world, finland.address, packed(world, contents=[b"<one/>"]))

    result = await post(world, finland.address, packed(world, contents=[b"<other/>"]))

    error = error_in(world, result)
    assert (result.status, error.code, error.ref_to_message_in_error) == (200, "EBMS:0003", "m1@pt.example")
    (event,) = finland.happened(EventName.AS4_REFUSED)
    assert (event.message_id, event.facts["code"]) == ("m1@pt.example", "EBMS:0003")
    (delivery,) = await finland.client.deliveries(ACTIONS, wait=0)
    assert (await finland.client.payload(delivery.message_id, 0, max_bytes=100)).read() == b"<one/>"


async def test_who_sends_a_copy_without_a_right_signature_learns_nothing(world: World, finland: Node) -> None:
    message = packed(world)
    await post(world, finland.address, message)

    forged = packed(world, keys=world.identities[FINLAND].keys)
    result = await post(world, finland.address, forged)

    assert error_in(world, result).code == "EBMS:0101"
    assert PORTUGAL.value.encode() not in result.body
