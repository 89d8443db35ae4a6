"""
What `work_bench` measures: jobs of three steps, each with an effect in its transaction, and a worker that is killed.

Run as a program with the address of a database, it is the worker that is killed.
"""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from queue import SimpleQueue
from typing import Final

from sqlalchemy import Column, Integer, Table, Text, delete, insert, update

from oots.store.database import Database, open_database
from oots.store.tables import new_metadata
from oots.work import Job, Jobs, State, Worker, job_table

STEPS: Final = ("pack", "send", "file")
COMMITS: Final = 1 + len(STEPS)
"""Of one job: its claim, and its steps, the last of which finishes it."""

THREADS: Final = 4

_BATCH: Final = 60
_METADATA: Final = new_metadata()
_JOB: Final = job_table(_METADATA)
_EFFECT: Final = Table("effect", _METADATA, Column("key", Text), Column("step", Text))
_COUNTER: Final = Table("counter", _METADATA, Column("value", Integer))


class Load:
    """Work in one database, which it makes its own."""

    def __init__(self, database: Database, *, lease: timedelta) -> None:
        self._database = database
        self._jobs = Jobs(database, _JOB, lease=lease)
        with database.changing_schema() as connection:
            _METADATA.create_all(connection)
            connection.execute(insert(_COUNTER).values(value=0))

    def enqueued_per_second(self, seconds: float) -> float:
        """Enqueue, each job in a transaction of its own, and forget them."""

        def batch() -> None:
            for number in range(_BATCH):
                with self._database.writing() as connection:
                    self._jobs.enqueue(connection, "forgotten", str(number))

        rate = _rate(batch, seconds)
        with self._database.writing() as connection:
            connection.execute(delete(_JOB))
        return rate

    def bare_transactions_per_second(self, seconds: float) -> float:
        """Change one row in each transaction, one after the other."""

        def batch() -> None:
            for number in range(_BATCH):
                with self._database.writing() as connection:
                    connection.execute(update(_COUNTER), {"value": number})

        return _rate(batch, seconds)

    def jobs_per_second(self, seconds: float) -> float:
        """Let a worker do jobs of three steps."""
        done = threading.Semaphore(0)

        def task(job: Job) -> State:
            state = self._three_steps(job)
            done.release()
            return state

        def batch() -> None:
            with self._database.writing() as connection:
                for number in range(_BATCH):
                    self._jobs.enqueue(connection, "parcel", str(number), step=STEPS[0])
            for _ in range(_BATCH):
                done.acquire()

        with Worker(self._jobs, {"parcel": task}, threads=THREADS):
            return _rate(batch, seconds)

    def seconds_to_begin(self, times: int) -> Iterator[float]:
        """Tell how long it takes from enqueueing until an idle worker begins."""
        with self._worker("wake") as begun:
            for _ in range(times):
                time.sleep(0.02)  # it is idle again
                start = time.perf_counter()
                self._enqueue("wake")
                yield begun.get() - start

    def seconds_to_take_over(self, url: str) -> float:
        """Kill a worker process that has a job in hand, and tell how long it takes until another worker begins it."""
        self._enqueue("taken over")
        command = [sys.executable, "-m", __name__, url, str(self._jobs.lease.total_seconds())]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as victim:  # noqa: S603
            assert victim.stdout is not None
            try:
                victim.stdout.readline()
            finally:
                victim.kill()
        killed = time.perf_counter()
        with self._worker("taken over") as begun:
            return begun.get() - killed

    def _enqueue(self, kind: str) -> None:
        with self._database.writing() as connection:
            self._jobs.enqueue(connection, kind, "one")

    def _three_steps(self, job: Job) -> State:
        for step in STEPS[1:]:
            with self._database.writing() as connection:
                connection.execute(insert(_EFFECT), {"key": job.key, "step": job.step})
                job = self._jobs.step(connection, job, step)
        with self._database.writing() as connection:
            connection.execute(insert(_EFFECT), {"key": job.key, "step": job.step})
            return self._jobs.finish(connection, job)

    @contextmanager
    def _worker(self, kind: str) -> Iterator[SimpleQueue[float]]:
        """Let a worker wait for jobs of this kind; gives the times at which it begins them."""
        begun: SimpleQueue[float] = SimpleQueue()

        def task(job: Job) -> State:
            begun.put(time.perf_counter())
            with self._database.writing() as connection:
                return self._jobs.finish(connection, job)

        with Worker(self._jobs, {kind: task}, threads=1):
            yield begun


def _rate(batch: Callable[[], None], seconds: float) -> float:
    batches, start = 0, time.perf_counter()
    while not batches or time.perf_counter() < start + seconds:
        batch()
        batches += 1
    return batches * _BATCH / (time.perf_counter() - start)


def _wait_for_the_end(url: str, lease: timedelta) -> None:
    """Take the job, say so, and never end."""

    def task(_: Job) -> State:
        print("begun", flush=True)
        threading.Event().wait()
        return State.GONE

    with Worker(Jobs(open_database(url), _JOB, lease=lease), {"taken over": task}, threads=1):
        threading.Event().wait()


if __name__ == "__main__":
    _wait_for_the_end(sys.argv[1], timedelta(seconds=float(sys.argv[2])))
