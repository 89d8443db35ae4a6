"""
The workers that check documents by the rules, one pool for all services of a process: they start and end with it.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from oots.errors import CheckOverloaded, OotsError
from oots.validation.message_rules import MessageRules
from oots.validation.schematron.pool import WorkerPool
from oots.validation.schematron.worker_process import Limits

WORKERS: Final = 1
"""One checks some hundred messages a second."""

SECONDS: Final = 10.0
"""A message takes some thousandths of one."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleWorkers:
    """How many there are, and how much time one document may take them."""

    count: int = WORKERS
    seconds: float = SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningRules:
    """The rules, which may be used at once: documents wait while they are loaded."""

    rules: MessageRules
    loading: asyncio.Task[None]
    """Ends when they are loaded, or cannot be; the check `rules` tells which."""


@asynccontextmanager
async def running_rules(workers: RuleWorkers) -> AsyncIterator[RunningRules]:
    """Give the rules while the context is open.  On leaving, documents in hand are finished, and others refused."""
    pool = WorkerPool(workers=workers.count, limits=Limits(seconds=workers.seconds))
    loading = asyncio.create_task(_load(pool))
    try:
        yield RunningRules(rules=MessageRules(pool), loading=loading)
    finally:
        await asyncio.to_thread(pool.close)
        await loading


async def _load(pool: WorkerPool) -> None:
    try:
        await asyncio.to_thread(pool.start)
    except CheckOverloaded:
        # It ends before it has begun: who ends it knows why.
        return
    except OotsError as error:
        log.error("no document can be checked: %s", error)
