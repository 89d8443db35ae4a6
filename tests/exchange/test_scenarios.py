"""Scenarios under their ids (flows.md 10.5), through real access points, each in the lines that it is for."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from evidence_provider.answer import Answer
from evidence_provider.demo import BIRTH_RECORDS
from evidence_requester.states import State
from oots.codes import EdmCode
from oots.ebms.messages import Property
from oots.edm.documents import write
from oots.edm.model import ClassificationNode, DistributedAs, ErrorResponse, EvidenceRequest, EvidenceResponse
from oots.edm.specification import V1_2, V2_0
from oots.errors import CallerError
from oots.journal.events import EventName
from tests.exchange.play import Play, new_id, traces_of_people

pytestmark = pytest.mark.anyio

BOTH_LINES = pytest.mark.parametrize("line", [V1_2, V2_0])
ANSWERS = (EventName.RESPONSE_SENT, EventName.ERROR_SENT)


def changed(request: EvidenceRequest, pattern: bytes, replacement: bytes | Callable[[re.Match[bytes]], bytes]) -> bytes:
    """Give the document of a request with changes; there must be something to change."""
    document, count = re.subn(pattern, replacement, write(request), flags=re.DOTALL)
    assert count
    return document


async def refusal(play: Play, message_id: str) -> tuple[ErrorResponse, str]:
    """Give the `EDM:ERR:0003` with which a message was answered, and its detail; nobody is named there."""
    answer = await play.answer_to(message_id)
    assert isinstance(answer, ErrorResponse)
    (report,) = answer.exceptions
    assert report.code is EdmCode.INVALID_REQUEST
    assert report.detail is not None
    assert traces_of_people(report.detail) == []
    return answer, report.detail


@BOTH_LINES
async def test_at01_a_request_that_does_not_say_whether_a_preview_is_possible(play: Play, line: str) -> None:
    exchange = play.open(line)
    document = changed(exchange.request, rb'<rim:Slot name="PossibilityForPreview">.*?</rim:Slot>', b"")

    answer, detail = await refusal(play, await play.send(exchange, document))

    assert "R-EDM-REQ-S009" in detail
    assert (answer.specification, answer.request_id) == (line, exchange.request.id)
    assert play.journal.of(EventName.EVIDENCE_ISSUED, conversation_id=exchange.conversation_id) == []


COMPANY = (
    b'<rim:Slot name="LegalPerson"><rim:SlotValue xsi:type="rim:AnyValueType"><sdg:LegalPerson>'
    b"<sdg:LevelOfAssurance>Substantial</sdg:LevelOfAssurance><sdg:LegalName>Esimerkki Oy</sdg:LegalName>"
    b"</sdg:LegalPerson></rim:SlotValue></rim:Slot>"
)


@BOTH_LINES
async def test_at02_a_request_about_a_person_and_a_company(play: Play, line: str) -> None:
    exchange = play.open(line)
    document = changed(exchange.request, rb"<query:Query .*?>", lambda found: found[0] + COMPANY)

    answer, detail = await refusal(play, await play.send(exchange, document))

    assert "R-EDM-REQ-S016" in detail
    assert answer.specification == line


@BOTH_LINES
async def test_at03_the_same_request_id_twice(play: Play, line: str) -> None:
    first = play.open(line)
    again = replace(play.open(line), request=first.request)

    answer = await play.answer_to(await play.send(first))
    refused, detail = await refusal(play, await play.send(again))

    assert isinstance(answer, EvidenceResponse)
    assert answer.evidences
    assert detail.startswith("X24: a request identifier is used once")
    assert refused.specification == line
    assert play.journal.of(EventName.EVIDENCE_ISSUED, conversation_id=again.conversation_id) == []


async def test_at04_a_document_of_1_2_under_a_header_of_2_0(play: Play) -> None:
    exchange = play.open(V2_0)

    answer, detail = await refusal(play, await play.send(exchange, write(play.open(V1_2).request)))

    assert detail.startswith("R-EDM-REQ-C001, X27: ")
    assert answer.specification == V2_0


async def test_at04_a_document_of_2_0_under_a_header_of_1_2(play: Play) -> None:
    exchange = play.open(V1_2)
    properties = (Property(name="SpecificationId", value=V1_2),)

    message_id = await play.send(exchange, write(play.open(V2_0).request), properties=properties)

    answer, detail = await refusal(play, message_id)
    assert detail.startswith("R-EDM-REQ-C001, X27: ")
    assert answer.specification == V1_2


async def test_at04b_a_header_without_specification_id_but_with_exchange_id(play: Play) -> None:
    exchange = play.open(V2_0)

    message_id = await play.send(exchange, properties=(Property(name="ExchangeId", value=exchange.id),))

    answer, detail = await refusal(play, message_id)
    assert "R-EDM-ebMS-019" in detail
    assert answer.specification == V2_0


async def test_at05_an_exchange_id_that_is_no_uuid_gets_no_answer(play: Play) -> None:
    exchange = play.open()
    properties = (Property(name="ExchangeId", value="exchange-1"), Property(name="SpecificationId", value=V2_0))

    message_id = await play.send(exchange, properties=properties)

    rejected = await play.journal.wait_for(EventName.REQUEST_REJECTED, message_id=message_id)
    await play.dealt_with(message_id)
    assert rejected.facts["reason"].startswith("R-EDM-ebMS-037")
    assert play.journal.of(*ANSWERS, conversation_id=exchange.conversation_id) == []


@BOTH_LINES
async def test_at05_a_conversation_id_that_is_no_uuid_gets_no_answer(play: Play, line: str) -> None:
    conversation_id = f"conversation {new_id()}"

    message_id = await play.send(play.open(line), conversation_id=conversation_id)

    rejected = await play.journal.wait_for(EventName.REQUEST_REJECTED, message_id=message_id)
    await play.dealt_with(message_id)
    assert rejected.facts["reason"].startswith("R-EDM-ebMS-017")
    assert play.journal.of(*ANSWERS, conversation_id=conversation_id) == []


@pytest.mark.parametrize(
    "agents",
    [lambda element: element + element, lambda element: element.replace(b">ER<", b">IP<")],
    ids=["two", "none"],
)
@BOTH_LINES
async def test_at06_not_exactly_one_requester(play: Play, line: str, agents: Callable[[bytes], bytes]) -> None:
    exchange = play.open(line)
    element = rb'<rim:Element xsi:type="rim:AnyValueType"><sdg:Agent>.*?</sdg:Agent></rim:Element>'
    document = changed(exchange.request, element, lambda found: agents(found[0]))

    answer, detail = await refusal(play, await play.send(exchange, document))

    assert "R-EDM-REQ-C074" in detail
    assert answer.requester is None
    assert answer.specification == line


HTTPS = "https://portal.example/return"
HTTP = "http://portal.example/return"


@pytest.mark.parametrize(
    ("locations", "rule"),
    [
        ({"PreviewLocation": HTTPS}, "R-EDM-REQ-S062"),
        ({"ReturnLocation": HTTPS}, "R-EDM-REQ-S062"),
        ({"PreviewLocation": HTTP, "ReturnLocation": HTTPS}, "R-EDM-REQ-C005"),
        ({"PreviewLocation": HTTPS, "ReturnLocation": HTTP}, "R-EDM-REQ-C120"),
    ],
    ids=["no return", "no preview", "preview by http", "return by http"],
)
async def test_at41_a_second_request_whose_locations_break_a_rule(
    play: Play, locations: dict[str, str], rule: str
) -> None:
    exchange = play.open()
    slots = "".join(
        f'<rim:Slot name="{name}"><rim:SlotValue xsi:type="rim:StringValueType"><rim:Value>{value}</rim:Value>'
        "</rim:SlotValue></rim:Slot>"
        for name, value in locations.items()
    )
    document = changed(exchange.request, b"<query:ResponseOption", lambda found: slots.encode() + found[0])

    _, detail = await refusal(play, await play.send(exchange, document))

    assert rule in detail.partition(": ")[0]
    assert "portal.example" not in detail


def wishing(play: Play, **wishes: Any) -> EvidenceRequest:
    """Give the request of the story with wishes for the form of its document."""
    request = play.open().request
    form = DistributedAs(format="application/pdf", **wishes)
    return replace(request, evidence_type=replace(request.evidence_type, distributions=(form,)))


async def test_at42_a_wish_for_a_language_that_there_is_not_is_no_error(play: Play) -> None:
    assert "PT" not in BIRTH_RECORDS.languages
    exchange = replace(play.open(), request=wishing(play, languages=("PT",)))

    answer = await play.answer_to(await play.send(exchange))

    assert isinstance(answer, EvidenceResponse)
    distribution = answer.evidences[0].main.metadata.distribution
    assert distribution is not None
    assert distribution.languages == BIRTH_RECORDS.languages


async def test_at43_a_wish_for_a_translation_that_there_is_not_brings_the_document_alone(play: Play) -> None:
    exchange = replace(play.open(), request=wishing(play, associated_documents=(ClassificationNode.TRANSLATION,)))

    answer = await play.answer_to(await play.send(exchange))

    assert isinstance(answer, EvidenceResponse)
    (package,) = answer.evidences
    assert package.companions == ()


async def test_at45_a_provider_that_speaks_1_0_only_is_not_asked(play: Play) -> None:
    asked_before = play.journal.of(EventName.EXPLICIT_REQUEST_GIVEN)

    with pytest.raises(CallerError, match=re.escape(f"speaks oots-edm:v1.0; we speak {V1_2}, {V2_0}")):
        await play.ask(provider={"conforms_to": ["oots-edm:v1.0"]})

    assert play.journal.of(EventName.EXPLICIT_REQUEST_GIVEN) == asked_before


@pytest.mark.parametrize(
    ("announced", "line"),
    [([V1_2, V2_0], V2_0), ([V1_2], V1_2), ([], V2_0), (["oots-edm:v3.0", V1_2], V1_2)],
    ids=["both", "1.2", "nothing", "1.2 and a newer one"],
)
async def test_at46_the_highest_line_that_both_speak_is_used_both_ways(
    play: Play, announced: list[str], line: str
) -> None:
    ended = await play.ask(provider={"conforms_to": announced})

    assert ended["state"] == "available"
    exchange = play.world.portugal.requester.exchanges.exchange(ended["exchange_id"])
    assert exchange.specification == line
    conversation = {"conversation_id": exchange.conversation_id}
    (request,) = play.journal.of(EventName.REQUEST_RECEIVED, **conversation)
    (answer,) = play.journal.of(EventName.RESPONSE_RECEIVED, **conversation)
    assert line.encode() in request.documents["request.xml"]
    assert line.encode() in answer.documents["answer.xml"]
    headers = [event.documents["soap.xml"] for event in play.journal.of(EventName.AS4_RECEIVED, **conversation)]
    for name in (b'"ExchangeId"', b'"SpecificationId"'):
        assert [name in header for header in headers] == [line == V2_0] * 2
    assert play.journal.of(EventName.RULES_BROKEN, **conversation) == []


async def rules_broken(play: Play, message_id: str) -> str:
    """Give the rules that an answer breaks, once everything that follows from it has happened."""
    await play.dealt_with(message_id)
    event = await play.journal.wait_for(EventName.RULES_BROKEN, message_id=message_id)
    return event.facts["rules"]


async def test_at47_a_response_of_1_2_under_a_header_of_2_0_is_used_and_journalled(play: Play) -> None:
    exchange = await play.expect(play.open(V2_0))
    given = play.true_answer(exchange)

    message_id = await play.reply(exchange, given, document=write(replace(given.document, specification=V1_2)))

    assert {"X4 (warning)", "X27 (warning)"} <= set((await rules_broken(play, message_id)).split(", "))
    assert play.state_of(exchange).state is State.RECEIVED


async def test_at47_a_response_of_1_2_with_a_property_of_2_0_is_used_and_journalled(play: Play) -> None:
    exchange = await play.expect(play.open(V1_2))
    properties = (Property(name="SpecificationId", value=V2_0),)

    message_id = await play.reply(exchange, play.true_answer(exchange), properties=properties)

    assert "X27 (warning)" in await rules_broken(play, message_id)
    assert play.state_of(exchange).state is State.RECEIVED


# --- what answers of 1.2, which name no exchange, belong to -----------------------------------------------------------


def of_no_request(play: Play) -> tuple[Answer, bytes]:
    """Give an `EDM:ERR:0003` that names neither request nor requester, with what it is made of."""
    given = play.true_answer(play.open(V1_2, possibility_for_preview=True))
    assert isinstance(given.document, ErrorResponse)
    report = replace(given.document.exceptions[0], code=EdmCode.INVALID_REQUEST)
    return given, write(replace(given.document, request_id=None, requester=None, exceptions=(report,)))


async def test_an_error_that_names_no_request_is_for_the_one_exchange_of_its_conversation(play: Play) -> None:
    exchange = await play.expect(play.open(V1_2))
    given, document = of_no_request(play)

    await play.dealt_with(await play.reply(exchange, given, document=document))

    ended = play.state_of(exchange)
    assert (ended.state, ended.failure and ended.failure.code) == (State.FAILED, "bad_request")


async def test_an_error_that_names_no_request_in_a_conversation_of_nobody_changes_nothing(play: Play) -> None:
    exchange = await play.expect(play.open(V1_2))
    given, document = of_no_request(play)

    message_id = await play.reply(exchange, given, document=document, conversation_id=new_id())

    refused = await play.journal.wait_for(EventName.RESPONSE_REFUSED, message_id=message_id)
    assert refused.facts["reason"] == "the answer belongs to no exchange of ours"
    await play.dealt_with(message_id)
    assert play.state_of(exchange) == exchange
