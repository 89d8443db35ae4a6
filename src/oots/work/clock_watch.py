"""
Noticing that somebody sets the clock of this machine.
"""

import time
from collections.abc import Callable
from typing import Final

TOLERANCE_SECONDS: Final = 5.0
"""What is less is how clocks are, or a machine that was busy between two readings."""


class ClockWatch:
    """Compares the clock on the wall with one that nobody can set."""

    def __init__(self, wall: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic) -> None:
        self._wall = wall
        self._steady = steady
        self._difference = wall() - steady()

    def jump(self) -> float:
        """Give by how many seconds the clock was set since the last look; 0 when it was not."""
        difference = self._wall() - self._steady()
        jump, self._difference = difference - self._difference, difference
        return jump if abs(jump) > TOLERANCE_SECONDS else 0.0
