"""A full disk, a locked database, a back end that stays away: peers are told to come again, and nothing is lost."""

import asyncio
import random
import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.endurance.campaign import Campaign, new_campaign, run
from tests.endurance.gateway_processes import SHORT_LEASES, GatewayProcess
from tests.endurance.load import COME_AGAIN, Load, not_now

ROOM = "20"


@contextmanager
def files_stop_growing(process: GatewayProcess) -> Iterator[None]:
    """Let every file of a process be full, as far as it can tell: its log too."""
    assert process.process is not None
    pid = process.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


@contextmanager
def locked(campaign: Campaign) -> Iterator[None]:
    """Let nobody else write into the database."""
    path = campaign.node.database.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def test_while_the_disk_is_full_peers_are_told_to_come_again(tmp_path: Path) -> None:
    campaign = new_campaign(tmp_path, module=SHORT_LEASES)

    async def deed(_: Load, chance: random.Random) -> None:
        for _number in range(2):
            await asyncio.sleep(chance.uniform(0.5, 1.0))
            with files_stop_growing(campaign.processes[0]):
                await asyncio.sleep(1.0)

    ledger = run(campaign, deed, expected=not_now)

    assert ledger.retried[COME_AGAIN] > 0
    assert ledger.inward.delivered
    assert ledger.outward.delivered


def test_a_back_end_that_comes_back_finds_everything_that_peers_got_a_receipt_for(tmp_path: Path) -> None:
    campaign = new_campaign(tmp_path, module=SHORT_LEASES, OOTS_GATEWAY__LIMITS__MAX_MESSAGES=ROOM)

    async def deed(load: Load, _: random.Random) -> None:
        load.back_ends_are_there.clear()
        await load.asked_to_come_again.wait()
        load.back_ends_are_there.set()

    ledger = run(campaign, deed, expected=not_now)

    assert ledger.retried[COME_AGAIN] > 0
    assert len(ledger.inward.delivered) >= int(ROOM)


def test_a_database_that_is_locked_for_a_moment_only_takes_longer(tmp_path: Path) -> None:
    campaign = new_campaign(tmp_path, module=SHORT_LEASES)

    async def deed(_: Load, chance: random.Random) -> None:
        await asyncio.sleep(chance.uniform(0.2, 0.5))
        with locked(campaign):
            await asyncio.sleep(2.0)
        await asyncio.sleep(0.5)

    ledger = run(campaign, deed)

    assert not ledger.retried
    assert ledger.inward.delivered


@pytest.mark.nightly
def test_a_database_that_stays_locked_lets_peers_come_again(tmp_path: Path) -> None:
    campaign = new_campaign(tmp_path, module=SHORT_LEASES)

    async def deed(_: Load, chance: random.Random) -> None:
        await asyncio.sleep(chance.uniform(0.5, 1.0))
        with locked(campaign):
            await asyncio.sleep(13.0)
        await asyncio.sleep(1.0)

    ledger = run(campaign, deed, expected=not_now)

    assert ledger.retried[COME_AGAIN] > 0
    assert ledger.inward.delivered
