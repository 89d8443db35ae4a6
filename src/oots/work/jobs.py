"""
`Jobs`: work that must be done, as rows of one table.  Who does it, stands in `worker`; what it is, in the services.

Theory of operation.  A job is put into the database in the transaction that makes it necessary.  Its `run_at` says from
when on it may be done.  Claiming it *is* moving `run_at` into the future, by a lease, and writing an owner's name to it
that is new for every claim.  So waiting, timers, retries, leases and recovery are one mechanism: whoever finds a job
whose time has come takes it.  A worker that lives extends its leases; one that was killed does not, and after a lease
the job is anybody's.

A worker that lost its lease may not know it.  Therefore whatever moves a job on says which owner and which step it
expects, in the transaction that holds the effects of the step: when the row says something else, `LeaseLost` undoes
that transaction.  Effects in the database happen exactly once.  What a step does outside of it happens at least once,
and needs a key by which the other side knows it again, such as a MessageId.

A job that was claimed too often without moving on is dead: it stays, with its error, until someone revives or discards
it.  A finished job is no longer there, and there is no table of past steps: what happened to a message stands in the
journal, written in the same transaction as the step.

No row holds personal data: `key` and `data` name what the job is about.
"""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Delete, Row, Table, Update, func, select

from oots.errors import NotFound, OotsError
from oots.store.database import Database, after_commit
from oots.work.bell import Bell
from oots.work.job import Backlog, DeadJob, Job, State
from oots.work.statements import Statements

LEASE: Final = timedelta(seconds=15)
"""How long a killed worker keeps a job; longer than a transaction may wait for a lock."""

TRIES: Final = 10
"""How often a step is tried before its job is dead; with `backoff` that takes 9 minutes."""

MAX_ERROR_CHARACTERS: Final = 500


log = logging.getLogger(__name__)


class LeaseLost(OotsError):
    """The job is another worker's by now, or was moved on already: this transaction must not be committed."""


def backoff(attempts: int) -> timedelta:
    """Give how long to wait after so many attempts: 1, 2, 4 … seconds, an hour at most."""
    return timedelta(seconds=min(1 << (attempts - 1), 3600))


class Jobs:
    """
    The jobs of one table; each method is one statement or two in the caller's transaction, of `Database.writing`.

    `lease`, `tries` and `wait`, the time between tries, hold for all of them.  A process has one `Jobs` for a table:
    who enqueues by it wakes the workers that were made with it.
    """

    def __init__(
        self,
        database: Database,
        table: Table,
        *,
        lease: timedelta = LEASE,
        tries: int = TRIES,
        wait: Callable[[int], timedelta] = backoff,
    ) -> None:
        self.database = database
        self.lease = lease
        self.bell = Bell()
        self.channel: Final = f"oots_{table.name}"
        """Where PostgreSQL tells other processes of new jobs."""
        self._sql = Statements(database, table, lease=lease)
        self._tries = tries
        self._wait = wait

    def enqueue(
        self,
        connection: Connection,
        kind: str,
        key: str,
        *,
        step: str = "begin",
        data: Mapping[str, Any] | None = None,
        run_at: datetime | None = None,
        dedup: str | None = None,
    ) -> int | None:
        """Add a job, for `run_at` or for now; gives its id, or None when an unfinished job has the same `dedup`."""
        row = {"kind": kind, "key": key, "step": step, "data": dict(data or {}), "dedup": dedup}
        if run_at is not None:
            return connection.scalars(self._sql.enqueue, row | {"run_at": run_at}).one_or_none()
        job_id = connection.scalars(self._sql.enqueue_now, row).one_or_none()
        if job_id is not None:
            self._announce(connection)
        return job_id

    # --- for workers --------------------------------------------------------------------------------------------------

    def claim(self, connection: Connection, kinds: Collection[str], *, owner: str, limit: int = 1) -> list[Job]:
        """
        Take jobs of these kinds whose time has come, the oldest first; `owner` must be a new name.

        Buries those whose tries are used up: whoever had them last did not live to tell.
        """
        while True:
            rows = connection.execute(self._sql.claim, {"kinds": list(kinds), "owner": owner, "limit": limit}).all()
            for row in rows:
                if row.attempts > self._tries:
                    self.fail(connection, _job(row), row.error or "no worker lived to end it")
            jobs = [_job(row) for row in rows if row.attempts <= self._tries]
            if jobs or not rows:
                return jobs

    def extend(self, connection: Connection, jobs: Collection[Job]) -> None:
        """Extend the leases of those jobs that are still their owner's."""
        connection.execute(
            self._sql.extend, {"ids": [job.id for job in jobs], "pairs": [(job.id, job.owner) for job in jobs]}
        )

    def reread(self, connection: Connection, job: Job) -> Job:
        """Give the job with the step at which it is now; raises `LeaseLost` when it is no longer its owner's."""
        row = connection.execute(self._sql.reread, {"this_id": job.id, "this_owner": job.owner}).one_or_none()
        if row is None:
            raise LeaseLost(f"job {job.id} is no longer ours")
        return _job(row)

    # --- for tasks; all raise LeaseLost -------------------------------------------------------------------------------

    def step(self, connection: Connection, job: Job, step: str, *, data: Mapping[str, Any] | None = None) -> Job:
        """Move on to `step`, and keep the lease; gives the job to go on with."""
        moved = replace(job, step=step, data=job.data if data is None else data, attempts=1)
        self._move(connection, job, self._sql.step, step=moved.step, data=dict(moved.data))
        return moved

    def postpone(
        self,
        connection: Connection,
        job: Job,
        until: datetime,
        *,
        step: str | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> State:
        """Let the job rest until then, at this step or another; as a planned pause, it counts as moving on."""
        moved = {"step": step or job.step, "data": dict(job.data if data is None else data)}
        self._move(connection, job, self._sql.rest, run_at=until, attempts=0, error=None, **moved)
        return State.WAITING

    def retry(self, connection: Connection, job: Job, error: str) -> State:
        """Say that this attempt failed: another one follows after a while, or the job is dead."""
        if job.attempts >= self._tries:
            return self.fail(connection, job, error)
        again_at = self.database.now(connection) + self._wait(job.attempts)
        self._move(connection, job, self._sql.rest, run_at=again_at, error=error[:MAX_ERROR_CHARACTERS])
        return State.WAITING

    def fail(self, connection: Connection, job: Job, error: str) -> State:
        """Give up: the job is dead, and operators see it with this error."""
        self._move(connection, job, self._sql.fail, error=error[:MAX_ERROR_CHARACTERS])
        after_commit(connection, lambda: _log_death(job, error))
        return State.DEAD

    def finish(self, connection: Connection, job: Job) -> State:
        """Say that everything is done; the job is no longer there."""
        self._move(connection, job, self._sql.finish)
        return State.GONE

    # --- for operators ------------------------------------------------------------------------------------------------

    def backlog(self, connection: Connection) -> Backlog:
        """Count what there is to do."""
        return Backlog(**connection.execute(self._sql.backlog).one()._asdict())

    def dead(self, connection: Connection, *, limit: int = 100) -> Sequence[DeadJob]:
        """Give jobs that nobody tries any more, the oldest first."""
        return [
            DeadJob(id=row.id, kind=row.kind, key=row.key, step=row.step, error=row.error, since=row.run_at)
            for row in connection.execute(self._sql.dead, {"limit": limit})
        ]

    def revive(self, connection: Connection, job_id: int) -> State:
        """Let a dead job be tried again, from the step at which it died; raises `NotFound`."""
        self._raise_dead(connection, job_id, self._sql.revive)
        self._announce(connection)
        return State.WAITING

    def discard(self, connection: Connection, job_id: int) -> State:
        """Remove a dead job, which will not be done; raises `NotFound`."""
        self._raise_dead(connection, job_id, self._sql.discard)
        return State.GONE

    # ------------------------------------------------------------------------------------------------------------------

    def _move(self, connection: Connection, job: Job, statement: Update | Delete, **columns: Any) -> None:
        expected = {"this_id": job.id, "this_owner": job.owner, "this_step": job.step}
        if connection.execute(statement, expected | columns).rowcount != 1:
            raise LeaseLost(f"job {job.id} is no longer ours, or no longer at step {job.step!r}")

    def _raise_dead(self, connection: Connection, job_id: int, statement: Update | Delete) -> None:
        if connection.execute(statement, {"this_id": job_id}).rowcount != 1:
            raise NotFound(f"there is no dead job {job_id}")

    def _announce(self, connection: Connection) -> None:
        """Wake a worker when the transaction is committed."""
        after_commit(connection, self.bell.ring)
        if self.database.is_postgresql:
            connection.execute(select(func.pg_notify(self.channel, "")))


def _log_death(job: Job, error: str) -> None:
    log.error("job %d (%s of %s) is dead: %s", job.id, job.kind, job.key, error, extra=job.log_fields)


def _job(row: Row[Any]) -> Job:
    names = ("id", "kind", "key", "step", "data", "attempts", "owner")
    return Job(**{name: getattr(row, name) for name in names})
