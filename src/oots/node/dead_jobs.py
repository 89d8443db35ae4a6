"""
The jobs of a node's services, as those see them who look after it: how many wait, which are dead, and what becomes of
those.  Services do them; `oots.work` says how.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import inspect

from oots.errors import OperatorError
from oots.node.databases import ServiceDatabase
from oots.store.database import Database
from oots.store.tables import new_metadata
from oots.work import Backlog, DeadJob, Jobs, job_table


@dataclass(frozen=True, slots=True, kw_only=True)
class JobsOfService:
    """What one service has to do, and what it has given up."""

    backlog: Backlog
    dead: Sequence[DeadJob]
    """The oldest; `backlog` knows how many there are."""


def jobs_of(database: ServiceDatabase) -> JobsOfService | None:
    """Give them, or None when the service has no table of jobs yet; raises `OperatorError`."""
    with database.opened() as opened:
        return look_at_jobs(opened)


def look_at_jobs(opened: Database) -> JobsOfService | None:
    """Give the jobs of a database that is open, or None when it has no table of them."""
    table = job_table(new_metadata())
    jobs = Jobs(opened, table)
    with opened.reading() as connection:
        if not inspect(connection).has_table(table.name):
            return None
        return JobsOfService(backlog=jobs.backlog(connection), dead=jobs.dead(connection))


def revive(database: ServiceDatabase, job_id: int) -> None:
    """Let a dead job be tried again; raises `NotFound`, `OperatorError`."""
    with _jobs(database) as (opened, jobs), opened.writing() as connection:
        jobs.revive(connection, job_id)


def discard(database: ServiceDatabase, job_id: int) -> None:
    """Remove a dead job, which will not be done; raises `NotFound`, `OperatorError`."""
    with _jobs(database) as (opened, jobs), opened.writing() as connection:
        jobs.discard(connection, job_id)


@contextmanager
def _jobs(database: ServiceDatabase) -> Iterator[tuple[Database, Jobs]]:
    with database.opened() as opened:
        if look_at_jobs(opened) is None:
            raise OperatorError(f"the {database.name} has no jobs in its database; run `oots db upgrade`")
        yield opened, Jobs(opened, job_table(new_metadata()))
