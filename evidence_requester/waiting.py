"""
Portals that wait for an exchange to change.  They look at the database each second, and at once when it changed here.
"""

import asyncio
from collections.abc import Callable
from typing import Final
from weakref import WeakValueDictionary

from anyio import to_thread

from oots.work.loop_bell import Bell, heard

POLL_SECONDS: Final = 1.0
"""Longest sleep: what another process changed is found by then."""


class Waiting:
    """Those who wait in one event loop."""

    def __init__(self) -> None:
        self._bells: WeakValueDictionary[str, Bell] = WeakValueDictionary()
        """By exchange; one is there as long as somebody waits."""
        self._closed = False

    def ring(self, exchange_id: str) -> None:
        """Wake those who wait for an exchange; from any thread."""
        bell = self._bells.get(exchange_id)
        if bell is not None:
            bell.ring_from_thread()

    async def until(self, exchange_id: str, is_so: Callable[[], bool], *, seconds: float) -> None:
        """Wait until something is so about an exchange, at most so long; `is_so` is asked in a thread."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        bell = self._bells.setdefault(exchange_id, Bell())
        while True:
            event = bell.listen()
            found = await to_thread.run_sync(is_so)
            remaining = end - loop.time()
            if found or remaining <= 0 or self._closed:
                return
            await heard(event, min(remaining, POLL_SECONDS))

    def let_go(self) -> None:
        """Let nobody wait any longer: the requester is about to stop."""
        self._closed = True
        for bell in list(self._bells.values()):
            bell.close()
