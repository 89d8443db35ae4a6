"""What an answer means for its exchange, as a table; nothing is sent or kept here."""

from dataclasses import replace
from datetime import timedelta

import pytest

from evidence_requester.answer import Ignored, Verdict, exchange_id_of, judge
from evidence_requester.exchange import OpenExchange
from evidence_requester.states import Event, State
from oots.cli.demo import story
from oots.codes import PARTY_TYPE_OOTS, Action, EdmCode
from oots.ebms.messages import PartyId, Property
from oots.edm.model import ErrorResponse, ErrorSeverity, EvidenceResponse, NaturalPerson, ResponseStatus
from oots.errors import QueryFailure
from oots.validation.findings import Severity
from tests.evidence_requester.exchanges_of_the_story import (
    NOW,
    a_response,
    an_error,
    an_exchange,
    delivery_of,
    with_code,
)

Document = EvidenceResponse | ErrorResponse


def judged(exchange: OpenExchange, document: Document, **delivery: object) -> Verdict:
    verdict = judge(exchange, delivery_of(exchange, document, **delivery), document)
    assert isinstance(verdict, Verdict)
    return verdict


def outcome(verdict: Verdict) -> tuple[Event, str | None]:
    return verdict.event, verdict.failure.code if verdict.failure else None


def test_a_true_response_brings_the_evidence_and_no_finding() -> None:
    exchange = an_exchange()

    verdict = judged(exchange, a_response(exchange))

    assert outcome(verdict) == (Event.EVIDENCE_CAME, None)
    assert verdict.findings == ()


def test_an_empty_list_is_nothing_released() -> None:
    exchange = an_exchange()

    assert outcome(judged(exchange, a_response(exchange, content_ids=()))) == (Event.NOTHING_RELEASED, "not_found")


def test_unavailable_is_deferred() -> None:
    exchange = an_exchange()
    later = replace(
        a_response(exchange, content_ids=()),
        status=ResponseStatus.UNAVAILABLE,
        available_at=NOW + timedelta(days=2),
    )

    assert outcome(judged(exchange, later)) == (Event.ERROR_CAME, "deferred")


@pytest.mark.parametrize(
    ("code", "word"),
    [
        (EdmCode.AUTHENTICATION, "authentication_failed"),
        (EdmCode.AUTHORIZATION, "not_authorised"),
        (EdmCode.INVALID_REQUEST, "bad_request"),
        (EdmCode.OBJECT_NOT_FOUND, "not_matched"),
        (EdmCode.TIMEOUT, "timeout"),
        (EdmCode.UNRESOLVED_REFERENCE, "directory_error"),
        (EdmCode.UNSUPPORTED_CAPABILITY, "unsupported"),
        (EdmCode.QUERY, "provider_error"),
    ],
)
def test_each_code_of_an_error_has_its_word(code: EdmCode, word: str) -> None:
    exchange = an_exchange()

    verdict = judged(exchange, with_code(an_error(exchange, QueryFailure("down")), code))

    assert outcome(verdict) == (Event.ERROR_CAME, word)
    assert verdict.failure is not None
    assert (verdict.failure.edm_code, verdict.failure.detail) == (code, "down")


def test_every_code_has_a_word() -> None:
    exchange = an_exchange()

    for code in EdmCode:
        assert judged(exchange, with_code(an_error(exchange, QueryFailure("down")), code)).failure is not None


def test_a_preview_that_is_required_is_told_as_such() -> None:
    exchange = an_exchange()
    error = with_code(
        an_error(exchange, QueryFailure("look first")),
        EdmCode.AUTHORIZATION,
        severity=ErrorSeverity.PREVIEW_REQUIRED,
        preview_location="https://preview.example/1",
    )

    assert outcome(judged(exchange, error)) == (Event.ERROR_CAME, "preview_required")


def test_the_first_of_several_exceptions_is_told() -> None:
    exchange = an_exchange()
    error = an_error(exchange, QueryFailure("first"))
    second = replace(error.exceptions[0], code=EdmCode.TIMEOUT, detail="second")

    verdict = judged(exchange, replace(error, exceptions=(*error.exceptions, second)))

    assert verdict.failure is not None
    assert (verdict.failure.code, verdict.failure.detail) == ("provider_error", "first")


@pytest.mark.parametrize(
    ("state", "delivery", "request_id", "reason"),
    [
        (State.SENT, {"sender": PartyId(value="AP_XX_01", type=PARTY_TYPE_OOTS)}, None, "another access point"),
        (State.SENT, {"sender": PartyId(value=story.FINLAND.value)}, None, "another access point"),
        (State.SENT, {"conversation_id": "9f0e1c52-0a0f-4c87-8d3a-3f6f6a7b2002"}, None, "ConversationId"),
        (State.SENT, {}, "urn:uuid:9f0e1c52-0a0f-4c87-8d3a-3f6f6a7b2002", "requestId"),
        (State.RECEIVED, {}, None, "answered before"),
        (State.DELIVERED, {}, None, "answered before"),
        (State.NOT_FOUND, {}, None, "answered before"),
        (State.FAILED, {}, None, "answered before"),
        (State.EXPIRED, {}, None, "too late"),
    ],
)
def test_what_is_no_answer_to_this_exchange_is_ignored(
    state: State, delivery: dict[str, object], request_id: str | None, reason: str
) -> None:
    exchange = an_exchange(state)
    response = a_response(exchange)
    if request_id is not None:
        response = replace(response, request_id=request_id)

    verdict = judge(exchange, delivery_of(exchange, response, **delivery), response)

    assert isinstance(verdict, Ignored)
    assert reason in verdict.reason


@pytest.mark.parametrize("state", [State.PENDING, State.SENT, State.UNDELIVERABLE])
def test_an_answer_counts_until_there_was_one(state: State) -> None:
    exchange = an_exchange(state)

    assert judged(exchange, a_response(exchange)).event is Event.EVIDENCE_CAME


def test_the_request_id_is_compared_without_case() -> None:
    exchange = an_exchange()
    response = replace(a_response(exchange), request_id=exchange.request_id.upper())

    assert judged(exchange, response).event is Event.EVIDENCE_CAME


def test_an_error_without_a_request_id_needs_an_invalid_request() -> None:
    exchange = an_exchange()
    error = replace(an_error(exchange, QueryFailure("down")), request_id=None)

    assert outcome(judged(exchange, error)) == (Event.ANSWER_REFUSED, "answer_refused")
    invalid = with_code(error, EdmCode.INVALID_REQUEST)
    assert outcome(judged(exchange, invalid)) == (Event.ERROR_CAME, "bad_request")


def without_parts(exchange: OpenExchange) -> dict[str, object]:
    return {"parts": delivery_of(exchange, a_response(exchange)).parts[:1]}


def test_a_document_without_its_part_refuses_the_answer() -> None:
    exchange = an_exchange()

    verdict = judged(exchange, a_response(exchange), **without_parts(exchange))

    assert outcome(verdict) == (Event.ANSWER_REFUSED, "answer_refused")
    assert verdict.failure is not None
    assert (verdict.failure.detail or "").startswith("X14: ")


@pytest.mark.parametrize(
    ("rules", "delivery"),
    [
        (["X26"], {"action": Action.EXCEPTION.value}),
        (["X3", "X27"], {"properties": (Property(name="SpecificationId", value="oots-edm:v1.2"),)}),
        (["X3", "X27"], {"properties": ()}),
    ],
)
def test_a_header_that_contradicts_the_document_is_noted_and_the_document_used(
    rules: list[str], delivery: dict[str, object]
) -> None:
    exchange = an_exchange()

    verdict = judged(exchange, a_response(exchange), **delivery)

    assert outcome(verdict) == (Event.EVIDENCE_CAME, None)
    assert [(item.rule, item.severity) for item in verdict.findings] == [(rule, Severity.WARNING) for rule in rules]


def test_the_failure_names_the_fatal_rules_and_keeps_the_warnings_for_the_log() -> None:
    exchange = an_exchange()
    response = a_response(exchange)
    package = response.evidences[0]
    subject = package.main.metadata.is_about
    assert isinstance(subject, NaturalPerson)
    other = replace(
        package.main.metadata, is_about=replace(subject, identifier=None, family_name="Toinen"), is_conformant_to=None
    )
    response = replace(response, evidences=(replace(package, main=replace(package.main, metadata=other)),))

    verdict = judged(exchange, response)

    assert verdict.failure is not None
    assert (verdict.failure.detail or "").startswith("X11: ")
    assert "X12" not in (verdict.failure.detail or "")
    assert "Toinen" not in (verdict.failure.detail or "")
    assert [(item.rule, item.severity) for item in verdict.findings] == [
        ("X11", Severity.FATAL),
        ("X12", Severity.WARNING),
    ]


def test_at_most_five_rules_are_named() -> None:
    exchange = an_exchange()
    response = a_response(exchange, content_ids=tuple(f"{number}@fi.example" for number in range(9)))

    verdict = judged(exchange, response, **without_parts(exchange))

    assert verdict.failure is not None
    assert (verdict.failure.detail or "").count("X14: ") == 5


def test_the_exchange_id_is_that_of_the_header() -> None:
    exchange = an_exchange()
    delivery = delivery_of(exchange, a_response(exchange))

    assert exchange_id_of(delivery) == exchange.id
    assert exchange_id_of(replace(delivery, properties=())) is None
