from datetime import UTC, date, datetime

import pytest
from edm_vectors import (
    DEFERRED,
    PREVIEW_IN_1_2,
    PREVIEW_REQUIRED,
    SEVERAL_IN_1_2,
    UNREADABLE_REQUEST,
    WITH_TRANSLATION,
    changed,
    twice_slot,
    vector,
    without_slot,
)

from oots.codes import EdmCode
from oots.edm import documents
from oots.edm.model import (
    ClassificationNode,
    ErrorResponse,
    ErrorSeverity,
    EvidenceResponse,
    NaturalPerson,
    PreviewMethod,
    ResponseStatus,
)
from oots.errors import UnreadableResponse


def response(*changes: tuple[str, str], name: str = WITH_TRANSLATION) -> EvidenceResponse:
    found = documents.read_answer(changed(name, *changes))
    assert isinstance(found, EvidenceResponse)
    return found


def error(*changes: tuple[str, str], name: str = PREVIEW_REQUIRED) -> ErrorResponse:
    found = documents.read_answer(changed(name, *changes))
    assert isinstance(found, ErrorResponse)
    return found


METHOD_IS_A_NUMBER = (
    '<rim:Slot name="PreviewMethod">\n      <rim:SlotValue xsi:type="rim:StringValueType">',
    '<rim:Slot name="PreviewMethod">\n      <rim:SlotValue xsi:type="rim:IntegerValueType">',
)
UNREADABLE = [
    ("R-EDM-RESP-S003", WITH_TRANSLATION, ('requestId="urn:uuid:1f4e7c0a-52b8-4d7e-9a55-60a2b7a90c01"', "")),
    ("R-EDM-RESP-S006", WITH_TRANSLATION, ("ResponseStatusType:Success", "ResponseStatusType:PartialSuccess")),
    ("R-EDM-RESP-C002", WITH_TRANSLATION, ("oots-edm:v2.0", "oots-edm:v1.1")),
    ("R-EDM-RESP-C042", WITH_TRANSLATION, ("cid:ote-1", "https://ote-1")),
    ("R-EDM-RESP-C046", WITH_TRANSLATION, (">EP<", ">IP<")),
    ("R-EDM-RESP-S015", WITH_TRANSLATION, ('name="EvidenceMetadata"', 'name="Metadata"')),
    (
        "R-EDM-RESP-S024",
        WITH_TRANSLATION,
        (
            '<rim:SlotValue xsi:type="rim:AnyValueType">\n              <sdg:Evid',
            "<rim:SlotValue>\n              <sdg:Evid",
        ),
    ),
    ("R-EDM-RESP-S029", WITH_TRANSLATION, ("<sdg:Evidence>", "<sdg:Agent/><sdg:Evidence>")),
    (
        "R-EDM-RESP-S033",
        WITH_TRANSLATION,
        ('<rim:RepositoryItemRef xlink:href="cid:ote-1@register.example" xlink:title="Väestörekisterin ote.pdf"/>', ""),
    ),
    ("R-EDM-RESP-S047", WITH_TRANSLATION, ('"MainEvidence"', '"Annex"')),
    ("R-EDM-RESP-S048", WITH_TRANSLATION, ("urn:fdc:oots:classification:edm", "urn:fdc:oots:classification:other")),
    ("R-EDM-RESP-S049", WITH_TRANSLATION, ('"Translation"', '"Interpretation"')),
    ("R-EDM-RESP-S066", WITH_TRANSLATION, ("rim:RegistryPackageType", "rim:ExtrinsicObjectType")),
    ("R-EDM-ERR-C001", PREVIEW_REQUIRED, ("oots-edm:v2.0", "2.0")),
    ("R-EDM-RESP-C042", SEVERAL_IN_1_2, ("cid:f2@", "https://f2@")),
    ("R-EDM-RESP-C042", SEVERAL_IN_1_2, ("cid:f2@skola.example", "cid:")),
    ("R-EDM-RESP-S015", SEVERAL_IN_1_2, ('name="EvidenceMetadata"', 'name="Metadata"')),
    (
        "R-EDM-RESP-S033",
        SEVERAL_IN_1_2,
        ('<rim:RepositoryItemRef xlink:href="cid:f3@skola.example" xlink:title="Intyg.png"/>', ""),
    ),
    ("R-EDM-ERR-S016", PREVIEW_IN_1_2, ('name="PreviewLocation"', 'name="PreviewMethod"')),
    ("R-EDM-ERR-S025", PREVIEW_IN_1_2, METHOD_IS_A_NUMBER),
    (
        "R-EDM-ERR-C017",
        PREVIEW_REQUIRED,
        ('rs:AuthorizationExceptionType" code="EDM:ERR:0002"', 'rs:X" code="EDM:ERR:9"'),
    ),
]


@pytest.mark.parametrize(("rule", "name", "change"), UNREADABLE)
def test_an_answer_that_cannot_be_understood_says_under_which_rule(
    rule: str, name: str, change: tuple[str, str]
) -> None:
    with pytest.raises(UnreadableResponse) as refused:
        documents.read_answer(changed(name, change))

    assert refused.value.rules == (rule,)


@pytest.mark.parametrize(
    ("rule", "name", "slot"),
    [
        ("R-EDM-RESP-S010", WITH_TRANSLATION, "EvidenceResponseIdentifier"),
        ("R-EDM-RESP-S011", WITH_TRANSLATION, "IssueDateTime"),
        ("R-EDM-RESP-S012", WITH_TRANSLATION, "EvidenceProvider"),
        ("R-EDM-RESP-S013", WITH_TRANSLATION, "EvidenceRequester"),
        ("R-EDM-ERR-S010", PREVIEW_REQUIRED, "EvidenceResponseIdentifier"),
        ("R-EDM-ERR-S011", PREVIEW_REQUIRED, "ErrorProvider"),
        ("R-EDM-ERR-S013", PREVIEW_REQUIRED, "Timestamp"),
    ],
)
def test_an_answer_without_a_slot_that_its_value_needs_is_unreadable(rule: str, name: str, slot: str) -> None:
    with pytest.raises(UnreadableResponse) as refused:
        documents.read_answer(without_slot(name, slot))

    assert refused.value.rules == (rule,)


@pytest.mark.parametrize(
    ("name", "other_form"),
    [
        (SEVERAL_IN_1_2, ("rim:ExtrinsicObjectType", "rim:RegistryPackageType")),
        (SEVERAL_IN_1_2, ("oots-edm:v1.2", "oots-edm:v2.0")),
        (WITH_TRANSLATION, ("oots-edm:v2.0", "oots-edm:v1.2")),
    ],
)
def test_documents_packaged_as_another_line_does_are_unreadable(name: str, other_form: tuple[str, str]) -> None:
    with pytest.raises(UnreadableResponse, match="a RegistryObject of the response is no rim:"):
        documents.read_answer(changed(name, other_form))


def test_an_answer_with_a_slot_twice_is_unreadable() -> None:
    with pytest.raises(UnreadableResponse) as refused:
        documents.read_answer(twice_slot(DEFERRED, "ResponseAvailableDateTime"))

    assert refused.value.rules == ("R-EDM-RESP-S014",)


def test_an_error_without_exceptions_is_unreadable() -> None:
    text = vector(PREVIEW_REQUIRED).decode()
    start, end = text.index("<rs:Exception"), text.index("</rs:Exception>") + len("</rs:Exception>")

    with pytest.raises(UnreadableResponse) as refused:
        documents.read_answer((text[:start] + text[end:]).encode())

    assert refused.value.rules == ("R-EDM-ERR-S008",)


@pytest.mark.parametrize("data", [b"", b"hello", b"<a/>", b"<!DOCTYPE a><a/>"])
def test_what_is_no_answer_at_all_is_unreadable(data: bytes) -> None:
    with pytest.raises(UnreadableResponse):
        documents.read_answer(data)


# --- breaches that nobody can be told about are read over -------------------------------------------------------------


def test_unknown_slots_and_children_are_read_over() -> None:
    found = response(
        ('<rim:Slot name="IssueDateTime">', '<rim:Slot name="National"/><rim:Slot name="IssueDateTime">'),
        ("CM-EXEMPLO</sdg:Identifier>", "CM-EXEMPLO</sdg:Identifier><sdg:Note>new</sdg:Note>"),
    )

    assert found == response()


def test_a_missing_scheme_or_language_is_read_as_missing() -> None:
    found = response(
        (' schemeID="urn:oasis:names:tc:ebcore:partyid-type:unregistered:PT"', ""), (' lang="PT">Câmara', ">Câmara")
    )

    assert found.requester.identifier.scheme_id is None
    assert found.requester.names[0].lang is None


def test_a_bag_of_providers_is_read_like_a_set() -> None:
    assert response(("CollectionType:Set", "CollectionType:Bag")) == response()


def test_a_zone_behind_a_date_is_dropped() -> None:
    [package] = response(("<sdg:IssuingDate>2026-11-23", "<sdg:IssuingDate>2026-11-23+02:00")).evidences

    assert package.main.metadata.issuing_date == date(2026, 11, 23)


def test_a_level_of_assurance_in_a_response_is_read() -> None:
    level = "<sdg:NaturalPerson>", "<sdg:NaturalPerson><sdg:LevelOfAssurance>High</sdg:LevelOfAssurance>"

    [package] = response(level).evidences

    assert isinstance(package.main.metadata.is_about, NaturalPerson)


def test_a_main_evidence_that_says_too_little_is_read_for_others_to_judge() -> None:
    text = vector(WITH_TRANSLATION).decode()
    start, end = text.index("<sdg:IsAbout>"), text.index("</sdg:IsAbout>") + len("</sdg:IsAbout>")

    found = documents.read_answer((text[:start] + text[end:]).encode())

    assert isinstance(found, EvidenceResponse)
    assert found.evidences[0].main.metadata.is_about is None


def test_a_companion_without_association_belongs_to_the_main_evidence_it_came_with() -> None:
    astray = response(('targetObject="urn:uuid:30', 'targetObject="urn:uuid:40'))
    unbound = response(('sourceObject="urn:uuid:30', 'sourceObject="urn:uuid:40'))

    assert astray == unbound == response()


def test_several_main_evidences_in_one_package_are_read_as_several_evidences() -> None:
    first, second = response(('"Translation"', '"MainEvidence"')).evidences

    assert first.main.title == "Väestörekisterin ote.pdf"
    assert second.main.title == "Extract.pdf"
    assert first.companions == second.companions == ()


def test_documents_with_the_same_object_id_are_all_read() -> None:
    found = response(
        ('"Translation"', '"MainEvidence"'),
        ('id="urn:uuid:30000000-0000-4000-8000-000000000004"', 'id="urn:uuid:30000000-0000-4000-8000-000000000002"'),
    )

    assert len(found.evidences) == 2


def test_a_deferral_without_a_time_is_still_a_deferral() -> None:
    found = documents.read_answer(without_slot(DEFERRED, "ResponseAvailableDateTime"))

    assert isinstance(found, EvidenceResponse)
    assert (found.status, found.available_at) == (ResponseStatus.UNAVAILABLE, None)


def test_what_a_template_left_empty_counts_as_absent() -> None:
    [report] = error(
        ("<rim:Value>https://preview.register.example/p/9c1f</rim:Value>", "<rim:Value> </rim:Value>"),
        ('value="See your extract"', 'value=" "'),
    ).exceptions
    deferred = response(("<rim:Value>2026-11-30T08:00:00.000Z</rim:Value>", ""), name=DEFERRED)

    assert report.preview_location is None
    assert [text.lang for text in report.preview_description] == ["PT"]
    assert deferred.available_at is None


def test_a_response_without_a_list_gives_no_evidence() -> None:
    assert response(("<rim:RegistryObjectList/>", ""), name="response-with-nothing").evidences == ()


def test_a_time_without_zone_is_taken_as_utc() -> None:
    found = response(("2026-11-23T09:30:01.875Z", "2026-11-23T09:30:01.8754321"))

    assert found.issue_date_time == datetime(2026, 11, 23, 9, 30, 1, 875_432, tzinfo=UTC)


def test_an_exception_is_known_by_its_type_when_its_code_is_not() -> None:
    [report] = error(('code="EDM:ERR:0002"', 'code="ERR-2"')).exceptions

    assert report.code is EdmCode.AUTHORIZATION


def test_the_type_of_an_exception_is_resolved_and_not_compared() -> None:
    text = vector(UNREADABLE_REQUEST).decode()
    for before, after in (("<query:", "<q:"), ("</query:", "</q:"), ('"query:', '"q:'), ("xmlns:query", "xmlns:q")):
        text = text.replace(before, after)

    found = documents.read_answer(text.replace(' code="EDM:ERR:0008"', "").encode())

    assert isinstance(found, ErrorResponse)
    assert found.exceptions[1].code is EdmCode.QUERY


def test_the_severity_of_the_first_line_still_asks_for_a_preview() -> None:
    [report] = error(("urn:sr.oots.tech.ec.europa.eu:codes", "urn:sr.oots.tech.europa.eu:codes")).exceptions

    assert report.severity is ErrorSeverity.PREVIEW_REQUIRED


@pytest.mark.parametrize("severity", ["", "urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Warning"])
def test_any_other_severity_is_an_error(severity: str) -> None:
    before = 'severity="urn:sr.oots.tech.ec.europa.eu:codes:ErrorSeverity:EDMErrorResponse:PreviewRequired"'

    [report] = error((before, f'severity="{severity}"')).exceptions

    assert report.severity is ErrorSeverity.ERROR


def test_an_exception_without_message_has_that_of_its_code() -> None:
    [report] = error((' message="Missing Authorization"', "")).exceptions

    assert report.message == "Missing Authorization"


def test_companions_keep_their_order_and_kind() -> None:
    [package] = response(('"Translation"', '"HumanReadableVersion"')).evidences

    assert [item.classification for item in package.companions] == [ClassificationNode.HUMAN_READABLE_VERSION]


# --- what line 1.2 says in its own way --------------------------------------------------------------------------------


def test_each_document_of_line_1_2_is_an_evidence_of_its_own() -> None:
    found = response(name=SEVERAL_IN_1_2)

    assert [package.main.title for package in found.evidences] == ["Examensbevis.xml", "Examensbevis.pdf", "Intyg.png"]
    assert all(package.companions == () for package in found.evidences)
    assert {package.main.classification for package in found.evidences} == {ClassificationNode.MAIN_EVIDENCE}


def test_a_classification_and_an_id_mean_nothing_in_line_1_2() -> None:
    annex = (
        '<rim:Classification id="x" classificationScheme="urn:fdc:oots:classification:edm" classificationNode="Annex"/>'
    )

    found = response(
        ("<rim:RepositoryItemRef", f"{annex}<rim:RepositoryItemRef"),
        (' id="urn:uuid:', ' id="'),
        name=SEVERAL_IN_1_2,
    )

    assert found == response(name=SEVERAL_IN_1_2)


@pytest.mark.parametrize(
    ("change", "method"),
    [
        (("<rim:Value>GET<", "<rim:Value>POST<"), PreviewMethod.POST),
        (("<rim:Value>GET<", "<rim:Value>PUT<"), PreviewMethod.PUT),
        (("<rim:Value>GET<", "<rim:Value>BREW<"), PreviewMethod.GET),
        (("<rim:Value>GET</rim:Value>", "<rim:Value/>"), PreviewMethod.GET),
        (('name="PreviewMethod"', 'name="Method"'), PreviewMethod.GET),
    ],
)
def test_a_preview_is_got_unless_line_1_2_says_otherwise(change: tuple[str, str], method: PreviewMethod) -> None:
    [report] = error(change, name=PREVIEW_IN_1_2).exceptions

    assert report.preview_method is method
    assert report.preview_location == "https://preview.skola.example/s/1f0d"


def test_a_method_that_line_2_0_does_not_have_is_read_over() -> None:
    [report] = error(
        ("<rim:Value>GET<", "<rim:Value>POST<"), ("oots-edm:v1.2", "oots-edm:v2.0"), name=PREVIEW_IN_1_2
    ).exceptions

    assert report.preview_method is PreviewMethod.GET
