from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from edm_vectors import (
    BIRTH_RECORD,
    BIRTH_RECORD_IN_1_2,
    DEFERRED,
    PREVIEW_REQUIRED,
    UNREADABLE_REQUEST,
    WITH_TRANSLATION,
    changed,
    vector,
    without_slot,
)

from oots.edm import documents
from oots.edm.error import exception_report, read_error_response
from oots.edm.model import (
    ErrorResponse,
    ErrorSeverity,
    EvidenceRequest,
    EvidenceResponse,
    NaturalPerson,
)
from oots.edm.response import read_evidence_response
from oots.errors import (
    AuthenticationRefused,
    AuthorizationMissing,
    EdmException,
    InvalidRequest,
    MalformedXml,
    ObjectNotFound,
    QueryFailure,
    TimeBudgetExceeded,
    UnreadableResponse,
    UnresolvedReference,
    UnsupportedCapability,
)
from oots.xml import parse

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def request(name: str = BIRTH_RECORD) -> EvidenceRequest:
    found = documents.read(vector(name))
    assert isinstance(found, EvidenceRequest)
    return found


def response(name: str = WITH_TRANSLATION) -> EvidenceResponse:
    found = documents.read(vector(name))
    assert isinstance(found, EvidenceResponse)
    return found


def error(name: str = PREVIEW_REQUIRED) -> ErrorResponse:
    found = documents.read(vector(name))
    assert isinstance(found, ErrorResponse)
    return found


# --- which document it is ---------------------------------------------------------------------------------------------


def test_the_status_tells_an_error_from_a_response() -> None:
    kinds = [
        type(documents.read(vector(name))) for name in (BIRTH_RECORD, WITH_TRANSLATION, DEFERRED, PREVIEW_REQUIRED)
    ]

    assert kinds == [EvidenceRequest, EvidenceResponse, EvidenceResponse, ErrorResponse]


@pytest.mark.parametrize("data", [b"", b"<a/>", b"<QueryRequest/>", b"<!DOCTYPE a><a/>"])
def test_what_is_none_of_the_three_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedXml):
        documents.read(data)


def test_a_document_beyond_the_limit_is_not_parsed() -> None:
    with pytest.raises(MalformedXml, match="more than the 1048576 allowed"):
        documents.read(vector(BIRTH_RECORD) + b" " * documents.MAX_BYTES)


def test_a_request_is_no_answer_and_an_answer_no_request() -> None:
    with pytest.raises(UnreadableResponse):
        documents.read_answer(vector(BIRTH_RECORD))
    with pytest.raises(InvalidRequest):
        documents.read_request(vector(WITH_TRANSLATION))


def test_the_readers_of_answers_take_their_own_status_only() -> None:
    with pytest.raises(UnreadableResponse):
        read_evidence_response(parse(vector(PREVIEW_REQUIRED)))
    with pytest.raises(UnreadableResponse):
        read_error_response(parse(vector(WITH_TRANSLATION)))
    with pytest.raises(UnreadableResponse):
        read_error_response(parse(vector(BIRTH_RECORD)))


# --- answering a broken request ---------------------------------------------------------------------------------------


def test_a_broken_request_is_still_identified() -> None:
    broken = without_slot(BIRTH_RECORD, "IssueDateTime")

    identity = documents.identify_request(broken)

    assert identity.id == "urn:uuid:1f4e7c0a-52b8-4d7e-9a55-60a2b7a90c01"
    assert identity.requester == request().requester.echoed()


def test_what_cannot_be_read_of_a_broken_request_is_left_out() -> None:
    without_id = documents.identify_request(changed(BIRTH_RECORD, ("urn:uuid:1f4e", "1f4e")))
    without_requester = documents.identify_request(without_slot(BIRTH_RECORD, "EvidenceRequester"))
    without_anything = documents.identify_request(b"hello")

    assert (without_id.id, without_id.requester) == (None, request().requester.echoed())
    assert (without_requester.id, without_requester.requester) == (request().id, None)
    assert (without_anything.id, without_anything.requester) == (None, None)


def test_a_broken_request_still_says_its_line_even_one_that_is_not_spoken_here() -> None:
    unknown = documents.identify_request(changed(BIRTH_RECORD, ("oots-edm:v2.0", "oots-edm:v3.0")))

    assert documents.identify_request(vector(BIRTH_RECORD_IN_1_2)).specification == "oots-edm:v1.2"
    assert unknown.specification == "oots-edm:v3.0"
    assert unknown.requester == request().requester.echoed()
    assert documents.identify_request(without_slot(BIRTH_RECORD, "SpecificationIdentifier")).specification is None


@pytest.mark.parametrize(
    "refusal",
    [
        AuthenticationRefused("a"),
        AuthorizationMissing("b"),
        InvalidRequest("c", rules=("R-EDM-REQ-S004", "R-EDM-REQ-C001")),
        ObjectNotFound("d"),
        TimeBudgetExceeded("e"),
        UnresolvedReference("f"),
        UnsupportedCapability("g"),
        QueryFailure("h"),
    ],
)
def test_each_of_the_eight_exceptions_travels_with_its_code(refusal: EdmException) -> None:
    answer = ErrorResponse(
        request_id=request().id,
        response_id="f0000000-0000-4000-8000-000000000001",
        specification="oots-edm:v2.0",
        error_provider=error(UNREADABLE_REQUEST).error_provider,
        exceptions=(exception_report(refusal, NOW),),
    )

    received = documents.read_answer(documents.write(answer))

    assert received == answer
    [report] = answer.exceptions
    assert (report.code, report.message) == (refusal.code, refusal.code.message)
    assert (report.severity, report.timestamp) == (ErrorSeverity.ERROR, NOW)


def test_the_broken_rules_stand_before_the_reason() -> None:
    report = exception_report(InvalidRequest("no id", rules=("R-EDM-REQ-S004", "R-EDM-REQ-C001")), NOW)

    assert report.detail == "R-EDM-REQ-S004, R-EDM-REQ-C001: no id"


def test_a_reason_does_not_grow_without_limit() -> None:
    report = exception_report(QueryFailure("long " * 1000), NOW)

    assert len(report.detail or "") == 1000


def test_a_date_before_the_year_1000_is_written_with_four_digits() -> None:
    subject = request().subject
    assert isinstance(subject, NaturalPerson)
    subject = replace(subject, date_of_birth=date(987, 1, 2))
    old = replace(request(), subject=subject, issue_date_time=datetime(1, 1, 2, tzinfo=UTC))

    assert documents.read(documents.write(old)) == old


def test_an_error_says_its_code_in_three_ways() -> None:
    written = documents.write(replace(error(), exceptions=(exception_report(ObjectNotFound("none"), NOW),)))

    assert b'code="EDM:ERR:0004"' in written
    assert b'xsi:type="rs:ObjectNotFoundExceptionType"' in written
    assert b'message="Object not found"' in written
