"""Ready means: database, payloads, keys, workers and access point are there.  Otherwise a sentence says what is not."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from fastapi import FastAPI
from small_service import JOB, SmallService, app_of, client_of, names, ready, samples
from sqlalchemy import func, select, update

from oots.errors import OperatorError, StoreUnavailable
from oots.health import Check, Vitals
from oots.health.checks import folder_check
from oots.health.readiness import Readiness, in_thread
from oots.journal.events import Component
from oots.net.server import running
from oots.store.database import Database
from oots.work import Worker
from tests.store.full_disk import files_no_larger_than

pytestmark = pytest.mark.anyio

HIDDEN = "/home/aino/oots/data"


@pytest.fixture
def vitals() -> Vitals:
    return Vitals(Component.GATEWAY)


def failing(error: Exception, name: str = "database") -> Check:
    async def look() -> None:
        raise error

    return Check(name=name, look=look, otherwise="it is not there")


async def test_a_service_without_checks_is_ready(vitals: Vitals) -> None:
    assert await ready(vitals) == (200, {})


async def test_a_service_that_has_everything_is_ready(vitals: Vitals, service: SmallService) -> None:
    vitals.watch_stores(service.stores, service.durability)
    with Worker(service.jobs, {}, threads=2) as worker:
        vitals.watch_jobs(service.jobs, worker.is_working)

        assert await ready(vitals) == (
            200,
            {"database": "ok", "payloads": "ok", "keys": "ok", "worker": "ok", "jobs": "ok"},
        )


async def test_looking_leaves_nothing_in_the_journal_and_no_gap_in_its_numbers(
    vitals: Vitals, service: SmallService
) -> None:
    vitals.watch_stores(service.stores, service.durability)
    await ready(vitals)

    event = service.stores.events.tables.event
    with service.stores.database.writing() as connection:
        assert connection.scalars(select(func.count()).select_from(event)).one() == 0
        values = {
            "at": service.stores.database.now(connection),
            "node": "n",
            "component": "c",
            "name": "n",
            "facts": {},
        }
        assert connection.execute(event.insert().returning(event.c.number), values).scalar_one() == 1


async def test_a_database_without_the_journal_is_not_ready(vitals: Vitals, service: SmallService) -> None:
    vitals.watch_stores(service.stores, service.durability)
    with service.stores.database.changing_schema() as connection:
        service.stores.events.tables.document.drop(connection)
        service.stores.events.tables.event.drop(connection)

    status, checks = await ready(vitals)

    assert (status, checks["database"], checks["keys"]) == (503, "the database cannot be written to", "ok")


async def test_a_folder_that_is_gone_is_not_ready(vitals: Vitals, service: SmallService) -> None:
    vitals.watch_stores(service.stores, service.durability)
    service.durability.blob_folder.rename(service.durability.blob_folder.with_name("elsewhere"))

    status, checks = await ready(vitals)

    assert (status, checks["payloads"]) == (503, "the folder of payloads cannot be written to")


async def test_the_folder_of_payloads_holds_nothing_more_afterwards(vitals: Vitals, service: SmallService) -> None:
    before = sorted(service.durability.blob_folder.rglob("*"))
    vitals.watch_stores(service.stores, service.durability)
    await ready(vitals)

    assert sorted(service.durability.blob_folder.rglob("*")) == before


async def test_a_worker_that_was_never_started_or_has_stopped_is_not_ready(
    vitals: Vitals, service: SmallService
) -> None:
    worker = Worker(service.jobs, {}, threads=1)
    vitals.watch_jobs(service.jobs, worker.is_working)

    status, checks = await ready(vitals)

    assert (status, checks["worker"]) == (503, "nobody does the jobs of this service")


async def test_a_job_that_nobody_does_is_not_ready(vitals: Vitals, service: SmallService) -> None:
    with service.stores.database.writing() as connection:
        service.jobs.enqueue(connection, "parcel", "p1")
        since = service.stores.database.now(connection) - timedelta(minutes=16)
        connection.execute(update(JOB).values(run_at=since))
    with Worker(service.jobs, {}, threads=1) as worker:
        vitals.watch_jobs(service.jobs, worker.is_working)

        status, checks = await ready(vitals)

    assert (status, checks["jobs"]) == (503, "jobs wait for too long")


async def test_the_access_point_of_a_service_is_asked_whether_it_lives(vitals: Vitals) -> None:
    gateway = Vitals(Component.GATEWAY)
    async with running(app_of(gateway), host="127.0.0.1", port=0) as bound:
        vitals.watch_gateway(f"{bound.url}/")
        assert await ready(vitals) == (200, {"gateway": "ok"})

    stranger = Vitals(Component.REQUESTER)
    stranger.watch_gateway(bound.url)
    assert await ready(stranger) == (503, {"gateway": "the access point cannot be reached"})


async def test_another_program_at_the_address_is_no_access_point(vitals: Vitals) -> None:
    async with running(FastAPI(), host="127.0.0.1", port=0) as bound:
        vitals.watch_gateway(bound.url)

        assert await ready(vitals) == (503, {"gateway": "the access point cannot be reached"})


async def test_a_full_disk_is_not_ready(vitals: Vitals, service: SmallService) -> None:
    vitals.check(folder_check(service.durability.blob_folder))

    with files_no_larger_than(1024):
        assert await ready(vitals) == (503, {"payloads": "the folder of payloads cannot be written to"})


async def test_who_is_being_stopped_is_not_ready_and_looks_at_nothing(vitals: Vitals) -> None:
    vitals.check(failing(OperatorError("it was looked at")))
    vitals.stop()

    assert await ready(vitals) == (503, {"stopping": "the service is being stopped"})
    assert "oots_check_ok" not in names(await samples(vitals))


@pytest.mark.parametrize(
    "error", [StoreUnavailable(f"{HIDDEN} cannot be used for payloads"), ValueError("Kielonmäki")], ids=type
)
async def test_the_answer_has_the_sentence_and_the_log_the_reason(
    vitals: Vitals, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    vitals.check(failing(error))

    assert await ready(vitals) == (503, {"database": "it is not there"})
    assert (HIDDEN in caplog.text) is isinstance(error, StoreUnavailable)
    assert "Kielonmäki" not in caplog.text


async def test_the_log_says_once_that_something_is_missing_and_once_that_it_is_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    outcomes = iter([OperatorError("away"), OperatorError("away"), None, None])

    async def look() -> None:
        outcome = next(outcomes)
        if outcome is not None:
            raise outcome

    readiness = Readiness(fresh_seconds=0)
    readiness.add(Check(name="database", look=look, otherwise="it is not there"))
    for _ in range(4):
        await readiness.look()

    assert [record.getMessage() for record in caplog.records] == [
        "check database: the service is not ready: away",
        "check database: it is well again",
    ]


async def test_a_flood_of_probes_costs_one_look(vitals: Vitals) -> None:
    looks = 0

    async def look() -> None:
        nonlocal looks
        looks += 1
        await asyncio.sleep(0)

    vitals.check(Check(name="database", look=look, otherwise="it is not there"))
    async with client_of(vitals) as client:
        await asyncio.gather(*(client.get("/health/ready") for _ in range(200)))

    assert looks == 1


@contextmanager
def hanging() -> Iterator[Check]:
    may_go_on = threading.Event()

    def look() -> None:
        may_go_on.wait(60)

    yield Check(name="database", look=in_thread(look), otherwise="it is not there")
    may_go_on.set()


async def test_a_database_that_does_not_answer_costs_one_thread_and_two_seconds(vitals: Vitals) -> None:
    threads = threading.active_count()
    with hanging() as check:
        vitals.check(check)
        began = asyncio.get_running_loop().time()

        assert await ready(vitals) == (503, {"database": "it is not there"})
        for _ in range(20):
            assert (await ready(vitals))[0] == 503

        assert asyncio.get_running_loop().time() - began < 4
        assert threading.active_count() <= threads + 1


async def test_a_lost_database_is_counted_as_a_failure_to_write_the_journal(
    vitals: Vitals, database: Database, service: SmallService
) -> None:
    vitals.watch_stores(service.stores, service.durability)
    with pytest.raises(StoreUnavailable), database.writing():
        raise StoreUnavailable("the disk is full")

    assert (await samples(vitals))["oots_journal_write_failures_total", ()] == 1
