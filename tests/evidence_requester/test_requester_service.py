"""The requester behind the back door of a real access point: asking, taking answers, and what goes wrong in between."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from evidence_requester.api import RequestBody
from evidence_requester.exchange import Exchange, OpenExchange
from evidence_requester.request import party, properties
from evidence_requester.service import Requester
from evidence_requester.settings import RequesterSettings
from evidence_requester.states import State
from oots.cli.demo import story
from oots.codes import MIME_REGREP, Action
from oots.ebms.messages import PartyId, UserMessage
from oots.edm.documents import read_request, write
from oots.edm.model import ErrorResponse, EvidenceResponse
from oots.errors import CallerError, NotFound, QueryFailure
from oots.journal.events import Event, EventName, Record
from oots.journal.retention import Retention
from oots.net.gateway_client import GatewayClient, Submission, SubmittedPart
from oots.store.database import utc_now
from oots.store.durability import Durability
from tests.as4.parties import NOW, AccessPoint
from tests.evidence_requester.desks import durability_of, stores_of
from tests.evidence_requester.exchanges_of_the_story import PDF, PROVIDER, a_response, an_error, journey, new_id
from tests.exchange.back_door import TOKEN, BackDoor, Sent, until
from tests.validation.rules_at_hand import loaded_rules

pytestmark = pytest.mark.anyio

SHA256 = hashlib.sha256(PDF).hexdigest()


@pytest.fixture
def door(alpha: AccessPoint, beta: AccessPoint) -> BackDoor:
    return BackDoor(alpha, beta)


@pytest.fixture
def durability(quick_folder: Path) -> Durability:
    return durability_of(f"sqlite:///{quick_folder}/requester.db", quick_folder)


@pytest.fixture
def journal() -> list[Event]:
    return []


@asynccontextmanager
async def requesting(
    durability: Durability,
    door: BackDoor,
    *,
    record: Record,
    address: str | None = None,
    max_document_bytes: int = 1 << 20,
) -> AsyncIterator[Requester]:
    """Run a requester behind an access point, or behind an address where none may be."""
    async with AsyncExitStack() as stack:
        if address is None:
            address = await stack.enter_async_context(door.open())
        settings = RequesterSettings(
            agent=story.MUNICIPALITY,
            access_point=door.own.party_id,
            gateway_url=address,
            gateway_token=TOKEN,
            api_token="",
            max_document_bytes=max_document_bytes,
        )
        # Jobs rest by the clock of the database, which goes on as it does on a server.
        stores = stack.enter_context(closing(stores_of(durability, record, now=utc_now)))
        gateway = await stack.enter_async_context(aclosing(GatewayClient(address, TOKEN)))
        requester = Requester(
            settings, gateway, stores, loaded_rules(), now=door.now, new_id=new_id, retention=Retention()
        )
        async with requester.running():
            yield requester


@pytest.fixture
async def requester(durability: Durability, door: BackDoor, journal: list[Event]) -> AsyncIterator[Requester]:
    async with requesting(durability, door, record=journal.append) as requester:
        yield requester


async def press(requester: Requester, door: BackDoor, **changes: Any) -> Exchange:
    """Ask for the document of the story, with changes to the wish."""
    begun = journey()
    opened = await requester.open_journey(begun.procedure, begun.subject)
    wish = replace(RequestBody(**story.request(PROVIDER)).wish(), access_point=door.peer.party_id)
    return await requester.ask(opened.id, replace(wish, **changes))


async def ask(requester: Requester, door: BackDoor) -> OpenExchange:
    """Give an exchange whose request the access point has, or does not get."""
    exchange = await press(requester, door)
    await until(lambda: requester.exchanges.state(exchange.id) is not State.PENDING)
    return opened(requester, exchange)


def opened(requester: Requester, exchange: Exchange) -> OpenExchange:
    found = requester.exchanges.correlate(exchange.id, None)
    assert isinstance(found, OpenExchange)
    return found


async def answered(requester: Requester, exchange: Exchange) -> Exchange:
    """Give an exchange once it was answered."""
    await until(lambda: not requester.exchanges.state(exchange.id).is_unanswered)
    return requester.exchanges.exchange(exchange.id)


async def happened(journal: list[Event], name: EventName) -> None:
    """Wait until something stands in the journal."""
    await until(lambda: name in names(journal))


def reply(
    door: BackDoor,
    exchange: Exchange,
    document: EvidenceResponse | ErrorResponse,
    *,
    raw: bytes | None = None,
    evidence: bytes = PDF,
    parts: tuple[SubmittedPart, ...] | None = None,
) -> UserMessage:
    """Have an answer come in; `raw` goes instead of the document, `parts` instead of all parts."""
    is_error = isinstance(document, ErrorResponse)
    packages = () if isinstance(document, ErrorResponse) else document.evidences
    if parts is None:
        parts = (
            SubmittedPart(content_id="answer@fi.example", mime_type=MIME_REGREP),
            *(SubmittedPart(content_id=item.main.content_id, mime_type="application/pdf") for item in packages),
        )
    header = Submission(
        message_id=f"{new_id()}@fi.example",
        action=(Action.EXCEPTION if is_error else Action.RESPONSE).value,
        conversation_id=exchange.conversation_id,
        receiver=door.own.party_id,
        original_sender=party(PROVIDER.identifier),
        final_recipient=party(story.MUNICIPALITY.identifier),
        properties=properties(exchange),
        parts=parts,
    )
    contents = [raw or write(document), *(evidence for _ in parts[1:])]
    return door.deliver(header, contents[: len(parts)])


def names(journal: list[Event]) -> list[EventName]:
    return [event.name for event in journal]


async def test_a_request_goes_out_with_its_header_and_is_journalled(
    requester: Requester, door: BackDoor, journal: list[Event]
) -> None:
    exchange = await ask(requester, door)

    sent = await door.sent()
    assert exchange.state is State.SENT
    assert sent.message.message_id == exchange.message_id
    assert sent.message.conversation_id == exchange.conversation_id
    assert [(item.name, item.value) for item in sent.message.properties] == [
        ("originalSender", "CM-PROVA-DEMO"),
        ("finalRecipient", "DVV-DEMO"),
        ("ExchangeId", exchange.id),
        ("SpecificationId", "oots-edm:v2.0"),
    ]
    assert read_request(sent.contents[0]) == exchange.request
    assert names(journal) == [EventName.EXPLICIT_REQUEST_GIVEN, EventName.REQUEST_SENT]
    assert journal[1].documents == {"request.xml": sent.contents[0]}


async def test_what_the_person_pressed_is_when_the_request_was_issued(requester: Requester, door: BackDoor) -> None:
    exchange = await ask(requester, door)

    assert exchange.request.issue_date_time == exchange.opened_at == NOW


async def test_each_request_has_identifiers_of_its_own(requester: Requester, door: BackDoor) -> None:
    first, second = await ask(requester, door), await ask(requester, door)

    assert len({first.id, second.id, first.request_id, second.request_id, first.message_id, second.message_id}) == 6


async def test_an_answer_is_fetched_and_acknowledged(
    requester: Requester, door: BackDoor, journal: list[Event]
) -> None:
    exchange = await ask(requester, door)

    answer = reply(door, exchange, a_response(exchange))

    await door.acknowledged(answer)
    (document,) = (await answered(requester, exchange)).documents
    told, content = await requester.document(exchange.id, 0)
    assert told == document
    assert (content.read(), document.sha256, document.size) == (PDF, SHA256, len(PDF))
    assert names(journal)[-1] is EventName.RESPONSE_RECEIVED
    assert journal[-1].facts == {"bytes": str(len(journal[-1].documents["answer.xml"]))}


async def test_several_documents_are_fetched_each_from_its_part(requester: Requester, door: BackDoor) -> None:
    exchange = await ask(requester, door)
    response = a_response(exchange, content_ids=("a@fi.example", "b%40fi.example", "c@fi.example"))
    parts = tuple(
        SubmittedPart(content_id=content_id, mime_type="application/pdf")
        for content_id in ("answer@fi.example", "c@fi.example", "b@fi.example", "a@fi.example")
    )

    await door.acknowledged(reply(door, exchange, response, parts=parts))

    documents = (await answered(requester, exchange)).documents
    wanted = [package.main.metadata.identifier for package in response.evidences]
    assert [document.identifier for document in documents] == wanted
    assert (await requester.document(exchange.id, 2))[1].read() == PDF
    with pytest.raises(NotFound):
        await requester.document(exchange.id, 3)


async def test_an_answer_may_overtake_the_reply_of_our_own_access_point(
    requester: Requester, door: BackDoor, journal: list[Event]
) -> None:
    door.network.reply.clear()
    exchange = opened(requester, await press(requester, door))
    sent = await door.sent()
    assert requester.exchanges.state(exchange.id) is State.PENDING

    await door.acknowledged(reply(door, exchange, a_response(exchange)))
    received = await answered(requester, exchange)
    assert received.state is State.RECEIVED
    await happened(journal, EventName.REQUEST_SENT)
    door.network.reply.set()
    await until(lambda: not requester.backlog().leased)

    assert requester.exchanges.exchange(exchange.id) == received
    assert names(journal).count(EventName.REQUEST_SENT) == 1
    assert journal[-1].documents == {"request.xml": sent.contents[0]}


async def test_a_request_that_our_access_point_refuses_has_failed(
    requester: Requester, door: BackDoor, journal: list[Event]
) -> None:
    asked = await press(requester, door, access_point=PartyId(value="AP_XX_01", type="urn:nobody"))

    exchange = await answered(requester, asked)
    assert exchange.state is State.FAILED
    assert exchange.failure is not None
    assert exchange.failure.code == "undeliverable"
    await happened(journal, EventName.REQUEST_REFUSED)
    assert names(journal) == [EventName.EXPLICIT_REQUEST_GIVEN, EventName.REQUEST_REFUSED]
    assert "no P-Mode" in journal[1].facts["reason"]


async def test_an_access_point_that_is_away_for_a_moment_gets_the_request_after_all(
    requester: Requester, door: BackDoor, journal: list[Event], caplog: pytest.LogCaptureFixture
) -> None:
    door.network.failures["/messages"] = 1

    exchange = await ask(requester, door)

    assert f"request {exchange.message_id} cannot be sent now" in caplog.text
    assert exchange.state is State.SENT
    assert names(journal) == [EventName.EXPLICIT_REQUEST_GIVEN, EventName.REQUEST_SENT]


async def test_a_real_answer_refutes_that_a_request_was_undeliverable(requester: Requester, door: BackDoor) -> None:
    door.network.failures["/messages"] = 2
    exchange = await press(requester, door)
    door.clock += timedelta(minutes=4)
    await until(lambda: requester.exchanges.state(exchange.id) is State.UNDELIVERABLE)

    asked = opened(requester, exchange)
    await door.acknowledged(reply(door, asked, a_response(asked)))

    received = await answered(requester, exchange)
    assert (received.state, received.failure) == (State.RECEIVED, None)


async def test_a_request_that_the_peer_refuses_is_undeliverable(requester: Requester, door: BackDoor) -> None:
    exchange = await ask(requester, door)
    sent: Sent = await door.sent()

    door.give_up(sent)

    ended = await requester.exchanges.wait_until_answered(exchange.id, seconds=10)
    assert ended.state is State.UNDELIVERABLE
    assert ended.failure is not None
    assert (ended.failure.code, ended.failure.detail) == ("undeliverable", "EBMS:0101: not on file")


async def test_a_journey_that_was_not_begun_gets_no_exchange(requester: Requester, journal: list[Event]) -> None:
    with pytest.raises(NotFound, match="no journey"):
        await requester.ask(new_id(), RequestBody(**story.request(PROVIDER)).wish())

    assert requester.exchanges.ids() == ()
    assert journal == []


async def test_a_request_that_breaks_a_rule_is_not_sent(requester: Requester, door: BackDoor) -> None:
    wish = RequestBody(**story.request(PROVIDER)).wish()
    evidence_type = replace(wish.evidence_type, identifier="none")

    with pytest.raises(CallerError, match="R-EDM-REQ-C026"):
        await press(requester, door, evidence_type=evidence_type)

    assert requester.exchanges.ids() == ()


async def test_a_document_beyond_the_limit_refuses_the_answer(
    durability: Durability, door: BackDoor, journal: list[Event], caplog: pytest.LogCaptureFixture
) -> None:
    async with requesting(durability, door, record=journal.append, max_document_bytes=len(PDF)) as requester:
        fits, does_not = await ask(requester, door), await ask(requester, door)

        await door.acknowledged(reply(door, fits, a_response(fits)))
        await door.acknowledged(reply(door, does_not, a_response(does_not), evidence=PDF + b"x"))

        assert (await answered(requester, fits)).state is State.RECEIVED
        refused = await answered(requester, does_not)
        await happened(journal, EventName.RESPONSE_REFUSED)
    assert (refused.state, refused.documents) == (State.FAILED, ())
    assert refused.failure is not None
    assert (refused.failure.code, refused.failure.detail) == (
        "answer_refused",
        f"the payload has more than {len(PDF)} bytes",
    )
    assert [record for record in caplog.records if record.exc_info] == []


async def test_an_answer_beyond_the_limit_is_journalled_without_being_read(
    requester: Requester, door: BackDoor, journal: list[Event]
) -> None:
    exchange = await ask(requester, door)

    await door.acknowledged(reply(door, exchange, a_response(exchange), raw=b"<" * ((4 << 20) + 1)))

    assert names(journal)[-1] is EventName.MESSAGE_UNREADABLE
    assert requester.exchanges.exchange(exchange.id).state is State.SENT


async def test_an_answer_without_parts_is_journalled(
    requester: Requester, door: BackDoor, journal: list[Event]
) -> None:
    exchange = await ask(requester, door)

    reply(door, exchange, a_response(exchange), parts=())

    await happened(journal, EventName.MESSAGE_UNREADABLE)
    assert requester.exchanges.exchange(exchange.id).state is State.SENT


@pytest.mark.parametrize("raw", [b"<", b"<html/>"])
async def test_an_answer_that_cannot_be_read_is_journalled_as_it_came(
    requester: Requester, door: BackDoor, journal: list[Event], raw: bytes
) -> None:
    exchange = await ask(requester, door)

    await door.acknowledged(reply(door, exchange, an_error(exchange, QueryFailure("down")), raw=raw))
    await happened(journal, EventName.MESSAGE_UNREADABLE)

    assert names(journal)[-2:] == [EventName.ERROR_RECEIVED, EventName.MESSAGE_UNREADABLE]
    assert journal[-1].documents == {"answer.xml": raw}


async def test_an_access_point_that_is_away_while_we_fetch_is_asked_again(
    requester: Requester, door: BackDoor, caplog: pytest.LogCaptureFixture
) -> None:
    exchange = await ask(requester, door)
    door.network.failures["/payloads/1"] = 1

    answer = reply(door, exchange, a_response(exchange))
    await until(lambda: "could not be dealt with now" in caplog.text)
    assert door.is_waiting(answer)
    assert requester.exchanges.exchange(exchange.id).state is State.SENT
    door.let_leases_run_out()

    await door.acknowledged(answer)
    assert (await answered(requester, exchange)).state is State.RECEIVED


async def test_an_acknowledgement_that_was_lost_changes_nothing(
    requester: Requester, door: BackDoor, caplog: pytest.LogCaptureFixture
) -> None:
    exchange = await ask(requester, door)
    door.network.failures["/acknowledge"] = 1

    answer = reply(door, exchange, a_response(exchange))
    await until(lambda: "could not be dealt with now" in caplog.text)
    received = await answered(requester, exchange)
    door.let_leases_run_out()

    await door.acknowledged(answer)
    assert received.state is State.RECEIVED
    assert requester.exchanges.exchange(exchange.id) == received


async def test_one_message_that_fails_does_not_stop_the_next(
    requester: Requester, door: BackDoor, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = await ask(requester, door), await ask(requester, door)
    unlucky = reply(door, first, a_response(first))
    door.network.failures[f"{unlucky.message_id}/payloads/0"] = 1
    lucky = reply(door, second, a_response(second))

    await door.acknowledged(lucky)
    await until(lambda: f"message {unlucky.message_id} could not be dealt with" in caplog.text)
    assert door.is_waiting(unlucky)
    door.let_leases_run_out()
    await door.acknowledged(unlucky)

    assert (await answered(requester, first)).state is State.RECEIVED


async def test_a_requester_waits_for_an_access_point_that_starts_later(
    durability: Durability, door: BackDoor, caplog: pytest.LogCaptureFixture
) -> None:
    async with BackDoor(door.own, door.peer).open() as address:
        port = int(address.rpartition(":")[2])

    async with requesting(durability, door, record=lambda _: None, address=address) as requester:
        exchange = opened(requester, await press(requester, door))
        await until(lambda: "cannot collect messages" in caplog.text and "cannot be sent now" in caplog.text)
        async with door.open(port=port):
            await door.sent()
            await door.acknowledged(reply(door, exchange, a_response(exchange)))

        assert (await answered(requester, exchange)).state is State.RECEIVED


async def test_watching_goes_on_when_it_fails(
    requester: Requester, door: BackDoor, caplog: pytest.LogCaptureFixture
) -> None:
    unknown, known = await ask(requester, door), await ask(requester, door)
    sent = {message.message.message_id: message for message in (await door.sent(), await door.sent())}
    door.network.failures[f"/messages/{unknown.message_id}"] = 1

    door.give_up(sent[known.message_id])

    assert (await requester.exchanges.wait_until_answered(known.id, seconds=10)).state is State.UNDELIVERABLE
    await until(lambda: f"cannot learn the state of request {unknown.message_id}" in caplog.text)
    assert requester.exchanges.exchange(unknown.id).state is State.SENT


async def test_what_was_begun_goes_on_after_a_restart(
    durability: Durability, door: BackDoor, journal: list[Event]
) -> None:
    door.network.failures["/messages"] = 1000
    async with requesting(durability, door, record=journal.append) as requester:
        exchange = opened(requester, await press(requester, door))
    door.network.failures.clear()

    async with requesting(durability, BackDoor(door.own, door.peer), record=journal.append) as restarted:
        await until(lambda: restarted.exchanges.state(exchange.id) is State.SENT)

    assert names(journal) == [EventName.EXPLICIT_REQUEST_GIVEN, EventName.REQUEST_SENT]


async def test_it_says_how_much_there_is_to_do_and_whether_somebody_does_it(
    durability: Durability, door: BackDoor
) -> None:
    async with requesting(durability, door, record=lambda _: None) as requester:
        exchange = await ask(requester, door)
        await until(lambda: requester.backlog().later == 4)

        assert requester.is_working()
        assert requester.exchanges.count_by_state() == dict.fromkeys(State, 0) | {State.SENT: 1}

    assert not requester.is_working()
    assert exchange.state is State.SENT


async def test_who_waits_is_woken_by_the_answer(requester: Requester, door: BackDoor) -> None:
    exchange = await ask(requester, door)
    waiting = asyncio.create_task(requester.exchanges.wait_until_answered(exchange.id, seconds=10))

    reply(door, exchange, a_response(exchange))

    assert (await waiting).state is State.RECEIVED
