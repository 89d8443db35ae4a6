"""Answers are signed once and given often; who may keep them is told, and a user's answer is kept by nobody."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from directory.answers import Asked, Signed
from directory.kept_answers import MAX_AGE, KeptAnswers
from directory.loading import load
from directory.seed_files import demo_seeds
from directory.service import Directory
from directory.settings import DirectorySettings
from oots.common_services.interface import REQUIREMENTS, Service
from oots.common_services.queries import ConceptAnswer, DataServicesQuery, RequirementsQuery
from oots.common_services.signature import verify_detached
from oots.errors import OperatorError, StoreUnavailable
from oots.store.database import open_database
from oots.store.migrate import upgrade
from tests.directory.desks import (
    AT_RESIDENCE,
    FEDERAL_STATE,
    REPOSITORY,
    Desk,
    SigningIdentity,
    evidence_type,
    loaded,
    open_desk,
    utc_now,
)

EB, DSD = Service.EVIDENCE_BROKER, Service.DATA_SERVICE_DIRECTORY
EVERYTHING = RequirementsQuery()
OF_RESIDENCE = DataServicesQuery(evidence_type_classification=evidence_type(AT_RESIDENCE), country_code="AT")
IN_VIENNA = DataServicesQuery(
    evidence_type_classification=evidence_type(AT_RESIDENCE),
    country_code="AT",
    answers=(ConceptAnswer(concept=FEDERAL_STATE, value="AT13"),),
)


def test_a_success_may_be_kept_for_the_version_that_was_asked_for(desk: Desk) -> None:
    fields = desk.get(EB, EVERYTHING.parameters()).headers

    assert fields["cache-control"] == "public, max-age=3600"
    assert fields["vary"] == "Accept-Version"
    assert fields["etag"] == f'"{fields["digest"].removeprefix("SHA-256=")}"'


@pytest.mark.parametrize("query", [OF_RESIDENCE, IN_VIENNA, RequirementsQuery(procedure_id="W1")])
def test_refusals_questions_and_what_a_user_answered_are_kept_by_nobody(
    desk: Desk, query: RequirementsQuery | DataServicesQuery
) -> None:
    fields = desk.get(query.service, query.parameters()).headers

    assert fields["cache-control"] == "no-store"
    assert "etag" not in fields


def test_a_condition_changes_nothing_since_every_answer_has_status_200(desk: Desk) -> None:
    first = desk.get(EB, EVERYTHING.parameters())
    again = desk.http.get(first.url, headers={"Accept-Version": "oots-cs:v2.0", "If-None-Match": first.headers["etag"]})

    assert (again.status_code, again.content) == (200, first.content)


def test_the_same_question_has_the_same_answer_and_signature(desk: Desk) -> None:
    one, other = (desk.get(EB, EVERYTHING.parameters()) for _ in range(2))

    assert one.content == other.content
    assert one.headers["oots-response-sig"] == other.headers["oots-response-sig"]


@pytest.mark.assertion("S-14")
def test_keys_change_while_the_root_stays(tmp_path: Path, identity: SigningIdentity) -> None:
    url = loaded(tmp_path, demo_seeds())
    successor = SigningIdentity(identity.root)
    signers = []

    for signing in (identity, successor):
        with open_desk(url, signing) as desk:
            answer = desk.get(EB, EVERYTHING.parameters())
        signers.append(verify_detached(answer.content, answer.headers, trust=identity.trust, at=utc_now()).certificate)

    assert signers[0] != signers[1]


def test_a_database_without_tables_is_refused_with_what_to_do(tmp_path: Path, identity: SigningIdentity) -> None:
    with pytest.raises(OperatorError, match="oots db upgrade"), open_desk(f"sqlite:///{tmp_path}/new.sqlite", identity):
        pass


# --- without a server -------------------------------------------------------------------------------------------------


class Opened:
    """A directory and the clock that it believes."""

    def __init__(self, folder: Path, identity: SigningIdentity) -> None:
        self.now = utc_now()
        self.database = open_database(f"sqlite:///{folder}/directory.sqlite")
        upgrade(self.database, "directory")
        load(self.database, demo_seeds(), at=self.now)
        settings = DirectorySettings(database="", signer=identity.signer, repository=REPOSITORY, look_seconds=0.0)
        self.directory = Directory(settings, self.database, now=lambda: self.now)

    def ask(self, query: RequirementsQuery | DataServicesQuery) -> Signed:
        asked = Asked(service=query.service, accept_version=(query.interface,), parameters=query.parameters())
        return asyncio.run(self.directory.answer(asked))


@pytest.fixture
def opened(tmp_path: Path, identity: SigningIdentity) -> Opened:
    return Opened(tmp_path, identity)


def test_an_answer_is_signed_again_after_an_hour(opened: Opened) -> None:
    first = opened.ask(EVERYTHING)
    opened.now += MAX_AGE - timedelta(seconds=1)
    still = opened.ask(EVERYTHING)
    opened.now += timedelta(seconds=1)
    then = opened.ask(EVERYTHING)

    assert still is first
    assert then is not first
    assert then.body == first.body


def test_while_the_database_is_away_what_was_read_is_answered(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    before = opened.ask(EVERYTHING)

    def away() -> object:
        raise StoreUnavailable("the database is away")

    monkeypatch.setattr(opened.directory._shelf, "edition", away)

    assert opened.ask(EVERYTHING) == before
    assert opened.ask(IN_VIENNA).outcome == "Success"
    assert "answered from memory" in caplog.text


def test_what_a_user_answered_stands_in_no_log(opened: Opened, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        opened.ask(IN_VIENNA)

    [line] = [record.getMessage() for record in caplog.records if record.getMessage().startswith("dsd in oots-cs:v2.0")]
    assert "AT13" not in caplog.text
    assert "country-code=AT" in line
    assert "1 answers of a user" in line
    assert "Success, 1 records, SHA-256=" in line


def test_what_was_used_longest_ago_makes_room(opened: Opened) -> None:
    queries = [RequirementsQuery(country_code=country) for country in ("AT", "FI", "PT")]
    signed = [opened.ask(query) for query in queries]
    size = max(len(item.body) + sum(map(len, item.fields.values())) for item in signed)
    kept = KeptAnswers(max_bytes=2 * size)
    kept.keep(queries[0], signed[0])
    kept.keep(queries[1], signed[1])
    kept.find(queries[0], opened.now)

    kept.keep(queries[2], signed[2])

    assert [kept.find(query, opened.now) is not None for query in queries] == [True, False, True]
    assert kept.bytes <= 2 * size


def test_many_who_ask_at_once_get_one_answer(opened: Opened) -> None:
    asked = Asked(service=EB, accept_version=("oots-cs:v2.0",), parameters=(("queryId", REQUIREMENTS),))

    async def together() -> list[Signed]:
        return await asyncio.gather(*(opened.directory.answer(asked) for _ in range(20)))

    assert len({id(signed) for signed in asyncio.run(together())}) == 1
