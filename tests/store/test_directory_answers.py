"""Signed answers are kept as they came, on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest

from oots.store import directory_answers
from oots.store.database import Database
from oots.store.directory_answers import DirectoryAnswers, KeptAnswer, Listed, directory_answer_table
from oots.store.tables import new_metadata

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=365)
ANSWER = KeptAnswer(
    key="a",
    place="fi.eb.v2.cs.acc.oots.tech.ec.europa.eu",
    base_url="https://query.cs.acc.oots.tech.ec.europa.eu/eb",
    parameters=(("queryId", "urn:x"), ("country-code", "FI")),
    interface="oots-cs:v2.0",
    asked_at=NOW,
    fields={"digest": "SHA-256=x", "oots-response-sig": "y" * 32_000},
    body=bytes(range(256)) * 2500,
)


@pytest.fixture
def answers(database: Database) -> DirectoryAnswers:
    metadata = new_metadata()
    table = directory_answer_table(metadata)
    with database.changing_schema() as connection:
        metadata.create_all(connection)
    return DirectoryAnswers(database, table)


def test_an_answer_comes_back_byte_by_byte_with_its_signature(answers: DirectoryAnswers) -> None:
    answers.keep(ANSWER, since=LONG_AGO)

    assert answers.find("a") == ANSWER
    assert answers.find("b") is None


def test_a_newer_answer_takes_the_place_of_the_one_before(answers: DirectoryAnswers) -> None:
    answers.keep(ANSWER, since=LONG_AGO)
    newer = replace(ANSWER, body=b"other", fields={"digest": "z"}, asked_at=NOW + timedelta(hours=1))

    answers.keep(newer, since=LONG_AGO)

    assert answers.find("a") == newer
    assert len(answers.list()) == 1


def test_answers_can_be_looked_at_without_their_content_the_newest_first(answers: DirectoryAnswers) -> None:
    answers.keep(ANSWER, since=LONG_AGO)
    answers.keep(replace(ANSWER, key="b", asked_at=NOW + timedelta(seconds=1), body=b"123"), since=LONG_AGO)

    assert [(item.key, item.size) for item in answers.list()] == [("b", 3), ("a", 64 * 10_000)]
    assert answers.list()[1] == Listed(
        key="a",
        place=ANSWER.place,
        base_url=ANSWER.base_url,
        parameters=ANSWER.parameters,
        interface=ANSWER.interface,
        asked_at=NOW,
        fields=ANSWER.fields,
        size=640_000,
    )


def test_one_answer_or_all_of_them_can_be_removed(answers: DirectoryAnswers) -> None:
    for key in "abc":
        answers.keep(replace(ANSWER, key=key), since=LONG_AGO)

    answers.forget("b")
    answers.forget("b")

    assert sorted(item.key for item in answers.list()) == ["a", "c"]
    assert answers.empty() == 2
    assert answers.list() == []
    assert answers.empty() == 0


def test_what_has_become_too_old_goes_when_something_is_kept(answers: DirectoryAnswers) -> None:
    answers.keep(replace(ANSWER, asked_at=NOW - timedelta(days=3, seconds=1)), since=LONG_AGO)
    answers.keep(replace(ANSWER, key="b", asked_at=NOW - timedelta(days=3)), since=LONG_AGO)

    answers.keep(replace(ANSWER, key="c"), since=NOW - timedelta(days=3))

    assert [item.key for item in answers.list()] == ["c", "b"]


def test_there_are_never_more_than_a_number_and_the_oldest_go(
    answers: DirectoryAnswers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory_answers, "MAX_ANSWERS", 3)
    for number in range(6):
        answers.keep(replace(ANSWER, key=str(number), asked_at=NOW + timedelta(seconds=number)), since=LONG_AGO)

    assert [item.key for item in answers.list()] == ["5", "4", "3"]


def test_many_may_keep_the_same_answer_at_the_same_time(answers: DirectoryAnswers) -> None:
    failures: list[Exception] = []

    def keep(number: int) -> None:
        try:
            for key in "abcabc":
                answers.keep(replace(ANSWER, key=key, body=bytes([number])), since=LONG_AGO)
        except Exception as error:
            failures.append(error)

    threads = [Thread(target=keep, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert len(answers.list()) == 3
