"""
What a service needs for its work: database, folder of blobs, keys, workers, rules, access point.

Nothing here leaves a trace: a database is asked to write no rows, a folder to hold a file without a name.
"""

import tempfile
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Final

from sqlalchemy import false, insert, select

from oots.errors import OperatorError
from oots.health.latest import PATIENCE_SECONDS
from oots.health.readiness import Check, in_thread
from oots.journal.table import EventTables
from oots.net.probe import Seen, look
from oots.store.database import Database
from oots.store.durable import usable
from oots.validation.schematron.pool import WorkerPool
from oots.work import Jobs

STUCK: Final = timedelta(minutes=15)
"""Since when a job must be due that nobody does: much longer than any worker takes to find it."""

_PAGE: Final = bytes(4096)


def database_check(database: Database, events: EventTables) -> Check:
    """Look whether the journal can be written: the database is there, not read-only, current, and we are let in."""
    event = events.event
    # No rows, so that the journal's numbers have no gap; refused all the same where one row would be.
    no_rows = insert(event).from_select([column.name for column in event.c], select(event).where(false()))

    def check() -> None:
        with database.writing() as connection:
            connection.execute(no_rows)

    return Check(name="database", look=in_thread(check), otherwise="the database cannot be written to")


def folder_check(folder: Path) -> Check:
    """Look whether a folder takes files."""

    def check() -> None:
        with usable(folder), tempfile.TemporaryFile(dir=folder) as file:
            file.write(_PAGE)
            file.flush()

    return Check(name="payloads", look=in_thread(check), otherwise="the folder of payloads cannot be written to")


def keys_check(keys: Callable[[], object]) -> Check:
    """Look whether the keys of what is stored can be read."""

    def check() -> None:
        keys()

    return Check(name="keys", look=in_thread(check), otherwise="the keys of what is stored cannot be read")


def worker_check(is_working: Callable[[], bool]) -> Check:
    """Look whether the threads that do jobs are there, as `Worker.is_working` tells."""

    async def check() -> None:
        if not is_working():
            raise OperatorError("a thread that does jobs has ended; start the service again")

    return Check(name="worker", look=check, otherwise="nobody does the jobs of this service")


def jobs_check(jobs: Jobs) -> Check:
    """Look whether jobs are done when their time has come."""

    def check() -> None:
        with jobs.database.reading() as connection:
            oldest, now = jobs.backlog(connection).oldest_due, jobs.database.now(connection)
        if oldest is not None and now - oldest > STUCK:
            raise OperatorError(f"a job is due since {(now - oldest).total_seconds():.0f} s, and nobody does it")

    return Check(name="jobs", look=in_thread(check), otherwise="jobs wait for too long")


def rules_check(workers: WorkerPool) -> Check:
    """Look whether the workers that check documents have loaded their rules."""

    async def check() -> None:
        if not workers.is_ready:
            raise OperatorError("the workers that check documents have not loaded the rules")

    return Check(name="rules", look=check, otherwise="documents cannot be checked by the rules yet")


def gateway_check(base_url: str) -> Check:
    """Look whether the access point of this service answers."""
    url = f"{base_url.rstrip('/')}/health/live"

    async def check() -> None:
        seen = await look(url, seconds=PATIENCE_SECONDS)
        if not isinstance(seen, Seen):
            raise OperatorError(f"the access point cannot be reached: {seen.reason}")
        if seen.status != HTTPStatus.OK:
            raise OperatorError(f"the access point answers with HTTP {seen.status}")

    return Check(name="gateway", look=check, otherwise="the access point cannot be reached")
