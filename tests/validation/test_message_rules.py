"""A message by itself: its document and its header, by schema and rules of their line."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from oots.codes import GATEWAY_ROLE, PARTY_TYPE_OOTS, SERVICE, SERVICE_TYPE, Action
from oots.ebms.messages import PartInfo, Party, PartyId, Property, Service, UserMessage
from oots.edm.specification import V1_2, V2_0
from oots.errors import MalformedXml, NotChecked
from oots.validation.findings import Finding, Layer, Severity
from oots.validation.message_rules import MAX_NAMED, fatal_ones, notable, rules_of
from tests.edm.edm_vectors import (
    BIRTH_RECORD,
    BIRTH_RECORD_IN_1_2,
    PREVIEW_IN_1_2,
    PREVIEW_REQUIRED,
    SEVERAL_IN_1_2,
    WITH_TRANSLATION,
    changed,
    vector,
    without_slot,
)
from tests.validation.rules_at_hand import loaded_rules, rules_without_room

ACCESS_POINT = Party(party_id=PartyId(value="AP_PT_01", type=PARTY_TYPE_OOTS), role=GATEWAY_ROLE)
CORNERS = tuple(
    Property(name=name, value="1234", type="urn:cef.eu:names:identifier:EAS:0037")
    for name in ("originalSender", "finalRecipient")
)
EXCHANGE_ID = Property(name="ExchangeId", value="9f0e1c52-0a0f-4c87-8d3a-3f6f6a7b2002")
SPECIFICATION_ID = Property(name="SpecificationId", value=V2_0)
HEADER = UserMessage(
    message_id="4c1f6e7a-9df8-4b53-8a6e-1b8bd9b7a001@pt.example",
    timestamp=datetime(2026, 11, 23, 8, tzinfo=UTC),
    sender=ACCESS_POINT,
    receiver=ACCESS_POINT,
    service=Service(value=SERVICE, type=SERVICE_TYPE),
    action=Action.REQUEST.value,
    conversation_id="4c1f6e7a-9df8-4b53-8a6e-1b8bd9b7a001",
    properties=(*CORNERS, EXCHANGE_ID, SPECIFICATION_ID),
    parts=(PartInfo(content_id="request@pt.example", mime_type="application/x-ebrs+xml"),),
)


def rules(findings: tuple[Finding, ...]) -> tuple[str, ...]:
    return rules_of(fatal_ones(findings))


@pytest.mark.parametrize(
    "name", [BIRTH_RECORD, BIRTH_RECORD_IN_1_2, WITH_TRANSLATION, SEVERAL_IN_1_2, PREVIEW_REQUIRED, PREVIEW_IN_1_2]
)
def test_a_document_of_each_kind_and_line_keeps_its_rules(name: str) -> None:
    assert rules(loaded_rules().of_document(vector(name))) == ()


def test_a_document_is_looked_at_by_the_rules_of_the_line_that_it_names() -> None:
    of_1_2 = changed(BIRTH_RECORD, (V2_0, V1_2))

    assert "R-EDM-REQ-S009" in rules(loaded_rules().of_document(without_slot(BIRTH_RECORD, "PossibilityForPreview")))
    assert rules(loaded_rules().of_document(of_1_2)) != ()


def test_what_breaks_its_schema_is_not_shown_to_the_rules() -> None:
    document = without_slot(BIRTH_RECORD, "PossibilityForPreview").replace(b"<sdg:GivenName>", b"<sdg:Given/>", 1)

    findings = loaded_rules().of_document(document.replace(b"</sdg:GivenName>", b"", 1))

    assert {finding.layer for finding in findings} == {Layer.XSD}


def test_a_document_of_no_line_or_kind_has_no_rules_here() -> None:
    assert loaded_rules().of_document(changed(BIRTH_RECORD, (V2_0, "oots-edm:v9.9"))) == ()
    assert loaded_rules().of_document(b"<a/>") == ()
    with pytest.raises(MalformedXml):
        loaded_rules().of_document(b"<a")


def test_a_header_is_looked_at_by_the_rules_of_the_line_that_is_told() -> None:
    of_1_2 = replace(HEADER, properties=CORNERS)

    assert loaded_rules().of_header(HEADER, V2_0) == ()
    assert loaded_rules().of_header(of_1_2, V1_2) == ()
    assert rules(loaded_rules().of_header(HEADER, V1_2)) == ("R-EDM-ebMS-018", "R-EDM-ebMS-019")
    assert rules(loaded_rules().of_header(of_1_2, V2_0)) == ("R-EDM-ebMS-018", "R-EDM-ebMS-019")


def test_a_header_with_marks_in_its_values_is_looked_at_all_the_same() -> None:
    header = replace(HEADER, conversation_id="<a> & 'b'")

    assert rules(loaded_rules().of_header(header, V2_0)) == ("R-EDM-ebMS-017",)


def test_without_a_verdict_nothing_is_said_to_be_valid() -> None:
    with pytest.raises(NotChecked):
        rules_without_room().of_document(vector(BIRTH_RECORD))
    with pytest.raises(NotChecked):
        rules_without_room().of_header(HEADER, V2_0)


def a_finding(rule: str, severity: Severity) -> Finding:
    return Finding(rule=rule, severity=severity, layer=Layer.SCHEMATRON, location="", message="no")


def test_what_is_notable_is_named_once_the_worst_first() -> None:
    findings = (
        a_finding("C1", Severity.CAUTION),
        a_finding("W1", Severity.WARNING),
        a_finding("F1", Severity.FATAL),
        a_finding("F1", Severity.FATAL),
        a_finding("I1", Severity.INFO),
    )

    assert notable(findings) == "F1 (fatal), W1 (warning)"
    assert notable(findings[:1]) == notable(()) == ""


def test_of_many_rules_some_are_named() -> None:
    findings = tuple(a_finding(f"F{number}", Severity.FATAL) for number in range(50))

    assert len(rules_of(findings)) == len(notable(findings).split(", ")) == MAX_NAMED
