"""What a provider deletes by the schedule of its node, and what it does not."""

from datetime import timedelta
from pathlib import Path

import pytest

from evidence_provider import cleaning
from evidence_provider.settings import ProviderSettings
from evidence_provider.tables import DATA_KEY, EVENTS, ISSUED_DOCUMENT, JOB, REQUEST, SEEN_REQUEST
from oots.errors import OperatorError
from oots.journal.events import EventName
from oots.store.secret_key import DataKey, SecretKey
from oots.work import State as JobState
from tests.evidence_provider.desks import Desk, NewDesk, blobs_in
from tests.evidence_provider.requests_of_the_story import a_request

AWAY = OperatorError("the gateway does not answer")
MONTH = timedelta(days=31)
MOMENT = timedelta(seconds=1)


def answered(desk: Desk, settings: ProviderSettings) -> None:
    desk.take(a_request(settings))
    desk.work()


def test_everything_is_there_for_a_year(desk: Desk, settings: ProviderSettings) -> None:
    answered(desk, settings)

    desk.clock.now += 12 * MONTH
    desk.clean()

    assert len(desk.rows(EVENTS.event)) == 4
    assert len(desk.rows(SEEN_REQUEST)) == len(desk.rows(REQUEST)) == 1


def test_journal_and_seen_ids_go_after_a_year_and_the_rows_of_requests_a_month_later(
    desk: Desk, settings: ProviderSettings
) -> None:
    answered(desk, settings)

    desk.clock.now += 12 * MONTH + MOMENT
    desk.clean()
    assert desk.rows(EVENTS.event) == desk.rows(EVENTS.document) == desk.rows(SEEN_REQUEST) == desk.rows(DATA_KEY) == []
    assert len(desk.rows(REQUEST)) == 1

    desk.clock.now += MONTH
    desk.clean()
    assert desk.rows(REQUEST) == []
    assert len(desk.rows(ISSUED_DOCUMENT)) == 1


def test_what_nobody_could_answer_or_send_is_given_up_after_a_day(
    desk: Desk, settings: ProviderSettings, quick_folder: Path
) -> None:
    desk.access_point.faults = [AWAY]
    to_be_sent = desk.take(a_request(settings))
    desk.work(steps=1)
    to_be_answered = desk.take(a_request(settings))

    desk.clock.now += timedelta(hours=24)
    desk.clean()
    assert len(desk.scopes()) == 2

    desk.clock.now += MOMENT
    desk.clean()

    assert {desk.state(delivery) for delivery in (to_be_sent, to_be_answered)} == {"answer_not_sent"}
    assert (desk.scopes(), blobs_in(quick_folder)) == ([], [])
    assert desk.names()[-2:] == [EventName.ANSWER_NOT_SENT] * 2
    assert {event.message_id for event in desk.events[-2:]} == {to_be_sent.message_id, to_be_answered.message_id}
    assert desk.work() == [JobState.GONE] * 2
    assert desk.access_point.submitted == desk.rows(JOB) == []


def test_an_answer_that_was_said_not_to_be_sent_goes_after_a_day_without_another_line(
    desk: Desk, settings: ProviderSettings
) -> None:
    desk.access_point.faults = [AWAY] * 3
    desk.take(a_request(settings))
    desk.work()

    desk.clock.now += timedelta(hours=24, seconds=1)
    desk.clean()

    assert desk.scopes() == []
    assert desk.names().count(EventName.ANSWER_NOT_SENT) == 1


def test_more_than_one_batch_is_deleted(
    desk: Desk, settings: ProviderSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("oots.journal.table", "evidence_provider.seen", "evidence_provider.requests"):
        monkeypatch.setattr(f"{module}.BATCH", 2)
    for _ in range(5):
        desk.take(a_request(settings))
    desk.work()

    desk.clock.now += 14 * MONTH
    desk.clean()

    assert desk.rows(EVENTS.event) == desk.rows(SEEN_REQUEST) == desk.rows(REQUEST) == []


def test_blobs_without_a_row_are_swept_and_others_stay(
    desk: Desk, settings: ProviderSettings, quick_folder: Path
) -> None:
    desk.access_point.faults = [AWAY]
    desk.take(a_request(settings))
    desk.work(steps=1)
    (in_hand,) = blobs_in(quick_folder)
    desk.books.stores.blobs.write([b"orphan"], DataKey(SecretKey.new()))

    desk.clean()
    assert len(blobs_in(quick_folder)) == 2
    desk.clean()
    assert blobs_in(quick_folder) == [in_hand]


def test_it_is_scheduled_once_and_comes_up_again(new_desk: NewDesk) -> None:
    desk, other = new_desk(), new_desk()
    desk.cleaning.schedule()
    other.cleaning.schedule()

    assert desk.work() == [JobState.WAITING]

    other.cleaning.schedule()
    (job,) = desk.rows(JOB)
    assert (job.kind, job.dedup, job.attempts) == ("clean", "clean", 0)
    with desk.books.stores.database.reading() as connection:
        later = job.run_at - desk.books.stores.database.now(connection)
    assert cleaning.EVERY - timedelta(minutes=1) < later <= cleaning.EVERY


def test_a_start_revives_it_when_it_had_died(desk: Desk) -> None:
    desk.cleaning.schedule()
    with desk.books.stores.database.writing() as connection:
        (job,) = desk.books.jobs.claim(connection, ["clean"], owner="me")
        desk.books.jobs.fail(connection, job, "a fault")

    desk.cleaning.schedule()

    assert desk.work() == [JobState.WAITING]


def test_the_log_of_sqlite_is_emptied(desk: Desk, settings: ProviderSettings, quick_folder: Path) -> None:
    answered(desk, settings)

    desk.clean()

    assert [path for path in quick_folder.glob("*-wal") if path.stat().st_size] == []
