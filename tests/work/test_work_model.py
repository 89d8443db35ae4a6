"""The table of jobs against a model of it: whatever workers, operators and time do, in whatever order."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule, run_state_machine_as_test
from sqlalchemy import Connection, delete, select

from oots.errors import NotFound
from oots.work import Job, Jobs, LeaseLost, State
from oots.work.job import AFTER
from tests.work.parcels import JOB, NIGHTLY, let_pass

MINUTE: Final = timedelta(minutes=1)
LEASE: Final = 53
TRIES: Final = 3
KINDS: Final = st.sampled_from(["post", "purge"])
STEPS: Final = st.sampled_from(["begin", "posted", "filed"])


def wait(attempts: int) -> int:
    return 7 * attempts


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What the model knows of a job; times are minutes since the beginning."""

    kind: str
    step: str
    run_at: int
    dedup: str | None
    state: State = State.WAITING
    attempts: int = 0
    owner: str | None = None


class JobTable(RuleBasedStateMachine):
    """Does everything twice: to the table, and to the model."""

    handles: Bundle[Job] = Bundle("handles")
    """Jobs as workers got them, however long ago."""

    def __init__(self, jobs: Jobs) -> None:
        super().__init__()
        self.database = jobs.database
        self.jobs = Jobs(
            jobs.database, JOB, lease=LEASE * MINUTE, tries=TRIES, wait=lambda attempts: wait(attempts) * MINUTE
        )
        self.now = 0
        self.owners = 0
        self.rows: dict[int, Row] = {}
        with self.database.writing() as connection:
            connection.execute(delete(JOB))

    # --- what workers do ----------------------------------------------------------------------------------------------

    @rule(kind=KINDS, step=STEPS, dedup=st.none() | st.sampled_from("xy"), delay=st.none() | st.integers(-60, 60))
    def enqueue(self, kind: str, step: str, dedup: str | None, delay: int | None) -> None:
        with self.database.writing() as connection:
            at = None if delay is None else self.database.now(connection) + delay * MINUTE
            job_id = self.jobs.enqueue(connection, kind, "m1", step=step, run_at=at, dedup=dedup)

        known = dedup is not None and dedup in [row.dedup for row in self.rows.values()]
        assert (job_id is None) == known
        if job_id is not None:
            assert job_id not in self.rows
            assert State.WAITING in AFTER[State.GONE]["enqueue"]
            self.rows[job_id] = Row(kind=kind, step=step, run_at=self.now + (delay or 0), dedup=dedup)

    @rule(target=handles, kinds=st.sets(KINDS), limit=st.integers(1, 3))
    def claim(self, kinds: set[str], limit: int) -> Any:
        self.owners += 1
        owner = f"w{self.owners}"
        due = {
            job_id: row
            for job_id, row in self.rows.items()
            if row.state is not State.DEAD and row.kind in kinds and row.run_at <= self.now
        }

        with self.database.writing() as connection:
            claimed = {job.id: job for job in self.jobs.claim(connection, kinds, owner=owner, limit=limit)}
            dead = {job.id for job in self.jobs.dead(connection)}

        buried = dead & due.keys()
        left = due.keys() - claimed.keys() - buried
        assert all(due[job_id].attempts < TRIES for job_id in claimed)
        assert all(due[job_id].attempts == TRIES for job_id in buried)
        assert len(claimed) <= limit
        # Jobs that had to be buried may take the place of others, but not of all.
        assert not left or len(claimed) == limit or (claimed and buried)
        assert not any(due[taken].run_at > due[rest].run_at for taken in claimed.keys() | buried for rest in left)
        for job_id, job in claimed.items():
            lease = {"owner": owner, "run_at": self.now + LEASE, "attempts": due[job_id].attempts + 1}
            self.move(job_id, "claim", State.LEASED, **lease)
            assert (job.step, job.attempts) == (self.rows[job_id].step, self.rows[job_id].attempts)
        for job_id in buried:
            self.move(job_id, "claim", State.DEAD, owner=None, run_at=self.now, attempts=TRIES + 1)
        return multiple(*(job for _, job in sorted(claimed.items())))

    @rule(target=handles, job=handles, step=STEPS)
    def step(self, job: Job, step: str) -> Any:
        moved: list[Job] = []
        if self.fenced(job, lambda connection: moved.append(self.jobs.step(connection, job, step))):
            self.move(job.id, "step", State.LEASED, step=step, run_at=self.now + LEASE, attempts=1)
        return multiple(*moved)

    @rule(job=handles, step=st.none() | STEPS, delay=st.integers(-60, 60))
    def postpone(self, job: Job, step: str | None, delay: int) -> None:
        def postponed(connection: Connection) -> None:
            until = self.database.now(connection) + delay * MINUTE
            assert self.jobs.postpone(connection, job, until, step=step) is State.WAITING

        if self.fenced(job, postponed):
            rest = {"owner": None, "run_at": self.now + delay, "attempts": 0}
            self.move(job.id, "postpone", State.WAITING, step=step or job.step, **rest)

    @rule(job=handles)
    def retry(self, job: Job) -> None:
        states: list[State] = []
        if self.fenced(job, lambda connection: states.append(self.jobs.retry(connection, job, "no answer"))):
            dead = self.rows[job.id].attempts == TRIES
            run_at = self.now + (0 if dead else wait(job.attempts))
            self.move(job.id, "retry", State.DEAD if dead else State.WAITING, owner=None, run_at=run_at)
            assert states == [self.rows[job.id].state]

    @rule(job=handles)
    def fail(self, job: Job) -> None:
        if self.fenced(job, lambda connection: self.jobs.fail(connection, job, "refused")):
            self.move(job.id, "fail", State.DEAD, owner=None, run_at=self.now)

    @rule(job=handles)
    def finish(self, job: Job) -> None:
        if self.fenced(job, lambda connection: self.jobs.finish(connection, job)):
            self.move(job.id, "finish", State.GONE)

    @rule(jobs=st.lists(handles, min_size=1, max_size=3))
    def extend(self, jobs: list[Job]) -> None:
        with self.database.writing() as connection:
            self.jobs.extend(connection, jobs)

        for job in jobs:
            if job.id in self.rows and self.rows[job.id].owner == job.owner:
                self.move(job.id, "extend", State.LEASED, run_at=self.now + LEASE)

    # --- what operators and time do -----------------------------------------------------------------------------------

    @rule(job=handles)
    def revive(self, job: Job) -> None:
        if self.done_to_the_dead(job.id, self.jobs.revive):
            self.move(job.id, "revive", State.WAITING, run_at=self.now, attempts=0)

    @rule(job=handles)
    def discard(self, job: Job) -> None:
        if self.done_to_the_dead(job.id, self.jobs.discard):
            self.move(job.id, "discard", State.GONE)

    @rule(minutes=st.integers(1, 90))
    def time_passes(self, minutes: int) -> None:
        self.now += minutes
        let_pass(self.database, minutes * MINUTE)

    # --- what must hold -----------------------------------------------------------------------------------------------

    @invariant()
    def the_table_is_as_the_model(self) -> None:
        with self.database.reading() as connection:
            now = self.database.now(connection)
            rows = connection.execute(select(JOB)).all()
        assert self.rows == {
            row.id: Row(
                kind=row.kind,
                step=row.step,
                run_at=self.now + round((row.run_at - now) / MINUTE),
                dedup=row.dedup,
                state=State.DEAD if row.state == "dead" else State.LEASED if row.owner else State.WAITING,
                attempts=row.attempts,
                owner=row.owner,
            )
            for row in rows
        }

    @invariant()
    def the_backlog_is_that_of_the_model(self) -> None:
        with self.database.reading() as connection:
            backlog = self.jobs.backlog(connection)
        states = [row.state for row in self.rows.values()]
        waiting = [row.run_at for row in self.rows.values() if row.state is State.WAITING]
        assert backlog.due == sum(run_at <= self.now for run_at in waiting)
        assert backlog.later == sum(run_at > self.now for run_at in waiting)
        assert (backlog.leased, backlog.dead) == (states.count(State.LEASED), states.count(State.DEAD))

    # ------------------------------------------------------------------------------------------------------------------

    def move(self, job_id: int, act: str, state: State, **changes: Any) -> None:
        """Move a job of the model on, if the table of transitions lets it."""
        row = self.rows.pop(job_id)
        assert state in AFTER[row.state][act]
        if state is not State.GONE:
            self.rows[job_id] = replace(row, state=state, **changes)

    def fenced(self, job: Job, act: Callable[[Connection], object]) -> bool:
        """Do it, if the worker still has the lease and the step has not been taken; tell whether it did."""
        row = self.rows.get(job.id)
        ours = row is not None and (row.owner, row.step) == (job.owner, job.step)
        try:
            with self.database.writing() as connection:
                act(connection)
        except LeaseLost:
            assert not ours
        else:
            assert ours
        return ours

    def done_to_the_dead(self, job_id: int, act: Callable[[Connection, int], State]) -> bool:
        dead = job_id in self.rows and self.rows[job_id].state is State.DEAD
        try:
            with self.database.writing() as connection:
                act(connection, job_id)
        except NotFound:
            assert not dead
        else:
            assert dead
        return dead


@pytest.mark.timeout(900)
def test_the_table_does_what_the_model_does(jobs: Jobs) -> None:
    run_state_machine_as_test(
        lambda: JobTable(jobs),
        settings=settings(max_examples=1000 if NIGHTLY else 25, stateful_step_count=40, derandomize=not NIGHTLY),
    )


def test_every_transition_is_a_method() -> None:
    acts = {act for after in AFTER.values() for act in after}

    assert all(callable(getattr(Jobs, act)) for act in acts)
