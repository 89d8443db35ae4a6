"""What a requester deletes by the schedule of its node, and what it does not."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete

from evidence_requester import cleaning
from evidence_requester.states import State
from evidence_requester.tables import ANSWER, DATA_KEY, EVENTS, EXCHANGE, JOB, JOURNEY
from oots.journal.events import EventName
from oots.store.secret_key import DataKey, SecretKey
from oots.work import State as JobState
from tests.evidence_requester.desks import DAY, Desk, NewDesk, blobs_in
from tests.evidence_requester.exchanges_of_the_story import a_response

MONTH = timedelta(days=31)
MOMENT = timedelta(seconds=1)


def delivered(desk: Desk) -> None:
    exchange = desk.sent()
    desk.take(exchange, a_response(exchange))
    desk.work("judge")
    desk.handover.acknowledge(exchange.id)


def all_over(desk: Desk) -> None:
    """Let all other jobs do what they do in a day."""
    desk.access_point.state = "acknowledged"
    desk.clock.now += DAY
    desk.hurry()
    desk.work("send", "expire", "end_journey")
    assert desk.rows(JOB) == []


def test_everything_is_there_for_a_year(desk: Desk) -> None:
    delivered(desk)

    desk.clock.now += 12 * MONTH
    desk.clean()

    assert len(desk.rows(EVENTS.event)) == 4
    assert len(desk.rows(EXCHANGE)) == len(desk.rows(ANSWER)) == len(desk.rows(JOURNEY)) == 1


def test_the_journal_goes_after_a_year_and_the_rows_without_personal_data_a_month_later(desk: Desk) -> None:
    begun = desk.clock.now
    delivered(desk)
    all_over(desk)

    desk.clock.now = begun + 12 * MONTH + MOMENT
    desk.clean()
    assert desk.rows(EVENTS.event) == desk.rows(EVENTS.document) == desk.rows(DATA_KEY) == []
    assert len(desk.rows(EXCHANGE)) == 1

    desk.clock.now += MONTH
    desk.clean()
    assert desk.rows(EXCHANGE) == desk.rows(ANSWER) == desk.rows(JOURNEY) == []


def test_what_is_not_over_is_not_forgotten_however_old_it_is(desk: Desk) -> None:
    exchange = desk.sent()

    desk.clock.now += 14 * MONTH
    desk.clean()

    assert desk.state(exchange) is State.SENT
    assert desk.scopes() == ["exchange", "journey"]


def test_an_answer_that_nobody_could_judge_is_erased_after_a_day(desk: Desk, quick_folder: Path) -> None:
    exchange = desk.sent()
    delivery = desk.take(exchange, a_response(exchange))

    desk.clock.now += DAY
    desk.clean()
    assert desk.scopes() == ["answer", "exchange", "journey"]

    desk.clock.now += MOMENT
    desk.clean()
    assert (desk.scopes(), blobs_in(quick_folder)) == (["exchange", "journey"], [])
    assert desk.names()[-1] is EventName.RESPONSE_REFUSED
    assert desk.events[-1].message_id == delivery.message_id
    assert desk.work("judge") == [JobState.GONE]
    assert desk.state(exchange) is State.SENT


def test_more_than_one_batch_is_deleted(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (
        "oots.journal.table",
        *(f"evidence_requester.{name}" for name in ("answers", "exchanges", "journeys")),
    ):
        monkeypatch.setattr(f"{module}.BATCH", 2)
    for _ in range(5):
        delivered(desk)
    all_over(desk)

    desk.clock.now += 14 * MONTH
    desk.clean()

    assert desk.rows(EVENTS.event) == desk.rows(EXCHANGE) == desk.rows(ANSWER) == desk.rows(JOURNEY) == []


def test_blobs_without_a_row_are_swept_and_others_stay(desk: Desk, quick_folder: Path) -> None:
    judged, unjudged = desk.sent(), desk.sent()
    desk.take(judged, a_response(judged))
    desk.work("judge")
    desk.take(unjudged, a_response(unjudged))
    in_hand = set(blobs_in(quick_folder))
    desk.books.stores.blobs.write([b"orphan"], DataKey(SecretKey.new()))

    desk.clean()
    assert len(blobs_in(quick_folder)) == 3
    desk.clean()
    assert set(blobs_in(quick_folder)) == in_hand
    assert len(in_hand) == 2


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


def test_the_log_of_sqlite_is_emptied(desk: Desk, quick_folder: Path) -> None:
    delivered(desk)

    desk.clean()

    assert [path for path in quick_folder.glob("*-wal") if path.stat().st_size] == []


def test_an_exchange_that_is_gone_leaves_no_work(desk: Desk) -> None:
    exchange = desk.sent()
    with desk.books.stores.database.writing() as connection:
        connection.execute(delete(EXCHANGE).where(EXCHANGE.c.id == exchange.id))
        connection.execute(delete(JOURNEY))

    desk.hurry()

    assert desk.work() == [JobState.GONE] * 3
