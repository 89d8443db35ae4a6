"""
`oots bench work`: durable jobs per second, and how soon a killed worker's job is taken over, on both databases.

The floor is what any durable engine pays: as many bare transactions, one after the other, as a job has commits.
"""

import sqlite3
import statistics
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

from oots.cli.bench.own_postgres import own_postgres
from oots.cli.bench.report import machine
from oots.cli.bench.work_load import COMMITS, STEPS, THREADS, Load
from oots.errors import OperatorError
from oots.store.database import open_database

ROUNDS: Final = 5
WAKES: Final = 25
LEASE: Final = timedelta(seconds=5)
"""Shorter than that of a service: it is what the time of a take-over is made of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseMeasured:
    """What one database gave, round by round."""

    case: str
    enqueued: tuple[float, ...]
    """Jobs per second, each in a transaction of its own."""
    done: tuple[float, ...]
    """Jobs per second."""
    floor: tuple[float, ...]
    """Bare transactions per second."""
    begun: tuple[float, ...]
    """Seconds until an idle worker begins a job, its enqueueing included."""
    taken_over: float
    """Seconds from the SIGKILL of a worker until another one begins its job."""

    @property
    def ratio(self) -> float:
        """How near the jobs come to the floor: the median over rounds, whose halves ran one after the other."""
        return statistics.median(done * COMMITS / floor for done, floor in zip(self.done, self.floor, strict=True))

    def figures(self) -> Iterator[tuple[str, float, str, int]]:
        """Give metric, value, unit and number of measurements."""
        yield "jobs_per_second", statistics.median(self.done), "1/s", len(self.done)
        yield "enqueued_per_second", statistics.median(self.enqueued), "1/s", len(self.enqueued)
        yield "floor_per_second", statistics.median(self.floor) / COMMITS, "1/s", len(self.floor)
        yield "begin_p50_ms", 1000 * statistics.median(self.begun), "ms", len(self.begun)
        yield "takeover_s", self.taken_over, "s", 1


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkReport:
    """All databases on one machine."""

    machine: Mapping[str, str | int]
    cases: tuple[DatabaseMeasured, ...]

    def as_json(self) -> dict[str, object]:
        """Give what `oots bench --json` writes."""
        return {
            "bench": "work",
            "machine": dict(self.machine),
            "results": [
                {"case": case.case, "metric": metric, "value": round(value, 3), "unit": unit, "runs": runs}
                for case in self.cases
                for metric, value, unit, runs in case.figures()
            ],
            "ratios": [{"case": case.case, "against": "floor", "ratio": round(case.ratio, 3)} for case in self.cases],
        }

    def as_text(self) -> str:
        """Give a table."""
        described = ", ".join(f"{name} {value}" for name, value in self.machine.items())
        lines = [f"oots bench work, jobs of {len(STEPS)} steps, {THREADS} threads, time on the wall", described]
        for case in self.cases:
            lines += ["", f"{case.case}: {case.ratio:.2f} x floor"]
            lines += [f"  {metric:<22}{value:>10.1f} {unit}" for metric, value, unit, _ in case.figures()]
        return "\n".join(lines)


def bench_work(
    *,
    seconds: float,
    tell: Callable[[str], None],
    progress: Callable[[str], None],
    rounds: int = ROUNDS,
    lease: timedelta = LEASE,
) -> WorkReport:
    """Measure SQLite and, where it is installed, PostgreSQL, each for about three times `seconds` and a lease."""
    versions: dict[str, str | int] = {"sqlite": sqlite3.sqlite_version}
    measure = partial(_measure, seconds=seconds, rounds=rounds, lease=lease, progress=progress)
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="oots-bench-"))
        cases = [measure("sqlite", f"sqlite:///{folder}/work.sqlite")]
        try:
            server = stack.enter_context(own_postgres())
        except OperatorError as error:
            tell(f"PostgreSQL is left out: {error}.")
        else:
            versions["postgresql"] = server.sql("SHOW server_version").split()[0]
            cases.append(measure("postgresql", server.url("postgres")))
    return WorkReport(machine=machine() | versions, cases=tuple(cases))


def _measure(
    case: str, url: str, *, seconds: float, rounds: int, lease: timedelta, progress: Callable[[str], None]
) -> DatabaseMeasured:
    database = open_database(url)
    try:
        load = Load(database, lease=lease)
        enqueued, done, floor = [], [], []
        for number in range(rounds):
            progress(f"{case}: round {number + 1} of {rounds}")
            enqueued.append(load.enqueued_per_second(seconds / rounds))
            done.append(load.jobs_per_second(seconds / rounds))
            floor.append(load.bare_transactions_per_second(seconds / rounds))
        progress(f"{case}: waking, and taking over")
        begun = load.seconds_to_begin(WAKES)
        return DatabaseMeasured(
            case=case,
            enqueued=tuple(enqueued),
            done=tuple(done),
            floor=tuple(floor),
            begun=tuple(begun),
            taken_over=load.seconds_to_take_over(url),
        )
    finally:
        database.close()
