"""The workers of a node: loaded while it starts, replaced when they are stuck, gone when it ends."""

import asyncio
import os
import signal
import time
from pathlib import Path
from statistics import median

import httpx
import pytest

from evidence_provider.app import create_app
from oots.edm.specification import V2_0
from oots.errors import CheckTookTooLong
from oots.net.server import running
from oots.node.rule_workers import RuleWorkers, running_rules
from oots.validation.message_rules import MessageRules
from tests.edm.edm_vectors import BIRTH_RECORD, vector
from tests.node.node_folders import NOW, read
from tests.validation.rules_at_hand import workers_of_this_process
from tests.validation.test_message_rules import HEADER

pytestmark = pytest.mark.anyio

HEALTH_SECONDS = 0.1
"""Within which a process says that it is alive, however busy it is."""


async def test_the_rules_are_there_while_the_context_is_open_and_no_worker_afterwards() -> None:
    before = workers_of_this_process()

    async with running_rules(RuleWorkers(count=2)) as running:
        assert not running.rules.workers.is_ready
        await running.loading
        assert running.rules.workers.is_ready
        assert len(workers_of_this_process() - before) == 2
        assert await asyncio.to_thread(running.rules.of_header, HEADER, V2_0) == ()

    assert not running.rules.workers.is_ready
    assert workers_of_this_process() == before


async def test_who_leaves_before_the_rules_are_loaded_leaves_no_worker() -> None:
    before = workers_of_this_process()

    async with running_rules(RuleWorkers()):
        pass

    assert workers_of_this_process() == before


async def test_health_checks_are_answered_at_once_while_a_worker_is_stuck_and_is_replaced(folder: Path) -> None:
    provider = read(folder, {"OOTS_PROVIDER__GATEWAY_URL": "http://127.0.0.1:9"}).provider
    assert provider is not None
    before = workers_of_this_process()
    async with running_rules(RuleWorkers(seconds=0.5)) as rules:
        app = create_app(
            provider.settings,
            durability=provider.durability,
            rules=rules.rules,
            access_point=HEADER.sender.party_id,
            gateway_url=provider.gateway_url,
            gateway_token=provider.gateway_token,
            record=lambda _: None,
            now=lambda: NOW,
            new_id=lambda: "",
        )
        async with running(app, host="127.0.0.1", port=0) as bound, httpx.AsyncClient(base_url=bound.url) as client:
            await rules.loading
            assert (await client.get("/health/ready")).json()["checks"]["rules"] == "ok"
            (stuck,) = workers_of_this_process() - before
            os.kill(stuck, signal.SIGSTOP)
            checks = [asyncio.create_task(asyncio.to_thread(checked, rules.rules)) for _ in range(20)]

            took = [await seconds_of(client) for _ in range(20)]

            assert not checks[0].done()
            assert median(took) < HEALTH_SECONDS
            outcomes = await asyncio.gather(*checks)
        # Only the one that the stuck worker had is given up; all others are checked by the next worker.
        assert sorted(outcomes) == [False] + [True] * 19
        assert stuck not in workers_of_this_process()


def checked(rules: MessageRules) -> bool:
    """Tell whether there was a verdict in time."""
    try:
        rules.of_document(vector(BIRTH_RECORD))
    except CheckTookTooLong:
        return False
    return True


async def seconds_of(client: httpx.AsyncClient) -> float:
    began = time.perf_counter()
    assert (await client.get("/health/live")).is_success
    took = time.perf_counter() - began
    await asyncio.sleep(0.05)
    return took
