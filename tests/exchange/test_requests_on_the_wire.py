"""Requests as a careless or hostile service sends them, through real access points, and what the provider says."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from oots.codes import MIME_REGREP, Action, EdmCode
from oots.ebms.messages import PartyId, Property
from oots.edm.documents import write
from oots.edm.model import ErrorResponse, EvidenceResponse
from oots.journal.events import EventName
from oots.net.gateway_client import SubmittedPart
from tests.exchange.play import Play, new_id, traces_of_people

pytestmark = pytest.mark.anyio

Edit = Callable[[bytes], bytes]
REFUSALS = (EventName.RESPONSE_SENT, EventName.ERROR_SENT)


def instead(old: bytes, new: bytes) -> Edit:
    def edit(document: bytes) -> bytes:
        assert old in document
        return document.replace(old, new)

    return edit


async def refusal(play: Play, message_id: str) -> tuple[EdmCode, str]:
    """Give code and detail of the one exception with which a message was answered."""
    answer = await play.answer_to(message_id)
    assert isinstance(answer, ErrorResponse)
    (report,) = answer.exceptions
    assert report.detail is not None
    assert traces_of_people(report.detail) == []
    return report.code, report.detail


@pytest.mark.parametrize(
    ("edit", "rule"),
    [
        (lambda _: b"<html><body>Not found</body></html>", "R-EDM-REQ-S002"),
        (lambda _: b"", "no XML that is accepted"),
        (lambda document: document[: len(document) // 2], "no XML that is accepted"),
        (lambda document: document.replace(b"?>", b"?><!DOCTYPE a [<!ENTITY b 'c'>]>", 1), "document type declaration"),
        (lambda document: b"\xff\xfe" + document, "no XML that is accepted"),
        (instead(b"<sdg:FamilyName>", "<sdg:FamilyName>&Kielonmäki;".encode()), "undeclared entity"),
        (instead(b"<sdg:FamilyName>", "<sdg:FamilyName><Kielonmäki>".encode()), "tag name mismatch"),
        (instead(b"oots-edm:v2.0", b"oots-edm:v1.2"), "R-EDM-REQ-C001, X27"),
        (instead(b"PossibilityForPreview", b"Possibility"), "R-EDM-REQ-S019"),
        (instead(b">S1<", b"><"), "R-EDM-REQ-C003"),
        (instead(b"<sdg:DateOfBirth>", b"<sdg:DateOfBirth>x"), "cvc-datatype-valid.1.2.1"),
        (instead(b'id="urn:uuid:', b'id="'), "R-EDM-REQ-S004"),
    ],
    ids=[
        "html",
        "empty",
        "half",
        "doctype",
        "encoding",
        "entity",
        "tag",
        "line",
        "no slot",
        "empty slot",
        "no date",
        "no urn",
    ],
)
async def test_a_document_that_is_no_request_is_refused_with_the_reason(play: Play, edit: Edit, rule: str) -> None:
    exchange = play.open()
    document = edit(write(exchange.request))

    message_id = await play.send(exchange, document)

    code, detail = await refusal(play, message_id)
    assert code is EdmCode.INVALID_REQUEST
    assert rule in detail
    (recorded,) = play.journal.of(EventName.REQUEST_RECEIVED, message_id=message_id)
    assert recorded.documents["request.xml"] == document
    (rejected,) = play.journal.of(EventName.REQUEST_REJECTED, message_id=message_id)
    assert rejected.facts == {"code": "EDM:ERR:0003", "detail": detail}


async def test_a_response_sent_as_a_request_is_refused(play: Play) -> None:
    exchange = play.open()

    message_id = await play.send(exchange, write(play.true_answer(exchange).document))

    code, detail = await refusal(play, message_id)
    assert code is EdmCode.INVALID_REQUEST
    assert "R-EDM-REQ-S001" in detail


async def test_an_error_for_what_cannot_be_read_names_neither_request_nor_requester(play: Play) -> None:
    message_id = await play.send(play.open(), b"<query")

    answer = await play.answer_to(message_id)

    assert isinstance(answer, ErrorResponse)
    assert (answer.request_id, answer.requester) == (None, None)


async def test_a_requester_that_cannot_be_repeated_is_left_out_of_the_answer(play: Play) -> None:
    exchange = play.open()
    document = re.sub(rb"(<sdg:Name lang=.(?:PT|EN).>)[^<]*Prova[^<]*", rb"\1", write(exchange.request))

    message_id = await play.send(exchange, document)

    answer = await play.answer_to(message_id)
    assert isinstance(answer, ErrorResponse)
    assert answer.requester is None
    assert answer.request_id == exchange.request.id
    assert answer.exceptions[0].code is EdmCode.INVALID_REQUEST
    await play.dealt_with(message_id)


EXCHANGE_ID = Property(name="ExchangeId", value="9f0e1c52-0a0f-4c87-8d3a-3f6f6a7b2002")
SPECIFICATION_ID = Property(name="SpecificationId", value="oots-edm:v2.0")


@pytest.mark.parametrize(
    ("header", "rule"),
    [
        ({"properties": (EXCHANGE_ID,)}, "R-EDM-ebMS-018, R-EDM-ebMS-019"),
        ({"properties": (SPECIFICATION_ID,)}, "R-EDM-ebMS-018, R-EDM-ebMS-019"),
        ({"properties": ()}, "R-EDM-ebMS-018, R-EDM-ebMS-019"),
        (
            {"properties": (EXCHANGE_ID, SPECIFICATION_ID, Property(name="Priority", value="high"))},
            "R-EDM-ebMS-018, R-EDM-ebMS-019",
        ),
        ({"properties": (EXCHANGE_ID, replace(SPECIFICATION_ID, name="Specification"))}, "R-EDM-ebMS-019"),
        ({"properties": (EXCHANGE_ID, replace(SPECIFICATION_ID, value="oots-edm:v1.2"))}, "R-EDM-REQ-C001, X27"),
        ({"properties": (EXCHANGE_ID, replace(SPECIFICATION_ID, value="oots-edm:v3.0"))}, "R-EDM-ebMS-038"),
        ({"original_sender": PartyId(value="CM-OUTRA-DEMO")}, "X7"),
        ({"final_recipient": PartyId(value="KELA-DEMO")}, "X7"),
    ],
)
async def test_a_header_that_breaks_a_rule_is_answered_with_the_rule(
    play: Play, header: dict[str, Any], rule: str
) -> None:
    message_id = await play.send(play.open(), **header)

    code, detail = await refusal(play, message_id)

    assert code is EdmCode.INVALID_REQUEST
    assert rule in detail.partition(": ")[0]


async def test_the_corners_of_a_header_are_compared_with_their_schemes(play: Play) -> None:
    exchange = play.open()
    identifier = exchange.request.requester.identifier

    message_id = await play.send(exchange, original_sender=PartyId(value=identifier.value, type="urn:another:scheme"))

    code, detail = await refusal(play, message_id)
    assert code is EdmCode.INVALID_REQUEST
    assert detail.startswith("X7:")


async def test_an_answer_takes_the_way_back_with_the_identifiers_of_its_request(play: Play) -> None:
    exchange = play.open()

    message_id = await play.send(exchange)

    await play.answer_to(message_id)
    (sent,) = play.journal.of(EventName.RESPONSE_SENT, exchange_id=exchange.id)
    (kept,) = play.journal.of(EventName.AS4_RECEIVED, message_id=sent.message_id or "")
    header = kept.documents["soap.xml"].decode()
    assert (sent.conversation_id, sent.action) == (exchange.conversation_id, Action.RESPONSE.value)
    assert kept.node == "AP_PT_DEMO"
    assert "RefToMessageId" not in header
    for name, value in (("originalSender", "DVV-DEMO"), ("finalRecipient", "CM-PROVA-DEMO")):
        assert re.search(rf'name="{name}"[^>]*>{value}<', header)


@pytest.mark.parametrize(
    ("header", "rule"),
    [
        ({"conversation_id": "conversation 1"}, "R-EDM-ebMS-017"),
        ({"properties": (replace(EXCHANGE_ID, value="exchange-1"), SPECIFICATION_ID)}, "R-EDM-ebMS-037"),
        ({"properties": (replace(EXCHANGE_ID, value=f"urn:uuid:{EXCHANGE_ID.value}"), SPECIFICATION_ID)}, "037"),
    ],
)
async def test_identifiers_that_no_answer_may_repeat_get_none_and_are_journalled(
    play: Play, header: dict[str, Any], rule: str
) -> None:
    message_id = await play.send(play.open(), **header)

    rejected = await play.journal.wait_for(EventName.REQUEST_REJECTED, message_id=message_id)

    await play.dealt_with(message_id)
    assert rule in rejected.facts["reason"]
    assert rejected.conversation_id is not None
    assert play.journal.of(*REFUSALS, conversation_id=rejected.conversation_id) == []


async def test_a_request_id_is_used_once(play: Play) -> None:
    first = play.open()
    again = replace(play.open(), request=first.request)

    answer = await play.answer_to(await play.send(first))
    second = await refusal(play, await play.send(again))

    assert isinstance(answer, EvidenceResponse)
    assert answer.evidences
    assert second[0] is EdmCode.INVALID_REQUEST
    assert "used once" in second[1]
    assert play.journal.of(EventName.EVIDENCE_ISSUED, exchange_id=again.id) == []


async def test_a_request_id_in_capital_letters_is_the_same_id(play: Play) -> None:
    first, again = play.open(), play.open()
    request_id = first.request.id.removeprefix("urn:uuid:")
    capital = write(first.request).replace(request_id.encode(), request_id.upper().encode())

    await play.answer_to(await play.send(first))

    assert "used once" in (await refusal(play, await play.send(again, capital)))[1]


async def test_the_id_of_a_request_that_was_refused_is_used_up(play: Play) -> None:
    first = play.open()
    again = replace(play.open(), request=first.request)

    await refusal(play, await play.send(first, original_sender=PartyId(value="CM-OUTRA-DEMO")))

    assert "used once" in (await refusal(play, await play.send(again)))[1]


async def test_an_answer_to_nobody_is_refused_and_journalled_with_its_bytes(play: Play) -> None:
    exchange = play.open()

    await play.send(exchange)

    refused = await play.journal.wait_for(EventName.RESPONSE_REFUSED, exchange_id=exchange.id)
    assert refused.facts == {"reason": "the answer belongs to no exchange of ours"}
    assert refused.documents["answer.xml"].startswith(b"<?xml")
    assert refused.message_id is not None
    await play.dealt_with(refused.message_id)


async def test_nobody_is_served_twice_under_one_message_id(play: Play) -> None:
    exchange = play.open()
    message_id = f"{new_id()}@pt.example"

    for _ in range(2):
        part = SubmittedPart(content_id="request@pt.example", mime_type=MIME_REGREP)
        await play.send(exchange, message_id=message_id, parts=(part,))

    await play.answer_to(message_id)
    await play.dealt_with(message_id)
    assert len(play.journal.of(EventName.REQUEST_RECEIVED, message_id=message_id)) == 1
