"""The provider behind the back door of a real access point: what it does with messages, and when things go wrong."""

import asyncio
import re
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import replace
from typing import Any

import pytest

from evidence_provider.demo import demo_settings
from evidence_provider.service import Provider
from evidence_provider.settings import ProviderSettings
from evidence_requester.api import JourneyBody, RequestBody
from evidence_requester.exchange import Exchange, Journey
from evidence_requester.request import open_exchange, submission
from oots.cli.demo import story
from oots.codes import Action, EdmCode
from oots.ebms.messages import PartyId, Property, UserMessage
from oots.edm.documents import read_answer, write
from oots.edm.model import ErrorResponse, EvidenceResponse, ExceptionReport
from oots.journal.events import Event, EventName, Record
from oots.net.gateway_client import GatewayClient
from tests.as4.parties import NOW, AccessPoint
from tests.exchange.back_door import TOKEN, BackDoor, until

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


@asynccontextmanager
async def providing(
    settings: ProviderSettings,
    door: BackDoor,
    address: str,
    *,
    record: Record,
    new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
) -> AsyncIterator[Provider]:
    """Run a provider that collects at `address`."""
    async with aclosing(GatewayClient(address, TOKEN)) as gateway:
        provider = Provider(
            settings,
            gateway,
            access_point=door.own.party_id,
            record=record,
            now=door.now,
            new_id=new_id,
        )
        work = asyncio.create_task(provider.collect())
        try:
            yield provider
        finally:
            work.cancel()
            with suppress(asyncio.CancelledError):
                await work


@pytest.fixture
async def provider(settings: ProviderSettings, door: BackDoor, journal: list[Event]) -> AsyncIterator[Provider]:
    async with door.open() as address, providing(settings, door, address, record=journal.append) as provider:
        yield provider


def an_exchange(settings: ProviderSettings) -> Exchange:
    body = JourneyBody(**story.journey())
    return open_exchange(
        Journey(id=str(uuid.uuid4()), procedure=body.procedure, subject=body.subject.natural_person()),
        RequestBody(**story.request(settings)).wish(),
        requester=story.MUNICIPALITY,
        request_id=str(uuid.uuid4()),
        exchange_id=str(uuid.uuid4()),
        message_id=f"{uuid.uuid4()}@pt.example",
        now=NOW,
    )


def ask(door: BackDoor, exchange: Exchange, document: bytes | None = None, **header: Any) -> UserMessage:
    """Have a request come in, or what is given instead, with changes to its header."""
    message = replace(submission(exchange, content_id="request@pt.example"), **header)
    return door.deliver(message, [write(exchange.request) if document is None else document])


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
    exchange = an_exchange(settings)

    request = ask(door, exchange)

    sent = await door.sent()
    await door.acknowledged(request)
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
    assert {event.exchange_id for event in journal} == {exchange.id}
    assert journal[1].facts == {"rung": "eidas identifier", "hits": "1"}


async def test_what_was_issued_is_in_the_book_and_in_the_journal(
    settings: ProviderSettings, door: BackDoor, journal: list[Event], provider: Provider
) -> None:
    ask(door, an_exchange(settings))

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
    ask(door, an_exchange(settings))

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
    request = ask(door, an_exchange(settings), **header)

    await door.acknowledged(request)

    assert names(journal) == [EventName.REQUEST_RECEIVED, EventName.REQUEST_REJECTED]
    assert journal[1].facts == {"reason": reason}
    assert door.mailbox.due(door.clock, limit=1) == ()


@pytest.mark.usefixtures("provider")
async def test_a_message_without_parts_is_journalled_and_acknowledged(
    settings: ProviderSettings, door: BackDoor, journal: list[Event]
) -> None:
    header = replace(submission(an_exchange(settings), content_id="x"), parts=())
    door.deliver(header, [])
    request = ask(door, an_exchange(settings))

    await door.acknowledged(request)

    assert names(journal)[:2] == [EventName.MESSAGE_UNREADABLE, EventName.REQUEST_RECEIVED]


@pytest.mark.usefixtures("provider")
async def test_a_request_beyond_the_limit_is_journalled_without_being_read(
    settings: ProviderSettings, door: BackDoor, journal: list[Event]
) -> None:
    request = ask(door, an_exchange(settings), b"<" * (4 << 20) + b"<")

    await door.acknowledged(request)

    assert names(journal) == [EventName.MESSAGE_UNREADABLE]
    assert "more than" in journal[0].facts["reason"]


async def test_a_fault_of_our_own_is_an_error_for_them_and_a_traceback_for_us(
    settings: ProviderSettings, door: BackDoor, journal: list[Event], caplog: pytest.LogCaptureFixture
) -> None:
    faults = [ZeroDivisionError("nothing works")]

    def new_id() -> str:
        if faults:
            raise faults.pop()
        return str(uuid.uuid4())

    async with door.open() as address, providing(settings, door, address, record=journal.append, new_id=new_id):
        request = ask(door, an_exchange(settings))
        failed = await door.sent()
        await door.acknowledged(request)
        ask(door, an_exchange(settings))
        served = await door.sent()

    said = report(failed.contents[0])
    assert (said.code, said.detail) == (EdmCode.QUERY, "the request could not be processed")
    assert b"nothing works" not in failed.contents[0]
    (told,) = [record for record in caplog.records if record.exc_info]
    assert told.getMessage() == f"message {request.message_id} could not be answered"
    assert EventName.REQUEST_REJECTED in names(journal)
    assert served.message.action == Action.RESPONSE.value


async def test_a_register_that_cannot_be_read_is_an_error_without_a_traceback(
    settings: ProviderSettings, door: BackDoor, journal: list[Event], caplog: pytest.LogCaptureFixture
) -> None:
    nowhere = demo_settings(settings.register.with_name("nowhere.db"))

    async with door.open() as address, providing(nowhere, door, address, record=journal.append):
        ask(door, an_exchange(settings))
        sent = await door.sent()

    assert report(sent.contents[0]).code is EdmCode.QUERY
    assert [record for record in caplog.records if record.exc_info] == []


@pytest.mark.usefixtures("provider")
async def test_a_requester_that_cannot_be_repeated_is_left_out(
    settings: ProviderSettings, door: BackDoor, caplog: pytest.LogCaptureFixture
) -> None:
    exchange = an_exchange(settings)
    document = re.sub(rb"(<sdg:Name lang=.(?:PT|EN).>)[^<]*Prova[^<]*", rb"\1", write(exchange.request))

    request = ask(door, exchange, document)

    sent = await door.sent()
    await door.acknowledged(request)
    answer = read_answer(sent.contents[0])
    assert isinstance(answer, ErrorResponse)
    assert (answer.request_id, answer.requester) == (exchange.request.id, None)
    assert answer.exceptions[0].code is EdmCode.INVALID_REQUEST
    assert [record for record in caplog.records if record.exc_info] == []


@pytest.mark.usefixtures("provider")
async def test_an_access_point_that_was_away_gets_the_same_answer_later(
    settings: ProviderSettings, door: BackDoor, journal: list[Event]
) -> None:
    door.network.failures["/messages"] = 1

    request = ask(door, an_exchange(settings))
    await until(lambda: EventName.ANSWER_NOT_SENT in names(journal))
    assert door.is_waiting(request)
    door.let_leases_run_out()

    sent = await door.sent()
    await door.acknowledged(request)
    assert isinstance(read_answer(sent.contents[0]), EvidenceResponse)
    assert names(journal) == [
        EventName.REQUEST_RECEIVED,
        EventName.IDENTITY_MATCH,
        EventName.EVIDENCE_ISSUED,
        EventName.ANSWER_NOT_SENT,
        EventName.RESPONSE_SENT,
    ]
    assert journal[3].documents == journal[4].documents


@pytest.mark.usefixtures("provider")
async def test_an_acknowledgement_that_was_lost_does_not_bring_a_second_answer(
    settings: ProviderSettings, door: BackDoor, journal: list[Event], caplog: pytest.LogCaptureFixture
) -> None:
    door.network.failures["/acknowledge"] = 1

    request = ask(door, an_exchange(settings))
    await door.sent()
    await until(lambda: "could not be dealt with now" in caplog.text)
    door.let_leases_run_out()

    await door.acknowledged(request)
    assert names(journal).count(EventName.RESPONSE_SENT) == 1
    assert names(journal).count(EventName.REQUEST_RECEIVED) == 1
    assert door.mailbox.due(door.clock, limit=1) == ()


@pytest.mark.usefixtures("provider")
async def test_an_answer_that_the_access_point_refuses_is_given_up_and_journalled(
    settings: ProviderSettings, door: BackDoor, journal: list[Event], mallory: AccessPoint
) -> None:
    door.peer = replace(mallory, party_id=PartyId(value="AP_XX_99", type="urn:nobody"))

    request = ask(door, an_exchange(settings))

    await door.acknowledged(request)
    assert names(journal)[-1] is EventName.ANSWER_NOT_SENT
    assert journal[-1].documents["answer.xml"].startswith(b"<?xml")


async def test_a_provider_waits_for_an_access_point_that_starts_later(
    settings: ProviderSettings, door: BackDoor, journal: list[Event], caplog: pytest.LogCaptureFixture
) -> None:
    async with BackDoor(door.own, door.peer).open() as address:
        port = int(address.rpartition(":")[2])

    async with providing(settings, door, address, record=journal.append):
        await until(lambda: "cannot collect messages" in caplog.text)
        async with door.open(port=port):
            ask(door, an_exchange(settings))
            sent = await door.sent()

    assert sent.message.action == Action.RESPONSE.value


async def test_a_journal_that_fails_once_loses_no_request(
    settings: ProviderSettings, door: BackDoor, journal: list[Event], caplog: pytest.LogCaptureFixture
) -> None:
    faults = [OSError("no space left")]

    def record(event: Event) -> None:
        if faults:
            raise faults.pop()
        journal.append(event)

    async with door.open() as address, providing(settings, door, address, record=record):
        request = ask(door, an_exchange(settings))
        await until(lambda: f"message {request.message_id} could not be dealt with" in caplog.text)
        assert door.is_waiting(request)
        door.let_leases_run_out()
        sent = await door.sent()

    assert isinstance(read_answer(sent.contents[0]), EvidenceResponse)
    assert names(journal)[0] is EventName.REQUEST_RECEIVED
