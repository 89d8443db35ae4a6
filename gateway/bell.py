"""
Waking whoever waits in this process.  Only an optimisation: those who wait also look by themselves, now and then.
"""

import asyncio
from contextlib import suppress


class Bell:
    """Rings for everybody who listens; lives in one event loop."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self.closed = False
        """Nobody should wait any longer: the gateway stops."""

    def ring(self) -> None:
        """Wake everybody."""
        self._event.set()
        self._event = asyncio.Event()

    def close(self) -> None:
        """Wake everybody, for the last time."""
        self.closed = True
        self.ring()

    def listen(self) -> asyncio.Event:
        """Begin to listen: before one looks whether there is something, so that no ring is missed in between."""
        return self._event


async def heard(event: asyncio.Event, seconds: float) -> None:
    """Wait for a ring, at most so long."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
