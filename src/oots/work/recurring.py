"""
A job that comes up again by itself, for ever; of all processes of a service, one at a time does it.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import Connection

from oots.store.database import Database
from oots.work.job import Job, State
from oots.work.jobs import Jobs


class Recurring(ABC):
    """The task of such a job: `schedule` it once in every process, and give it to a `Worker` under its `kind`."""

    def __init__(self, jobs: Jobs, kind: str, *, every: timedelta) -> None:
        """Let `every` pass from the end of one time to the beginning of the next."""
        self._jobs = jobs
        self._kind = kind
        self._every = every

    @abstractmethod
    def perform(self) -> None:
        """Do what is to be done; what it raises makes this time one that failed."""

    def schedule(self) -> None:
        """Have the job done from now on; one that had died of a fault is tried again."""
        with self._jobs.database.writing() as connection:
            for dead in self._jobs.dead(connection):
                if dead.kind == self._kind:
                    self._jobs.revive(connection, dead.id)
            self._jobs.enqueue(connection, self._kind, self._kind, dedup=self._kind)

    def __call__(self, job: Job) -> State:
        """Do it, and let it come up again."""
        self.perform()
        database = self._jobs.database
        with database.writing() as connection:
            return self._jobs.postpone(connection, job, database.now(connection) + self._every)


def until_none(database: Database, some: Callable[[Connection], int]) -> int:
    """Do something with some rows, in one transaction after the other, until it finds none; give how many in all."""
    total = 0
    while True:
        with database.writing() as connection:
            count = some(connection)
        if not count:
            return total
        total += count
