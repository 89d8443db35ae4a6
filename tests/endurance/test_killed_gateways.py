"""Gateways that are killed under load lose nothing that they promised, and deliver nothing twice."""

import asyncio
import random
from pathlib import Path

import pytest

from tests.endurance.campaign import Campaign, Deed, new_campaign, run
from tests.endurance.gateway_processes import AS_IT_IS, SHORT_LEASES
from tests.endurance.load import Load
from tests.store.databases import SQLITE_AND_POSTGRESQL

KILLS = 200


def killing(campaign: Campaign, kills: int) -> Deed:
    """Kill one process after the other, each after up to two seconds of work, and start it again."""

    async def deed(_: Load, chance: random.Random) -> None:
        for _ in range(kills):
            await asyncio.sleep(chance.uniform(0.1, 2.0))
            process = chance.choice(campaign.processes)
            await asyncio.to_thread(process.kill)
            await asyncio.sleep(chance.uniform(0.0, 0.2))
            process.start()
            await asyncio.to_thread(process.wait_until_ready)

    return deed


def test_a_gateway_that_is_killed_keeps_its_promises(tmp_path: Path) -> None:
    campaign = new_campaign(tmp_path, processes=1, module=SHORT_LEASES)

    ledger = run(campaign, killing(campaign, 3))

    assert ledger.inward.delivered
    assert ledger.outward.delivered
    assert ledger.retried["connection"] > 0


@pytest.mark.nightly
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("processes", [1, 3])
@pytest.mark.parametrize("database", SQLITE_AND_POSTGRESQL)
def test_gateways_that_are_killed_all_night_keep_their_promises(
    tmp_path: Path, database: str, processes: int, request: pytest.FixtureRequest
) -> None:
    url = None
    if database == "postgresql":
        server = request.getfixturevalue("postgres")
        server.sql(f"CREATE DATABASE endurance_{processes}")
        url = server.url(f"endurance_{processes}")
    campaign = new_campaign(tmp_path, processes=processes, module=AS_IT_IS, database=url)

    ledger = run(campaign, killing(campaign, KILLS))

    assert len(ledger.inward.delivered) > KILLS
    assert len(ledger.outward.delivered) > KILLS
