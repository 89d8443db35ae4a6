"""What a person at a terminal is told about a document that breaks its schema."""

import time
from pathlib import Path

import pytest
from test_edm_schema import ERROR, INVALID, REQUEST, RESPONSE
from validated_vectors import NAMES, changed, line_of, vector

from oots.edm.specification import V1_2, V2_0
from oots.errors import MalformedXml
from oots.validation.explained import MAX_NODES, explain, explain_header
from oots.validation.findings import Layer
from oots.validation.xsd import MAX_FINDINGS, check_bytes
from oots.xml import EB, parse

SLOT = '<rim:Slot name="Procedure">'
PERSON_HOLDS = (
    "sdg:Person holds, in this order: sdg:LevelOfAssurance (optional), sdg:Identifier (optional), sdg:FamilyName, "
    "sdg:GivenName, sdg:DateOfBirth, sdg:BirthName (optional), sdg:PlaceOfBirth (optional), "
    "sdg:CurrentAddress (optional), sdg:Gender (optional), sdg:Nationality (optional), sdg:CountryOfBirth (optional), "
    "sdg:TownOfBirth (optional), sdg:CountryOfResidence (optional), sdg:PhoneNumber (optional), "
    "sdg:EmailAddress (optional), sdg:SectorSpecificAttribute (any number)"
)
VALUES = (
    "rim:AnyValueType, rim:BooleanValueType, rim:CollectionValueType, rim:DateTimeValueType, rim:DurationValueType, "
    "rim:FloatValueType, rim:IntegerValueType, rim:InternationalStringValueType or rim:StringValueType"
)

SENTENCES = [
    (
        REQUEST,
        "1990-01-01",
        "1990-13-01",
        "sdg:DateOfBirth has the value '1990-13-01', which is no xs:date; right would be a day such as 1990-01-31",
    ),
    (
        REQUEST,
        "2026-11-23T09:30:00.250Z",
        "yesterday",
        (
            "rim:Value has the value 'yesterday', which is no xs:dateTime; "
            "right would be a date and time such as 2026-11-23T09:30:00.000Z"
        ),
    ),
    (
        REQUEST,
        ">false<",
        ">no<",
        "rim:Value has the value 'no', which is no xs:boolean; right would be true or false",
    ),
    (
        REQUEST,
        "<rim:Value>S1",
        "<rim:Value>" + 257 * "S",
        f"rim:Value has the value '{80 * 'S'}…' of 257 characters; at most 256 are allowed",
    ),
    (
        REQUEST,
        '"LeafClassWithRepositoryItem"',
        '"All"',
        (
            "the attribute returnType of query:ResponseOption has the value 'All'; "
            "right would be ObjectRef, RegistryObject, LeafClass or LeafClassWithRepositoryItem"
        ),
    ),
    (
        REQUEST,
        "<sdg:GivenName>",
        "<sdg:Nickname/><sdg:GivenName>",
        f"sdg:Nickname is not known in sdg:Person; sdg:GivenName is expected. {PERSON_HOLDS}",
    ),
    (
        REQUEST,
        "</sdg:DateOfBirth>",
        "</sdg:DateOfBirth><sdg:PlaceOfBrith/>",
        f"sdg:PlaceOfBrith is not known in sdg:Person; perhaps sdg:PlaceOfBirth is meant. {PERSON_HOLDS}",
    ),
    (
        REQUEST,
        "</sdg:DateOfBirth>",
        "</sdg:DateOfBirth><Gender xmlns='urn:other'/>",
        (
            "Gender of the namespace urn:other is not known in sdg:Person; sdg:Gender would be, in the namespace "
            f"http://data.europa.eu/p4s. {PERSON_HOLDS}"
        ),
    ),
    (
        REQUEST,
        "<sdg:GivenName>Aino Äijä</sdg:GivenName>",
        "",
        f"sdg:DateOfBirth stands where sdg:GivenName is expected. {PERSON_HOLDS}",
    ),
    (
        REQUEST,
        "<sdg:DateOfBirth>1990-01-01</sdg:DateOfBirth>",
        "",
        f"sdg:Person lacks sdg:DateOfBirth. {PERSON_HOLDS}",
    ),
    (
        REQUEST,
        "</query:QueryRequest>",
        '<rim:Slot name="late"/></query:QueryRequest>',
        (
            "rim:Slot stands in the wrong place, or once too often. "
            "query:QueryRequest holds, in this order: rim:Slot (any number), query:ResponseOption, query:Query"
        ),
    ),
    (
        REQUEST,
        'returnType="LeafClassWithRepositoryItem"/>',
        "><rim:Slot name='x'/></query:ResponseOption>",
        "rim:Slot is not known in query:ResponseOption. query:ResponseOption holds no elements",
    ),
    (
        RESPONSE,
        "<rim:RepositoryItemRef ",
        "<rim:RepositoryItem/><rim:RepositoryItemRef ",
        (
            "rim:RepositoryItemRef stands in the wrong place, or once too often. "
            "rim:RegistryObject holds, in this order: rim:Slot (any number), rim:Name (optional), "
            "rim:Description (optional), rim:VersionInfo (optional), rim:Classification (any number), "
            "rim:ExternalIdentifier (any number), rim:ExternalLink (any number), "
            "rim:ContentVersionInfo (optional), rim:RepositoryItemRef or rim:RepositoryItem"
        ),
    ),
    (REQUEST, 'name="Procedure"', "", "rim:Slot lacks the attribute name"),
    (
        REQUEST,
        'name="Procedure"',
        'name="Procedure" nmae="x"',
        "rim:Slot may not have the attribute nmae; allowed are: name, type",
    ),
    (
        REQUEST,
        '"rim:BooleanValueType"',
        '"rim:BoolValueType"',
        (
            "rim:SlotValue has the xsi:type 'rim:BoolValueType', which does not exist; "
            "perhaps rim:BooleanValueType is meant"
        ),
    ),
    (
        REQUEST,
        '"rim:BooleanValueType"',
        '"ebrim:Boolean"',
        (
            "rim:SlotValue has the xsi:type 'ebrim:Boolean', which does not exist; "
            "is its prefix bound to the namespace of RegRep?"
        ),
    ),
    (
        REQUEST,
        '"rim:BooleanValueType"',
        '"rim:QueryType"',
        f"rim:SlotValue may not have the xsi:type 'rim:QueryType'; right would be {VALUES}",
    ),
    (
        REQUEST,
        ' xsi:type="rim:BooleanValueType"',
        "",
        f"rim:SlotValue needs an xsi:type that says what it holds; right would be {VALUES}",
    ),
    (
        REQUEST,
        "<rim:Value>false",
        "Aino<rim:Value>false",
        "rim:SlotValue has text between its child elements, where none may stand",
    ),
    (
        REQUEST,
        '<sdg:Name lang="EN">',
        '<sdg:Name lang="EN"><b/>',
        "sdg:Name has child elements where only text is allowed",
    ),
    (
        REQUEST,
        SLOT,
        '<rim:Slot name="x" xsi:nil="true"/>' + SLOT,
        "rim:Slot cannot be nil: leave the element out instead",
    ),
    (
        ERROR,
        'xml:lang="EN"',
        'xml:lang="E N"',
        "the attribute xml:lang of rim:LocalizedString has the value 'E N'; right would be a language such as EN",
    ),
]


@pytest.mark.parametrize(("name", "old", "new", "sentence"), SENTENCES)
def test_a_sentence_says_what_was_found_and_what_would_be_right(name: str, old: str, new: str, sentence: str) -> None:
    findings = explain(changed(name, old, new), V2_0)

    assert sentence in [finding.message for finding in findings]


@pytest.mark.parametrize(("name", "old", "new", "expected"), INVALID)
def test_every_breach_is_explained_under_the_clause_that_others_are_told(
    name: str, old: str, new: str, expected: str
) -> None:
    findings = explain(changed(name, old, new), V2_0)

    # libxml2 has clauses of their own for simple types.
    clause = {"cvc-type.3.1.1": "cvc-complex-type.3.2.1", "cvc-type.3.1.2": "cvc-complex-type.2.2"}
    told = expected.partition(":")[0]
    assert clause.get(told, told) in {finding.rule for finding in findings}
    assert not [finding for finding in findings if "does not follow the schema" in finding.message]
    assert len({(finding.location, finding.message) for finding in findings}) == len(findings)
    assert {finding.layer for finding in findings} == {Layer.XSD}


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_said_about_a_valid_document(name: str) -> None:
    assert explain(vector(name).encode(), line_of(name)) == ()


def test_the_schema_is_that_of_the_line_asked_for() -> None:
    [first, *_] = explain(changed(REQUEST, "oots-edm:v2.0", "oots-edm:v1.2"), V1_2)

    assert first.message.startswith("sdg:Language is not known in sdg:DistributedAs")
    gender = changed(REQUEST, "</sdg:DateOfBirth>", "</sdg:DateOfBirth><sdg:Gender>9</sdg:Gender>")
    assert explain(gender, V2_0) == ()
    assert "sdg:Gender has the value '9'; right would be Male, Female or Unspecified" in [
        finding.message for finding in explain(gender, V1_2)
    ]
    with pytest.raises(KeyError):
        explain(vector(REQUEST).encode(), "oots-edm:v1.0")


def test_a_place_is_a_line_and_a_path() -> None:
    [finding] = explain(changed(REQUEST, "<sdg:GivenName>", "<sdg:Nickname/><sdg:GivenName>"), V2_0)

    assert finding.location == "line 73, /query:QueryRequest/query:Query/rim:Slot[1]/rim:SlotValue/sdg:Person"


def test_findings_come_in_the_order_of_the_document() -> None:
    both = changed(REQUEST, "1990-01-01", "1990").replace(b"rim:BooleanValueType", b"rim:BoolValueType")

    lines = [int(finding.location.split()[1].rstrip(",")) for finding in explain(both, V2_0)]
    assert lines == sorted(lines)
    assert len(lines) == 3


def test_prefixes_of_the_document_mean_nothing() -> None:
    odd = vector("request-in-odd-prefixes")

    [finding] = explain(odd.replace("1990-01-01", "1990", 1).encode(), V2_0)
    assert finding.message.startswith("sdg:DateOfBirth has the value '1990', which is no xs:date")


def test_what_could_steer_a_terminal_is_not_printed() -> None:
    [finding] = explain(changed(REQUEST, "1990-01-01", "\u202e1990\x9b2J"), V2_0)

    assert "'·1990·2J'" in finding.message


SHORT = (
    f"<eb:Messaging xmlns:eb='{EB}'><eb:SignalMessage><eb:MessageInfo><eb:Timestamp>2026-11-23T09:30:00Z</eb:Timestamp>"
    "<eb:MessageId/></eb:MessageInfo></eb:SignalMessage></eb:Messaging>"
)


def test_a_header_is_explained_too() -> None:
    [short, *_] = explain_header(parse(SHORT.encode()))
    assert short.message == "eb:MessageId has the value '' of 0 characters; 1 or more are needed"

    [finding, *_] = explain_header(parse(f"<eb:Messaging xmlns:eb='{EB}'><eb:UserMassage/></eb:Messaging>".encode()))

    assert finding.layer is Layer.HEADER
    assert "perhaps eb:UserMessage is meant" in finding.message


def test_another_document_element_is_told() -> None:
    [finding] = explain(b"<a/>", V2_0)

    assert finding.message == "a is no document element of this schema"


def test_what_is_no_xml_is_said_to_be_none() -> None:
    with pytest.raises(MalformedXml):
        explain(b"hello", V2_0)


def test_no_address_that_a_document_names_is_opened(tmp_path: Path) -> None:
    schema = tmp_path / "hint.xsd"
    schema.write_text("this is no schema, and would be complained about")
    hint = f'xsi:schemaLocation="urn:x {schema.as_uri()} http://www.w3.org/2000/09/xmldsig# {schema.as_uri()}"'
    foreign = "<rim:Slot name='x'><rim:SlotValue xsi:type='rim:AnyValueType'>{}</rim:SlotValue></rim:Slot>"
    anything = foreign.format("<a xmlns='urn:x'/>") + foreign.format("<S xmlns='http://www.w3.org/2000/09/xmldsig#'/>")
    data = changed(REQUEST, SLOT, anything + SLOT).replace(b"1990-01-01", b"1990")

    [finding] = explain(data.replace(b"<query:QueryRequest", f"<query:QueryRequest {hint}".encode(), 1), V2_0)
    assert finding.message.startswith("sdg:DateOfBirth")


MANY = {
    "wrong values": '<rim:Slot name="x"><rim:SlotValue xsi:type="rim:Nothing"/></rim:Slot>' * 900,
    "wrong attributes": '<rim:Slot name="x" {}/>'.format(" ".join(f"a{n}=''" for n in range(90))) * 200,
    "deep": '<rim:Slot name="x">' * 90 + "</rim:Slot>" * 90,
    "wide": ('<rim:Slot name="x">' + '<rim:Slot name="x"/>' * 50 + "</rim:Slot>") * 190,
}


@pytest.mark.parametrize("many", MANY.values(), ids=MANY)
def test_time_and_number_are_bounded(many: str) -> None:
    explain(changed(REQUEST, "1990-01-01", "1990"), V2_0)  # the schema is loaded
    data = changed(REQUEST, SLOT, many + SLOT).replace(b"1990-01-01", b"1990")
    start = time.process_time()

    assert 1 <= len(explain(data, V2_0)) <= MAX_FINDINGS
    assert time.process_time() - start < 5


def test_a_document_with_too_many_nodes_has_the_plain_findings() -> None:
    foreign = "<rim:Slot name='x'><rim:SlotValue xsi:type='rim:AnyValueType'><a>{}</a></rim:SlotValue></rim:Slot>"
    data = changed(REQUEST, SLOT, foreign.format("<b/>" * 900) * (MAX_NODES // 900 + 1) + SLOT)
    data = data.replace(b"1990-01-01", b"1990")

    assert explain(data, V2_0) == check_bytes(data)
    assert check_bytes(data)
