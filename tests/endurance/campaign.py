"""
One run: a node under load, something that is done to it, and, when all is quiet again, the verdict.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.endurance.gateway_processes import (
    AS_IT_IS,
    GatewayNode,
    GatewayProcess,
    make_gateway_node,
    seed_of_this_run,
)
from tests.endurance.ledger import Ledger, rows_in_hand, verdict
from tests.endurance.load import Load, only_connections_break
from tests.endurance.posting_peer import PostingPeer

QUIET_SECONDS = 150.0
"""Longer than a delivery or an attempt is leased to a process that was killed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """Both nodes, their processes, and chance."""

    node: GatewayNode
    processes: Sequence[GatewayProcess]
    peer: GatewayNode
    peers_gateway: GatewayProcess
    seed: int

    def stop(self) -> None:
        """End all processes."""
        for process in (*self.processes, self.peers_gateway):
            if process.process is not None and process.process.poll() is None:
                process.stop()


Deed = Callable[[Load, random.Random], Awaitable[None]]
"""What is done to the node under load; chance says when."""


def new_campaign(
    folder: Path, *, processes: int = 1, module: str = AS_IT_IS, database: str | None = None, **variables: str
) -> Campaign:
    """Make both nodes, the one under test with these settings; the peer is never disturbed."""
    with ThreadPoolExecutor() as pool:
        made = pool.submit(make_gateway_node, folder / "node", "AP_NODE", "FI", database=database, **variables)
        peer, node = make_gateway_node(folder / "peer", "AP_PEER", "PT"), made.result()
    node.introduce(peer)
    peer.introduce(node)
    return Campaign(
        node=node,
        processes=[node.process(number, module=module) for number in range(processes)],
        peer=peer,
        peers_gateway=peer.process(module=module),
        seed=seed_of_this_run(),
    )


def run(
    campaign: Campaign,
    deed: Deed,
    *,
    posters: int = 2,
    pause: float = 0.02,
    expected: Callable[[str], bool] = only_connections_break,
) -> Ledger:
    """Put load on the node while `deed` is done to it, wait until all is quiet, and fail when anything is wrong."""
    print(f"\nOOTS_SEED={campaign.seed} repeats this choice of instants")
    try:
        for process in (*campaign.processes, campaign.peers_gateway):
            process.start()
        for process in (*campaign.processes, campaign.peers_gateway):
            process.wait_until_ready()
        ledger = asyncio.run(_run(campaign, deed, posters=posters, pause=pause, expected=expected))
        wrong = verdict(ledger, node=campaign.node.database, peer=campaign.peer.database)
    finally:
        campaign.stop()
    print(ledger.summary())
    if wrong:
        pytest.fail(f"seed {campaign.seed}: {len(wrong)} things are wrong, such as\n" + "\n".join(wrong[:20]))
    return ledger


async def _run(
    campaign: Campaign, deed: Deed, *, posters: int, pause: float, expected: Callable[[str], bool]
) -> Ledger:
    chance = random.Random(campaign.seed)
    load = Load(
        peer=PostingPeer.of(campaign.peer, campaign.node),
        processes=campaign.processes,
        peers_gateway=campaign.peers_gateway,
        ledger=Ledger(),
        chance=random.Random(campaign.seed + 1),
        pause=pause,
        expected=expected,
    )
    load.back_ends_are_there.set()
    async with _taking(load):
        sending = [
            asyncio.create_task(work()) for work in (load.post_messages, load.submit_messages) for _ in range(posters)
        ]
        await deed(load, chance)
        load.stopping.set()
        await asyncio.gather(*sending)
        await _until_quiet(campaign, load)
    await load.peer.client.aclose()
    return load.ledger


@asynccontextmanager
async def _taking(load: Load) -> AsyncIterator[None]:
    tasks = [
        asyncio.create_task(take())
        for take in (load.take_deliveries, load.take_deliveries, load.take_deliveries_of_peer)
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        for error in ended:
            if isinstance(error, Exception):
                raise error


async def _until_quiet(campaign: Campaign, load: Load) -> None:
    until = time.monotonic() + QUIET_SECONDS
    databases = (campaign.node.database, campaign.peer.database)
    while await asyncio.to_thread(lambda: sum(map(rows_in_hand, databases))):
        if time.monotonic() > until:
            return  # the verdict says what is missing
        await asyncio.sleep(0.2)
    states = await load.states()
    load.ledger.outward.wrong += [f"{name} is {state}" for name, state in states.items() if state != "acknowledged"]
