from concurrent.futures import ThreadPoolExecutor

import pytest
import xmlschema
from validated_vectors import NAMES, changed, line_of, vector
from xmlschema.exceptions import XMLSchemaKeyError

from oots.edm.specification import V2_0
from oots.errors import MalformedXml
from oots.resources import schemas
from oots.validation.findings import Finding, Layer, Severity, is_valid
from oots.validation.xsd import MAX_FINDINGS, SCHEMA_OF, check_bytes, check_document
from oots.xml import parse

REQUEST = "request-for-a-birth-record"
RESPONSE = "response-with-a-translation"
ERROR = "error-preview-required"

# Vector, change, and what the first finding says about it.
INVALID: list[tuple[str, str, str, str]] = [
    (REQUEST, "1990-01-01", "1990-13-01", "cvc-datatype-valid.1.2.1: sdg:DateOfBirth has a value that is no xs:date"),
    (REQUEST, ">false<", ">secret<", "cvc-datatype-valid.1.2.1: rim:Value has a value that is no xs:boolean"),
    (
        REQUEST,
        "2026-11-23T09:30:00.250Z",
        "2026-11-23",
        "cvc-datatype-valid.1.2.1: rim:Value has a value that is no xs:dateTime",
    ),
    (
        REQUEST,
        "<rim:Value>S1",
        "<rim:Value>" + 257 * "S",
        "cvc-maxlength-valid: rim:Value has a value that is too long; at most 256 characters are allowed",
    ),
    (
        REQUEST,
        "<sdg:GivenName>",
        "<sdg:Nickname/><sdg:GivenName>",
        "cvc-complex-type.2.4: sdg:Nickname is not expected here; expected: sdg:GivenName",
    ),
    (
        REQUEST,
        "<sdg:GivenName>Aino Äijä</sdg:GivenName>",
        "",
        "cvc-complex-type.2.4: sdg:DateOfBirth is not expected here; expected: sdg:GivenName",
    ),
    (
        REQUEST,
        "<sdg:DateOfBirth>1990-01-01</sdg:DateOfBirth>",
        "",
        "cvc-complex-type.2.4: sdg:Person lacks a child; expected: sdg:DateOfBirth",
    ),
    (
        REQUEST,
        "</sdg:Requirement>",
        '<sdg:Name lang="FI">x</sdg:Name><sdg:Identifier/></sdg:Requirement>',
        (
            "cvc-complex-type.2.4: sdg:Identifier is not expected here; "
            "expected: sdg:Name, sdg:Description, sdg:ReferenceFramework, sdg:EvidenceTypeList"
        ),
    ),
    (
        REQUEST,
        "<sdg:AdminUnitLevel1>PT</sdg:AdminUnitLevel1>",
        "",
        (
            "cvc-complex-type.2.4: sdg:Address lacks a child; expected: sdg:FullAddress, sdg:LocatorDesignator, "
            "sdg:PostCode, sdg:PostCityName, sdg:Thoroughfare, sdg:AdminUnitLevel1"
        ),
    ),
    (
        REQUEST,
        "<sdg:Format>application/pdf</sdg:Format>",
        "",
        "cvc-complex-type.2.4: sdg:Language is not expected here; expected: sdg:Format",
    ),
    (
        REQUEST,
        '<sdg:Title lang="EN">Extract from the population register</sdg:Title>',
        "",
        "cvc-complex-type.2.4: sdg:DistributedAs is not expected here; expected: sdg:Title",
    ),
    (
        REQUEST,
        'name="Procedure"',
        'name="Procedure" secret="x"',
        "cvc-complex-type.3.2.1: rim:Slot may not have the attribute secret",
    ),
    (REQUEST, 'name="Procedure"', "", "cvc-complex-type.4: rim:Slot lacks the attribute name"),
    (
        REQUEST,
        ' queryDefinition="DocumentQuery"',
        "",
        "cvc-complex-type.4: query:Query lacks the attribute queryDefinition",
    ),
    (
        REQUEST,
        ' id="urn:uuid:1f4e7c0a-52b8-4d7e-9a55-60a2b7a90c01"',
        "",
        "cvc-complex-type.4: query:QueryRequest lacks the attribute id",
    ),
    (
        REQUEST,
        '"LeafClassWithRepositoryItem"',
        '"secret"',
        (
            "cvc-enumeration-valid: the attribute returnType of query:ResponseOption has a value that is none of "
            "ObjectRef, RegistryObject, LeafClass, LeafClassWithRepositoryItem"
        ),
    ),
    (
        REQUEST,
        '"rim:BooleanValueType"',
        '"rim:SecretType"',
        "cvc-elt.4.2: rim:SlotValue has an xsi:type that does not exist",
    ),
    (
        REQUEST,
        '"rim:BooleanValueType"',
        '"rim:QueryType"',
        "cvc-elt.4.3: rim:SlotValue has an xsi:type that is not allowed here",
    ),
    (
        REQUEST,
        ' xsi:type="rim:BooleanValueType"',
        "",
        "cvc-type.2: rim:SlotValue needs an xsi:type that says which value it holds",
    ),
    (
        REQUEST,
        "<rim:Value>false",
        "secret<rim:Value>false",
        "cvc-complex-type.2.3: rim:SlotValue has text between its child elements",
    ),
    (
        REQUEST,
        '<sdg:Name lang="EN">',
        '<sdg:Name lang="EN"><b/>',
        "cvc-complex-type.2.2: sdg:Name has child elements where only text is allowed",
    ),
    (
        REQUEST,
        "<rim:Value>false",
        "<rim:Value><b/>false",
        "cvc-type.3.1.2: rim:Value has child elements where only text is allowed",
    ),
    (REQUEST, "<rim:Value>false", '<rim:Value a="1">false', "cvc-type.3.1.1: rim:Value may not have the attribute a"),
    (
        REQUEST,
        '<rim:Slot name="Procedure">',
        '<rim:Slot name="Procedure" xsi:nil="true">',
        "cvc-elt.3.1: rim:Slot cannot be nil",
    ),
    (
        REQUEST,
        "<sdg:Requirement>",
        "<sdg:Agent/><sdg:Requirement>",
        "cvc-complex-type.2.4: sdg:Agent lacks a child; expected: sdg:Identifier",
    ),
    (
        REQUEST,
        "</query:QueryRequest>",
        '<rim:Slot name="late"/></query:QueryRequest>',
        "cvc-complex-type.2.4: rim:Slot is not expected here",
    ),
    (
        RESPONSE,
        '    status="urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Success"',
        "",
        "cvc-complex-type.4: query:QueryResponse lacks the attribute status",
    ),
    (
        RESPONSE,
        ' id="urn:uuid:30000000-0000-4000-8000-000000000003"',
        "",
        "cvc-complex-type.4: rim:Classification lacks the attribute id",
    ),
    (
        RESPONSE,
        ' sourceObject="urn:uuid:30000000-0000-4000-8000-000000000004"',
        "",
        "cvc-complex-type.4: rim:RegistryObject lacks the attribute sourceObject",
    ),
    (
        RESPONSE,
        "xlink:title",
        "xlink:label",
        "cvc-complex-type.3.2.1: rim:RepositoryItemRef may not have the attribute xlink:label",
    ),
    (
        RESPONSE,
        "<rim:RepositoryItemRef ",
        "<rim:RepositoryItem/><rim:RepositoryItemRef ",
        "cvc-complex-type.2.4: rim:RepositoryItemRef is not expected here",
    ),
    (
        RESPONSE,
        "<sdg:Identifier>5d1f7a52-14a5-4b0c-8a3e-90f1c2d3e4f5</sdg:Identifier>",
        "",
        "cvc-complex-type.2.4: sdg:IsAbout is not expected here; expected: sdg:Identifier",
    ),
    (
        RESPONSE,
        "<sdg:EndDate>2027-02-23</sdg:EndDate>",
        "",
        "cvc-complex-type.2.4: sdg:ValidityPeriod lacks a child; expected: sdg:EndDate",
    ),
    (
        RESPONSE,
        "<sdg:IssuingDate>",
        "<sdg:Distribution/><sdg:IssuingDate>",
        "cvc-complex-type.2.4: sdg:Distribution lacks a child; expected: sdg:Format",
    ),
    (
        ERROR,
        '"rs:AuthorizationExceptionType"',
        '"rs:SecretExceptionType"',
        "cvc-elt.4.2: rs:Exception has an xsi:type that does not exist",
    ),
    (
        ERROR,
        'xml:lang="EN" value="See your extract"',
        'xml:lang="EN"',
        "cvc-complex-type.4: rim:LocalizedString lacks the attribute value",
    ),
    (
        ERROR,
        "See your extract",
        1025 * "x",
        (
            "cvc-maxlength-valid: the attribute value of rim:LocalizedString has a value that is too long; "
            "at most 1024 characters are allowed"
        ),
    ),
    (
        ERROR,
        "</rs:Exception>",
        "</rs:Exception><rim:Slot name='late'/>",
        (
            "cvc-complex-type.2.4: rim:Slot is not expected here; "
            "expected: rs:Exception, rim:RegistryObjectList, rim:ObjectRefList"
        ),
    ),
]

# What the schemas let through: a rule decides, or a code list, or nobody.
VALID: list[tuple[str, str, str]] = [
    (REQUEST, "<rim:Value>S1</rim:Value>", "<rim:Value>Z9</rim:Value>"),
    (REQUEST, "<rim:Value>S1", "<rim:Value>" + 256 * "S"),
    (REQUEST, ' schemeID="eidas"', ""),
    (REQUEST, ' lang="PT"', ""),
    (REQUEST, "<sdg:Language>EN", "<sdg:Language>klingon"),
    (REQUEST, "<sdg:Format>application/pdf</sdg:Format>", "<sdg:Format>a</sdg:Format><sdg:Format>b</sdg:Format>"),
    (REQUEST, "</sdg:Language>", "</sdg:Language><sdg:AssociatedDocumentRequest>any</sdg:AssociatedDocumentRequest>"),
    (
        REQUEST,
        "</sdg:DateOfBirth>",
        "</sdg:DateOfBirth><sdg:Gender>9</sdg:Gender><sdg:EmailAddress>a@b</sdg:EmailAddress>",
    ),
    (REQUEST, "<sdg:Identifier>11efa02b-5865-581f-8ebd-f651997552b2</sdg:Identifier>", ""),
    (REQUEST, '<rim:Slot name="Procedure">', '<rim:Slot name="National"/><rim:Slot name="Procedure">'),
    (REQUEST, "CollectionType:Set", "CollectionType:Bag"),
    (REQUEST, "1990-01-01", "1990-01-01Z"),
    (RESPONSE, ' xlink:title="Extract.pdf"', ""),
    (RESPONSE, '"Translation"', '"Interpretation"'),
    (ERROR, ' xsi:type="rs:AuthorizationExceptionType"', ""),
    (ERROR, "EDM:ERR:0002", "EDM:ERR:9999"),
]


def first(findings: tuple[Finding, ...]) -> str:
    return f"{findings[0].rule}: {findings[0].message}"


@pytest.mark.parametrize("name", NAMES)
def test_every_vector_follows_its_schema(name: str) -> None:
    assert check_bytes(vector(name).encode()) == ()


@pytest.mark.parametrize(("name", "old", "new", "expected"), INVALID)
def test_a_broken_document_is_found_and_told_in_a_sentence(name: str, old: str, new: str, expected: str) -> None:
    findings = check_bytes(changed(name, old, new))

    assert first(findings) == expected
    assert {finding.severity for finding in findings} == {Severity.FATAL}
    assert {finding.layer for finding in findings} == {Layer.XSD}
    assert not is_valid(findings)


@pytest.mark.parametrize(("name", "old", "new"), VALID)
def test_what_the_schema_leaves_to_the_rules_is_let_through(name: str, old: str, new: str) -> None:
    assert check_bytes(changed(name, old, new)) == ()


def test_xmlschema_judges_as_libxml2_does() -> None:
    second = {line: xmlschema.XMLSchema(schemas() / path) for line, path in SCHEMA_OF.items()}

    def is_valid_there(data: bytes, line: str = V2_0) -> bool:
        try:
            return second[line].is_valid(data.decode().partition("?>\n")[2])  # from text, where comments are gone
        except XMLSchemaKeyError:  # what it says to an xsi:type that does not exist
            return False

    for name in NAMES:
        assert is_valid_there(vector(name).encode(), line_of(name)), name
    for name, old, new, _ in INVALID:
        assert not is_valid_there(changed(name, old, new)), (name, new)
    for name, old, new in VALID:
        assert is_valid_there(changed(name, old, new)), (name, new)


def test_a_finding_says_where() -> None:
    [finding] = check_bytes(changed(REQUEST, "1990-01-01", "1990-13-01"))

    assert finding.location == (
        "line 74, /query:QueryRequest/query:Query/rim:Slot[1]/rim:SlotValue/sdg:Person/sdg:DateOfBirth"
    )


def test_no_finding_repeats_a_value() -> None:
    hostile = "x' is not a valid value of the atomic type 'Esimerkki'. Expected is ( Esimerkki )."
    for name, old in ((REQUEST, "1990-01-01"), (REQUEST, "LeafClassWithRepositoryItem"), (REQUEST, "rim:AnyValueType")):
        for finding in check_bytes(changed(name, old, hostile)):
            assert "Esimerkki" not in finding.message + finding.location
    for name, old, new, _ in INVALID:
        text = "".join(finding.message + finding.location for finding in check_bytes(changed(name, old, new)))
        assert not [value for value in ("Esimerkki", "Aino", "1990", "999X", "1990-13", "SSS") if value in text]


def test_a_name_from_outside_is_only_repeated_when_it_is_a_plain_name() -> None:
    findings = check_bytes(changed(REQUEST, "<sdg:GivenName>", "<sdg:Born-1990-01-01/><sdg:GivenName>"))

    assert findings[0].message == "an element with an unreadable name is not expected here; expected: sdg:GivenName"


def test_findings_are_bounded() -> None:
    many = '<rim:Element xsi:type="rim:Nothing"/>' * 900
    findings = check_bytes(changed(REQUEST, '<rim:Element xsi:type="rim:AnyValueType">', f"{many}<rim:Element>"))

    assert len(findings) == MAX_FINDINGS


def test_an_element_with_too_many_children_is_not_even_checked() -> None:
    # libxml2 would take half a minute to find that each of these is wrong.
    many = "<rim:Element/>" * 70_000

    [finding] = check_bytes(changed(REQUEST, "<rim:Element ", f"{many}<rim:Element "))

    assert finding.rule == "too-many-children"


def test_a_document_of_an_unknown_line_is_left_to_its_reader() -> None:
    assert check_bytes(changed(REQUEST, "oots-edm:v2.0", "oots-edm:v9.9").replace(b"1990-01-01", b"1990")) == ()


@pytest.mark.parametrize("data", [b"", b"hello", b"<!DOCTYPE a><a/>", b" " * (1 << 20) + b"<a/>"])
def test_what_is_no_xml_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(MalformedXml):
        check_bytes(data)


def test_a_document_element_of_another_kind_is_found() -> None:
    [finding] = check_document(parse(vector(REQUEST).replace("query:QueryRequest", "query:Request").encode()), V2_0)

    assert first((finding,)) == "cvc-elt.1: query:Request is no document element of this schema"


def test_threads_do_not_see_each_others_findings() -> None:
    broken = [(changed(name, old, new), expected) for name, old, new, expected in INVALID] * 20
    good = vector(REQUEST).encode()

    def check(case: tuple[bytes, str]) -> bool:
        return check_bytes(good) == () and first(check_bytes(case[0])) == case[1]

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(check, broken))
