"""What a worker does, in threads of this process."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from oots.cli.bench.own_postgres import OwnPostgres
from oots.errors import CallerError, StoreUnavailable
from oots.store.database import open_database, utc_now
from oots.work import Job, Jobs, State, Worker
from tests.work.parcels import JOB, METADATA, effects, enqueue, let_pass, once, parcel_task

MOMENT = timedelta(milliseconds=20)
NEVER = timedelta(hours=1)


@pytest.fixture
def quick(jobs: Jobs) -> Jobs:
    """Give jobs that are tried three times, at once."""
    return Jobs(jobs.database, JOB, lease=timedelta(seconds=0.6), tries=3, wait=lambda _: timedelta())


@pytest.fixture
def working() -> Iterator[Callable[..., Worker]]:
    """Give workers that stop with the test."""
    with ExitStack() as stack:

        def start(jobs: Jobs, task: Callable[[Job], State], **options: object) -> Worker:
            worker = Worker(jobs, {"parcel": task}, **{"poll": MOMENT} | options)  # type: ignore[arg-type]
            return stack.enter_context(worker)

        yield start


Working = Callable[..., Worker]


def until(fulfilled: Callable[[], object], *, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not fulfilled():
        assert time.monotonic() < end
        time.sleep(0.005)


def nothing_left(jobs: Jobs) -> bool:
    with jobs.database.reading() as connection:
        backlog = jobs.backlog(connection)
    return (backlog.due, backlog.later, backlog.leased) == (0, 0, 0)


def dead(jobs: Jobs) -> list[tuple[str, str]]:
    with jobs.database.reading() as connection:
        return [(job.key, job.error) for job in jobs.dead(connection)]


def finishing(jobs: Jobs) -> Callable[[Job], State]:
    def task(job: Job) -> State:
        with jobs.database.writing() as connection:
            return jobs.finish(connection, job)

    return task


def test_every_job_is_done_once_by_several_workers(quick: Jobs, working: Working) -> None:
    keys = [str(number) for number in range(60)]
    for _ in range(3):
        working(quick, parcel_task(quick, lambda _: None), threads=3)

    enqueue(quick, *keys)
    until(lambda: nothing_left(quick))

    assert effects(quick.database) == once(*keys)


def test_a_job_begins_when_its_transaction_is_committed_and_not_at_the_next_poll(quick: Jobs, working: Working) -> None:
    working(quick, finishing(quick), poll=NEVER)

    for _ in range(5):
        enqueue(quick, "m1")
        until(lambda: nothing_left(quick))


def test_nobody_is_woken_for_a_job_that_is_not_committed(jobs: Jobs) -> None:
    with jobs.database.writing() as connection:
        jobs.enqueue(connection, "parcel", "m1")
        assert jobs.bell.rings == 0

    assert jobs.bell.rings == 1


def test_a_revived_job_begins_at_once(quick: Jobs, working: Working) -> None:
    [job_id] = enqueue(quick, "m1")
    with quick.database.writing() as connection:
        [job] = quick.claim(connection, ["parcel"], owner="w1")
        quick.fail(connection, job, "no answer")
    working(quick, finishing(quick), poll=NEVER)

    with quick.database.writing() as connection:
        quick.revive(connection, job_id)

    until(lambda: nothing_left(quick))


@pytest.mark.postgres
@pytest.mark.parametrize("new_url", ["postgresql"], indirect=True)
def test_a_job_from_another_process_begins_when_it_is_committed(quick: Jobs, working: Working, url: str) -> None:
    working(quick, finishing(quick), poll=timedelta(seconds=5))
    elsewhere = open_database(url)
    until(lambda: listeners(quick))

    began = time.monotonic()
    enqueue(Jobs(elsewhere, JOB), "m1")
    until(lambda: nothing_left(quick))

    assert time.monotonic() - began < 3
    elsewhere.close()


@pytest.mark.postgres
@pytest.mark.parametrize("new_url", ["postgresql"], indirect=True)
def test_listening_goes_on_after_its_connection_broke(quick: Jobs, working: Working, url: str) -> None:
    working(quick, finishing(quick), poll=timedelta(seconds=1))
    elsewhere = open_database(url)
    until(lambda: listeners(quick))
    [number] = listeners(quick)

    with elsewhere.writing() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:number)"), {"number": number})

    until(lambda: listeners(quick) not in ([], [number]))
    elsewhere.close()


def listeners(jobs: Jobs) -> list[int]:
    with jobs.database.reading() as connection:
        found = text("SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()")
        return list(connection.scalars(found))


def test_a_poll_finds_what_nobody_rang_for(quick: Jobs, working: Working) -> None:
    working(quick, finishing(quick))
    silent = Jobs(quick.database, JOB)
    silent.channel = "elsewhere"  # type: ignore[misc]

    enqueue(silent, "m1")

    until(lambda: nothing_left(quick))


def test_a_timer_goes_off_when_its_time_has_come(quick: Jobs, working: Working) -> None:
    with quick.database.writing() as connection:
        at = quick.database.now(connection) + timedelta(seconds=0.3)
        quick.enqueue(connection, "parcel", "m1", run_at=at)

    working(quick, finishing(quick))
    until(lambda: nothing_left(quick))

    with quick.database.reading() as connection:
        assert at <= quick.database.now(connection) < at + timedelta(seconds=2)


def test_a_task_that_takes_longer_than_a_lease_keeps_its_job(quick: Jobs, working: Working) -> None:
    begun = []

    def slow(job: Job) -> State:
        begun.append(job.owner)
        time.sleep(3 * quick.lease.total_seconds())
        return finishing(quick)(job)

    working(quick, slow, threads=1)
    working(quick, slow, threads=1)
    enqueue(quick, "m1")
    until(lambda: nothing_left(quick))

    assert len(begun) == 1


def test_a_task_that_hangs_loses_its_job_to_another_worker(
    quick: Jobs, working: Working, caplog: pytest.LogCaptureFixture
) -> None:
    release = threading.Event()
    begun = []

    def hanging(job: Job) -> State:
        begun.append(job.owner)
        if len(begun) == 1:
            release.wait()
        return finishing(quick)(job)

    working(quick, hanging, threads=2, longest=timedelta(seconds=0.3))
    enqueue(quick, "m1")
    until(lambda: nothing_left(quick))
    release.set()

    assert len(begun) == 2
    assert begun[0] != begun[1]
    assert caplog.text.count("(parcel of m1) hangs") == 1


def test_a_job_taken_over_by_the_same_worker_is_still_fenced(
    quick: Jobs, working: Working, caplog: pytest.LogCaptureFixture
) -> None:
    seen = threading.Event()
    begun: list[str] = []

    def task(job: Job) -> State:
        begun.append(job.owner)
        if len(begun) == 1:
            let_pass(quick.database, NEVER)
            seen.wait()
        state = parcel_task(quick, lambda _: None)(job)
        seen.set()
        return state

    working(quick, task, threads=2)
    enqueue(quick, "m1")
    until(lambda: nothing_left(quick))
    until(lambda: "was taken over while we did it" in caplog.text)

    assert effects(quick.database) == once("m1")


@pytest.mark.parametrize("raised", [ValueError("Ada, born 1815"), KeyError("Ada"), SystemExit(1), MemoryError()])
def test_a_worker_survives_what_a_task_raises_and_says_it_without_values(
    quick: Jobs, working: Working, raised: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    def task(job: Job) -> State:
        if job.key == "bad":
            raise raised
        return finishing(quick)(job)

    worker = working(quick, task, threads=1)
    enqueue(quick, "bad")
    until(lambda: dead(quick))
    enqueue(quick, "good")
    until(lambda: nothing_left(quick))

    [(key, error)] = dead(quick)
    assert (key, error.split(" at ")[0]) == ("bad", type(raised).__name__)
    assert "test_worker:" in error
    assert "Ada" not in caplog.text + error
    assert caplog.text.count("(parcel of bad) failed") == 3
    assert "(parcel of bad) is dead: " in caplog.text
    assert worker.stop()


def test_an_error_of_ours_is_kept_with_its_words(quick: Jobs, working: Working) -> None:
    def task(_: Job) -> State:
        raise CallerError("PartyId 'AP_XX' has no P-Mode")

    working(quick, task)
    enqueue(quick, "m1")
    until(lambda: dead(quick))

    assert dead(quick) == [("m1", "CallerError: PartyId 'AP_XX' has no P-Mode")]


def test_an_error_in_a_later_step_counts_for_that_step(quick: Jobs, working: Working) -> None:
    def at(point: str) -> None:
        if point == "in send":
            raise CallerError("no answer")

    # Nobody has to wait for the end of a lease.
    patient = Jobs(quick.database, JOB, lease=NEVER, tries=3, wait=lambda _: timedelta())
    working(patient, parcel_task(patient, at))
    enqueue(patient, "m1")
    until(lambda: dead(quick))

    with quick.database.reading() as connection:
        [job] = quick.dead(connection)
    assert (job.step, job.error) == ("send", "CallerError: no answer")
    assert effects(quick.database) == {("m1", "pack"): 1}


def test_a_database_that_is_not_there_for_a_task_is_no_failed_attempt(
    quick: Jobs, working: Working, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("oots.work.worker.AWAY", timedelta())
    begun = []

    def task(job: Job) -> State:
        begun.append(job.attempts)
        if len(begun) <= 10:
            raise StoreUnavailable("the disk is full")
        return finishing(quick)(job)

    working(quick, task)
    enqueue(quick, "m1")
    until(lambda: nothing_left(quick))

    assert begun == [1] * 11
    assert dead(quick) == []


def test_jobs_without_a_task_are_left_to_others(quick: Jobs, working: Working) -> None:
    working(quick, finishing(quick))
    with quick.database.writing() as connection:
        quick.enqueue(connection, "of a newer release", "m1")
    enqueue(quick, "m2")

    until(lambda: effects_left(quick) == ["m1"])


def effects_left(jobs: Jobs) -> list[str]:
    with jobs.database.reading() as connection:
        return list(connection.scalars(text("SELECT key FROM job")))


def test_stopping_waits_for_what_is_in_hand_and_begins_nothing_new(quick: Jobs) -> None:
    begun, go_on = threading.Event(), threading.Event()
    done = []

    def task(job: Job) -> State:
        begun.set()
        go_on.wait()
        done.append(job.key)
        return finishing(quick)(job)

    worker = Worker(quick, {"parcel": task}, threads=1, poll=MOMENT)
    worker.start()
    enqueue(quick, "first", "second")
    begun.wait()
    threading.Timer(2 * quick.lease.total_seconds(), go_on.set).start()

    assert worker.stop()

    assert done == ["first"]
    assert effects_left(quick) == ["second"]


def test_stopping_has_an_end(quick: Jobs) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def task(job: Job) -> State:
        begun.set()
        go_on.wait()
        return finishing(quick)(job)

    worker = Worker(quick, {"parcel": task}, threads=1, poll=MOMENT)
    worker.start()
    enqueue(quick, "m1")
    begun.wait()

    assert not worker.stop(patience=timedelta(seconds=0.1))

    go_on.set()
    assert worker.stop()


def test_stopping_an_idle_worker_takes_no_time(quick: Jobs) -> None:
    worker = Worker(quick, {"parcel": finishing(quick)}, poll=NEVER)
    worker.start()

    began = time.monotonic()
    assert worker.stop()

    assert time.monotonic() - began < 2


@pytest.mark.postgres
@pytest.mark.parametrize("new_url", ["postgresql"], indirect=True)
def test_a_database_that_goes_away_for_a_while_delays_and_loses_nothing(
    quick: Jobs,
    working: Working,
    postgres: OwnPostgres,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("oots.work.worker.AWAY", timedelta(seconds=0.1))
    name = quick.database.place.rpartition("/")[2]
    keys = [str(number) for number in range(200)]
    patient = Jobs(quick.database, JOB, lease=quick.lease, wait=lambda _: timedelta())
    enqueue(quick, *keys)
    working(patient, parcel_task(quick, lambda _: None))
    until(lambda: len(effects(quick.database)) > 20)

    postgres.sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    postgres.sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    until(lambda: "cannot look for work, and keeps trying" in caplog.text)
    time.sleep(0.3)
    postgres.sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    until(lambda: nothing_left(quick))

    assert effects(quick.database) == once(*keys)
    assert "can look for work again" in caplog.text
    assert caplog.text.count("cannot look for work") <= 4


@pytest.mark.parametrize("new_url", ["sqlite"], indirect=True)
def test_a_database_that_is_locked_for_a_while_delays_and_loses_nothing(
    quick: Jobs, working: Working, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    keys = [str(number) for number in range(100)]
    enqueue(quick, *keys)
    with quick.database.writing() as connection:
        connection.execute(text("PRAGMA busy_timeout=50"))
    patient = Jobs(quick.database, JOB, lease=quick.lease, wait=lambda _: timedelta())
    working(patient, parcel_task(quick, lambda _: None))
    until(lambda: len(effects(quick.database)) > 20)

    with open_database(url).writing():
        until(lambda: "another process has kept it locked" in caplog.text)
        time.sleep(0.3)
    until(lambda: nothing_left(quick))

    assert effects(quick.database) == once(*keys)


@pytest.mark.parametrize("jump", [timedelta(hours=2), timedelta(hours=-2)])
def test_a_clock_that_jumps_and_is_set_right_again_delays_and_loses_nothing(
    quick_folder: Path, working: Working, jump: timedelta
) -> None:
    offsets = [timedelta()]
    database = open_database(f"sqlite:///{quick_folder}/clock.sqlite", clock=lambda: utc_now() + offsets[-1])
    with database.changing_schema() as connection:
        METADATA.create_all(connection)
    jobs = Jobs(database, JOB, lease=timedelta(seconds=0.6))
    keys = [str(number) for number in range(100)]

    def at(point: str) -> None:
        if point == "in send" and len(offsets) == 1:
            offsets.append(jump)

    working(jobs, parcel_task(jobs, at))
    enqueue(jobs, *keys)
    until(lambda: len(offsets) == 2 and nothing_due(jobs))
    offsets.append(timedelta())
    until(lambda: nothing_left(jobs))

    assert effects(database) == once(*keys)
    database.close()


def nothing_due(jobs: Jobs) -> bool:
    with jobs.database.reading() as connection:
        backlog = jobs.backlog(connection)
    return backlog.leased == backlog.due == 0
