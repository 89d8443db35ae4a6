"""What a requester keeps: through restarts, copies and several processes, encrypted, and no longer than it must."""

import threading
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from evidence_requester.answer import exchange_id_of
from evidence_requester.answers import AnswerState
from evidence_requester.app import create_app
from evidence_requester.errors import Conflict
from evidence_requester.exchange import OpenExchange
from evidence_requester.sending import PATIENCE, PAUSES, Sending
from evidence_requester.states import State
from evidence_requester.tables import ANSWER, DOCUMENT, EXCHANGE, JOB, JOURNEY, METADATA, PAYLOAD
from oots.cli.demo import story
from oots.codes import PARTY_TYPE_OOTS
from oots.ebms.messages import PartyId
from oots.edm.documents import read_request, write
from oots.errors import CallerError, NotFound, OotsError, OperatorError, QueryFailure, StoreUnavailable
from oots.journal.events import EventName
from oots.net.gateway_api import SendingFailure
from oots.spooled import Spooled
from oots.store.database import open_database
from oots.store.durability import Durability
from oots.store.migrate import WrongSchema
from oots.work import LeaseLost
from oots.work import State as JobState
from tests.evidence_requester.desks import KEYS, SETTINGS, Clock, Desk, NewDesk, blobs_in
from tests.evidence_requester.exchanges_of_the_story import PDF, a_response, an_error, delivery_of, new_id
from tests.store.databases import NewUrl
from tests.store.schema import assert_migrated_as_declared
from tests.validation.rules_at_hand import loaded_rules

AWAY = OperatorError("the gateway does not answer")
REFUSED = CallerError("receiver: there is no P-Mode for it")
SENT = [EventName.EXPLICIT_REQUEST_GIVEN, EventName.REQUEST_SENT]
ANSWERED = [*SENT, EventName.RESPONSE_RECEIVED]


def at_once(*acts: Callable[[], object]) -> None:
    """Run all of them, each in a thread, from the same moment on."""
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        start.wait(10)
        act()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_the_migrated_schema_is_the_declared_one(new_url: NewUrl) -> None:
    migrated, declared = open_database(new_url()), open_database(new_url())

    assert_migrated_as_declared(migrated, declared, package="evidence_requester", metadata=METADATA)

    migrated.close()
    declared.close()


def test_an_application_is_not_made_on_a_database_without_tables(new_url: NewUrl, quick_folder: Path) -> None:
    durability = Durability(database=new_url(), blob_folder=quick_folder / "blobs", keys=lambda: KEYS)

    with pytest.raises(WrongSchema, match="evidence_requester needs 0001; run `oots db upgrade`"):
        create_app(
            SETTINGS, durability=durability, rules=loaded_rules(), record=lambda _: None, now=Clock(), new_id=new_id
        )


# --- asking -----------------------------------------------------------------------------------------------------------


def test_an_exchange_is_kept_journalled_and_to_be_sent(desk: Desk) -> None:
    exchange = desk.ask()

    assert desk.state(exchange) is State.PENDING
    assert desk.names() == [EventName.EXPLICIT_REQUEST_GIVEN]
    (job,) = desk.jobs_of("send")
    assert (job.key, job.step) == (exchange.id, "begin")
    assert desk.access_point.attempts == []


def test_a_second_click_gives_the_same_exchange_also_after_a_restart(new_desk: NewDesk) -> None:
    desk, other = new_desk(), new_desk()
    begun = desk.open_journey()

    first = desk.ask(begun.id, idempotency_key="button 1")
    again = other.ask(begun.id, idempotency_key="button 1")
    another = other.ask(begun.id, idempotency_key="button 2")

    assert again == first
    assert another.id != first.id
    assert desk.names() == [EventName.EXPLICIT_REQUEST_GIVEN] * 2
    assert "button 1" not in str(desk.rows(EXCHANGE))


def test_clicks_that_come_at_once_send_one_request(new_desk: NewDesk) -> None:
    desks = [new_desk() for _ in range(4)]
    begun = desks[0].open_journey()

    at_once(*(partial(desk.ask, begun.id, idempotency_key="button") for desk in desks))

    assert len(desks[0].rows(EXCHANGE)) == len(desks[0].jobs_of("send")) == 1


def test_without_a_key_each_click_is_a_request(desk: Desk) -> None:
    begun = desk.open_journey()

    assert desk.ask(begun.id).id != desk.ask(begun.id).id


def test_a_key_means_something_within_its_journey_only(desk: Desk) -> None:
    assert desk.ask(idempotency_key="button").id != desk.ask(idempotency_key="button").id


def test_a_key_that_was_used_for_another_request_is_a_conflict(desk: Desk) -> None:
    begun = desk.open_journey()
    desk.ask(begun.id, idempotency_key="button")

    with pytest.raises(Conflict, match="used in this journey before, for another request"):
        desk.ask(begun.id, idempotency_key="button", access_point=PartyId(value="AP_SE_01", type=PARTY_TYPE_OOTS))

    assert len(desk.rows(EXCHANGE)) == 1


def test_there_is_room_for_so_many_that_wait_and_no_more(new_desk: NewDesk) -> None:
    desk = new_desk(settings=replace(SETTINGS, max_exchanges=2))
    exchange = desk.ask()
    desk.ask(exchange.conversation_id)
    with pytest.raises(CallerError, match="too many exchanges wait"):
        desk.ask(exchange.conversation_id)

    desk.take(exchange, an_error(exchange, QueryFailure("down")))
    desk.work("judge")

    desk.ask(exchange.conversation_id)
    desk.open_journey()
    with pytest.raises(CallerError, match="too many journeys are open"):
        desk.open_journey()


# --- sending ----------------------------------------------------------------------------------------------------------


def test_a_request_that_was_asked_for_is_sent_after_a_restart(new_desk: NewDesk) -> None:
    exchange = new_desk().ask()
    desk = new_desk()

    assert desk.work() == [JobState.WAITING]

    (submitted,) = desk.access_point.submitted
    assert submitted.header.message_id == exchange.message_id
    assert read_request(submitted.contents[0]) == exchange.request
    assert desk.state(exchange) is State.SENT
    assert desk.names() == SENT
    assert desk.events[1].documents == {"request.xml": submitted.contents[0]}


def test_every_attempt_hands_over_the_same(desk: Desk) -> None:
    desk.access_point.faults = [AWAY, AWAY]
    desk.ask()

    assert desk.work() == [JobState.WAITING] * 3

    first, second, third = desk.access_point.attempts
    assert first == second == third


def test_an_access_point_that_is_away_for_longer_than_anybody_waits_makes_it_undeliverable(desk: Desk) -> None:
    desk.access_point.faults = [AWAY, AWAY]
    exchange = desk.ask()

    assert desk.work(steps=1) == [JobState.WAITING]
    assert desk.state(exchange) is State.PENDING
    desk.clock.now += PATIENCE
    assert desk.work() == [JobState.GONE]

    ended = desk.exchange(exchange)
    assert ended.state is State.UNDELIVERABLE
    assert ended.failure is not None
    assert (ended.failure.code, ended.failure.detail) == ("undeliverable", "the gateway does not answer")
    assert desk.names() == [EventName.EXPLICIT_REQUEST_GIVEN, EventName.REQUEST_REFUSED]


def test_no_exchange_waits_for_a_job_that_is_dead(desk: Desk) -> None:
    desk.access_point.faults = [AWAY] * 3
    exchange = desk.ask()

    assert desk.work() == [JobState.WAITING, JobState.WAITING, JobState.DEAD]

    assert desk.state(exchange) is State.UNDELIVERABLE


def test_a_disk_that_is_away_counts_for_nothing(desk: Desk) -> None:
    desk.access_point.faults = [StoreUnavailable("the disk is full")]
    exchange = desk.ask()

    with pytest.raises(StoreUnavailable):
        desk.work()

    assert desk.state(exchange) is State.PENDING


def test_what_the_access_point_refuses_has_failed_at_once(desk: Desk) -> None:
    desk.access_point.faults = [REFUSED]
    exchange = desk.ask()

    assert desk.work() == [JobState.GONE]

    ended = desk.exchange(exchange)
    assert ended.state is State.FAILED
    assert ended.failure is not None
    assert (ended.failure.code, ended.failure.detail) == ("undeliverable", str(REFUSED))
    assert desk.names() == [EventName.EXPLICIT_REQUEST_GIVEN, EventName.REQUEST_REFUSED]
    assert desk.events[-1].facts == {"reason": str(REFUSED)}


@pytest.mark.parametrize("error", [AWAY, REFUSED], ids=["away", "refused"])
def test_an_answer_counts_for_more_than_what_the_access_point_says(new_desk: NewDesk, error: OotsError) -> None:
    desk, other = new_desk(), new_desk()
    exchange = desk.ask()

    def submit(*_: object) -> str:
        # Another attempt got through, though nobody was told.
        other.take(exchange, a_response(exchange))
        other.work("judge")
        raise error

    desk.clock.now += PATIENCE
    desk.tasks["send"] = Sending(desk.books, submit, desk.access_point.status)
    assert desk.work("send") == [JobState.GONE]

    answered = desk.exchange(exchange)
    assert (answered.state, answered.failure) == (State.RECEIVED, None)
    assert EventName.REQUEST_REFUSED not in desk.names()


# --- watching ---------------------------------------------------------------------------------------------------------


def test_it_is_asked_less_and_less_often_what_became_of_a_request_until_its_receipt_is_there(desk: Desk) -> None:
    exchange = desk.sent()
    pauses = []
    for _ in range(7):
        (job,) = desk.jobs_of("send")
        with desk.books.stores.database.reading() as connection:
            pauses.append(round((job.run_at - desk.books.stores.database.now(connection)).total_seconds()))
        assert desk.look_again() == [JobState.WAITING]

    assert pauses == [*PAUSES, PAUSES[-1], PAUSES[-1]]
    desk.access_point.state = "acknowledged"
    assert desk.look_again() == [JobState.GONE]
    assert set(desk.access_point.questions) == {exchange.message_id}
    assert desk.state(exchange) is State.SENT


def test_a_request_that_the_access_point_gives_up_is_undeliverable(desk: Desk) -> None:
    exchange = desk.sent()
    desk.access_point.state = "failed"
    desk.access_point.failure = SendingFailure(code="EBMS:0101", detail="Aino is not on file")

    assert desk.look_again() == [JobState.GONE]

    ended = desk.exchange(exchange)
    assert ended.state is State.UNDELIVERABLE
    assert ended.failure is not None
    assert ended.failure.detail == "EBMS:0101: Aino is not on file"
    assert desk.names() == [*SENT, EventName.REQUEST_REFUSED]
    assert desk.events[-1].facts == {"reason": "the access point gave it up: EBMS:0101"}


def test_an_access_point_that_does_not_say_is_asked_again(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    exchange = desk.sent()
    desk.access_point.silences = [AWAY]

    assert desk.look_again() == [JobState.WAITING]

    assert f"cannot learn the state of request {exchange.message_id}" in caplog.text
    assert desk.state(exchange) is State.SENT


def test_an_access_point_that_was_put_back_to_yesterday_gets_the_request_again(desk: Desk) -> None:
    exchange = desk.sent()
    desk.access_point.submitted.clear()

    assert desk.look_again() == [JobState.WAITING]

    first, second = desk.access_point.attempts
    assert first == second
    assert desk.names() == SENT
    desk.access_point.state = "acknowledged"
    assert desk.look_again() == [JobState.GONE]
    assert desk.state(exchange) is State.SENT


def test_a_request_that_is_lost_and_refused_is_undeliverable(desk: Desk) -> None:
    exchange = desk.sent()
    desk.access_point.submitted.clear()
    desk.access_point.faults = [REFUSED]

    assert desk.look_again() == [JobState.GONE]

    assert desk.state(exchange) is State.UNDELIVERABLE


def test_nobody_asks_about_a_request_that_was_answered(desk: Desk) -> None:
    exchange = desk.sent()
    desk.take(exchange, a_response(exchange))
    desk.work("judge")

    assert desk.look_again() == [JobState.GONE]

    assert desk.access_point.questions == []


# --- taking -----------------------------------------------------------------------------------------------------------


def test_an_answer_is_kept_journalled_and_to_be_judged(desk: Desk) -> None:
    exchange = desk.sent()

    delivery = desk.take(exchange, a_response(exchange))

    assert desk.names() == ANSWERED
    (job,) = desk.jobs_of("judge")
    assert (job.key, job.step) == (delivery.message_id, "begin")
    assert desk.state(exchange) is State.SENT
    assert len(desk.rows(PAYLOAD)) == 1


def test_a_copy_changes_nothing_in_any_state(desk: Desk, quick_folder: Path) -> None:
    exchange = desk.sent()
    delivery = desk.take(exchange, a_response(exchange))

    for _ in range(2):
        desk.taking.keep(delivery, b"something else", {1: Spooled(b"something else")}, {})
        desk.taking.keep_unreadable(delivery, "too large")
        desk.work("judge")

    assert desk.names() == ANSWERED
    assert len(desk.rows(ANSWER)) == len(blobs_in(quick_folder)) == 1
    assert desk.books.documents.open(exchange.id, 0)[1].read() == PDF


def test_of_copies_that_are_taken_at_once_one_is_kept(new_desk: NewDesk, quick_folder: Path) -> None:
    desks = [new_desk() for _ in range(4)]
    exchange = desks[0].sent()
    response = a_response(exchange)

    at_once(*(partial(desk.take, exchange, response, message_id="m1@fi.example") for desk in desks))

    assert desks[0].names() == ANSWERED
    assert len(desks[0].jobs_of("judge")) == len(desks[0].rows(ANSWER)) == len(blobs_in(quick_folder)) == 1


# --- judging ----------------------------------------------------------------------------------------------------------


def test_an_answer_that_was_taken_is_judged_after_a_restart(new_desk: NewDesk) -> None:
    first = new_desk()
    exchange = first.sent()
    first.take(exchange, a_response(exchange))

    desk = new_desk()
    assert desk.work("judge") == [JobState.GONE]

    (document,) = desk.exchange(exchange).documents
    told, content = desk.books.documents.open(exchange.id, 0)
    assert (desk.state(exchange), told, content.read()) == (State.RECEIVED, document, PDF)
    assert [row.state for row in desk.rows(ANSWER)] == [AnswerState.USED.value]
    assert desk.names() == ANSWERED


def test_an_answer_leaves_the_documents_and_nothing_else(desk: Desk, quick_folder: Path) -> None:
    exchange = desk.sent()
    response = a_response(exchange)
    parts = delivery_of(exchange, a_response(exchange, content_ids=("document@fi.example", "other@fi.example"))).parts
    desk.take(exchange, response, parts=parts)
    assert (desk.scopes(), len(blobs_in(quick_folder))) == (["answer", "exchange", "journey"], 2)

    desk.work("judge")

    (exchange_row,), (answer_row,) = desk.rows(EXCHANGE), desk.rows(ANSWER)
    assert (exchange_row.request, exchange_row.header) == (None, None)
    assert (answer_row.document, answer_row.header) == (None, None)
    assert desk.rows(PAYLOAD) == []
    assert (desk.scopes(), len(blobs_in(quick_folder))) == (["evidence", "exchange", "journey"], 1)


def test_an_answer_that_overtakes_everything_proves_that_the_request_was_sent(desk: Desk) -> None:
    exchange = desk.ask()
    desk.take(exchange, a_response(exchange))
    desk.work("judge")

    assert desk.state(exchange) is State.RECEIVED
    assert sorted(desk.names(), key=str) == sorted(ANSWERED, key=str)
    assert read_request(desk.events[-1].documents["request.xml"]) == exchange.request
    assert desk.work("send") == [JobState.GONE]
    assert desk.access_point.attempts == []


def test_a_real_answer_refutes_that_a_request_was_undeliverable(desk: Desk) -> None:
    desk.access_point.faults = [AWAY] * 3
    exchange = desk.ask()
    desk.work()
    assert desk.state(exchange) is State.UNDELIVERABLE

    desk.take(exchange, a_response(exchange))
    desk.work("judge")

    answered = desk.exchange(exchange)
    assert (answered.state, answered.failure) == (State.RECEIVED, None)
    assert desk.names()[-1] is EventName.REQUEST_SENT


def test_the_first_answer_wins_and_a_second_is_only_journalled(desk: Desk, quick_folder: Path) -> None:
    exchange = desk.sent()
    first = desk.take(exchange, a_response(exchange))
    second = desk.take(exchange, an_error(exchange, QueryFailure("down")))
    third = desk.take(exchange, a_response(exchange), evidence=b"another document")

    desk.work("judge")

    assert desk.state(exchange) is State.RECEIVED
    assert desk.books.documents.open(exchange.id, 0)[1].read() == PDF
    states = {row.message_id: row.state for row in desk.rows(ANSWER)}
    assert states == {first.message_id: "used", second.message_id: "refused", third.message_id: "refused"}
    assert [event.facts["reason"] for event in desk.events if event.name is EventName.RESPONSE_REFUSED] == [
        "the request was answered before"
    ] * 2
    assert len(blobs_in(quick_folder)) == 1


def test_answers_that_are_judged_at_once_conclude_the_exchange_once(new_desk: NewDesk, quick_folder: Path) -> None:
    desks = [new_desk() for _ in range(4)]
    exchanges = [desks[0].sent() for _ in range(3)]
    for exchange in exchanges:
        for number in range(4):
            desks[0].take(exchange, a_response(exchange), evidence=b"copy %d" % number)

    at_once(*(partial(desk.work, "judge") for desk in desks))

    assert {desks[0].state(exchange) for exchange in exchanges} == {State.RECEIVED}
    assert Counter(row.state for row in desks[0].rows(ANSWER)) == {"used": 3, "refused": 9}
    assert len(desks[0].rows(DOCUMENT)) == len(blobs_in(quick_folder)) == 3
    assert desks[0].names().count(EventName.RESPONSE_REFUSED) == 9
    assert desks[0].jobs_of("judge") == []


def test_whoever_lost_the_lease_changes_nothing(new_desk: NewDesk) -> None:
    desk, other = new_desk(lease=timedelta()), new_desk()
    exchange = desk.sent()
    desk.take(exchange, a_response(exchange))
    with desk.books.stores.database.writing() as connection:
        (job,) = desk.books.jobs.claim(connection, ["judge"], owner=str(uuid.uuid4()))
    other.work("judge")

    with pytest.raises(LeaseLost):
        desk.tasks["judge"](job)

    assert desk.state(exchange) is State.RECEIVED
    assert desk.names() == ANSWERED


def test_an_answer_whose_document_could_not_be_taken_is_refused_with_the_reason(desk: Desk, quick_folder: Path) -> None:
    exchange = desk.sent()
    response = a_response(exchange, content_ids=("one@fi.example", "two@fi.example"))
    desk.taking.keep(
        delivery_of(exchange, response), write(response), {1: Spooled(PDF)}, {2: "the payload has more than 9 bytes"}
    )

    desk.work("judge")

    ended = desk.exchange(exchange)
    assert ended.failure is not None
    assert (ended.state, ended.failure.code) == (State.FAILED, "answer_refused")
    assert ended.failure.detail == "the payload has more than 9 bytes"
    received = next(event for event in desk.events if event.name is EventName.RESPONSE_RECEIVED)
    assert received.facts["missing"] == "part 2: the payload has more than 9 bytes"
    assert (desk.rows(PAYLOAD), blobs_in(quick_folder), desk.scopes()) == ([], [], ["exchange", "journey"])


def test_an_answer_to_nothing_of_ours_is_refused_and_erased(desk: Desk, quick_folder: Path) -> None:
    exchange = desk.sent()
    stranger = replace(exchange, id=new_id())
    delivery = desk.take(stranger, a_response(exchange))

    desk.work("judge")

    assert exchange_id_of(delivery) == stranger.id
    assert desk.events[-1].facts == {"reason": "the answer belongs to no exchange of ours"}
    assert (desk.scopes(), blobs_in(quick_folder)) == (["exchange", "journey"], [])
    assert desk.state(exchange) is State.SENT


def test_an_answer_that_cannot_be_read_is_journalled_as_it_came_and_erased(desk: Desk) -> None:
    exchange = desk.sent()
    desk.take(exchange, a_response(exchange), raw=b"<html/>")

    desk.work("judge")

    assert desk.names() == [*ANSWERED, EventName.MESSAGE_UNREADABLE]
    assert desk.events[-1].documents == {"answer.xml": b"<html/>"}
    assert [row.state for row in desk.rows(ANSWER)] == ["unreadable"]
    assert desk.state(exchange) is State.SENT


# --- acknowledging ----------------------------------------------------------------------------------------------------


def received(desk: Desk) -> OpenExchange:
    exchange = desk.sent()
    desk.take(exchange, a_response(exchange))
    desk.work("judge")
    return exchange


def test_what_the_procedure_has_is_erased_here(desk: Desk, quick_folder: Path) -> None:
    exchange = received(desk)

    acknowledged = desk.handover.acknowledge(exchange.id)

    assert (acknowledged.state, acknowledged.documents) == (State.DELIVERED, ())
    assert (desk.rows(DOCUMENT), blobs_in(quick_folder), desk.scopes()) == ([], [], ["journey"])
    assert desk.names()[-1] is EventName.EVIDENCE_DELIVERED
    assert desk.events[-1].facts == {"documents": "1"}
    with pytest.raises(NotFound, match="handed over before"):
        desk.books.documents.open(exchange.id, 0)


def test_an_acknowledgement_may_be_repeated(new_desk: NewDesk) -> None:
    desk, other = new_desk(), new_desk()
    exchange = received(desk)

    assert desk.handover.acknowledge(exchange.id) == other.handover.acknowledge(exchange.id)

    assert desk.names().count(EventName.EVIDENCE_DELIVERED) == 1


def test_of_acknowledgements_at_once_one_counts(new_desk: NewDesk) -> None:
    desks = [new_desk() for _ in range(4)]
    exchange = received(desks[0])

    at_once(*(partial(desk.handover.acknowledge, exchange.id) for desk in desks))

    assert desks[0].state(exchange) is State.DELIVERED
    assert desks[0].names().count(EventName.EVIDENCE_DELIVERED) == 1


# --- at rest ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("new_url", ["sqlite"], indirect=True)
def test_nobody_stands_in_any_file_while_in_hand_or_afterwards(desk: Desk, quick_folder: Path) -> None:
    subject = story.journey()["subject"]
    person = [subject["family_name"], subject["given_name"], subject["identifier"]["value"], subject["date_of_birth"]]
    evidence = b"the evidence, byte for byte" * 9
    title = "birth-record.pdf"
    markers = [text.encode() for text in (*person, title)] + [evidence[:20], b"<query:", b"Aino", b"quoted by a peer"]
    assert all(marker for marker in markers)

    exchange = desk.ask()
    assert traces(markers, quick_folder) == []
    desk.work("send")
    desk.take(exchange, a_response(exchange), evidence=evidence)
    assert len(blobs_in(quick_folder)) == 1
    assert traces(markers, quick_folder) == []
    desk.work("judge")
    assert desk.books.documents.open(exchange.id, 0)[1].read() == evidence
    assert traces(markers, quick_folder) == []

    failed = desk.sent()
    desk.take(failed, an_error(failed, QueryFailure("quoted by a peer: Aino")))
    desk.work("judge")
    assert desk.exchange(failed).failure is not None
    assert traces(markers, quick_folder) == []

    desk.handover.acknowledge(exchange.id)
    desk.clean()
    assert traces(markers, quick_folder) == []
    assert blobs_in(quick_folder) == []


def traces(markers: list[bytes], folder: Path) -> list[tuple[bytes, str]]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert any(path.name.endswith("-wal") for path in files)
    return [(marker, path.name) for path in files for marker in markers if marker in path.read_bytes()]


def test_the_journal_keeps_what_circulated(desk: Desk) -> None:
    exchange = desk.sent()
    delivery = desk.take(exchange, a_response(exchange))

    stores = desk.books.stores
    with stores.database.reading() as connection:
        documents = [stores.events.documents(connection, number) for number in (1, 2, 3)]
    (submitted,) = desk.access_point.submitted
    assert documents[:2] == [{}, {"request.xml": submitted.contents[0]}]
    assert list(documents[2]) == ["answer.xml"]
    assert [event.message_id for event in desk.events] == [
        exchange.message_id,
        exchange.message_id,
        delivery.message_id,
    ]
    assert {event.exchange_id for event in desk.events} == {exchange.id}
    assert len(desk.rows(JOURNEY)) == 1
    assert {row.kind for row in desk.rows(JOB)} == {"send", "judge", "expire", "end_journey"}
