from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from validated_vectors import vector

from oots.codes import EdmCode
from oots.edm import documents
from oots.edm.model import (
    ErrorResponse,
    EvidenceRequest,
    EvidenceResponse,
    Identifier,
    LegalPerson,
    NaturalPerson,
)
from oots.validation.cross import check_answer
from oots.validation.findings import Layer, Severity

PARTS = {"ote-1@register.example": "application/pdf", "ote-2@register.example": "application/pdf"}


def request(**changes: Any) -> EvidenceRequest:
    found = documents.read_request(vector("request-for-a-birth-record").encode())
    return replace(found, **changes)


def response(**changes: Any) -> EvidenceResponse:
    found = documents.read_answer(vector("response-with-a-translation").encode())
    assert isinstance(found, EvidenceResponse)
    return replace(found, **changes)


def error(name: str = "error-preview-required", **changes: Any) -> ErrorResponse:
    found = documents.read_answer(vector(name).encode())
    assert isinstance(found, ErrorResponse)
    return replace(found, **changes)


def main_changed(**changes: Any) -> EvidenceResponse:
    [package] = response().evidences
    metadata = replace(package.main.metadata, **changes)
    return response(evidences=(replace(package, main=replace(package.main, metadata=metadata)),))


def about(**changes: Any) -> EvidenceResponse:
    subject = response().evidences[0].main.metadata.is_about
    assert isinstance(subject, NaturalPerson)
    return main_changed(is_about=replace(subject, **changes))


def found(
    answer: EvidenceResponse | ErrorResponse,
    asked: EvidenceRequest | None = None,
    parts: Mapping[str, str | None] | None = None,
) -> list[tuple[str, str]]:
    findings = check_answer(asked or request(), answer, PARTS if parts is None else parts)
    assert {finding.layer for finding in findings} <= {Layer.CROSS}
    return [(finding.rule, finding.severity.value) for finding in findings]


def test_an_answer_that_fits_its_request_has_no_findings() -> None:
    assert found(response()) == []
    assert found(error(), parts={}) == []


ANOTHER = Identifier(value="ANOTHER", scheme_id="urn:oasis:names:tc:ebcore:partyid-type:unregistered:PT")


def test_x1_the_answer_names_another_request() -> None:
    other = "urn:uuid:00000000-0000-4000-8000-000000000001"

    assert found(response(request_id=other)) == [("X1", "fatal")]
    assert found(error(request_id=other), parts={}) == [("X1", "fatal")]


def test_x1_the_case_of_a_request_id_does_not_matter() -> None:
    assert found(response(request_id=request().id.upper())) == []


def test_x1_only_an_invalid_request_may_be_answered_without_its_id() -> None:
    unreadable = error("error-for-an-unreadable-request")
    other = tuple(replace(report, code=EdmCode.QUERY) for report in unreadable.exceptions)

    assert found(unreadable, parts={}) == []
    assert found(replace(unreadable, exceptions=other), parts={}) == [("X1", "fatal")]


def test_x4_the_answer_follows_another_line() -> None:
    assert found(response(specification="oots-edm:v1.2")) == [("X4", "fatal")]


def test_x5_the_answer_is_for_another_requester() -> None:
    other = replace(response().requester, identifier=ANOTHER)

    assert found(response(requester=other)) == [("X5", "fatal")]
    assert found(error(requester=other), parts={}) == [("X5", "fatal")]


def test_x5_another_scheme_is_another_requester_and_a_missing_one_is_not() -> None:
    requester = response().requester

    other = replace(requester, identifier=replace(requester.identifier, scheme_id="urn:other"))
    without = replace(requester, identifier=replace(requester.identifier, scheme_id=None))

    assert found(response(requester=other)) == [("X5", "fatal")]
    assert found(response(requester=without)) == []


def test_x6_the_answer_comes_from_another_provider() -> None:
    assert found(response(provider=replace(response().provider, identifier=ANOTHER))) == [("X6", "fatal")]


def test_x6_an_error_may_come_from_anyone_on_the_way() -> None:
    assert found(error(error_provider=replace(error().error_provider, identifier=ANOTHER)), parts={}) == []


EIDAS = Identifier(value="FI/PT/010190-999X", scheme_id="eidas")


@pytest.mark.parametrize(
    "changes",
    [
        {"identifier": replace(EIDAS, value="FI/PT/010190-999Y")},
        {"identifier": replace(EIDAS, value="fi/pt/010190-999x")},
        {"identifier": None, "family_name": "Esimerkinen"},
        {"identifier": None, "given_name": "Aino"},
        {"identifier": None, "date_of_birth": date(1991, 1, 1)},
    ],
)
def test_x11_the_evidence_is_about_another_person(changes: dict[str, Any]) -> None:
    assert found(about(**changes)) == [("X11", "fatal")]


@pytest.mark.parametrize("changes", [{"family_name": "Esimerkinen"}, {"date_of_birth": date(1991, 1, 1)}])
def test_x11_the_same_identifier_with_other_data_is_worth_a_look(changes: dict[str, Any]) -> None:
    assert found(about(**changes)) == [("X11", "warning")]


@pytest.mark.parametrize(
    "changes",
    [
        {"identifier": None},
        {"identifier": None, "family_name": "ESIMERKKI", "given_name": "Aino  A\u0308ija\u0308"},
        {"identifier": replace(EIDAS, scheme_id=None)},
    ],
)
def test_x11_case_blanks_and_composition_of_letters_do_not_make_another_person(changes: dict[str, Any]) -> None:
    assert found(about(**changes)) == []


def test_x11_evidence_about_nobody_or_about_a_company_is_not_about_the_person() -> None:
    company = LegalPerson(legal_name="Esimerkki Oy", legal_person_identifier=EIDAS)

    assert found(main_changed(is_about=None)) == [("X11", "fatal")]
    assert found(main_changed(is_about=company)) == [("X11", "fatal")]


COMPANY = LegalPerson(legal_name="Esimerkki Oy", legal_person_identifier=EIDAS)


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        (COMPANY, []),
        (replace(COMPANY, legal_name="ESIMERKKI  OY", legal_person_identifier=None), []),
        (replace(COMPANY, legal_name="Esimerkki Ab"), [("X11", "warning")]),
        (replace(COMPANY, legal_name="Esimerkki Ab", legal_person_identifier=None), [("X11", "fatal")]),
        (replace(COMPANY, legal_person_identifier=ANOTHER), [("X11", "fatal")]),
    ],
)
def test_x11_companies_are_compared_by_identifier_or_else_by_name(
    subject: LegalPerson, expected: list[tuple[str, str]]
) -> None:
    assert found(main_changed(is_about=subject), request(subject=COMPANY)) == expected


def test_x12_the_evidence_is_of_another_type() -> None:
    evidence_type = response().evidences[0].main.metadata.is_conformant_to
    assert evidence_type is not None

    assert found(main_changed(is_conformant_to=replace(evidence_type, classification="https://other.example"))) == [
        ("X12", "warning")
    ]
    assert found(main_changed(is_conformant_to=None)) == [("X12", "warning")]


def test_x14_a_document_without_its_part_cannot_be_handed_over() -> None:
    assert found(response(), parts={"ote-1@register.example": "application/pdf"}) == [("X14", "fatal")]


def test_x14_a_part_that_nobody_refers_to_is_told() -> None:
    assert found(response(), parts={**PARTS, "more@register.example": "application/pdf"}) == [("X14", "warning")]
    assert found(error(), parts={}) == []


def test_x14_two_documents_cannot_share_a_part() -> None:
    [package] = response().evidences
    shared = replace(package.companions[0], content_id=package.main.content_id)

    assert found(response(evidences=(replace(package, companions=(shared,)),))) == [
        ("X14", "fatal"),
        ("X14", "warning"),
    ]


@pytest.mark.parametrize("media_type", ["application/xml", None])
def test_x14_a_part_of_another_type_is_told(media_type: str | None) -> None:
    assert found(response(), parts={**PARTS, "ote-1@register.example": media_type}) == [("X14", "warning")]


def test_x14_parameters_and_case_of_a_media_type_do_not_matter() -> None:
    assert found(response(), parts={**PARTS, "ote-1@register.example": "Application/PDF; name=x"}) == []


def test_x14_a_content_id_may_be_percent_encoded() -> None:
    [package] = response().evidences
    encoded = replace(package, main=replace(package.main, content_id="ote%2B1@register.example"))

    plain = {"ote+1@register.example": "application/pdf", "ote-2@register.example": "application/pdf"}
    literal = {"ote%2B1@register.example": "application/pdf", "ote-2@register.example": "application/pdf"}

    assert found(response(evidences=(encoded,)), parts=plain) == []
    assert found(response(evidences=(encoded,)), parts=literal) == []


def test_no_finding_names_anyone() -> None:
    everything_else = [
        *check_answer(request(), about(identifier=replace(EIDAS, value="FI/PT/SECRET")), PARTS),
        *check_answer(request(), about(identifier=None, family_name="Secret"), PARTS),
        *check_answer(request(), response(requester=replace(response().requester, identifier=ANOTHER)), PARTS),
    ]

    assert everything_else
    for finding in everything_else:
        assert finding.severity is Severity.FATAL
        assert not [value for value in ("SECRET", "Secret", "Esimerkki", "ANOTHER", "999X") if value in finding.message]
