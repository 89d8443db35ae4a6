"""Workers are killed with SIGKILL, at every boundary and at any instant: effects happen once, and nothing is lost."""

import os
import random
import time
from datetime import timedelta
from signal import SIGKILL
from typing import Final

import pytest

from oots.work import Job, Jobs, State, Worker
from tests.store.processes import exit_codes, started
from tests.work.parcels import JOB, NIGHTLY, STEPS, effects, enqueue, once, parcel_task
from tests.work.victims import LEASE, POINTS, POLL, work

KILLS: Final = 200 if NIGHTLY else 8
LOAD: Final = 30
SEED: Final = int(os.environ.get("OOTS_SEED", time.time_ns() % 1_000_000))
"""Printed when a test fails; given again, the same instants are chosen."""


def left(jobs: Jobs) -> int:
    with jobs.database.reading() as connection:
        backlog = jobs.backlog(connection)
    assert backlog.dead == 0
    return backlog.due + backlog.later + backlog.leased


def until_done(jobs: Jobs) -> None:
    end = time.monotonic() + 60
    while left(jobs):
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_worker_may_be_killed_at_every_boundary(jobs: Jobs, url: str) -> None:
    with jobs.database.writing() as connection:
        for point in POINTS:
            jobs.enqueue(connection, point, point, step=STEPS[0])

    killed = [started(work, url, point, point) for point in POINTS]
    assert exit_codes(killed) == [-SIGKILL] * len(POINTS)
    survivors = Jobs(jobs.database, JOB, lease=LEASE)
    with Worker(survivors, dict.fromkeys(POINTS, parcel_task(survivors, lambda _: None)), poll=POLL):
        until_done(jobs)

    assert effects(jobs.database) == once(*POINTS)


def test_what_a_killed_worker_had_in_hand_is_taken_over_after_a_lease(jobs: Jobs, url: str) -> None:
    taken_over: list[float] = []

    def task(job: Job) -> State:
        taken_over.append(time.monotonic())
        return parcel_task(jobs, lambda _: None)(job)

    with jobs.database.writing() as connection:
        jobs.enqueue(connection, "parcel", "m1", step=STEPS[0])
    process = started(work, url, "parcel", f"in {STEPS[1]}")
    process.join()
    killed = time.monotonic()
    with Worker(jobs, {"parcel": task}, poll=POLL):
        until_done(jobs)

    # The lease began before the process was killed; half a second is for a machine that has other work.
    assert taken_over[0] - killed < (LEASE + POLL + timedelta(seconds=0.5)).total_seconds()
    assert effects(jobs.database) == once("m1")


@pytest.mark.timeout(900)
@pytest.mark.parametrize("processes", [1, 3])
def test_workers_may_be_killed_at_any_instant_under_load(jobs: Jobs, url: str, processes: int) -> None:
    print(f"OOTS_SEED={SEED}")
    choice = random.Random(SEED)
    keys: list[str] = []
    workers = [started(work, url, "parcel", None) for _ in range(processes)]

    for _ in range(KILLS):
        until = time.monotonic() + choice.uniform(0, 0.25)
        while time.monotonic() < until:
            if left(jobs) < LOAD:
                new = [f"m{len(keys) + number}" for number in range(LOAD)]
                enqueue(jobs, *new)
                keys += new
            time.sleep(0.01)
        victim = workers.pop(choice.randrange(len(workers)))
        victim.kill()
        workers.append(started(work, url, "parcel", None))
    until_done(jobs)

    assert effects(jobs.database) == once(*keys)
    for worker in workers:
        worker.kill()
    exit_codes(workers)
