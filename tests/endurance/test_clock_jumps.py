"""A clock that is set while messages are under way: leases end early or late, and still everything comes once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from oots.codes import Action
from oots.journal.events import EventName
from oots.net.gateway_client import Delivery
from oots.spooled import Spooled
from tests.gateway.gateway_nodes import (
    FINLAND,
    PORTUGAL,
    Node,
    a_free_port,
    a_submission,
    finished,
    new_world,
    node,
    settings_of,
)

pytestmark = pytest.mark.anyio

TEN_MINUTES = timedelta(minutes=10)
"""Longer than any lease, and still within what a peer's clock may differ from ours."""
ACTIONS = [Action.REQUEST.value]


@dataclass(slots=True)
class Clock:
    """The time of this machine, until somebody sets it."""

    ahead: timedelta = field(default=timedelta())

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@asynccontextmanager
async def two_nodes(folder: Path, clock: Clock) -> AsyncIterator[tuple[Node, Node]]:
    world, ports = new_world(folder), {party: a_free_port() for party in (PORTUGAL, FINLAND)}
    async with (
        node(settings_of(world, PORTUGAL, ports), now=clock) as portugal,
        node(settings_of(world, FINLAND, ports), now=clock) as finland,
    ):
        yield portugal, finland


async def deliveries(receiver: Node, count: int) -> list[Delivery]:
    found: list[Delivery] = []
    async with asyncio.timeout(20):
        while len(found) < count:
            found += await receiver.client.deliveries(ACTIONS, wait=5)
    return found


def times(of: Node, name: EventName) -> Counter[str | None]:
    return Counter(event.message_id for event in of.happened(name))


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": True}


async def test_set_ahead_leases_end_early_and_what_comes_again_counts_once(tmp_path: Path) -> None:
    clock = Clock()
    async with two_nodes(tmp_path, clock) as (portugal, finland):
        sent = [await portugal.client.submit(a_submission(), [Spooled(b"<query/>")]) for _ in range(5)]
        first = await deliveries(finland, len(sent))

        clock.ahead = TEN_MINUTES
        again = await deliveries(finland, len(sent))
        for delivery in (*first, *again):
            await finland.client.acknowledge(delivery.message_id)
        states = {(await finished(portugal, message_id)).state for message_id in sent}
        after = await finland.client.deliveries(ACTIONS, wait=0)

    once = Counter(sent)
    assert Counter(delivery.message_id for delivery in again) == once
    assert times(finland, EventName.AS4_RECEIVED) == times(finland, EventName.AS4_DELIVERED) == once
    assert times(portugal, EventName.AS4_RECEIPT) == once
    assert (states, after) == ({"acknowledged"}, ())


async def test_set_back_new_messages_go_at_once_and_those_in_hand_come_when_their_lease_ends(tmp_path: Path) -> None:
    clock = Clock(TEN_MINUTES)
    async with two_nodes(tmp_path, clock) as (portugal, finland):
        before = await portugal.client.submit(a_submission(), [Spooled(b"<query/>")])
        await deliveries(finland, 1)

        clock.ahead = timedelta()
        after = await portugal.client.submit(a_submission(), [Spooled(b"<query/>")])
        at_once = await deliveries(finland, 1)
        clock.ahead = TEN_MINUTES * 2
        later = await deliveries(finland, 2)
        for delivery in later:
            await finland.client.acknowledge(delivery.message_id)
        states = [(await finished(portugal, message_id)).state for message_id in (before, after)]

    assert [delivery.message_id for delivery in at_once] == [after]
    assert Counter(delivery.message_id for delivery in later) == Counter([before, after])
    assert times(finland, EventName.AS4_RECEIVED) == times(finland, EventName.AS4_DELIVERED) == Counter([before, after])
    assert states == ["acknowledged", "acknowledged"]
