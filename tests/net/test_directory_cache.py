"""What a directory said is used again: fresh without asking, stale while nobody answers, and never unverified."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from directory_double import (
    ANSWERED,
    DATA_SERVICES,
    OF_A_PROCEDURE,
    OF_A_TYPE,
    QUESTION,
    Double,
    SigningIdentity,
    refusal,
    written,
)
from sqlalchemy import update

from oots.codes import EbCode
from oots.common_services.answers import Refused, Requirements
from oots.common_services.certificate_path import Trust
from oots.common_services.freshness import CacheTimes
from oots.common_services.interface import V1_0, Service
from oots.errors import DirectoryUnavailable, UnreadableAnswer, UntrustedAnswer, UnusableAnswer
from oots.net import directory
from oots.net.directory import SILENCE, DirectoryClient
from oots.net.directory_cache import DirectoryCache, Question
from oots.net.directory_http import DirectoryHttp
from oots.net.instances import Addressing, Instances
from oots.store.database import Database, open_database
from oots.store.directory_answers import DirectoryAnswers, directory_answer_table
from oots.store.tables import new_metadata

pytestmark = pytest.mark.anyio

TIMES = CacheTimes(fresh=timedelta(hours=1), stale=timedelta(days=3))
METADATA = new_metadata()
TABLE = directory_answer_table(METADATA)


class Clock:
    """Stands still, unless a test moves it."""

    def __init__(self) -> None:
        self.time = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.time

    def pass_by(self, time: timedelta) -> None:
        self.time += time


@pytest.fixture(scope="module")
def identity() -> SigningIdentity:
    return SigningIdentity()


@pytest.fixture
def double(identity: SigningIdentity) -> Double:
    return Double(identity=identity)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(tmp_path: Path, clock: Clock) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path}/requester.db", clock=clock)
    with opened.changing_schema() as connection:
        METADATA.create_all(connection)
    yield opened
    opened.close()


@pytest.fixture
def answers(database: Database) -> DirectoryAnswers:
    return DirectoryAnswers(database, TABLE)


@pytest.fixture(autouse=True)
def _without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory, "PAUSES", (0.0, 0.0))


NewClient = Callable[..., DirectoryClient]


@pytest.fixture
async def new_client(answers: DirectoryAnswers, clock: Clock, double: Double) -> AsyncIterator[NewClient]:
    """Give what makes a client; all of them have one cache, as processes of a service have."""
    http = DirectoryHttp()

    def new(url: str, *, trust: Trust | None = None) -> DirectoryClient:
        fixed = {Service.EVIDENCE_BROKER: f"{url}/eb", Service.DATA_SERVICE_DIRECTORY: f"{url}/dsd"}
        return DirectoryClient(
            http,
            Instances(Addressing(country="FI", fixed=fixed), now=clock),
            trust=trust or double.identity.trust,
            now=clock,
            cache=DirectoryCache(answers, times=TIMES, now=clock),
        )

    yield new
    await http.aclose()


@asynccontextmanager
async def down(double: Double) -> AsyncIterator[None]:
    """Let the directory have a fault."""
    double.status, double.signed = 503, False
    yield
    double.status, double.signed = 200, True


async def test_a_fresh_answer_is_used_again_and_verified_again(double: Double, new_client: NewClient) -> None:
    async with double.running() as bound:
        client = new_client(bound.url)
        first = await client.requirements(OF_A_PROCEDURE)
        again = await client.requirements(OF_A_PROCEDURE)

    assert len(double.asked) == 1
    assert again.answer == first.answer
    assert again.raw == first.raw
    assert again.asked_at == first.asked_at
    assert again.signature.signed_at == first.signature.signed_at
    assert not again.is_stale


async def test_all_processes_of_a_service_share_what_was_heard(double: Double, new_client: NewClient) -> None:
    async with double.running() as bound:
        await new_client(bound.url).requirements(OF_A_PROCEDURE)
        await new_client(bound.url).requirements(OF_A_PROCEDURE)

    assert len(double.asked) == 1


async def test_another_question_another_version_and_another_instance_are_asked_for(
    double: Double, new_client: NewClient
) -> None:
    async with double.running() as bound, double.running() as other:
        client = new_client(bound.url)
        await client.requirements(OF_A_PROCEDURE)
        await client.requirements(replace(OF_A_PROCEDURE, country_code="FI"))
        with pytest.raises(UnreadableAnswer):
            await client.requirements(replace(OF_A_PROCEDURE, interface=V1_0))
        await new_client(other.url).requirements(OF_A_PROCEDURE)

    assert len(double.asked) == 4


def test_instance_version_and_parameters_make_a_question() -> None:
    here = Question(query=OF_A_PROCEDURE, place="x")

    assert here.key == Question(query=replace(OF_A_PROCEDURE), place="x").key
    assert here.key != Question(query=OF_A_PROCEDURE, place="y").key
    assert here.key != Question(query=replace(OF_A_PROCEDURE, interface=V1_0), place="x").key
    assert here.key != Question(query=replace(OF_A_PROCEDURE, country_code=None), place="x").key


async def test_an_answer_that_is_no_longer_fresh_is_asked_for_again(
    double: Double, new_client: NewClient, clock: Clock
) -> None:
    async with double.running() as bound:
        client = new_client(bound.url)
        await client.requirements(OF_A_PROCEDURE)
        clock.pass_by(TIMES.fresh)
        told = await client.requirements(OF_A_PROCEDURE)

    assert len(double.asked) == 2
    assert (told.asked_at, told.is_stale) == (clock.time, False)


async def test_a_stale_answer_is_used_while_the_directory_is_down_and_says_so(
    double: Double, new_client: NewClient, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    async with double.running() as bound:
        client = new_client(bound.url)
        first = await client.requirements(OF_A_PROCEDURE)
        clock.pass_by(TIMES.stale - timedelta(seconds=1))
        async with down(double):
            told = await client.requirements(OF_A_PROCEDURE)

    assert told.is_stale
    assert (told.answer, told.asked_at) == (first.answer, first.asked_at)
    assert len(double.asked) == 2, "with something to fall back on, one try is enough"
    assert "an older answer is used: the directory at 127.0.0.1" in caplog.text


async def test_a_directory_that_is_down_is_left_alone_for_a_while(
    double: Double, new_client: NewClient, clock: Clock
) -> None:
    async with double.running() as bound:
        client = new_client(bound.url)
        await client.requirements(OF_A_PROCEDURE)
        clock.pass_by(TIMES.fresh)
        async with down(double):
            await client.requirements(OF_A_PROCEDURE)
            asked = len(double.asked)
            assert (await client.requirements(OF_A_PROCEDURE)).is_stale
            assert len(double.asked) == asked
            with pytest.raises(DirectoryUnavailable):
                await client.requirements(replace(OF_A_PROCEDURE, country_code="FI"))
        clock.pass_by(SILENCE)
        told = await client.requirements(OF_A_PROCEDURE)

    assert not told.is_stale


async def test_a_directory_that_answers_again_is_asked_again(
    double: Double, new_client: NewClient, clock: Clock
) -> None:
    async with double.running() as bound:
        client = new_client(bound.url)
        await client.requirements(OF_A_PROCEDURE)
        clock.pass_by(TIMES.fresh)
        async with down(double):
            await client.requirements(OF_A_PROCEDURE)
        await client.requirements(replace(OF_A_PROCEDURE, country_code="FI"))
        told = await client.requirements(OF_A_PROCEDURE)

    assert not told.is_stale


async def test_beyond_its_time_nothing_is_used_any_more(double: Double, new_client: NewClient, clock: Clock) -> None:
    async with double.running() as bound:
        client = new_client(bound.url)
        await client.requirements(OF_A_PROCEDURE)
        clock.pass_by(TIMES.stale)
        async with down(double):
            with pytest.raises(DirectoryUnavailable, match="cannot answer now: status 503"):
                await client.requirements(OF_A_PROCEDURE)


async def test_an_answer_that_is_not_believed_is_never_replaced_by_an_older_one(
    double: Double, new_client: NewClient, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    async with double.running() as bound:
        client = new_client(bound.url)
        await client.requirements(OF_A_PROCEDURE)
        clock.pass_by(TIMES.fresh)
        double.spoilt = lambda body: body + b" "
        with pytest.raises(UntrustedAnswer):
            await client.requirements(OF_A_PROCEDURE)
        double.spoilt, double.media_type = bytes, "text/html"
        with pytest.raises(UnusableAnswer):
            await client.requirements(OF_A_PROCEDURE)
        double.body, double.media_type = b"<x/>", "application/xml"
        with pytest.raises(UnreadableAnswer):
            await client.requirements(OF_A_PROCEDURE)

    assert [record.levelname for record in caplog.records if record.name == "oots.net.directory"] == ["ERROR"] * 3


async def test_what_was_not_believed_is_not_kept(
    double: Double, new_client: NewClient, answers: DirectoryAnswers
) -> None:
    double.spoilt = lambda body: body + b" "
    async with double.running() as bound:
        with pytest.raises(UntrustedAnswer):
            await new_client(bound.url).requirements(OF_A_PROCEDURE)

    assert answers.list() == []


async def test_a_refusal_is_not_kept_and_ends_what_was_kept(
    double: Double, new_client: NewClient, clock: Clock, answers: DirectoryAnswers
) -> None:
    async with double.running() as bound:
        client = new_client(bound.url)
        await client.requirements(OF_A_PROCEDURE)
        clock.pass_by(TIMES.fresh)
        double.body = refusal(EbCode.EMPTY_RESULT)
        told = await client.requirements(OF_A_PROCEDURE)
        kept = answers.list()
        async with down(double):
            with pytest.raises(DirectoryUnavailable):
                await client.requirements(OF_A_PROCEDURE)

    assert isinstance(told.answer, Refused)
    assert kept == []


async def test_neither_questions_nor_what_users_answered_to_them_is_kept(
    double: Double, new_client: NewClient, answers: DirectoryAnswers
) -> None:
    async with double.running() as bound:
        client = new_client(bound.url)
        double.body = QUESTION
        await client.data_services(OF_A_TYPE)
        double.body = DATA_SERVICES
        await client.data_services(ANSWERED)
        await client.data_services(ANSWERED)
        assert answers.list() == []
        await client.data_services(OF_A_TYPE)

    assert [dict(item.parameters)["country-code"] for item in answers.list()] == ["AT"]
    assert len(double.asked) == 4


async def test_a_directory_says_how_long_its_answers_are_good(
    double: Double, new_client: NewClient, clock: Clock, answers: DirectoryAnswers
) -> None:
    async with double.running() as bound:
        client = new_client(bound.url)
        double.headers = {"cache-control": "no-store"}
        await client.requirements(OF_A_PROCEDURE)
        assert answers.list() == []
        double.headers = {"cache-control": "max-age=60"}
        await client.requirements(OF_A_PROCEDURE)
        clock.pass_by(timedelta(seconds=59))
        await client.requirements(OF_A_PROCEDURE)
        assert len(double.asked) == 2
        clock.pass_by(timedelta(seconds=1))
        await client.requirements(OF_A_PROCEDURE)

    assert len(double.asked) == 3


@pytest.mark.parametrize("column", ["body", "fields"])
async def test_what_was_changed_in_the_cache_is_noticed_and_asked_for_again(
    double: Double, new_client: NewClient, database: Database, caplog: pytest.LogCaptureFixture, column: str
) -> None:
    changed = written(double.body).replace(b"Proof of birth", b"Proof of death")
    async with double.running() as bound:
        client = new_client(bound.url)
        await client.requirements(OF_A_PROCEDURE)
        with database.writing() as connection:
            connection.execute(update(TABLE).values({column: changed if column == "body" else {}}))
        told = await client.requirements(OF_A_PROCEDURE)

    assert isinstance(told.answer, Requirements)
    assert told.raw.body == written(double.body)
    assert len(double.asked) == 2
    assert "an answer that was kept is no longer believed, and is asked for again: " in caplog.text


async def test_what_was_changed_in_the_cache_is_not_used_when_the_directory_is_down(
    double: Double, new_client: NewClient, database: Database, clock: Clock
) -> None:
    async with double.running() as bound:
        client = new_client(bound.url)
        await client.requirements(OF_A_PROCEDURE)
        with database.writing() as connection:
            connection.execute(update(TABLE).values(body=b"<x/>"))
        clock.pass_by(TIMES.fresh)
        async with down(double):
            with pytest.raises(DirectoryUnavailable):
                await client.requirements(OF_A_PROCEDURE)


async def test_an_answer_is_not_used_any_more_when_its_signers_certificate_has_expired(
    new_client: NewClient, clock: Clock
) -> None:
    double = Double(identity=SigningIdentity(valid_for=timedelta(hours=2)))
    async with double.running() as bound:
        client = new_client(bound.url, trust=double.identity.trust)
        await client.requirements(OF_A_PROCEDURE)
        clock.pass_by(timedelta(hours=3))
        async with down(double):
            with pytest.raises(DirectoryUnavailable):
                await client.requirements(OF_A_PROCEDURE)


async def test_what_has_become_too_old_does_not_stay(
    double: Double, new_client: NewClient, clock: Clock, answers: DirectoryAnswers
) -> None:
    async with double.running() as bound:
        client = new_client(bound.url)
        await client.requirements(OF_A_PROCEDURE)
        clock.pass_by(TIMES.stale + timedelta(seconds=1))
        await client.requirements(replace(OF_A_PROCEDURE, country_code="FI"))

    assert [dict(item.parameters)["country-code"] for item in answers.list()] == ["FI"]


async def test_whom_we_no_longer_trust_has_nothing_in_the_cache_any_more(double: Double, new_client: NewClient) -> None:
    async with double.running() as bound:
        await new_client(bound.url).requirements(OF_A_PROCEDURE)
        with pytest.raises(UntrustedAnswer):
            await new_client(bound.url, trust=SigningIdentity().trust).requirements(OF_A_PROCEDURE)

    assert len(double.asked) == 2


async def test_the_cache_can_be_looked_at_and_emptied(
    double: Double, new_client: NewClient, answers: DirectoryAnswers, clock: Clock
) -> None:
    async with double.running() as bound:
        client = new_client(bound.url)
        await client.requirements(OF_A_PROCEDURE)
        (listed,) = answers.list()
        assert answers.empty() == 1
        await client.requirements(OF_A_PROCEDURE)

    assert (listed.base_url, listed.asked_at) == (f"{bound.url}/eb", clock.time)
    assert listed.size == len(written(double.body))
    assert len(double.asked) == 2


async def test_a_cache_that_is_broken_costs_nobody_an_answer(
    double: Double, new_client: NewClient, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async with double.running() as bound:
        client = new_client(bound.url)
        with database.changing_schema() as connection:
            METADATA.drop_all(connection)
        told = await client.requirements(OF_A_PROCEDURE)

    assert isinstance(told.answer, Requirements)
    assert "kept answers of directories cannot be read" in caplog.text
    assert "an answer of a directory cannot be kept" in caplog.text
