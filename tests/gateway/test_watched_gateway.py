"""What a running gateway tells whoever watches it, and to whom."""

from pathlib import Path

import httpx
import pytest
from gateway_nodes import FINLAND, KEYS, PORTUGAL, World, a_submission, finished, happens, node, settings_of
from prometheus_client.parser import text_string_to_metric_families

from oots.ebms.messages import PartyId
from oots.journal.events import EventName
from oots.spooled import Spooled
from oots.store.database import open_database
from oots.store.durability import Durability
from oots.store.migrate import upgrade
from tests.store.databases import NewUrl

pytestmark = pytest.mark.anyio


@pytest.fixture
def durability(new_url: NewUrl, quick_folder: Path) -> Durability:
    url = new_url()
    database = open_database(url)
    upgrade(database, "gateway")
    database.close()
    return Durability(database=url, blob_folder=quick_folder / "blobs", keys=lambda: KEYS)


async def metrics(url: str) -> dict[str, float]:
    """Give the numbers by name and labels, as Prometheus writes them."""
    async with httpx.AsyncClient() as http:
        text = (await http.get(f"{url}/metrics")).text
    return {
        f"{sample.name}{''.join(f'[{value}]' for value in sample.labels.values())}": sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_a_message_that_was_sent_is_in_the_numbers_of_both_ends(
    world: World, ports: dict[PartyId, int], durability: Durability
) -> None:
    async with (
        node(settings_of(world, PORTUGAL, ports)) as portugal,
        node(settings_of(world, FINLAND, ports, durability=durability)) as finland,
    ):
        message_id = await portugal.client.submit(a_submission(), [Spooled(b"0" * 200_000)])
        await finished(portugal, message_id)
        await happens(finland, EventName.AS4_RECEIVED)
        sender, receiver = await metrics(portugal.backends.url), await metrics(finland.backends.url)

    assert (sender["oots_as4_sent_total"], sender["oots_as4_receipts_total[receipt]"]) == (1, 1)
    assert sender["oots_as4_delivery_seconds_count"] == 1
    assert receiver["oots_as4_received_total"] == 1
    assert (receiver["oots_queue_depth[incoming]"], receiver["oots_queue_depth[outgoing]"]) == (1, 0)
    assert 0 <= receiver["oots_oldest_pending_seconds[incoming]"] < 60
    assert receiver["oots_messages_damaged"] == 0
    assert receiver["oots_evidence_store_bytes"] > 0
    assert receiver["oots_cert_days_left[message]"] > 1
    assert receiver["oots_cert_days_left[tls]"] > 1
    assert receiver["oots_check_ok[database]"] == 1
    assert not any(name for name in receiver if name.startswith("oots_figures_missing") and receiver[name])


async def test_a_message_that_a_silent_peer_does_not_take_is_seen_to_wait(
    world: World, ports: dict[PartyId, int], durability: Durability
) -> None:
    settings = settings_of(world, PORTUGAL, ports, durability=durability, retry_after_seconds=(0.0, 600.0))
    async with node(settings) as portugal:
        await portugal.client.submit(a_submission(), [Spooled(b"<query/>")])
        await happens(portugal, EventName.AS4_RETRY)
        found = await metrics(portugal.backends.url)

    assert (found["oots_queue_depth[outgoing]"], found["oots_queue_depth[incoming]"]) == (1, 0)
    assert 0 < found["oots_oldest_pending_seconds[outgoing]"] < 60
    assert found["oots_as4_retries_total[EBMS:0005]"] == 1


async def test_a_durable_gateway_says_that_it_is_ready(
    world: World, ports: dict[PartyId, int], durability: Durability
) -> None:
    async with (
        node(settings_of(world, FINLAND, ports, durability=durability)) as finland,
        httpx.AsyncClient(base_url=finland.backends.url) as http,
    ):
        answer = await http.get("/health/ready")

    assert (answer.status_code, answer.json()) == (
        200,
        {"ready": True, "checks": {"database": "ok", "payloads": "ok", "keys": "ok", "worker": "ok", "jobs": "ok"}},
    )
