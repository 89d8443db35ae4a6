"""What a request cannot say, in any line or in one of them, is refused before it leaves."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from edm_vectors import BIRTH_RECORD, EVERY_SLOT, EVERY_SLOT_IN_1_2, vector

from oots.edm import documents
from oots.edm.model import (
    AgentClassification,
    ClassificationNode,
    DistributedAs,
    EvidenceRequest,
    Identifier,
    LegalPerson,
    LevelOfAssurance,
    NaturalPerson,
)
from oots.edm.specification import V1_2, V2_0
from oots.errors import CallerError, LineCannotCarry

LINES = (V1_2, V2_0)


def request(name: str = BIRTH_RECORD) -> EvidenceRequest:
    return documents.read_request(vector(name))


def plain(line: str) -> EvidenceRequest:
    """Give a request that either line can carry."""
    found = request()
    form = DistributedAs(format="application/pdf")
    return replace(found, specification=line, evidence_type=replace(found.evidence_type, distributions=(form,)))


def asking_for(line: str, *forms: DistributedAs) -> EvidenceRequest:
    return replace(plain(line), evidence_type=replace(plain(line).evidence_type, distributions=forms))


def natural(**changes: Any) -> NaturalPerson:
    person = NaturalPerson(
        family_name="Muster",
        given_name="Eva",
        date_of_birth=date(1975, 5, 31),
        level_of_assurance=LevelOfAssurance.HIGH,
    )
    return replace(person, **changes)


def legal(**changes: Any) -> LegalPerson:
    person = LegalPerson(
        legal_name="Muster GmbH",
        legal_person_identifier=Identifier(value="AT/PT/FN000000a", scheme_id="eidas"),
        level_of_assurance=LevelOfAssurance.HIGH,
    )
    return replace(person, **changes)


# --- what one line has and the other has not --------------------------------------------------------------------------

EIDAS = Identifier(value="AT/PT/0000000001", scheme_id="eidas")
PDF = DistributedAs(format="application/pdf")
SUBSET = DistributedAs(
    format="application/xml", conforms_to="https://model.example", transformation="https://t.example"
)
IN_PORTUGUESE = DistributedAs(format="application/pdf", languages=("PT",))
WITH_ANNEX = DistributedAs(format="application/pdf", associated_documents=(ClassificationNode.ANNEX,))
PREVIEW, BACK = "https://preview.example/p/1", "https://portal.example/back"

# The field that only the other line has, and a request that says something in it.
ONLY_IN_2_0: list[tuple[str, EvidenceRequest]] = [
    ("return_location", replace(plain(V2_0), preview_location=PREVIEW, return_location=BACK)),
    ("evidence_type.distributions.languages", asking_for(V2_0, IN_PORTUGUESE)),
    ("evidence_type.distributions.associated_documents", asking_for(V2_0, WITH_ANNEX)),
    ("evidence_type.distributions", asking_for(V2_0, PDF, PDF)),
    ("subject.gender", replace(plain(V2_0), subject=natural(gender="9"))),
    ("representative.gender", replace(plain(V2_0), representative=natural(gender="9"))),
]
ONLY_IN_1_2: list[tuple[str, EvidenceRequest]] = [
    ("language", replace(plain(V1_2), language="PT")),
    ("return_location", replace(plain(V1_2), preview_location=PREVIEW)),
    ("evidence_type.distributions.transformation", asking_for(V1_2, SUBSET)),
    ("representative.gender", replace(plain(V1_2), representative=natural(identifier=EIDAS))),
]


@pytest.mark.parametrize(
    ("field", "carried", "other"),
    [*((*case, V1_2) for case in ONLY_IN_2_0), *((*case, V2_0) for case in ONLY_IN_1_2)],
)
def test_what_only_one_line_has_is_refused_in_the_other(field: str, carried: EvidenceRequest, other: str) -> None:
    assert documents.read_request(documents.write(carried)) == carried

    with pytest.raises(LineCannotCarry) as refused:
        documents.write(replace(carried, specification=other))

    assert (refused.value.field, refused.value.line) == (field, other)
    assert str(refused.value).startswith(f"{field} in {other}: ")


@pytest.mark.parametrize("line", LINES)
def test_the_same_plain_request_is_written_in_both_lines(line: str) -> None:
    assert documents.read_request(documents.write(plain(line))) == plain(line)


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("subject.level_of_assurance", {"subject": natural(level_of_assurance=None)}),
        ("subject.legal_person_identifier", {"subject": legal(legal_person_identifier=None)}),
        ("representative.level_of_assurance", {"representative": legal(level_of_assurance=None)}),
        ("representative.legal_person_identifier", {"representative": legal(legal_person_identifier=None)}),
    ],
)
def test_people_are_described_as_the_rules_ask(field: str, changes: dict[str, Any], line: str) -> None:
    with pytest.raises(LineCannotCarry) as refused:
        documents.write(replace(plain(line), **changes))

    assert (refused.value.field, refused.value.line) == (field, line)


@pytest.mark.parametrize("line", LINES)
def test_an_evidence_is_asked_for_in_some_form(line: str) -> None:
    with pytest.raises(LineCannotCarry, match="R-EDM-REQ-C032"):
        documents.write(asking_for(line))


def test_a_transformation_needs_the_data_model_that_it_transforms() -> None:
    with pytest.raises(LineCannotCarry, match="R-EDM-REQ-C072"):
        documents.write(asking_for(V1_2, replace(SUBSET, conforms_to=None)))


def test_a_return_location_does_not_come_alone() -> None:
    with pytest.raises(LineCannotCarry, match="R-EDM-REQ-S062"):
        documents.write(replace(plain(V2_0), return_location=BACK))


def test_the_procedure_is_a_text_of_2_0_and_a_text_in_a_language_of_1_2() -> None:
    assert b'<rim:SlotValue xsi:type="rim:StringValueType"><rim:Value>S1</rim:Value>' in documents.write(plain(V2_0))
    assert (
        b'<rim:SlotValue xsi:type="rim:InternationalStringValueType">'
        b'<rim:Value><rim:LocalizedString xml:lang="EN" value="S1"/></rim:Value>'
    ) in documents.write(plain(V1_2))


def test_only_1_2_says_the_language_of_the_user_on_the_request() -> None:
    written = documents.write(replace(plain(V1_2), language="PT"))

    assert b'xml:lang="PT"' in written.partition(b">")[2].partition(b">")[0]


# --- what no line can carry -------------------------------------------------------------------------------------------

IMPOSSIBLE: list[tuple[str, Callable[[], object]]] = [
    ("R-EDM-REQ-S004", lambda: replace(request(), id="1f4e7c0a-52b8-4d7e-9a55-60a2b7a90c01")),
    ("at least one requirement", lambda: replace(request(), requirements=())),
    ("R-EDM-REQ-C073", lambda: replace(request(), requester=replace(request().requester, address=None))),
    ("preview_location does not start", lambda: replace(request(), preview_location="http://preview.example")),
    ("return_location does not start", lambda: replace(request(), return_location="javascript:alert(1)")),
    (
        "cannot ask for the main evidence",
        lambda: DistributedAs(format="a", associated_documents=(ClassificationNode.MAIN_EVIDENCE,)),
    ),
    (
        "not of the type of the question",
        lambda: replace(request(EVERY_SLOT).provider_classifications[0], supported_value=True),
    ),
    ("type is none of", lambda: replace(request(EVERY_SLOT).provider_classifications[0], type="number")),
]


@pytest.mark.parametrize(("reason", "made"), IMPOSSIBLE)
def test_a_value_that_no_line_can_carry_is_not_made(reason: str, made: Callable[[], object]) -> None:
    with pytest.raises(CallerError, match=reason):
        made()


CANNOT_BE_WRITTEN: list[tuple[str, EvidenceRequest]] = [
    ("in oots-edm:v1.2 and oots-edm:v2.0 only", replace(request(), specification="oots-edm:v1.1")),
    ("IssueDateTime has no time zone", replace(request(), issue_date_time=datetime(2026, 1, 1))),  # noqa: DTZ001
    ("Requirement has no Name", replace(request(), requirements=(replace(request().requirements[0], names=()),))),
    ("Agent has no Name", replace(request(), provider=replace(request().provider, names=()))),
    ("GivenName is empty", replace(request(), subject=natural(given_name=""))),
    ("not classified ER", replace(request(), requester=replace(request().requester, classification=None))),
    ("not classified IP", replace(request(), intermediaries=(request().requester,))),
    ("character that XML cannot carry", replace(request(), procedure="S1\0")),
    ("character that XML cannot carry", replace(request(EVERY_SLOT_IN_1_2), procedure="S1\0")),
    ("character that XML cannot carry", replace(request(), subject=natural(given_name="A\x0bB"))),
    ("PreviewLocation has 257 characters", replace(plain(V1_2), preview_location="https://" + 249 * "p")),
    (
        "cannot carry a classification",
        replace(request(), provider=replace(request().provider, classification=AgentClassification.EVIDENCE_PROVIDER)),
    ),
    ("has an address", replace(request(), provider=replace(request().provider, address=request().requester.address))),
]


@pytest.mark.parametrize(("reason", "made"), CANNOT_BE_WRITTEN)
def test_a_request_that_no_line_can_carry_is_not_written(reason: str, made: EvidenceRequest) -> None:
    with pytest.raises(CallerError, match=reason):
        documents.write(made)


def test_a_code_of_line_1_2_has_1024_characters_at_most() -> None:
    longest = replace(plain(V1_2), procedure=1024 * "p")

    assert documents.read_request(documents.write(longest)) == longest
    with pytest.raises(CallerError, match="Procedure has 1025 characters"):
        documents.write(replace(longest, procedure=1025 * "p"))


def test_a_location_of_256_characters_is_the_longest() -> None:
    longest = replace(plain(V1_2), preview_location="https://" + 248 * "p")

    assert documents.read_request(documents.write(longest)) == longest
