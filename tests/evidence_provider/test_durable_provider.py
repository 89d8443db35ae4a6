"""What a provider keeps: through restarts, copies and several processes, encrypted, and no longer than it must."""

import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from evidence_provider.app import create_app
from evidence_provider.invented_people import DEMO_CITIZEN
from evidence_provider.settings import ProviderSettings
from evidence_provider.states import State
from evidence_provider.tables import ATTACHMENT, ISSUED_DOCUMENT, JOB, METADATA, REQUEST, SEEN_REQUEST
from oots.cli.demo.story import FINLAND
from oots.edm.model import ErrorResponse, EvidenceResponse
from oots.errors import CallerError, OperatorError
from oots.journal.events import EventName
from oots.spooled import Spooled
from oots.store.database import open_database
from oots.store.durability import Durability
from oots.store.migrate import WrongSchema
from oots.work import Backlog, LeaseLost
from oots.work import State as JobState
from tests.evidence_provider.desks import KEYS, Clock, Desk, NewDesk, blobs_in
from tests.evidence_provider.requests_of_the_story import a_request, delivery_of, header_of
from tests.store.databases import NewUrl
from tests.store.schema import assert_migrated_as_declared
from tests.validation.rules_at_hand import loaded_rules

AWAY = OperatorError("the gateway does not answer")
ANSWERED = [EventName.REQUEST_RECEIVED, EventName.IDENTITY_MATCH, EventName.EVIDENCE_ISSUED]


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


def backlog(desk: Desk) -> Backlog:
    with desk.books.stores.database.reading() as connection:
        return desk.books.jobs.backlog(connection)


def test_the_migrated_schema_is_the_declared_one(new_url: NewUrl) -> None:
    migrated, declared = open_database(new_url()), open_database(new_url())

    assert_migrated_as_declared(migrated, declared, package="evidence_provider", metadata=METADATA)

    migrated.close()
    declared.close()


def test_an_application_is_not_made_on_a_database_without_tables(
    new_url: NewUrl, quick_folder: Path, settings: ProviderSettings
) -> None:
    durability = Durability(database=new_url(), blob_folder=quick_folder / "blobs", keys=lambda: KEYS)

    with pytest.raises(WrongSchema, match="evidence_provider needs 0001; run `oots db upgrade`"):
        create_app(
            settings,
            durability=durability,
            rules=loaded_rules(),
            access_point=FINLAND,
            gateway_url="http://127.0.0.1:1",
            gateway_token="token",
            record=lambda _: None,
            now=Clock(),
            new_id=lambda: "",
        )


def ids_after(act: Callable[[], object]) -> Callable[[], str]:
    """Give what makes ids, and does something before it makes the first."""
    acts = [act]

    def new_id() -> str:
        if acts:
            acts.pop()()
        return str(uuid.uuid4())

    return new_id


def until_nothing_is_left(desk: Desk) -> None:
    end = time.monotonic() + 30
    while desk.rows(JOB):
        assert time.monotonic() < end
        desk.work()


# --- taking -----------------------------------------------------------------------------------------------------------


def test_a_request_is_kept_journalled_and_to_be_answered(desk: Desk, settings: ProviderSettings) -> None:
    delivery = desk.take(a_request(settings))

    assert desk.state(delivery) == "received"
    assert desk.names() == [EventName.REQUEST_RECEIVED]
    (job,) = desk.rows(JOB)
    assert (job.kind, job.key, job.step) == ("answer", delivery.message_id, "begin")


def test_a_copy_changes_nothing_in_any_state(desk: Desk, settings: ProviderSettings) -> None:
    request = a_request(settings)
    header = header_of(request)

    for work in (lambda: None, desk.work, lambda: None):
        desk.taking.keep(delivery_of(header), Spooled(b"something else"))
        desk.taking.keep_unreadable(delivery_of(header), "too large")
        work()
    delivery = desk.take(request, message_id=header.message_id)

    assert desk.state(delivery) == "sent"
    assert desk.names().count(EventName.REQUEST_RECEIVED) == 1
    assert EventName.MESSAGE_UNREADABLE not in desk.names()
    assert len(desk.access_point.submitted) == 1


def test_of_copies_that_are_taken_at_once_one_is_kept(new_desk: NewDesk, settings: ProviderSettings) -> None:
    desks = [new_desk() for _ in range(4)]
    request, message_id = a_request(settings), "m1@pt.example"

    at_once(*(partial(desk.take, request, message_id=message_id) for desk in desks))

    assert desks[0].names() == [EventName.REQUEST_RECEIVED]
    assert len(desks[0].rows(JOB)) == len(desks[0].rows(REQUEST)) == 1


# --- answering --------------------------------------------------------------------------------------------------------


def test_a_request_that_was_taken_is_answered_after_a_restart(new_desk: NewDesk, settings: ProviderSettings) -> None:
    delivery = new_desk().take(a_request(settings))
    desk = new_desk()

    assert desk.work() == [JobState.GONE]

    (submitted,) = desk.access_point.submitted
    assert isinstance(submitted.answer, EvidenceResponse)
    assert submitted.contents[1].startswith(b"%PDF-")
    assert desk.state(delivery) == "sent"
    assert desk.names() == [*ANSWERED, EventName.RESPONSE_SENT]


def test_an_answer_that_was_decided_is_sent_as_it_is_after_a_restart(
    new_desk: NewDesk, settings: ProviderSettings, quick_folder: Path
) -> None:
    first = new_desk()
    first.access_point.faults = [AWAY]
    delivery = first.take(a_request(settings))
    assert first.work(steps=1) == [JobState.WAITING]
    assert first.state(delivery) == "answered"
    number = first.rows(ISSUED_DOCUMENT)[0].document_number
    assert first.names() == ANSWERED

    second = new_desk()
    second.work()

    (submitted,) = second.access_point.submitted
    assert isinstance(submitted.answer, EvidenceResponse)
    assert submitted.answer.evidences[0].main.metadata.identifier == number
    assert second.names() == [*ANSWERED, EventName.RESPONSE_SENT]
    assert blobs_in(quick_folder) == []


def test_every_attempt_hands_over_the_same(desk: Desk, settings: ProviderSettings) -> None:
    desk.access_point.faults = [AWAY, AWAY]
    desk.take(a_request(settings))

    assert desk.work() == [JobState.WAITING, JobState.WAITING, JobState.GONE]

    first, second, third = desk.access_point.attempts
    assert first == second == third


def test_what_was_sent_leaves_no_content_behind(desk: Desk, settings: ProviderSettings, quick_folder: Path) -> None:
    desk.access_point.faults = [AWAY]
    desk.take(a_request(settings))
    desk.work(steps=1)
    assert (len(desk.scopes()), len(desk.rows(ATTACHMENT)), len(blobs_in(quick_folder))) == (1, 1, 1)

    desk.work()

    (row,) = desk.rows(REQUEST)
    assert (row.header, row.document, row.answer_header, row.answer_document) == (None,) * 4
    assert row.ended_at == desk.clock.now
    assert (desk.scopes(), desk.rows(ATTACHMENT), blobs_in(quick_folder), desk.rows(JOB)) == ([], [], [], [])


def test_the_journal_keeps_what_circulated(desk: Desk, settings: ProviderSettings) -> None:
    delivery = desk.take(a_request(settings))
    desk.work()

    stores = desk.books.stores
    with stores.database.reading() as connection:
        documents = [stores.events.documents(connection, number) for number in range(1, 5)]
    (submitted,) = desk.access_point.submitted
    assert [list(item) for item in documents] == [["request.xml"], [], [], ["answer.xml"]]
    assert documents[3]["answer.xml"] == submitted.contents[0]
    assert [event.name for event in desk.events] == desk.names()
    assert desk.events[3].message_id == submitted.header.message_id
    assert {event.conversation_id for event in desk.events} == {delivery.conversation_id}


def test_a_request_id_is_used_once_whatever_message_brings_it(new_desk: NewDesk, settings: ProviderSettings) -> None:
    first = new_desk()
    request = a_request(settings)
    first.take(request)
    first.work()

    # After a restart, and in upper case.
    again = new_desk()
    again.take(a_request(settings, id=request.id.upper().replace("URN:UUID", "urn:uuid")))
    again.work()

    answers = [submitted.answer for submitted in first.access_point.submitted]
    assert isinstance(answers[0], EvidenceResponse)
    assert isinstance(answers[1], ErrorResponse)
    assert (answers[1].exceptions[0].code.value, len(again.rows(ISSUED_DOCUMENT))) == ("EDM:ERR:0003", 1)


def test_a_refused_request_uses_up_its_id(desk: Desk, settings: ProviderSettings) -> None:
    request = a_request(settings, procedure="S1", possibility_for_preview=True)
    desk.take(request)
    desk.take(a_request(settings, id=request.id))
    desk.work()

    codes = [submitted.answer.exceptions[0].code.value for submitted in desk.access_point.submitted]  # type: ignore[union-attr]
    assert codes == ["EDM:ERR:0007", "EDM:ERR:0003"]


def test_a_request_id_that_was_used_while_its_request_was_answered_is_refused(
    new_desk: NewDesk, settings: ProviderSettings, quick_folder: Path
) -> None:
    request, other = a_request(settings), new_desk()

    def answer_the_other_one() -> None:
        other.take(request)
        other.work(steps=1)

    desk = new_desk(new_id=ids_after(answer_the_other_one), lease=timedelta(seconds=60))
    desk.take(request, message_id="slow@pt.example")
    assert desk.work(steps=1) == [JobState.WAITING]
    assert [job.key for job in desk.rows(JOB)] == ["slow@pt.example"]
    assert desk.work() == [JobState.GONE]

    answers = [submitted.answer for submitted in desk.access_point.submitted]
    assert [type(answer) for answer in answers] == [EvidenceResponse, ErrorResponse]
    assert (len(desk.rows(ISSUED_DOCUMENT)), len(desk.rows(SEEN_REQUEST)), blobs_in(quick_folder)) == (1, 1, [])
    assert desk.names().count(EventName.EVIDENCE_ISSUED) == 1


def test_whoever_lost_the_lease_changes_nothing(new_desk: NewDesk, settings: ProviderSettings) -> None:
    other = new_desk()
    desk = new_desk(new_id=ids_after(other.work), lease=timedelta())
    desk.take(a_request(settings))

    with pytest.raises(LeaseLost):
        desk.work()

    assert len(desk.access_point.submitted) == len(desk.rows(ISSUED_DOCUMENT)) == 1
    assert desk.names() == [*ANSWERED, EventName.RESPONSE_SENT]
    assert desk.rows(JOB) == []


def test_a_request_moves_only_where_its_state_allows(desk: Desk, settings: ProviderSettings) -> None:
    delivery, requests = desk.take(a_request(settings)), desk.books.requests

    with pytest.raises(LeaseLost, match="cannot become 'sent'"), desk.books.stores.database.writing() as connection:
        requests.end(connection, delivery.message_id, State.SENT, now=desk.clock())
    assert desk.state(delivery) == "received"

    desk.work()
    for state in State:
        with pytest.raises(LeaseLost), desk.books.stores.database.writing() as connection:
            requests.end(connection, delivery.message_id, state, now=desk.clock())


def test_a_request_that_was_given_up_while_it_was_answered_stays_so(
    new_desk: NewDesk, settings: ProviderSettings, quick_folder: Path
) -> None:
    other = new_desk()

    def give_up() -> None:
        other.clock.now += timedelta(days=2)
        other.clean()

    desk = new_desk(new_id=ids_after(give_up), lease=timedelta(days=3))
    delivery = desk.take(a_request(settings))
    with pytest.raises(LeaseLost):
        desk.work()

    assert desk.state(delivery) == "answer_not_sent"
    assert desk.names() == [EventName.REQUEST_RECEIVED, EventName.ANSWER_NOT_SENT]
    assert desk.rows(ISSUED_DOCUMENT) == desk.rows(SEEN_REQUEST) == desk.access_point.submitted == []
    # What was written for it has no name, and is swept.
    desk.clean()
    desk.clean()
    assert blobs_in(quick_folder) == []


def test_several_processes_answer_each_request_once(
    new_desk: NewDesk, settings: ProviderSettings, quick_folder: Path
) -> None:
    desks = [new_desk() for _ in range(3)]
    requests = [a_request(settings) for _ in range(6)]
    # Each request comes under two MessageIds, and each message twice.
    messages = [(request, f"{number}.{copy}@pt.example") for number, request in enumerate(requests) for copy in (1, 2)]

    def take_and_work(desk: Desk) -> None:
        for request, message_id in messages:
            desk.take(request, message_id=message_id)
        until_nothing_is_left(desk)

    at_once(*(partial(take_and_work, desk) for desk in desks))

    answers = Counter(type(submitted.answer) for submitted in desks[0].access_point.submitted)
    assert answers == {EvidenceResponse: 6, ErrorResponse: 6}
    assert len(desks[0].rows(ISSUED_DOCUMENT)) == 6
    names = Counter(desks[0].names())
    assert (names[EventName.REQUEST_RECEIVED], names[EventName.EVIDENCE_ISSUED]) == (12, 6)
    assert (names[EventName.RESPONSE_SENT], names[EventName.ERROR_SENT]) == (6, 6)
    assert {row.state for row in desks[0].rows(REQUEST)} == {"sent"}
    assert (desks[0].scopes(), blobs_in(quick_folder)) == ([], [])


# --- what cannot be sent ----------------------------------------------------------------------------------------------


def test_what_the_access_point_refuses_is_given_up_at_once(
    desk: Desk, settings: ProviderSettings, quick_folder: Path
) -> None:
    desk.access_point.faults = [CallerError("receiver: no such peer")]
    delivery = desk.take(a_request(settings))

    assert desk.work() == [JobState.GONE]

    assert desk.state(delivery) == "answer_not_sent"
    assert desk.names() == [*ANSWERED, EventName.ANSWER_NOT_SENT]
    assert desk.events[-1].facts == {"reason": "receiver: no such peer"}
    assert desk.events[-1].documents["answer.xml"].startswith(b"<?xml")
    assert (desk.scopes(), blobs_in(quick_folder)) == ([], [])


def test_an_access_point_that_stays_away_is_said_once_and_the_answer_can_still_be_sent(
    desk: Desk, settings: ProviderSettings
) -> None:
    desk.access_point.faults = [AWAY] * 3
    delivery = desk.take(a_request(settings))

    assert desk.work() == [JobState.WAITING, JobState.WAITING, JobState.DEAD]
    assert desk.state(delivery) == "answer_not_sent"
    assert desk.names() == [*ANSWERED, EventName.ANSWER_NOT_SENT]
    assert (backlog(desk).dead, len(desk.scopes())) == (1, 1)

    with desk.books.stores.database.writing() as connection:
        (dead,) = desk.books.jobs.dead(connection)
        desk.books.jobs.revive(connection, dead.id)
    assert desk.work() == [JobState.GONE]
    assert desk.state(delivery) == "sent"
    assert desk.names() == [*ANSWERED, EventName.ANSWER_NOT_SENT, EventName.RESPONSE_SENT]
    assert desk.scopes() == []


def test_a_damaged_attachment_ends_with_a_dead_job_and_a_line_in_the_journal(
    desk: Desk, settings: ProviderSettings, quick_folder: Path
) -> None:
    desk.access_point.faults = [AWAY]
    desk.take(a_request(settings))
    desk.work(steps=1)
    (blob,) = blobs_in(quick_folder)
    content = bytearray(blob.read_bytes())
    content[100] ^= 1
    blob.write_bytes(content)

    assert desk.work() == [JobState.WAITING, JobState.DEAD]

    assert desk.names()[-1] is EventName.ANSWER_NOT_SENT
    assert "was altered" in desk.events[-1].facts["reason"]
    assert desk.access_point.submitted == []


# --- at rest ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("new_url", ["sqlite"], indirect=True)
def test_nobody_stands_in_any_file_while_in_hand_or_afterwards(
    desk: Desk, settings: ProviderSettings, quick_folder: Path
) -> None:
    assert DEMO_CITIZEN.eidas_value
    person = [DEMO_CITIZEN.family_name, DEMO_CITIZEN.given_name, DEMO_CITIZEN.eidas_value, DEMO_CITIZEN.register_number]
    markers = [text.encode() for text in person]
    markers += [b"Aino", DEMO_CITIZEN.date_of_birth.isoformat().encode(), b"%PDF-", b"<query:"]
    desk.access_point.faults = [AWAY]
    desk.take(a_request(settings))
    assert traces(markers, quick_folder) == []

    desk.work(steps=1)
    assert len(blobs_in(quick_folder)) == 1
    assert traces(markers, quick_folder) == []

    desk.work()
    assert all(marker in b"".join(desk.access_point.submitted[0].contents) for marker in (markers[0], b"%PDF-"))
    desk.clean()
    assert traces(markers, quick_folder) == []
    assert blobs_in(quick_folder) == []


def traces(markers: list[bytes], folder: Path) -> list[tuple[bytes, str]]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert any(path.name.endswith("-wal") for path in files)
    return [(marker, path.name) for path in files for marker in markers if marker in path.read_bytes()]
