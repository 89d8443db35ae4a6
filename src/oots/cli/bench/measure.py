"""
Measuring several subjects fairly on a machine that others use, too: on one core, in turn, in processor time.
"""

import os
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

ROUNDS: Final = 9
"""Each subject is measured so often; a disturbance then spoils a round, and the median drops it."""

Subject = Callable[[float], list[float]]
"""Runs for so many seconds, at least once, and gives the seconds that each run took."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """What one subject needed: for each round, the seconds of each run."""

    runs: tuple[tuple[float, ...], ...]

    @property
    def rates(self) -> tuple[float, ...]:
        """Runs per second, for each round."""
        return tuple(len(seconds) / sum(seconds) for seconds in self.runs)

    @property
    def per_second(self) -> float:
        """Runs per second in the median round."""
        return statistics.median(self.rates)

    @property
    def p50_ms(self) -> float:
        """Milliseconds of the median run."""
        return 1000 * statistics.median(second for seconds in self.runs for second in seconds)

    def ratio(self, other: "Rounds") -> float:
        """Tell how many times as fast as `other`: the median over rounds, whose halves ran one after the other."""
        return statistics.median(mine / theirs for mine, theirs in zip(self.rates, other.rates, strict=True))


def timed(run: Callable[[], object]) -> Subject:
    """
    Make a subject of a function.

    Processor time, not the clock on the wall: nothing here waits, so they differ by what others took of the core.
    """

    def measure(seconds: float) -> list[float]:
        runs: list[float] = []
        until = time.perf_counter() + seconds
        while not runs or time.perf_counter() < until:
            start = time.process_time()
            run()
            runs.append(time.process_time() - start)
        return runs

    return measure


def measure(
    subjects: Mapping[str, Subject], *, seconds: float, done: Callable[[str], None], rounds: int = ROUNDS
) -> dict[str, Rounds]:
    """Measure every subject for about `seconds` in all, in turn; tells `done` whose turn is over."""
    runs: dict[str, list[tuple[float, ...]]] = {name: [] for name in subjects}
    for number in range(rounds + 1):
        for name, subject in subjects.items():
            seconds_of_runs = tuple(subject(seconds / rounds))
            # The first round warms up: caches fill, and the processor reaches its speed.
            if number:
                runs[name].append(seconds_of_runs)
            done(name)
    return {name: Rounds(runs=tuple(of_subject)) for name, of_subject in runs.items()}


@contextmanager
def one_core() -> Iterator[None]:
    """Keep this thread, and processes that it starts, on one core; where the system cannot, on any."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)
