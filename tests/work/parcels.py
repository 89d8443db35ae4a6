"""
The work that the tests do: a parcel is packed, sent and filed, and the database remembers each time that happened.
"""

import os
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from sqlalchemy import BigInteger, Column, Connection, Integer, Table, Text, insert, select, update

from oots.store.database import Database
from oots.store.tables import new_metadata
from oots.work import Job, Jobs, State, job_table

NIGHTLY: Final = bool(os.environ.get("OOTS_NIGHTLY"))
"""Set by whoever has the time for all kill points and thousands of examples."""

METADATA: Final = new_metadata()
JOB: Final = job_table(METADATA)
EFFECT: Final = Table(
    "effect",
    METADATA,
    Column("id", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    Column("key", Text, nullable=False),
    Column("step", Text, nullable=False),
)
"""Without a unique key: what happens twice is there twice."""

STEPS: Final = ("pack", "send", "file")

Points = Callable[[str], None]
"""Is told where the task is: the tests stop it there, or kill it."""


def parcel_task(jobs: Jobs, at: Points) -> Callable[[Job], State]:
    """Give a task of three steps, each with an effect in its transaction."""

    def take_step(connection: Connection, job: Job) -> None:
        connection.execute(insert(EFFECT).values(key=job.key, step=job.step))
        at(f"in {job.step}")

    def handle(job: Job) -> State:
        at(f"before {job.step}")
        while job.step != STEPS[-1]:
            step = job.step
            with jobs.database.writing() as connection:
                take_step(connection, job)
                job = jobs.step(connection, job, STEPS[STEPS.index(step) + 1])
            at(f"after {step}")
        with jobs.database.writing() as connection:
            take_step(connection, job)
            state = jobs.finish(connection, job)
        at(f"after {job.step}")
        return state

    return handle


def enqueue(jobs: Jobs, *keys: str) -> list[int]:
    """Ask for parcels."""
    with jobs.database.writing() as connection:
        ids = [jobs.enqueue(connection, "parcel", key, step=STEPS[0]) for key in keys]
    return [job_id for job_id in ids if job_id is not None]


def effects(database: Database) -> Counter[tuple[str, str]]:
    """Count what happened."""
    with database.reading() as connection:
        rows = connection.execute(select(EFFECT.c.key, EFFECT.c.step))
        return Counter((row.key, row.step) for row in rows)


def once(*keys: str) -> Counter[tuple[str, str]]:
    """Give what must have happened in the end."""
    return Counter((key, step) for key in keys for step in STEPS)


def let_pass(database: Database, time: timedelta) -> None:
    """Let time pass for all jobs, on a clock that cannot be set."""
    with database.writing() as connection:
        for row in connection.execute(select(JOB.c.id, JOB.c.run_at)).all():
            connection.execute(update(JOB).where(JOB.c.id == row.id).values(run_at=row.run_at - time))
