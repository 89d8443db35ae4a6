"""The provider behind the back door of a real access point: what it does with messages, and when things go wrong."""

import asyncio
import re
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager, closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from evidence_provider.app import create_app
from evidence_provider.demo import demo_settings
from evidence_provider.service import Provider
from evidence_provider.settings import ProviderSettings
from oots.cli.demo import story
from oots.codes import Action, EdmCode
from oots.ebms.messages import PartyId, Property, UserMessage
from oots.edm.documents import read_answer, write
from oots.edm.model import ErrorResponse, EvidenceRequest, EvidenceResponse, ExceptionReport
from oots.journal.events import Event, EventName
from oots.journal.retention import Retention
from oots.net.gateway_client import GatewayClient
from oots.store.database import open_database
from oots.store.durability import Durability
from tests.as4.parties import AccessPoint
from tests.evidence_provider.desks import durability_of, stores_of
from tests.evidence_provider.requests_of_the_story import a_request, header_of
from tests.exchange.back_door import TOKEN, BackDoor, until
from tests.validation.rules_at_hand import loaded_rules

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": True}


@pytest.fixture
def door(alpha: AccessPoint, beta: AccessPoint) -> BackDoor:
    return BackDoor(beta, alpha)


@pytest.fixture
def journal() -> list[Event]:
    return []


@pytest.fixture
def durability(quick_folder: Path) -> Durability:
    return durability_of(f"sqlite:///{quick_folder}/provider.db", quick_folder)


@asynccontextmanager
async def providing(
    settings: ProviderSettings,
    durability: Durability,
    door: BackDoor,
    address: str,
    *,
    journal: list[Event],
    new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
) -> AsyncIterator[Provider]:
    """Run a provider that collects at `address`."""
    async with aclosing(GatewayClient(address, TOKEN)) as gateway:
        with closing(stores_of(durability, journal, now=door.now)) as stores:
            provider = Provider(
                settings,
                gateway,
                stores,
                loaded_rules(),
                access_point=door.own.party_id,
                now=door.now,
                new_id=new_id,
                retention=Retention(),
            )
            async with provider.running():
                yield provider


@pytest.fixture
async def provider(
    settings: ProviderSettings, durability: Durability, door: BackDoor, journal: list[Event]
) -> AsyncIterator[Provider]:
    async with (
        door.open() as address,
        providing(settings, durability, door, address, journal=journal) as provider,
    ):
        yield provider


def ask(door: BackDoor, request: EvidenceRequest, document: bytes | None = None, **header: Any) -> UserMessage:
    """Have a request come in, or what is given instead, with changes to its header."""
    return door.deliver(header_of(request, **header), [write(request) if document is None else document])


async def concluded(journal: list[Event], name: EventName) -> None:
    """Wait until the provider is done with a request."""
    await until(lambda: name in names(journal))


def names(journal: list[Event]) -> list[EventName]:
    return [event.name for event in journal]


def report(content: bytes) -> ExceptionReport:
    answer = read_answer(content)
    assert isinstance(answer, ErrorResponse)
    return answer.exceptions[0]


@pytest.mark.usefixtures("provider")
async def test_a_request_is_journalled_answered_and_then_acknowledged(
    settings: ProviderSettings, door: BackDoor, journal: list[Event]
) -> None:
    request = ask(door, a_request(settings))

    sent = await door.sent()
    await door.acknowledged(request)
    await concluded(journal, EventName.RESPONSE_SENT)
    answer = read_answer(sent.contents[0])
    assert isinstance(answer, EvidenceResponse)
    assert sent.contents[1].startswith(b"%PDF-")
    assert sent.message.action == Action.RESPONSE.value
    assert sent.message.conversation_id == request.conversation_id
    assert sent.message.ref_to_message_id is None
    assert sent.property("ExchangeId") == request.property("ExchangeId")
    assert names(journal) == [
        EventName.REQUEST_RECEIVED,
        EventName.IDENTITY_MATCH,
        EventName.EVIDENCE_ISSUED,
        EventName.RESPONSE_SENT,
    ]
    exchange_id = request.property("ExchangeId")
    assert exchange_id is not None
    assert {event.exchange_id for event in journal} == {exchange_id.value}
    assert journal[1].facts == {"rung": "eidas identifier", "hits": "1"}


async def test_what_was_issued_is_in_the_book_and_in_the_journal(
    settings: ProviderSettings, door: BackDoor, journal: list[Event], provider: Provider
) -> None:
    ask(door, a_request(settings))

    answer = read_answer((await door.sent()).contents[0])

    assert isinstance(answer, EvidenceResponse)
    number = answer.evidences[0].main.metadata.identifier
    facts = journal[2].facts
    assert facts["document"] == number
    assert facts["sha256"] == provider.issued.sha256_of(number)


@pytest.mark.usefixtures("provider")
async def test_the_header_of_an_answer_is_turned_round_with_value_and_scheme(
    settings: ProviderSettings, door: BackDoor
) -> None:
    ask(door, a_request(settings))

    sent = await door.sent()

    requester, provider = story.MUNICIPALITY.identifier, settings.identifier
    assert sent.message.receiver == door.peer.party
    assert sent.property("finalRecipient") == Property(
        name="finalRecipient", value=requester.value, type=requester.scheme_id
    )
    assert sent.property("originalSender") == Property(
        name="originalSender", value=provider.value, type=provider.scheme_id
    )
    assert [item.name for item in sent.message.properties] == [
        "originalSender",
        "finalRecipient",
        "ExchangeId",
        "SpecificationId",
    ]


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ({"conversation_id": "c1"}, "R-EDM-ebMS-017: ConversationId is no UUID"),
        ({"properties": (Property(name="ExchangeId", value="e1"),)}, "R-EDM-ebMS-037: ExchangeId is no UUID"),
    ],
)
@pytest.mark.usefixtures("provider")
async def test_what_cannot_be_answered_is_journalled_and_acknowledged(
    settings: ProviderSettings, door: BackDoor, journal: list[Event], header: dict[str, Any], reason: str
) -> None:
    request = ask(door, a_request(settings), **header)

    await door.acknowledged(request)
    await concluded(journal, EventName.REQUEST_REJECTED)

    assert names(journal) == [EventName.REQUEST_RECEIVED, EventName.REQUEST_REJECTED]
    assert journal[1].facts == {"reason": reason}
    assert door.mailbox.outbox.due(door.clock, limit=1) == ()


@pytest.mark.usefixtures("provider")
async def test_a_message_without_parts_is_journalled_and_acknowledged(
    settings: ProviderSettings, door: BackDoor, journal: list[Event]
) -> None:
    door.deliver(header_of(a_request(settings), parts=()), [])
    request = ask(door, a_request(settings))

    await door.acknowledged(request)

    assert names(journal)[:2] == [EventName.MESSAGE_UNREADABLE, EventName.REQUEST_RECEIVED]


@pytest.mark.usefixtures("provider")
async def test_a_request_beyond_the_limit_is_journalled_without_being_read(
    settings: ProviderSettings, door: BackDoor, journal: list[Event]
) -> None:
    request = ask(door, a_request(settings), b"<" * (4 << 20) + b"<")

    await door.acknowledged(request)

    assert names(journal) == [EventName.MESSAGE_UNREADABLE]
    assert "more than" in journal[0].facts["reason"]


async def test_a_fault_of_our_own_is_an_error_for_them_and_a_traceback_for_us(
    settings: ProviderSettings,
    durability: Durability,
    door: BackDoor,
    journal: list[Event],
    caplog: pytest.LogCaptureFixture,
) -> None:
    faults = [ZeroDivisionError("nothing works")]

    def new_id() -> str:
        if faults:
            raise faults.pop()
        return str(uuid.uuid4())

    async with (
        door.open() as address,
        providing(settings, durability, door, address, journal=journal, new_id=new_id),
    ):
        request = ask(door, a_request(settings))
        failed = await door.sent()
        ask(door, a_request(settings))
        served = await door.sent()

    said = report(failed.contents[0])
    assert (said.code, said.detail) == (EdmCode.QUERY, "the request could not be processed")
    assert b"nothing works" not in failed.contents[0]
    (told,) = [record for record in caplog.records if record.exc_info]
    assert told.getMessage() == f"message {request.message_id} could not be answered"
    assert told.__dict__["message_id"] == request.message_id
    assert EventName.REQUEST_REJECTED in names(journal)
    assert served.message.action == Action.RESPONSE.value


async def test_a_register_that_cannot_be_read_is_an_error_without_a_traceback(
    settings: ProviderSettings,
    durability: Durability,
    door: BackDoor,
    journal: list[Event],
    caplog: pytest.LogCaptureFixture,
) -> None:
    nowhere = demo_settings(settings.register.with_name("nowhere.db"))

    async with door.open() as address, providing(nowhere, durability, door, address, journal=journal):
        ask(door, a_request(settings))
        sent = await door.sent()

    assert report(sent.contents[0]).code is EdmCode.QUERY
    assert [record for record in caplog.records if record.exc_info] == []


@pytest.mark.usefixtures("provider")
async def test_a_requester_that_cannot_be_repeated_is_left_out(
    settings: ProviderSettings, door: BackDoor, caplog: pytest.LogCaptureFixture
) -> None:
    request = a_request(settings)
    document = re.sub(rb"(<sdg:Name lang=.(?:PT|EN).>)[^<]*Prova[^<]*", rb"\1", write(request))

    ask(door, request, document)

    sent = await door.sent()
    answer = read_answer(sent.contents[0])
    assert isinstance(answer, ErrorResponse)
    assert (answer.request_id, answer.requester) == (request.id, None)
    assert answer.exceptions[0].code is EdmCode.INVALID_REQUEST
    assert [record for record in caplog.records if record.exc_info] == []


async def test_an_access_point_that_was_away_gets_the_same_answer_later(
    settings: ProviderSettings, door: BackDoor, journal: list[Event], provider: Provider
) -> None:
    door.network.failures["/messages"] = 1

    request = ask(door, a_request(settings))
    await door.acknowledged(request)
    await until(lambda: waiting_again(provider))
    assert names(journal)[-1] is EventName.EVIDENCE_ISSUED
    door.clock += timedelta(seconds=1)

    sent = await door.sent()
    await concluded(journal, EventName.RESPONSE_SENT)
    assert isinstance(read_answer(sent.contents[0]), EvidenceResponse)
    assert names(journal) == [
        EventName.REQUEST_RECEIVED,
        EventName.IDENTITY_MATCH,
        EventName.EVIDENCE_ISSUED,
        EventName.RESPONSE_SENT,
    ]


def waiting_again(provider: Provider) -> bool:
    """Tell whether only jobs with a time to come are left: the answer, and the cleaning."""
    backlog = provider.backlog()
    return (backlog.due, backlog.leased, backlog.later) == (0, 0, 2)


@pytest.mark.usefixtures("provider")
async def test_an_acknowledgement_that_was_lost_does_not_bring_a_second_answer(
    settings: ProviderSettings, door: BackDoor, journal: list[Event], caplog: pytest.LogCaptureFixture
) -> None:
    door.network.failures["/acknowledge"] = 1

    request = ask(door, a_request(settings))
    await door.sent()
    await until(lambda: "could not be dealt with now" in caplog.text)
    assert door.is_waiting(request)
    door.let_leases_run_out()

    await door.acknowledged(request)
    await concluded(journal, EventName.RESPONSE_SENT)
    assert names(journal).count(EventName.RESPONSE_SENT) == 1
    assert names(journal).count(EventName.REQUEST_RECEIVED) == 1
    assert door.mailbox.outbox.due(door.clock, limit=1) == ()


@pytest.mark.usefixtures("provider")
async def test_an_answer_that_the_access_point_refuses_is_given_up_and_journalled(
    settings: ProviderSettings, door: BackDoor, journal: list[Event], mallory: AccessPoint
) -> None:
    door.peer = replace(mallory, party_id=PartyId(value="AP_XX_99", type="urn:nobody"))

    ask(door, a_request(settings))

    await concluded(journal, EventName.ANSWER_NOT_SENT)
    assert journal[-1].documents["answer.xml"].startswith(b"<?xml")


async def test_a_provider_waits_for_an_access_point_that_starts_later(
    settings: ProviderSettings,
    durability: Durability,
    door: BackDoor,
    journal: list[Event],
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with BackDoor(door.own, door.peer).open() as address:
        port = int(address.rpartition(":")[2])

    async with providing(settings, durability, door, address, journal=journal):
        await until(lambda: "cannot collect messages" in caplog.text)
        async with door.open(port=port):
            ask(door, a_request(settings))
            sent = await door.sent()

    assert sent.message.action == Action.RESPONSE.value


async def test_a_journal_that_fails_once_loses_no_request(
    settings: ProviderSettings,
    durability: Durability,
    door: BackDoor,
    journal: list[Event],
    caplog: pytest.LogCaptureFixture,
) -> None:
    run_sql(durability, "CREATE TRIGGER broken BEFORE INSERT ON event BEGIN SELECT RAISE(ABORT, 'broken'); END")

    async with door.open() as address, providing(settings, durability, door, address, journal=journal):
        request = ask(door, a_request(settings))
        await until(lambda: f"message {request.message_id} could not be dealt with" in caplog.text)
        assert door.is_waiting(request)
        run_sql(durability, "DROP TRIGGER broken")
        door.let_leases_run_out()
        sent = await door.sent()

    assert isinstance(read_answer(sent.contents[0]), EvidenceResponse)
    assert names(journal)[0] is EventName.REQUEST_RECEIVED


async def test_whoever_cannot_hear_of_an_event_holds_nothing_up(
    settings: ProviderSettings, durability: Durability, door: BackDoor
) -> None:
    class Deaf(list[Event]):
        def append(self, _: Event) -> None:
            raise OSError("no space left")

    async with door.open() as address, providing(settings, durability, door, address, journal=Deaf()):
        ask(door, a_request(settings))

        assert isinstance(read_answer((await door.sent()).contents[0]), EvidenceResponse)


async def test_what_is_in_hand_is_finished_before_a_provider_stops(
    settings: ProviderSettings, durability: Durability, door: BackDoor, journal: list[Event]
) -> None:
    door.network.reply.clear()

    async with door.open() as address:
        async with providing(settings, durability, door, address, journal=journal):
            ask(door, a_request(settings))
            await door.sent()
            asyncio.get_running_loop().call_later(0.2, door.network.reply.set)
        assert names(journal)[-1] is EventName.RESPONSE_SENT


async def test_the_application_answers_while_it_runs(
    settings: ProviderSettings, durability: Durability, door: BackDoor, journal: list[Event]
) -> None:
    async with door.open() as address:
        app = create_app(
            settings,
            durability=durability,
            rules=loaded_rules(),
            access_point=door.own.party_id,
            gateway_url=address,
            gateway_token=TOKEN,
            record=journal.append,
            now=door.now,
            new_id=lambda: str(uuid.uuid4()),
        )
        async with app.router.lifespan_context(app):
            ask(door, a_request(settings))
            sent = await door.sent()
            provider: Provider = app.state.provider
            await until(lambda: provider.backlog().later == 1)

    assert isinstance(read_answer(sent.contents[0]), EvidenceResponse)
    assert names(journal)[-1] is EventName.RESPONSE_SENT


def run_sql(durability: Durability, statement: str) -> None:
    with closing(open_database(durability.database)) as database, database.writing() as connection:
        connection.execute(text(statement))
