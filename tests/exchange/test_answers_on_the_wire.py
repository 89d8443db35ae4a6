"""Answers as a careless or hostile provider sends them, through real access points: what the exchange becomes."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from evidence_provider.answer import Answer
from evidence_requester.exchange import Exchange
from evidence_requester.states import State
from oots.codes import PARTY_TYPE_OOTS, Action, EdmCode
from oots.ebms.messages import PartyId, Property
from oots.edm.documents import write
from oots.edm.model import (
    ErrorResponse,
    ErrorSeverity,
    EvidenceResponse,
    ExceptionReport,
    Identifier,
    NaturalPerson,
    ResponseStatus,
)
from oots.journal.events import EventName
from tests.exchange.play import Play, new_id, remember

pytestmark = pytest.mark.anyio


def response(given: Answer, **changes: Any) -> Answer:
    """Give a true answer with changes to its document."""
    return replace(given, document=replace(given.document, **changes))


def about(given: Answer, **changes: Any) -> Answer:
    """Give a true answer about somebody else."""
    assert isinstance(given.document, EvidenceResponse)
    (package,) = given.document.evidences
    subject = package.main.metadata.is_about
    assert isinstance(subject, NaturalPerson)
    metadata = replace(package.main.metadata, is_about=replace(subject, **changes))
    return response(given, evidences=(replace(package, main=replace(package.main, metadata=metadata)),))


def error(play: Play, exchange: Exchange, **changes: Any) -> Answer:
    """Give an error response that says `EDM:ERR:0008`, with changes to its exception."""
    true = play.true_answer(replace(exchange, request=replace(exchange.request, possibility_for_preview=True)))
    assert isinstance(true.document, ErrorResponse)
    report = ExceptionReport(
        code=EdmCode.QUERY, severity=ErrorSeverity.ERROR, message="no", detail="down", timestamp=datetime.now(UTC)
    )
    return Answer(document=replace(true.document, exceptions=(replace(report, **changes),)))


async def refusal(play: Play, message_id: str) -> str:
    """Give why an answer was refused, once that is over."""
    await play.dealt_with(message_id)
    # It is told a moment after it was committed.
    await play.journal.wait_for(EventName.RESPONSE_REFUSED, message_id=message_id)
    (event,) = play.journal.of(EventName.RESPONSE_REFUSED, message_id=message_id)
    return event.facts["reason"]


async def test_a_true_answer_makes_the_document_available(play: Play) -> None:
    exchange = await play.expect(play.open())

    await play.dealt_with(await play.reply(exchange, play.true_answer(exchange)))

    assert play.state_of(exchange).state is State.RECEIVED


async def test_an_answer_may_overtake_the_reply_of_our_own_access_point(play: Play) -> None:
    exchange = play.open()
    remember(play.world.portugal, exchange)

    await play.dealt_with(await play.reply(exchange, play.true_answer(exchange)))

    assert play.state_of(exchange).state is State.RECEIVED


async def test_an_answer_from_another_access_point_changes_nothing(play: Play) -> None:
    asked = PartyId(value="AP_SE_01", type=PARTY_TYPE_OOTS)
    exchange = await play.expect(replace(play.open(), access_point=asked))

    message_id = await play.reply(exchange, play.true_answer(exchange))

    assert await refusal(play, message_id) == "the message comes from another access point than its sender's"
    assert play.state_of(exchange) == exchange


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (
            {"conversation_id": "9f0e1c52-0a0f-4c87-8d3a-3f6f6a7b2002"},
            "the ConversationId of the answer is not that of the request",
        ),
        (
            {"properties": (Property(name="ExchangeId", value="9f0e1c52-0a0f-4c87-8d3a-3f6f6a7b2002"),)},
            "the answer belongs to no exchange of ours",
        ),
    ],
    ids=["conversation", "exchange"],
)
async def test_an_answer_under_another_identifier_changes_nothing(
    play: Play, header: dict[str, Any], reason: str
) -> None:
    exchange = await play.expect(play.open())

    message_id = await play.reply(exchange, play.true_answer(exchange), **header)

    assert await refusal(play, message_id) == reason
    assert play.state_of(exchange) == exchange


async def test_an_answer_to_another_request_changes_nothing(play: Play) -> None:
    exchange = await play.expect(play.open())
    given = response(play.true_answer(exchange), request_id=f"urn:uuid:{new_id()}")

    message_id = await play.reply(exchange, given)

    assert await refusal(play, message_id) == "the requestId of the answer is not the id of the request"
    assert play.state_of(exchange) == exchange


async def test_an_answer_without_an_exchange_id_belongs_to_the_request_that_it_names(play: Play) -> None:
    exchange = await play.expect(play.open())
    given = play.true_answer(exchange)
    given = response(given, request_id=exchange.request.id.upper().replace("URN:UUID", "urn:uuid"))

    line = Property(name="SpecificationId", value="oots-edm:v2.0")
    await play.dealt_with(await play.reply(exchange, given, properties=(line,)))

    assert play.state_of(exchange).state is State.RECEIVED


async def test_a_second_answer_is_refused_and_the_first_one_stays(play: Play) -> None:
    exchange = await play.expect(play.open())
    await play.dealt_with(await play.reply(exchange, play.true_answer(exchange)))
    first = play.state_of(exchange)

    second = await play.reply(exchange, error(play, exchange))
    third = await play.reply(exchange, play.true_answer(exchange))

    assert await refusal(play, second) == await refusal(play, third) == "the request was answered before"
    assert play.state_of(exchange) == first


async def test_an_answer_after_the_documents_were_handed_over_is_refused(play: Play) -> None:
    exchange = await play.expect(play.open())
    await play.dealt_with(await play.reply(exchange, play.true_answer(exchange)))
    await play.portal.acknowledge(exchange.id)

    late = await play.reply(exchange, play.true_answer(exchange))

    assert await refusal(play, late) == "the request was answered before"
    assert play.state_of(exchange).state is State.DELIVERED


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"identifier": Identifier(value="FI/PT/ZZZZZZZZZZZZ", scheme_id="eidas")}, "another identifier"),
        ({"identifier": None, "family_name": "Toinen"}, "other names or another birth date"),
        ({"identifier": None, "date_of_birth": date(1950, 1, 1)}, "other names or another birth date"),
    ],
    ids=["identifier", "name", "birthday"],
)
async def test_a_document_about_somebody_else_is_not_handed_over(
    play: Play, changes: dict[str, Any], reason: str
) -> None:
    exchange = await play.expect(play.open())

    message_id = await play.reply(exchange, about(play.true_answer(exchange), **changes))

    assert (await refusal(play, message_id)).startswith("X11: ")
    ended = play.state_of(exchange)
    assert (ended.state, ended.documents) == (State.FAILED, ())
    assert ended.failure is not None
    assert ended.failure.code == "answer_refused"
    assert reason in (ended.failure.detail or "")


async def test_an_answer_without_its_document_is_refused(play: Play) -> None:
    exchange = await play.expect(play.open())

    message_id = await play.reply(exchange, play.true_answer(exchange), parts=())

    assert await refusal(play, message_id) == "X14: a document has no part in the message"
    assert play.state_of(exchange).state is State.FAILED


async def test_a_document_that_points_at_the_answer_itself_is_refused(play: Play) -> None:
    exchange = await play.expect(play.open())
    given = play.true_answer(exchange)

    message_id = await play.reply(exchange, given, content_id=given.attachments[0].content_id, parts=())

    assert await refusal(play, message_id) == "X14: a document has no part in the message"
    assert play.state_of(exchange).state is State.FAILED


async def test_a_content_id_may_be_percent_encoded(play: Play) -> None:
    exchange = await play.expect(play.open())
    given = play.true_answer(exchange)
    encoded = write(given.document).replace(b"@dvv-demo.example", b"%40dvv-demo.example")

    await play.dealt_with(await play.reply(exchange, given, document=encoded))

    (document,) = play.state_of(exchange).documents
    assert document.sha256 == given.attachments[0].document.sha256


ELSEWHERE = Identifier(value="KELA-DEMO", scheme_id="urn:oasis:names:tc:ebcore:partyid-type:unregistered:FI")


@pytest.mark.parametrize(("party", "rule"), [("requester", "X5"), ("provider", "X6")])
async def test_an_answer_of_or_for_another_authority_is_refused(play: Play, party: str, rule: str) -> None:
    exchange = await play.expect(play.open())
    given = play.true_answer(exchange)
    agent = replace(getattr(given.document, party), identifier=ELSEWHERE)

    message_id = await play.reply(exchange, response(given, **{party: agent}))

    assert (await refusal(play, message_id)).startswith(f"{rule}: ")
    assert play.state_of(exchange).state is State.FAILED


@pytest.mark.parametrize(
    ("header", "rule"),
    [({"action": Action.EXCEPTION.value}, "X26"), ({"line": "oots-edm:v1.2"}, "X27")],
    ids=["action", "line"],
)
async def test_an_answer_that_its_header_contradicts_is_used_and_logged(
    play: Play, header: dict[str, Any], rule: str, caplog: pytest.LogCaptureFixture
) -> None:
    exchange = await play.expect(play.open())
    line = Property(name="SpecificationId", value=header.get("line", "oots-edm:v2.0"))
    properties = (Property(name="ExchangeId", value=exchange.id), line)
    action = header.get("action", Action.RESPONSE.value)

    await play.dealt_with(await play.reply(exchange, play.true_answer(exchange), properties=properties, action=action))

    assert play.state_of(exchange).state is State.RECEIVED
    assert f"{rule} (warning)" in caplog.text


@pytest.mark.parametrize(
    ("reported", "code"),
    [
        ({"code": EdmCode.TIMEOUT}, "timeout"),
        ({"code": EdmCode.AUTHORIZATION}, "not_authorised"),
        ({"code": EdmCode.AUTHORIZATION, "severity": ErrorSeverity.PREVIEW_REQUIRED}, "preview_required"),
        ({"code": EdmCode.QUERY, "detail": None}, "provider_error"),
    ],
)
async def test_an_error_ends_the_exchange_with_a_word_of_ours(play: Play, reported: dict[str, Any], code: str) -> None:
    exchange = await play.expect(play.open())

    await play.dealt_with(await play.reply(exchange, error(play, exchange, **reported)))

    ended = await play.portal.exchange(exchange.id)
    assert (ended["state"], ended["code"], ended["edm_code"]) == ("failed", code, reported["code"].value)
    assert ended["detail"] == reported.get("detail", "down")


async def test_only_an_invalid_request_may_be_answered_without_its_id(play: Play) -> None:
    named, unnamed = await play.expect(play.open()), await play.expect(play.open())
    invalid = response(error(play, named, code=EdmCode.INVALID_REQUEST), request_id=None)
    other = write(error(play, unnamed).document).replace(f'requestId="{unnamed.request.id}"'.encode(), b"")

    await play.dealt_with(await play.reply(named, invalid))
    message_id = await play.reply(unnamed, error(play, unnamed), document=other)

    assert (await refusal(play, message_id)).startswith("X1: ")
    ended = [play.state_of(exchange).failure for exchange in (named, unnamed)]
    assert [failure and failure.code for failure in ended] == ["bad_request", "answer_refused"]


async def test_a_deferred_answer_ends_the_exchange_and_says_so(play: Play) -> None:
    exchange = await play.expect(play.open())
    deferred = response(
        play.true_answer(exchange),
        status=ResponseStatus.UNAVAILABLE,
        available_at=datetime.now(UTC) + timedelta(days=1),
        evidences=(),
    )

    await play.dealt_with(await play.reply(exchange, replace(deferred, attachments=())))

    ended = await play.portal.exchange(exchange.id)
    assert (ended["state"], ended["code"]) == ("failed", "deferred")


@pytest.mark.parametrize("document", [b"", b"<query:QueryResponse", b"<html/>", b"<!DOCTYPE a><a/>"])
async def test_an_answer_that_cannot_be_read_is_journalled_and_changes_nothing(play: Play, document: bytes) -> None:
    exchange = await play.expect(play.open())

    message_id = await play.reply(exchange, play.true_answer(exchange), document=document)

    await play.dealt_with(message_id)
    await play.journal.wait_for(EventName.MESSAGE_UNREADABLE, message_id=message_id)
    (unreadable,) = play.journal.of(EventName.MESSAGE_UNREADABLE, message_id=message_id)
    assert unreadable.documents["answer.xml"] == document
    assert play.state_of(exchange) == exchange


async def test_a_breach_of_form_is_logged_and_the_document_handed_over(
    play: Play, caplog: pytest.LogCaptureFixture
) -> None:
    exchange = await play.expect(play.open())
    given = play.true_answer(exchange)
    document = write(given.document).replace(b"<query:QueryResponse", b'<query:QueryResponse note="x"')

    message_id = await play.reply(exchange, given, document=document)

    await play.dealt_with(message_id)
    assert play.state_of(exchange).state is State.RECEIVED
    assert f"message {message_id} breaks rules: cvc-" in caplog.text
