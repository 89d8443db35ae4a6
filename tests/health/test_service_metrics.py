"""What is counted, that Prometheus can read it, and that no message can add to its time series."""

import asyncio
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from small_service import KEYS, NOW, SmallService, an_event, client_of, names, samples

from evidence_provider.matching import Rung
from oots import pki
from oots.codes import EbmsCode, EdmCode
from oots.health import Figure, Vitals
from oots.health.counters import OTHER, RUNGS
from oots.health.event_counts import MAX_OPEN
from oots.health.sources import payloads_source
from oots.journal.events import Component, Event, EventName
from oots.store.secret_key import DataKey, SecretKey
from oots.work import Worker

pytestmark = pytest.mark.anyio

HOSTILE = 'x"} 1\noots_forged_total{a="Aino Kielonmäki'


def told(component: Component, *events: Event) -> Vitals:
    vitals = Vitals(component)
    record = vitals.counting(lambda _: None)
    for event in events:
        record(event)
    return vitals


async def test_an_event_is_counted_and_then_told_to_who_else_wants_to_know() -> None:
    vitals, heard = Vitals(Component.GATEWAY), list[Event]()
    event = an_event(EventName.AS4_SENT)

    vitals.counting(heard.append)(event)

    assert heard == [event]
    assert (await samples(vitals))["oots_as4_sent_total", ()] == 1


@pytest.mark.parametrize(
    ("event", "sample"),
    [
        (an_event(EventName.AS4_RECEIVED), ("oots_as4_received_total", ())),
        (an_event(EventName.AS4_DUPLICATE), ("oots_as4_duplicates_total", ())),
        (an_event(EventName.AS4_DELIVERED), ("oots_as4_delivered_total", ())),
        (an_event(EventName.AS4_RECEIPT), ("oots_as4_receipts_total", (("proof", "receipt"),))),
        (
            an_event(EventName.AS4_RECEIPT, facts={"proof": "none"}),
            ("oots_as4_receipts_total", (("proof", "none"),)),
        ),
        (
            an_event(EventName.AS4_RETRY, facts={"code": "EBMS:0005"}),
            ("oots_as4_retries_total", (("code", "EBMS:0005"),)),
        ),
        (
            an_event(EventName.AS4_FAILURE, facts={"code": "EBMS:4001"}),
            ("oots_as4_failures_total", (("code", "EBMS:4001"),)),
        ),
        (an_event(EventName.AS4_FAILURE, facts={"code": "EBMS:0301"}), ("oots_as4_receipt_missing_total", ())),
        (
            an_event(EventName.AS4_REFUSED, facts={"code": "MustUnderstand"}),
            ("oots_as4_refused_total", (("code", "MustUnderstand"),)),
        ),
        (
            an_event(EventName.REQUEST_SENT, Component.REQUESTER),
            ("oots_requests_total", (("role", "requester"),)),
        ),
        (
            an_event(EventName.RESPONSE_RECEIVED, Component.REQUESTER),
            ("oots_outcomes_total", (("code", "none"), ("outcome", "response_received"))),
        ),
        (
            an_event(EventName.REQUEST_RECEIVED, Component.PROVIDER),
            ("oots_requests_total", (("role", "provider"),)),
        ),
        (
            an_event(EventName.REQUEST_REJECTED, Component.PROVIDER, facts={"code": "EDM:ERR:0004"}),
            ("oots_outcomes_total", (("code", "EDM:ERR:0004"), ("outcome", "request_rejected"))),
        ),
        (
            an_event(EventName.IDENTITY_MATCH, Component.PROVIDER, facts={"rung": "eidas identifier", "hits": "many"}),
            ("oots_match_total", (("result", "many"), ("rung", "eidas identifier"))),
        ),
    ],
    ids=lambda value: value.name.value if isinstance(value, Event) else None,
)
async def test_each_kind_of_event_has_its_counter(
    event: Event, sample: tuple[str, tuple[tuple[str, str], ...]]
) -> None:
    untouched = (await samples(Vitals(event.component)))[sample]

    assert (untouched, (await samples(told(event.component, event)))[sample]) == (0, 1)


async def test_a_failure_for_another_reason_is_no_missing_receipt() -> None:
    vitals = told(Component.GATEWAY, an_event(EventName.AS4_FAILURE, facts={"code": "EBMS:0101"}))

    assert (await samples(vitals))["oots_as4_receipt_missing_total", ()] == 0


@pytest.mark.parametrize("component", list(Component))
async def test_nothing_that_a_message_says_becomes_a_time_series(component: Component) -> None:
    facts = dict.fromkeys(("code", "rung", "hits", "proof", "detail", "reason", "procedure"), HOSTILE)
    hostile = [
        an_event(
            name,
            component,
            facts=facts,
            message_id=HOSTILE,
            conversation_id=HOSTILE,
            exchange_id=HOSTILE,
            action=HOSTILE,
        )
        for name in EventName
    ]

    vitals = told(component, *hostile)

    assert set(await samples(vitals)) == set(await samples(Vitals(component)))
    async with client_of(vitals) as client:
        assert "Aino" not in (await client.get("/metrics")).text


async def test_a_value_that_nobody_knows_is_counted_as_other() -> None:
    vitals = told(Component.GATEWAY, an_event(EventName.AS4_REFUSED, facts={"code": HOSTILE}))

    assert (await samples(vitals))["oots_as4_refused_total", (("code", OTHER),)] == 1


def test_the_rungs_are_those_of_the_provider() -> None:
    assert set(RUNGS) == {rung.name.lower().replace("_", " ") for rung in Rung}


async def test_every_code_has_a_time_series_from_the_start() -> None:
    gateway, provider = await samples(Vitals(Component.GATEWAY)), await samples(Vitals(Component.PROVIDER))

    assert all(gateway["oots_as4_refused_total", (("code", code.value),)] == 0 for code in EbmsCode)
    assert all(
        provider["oots_outcomes_total", (("code", code.value), ("outcome", "error_sent"))] == 0 for code in EdmCode
    )


async def test_two_services_of_one_process_count_apart() -> None:
    first, second = told(Component.GATEWAY, an_event(EventName.AS4_SENT)), Vitals(Component.GATEWAY)

    assert (await samples(first))["oots_as4_sent_total", ()] == 1
    assert (await samples(second))["oots_as4_sent_total", ()] == 0


@contextmanager
def threads_that_change_places() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


async def test_events_of_several_threads_are_all_counted() -> None:
    vitals = Vitals(Component.GATEWAY)
    record = vitals.counting(lambda _: None)
    event = an_event(EventName.AS4_SENT)
    threads = [threading.Thread(target=lambda: [record(event) for _ in range(500)]) for _ in range(4)]
    with threads_that_change_places():
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert (await samples(vitals))["oots_as4_sent_total", ()] == 2000


# --- durations --------------------------------------------------------------------------------------------------------


async def test_the_time_from_a_request_to_its_answer_is_measured() -> None:
    vitals = told(
        Component.REQUESTER,
        an_event(EventName.REQUEST_SENT, Component.REQUESTER, exchange_id="e1"),
        an_event(EventName.RESPONSE_RECEIVED, Component.REQUESTER, exchange_id="e1", at=NOW + timedelta(seconds=2)),
        an_event(EventName.RESPONSE_RECEIVED, Component.REQUESTER, exchange_id="e1", at=NOW + timedelta(seconds=9)),
        an_event(EventName.RESPONSE_RECEIVED, Component.REQUESTER, exchange_id="unknown"),
    )

    found = await samples(vitals)

    assert (found["oots_roundtrip_seconds_count", ()], found["oots_roundtrip_seconds_sum", ()]) == (1, 2)
    assert found["oots_roundtrip_seconds_bucket", (("le", "1.0"),)] == 0
    assert found["oots_roundtrip_seconds_bucket", (("le", "2.5"),)] == 1
    assert found["oots_roundtrip_seconds_bucket", (("le", "+Inf"),)] == 1


async def test_a_clock_that_was_set_back_makes_no_negative_duration() -> None:
    vitals = told(
        Component.GATEWAY,
        an_event(EventName.AS4_SUBMITTED, message_id="m1"),
        an_event(EventName.AS4_RECEIPT, message_id="m1", at=NOW - timedelta(hours=1)),
    )

    assert (await samples(vitals))["oots_as4_delivery_seconds_sum", ()] == 0


async def test_requests_that_are_never_answered_do_not_fill_the_memory() -> None:
    sent = (an_event(EventName.AS4_SUBMITTED, message_id=f"m{number}") for number in range(MAX_OPEN + 1))
    ends = (an_event(EventName.AS4_RECEIPT, message_id=name) for name in ("m0", f"m{MAX_OPEN}"))

    vitals = told(Component.GATEWAY, *sent, *ends)

    assert (await samples(vitals))["oots_as4_delivery_seconds_count", ()] == 1


# --- numbers that are asked for ---------------------------------------------------------------------------------------


async def test_jobs_are_counted_by_state(service: SmallService) -> None:
    database = service.stores.database
    with database.writing() as connection:
        for number in range(3):
            service.jobs.enqueue(connection, "parcel", f"p{number}")
        service.jobs.enqueue(connection, "parcel", "p3", run_at=database.now(connection) + timedelta(hours=1))
        (job,) = service.jobs.claim(connection, ["parcel"], owner="o1")
        service.jobs.fail(connection, job, "it is broken")
        service.jobs.claim(connection, ["parcel"], owner="o2")
    vitals = Vitals(Component.REQUESTER)
    vitals.watch_jobs(service.jobs, Worker(service.jobs, {}).is_working)

    found = await samples(vitals)

    jobs = {labels[0][1]: value for (name, labels), value in found.items() if name == "oots_jobs"}
    assert jobs == {"due": 1, "later": 1, "leased": 1, "dead": 1}
    assert found["oots_queue_depth", (("queue", "jobs"),)] == 1
    assert 0 <= found["oots_oldest_pending_seconds", (("queue", "jobs"),)] < 60
    assert found["oots_check_ok", (("check", "worker"),)] == 0


async def test_the_size_of_what_is_stored_is_measured(service: SmallService) -> None:
    vitals = Vitals(Component.GATEWAY)
    vitals.watch_stores(service.stores, service.durability)
    service.stores.blobs.write([bytes(100_000)], DataKey(SecretKey.new()))

    found = await samples(vitals)

    assert 100_000 < found["oots_evidence_store_bytes", ()] < 101_000
    assert found["oots_disk_free_bytes", ()] > 0
    assert found["oots_journal_write_failures_total", ()] == 0
    assert KEYS.current.id not in str(found)


async def test_a_payload_that_goes_while_it_is_measured_does_no_harm(
    service: SmallService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.walk", lambda folder: [(folder, [], ["gone", "here"])])
    (service.durability.blob_folder / "here").write_bytes(bytes(10))

    first, _ = payloads_source(service.durability.blob_folder)()

    assert first == Figure(name="oots_evidence_store_bytes", value=10)


async def test_the_days_of_a_certificate_are_counted() -> None:
    authority = pki.new_authority("test authority", now=NOW)
    certificate = pki.issue_message_certificate(authority, "AP_FI_01", pki.new_rsa_key(2048), now=NOW)
    vitals = Vitals(Component.GATEWAY)
    vitals.watch_certificates(
        lambda: {"message": certificate}, lambda: certificate.not_valid_after_utc + timedelta(hours=12)
    )

    assert (await samples(vitals))["oots_cert_days_left", (("key", "message"),)] == -0.5


async def test_a_number_that_cannot_be_had_is_left_out_and_said_to_be_missing() -> None:
    vitals = Vitals(Component.GATEWAY)

    def broken() -> list[Figure]:
        raise OSError("the disk is gone")

    vitals.ask("payloads", broken)

    found = await samples(vitals)

    assert found["oots_figures_missing", (("source", "payloads"),)] == 1
    assert found["oots_figures_missing", (("source", "clock"),)] == 0
    assert "oots_evidence_store_bytes" not in names(found)


async def test_a_fault_of_ours_in_a_source_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    vitals = Vitals(Component.GATEWAY)

    def wrong() -> list[Figure]:
        raise KeyError("a name")

    vitals.ask("payloads", wrong)

    found = await samples(vitals)

    assert found["oots_figures_missing", (("source", "payloads"),)] == 1
    assert caplog.messages == ["the numbers of 'payloads' could not be had"]


async def test_a_source_that_hangs_holds_nobody_up_for_long() -> None:
    may_go_on = threading.Event()
    vitals = Vitals(Component.GATEWAY)

    def slow() -> list[Figure]:
        may_go_on.wait(60)
        return []

    vitals.ask("database", slow)
    began = asyncio.get_running_loop().time()

    found = await samples(vitals)
    may_go_on.set()

    assert found["oots_figures_missing", (("source", "database"),)] == 1
    assert asyncio.get_running_loop().time() - began < 4


async def test_the_process_tells_its_memory_its_time_and_its_files() -> None:
    assert {"process_resident_memory_bytes", "process_cpu_seconds_total", "process_open_fds"} <= names(
        await samples(Vitals(Component.PROVIDER))
    )


async def test_the_page_is_of_the_type_that_prometheus_asks_for_and_is_kept_by_nobody() -> None:
    async with client_of(Vitals(Component.GATEWAY)) as client:
        answer = await client.get("/metrics")

    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
