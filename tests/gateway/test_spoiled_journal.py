"""What peers are told when the journal cannot be written."""

import pytest
from gateway_nodes import FINLAND, World, error_in, node, packed, post, settings_of

from oots.ebms.messages import PartyId
from oots.store.database import open_database

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("fault", ["no row", "no table"])
async def test_a_refusal_that_the_journal_does_not_take_is_still_told_to_its_sender(
    world: World, ports: dict[PartyId, int], caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    settings = settings_of(world, FINLAND, ports)
    async with node(settings) as finland:
        spoil_journal(settings.durability.database, fault)
        result = await post(world, finland.address, packed(world, keys=world.identities[FINLAND].keys))

    assert (result.status, error_in(world, result).code) == (200, "EBMS:0101")
    assert "the refusal of message 'm1@pt.example' is not in the journal" in caplog.text
    assert "Traceback" not in caplog.text


async def test_a_message_whose_event_is_refused_is_not_acknowledged(world: World, ports: dict[PartyId, int]) -> None:
    settings = settings_of(world, FINLAND, ports)
    async with node(settings) as finland:
        spoil_journal(settings.durability.database, "no row")
        result = await post(world, finland.address, packed(world))
        deliveries = await finland.client.deliveries(["ExecuteQueryRequest"], wait=0)

    assert (result.status, error_in(world, result).code) == (200, "EBMS:0004")
    assert deliveries == ()


async def test_while_the_journal_is_away_peers_are_asked_to_come_again(world: World, ports: dict[PartyId, int]) -> None:
    settings = settings_of(world, FINLAND, ports)
    async with node(settings) as finland:
        spoil_journal(settings.durability.database, "no table")
        result = await post(world, finland.address, packed(world))
        deliveries = await finland.client.deliveries(["ExecuteQueryRequest"], wait=0)

    assert (result.status, result.body) == (503, b"not available now; come again later")
    assert deliveries == ()


def spoil_journal(url: str, fault: str) -> None:
    """Have every event refused."""
    database = open_database(url)
    with database.writing() as connection:
        if fault == "no table":
            connection.exec_driver_sql("ALTER TABLE event RENAME TO elsewhere")
        else:
            refuse = "BEGIN SELECT RAISE(ABORT, 'no'); END"
            connection.exec_driver_sql(f"CREATE TRIGGER no_event BEFORE INSERT ON event {refuse}")
    database.close()
