"""Whole gateways that are stopped and started again."""

from pathlib import Path

import pytest
from gateway_nodes import FINLAND, KEYS, PORTUGAL, World, a_submission, finished, node, settings_of

from gateway.settings import Settings
from oots.codes import Action
from oots.ebms.messages import PartyId
from oots.errors import OperatorError
from oots.spooled import Spooled
from oots.store.database import open_database
from oots.store.durability import Durability
from oots.store.migrate import upgrade

pytestmark = pytest.mark.anyio


def durable(world: World, own: PartyId, ports: dict[PartyId, int], folder: Path, *, migrated: bool = True) -> Settings:
    url = f"sqlite:///{folder}/{own.value}.db"
    if migrated:
        database = open_database(url)
        upgrade(database, "gateway")
        database.close()
    durability = Durability(database=url, blob_folder=folder / own.value, keys=lambda: KEYS)
    return settings_of(world, own, ports, durability=durability)


async def test_a_message_passes_and_waits_through_a_restart_of_both(
    world: World, ports: dict[PartyId, int], quick_folder: Path
) -> None:
    portugal, finland = (durable(world, own, ports, quick_folder) for own in (PORTUGAL, FINLAND))
    async with node(finland), node(portugal) as sender:
        message_id = await sender.client.submit(a_submission(message_id="m1@pt.example"), [Spooled(b"<query/>")])
        assert (await finished(sender, message_id)).state == "acknowledged"

    async with node(finland) as receiver, node(portugal) as sender:
        assert (await sender.client.status("m1@pt.example")).state == "acknowledged"
        (delivery,) = await receiver.client.deliveries([Action.REQUEST.value], wait=0)
        content = await receiver.client.payload(delivery.message_id, 0, max_bytes=1000)
        await receiver.client.acknowledge(delivery.message_id)
        assert await receiver.client.deliveries([Action.REQUEST.value], wait=0) == ()
    assert delivery.message_id == message_id == "m1@pt.example"
    assert content.read() == b"<query/>"


async def test_a_gateway_does_not_start_on_a_database_without_its_tables(
    world: World, ports: dict[PartyId, int], quick_folder: Path
) -> None:
    with pytest.raises(OperatorError, match="run `oots db upgrade`"):
        async with node(durable(world, FINLAND, ports, quick_folder, migrated=False)):
            pass
