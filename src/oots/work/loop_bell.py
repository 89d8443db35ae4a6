"""
Waking whoever waits in an event loop.  Only an optimisation: those who wait also look by themselves, now and then.

Threads that wait have `bell`.
"""

import asyncio
from contextlib import suppress


class Bell:
    """Rings for everybody who listens; lives in one event loop, and may be rung from threads beside it."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self.closed = False
        """Nobody should wait any longer: the service stops."""

    def ring(self) -> None:
        """Wake everybody; from within the loop."""
        self._event.set()
        self._event = asyncio.Event()

    def ring_from_thread(self) -> None:
        """Wake everybody; from any thread."""
        if self._loop is not None:
            # A loop that is closed has nobody in it.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self.ring)

    def close(self) -> None:
        """Wake everybody, for the last time."""
        self.closed = True
        self.ring()

    def listen(self) -> asyncio.Event:
        """Begin to listen: before one looks whether there is something, so that no ring is missed in between."""
        self._loop = asyncio.get_running_loop()
        return self._event


async def heard(event: asyncio.Event, seconds: float) -> None:
    """Wait for a ring, at most so long."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
