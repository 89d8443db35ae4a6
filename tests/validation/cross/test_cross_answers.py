"""What an answer may and may not do, beyond the tables of pairs: who is the same person, what may be left out."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from oots.codes import EdmCode
from oots.edm.documents import read_answer
from oots.edm.model import (
    AgentClassification,
    DistributedAs,
    Distribution,
    ErrorResponse,
    EvidenceRequest,
    EvidenceResponse,
    Identifier,
    LegalPerson,
    ResponseStatus,
)
from oots.edm.specification import V2_0
from oots.validation.cross import check_answer
from oots.validation.cross.evidence import x13_form
from oots.validation.cross.registry_objects import x15_registry_objects
from oots.validation.cross.subject import x11_subject
from oots.validation.findings import Layer
from oots.xml import RIM, parse
from tests.validation.cross.messages import ANOTHER, LINES, OTHER_ID, exchange, main_changed, subject_changed
from tests.validation.validated_vectors import NAMES, vector

ON = exchange(V2_0)
PARTS = {"ote-1@register.example": "application/pdf", "ote-2@register.example": "application/pdf"}
EIDAS = Identifier(value="FI/PT/010190-999X", scheme_id="eidas")
COMPANY = LegalPerson(legal_name="Esimerkki Oy", legal_person_identifier=EIDAS)


def response(**changes: Any) -> EvidenceResponse:
    return replace(ON.response, **changes)


def about(**changes: Any) -> EvidenceResponse:
    return subject_changed(ON.response, **changes)


def unreadable_request(**changes: Any) -> ErrorResponse:
    found = read_answer(vector("error-for-an-unreadable-request").encode())
    assert isinstance(found, ErrorResponse)
    return replace(found, **changes)


def found(
    answer: EvidenceResponse | ErrorResponse,
    asked: EvidenceRequest | None = None,
    parts: Mapping[str, str | None] | None = None,
) -> list[tuple[str, str]]:
    attached = (PARTS if isinstance(answer, EvidenceResponse) else {}) if parts is None else parts
    findings = check_answer(asked or ON.request, answer, attached)
    assert {finding.layer for finding in findings} <= {Layer.CROSS}
    return [(finding.rule, finding.severity.value) for finding in findings]


@pytest.mark.parametrize("line", LINES)
def test_an_answer_that_fits_its_request_has_no_findings(line: str) -> None:
    on = exchange(line)

    assert check_answer(on.request, on.response, on.header(on.response).attached) == ()
    assert check_answer(on.first, on.invitation, {}) == ()


def test_all_that_is_wrong_is_found_at_once() -> None:
    wrong = main_changed(response(request_id=OTHER_ID, specification="oots-edm:v1.0"), is_conformant_to=None)

    assert found(wrong) == [("X1", "fatal"), ("X4", "warning"), ("X12", "warning")]


def test_x1_the_case_of_a_request_id_does_not_matter() -> None:
    assert found(response(request_id=ON.request.id.upper())) == []


def test_x1_only_an_invalid_request_may_be_answered_without_its_id() -> None:
    unreadable = unreadable_request()
    other = tuple(replace(report, code=EdmCode.QUERY) for report in unreadable.exceptions)

    assert found(unreadable) == []
    assert found(replace(unreadable, exceptions=other)) == [("X1", "fatal")]


def test_x5_another_scheme_is_another_requester_and_a_missing_one_is_not() -> None:
    requester = ON.response.requester
    other = replace(requester, identifier=replace(requester.identifier, scheme_id="urn:other"))
    without = replace(requester, identifier=replace(requester.identifier, scheme_id=None))

    assert found(response(requester=other)) == [("X5", "fatal")]
    assert found(response(requester=without)) == []


def test_x5_an_error_may_leave_the_requester_out_and_may_not_name_another() -> None:
    other = replace(ON.response.requester, identifier=ANOTHER)

    assert found(replace(ON.invitation, requester=None), ON.first) == []
    assert found(replace(ON.invitation, requester=other), ON.first) == [("X5", "fatal")]


def test_x6_a_platform_may_stand_beside_the_provider_that_was_asked() -> None:
    asked = replace(ON.response.provider, classification=AgentClassification.INTERMEDIARY_PLATFORM)
    other = replace(ON.response.provider, identifier=ANOTHER)

    assert found(response(provider=other, intermediaries=(asked,))) == []


def test_x6_an_error_may_come_from_anyone_on_the_way() -> None:
    elsewhere = replace(ON.invitation.error_provider, identifier=ANOTHER)

    assert found(replace(ON.invitation, error_provider=elsewhere), ON.first) == []


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
    assert found(main_changed(ON.response, is_about=None)) == [("X11", "fatal")]
    assert found(main_changed(ON.response, is_about=COMPANY)) == [("X11", "fatal")]


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
    assert found(main_changed(ON.response, is_about=subject), replace(ON.request, subject=COMPANY)) == expected


@pytest.mark.parametrize("line", LINES)
def test_x11_every_evidence_is_looked_at(line: str) -> None:
    on = exchange(line)
    [package] = on.response.evidences
    [other] = subject_changed(on.response, identifier=ANOTHER).evidences

    findings = x11_subject(on.request, replace(on.response, evidences=(package, other, package)))

    assert [finding.rule for finding in findings] == ["X11"]


def test_x12_an_evidence_that_does_not_say_its_type_is_told() -> None:
    assert found(main_changed(ON.response, is_conformant_to=None)) == [("X12", "warning")]


def test_x13_a_fallback_form_was_asked_for_and_the_model_of_an_image_is_not_looked_at() -> None:
    forms = (
        DistributedAs(format="application/xml", conforms_to="https://models.example/1"),
        DistributedAs(format="application/pdf"),
    )
    asked = replace(ON.request, evidence_type=replace(ON.request.evidence_type, distributions=forms))
    sent = Distribution(format="Application/PDF", conforms_to="https://models.example/2")

    assert list(x13_form(asked, main_changed(ON.response, distribution=sent))) == []


def test_x14_two_documents_cannot_share_a_part() -> None:
    [package] = ON.response.evidences
    shared = replace(package.companions[0], content_id=package.main.content_id)

    assert found(response(evidences=(replace(package, companions=(shared,)),))) == [
        ("X14", "fatal"),
        ("X14", "warning"),
    ]


@pytest.mark.parametrize("media_type", ["application/xml", None])
def test_x14_a_part_of_another_type_or_of_none_is_told(media_type: str | None) -> None:
    assert found(response(), parts={**PARTS, "ote-1@register.example": media_type}) == [("X14", "warning")]


def test_x14_parameters_and_case_of_a_media_type_do_not_matter() -> None:
    assert found(response(), parts={**PARTS, "ote-1@register.example": "Application/PDF; name=x"}) == []


def test_x14_a_content_id_may_be_percent_encoded() -> None:
    [package] = ON.response.evidences
    encoded = replace(package, main=replace(package.main, content_id="ote%2B1@register.example"))

    plain = {"ote+1@register.example": "application/pdf", "ote-2@register.example": "application/pdf"}
    literal = {"ote%2B1@register.example": "application/pdf", "ote-2@register.example": "application/pdf"}

    assert found(response(evidences=(encoded,)), parts=plain) == []
    assert found(response(evidences=(encoded,)), parts=literal) == []


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("response")])
def test_x15_nothing_is_found_in_a_written_response(name: str) -> None:
    assert list(x15_registry_objects(parse(vector(name).encode()))) == []


def test_x15_an_association_ends_at_documents_not_at_other_objects() -> None:
    tree = parse(vector("response-with-a-translation").encode())
    [association] = tree.iterfind(".//rim:RegistryObject[@targetObject]", {"rim": RIM})
    association.set("targetObject", association.attrib["id"])

    assert [finding.rule for finding in x15_registry_objects(tree)] == ["X15"]


def test_x16_a_document_that_nobody_asked_for_is_told() -> None:
    forms = tuple(replace(form, associated_documents=()) for form in ON.request.evidence_type.distributions)
    asked = replace(ON.request, evidence_type=replace(ON.request.evidence_type, distributions=forms))

    assert found(response(), asked) == [("X16", "warning")]


def test_x17_a_deferred_answer_says_when_to_ask_again() -> None:
    deferred = response(status=ResponseStatus.UNAVAILABLE, evidences=())

    assert found(deferred, parts={}) == [("X17", "warning")]
