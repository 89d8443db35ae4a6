"""
The latest answer to a question that may take long.  What is asked, and what the answer means, is up to others.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

FRESH_SECONDS: Final = 1.0
"""How long an answer counts: a flood of probes costs one question a second."""

PATIENCE_SECONDS: Final = 2.0
"""How long whoever wants to know waits."""

_T = TypeVar("_T")


class Latest(Generic[_T]):
    """Asks once at a time, however many want to know, and again when the answer is no longer fresh."""

    def __init__(
        self,
        ask: Callable[[], Awaitable[_T]],
        *,
        fresh_seconds: float = FRESH_SECONDS,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        """Take a question that never raises."""
        self._ask = ask
        self._fresh_seconds = fresh_seconds
        self._patience_seconds = patience_seconds
        self._asked_at = 0.0
        self._answered_at = 0.0
        self._asking: asyncio.Task[_T] | None = None

    async def get(self) -> _T:
        """
        Give the answer; raises `TimeoutError` when none has come in time.

        The question stays asked then, and nobody waits again for what has hung that long: a database that does not
        answer costs one thread, not one for every probe.
        """
        now = asyncio.get_running_loop().time()
        if self._asking is None or (self._asking.done() and now - self._answered_at >= self._fresh_seconds):
            self._asked_at = now
            self._asking = asyncio.create_task(self._answer())
        if self._asking.done():
            return self._asking.result()
        patience = max(0.0, self._asked_at + self._patience_seconds - now)
        return await asyncio.wait_for(asyncio.shield(self._asking), patience)

    async def _answer(self) -> _T:
        try:
            return await self._ask()
        finally:
            self._answered_at = asyncio.get_running_loop().time()
