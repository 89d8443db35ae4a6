"""Whole exchanges, from the portal's question to the portal's document: real access points, real TLS, one process."""

import hashlib
import shutil
from dataclasses import replace
from typing import Any

import pytest
from anyio import run_process

from evidence_provider.demo import SEMANTIC_REPOSITORY
from evidence_provider.invented_people import DEMO_CITIZEN, NAMESAKES
from oots.cli.demo import story
from oots.edm.documents import read_answer
from oots.edm.model import ErrorResponse
from oots.errors import NotFound
from oots.journal.events import Component, EventName
from oots.validation.xsd import check_bytes
from tests.exchange.play import NOBODY, Play, subject_of, traces_of_people

pytestmark = pytest.mark.anyio

SAID_FOR_NOT_EXACTLY_ONE = "the document could not be provided for this person"


def outcome(exchange: dict[str, Any]) -> tuple[str, str | None, str | None]:
    assert exchange["documents"] == []
    assert traces_of_people(str(exchange)) == []
    return exchange["state"], exchange["code"], exchange["edm_code"]


async def error_in(play: Play, exchange: dict[str, Any]) -> ErrorResponse:
    """Give the error response that came back, without what differs each time."""
    event = await play.journal.wait_for(EventName.ERROR_RECEIVED, exchange_id=exchange["exchange_id"])
    raw = event.documents["answer.xml"]
    assert check_bytes(raw) == ()
    assert traces_of_people(raw.decode()) == []
    error = read_answer(raw)
    assert isinstance(error, ErrorResponse)
    (report,) = error.exceptions
    same = replace(report, timestamp=report.timestamp.min)
    return replace(error, request_id=None, response_id="", exceptions=(same,))


async def test_the_document_comes_back_byte_for_byte_as_the_register_issued_it(play: Play) -> None:
    exchange = await play.ask()

    (document,) = exchange["documents"]
    content = await play.portal.file(exchange["exchange_id"], 0)
    assert (exchange["state"], exchange["final"], exchange["code"]) == ("available", False, None)
    assert hashlib.sha256(content).hexdigest() == document["sha256"]
    assert document["sha256"] == play.world.finland.provider.issued.sha256_of(document["identifier"])
    assert document["bytes"] == len(content)
    assert document["media_type"] == "application/pdf"
    assert document["issuing_authority"]["EN"] == "Population register (demonstration)"
    assert content.startswith(b"%PDF-")


async def test_the_document_is_gone_once_the_procedure_has_it(play: Play) -> None:
    exchange = await play.ask()

    delivered = await play.portal.acknowledge(exchange["exchange_id"])

    assert (delivered["state"], delivered["final"]) == ("delivered", True)
    with pytest.raises(NotFound, match="handed over before"):
        await play.portal.file(exchange["exchange_id"], 0)


@pytest.mark.pdftotext
@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed (poppler-utils)")
async def test_the_document_names_the_person_and_the_number_in_the_register(play: Play) -> None:
    exchange = await play.ask()
    content = await play.portal.file(exchange["exchange_id"], 0)

    text = await run_process(["pdftotext", "-layout", "-", "-"], input=content)

    words = " ".join(text.stdout.decode().split())
    assert DEMO_CITIZEN.family_name in words
    assert DEMO_CITIZEN.given_name in words
    assert DEMO_CITIZEN.register_number in words
    assert exchange["documents"][0]["identifier"] in words


async def test_every_step_of_an_exchange_is_journalled(play: Play) -> None:
    exchange = await play.ask()
    await play.portal.acknowledge(exchange["exchange_id"])
    for node in ("AP_PT_DEMO", "AP_FI_DEMO"):
        for last in (EventName.AS4_RECEIPT, EventName.AS4_DELIVERED):
            await play.journal.wait_for(last, exchange_id=exchange["exchange_id"], node=node)

    steps = play.journal.of(exchange_id=exchange["exchange_id"])

    def told_by(node: str, component: Component) -> list[EventName]:
        return [event.name for event in steps if (event.node, event.component) == (node, component)]

    assert told_by("AP_PT_DEMO", Component.REQUESTER) == [
        EventName.EXPLICIT_REQUEST_GIVEN,
        EventName.REQUEST_SENT,
        EventName.RESPONSE_RECEIVED,
        EventName.EVIDENCE_DELIVERED,
    ]
    assert told_by("AP_FI_DEMO", Component.PROVIDER) == [
        EventName.REQUEST_RECEIVED,
        EventName.IDENTITY_MATCH,
        EventName.EVIDENCE_ISSUED,
        EventName.RESPONSE_SENT,
    ]
    for node in ("AP_PT_DEMO", "AP_FI_DEMO"):
        assert sorted(name.value for name in told_by(node, Component.GATEWAY)) == [
            "as4_delivered",
            "as4_receipt",
            "as4_received",
            "as4_sent",
            "as4_submitted",
        ]
    assert {event.conversation_id for event in steps} == {exchange["journey_id"]}


async def test_what_is_journalled_is_what_circulated(play: Play) -> None:
    exchange = await play.ask()
    wanted = {"exchange_id": exchange["exchange_id"]}

    sent = await play.journal.wait_for(EventName.REQUEST_SENT, **wanted)
    received = await play.journal.wait_for(EventName.REQUEST_RECEIVED, **wanted)
    answered = await play.journal.wait_for(EventName.RESPONSE_SENT, **wanted)
    came = await play.journal.wait_for(EventName.RESPONSE_RECEIVED, **wanted)

    assert sent.documents["request.xml"] == received.documents["request.xml"]
    assert answered.documents["answer.xml"] == came.documents["answer.xml"]
    assert check_bytes(sent.documents["request.xml"]) == check_bytes(came.documents["answer.xml"]) == ()
    assert sent.message_id == received.message_id == exchange["message_id"]


async def test_an_unknown_person_is_not_matched(play: Play) -> None:
    exchange = await play.ask(NOBODY)

    assert outcome(exchange) == ("failed", "not_matched", "EDM:ERR:0004")
    assert exchange["detail"] == SAID_FOR_NOT_EXACTLY_ONE


async def test_the_answer_for_two_people_alike_is_that_for_nobody(play: Play) -> None:
    several, nobody = await play.ask(NAMESAKES[0]), await play.ask(NOBODY)

    assert outcome(several) == outcome(nobody)
    assert several["detail"] == nobody["detail"]
    assert await error_in(play, several) == await error_in(play, nobody)


async def test_the_place_of_birth_tells_two_people_apart(play: Play) -> None:
    exchange = await play.ask(NAMESAKES[0], subject={"place_of_birth": NAMESAKES[0].place_of_birth})

    assert exchange["state"] == "available"


async def test_a_person_without_a_birth_record_is_no_error(play: Play) -> None:
    exchange = await play.ask(play.person_without_birth_record())

    assert outcome(exchange) == ("not_found", "not_found", None)


NOTHING = "00000000-0000-4000-8000-000000000000"
OTHER_CLASSIFICATION = f"{SEMANTIC_REPOSITORY}/evidencetypeclassifications/FI/{NOTHING}"
OTHER_REQUIREMENT = f"{SEMANTIC_REPOSITORY}/requirements/{NOTHING}"


@pytest.mark.parametrize(
    ("subject", "request_", "code", "edm_code"),
    [
        ({"level_of_assurance": "Low"}, {}, "authentication_failed", "EDM:ERR:0001"),
        ({}, {"possibility_for_preview": True}, "unsupported", "EDM:ERR:0007"),
        ({}, {"evidence_type": {"format": "application/xml"}}, "unsupported", "EDM:ERR:0007"),
        (
            {},
            {"evidence_type": {"identifier": "00000000-0000-4000-8000-000000000000"}},
            "directory_error",
            "EDM:ERR:0006",
        ),
        ({}, {"evidence_type": {"classification": OTHER_CLASSIFICATION}}, "directory_error", "EDM:ERR:0006"),
        ({}, {"requirement": {"identifier": OTHER_REQUIREMENT}}, "directory_error", "EDM:ERR:0006"),
        (
            {},
            {"provider": {"identifier": {"value": "IRN-DEMO", "scheme": "urn:cef.eu:names:identifier:EAS:9946"}}},
            "directory_error",
            "EDM:ERR:0006",
        ),
    ],
    ids=["level", "preview", "format", "data service", "classification", "requirement", "another provider"],
)
async def test_what_cannot_be_served_comes_back_as_an_error_with_its_code(
    play: Play, subject: dict[str, Any], request_: dict[str, Any], code: str, edm_code: str
) -> None:
    exchange = await play.ask(subject=subject, **request_)

    assert outcome(exchange) == ("failed", code, edm_code)
    rejected = await play.journal.wait_for(EventName.REQUEST_REJECTED, exchange_id=exchange["exchange_id"])
    assert rejected.facts == {"code": edm_code, "detail": exchange["detail"]}
    assert play.journal.of(EventName.EVIDENCE_ISSUED, exchange_id=exchange["exchange_id"]) == []
    await error_in(play, exchange)


async def test_the_portuguese_register_serves_nothing_and_says_so(play: Play) -> None:
    settings = play.world.portugal.provider.settings
    journey = {"procedure": "S1", "subject": subject_of(DEMO_CITIZEN)}
    request = story.request(settings)
    request["provider"]["access_point"] = {"value": story.PORTUGAL.value, "scheme": story.PORTUGAL.type}

    journey_id = await play.finnish_portal.open_journey(journey)
    opened = await play.finnish_portal.request(journey_id, request)
    exchange = await play.finnish_portal.exchange(opened["exchange_id"], wait=20)

    assert outcome(exchange) == ("failed", "directory_error", "EDM:ERR:0006")


async def test_a_request_to_an_access_point_that_is_no_peer_is_not_sent(play: Play) -> None:
    exchange = await play.ask(provider={"access_point": {"value": "AP_XX_01", "scheme": story.FINLAND.type}})

    assert outcome(exchange) == ("failed", "undeliverable", None)
    assert play.journal.of(EventName.REQUEST_SENT, exchange_id=exchange["exchange_id"]) == []
    refused = await play.journal.wait_for(EventName.REQUEST_REFUSED, exchange_id=exchange["exchange_id"])
    assert "no P-Mode" in refused.facts["reason"]


async def test_two_exchanges_of_one_journey_share_the_conversation_and_nothing_else(play: Play) -> None:
    journey_id = await play.portal.open_journey(story.journey())
    opened = [await play.portal.request(journey_id, play.request()) for _ in range(2)]

    first, second = [await play.portal.exchange(exchange["exchange_id"], wait=20) for exchange in opened]

    assert first["journey_id"] == second["journey_id"] == journey_id
    assert first["exchange_id"] != second["exchange_id"]
    assert first["documents"][0]["identifier"] != second["documents"][0]["identifier"]
