from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from edm_vectors import (
    BIRTH_RECORD,
    DEFERRED,
    EVERY_SLOT,
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
    AgentClassification,
    ClassificationNode,
    Document,
    ErrorResponse,
    ErrorSeverity,
    EvidenceRequest,
    EvidenceResponse,
    NaturalPerson,
    ResponseStatus,
)
from oots.edm.response import read_evidence_response
from oots.errors import (
    AuthenticationRefused,
    AuthorizationMissing,
    CallerError,
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


# --- what a line cannot carry is refused when it is written -----------------------------------------------------------


def person(**changes: Any) -> NaturalPerson:
    found = request().subject
    assert isinstance(found, NaturalPerson)
    return replace(found, **changes)


def _with_main(**changes: Any) -> EvidenceResponse:
    answer = response()
    [package] = answer.evidences
    main = replace(package.main, metadata=replace(package.main.metadata, **changes))
    return replace(answer, evidences=(replace(package, main=main),))


def _with_companion(**changes: Any) -> EvidenceResponse:
    answer = response()
    [package] = answer.evidences
    return replace(answer, evidences=(replace(package, companions=(replace(package.main, **changes),)),))


CANNOT_BE_WRITTEN: list[tuple[str, Document]] = [
    ("in oots-edm:v2.0 only", replace(request(), specification="oots-edm:v1.2")),
    ("in oots-edm:v2.0 only", replace(response(), specification="oots-edm:v1.2")),
    ("in oots-edm:v2.0 only", replace(error(), specification="oots-edm:v1.2")),
    ("IssueDateTime has no time zone", replace(request(), issue_date_time=datetime(2026, 1, 1))),  # noqa: DTZ001
    ("come together", replace(request(), preview_location="https://preview.example")),
    ("come together", replace(request(), return_location="https://portal.example")),
    ("R-EDM-REQ-S004", replace(request(), id="1f4e7c0a-52b8-4d7e-9a55-60a2b7a90c01")),
    ("at least one requirement", replace(request(), requirements=())),
    ("R-EDM-REQ-C073", replace(request(), requester=replace(request().requester, address=None))),
    ("Requirement has no Name", replace(request(), requirements=(replace(request().requirements[0], names=()),))),
    ("Agent has no Name", replace(request(), provider=replace(request().provider, names=()))),
    ("R-EDM-REQ-C032", replace(request(), evidence_type=replace(request().evidence_type, distributions=()))),
    ("GivenName is empty", replace(request(), subject=person(given_name=""))),
    ("QueryResponse has a character", replace(response(), request_id="urn:uuid:\0")),
    ("no level of assurance", replace(request(), subject=person(level_of_assurance=None))),
    (
        "cannot carry a classification",
        replace(request(), provider=replace(request().provider, classification=AgentClassification.EVIDENCE_PROVIDER)),
    ),
    ("has an address", replace(request(), provider=replace(request().provider, address=request().requester.address))),
    ("not classified ER", replace(request(), requester=replace(request().requester, classification=None))),
    ("not classified IP", replace(request(), intermediaries=(request().requester,))),
    ("character that XML cannot carry", replace(request(), procedure="S1\0")),
    ("character that XML cannot carry", replace(request(), subject=person(given_name="A\x0bB"))),
    (
        "cannot ask for the main evidence",
        replace(
            request(),
            evidence_type=replace(
                request().evidence_type,
                distributions=(
                    replace(
                        request().evidence_type.distributions[0],
                        associated_documents=(ClassificationNode.MAIN_EVIDENCE,),
                    ),
                ),
            ),
        ),
    ),
    (
        "not of its type",
        replace(
            request(EVERY_SLOT),
            provider_classifications=(replace(request(EVERY_SLOT).provider_classifications[0], supported_value=True),),
        ),
    ),
    (
        "cannot carry a classification",
        replace(
            response(), requester=replace(response().requester, classification=AgentClassification.EVIDENCE_REQUESTER)
        ),
    ),
    (
        "has an address",
        replace(response(), requester=replace(response().requester, address=response().provider.address)),
    ),
    ("exactly when the status is Unavailable", replace(response(), status=ResponseStatus.UNAVAILABLE)),
    ("exactly when the status is Unavailable", replace(response(DEFERRED), status=ResponseStatus.SUCCESS)),
    ("carries no evidence", replace(response(DEFERRED), evidences=response().evidences)),
    ("IsAbout says more", _with_main(is_about=person())),
    ("has no is_about", _with_main(is_about=None)),
    ("has no distribution", _with_main(distribution=None)),
    ("a companion is classified MainEvidence", _with_companion()),
    ("a companion has is_about", _with_companion(classification=ClassificationNode.ANNEX)),
    ("at least one exception", replace(error(), exceptions=())),
    ("R-EDM-ERR-C025", replace(error(), request_id=None)),
    ("needs a classification", replace(error(), error_provider=error().error_provider.echoed())),
]


@pytest.mark.parametrize(("reason", "document"), CANNOT_BE_WRITTEN)
def test_a_value_that_the_line_cannot_carry_is_refused(reason: str, document: Document) -> None:
    with pytest.raises(CallerError, match=reason):
        documents.write(document)


def test_a_first_document_that_is_no_main_evidence_is_refused() -> None:
    answer = response()
    [package] = answer.evidences
    turned = replace(package, main=replace(package.main, classification=ClassificationNode.ANNEX))

    with pytest.raises(CallerError, match="not classified MainEvidence"):
        documents.write(replace(answer, evidences=(turned,)))


def test_a_subject_is_echoed_with_what_a_response_may_say() -> None:
    echoed = person(birth_name="Esimerkki", place_of_birth="Oulu", gender="Female").echoed()

    assert echoed == person(level_of_assurance=None, place_of_birth="Oulu")
    assert documents.read(documents.write(_with_main(is_about=echoed))) == _with_main(is_about=echoed)


def test_object_ids_differ_within_a_document_and_repeat_between_writings() -> None:
    first, second = documents.write(response()), documents.write(response())
    ids = [element.get("id") for element in parse(first).iter("*") if element.get("id")]

    assert first == second
    assert len(ids) == len(set(ids)) == 6


def test_a_date_before_the_year_1000_is_written_with_four_digits() -> None:
    old = replace(
        request(), subject=person(date_of_birth=date(987, 1, 2)), issue_date_time=datetime(1, 1, 2, tzinfo=UTC)
    )

    assert documents.read(documents.write(old)) == old


def test_an_error_says_its_code_in_three_ways() -> None:
    written = documents.write(replace(error(), exceptions=(exception_report(ObjectNotFound("none"), NOW),)))

    assert b'code="EDM:ERR:0004"' in written
    assert b'xsi:type="rs:ObjectNotFoundExceptionType"' in written
    assert b'message="Object not found"' in written
