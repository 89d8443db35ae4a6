"""Worker processes that are killed: by themselves at a given point, or by the test at any."""

import os
import signal
from datetime import timedelta
from threading import Event
from typing import Final

from oots.store.database import open_database
from oots.work import Jobs, Worker
from tests.work.parcels import JOB, STEPS, parcel_task

LEASE: Final = timedelta(seconds=0.6)
POLL: Final = timedelta(seconds=0.02)

POINTS: Final = (
    f"before {STEPS[0]}",
    *(f"{where} {step}" for step in STEPS for where in ("in", "after")),
)
"""Every boundary of a parcel's way: claimed, effect written, effect committed; the last one is the end."""


def work(url: str, kind: str, die_at: str | None) -> None:
    """Do parcels under the name `kind`, until killed; at `die_at` by ourselves."""

    def at(point: str) -> None:
        if point == die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    jobs = Jobs(open_database(url), JOB, lease=LEASE, tries=1000)
    Worker(jobs, {kind: parcel_task(jobs, at)}, threads=3, poll=POLL).start()
    Event().wait()
