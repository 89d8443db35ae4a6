"""
Whether a service can do its work now: checks with a sentence each.  What is checked stands in `checks`.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

import anyio
from anyio import CapacityLimiter, to_thread

from oots.errors import OotsError
from oots.health.latest import FRESH_SECONDS, Latest

OK: Final = "ok"
STOPPING: Final = "stopping"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """
    Something without which the service cannot work.

    `look` raises when it is missing.  Its reason goes to the log; whoever asks is told `otherwise`, which therefore
    holds nothing that not everybody may know.
    """

    name: str
    look: Callable[[], Awaitable[None]]
    otherwise: str


def in_thread(look: Callable[[], None]) -> Callable[[], Awaitable[None]]:
    """Let a check that waits for a disk or a database run in a thread of its own, which no other work can take."""
    limiter = CapacityLimiter(1)

    async def looking() -> None:
        # A thread that hangs must not keep the process from ending.
        await to_thread.run_sync(look, limiter=limiter, abandon_on_cancel=True)

    return looking


class Readiness:
    """The checks of one service, and whether it is being stopped."""

    def __init__(self, *, fresh_seconds: float = FRESH_SECONDS) -> None:
        self._fresh_seconds = fresh_seconds
        self._checks: dict[str, Latest[str]] = {}
        self._late: dict[str, str] = {}
        self._failing: set[str] = set()
        self._stopping = False

    def add(self, check: Check) -> None:
        """Look at this, too."""

        async def ask() -> str:
            return await self._outcome(check)

        self._checks[check.name] = Latest(ask, fresh_seconds=self._fresh_seconds)
        self._late[check.name] = check.otherwise

    def stop(self) -> None:
        """Be ready for nothing any more."""
        self._stopping = True

    async def look(self) -> Mapping[str, str]:
        """Give what each check came to: `ok`, or a sentence."""
        if self._stopping:
            return {STOPPING: "the service is being stopped"}
        found: dict[str, str] = {}

        async def one(name: str, latest: Latest[str]) -> None:
            try:
                found[name] = await latest.get()
            except TimeoutError:
                found[name] = self._late[name]
                self._fails(name, "it took too long to find out")

        async with anyio.create_task_group() as tasks:
            for name, latest in self._checks.items():
                tasks.start_soon(one, name, latest)
        return {name: found[name] for name in self._checks}

    async def _outcome(self, check: Check) -> str:
        try:
            await check.look()
        except OotsError as error:
            self._fails(check.name, str(error))
            return check.otherwise
        except Exception as error:
            # A text that is not ours may hold anything.
            self._fails(check.name, type(error).__name__)
            return check.otherwise
        if check.name in self._failing:
            self._failing.discard(check.name)
            log.warning("check %s: it is well again", check.name)
        return OK

    def _fails(self, name: str, reason: str) -> None:
        # Said once, not at every probe.
        if name not in self._failing:
            self._failing.add(name)
            log.error("check %s: the service is not ready: %s", name, reason)
