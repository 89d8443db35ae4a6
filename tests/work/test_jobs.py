"""What happens to one job, in one thread."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, event, select, text

from oots.errors import NotFound
from oots.work import Job, Jobs, LeaseLost, State
from oots.work.jobs import LEASE, MAX_ERROR_CHARACTERS, TRIES, backoff
from tests.work.parcels import JOB, effects, let_pass

SOON = timedelta(seconds=1)
HOUR = timedelta(hours=1)


def enqueue(jobs: Jobs, key: str = "m1", **options: object) -> int | None:
    with jobs.database.writing() as connection:
        return jobs.enqueue(connection, "send", key, **options)  # type: ignore[arg-type]


def claim(jobs: Jobs, owner: str, *, limit: int = 1) -> list[Job]:
    with jobs.database.writing() as connection:
        return jobs.claim(connection, ["send"], owner=owner, limit=limit)


def move(jobs: Jobs, act: Callable[[Connection], State]) -> State:
    with jobs.database.writing() as connection:
        return act(connection)


def column(jobs: Jobs, name: str) -> object:
    with jobs.database.reading() as connection:
        return connection.scalars(select(JOB.c[name])).one()


def now(jobs: Jobs) -> datetime:
    with jobs.database.reading() as connection:
        return jobs.database.now(connection)


def test_a_job_is_claimed_as_it_was_enqueued(jobs: Jobs) -> None:
    job_id = enqueue(jobs, "m1", step="post", data={"attempt": 1})

    [job] = claim(jobs, "w1")

    assert job_id is not None
    assert job == Job(id=job_id, kind="send", key="m1", step="post", data={"attempt": 1}, attempts=1, owner="w1")


def test_a_job_of_a_transaction_that_was_undone_is_not_there(jobs: Jobs) -> None:
    with suppress(ZeroDivisionError), jobs.database.writing() as connection:
        jobs.enqueue(connection, "send", "m1")
        raise ZeroDivisionError

    assert claim(jobs, "w1") == []


def test_a_job_is_claimed_by_one_worker_only(jobs: Jobs) -> None:
    enqueue(jobs)

    assert [len(claim(jobs, owner)) for owner in ("w1", "w2")] == [1, 0]


def test_the_oldest_job_comes_first(jobs: Jobs) -> None:
    at = now(jobs)
    for key, run_at in {"third": at - SOON, "first": at - 3 * SOON, "second": at - 2 * SOON}.items():
        enqueue(jobs, key, run_at=run_at)

    assert [claim(jobs, str(number))[0].key for number in range(3)] == ["first", "second", "third"]


def test_as_many_jobs_are_claimed_as_one_wants(jobs: Jobs) -> None:
    for key in "abcde":
        enqueue(jobs, key)

    assert [len(claim(jobs, f"w{number}", limit=3)) for number in range(3)] == [3, 2, 0]


def test_a_worker_gets_jobs_of_its_kinds_only(jobs: Jobs) -> None:
    enqueue(jobs)

    with jobs.database.writing() as connection:
        assert jobs.claim(connection, ["purge", "file"], owner="w1") == []
        assert jobs.claim(connection, [], owner="w1") == []


def test_a_job_is_not_done_before_its_time(jobs: Jobs) -> None:
    enqueue(jobs, run_at=now(jobs) + HOUR)
    assert claim(jobs, "w1") == []

    let_pass(jobs.database, HOUR)

    assert len(claim(jobs, "w1")) == 1


def test_a_second_job_with_the_same_dedup_is_not_added(jobs: Jobs) -> None:
    first, second, other = (enqueue(jobs, dedup=dedup) for dedup in ("nightly", "nightly", "weekly"))

    assert first is not None
    assert second is None
    assert other is not None


def test_jobs_without_dedup_do_not_exclude_each_other(jobs: Jobs) -> None:
    assert None not in [enqueue(jobs), enqueue(jobs)]


def test_after_a_job_is_finished_its_dedup_is_free(jobs: Jobs) -> None:
    enqueue(jobs, dedup="nightly")
    [job] = claim(jobs, "w1")
    move(jobs, lambda connection: jobs.finish(connection, job))

    assert enqueue(jobs, dedup="nightly") is not None


def test_an_id_is_not_used_again(jobs: Jobs) -> None:
    first = enqueue(jobs)
    [job] = claim(jobs, "w1")
    move(jobs, lambda connection: jobs.finish(connection, job))

    assert enqueue(jobs) != first


def test_a_finished_job_is_gone(jobs: Jobs) -> None:
    enqueue(jobs)
    [job] = claim(jobs, "w1")

    assert move(jobs, lambda connection: jobs.finish(connection, job)) is State.GONE

    let_pass(jobs.database, HOUR)
    assert claim(jobs, "w2") == []


def test_a_step_keeps_the_lease_and_the_next_one_is_expected(jobs: Jobs) -> None:
    enqueue(jobs)
    [job] = claim(jobs, "w1")

    with jobs.database.writing() as connection:
        moved = jobs.step(connection, job, "sent", data={"receipt": "r1"})

    assert (moved.step, moved.data, moved.owner) == ("sent", {"receipt": "r1"}, "w1")
    assert claim(jobs, "w2") == []
    assert move(jobs, lambda connection: jobs.finish(connection, moved)) is State.GONE


def test_a_step_without_new_data_keeps_the_old(jobs: Jobs) -> None:
    enqueue(jobs, data={"to": "AP_BB_01"})
    [job] = claim(jobs, "w1")

    with jobs.database.writing() as connection:
        assert jobs.step(connection, job, "sent").data == {"to": "AP_BB_01"}

    assert column(jobs, "data") == {"to": "AP_BB_01"}


def test_a_killed_workers_job_goes_on_after_its_lease_at_the_step_that_was_committed(jobs: Jobs) -> None:
    enqueue(jobs)
    [job] = claim(jobs, "w1")
    with jobs.database.writing() as connection:
        jobs.step(connection, job, "sent")

    let_pass(jobs.database, LEASE - SOON)
    assert claim(jobs, "w2") == []
    let_pass(jobs.database, 2 * SOON)

    [taken_over] = claim(jobs, "w2")
    assert (taken_over.step, taken_over.attempts) == ("sent", 2)


LATE: list[Callable[[Jobs, Connection, Job], object]] = [
    lambda jobs, connection, job: jobs.step(connection, job, "sent"),
    lambda jobs, connection, job: jobs.postpone(connection, job, jobs.database.now(connection)),
    lambda jobs, connection, job: jobs.retry(connection, job, "late"),
    lambda jobs, connection, job: jobs.fail(connection, job, "late"),
    lambda jobs, connection, job: jobs.finish(connection, job),
    lambda jobs, connection, job: jobs.reread(connection, job),
]


@pytest.mark.parametrize("act", LATE)
def test_a_worker_that_lost_its_lease_changes_nothing(
    jobs: Jobs, act: Callable[[Jobs, Connection, Job], object]
) -> None:
    enqueue(jobs)
    [late] = claim(jobs, "w1")
    let_pass(jobs.database, LEASE)
    [job] = claim(jobs, "w2")

    with pytest.raises(LeaseLost, match="no longer ours"), jobs.database.writing() as connection:
        undone_with(connection, act, jobs, late)

    assert effects(jobs.database) == {}
    assert move(jobs, lambda connection: jobs.finish(connection, job)) is State.GONE


def undone_with(connection: Connection, act: Callable[..., object], jobs: Jobs, job: Job) -> None:
    connection.execute(text("INSERT INTO effect (key, step) VALUES ('m1', 'late')"))
    act(jobs, connection, job)


@pytest.mark.parametrize("act", LATE[:-1])
def test_no_step_is_taken_twice_by_the_same_worker(jobs: Jobs, act: Callable[[Jobs, Connection, Job], object]) -> None:
    enqueue(jobs)
    [job] = claim(jobs, "w1")
    with jobs.database.writing() as connection:
        jobs.step(connection, job, "posted")

    with pytest.raises(LeaseLost), jobs.database.writing() as connection:
        act(jobs, connection, job)


def test_a_lease_that_ran_out_still_counts_while_nobody_took_over(jobs: Jobs) -> None:
    enqueue(jobs)
    [job] = claim(jobs, "w1")
    let_pass(jobs.database, HOUR)

    assert move(jobs, lambda connection: jobs.finish(connection, job)) is State.GONE


def test_an_extended_lease_is_a_new_one(jobs: Jobs) -> None:
    enqueue(jobs)
    [job] = claim(jobs, "w1")
    let_pass(jobs.database, LEASE - SOON)

    with jobs.database.writing() as connection:
        jobs.extend(connection, [job])
    let_pass(jobs.database, LEASE - SOON)

    assert claim(jobs, "w2") == []


def test_a_lease_that_was_lost_is_not_extended(jobs: Jobs) -> None:
    enqueue(jobs)
    [late] = claim(jobs, "w1")
    let_pass(jobs.database, LEASE)
    claim(jobs, "w2")
    until = column(jobs, "run_at")

    with jobs.database.writing() as connection:
        jobs.extend(connection, [late])

    assert column(jobs, "run_at") == until


def test_a_lease_that_was_lost_to_the_owner_of_another_job_is_not_extended(jobs: Jobs) -> None:
    for key in "ab":
        enqueue(jobs, key)
    [late] = claim(jobs, "w1")
    let_pass(jobs.database, LEASE)
    other, taken_over = sorted(claim(jobs, "w2", limit=2), key=lambda job: job.id == late.id)
    let_pass(jobs.database, LEASE - SOON)

    with jobs.database.writing() as connection:
        jobs.extend(connection, [late, other])
    let_pass(jobs.database, SOON)

    assert [job.id for job in claim(jobs, "w3", limit=2)] == [taken_over.id]


@pytest.mark.postgres
@pytest.mark.parametrize("new_url", ["postgresql"], indirect=True)
def test_what_is_being_moved_on_does_not_hold_up_the_extending_of_others(jobs: Jobs) -> None:
    for key in "ab":
        enqueue(jobs, key)
    [locked] = claim(jobs, "w1")
    [other] = claim(jobs, "w2")
    let_pass(jobs.database, LEASE - SOON)

    with jobs.database.writing() as moving:
        jobs.step(moving, locked, "sent")
        with jobs.database.writing() as connection:
            jobs.extend(connection, [locked, other])
    let_pass(jobs.database, LEASE - SOON)

    assert claim(jobs, "w3", limit=2) == []


def test_a_postponed_job_rests_and_is_then_anybodys(jobs: Jobs) -> None:
    enqueue(jobs)
    [job] = claim(jobs, "w1")

    rested = move(
        jobs, lambda connection: jobs.postpone(connection, job, now(jobs) + HOUR, step="remind", data={"times": 1})
    )

    assert rested is State.WAITING
    assert claim(jobs, "w2") == []
    let_pass(jobs.database, HOUR)
    [again] = claim(jobs, "w2")
    assert (again.step, again.data, again.attempts) == ("remind", {"times": 1}, 1)


def test_a_job_may_be_postponed_for_ever(jobs: Jobs) -> None:
    enqueue(jobs)

    for number in range(2 * TRIES):
        [job] = claim(jobs, f"w{number}")
        move(jobs, lambda connection, job=job: jobs.postpone(connection, job, now(jobs) - SOON))  # type: ignore[misc]

    assert len(claim(jobs, "w")) == 1


def test_a_failed_attempt_is_made_again_later_and_later(jobs: Jobs) -> None:
    enqueue(jobs)

    for attempt in (1, 2, 3):
        [job] = claim(jobs, f"w{attempt}")
        assert job.attempts == attempt
        assert move(jobs, lambda connection, job=job: jobs.retry(connection, job, "no answer")) is State.WAITING  # type: ignore[misc]
        let_pass(jobs.database, backoff(attempt) - SOON / 2)
        assert claim(jobs, "early") == []
        let_pass(jobs.database, SOON)

    assert column(jobs, "error") == "no answer"


def test_waiting_doubles_up_to_an_hour() -> None:
    assert [backoff(attempts).total_seconds() for attempts in (1, 2, 3, 10, 12, 13, 2000)] == [
        1, 2, 4, 512, 2048, 3600, 3600,
    ]  # fmt: skip


def test_a_job_that_fails_too_often_is_dead(jobs: Jobs) -> None:
    enqueue(jobs)

    states = [attempt(jobs, f"w{number}") for number in range(TRIES)]

    assert states == [State.WAITING] * (TRIES - 1) + [State.DEAD]
    let_pass(jobs.database, HOUR)
    assert claim(jobs, "w") == []
    assert dead(jobs) == [("m1", "begin", "no answer")]


def attempt(jobs: Jobs, owner: str) -> State:
    let_pass(jobs.database, 2 * HOUR)
    [job] = claim(jobs, owner)
    return move(jobs, lambda connection: jobs.retry(connection, job, "no answer"))


def dead(jobs: Jobs) -> list[tuple[str, str, str]]:
    with jobs.database.reading() as connection:
        return [(job.key, job.step, job.error) for job in jobs.dead(connection)]


def test_a_job_that_kills_its_workers_is_dead_and_does_not_hide_the_next(
    jobs: Jobs, caplog: pytest.LogCaptureFixture
) -> None:
    enqueue(jobs, "killer")
    for number in range(TRIES):
        assert [job.key for job in claim(jobs, f"w{number}")] == ["killer"]
        let_pass(jobs.database, HOUR)
    enqueue(jobs, "next")

    assert [job.key for job in claim(jobs, "w")] == ["next"]
    assert dead(jobs) == [("killer", "begin", "no worker lived to end it")]
    assert "(send of killer) is dead: no worker lived to end it" in caplog.text


def test_tries_are_counted_for_each_step(jobs: Jobs) -> None:
    enqueue(jobs)
    for number in range(TRIES - 1):
        attempt(jobs, f"w{number}")
    let_pass(jobs.database, HOUR)
    [job] = claim(jobs, "w")

    with jobs.database.writing() as connection:
        moved = jobs.step(connection, job, "sent")

    assert moved.attempts == 1
    assert move(jobs, lambda connection: jobs.retry(connection, moved, "no answer")) is State.WAITING


def test_a_job_that_was_given_up_is_dead_at_once(jobs: Jobs) -> None:
    enqueue(jobs)
    [job] = claim(jobs, "w1")
    began = now(jobs)

    assert move(jobs, lambda connection: jobs.fail(connection, job, "x" * 10_000)) is State.DEAD

    with jobs.database.reading() as connection:
        [buried] = jobs.dead(connection)
    assert buried.error == "x" * MAX_ERROR_CHARACTERS
    assert began <= buried.since <= now(jobs)


def test_a_dead_job_can_be_revived_with_all_its_tries(jobs: Jobs) -> None:
    job_id = enqueue(jobs)
    assert job_id is not None
    [job] = claim(jobs, "w1")
    move(jobs, lambda connection: jobs.fail(connection, job, "no answer"))

    assert move(jobs, lambda connection: jobs.revive(connection, job_id)) is State.WAITING

    [again] = claim(jobs, "w2")
    assert (again.id, again.attempts) == (job_id, 1)
    assert dead(jobs) == []


def test_a_dead_job_can_be_discarded(jobs: Jobs) -> None:
    job_id = enqueue(jobs, dedup="nightly")
    assert job_id is not None
    [job] = claim(jobs, "w1")
    move(jobs, lambda connection: jobs.fail(connection, job, "no answer"))
    assert enqueue(jobs, dedup="nightly") is None

    assert move(jobs, lambda connection: jobs.discard(connection, job_id)) is State.GONE

    assert enqueue(jobs, dedup="nightly") is not None


@pytest.mark.parametrize("act", ["revive", "discard"])
def test_a_job_that_lives_is_neither_revived_nor_discarded(jobs: Jobs, act: str) -> None:
    job_id = enqueue(jobs)

    with pytest.raises(NotFound, match=f"there is no dead job {job_id}"), jobs.database.writing() as connection:
        getattr(jobs, act)(connection, job_id)


def test_the_backlog_counts_what_there_is_to_do(jobs: Jobs) -> None:
    at = now(jobs)
    for key, run_at in {
        "dead": at - 5 * HOUR,
        "leased": at - 4 * HOUR,
        "due": at - 3 * HOUR,
        "later": at + HOUR,
    }.items():
        enqueue(jobs, key, run_at=run_at)
    enqueue(jobs)
    [to_die] = claim(jobs, "w1")
    move(jobs, lambda connection: jobs.fail(connection, to_die, "no answer"))
    claim(jobs, "w2")

    with jobs.database.reading() as connection:
        backlog = jobs.backlog(connection)

    assert (backlog.due, backlog.later, backlog.leased, backlog.dead) == (2, 1, 1, 1)
    assert backlog.oldest_due == at - 3 * HOUR


def test_an_empty_backlog_has_no_oldest_job(jobs: Jobs) -> None:
    with jobs.database.reading() as connection:
        assert jobs.backlog(connection).oldest_due is None


def test_looking_for_work_uses_the_index(jobs: Jobs) -> None:
    with jobs.database.writing() as connection:
        later = jobs.database.now(connection) + HOUR
        for number in range(1000):
            jobs.enqueue(connection, "send", str(number), run_at=later)
    with jobs.database.writing() as connection:
        connection.execute(text("ANALYZE job"))
        event.listen(connection, "before_cursor_execute", explained, retval=True)
        # Its rows are not those of a claim; the cursor's are the plan.
        cursor = connection.execute(jobs._sql.claim, {"kinds": ["send"], "owner": "w1", "limit": 1}).cursor
        assert cursor is not None
        plan = str(cursor.fetchall())

    assert "ix_job_due" in plan
    assert "Sort" not in plan
    assert "TEMP B-TREE" not in plan


def explained(connection: Connection, *call: object) -> tuple[str, object]:
    _, statement, parameters, *_ = call
    return f"{'EXPLAIN' if connection.dialect.name == 'postgresql' else 'EXPLAIN QUERY PLAN'} {statement}", parameters
