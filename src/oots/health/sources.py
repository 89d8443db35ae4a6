"""
Where the numbers of `figures` come from: jobs, stores, certificates, the clock.
"""

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509

from oots.health.figures import Ask, Figure
from oots.store.database import Database
from oots.work import Jobs
from oots.work.clock_watch import ClockWatch

_DAY: Final = timedelta(days=1)


def jobs_source(jobs: Jobs) -> Ask:
    """Count jobs."""

    def ask() -> Sequence[Figure]:
        with jobs.database.reading() as connection:
            backlog, now = jobs.backlog(connection), jobs.database.now(connection)
        states = {"due": backlog.due, "later": backlog.later, "leased": backlog.leased, "dead": backlog.dead}
        return [
            *(Figure(name="oots_jobs", label=state, value=count) for state, count in states.items()),
            *queue_figures("jobs", depth=backlog.due, since=backlog.oldest_due, now=now),
        ]

    return ask


def queue_figures(queue: str, *, depth: int, since: datetime | None, now: datetime) -> Sequence[Figure]:
    """Give how many wait in a queue, and for how long; `since` is when the oldest of them came."""
    waits = 0.0 if since is None else max(0.0, (now - since).total_seconds())
    return [
        Figure(name="oots_queue_depth", label=queue, value=depth),
        Figure(name="oots_oldest_pending_seconds", label=queue, value=waits),
    ]


def payloads_source(folder: Path) -> Ask:
    """Measure the folder of payloads, and the room on its disk."""

    def ask() -> Sequence[Figure]:
        return [
            Figure(name="oots_evidence_store_bytes", value=_size_of(folder)),
            Figure(name="oots_disk_free_bytes", value=shutil.disk_usage(folder).free),
        ]

    return ask


def database_source(database: Database) -> Ask:
    """Count what could not be written."""
    return lambda: [Figure(name="oots_journal_write_failures_total", value=database.failed_writes)]


def certificates_source(certificates: Callable[[], Mapping[str, x509.Certificate]], now: Callable[[], datetime]) -> Ask:
    """Tell how long certificates last, by the names that the node has for them; negative when they are over."""

    def ask() -> Sequence[Figure]:
        at = now()
        return [
            Figure(name="oots_cert_days_left", label=name, value=(certificate.not_valid_after_utc - at) / _DAY)
            for name, certificate in certificates().items()
        ]

    return ask


def clock_source() -> Ask:
    """Count how often the clock was set, since the first look."""
    watch, jumps = ClockWatch(), 0

    def ask() -> Sequence[Figure]:
        nonlocal jumps
        jumps += bool(watch.jump())
        return [Figure(name="oots_clock_jumps_total", value=jumps)]

    return ask


def _size_of(folder: Path) -> int:
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            # A file may go while we look.
            try:
                total += (Path(place) / name).lstat().st_size
            except FileNotFoundError:
                continue
    return total
