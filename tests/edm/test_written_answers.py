"""What an answer cannot say, in any line or in one of them, is refused before it leaves."""

from dataclasses import replace
from typing import Any

import pytest
from edm_vectors import DEFERRED, PREVIEW_REQUIRED, WITH_TRANSLATION, vector

from oots.codes import EdmCode
from oots.edm import documents
from oots.edm.model import (
    AgentClassification,
    ClassificationNode,
    Distribution,
    Document,
    ErrorResponse,
    EvidenceMetadata,
    EvidencePackage,
    EvidenceResponse,
    NaturalPerson,
    PreviewMethod,
    ResponseStatus,
)
from oots.edm.slots import XSI_TYPE
from oots.edm.specification import V1_2, V2_0
from oots.errors import CallerError, LineCannotCarry
from oots.xml import RIM, parse

LINES = (V1_2, V2_0)
SUBSET = Distribution(format="application/xml", conforms_to="https://model.example", transformation="https://t.example")


def response(name: str = WITH_TRANSLATION) -> EvidenceResponse:
    found = documents.read_answer(vector(name))
    assert isinstance(found, EvidenceResponse)
    return found


def error() -> ErrorResponse:
    found = documents.read_answer(vector(PREVIEW_REQUIRED))
    assert isinstance(found, ErrorResponse)
    return found


def package() -> EvidencePackage:
    [found] = response().evidences
    return found


def subject() -> NaturalPerson:
    found = package().main.metadata.is_about
    assert isinstance(found, NaturalPerson)
    return found


def carrying(line: str, *packages: EvidencePackage) -> EvidenceResponse:
    return replace(response(), specification=line, evidences=packages)


def with_main(line: str, **changes: Any) -> EvidenceResponse:
    main = replace(package().main, metadata=replace(package().main.metadata, **changes))
    return carrying(line, EvidencePackage(main=main))


def with_companion(**changes: Any) -> EvidenceResponse:
    [companion] = package().companions
    return carrying(V2_0, replace(package(), companions=(replace(companion, **changes),)))


def with_companion_saying(**changes: Any) -> EvidenceResponse:
    return with_companion(metadata=EvidenceMetadata(identifier="c0", **{"distribution": None, **changes}))


def reporting(line: str, **changes: Any) -> ErrorResponse:
    [report] = error().exceptions
    return replace(error(), specification=line, exceptions=(replace(report, **changes),))


# --- what no line has -------------------------------------------------------------------------------------------------

REFUSED: list[tuple[str, Document]] = [
    ("in oots-edm:v1.2, oots-edm:v2.0 only", replace(response(), specification="oots-edm:v1.1")),
    ("in oots-edm:v1.2, oots-edm:v2.0 only", replace(error(), specification="oots-edm:v1.1")),
    ("QueryResponse has a character", replace(response(), request_id="urn:uuid:\0")),
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
    ("share their metadata.identifier", carrying(V2_0, package(), package())),
    ("share their metadata.identifier", carrying(V1_2, *with_main(V1_2).evidences, *with_main(V1_2).evidences)),
    ("share their content_id", with_companion(content_id=package().main.content_id)),
    ("a companion is classified MainEvidence", with_companion(classification=ClassificationNode.MAIN_EVIDENCE)),
    ("at least one exception", replace(error(), exceptions=())),
    ("R-EDM-ERR-C025", replace(error(), request_id=None)),
    ("needs a classification", replace(error(), error_provider=replace(error().error_provider, classification=None))),
]


@pytest.mark.parametrize(("reason", "document"), REFUSED)
def test_an_answer_that_no_line_can_carry_is_refused(reason: str, document: Document) -> None:
    with pytest.raises(CallerError, match=reason):
        documents.write(document)


def test_a_first_document_that_is_no_main_evidence_is_refused() -> None:
    turned = replace(package(), main=replace(package().main, classification=ClassificationNode.ANNEX))

    with pytest.raises(CallerError, match="not classified MainEvidence"):
        documents.write(carrying(V2_0, turned))


@pytest.mark.parametrize("line", LINES)
def test_an_evidence_is_about_somebody_and_says_no_more_of_them_than_who_it_is(line: str) -> None:
    grown = replace(subject(), birth_name="Esimerkki", gender="Female")

    with pytest.raises(CallerError, match="IsAbout says more"):
        documents.write(with_main(line, is_about=grown))
    echoed = with_main(line, is_about=grown.echoed())
    assert documents.read(documents.write(echoed)) == echoed == with_main(line)


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("code", EdmCode)
def test_a_request_id_is_missing_only_beside_an_invalid_request(code: EdmCode, line: str) -> None:
    answer = replace(reporting(line, code=code), request_id=None)

    if code is EdmCode.INVALID_REQUEST:
        assert documents.read(documents.write(answer)) == answer
    else:
        with pytest.raises(CallerError, match="R-EDM-ERR-C025"):
            documents.write(answer)


# --- what one line has and the other has not --------------------------------------------------------------------------

# The field, the line, and an answer that says something in it for which the line has no place, or lacks it.
MISPLACED: list[tuple[str, str, Document]] = [
    ("evidences.companions", V1_2, carrying(V1_2, package())),
    (
        "evidences.main.classification",
        V1_2,
        carrying(V1_2, EvidencePackage(main=replace(package().main, classification=ClassificationNode.ANNEX))),
    ),
    ("evidences.main.metadata.distribution.transformation", V2_0, with_main(V2_0, distribution=SUBSET)),
    ("exceptions.preview_method", V2_0, reporting(V2_0, preview_method=PreviewMethod.POST)),
    # What the line asks for.
    ("provider.address", V1_2, replace(with_main(V1_2), provider=replace(response().provider, address=None))),
    ("provider.address", V2_0, replace(response(), provider=replace(response().provider, address=None))),
    (
        "error_provider.address",
        V2_0,
        replace(error(), error_provider=replace(error().error_provider, address=None)),
    ),
    # What the line has, and only beside something else.
    (
        "evidences.main.metadata.distribution.transformation",
        V1_2,
        with_main(V1_2, distribution=replace(SUBSET, conforms_to=None)),
    ),
    (
        "exceptions.preview_method",
        V1_2,
        reporting(V1_2, preview_method=PreviewMethod.POST, preview_location=None),
    ),
    # What a companion leaves to its main evidence.
    ("evidences.companions.metadata.is_about", V2_0, with_companion_saying(is_about=subject())),
    (
        "evidences.companions.metadata.validity_period",
        V2_0,
        with_companion_saying(validity_period=package().main.metadata.validity_period),
    ),
    (
        "evidences.companions.metadata.distribution.conforms_to",
        V2_0,
        with_companion_saying(distribution=replace(SUBSET, transformation=None)),
    ),
    (
        "evidences.companions.metadata.distribution.transformation",
        V2_0,
        with_companion_saying(distribution=replace(SUBSET, conforms_to=None)),
    ),
]


@pytest.mark.parametrize(("field", "line", "document"), MISPLACED)
def test_what_has_no_place_in_a_line_is_refused_by_the_names_of_field_and_line(
    field: str, line: str, document: Document
) -> None:
    with pytest.raises(LineCannotCarry) as refused:
        documents.write(document)

    assert (refused.value.field, refused.value.line) == (field, line)
    assert str(refused.value).startswith(f"{field} in {line}: ")


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("field", ["distribution", "is_about", "issuing_authority", "is_conformant_to", "issuing_date"])
def test_a_main_evidence_says_everything_in_both_lines(field: str, line: str) -> None:
    with pytest.raises(LineCannotCarry) as refused:
        documents.write(with_main(line, **{field: None}))

    assert (refused.value.field, refused.value.line) == (f"evidences.main.metadata.{field}", line)


def test_a_subset_of_a_data_model_is_said_in_line_1_2() -> None:
    answer = with_main(V1_2, distribution=SUBSET)

    assert documents.read(documents.write(answer)) == answer


@pytest.mark.parametrize("method", PreviewMethod)
def test_line_1_2_says_by_which_method_the_user_is_sent(method: PreviewMethod) -> None:
    answer = reporting(V1_2, preview_method=method)

    written = documents.write(answer)

    assert (
        f'<rim:Slot name="PreviewMethod"><rim:SlotValue xsi:type="rim:StringValueType"><rim:Value>{method.value}<'
        in (written.decode())
    )
    assert documents.read(written) == answer


@pytest.mark.parametrize("document", [reporting(V2_0), reporting(V1_2, preview_location=None, preview_description=())])
def test_no_method_is_said_where_it_is_implied_or_nobody_is_sent(document: Document) -> None:
    assert b"PreviewMethod" not in documents.write(document)


# --- how documents are packaged ---------------------------------------------------------------------------------------


def test_line_1_2_lists_documents_side_by_side() -> None:
    first, second = package().main, package().companions[0]
    second = replace(second, metadata=replace(first.metadata, identifier="c0"), classification=first.classification)
    answer = carrying(V1_2, EvidencePackage(main=first), EvidencePackage(main=second))

    written = documents.write(answer)

    [objects] = parse(written).iter(f"{{{RIM}}}RegistryObjectList")
    assert [child.get(XSI_TYPE) for child in objects] == ["rim:ExtrinsicObjectType"] * 2
    assert not list(objects.iter(f"{{{RIM}}}Classification"))
    assert documents.read(written) == answer


def test_object_ids_differ_within_a_document_and_repeat_between_writings() -> None:
    first, second = documents.write(response()), documents.write(response())
    ids = [element.get("id") for element in parse(first).iter("*") if element.get("id")]

    assert first == second
    assert len(ids) == len(set(ids)) == 6
