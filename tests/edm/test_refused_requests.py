import pytest
from edm_vectors import (
    BIRTH_RECORD,
    BIRTH_RECORD_IN_1_2,
    EVERY_SLOT,
    EVERY_SLOT_IN_1_2,
    VECTORS,
    changed,
    slot_text,
    twice_slot,
    vector,
    without_slot,
)

from oots.codes import EdmCode
from oots.edm import documents
from oots.errors import InvalidRequest

SUPPORTED_VALUE = """<sdg:SupportedValue>
            <sdg:StringValue>AT33</sdg:StringValue>
          </sdg:SupportedValue>"""
SET = ' collectionType="urn:oasis:names:tc:ebxml-regrep:CollectionType:Set"'


def with_another_slot(inside: str) -> tuple[str, str]:
    return inside, f'<rim:Slot name="Nickname"/>{inside}'


def string_slot(name: str) -> str:
    value = '<rim:SlotValue xsi:type="rim:StringValueType">'
    return f'<rim:Slot name="{name}">\n    {value}'


def of_type(name: str, right: str, wrong: str = "rim:StringValueType") -> tuple[str, str]:
    start = f'<rim:Slot name="{name}">\n    <rim:SlotValue xsi:type="rim:'
    return f"{start}{right}", start.removesuffix("rim:") + wrong


def twice(element: str) -> tuple[str, str]:
    return f"</{element}>", f"</{element}><{element}>{BY_ITSELF[element]}</{element}>"


BY_ITSELF = {"sdg:Format": "image/png", "sdg:DistributedAs": "<sdg:Format>image/png</sdg:Format>"}


def of_type_in_query(name: str) -> tuple[str, str]:
    start = f'<rim:Slot name="{name}">\n      <rim:SlotValue xsi:type="rim:'
    return f"{start}AnyValueType", f"{start}StringValueType"


CONFORMS_TO = "<sdg:ConformsTo>https://sr.demo.oots.tech.ec.europa.eu/datamodels/demo-company-1.0.0</sdg:ConformsTo>"
ELEMENT = '<rim:Element xsi:type="rim:AnyValueType">\n        '

# What is changed in which vector, and the rule that is broken by it.
CHANGES: list[tuple[str, str, tuple[str, str]]] = [
    ("R-EDM-REQ-S004", BIRTH_RECORD, ("urn:uuid:1f4e", "1f4e")),
    ("R-EDM-REQ-S004", BIRTH_RECORD, ("urn:uuid:1f4e7c0a-", "urn:uuid:")),
    ("R-EDM-REQ-S016", EVERY_SLOT, ('name="LegalPerson"', 'name="AuthorizedRepresentativeLegalPerson"')),
    ("R-EDM-REQ-S019", BIRTH_RECORD, with_another_slot('<rim:Slot name="Procedure">')),
    ("R-EDM-REQ-S020", BIRTH_RECORD, of_type("SpecificationIdentifier", "StringValueType", "rim:BooleanValueType")),
    ("R-EDM-REQ-S021", BIRTH_RECORD, of_type("IssueDateTime", "DateTimeValueType")),
    ("R-EDM-REQ-S022", BIRTH_RECORD, of_type("Procedure", "StringValueType", "rim:InternationalStringValueType")),
    ("R-EDM-REQ-S023", EVERY_SLOT, of_type("PreviewLocation", "StringValueType", "rim:AnyValueType")),
    ("R-EDM-REQ-S024", BIRTH_RECORD, of_type("PossibilityForPreview", "BooleanValueType")),
    ("R-EDM-REQ-S025", BIRTH_RECORD, of_type("ExplicitRequestGiven", "BooleanValueType", "query:BooleanValueType")),
    ("R-EDM-REQ-S026", BIRTH_RECORD, of_type("Requirements", "CollectionValueType", "rim:AnyValueType")),
    (
        "R-EDM-REQ-S027",
        BIRTH_RECORD,
        (f"{ELEMENT}<sdg:Requirement", f"{ELEMENT.replace('Any', 'String')}<sdg:Requirement"),
    ),
    ("R-EDM-REQ-S028", BIRTH_RECORD, of_type("EvidenceRequester", "CollectionValueType", "rim:AnyValueType")),
    ("R-EDM-REQ-S029", BIRTH_RECORD, (f"{ELEMENT}<sdg:Agent", "<rim:Element><sdg:Agent")),
    ("R-EDM-REQ-S030", BIRTH_RECORD, of_type("EvidenceProvider", "AnyValueType")),
    ("R-EDM-REQ-S031", EVERY_SLOT, of_type("EvidenceProviderClassification", "CollectionValueType")),
    ("R-EDM-REQ-S032", EVERY_SLOT, (f"{ELEMENT}<sdg:EvidenceProv", "<rim:Element><sdg:EvidenceProv")),
    ("R-EDM-REQ-S033", BIRTH_RECORD, of_type_in_query("EvidenceRequest")),
    ("R-EDM-REQ-S034", EVERY_SLOT, of_type_in_query("LegalPerson")),
    ("R-EDM-REQ-S035", BIRTH_RECORD, of_type_in_query("NaturalPerson")),
    ("R-EDM-REQ-S036", EVERY_SLOT, of_type_in_query("AuthorizedRepresentative")),
    ("R-EDM-REQ-S037", BIRTH_RECORD, ("<sdg:Requirement>", "<sdg:Agent/><sdg:Requirement>")),
    ("R-EDM-REQ-S038", BIRTH_RECORD, ("</sdg:Requirement>", "<sdg:EvidenceTypeList/></sdg:Requirement>")),
    ("R-EDM-REQ-S040", BIRTH_RECORD, ("<sdg:Classification>", "<sdg:Jurisdiction/><sdg:Classification>")),
    ("R-EDM-REQ-S041", EVERY_SLOT, (f"{ELEMENT}<sdg:EvidenceProv", f"{ELEMENT}<sdg:Agent/><sdg:EvidenceProv")),
    (
        "R-EDM-REQ-S043",
        BIRTH_RECORD,
        ("väestörekisteri</sdg:Name>", "väestörekisteri</sdg:Name><sdg:Classification>EP</sdg:Classification>"),
    ),
    ("R-EDM-REQ-S044", BIRTH_RECORD, ("<sdg:DataService", "<sdg:Agent/><sdg:DataService")),
    ("R-EDM-REQ-S045", BIRTH_RECORD, ("<sdg:DistributedAs>", "<sdg:Note/><sdg:DistributedAs>")),
    ("R-EDM-REQ-S046", BIRTH_RECORD, ("<sdg:Person>", "<sdg:Agent/><sdg:Person>")),
    ("R-EDM-REQ-S047", EVERY_SLOT, ("<sdg:LegalPerson>", "<sdg:Agent/><sdg:LegalPerson>")),
    ("R-EDM-REQ-S048", EVERY_SLOT, ("<sdg:Person>", "<sdg:Agent/><sdg:Person>")),
    ("R-EDM-REQ-S049", BIRTH_RECORD, with_another_slot('<rim:Slot name="NaturalPerson">')),
    (
        "R-EDM-REQ-S050",
        BIRTH_RECORD,
        (
            string_slot("Procedure"),
            string_slot("Procedure").replace("<rim:SlotValue", "<rim:SlotValue/><rim:SlotValue"),
        ),
    ),
    ("R-EDM-REQ-S051", BIRTH_RECORD, ("<rim:Value>S1</rim:Value>", "S1")),
    ("R-EDM-REQ-S051", BIRTH_RECORD, ("<rim:Value>S1</rim:Value>", "<rim:Value/>")),
    ("R-EDM-REQ-S053", BIRTH_RECORD, (SET, "")),
    ("R-EDM-REQ-S053", BIRTH_RECORD, ("CollectionType:Set", "CollectionType:Bag")),
    ("R-EDM-REQ-S061", EVERY_SLOT, of_type("ReturnLocation", "StringValueType", "rim:AnyValueType")),
    ("R-EDM-REQ-C001", BIRTH_RECORD, ("oots-edm:v2.0", "oots-edm:v1.1")),
    ("R-EDM-REQ-C001", BIRTH_RECORD, ("oots-edm:v2.0", "oots-edm:v3.0")),
    ("R-EDM-REQ-C005", EVERY_SLOT, ("https://preview", "http://preview")),
    ("R-EDM-REQ-C010", BIRTH_RECORD, ('<sdg:Name lang="EN">Proof', "<sdg:Name>Proof")),
    ("R-EDM-REQ-C010", BIRTH_RECORD, ('<sdg:Name lang="EN">Proof', '<sdg:Name lang=" ">Proof')),
    (
        "R-EDM-REQ-C011",
        BIRTH_RECORD,
        ('<sdg:Identifier schemeID="urn:oasis:names:tc:ebcore:partyid-type:unregistered:PT">', "<sdg:Identifier>"),
    ),
    ("R-EDM-REQ-C013", BIRTH_RECORD, ("<sdg:Classification>ER</sdg:Classification>", "")),
    ("R-EDM-REQ-C014", BIRTH_RECORD, (">ER<", ">EP<")),
    ("R-EDM-REQ-C014", BIRTH_RECORD, (">ER<", ">er<")),
    (
        "R-EDM-REQ-C017",
        BIRTH_RECORD,
        ('<sdg:Identifier schemeID="urn:cef.eu:names:identifier:EAS:0037">', "<sdg:Identifier>"),
    ),
    ("R-EDM-REQ-C020", EVERY_SLOT, ("<sdg:Type>codelist</sdg:Type>", "")),
    ("R-EDM-REQ-C022", EVERY_SLOT, ('<sdg:Description lang="EN">In which', "<sdg:Description>In which")),
    ("R-EDM-REQ-C024", BIRTH_RECORD, (' returnType="LeafClassWithRepositoryItem"', "")),
    ("R-EDM-REQ-C025", BIRTH_RECORD, ("DocumentQuery", "Document")),
    ("R-EDM-REQ-C026", BIRTH_RECORD, ("11efa02b-5865-581f-8ebd-f651997552b2", "extract-1")),
    ("R-EDM-REQ-C029", BIRTH_RECORD, ('<sdg:Title lang="EN">', "<sdg:Title>")),
    ("R-EDM-REQ-C031", EVERY_SLOT, ('<sdg:Description lang="EN">As', "<sdg:Description>As")),
    ("R-EDM-REQ-C036", BIRTH_RECORD, ("<sdg:LevelOfAssurance>Substantial</sdg:LevelOfAssurance>", "")),
    ("R-EDM-REQ-C037", BIRTH_RECORD, (">Substantial<", ">Moderate<")),
    ("R-EDM-REQ-C041", BIRTH_RECORD, (' schemeID="eidas"', "")),
    ("R-EDM-REQ-C043", BIRTH_RECORD, ("1990-01-01", "1990-02-30")),
    ("R-EDM-REQ-C043", BIRTH_RECORD, ("1990-01-01", "1990-01-01Z")),
    ("R-EDM-REQ-C043", BIRTH_RECORD, ("1990-01-01", "19900101")),
    (
        "R-EDM-REQ-C047",
        EVERY_SLOT,
        (
            '<sdg:LevelOfAssurance>High</sdg:LevelOfAssurance>\n          <sdg:Identifier schemeID="VAT"',
            '<sdg:Identifier schemeID="VAT"',
        ),
    ),
    ("R-EDM-REQ-C048", EVERY_SLOT, (">High<", ">Highest<")),
    (
        "R-EDM-REQ-C049",
        EVERY_SLOT,
        ('<sdg:LegalPersonIdentifier schemeID="eidas">AT/PT/FN000000a</sdg:LegalPersonIdentifier>', ""),
    ),
    ("R-EDM-REQ-C052", EVERY_SLOT, ('<sdg:LegalPersonIdentifier schemeID="eidas">', "<sdg:LegalPersonIdentifier>")),
    ("R-EDM-REQ-C054", EVERY_SLOT, (' schemeID="VAT"', "")),
    (
        "R-EDM-REQ-C058",
        EVERY_SLOT,
        ("<sdg:Person>\n          <sdg:LevelOfAssurance>High</sdg:LevelOfAssurance>", "<sdg:Person>"),
    ),
    ("R-EDM-REQ-C062", EVERY_SLOT, ('<sdg:Identifier schemeID="eidas">', "<sdg:Identifier>")),
    ("R-EDM-REQ-C064", EVERY_SLOT, ("1975-05-31", "31.05.1975")),
    (
        "R-EDM-REQ-C073",
        BIRTH_RECORD,
        ("<sdg:Address>\n            <sdg:AdminUnitLevel1>PT</sdg:AdminUnitLevel1>\n          </sdg:Address>", ""),
    ),
    ("R-EDM-REQ-C073", BIRTH_RECORD, (">PT</sdg:AdminUnitLevel1>", "> </sdg:AdminUnitLevel1>")),
    ("R-EDM-REQ-C074", BIRTH_RECORD, (">ER<", ">IP<")),
    ("R-EDM-REQ-C074", EVERY_SLOT, (">IP<", ">ER<")),
    ("R-EDM-REQ-C094", EVERY_SLOT, ('<sdg:Description lang="EN">Shows', "<sdg:Description>Shows")),
    ("R-EDM-REQ-C095", EVERY_SLOT, (">codelist<", ">Codelist<")),
    (
        "R-EDM-REQ-C103",
        EVERY_SLOT,
        ("<sdg:StringValue>AT33</sdg:StringValue>", "<sdg:BooleanValue>true</sdg:BooleanValue>"),
    ),
    (
        "R-EDM-REQ-C104",
        EVERY_SLOT,
        ("<sdg:BooleanValue>true</sdg:BooleanValue>", "<sdg:StringValue>true</sdg:StringValue>"),
    ),
    ("R-EDM-REQ-C104", EVERY_SLOT, (">true</sdg:BooleanValue>", ">yes</sdg:BooleanValue>")),
    (
        "R-EDM-REQ-C105",
        EVERY_SLOT,
        (SUPPORTED_VALUE, ""),
    ),
    (
        "R-EDM-REQ-C106",
        BIRTH_RECORD,
        ("<sdg:Identifier>11efa02b-5865-581f-8ebd-f651997552b2</sdg:Identifier>", "<sdg:Identifier> </sdg:Identifier>"),
    ),
    ("R-EDM-REQ-C109", BIRTH_RECORD, ('<sdg:Name lang="PT">Câmara', "<sdg:Name>Câmara")),
    ("R-EDM-REQ-C111", BIRTH_RECORD, ('<sdg:Name lang="FI">', "<sdg:Name>")),
    ("R-EDM-REQ-C119", EVERY_SLOT, (">Annex<", ">Appendix<")),
    ("R-EDM-REQ-C119", EVERY_SLOT, (">Annex<", ">MainEvidence<")),
    ("R-EDM-REQ-C120", EVERY_SLOT, ("https://portal", "javascript:portal")),
    ("R-EDM-REQ-C126", EVERY_SLOT, ("<sdg:Gender>Unspecified</sdg:Gender>", "")),
    ("R-EDM-REQ-C126", EVERY_SLOT, (">Unspecified<", ">9<")),
    # What is different in line 1.2.
    ("R-EDM-REQ-C001", BIRTH_RECORD_IN_1_2, ("oots-edm:v1.2", "oots-edm:v1.0")),
    ("R-EDM-REQ-S019", EVERY_SLOT_IN_1_2, ('name="PreviewLocation"', 'name="ReturnLocation"')),
    ("R-EDM-REQ-S022", BIRTH_RECORD_IN_1_2, of_type("Procedure", "InternationalStringValueType")),
    ("R-EDM-REQ-C005", EVERY_SLOT_IN_1_2, ("https://preview", "http://preview")),
    ("R-EDM-REQ-C032", BIRTH_RECORD_IN_1_2, twice("sdg:DistributedAs")),
    ("R-EDM-REQ-C032", BIRTH_RECORD_IN_1_2, twice("sdg:Format")),
    ("R-EDM-REQ-C072", EVERY_SLOT_IN_1_2, (CONFORMS_TO, "")),
    (
        "R-EDM-REQ-C082",
        EVERY_SLOT_IN_1_2,
        ("<sdg:LevelOfAssurance>Substantial</sdg:LevelOfAssurance>", ""),
    ),
    ("R-EDM-REQ-C083", EVERY_SLOT_IN_1_2, (">Substantial<", ">substantial<")),
    ("R-EDM-REQ-C084", EVERY_SLOT_IN_1_2, (">PT/AT/000000000a<", "><")),
    ("R-EDM-REQ-C086", EVERY_SLOT_IN_1_2, ('schemeID="eidas">PT/', ">PT/")),
    ("R-EDM-REQ-C088", EVERY_SLOT_IN_1_2, ('schemeID="LEI"', "")),
]


@pytest.mark.parametrize(("rule", "name", "change"), CHANGES)
def test_a_request_is_refused_under_the_rule_that_it_breaks(rule: str, name: str, change: tuple[str, str]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        documents.read_request(changed(name, change))

    assert refused.value.rules == (rule,)


MISSING = [
    ("R-EDM-REQ-C001", "SpecificationIdentifier"),
    ("R-EDM-REQ-S006", "IssueDateTime"),
    ("R-EDM-REQ-S007", "Procedure"),
    ("R-EDM-REQ-S009", "PossibilityForPreview"),
    ("R-EDM-REQ-S010", "ExplicitRequestGiven"),
    ("R-EDM-REQ-S011", "Requirements"),
    ("R-EDM-REQ-S012", "EvidenceRequester"),
    ("R-EDM-REQ-S013", "EvidenceProvider"),
    ("R-EDM-REQ-S015", "EvidenceRequest"),
    ("R-EDM-REQ-S016", "NaturalPerson"),
]


@pytest.mark.parametrize(("rule", "slot"), MISSING)
def test_a_request_without_a_slot_is_refused(rule: str, slot: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        documents.read_request(without_slot(BIRTH_RECORD, slot))

    assert refused.value.rules == (rule,)


TWICE = [
    ("R-EDM-REQ-S005", "SpecificationIdentifier"),
    ("R-EDM-REQ-S008", "PreviewLocation"),
    ("R-EDM-REQ-S014", "EvidenceProviderClassification"),
    ("R-EDM-REQ-S018", "AuthorizedRepresentative"),
    ("R-EDM-REQ-S060", "ReturnLocation"),
]


@pytest.mark.parametrize(("rule", "slot"), TWICE)
def test_a_request_with_a_slot_twice_is_refused(rule: str, slot: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        documents.read_request(twice_slot(EVERY_SLOT, slot))

    assert refused.value.rules == (rule,)


@pytest.mark.parametrize("slot", ["PreviewLocation", "ReturnLocation"])
def test_preview_and_return_location_come_together(slot: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        documents.read_request(without_slot(EVERY_SLOT, slot))

    assert refused.value.rules == ("R-EDM-REQ-S062",)


def test_an_empty_collection_is_refused() -> None:
    text = vector(BIRTH_RECORD).decode()
    start, end = text.index("<rim:Element"), text.index("</rim:Element>") + len("</rim:Element>")

    with pytest.raises(InvalidRequest) as refused:
        documents.read_request((text[:start] + text[end:]).encode())

    assert refused.value.rules == ("R-EDM-REQ-S052",)


def test_another_document_element_is_refused() -> None:
    for name, rule in (("query:QueryRequests", "R-EDM-REQ-S001"), ("rim:QueryRequest", "R-EDM-REQ-S002")):
        text = vector(BIRTH_RECORD).decode().replace("query:QueryRequest", name)

        with pytest.raises(InvalidRequest) as refused:
            documents.read_request(text.encode())

        assert refused.value.rules == (rule,)


# Breaches of the schema alone, or of good sense: there is no official rule to name.
WITHOUT_RULE = [
    (BIRTH_RECORD, ("<sdg:GivenName>Aino Äijä</sdg:GivenName>", "")),
    (BIRTH_RECORD, ("<sdg:GivenName>Aino Äijä</sdg:GivenName>", "<sdg:GivenName> </sdg:GivenName>")),
    (BIRTH_RECORD, ("<sdg:DateOfBirth>", "<sdg:DateOfBirth>1990-01-02</sdg:DateOfBirth><sdg:DateOfBirth>")),
    (BIRTH_RECORD, ("<sdg:FamilyName>Esimerkki", "<sdg:FamilyName><b/>Esimerkki")),
    (BIRTH_RECORD, ('<sdg:Name lang="FI">Esimerkin väestörekisteri</sdg:Name>', "")),
    (BIRTH_RECORD, (">003700000000<", "> <")),
    (BIRTH_RECORD, ("<sdg:Format>application/pdf</sdg:Format>", "")),
    (BIRTH_RECORD, ('<sdg:Title lang="EN">Extract from the population register</sdg:Title>', "")),
    (BIRTH_RECORD, ("<rim:Value>false</rim:Value>", "<rim:Value>no</rim:Value>")),
    (BIRTH_RECORD, ("2026-11-23T09:30:00.250Z", "2026-02-30T09:30:00Z")),
    (BIRTH_RECORD, ("2026-11-23T09:30:00.250Z", "9999-12-31T23:59:59-14:00")),
    (BIRTH_RECORD, ("2026-11-23T09:30:00.250Z", "2026-11-23")),
    (BIRTH_RECORD, ('<query:ResponseOption returnType="LeafClassWithRepositoryItem"/>', "")),
    # An element that the line does not have.
    (BIRTH_RECORD, ("</sdg:Format>", "</sdg:Format><sdg:Transformation>https://t.example</sdg:Transformation>")),
    (BIRTH_RECORD_IN_1_2, ("</sdg:Format>", "</sdg:Format><sdg:Language>PT</sdg:Language>")),
    (
        BIRTH_RECORD_IN_1_2,
        ("</sdg:Format>", "</sdg:Format><sdg:AssociatedDocumentRequest>Annex</sdg:AssociatedDocumentRequest>"),
    ),
    # The schema of 1.2 lists genders.
    (BIRTH_RECORD_IN_1_2, ("</sdg:DateOfBirth>", "</sdg:DateOfBirth><sdg:Gender>9</sdg:Gender>")),
    # A procedure is one code.
    (BIRTH_RECORD_IN_1_2, ('value="S1"/>', 'value="S1"/><rim:LocalizedString xml:lang="PT" value="T2"/>')),
    (BIRTH_RECORD_IN_1_2, ('value="S1"/>', 'value=" "/>')),
    (BIRTH_RECORD_IN_1_2, ('<rim:LocalizedString xml:lang="EN" value="S1"/>', "")),
]


@pytest.mark.parametrize(("name", "change"), WITHOUT_RULE)
def test_what_no_rule_mentions_is_refused_too(name: str, change: tuple[str, str]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        documents.read_request(changed(name, change))

    assert refused.value.rules == ()


def test_two_subjects_are_refused() -> None:
    text = vector(EVERY_SLOT).decode()
    legal = slot_text(text, "LegalPerson")
    natural = slot_text(text, "AuthorizedRepresentative").replace("AuthorizedRepresentative", "NaturalPerson")

    with pytest.raises(InvalidRequest) as refused:
        documents.read_request(text.replace(legal, legal + natural).encode())

    assert refused.value.rules == ("R-EDM-REQ-S016",)


def test_the_rule_on_the_gender_of_a_representative_is_of_2_0_only() -> None:
    text = vector(EVERY_SLOT_IN_1_2).decode()
    legal = slot_text(text, "AuthorizedRepresentativeLegalPerson")
    natural = slot_text(vector(EVERY_SLOT).decode(), "AuthorizedRepresentative")
    without, with_a_number = (natural.replace(">Unspecified<", gender) for gender in ("><", ">9<"))

    documents.read_request(text.replace(legal, without).encode())

    # The schema of 1.2 has a list instead.
    with pytest.raises(InvalidRequest, match="Gender is none of Female, Male, Unspecified") as refused:
        documents.read_request(text.replace(legal, with_a_number).encode())
    assert refused.value.rules == ()


def test_two_representatives_are_refused() -> None:
    text = vector(EVERY_SLOT).decode()
    legal = slot_text(text, "LegalPerson")
    second = legal.replace('name="LegalPerson"', 'name="AuthorizedRepresentativeLegalPerson"')

    with pytest.raises(InvalidRequest, match="represented by one person at most"):
        documents.read_request(text.replace(legal, legal + second).encode())


@pytest.mark.parametrize("data", [b"", b"hello", b"<a/>", b"<!DOCTYPE a><a/>", b" " * (documents.MAX_BYTES + 1)])
def test_what_is_no_request_at_all_is_an_invalid_request(data: bytes) -> None:
    with pytest.raises(InvalidRequest) as refused:
        documents.read_request(data)

    assert refused.value.code is EdmCode.INVALID_REQUEST


def test_no_refusal_repeats_what_the_document_says_about_people() -> None:
    people = [
        "Esimerkki",
        "Aino",
        "010190-999X",
        "1990-0",
        "Muster",
        "Eva",
        "0000000001",
        "31.05.1975",
        "ATU0",
        "FN0000",
    ]
    documents_refused = [changed(name, change) for _, name, change in CHANGES]
    documents_refused += [changed(name, change) for name, change in WITHOUT_RULE]
    for data in documents_refused:
        with pytest.raises(InvalidRequest) as refused:
            documents.read_request(data)
        assert not [value for value in people if value in refused.value.detail]


def test_a_name_from_outside_is_only_repeated_when_it_is_a_plain_name() -> None:
    strange = '<rim:Slot name="Procedure">', '<rim:Slot name="Aino Esimerkki 1990"/><rim:Slot name="Procedure">'

    with pytest.raises(InvalidRequest) as refused:
        documents.read_request(changed(BIRTH_RECORD, strange))

    assert "Aino" not in refused.value.detail


def test_a_comment_does_not_cut_a_name_short() -> None:
    found = documents.read_request(changed(BIRTH_RECORD, (">Esimerkki<", ">Esi<!-- -->merkki<")))

    assert found.subject == documents.read_request(vector(BIRTH_RECORD)).subject


def test_lower_case_languages_are_read_and_left_to_the_code_lists() -> None:
    found = documents.read_request(changed(BIRTH_RECORD, ('<sdg:Name lang="FI">', '<sdg:Name lang="fi">')))

    assert found.provider.names[0].lang == "fi"


def test_several_formats_in_one_wish_are_read_as_several_wishes() -> None:
    both = (
        "<sdg:Format>application/pdf</sdg:Format>",
        "<sdg:Format>image/png</sdg:Format><sdg:Format>image/jpeg</sdg:Format>",
    )

    found = documents.read_request(changed(BIRTH_RECORD, both))

    assert [form.format for form in found.evidence_type.distributions] == ["image/png", "image/jpeg"]
    assert {form.languages for form in found.evidence_type.distributions} == {("EN",)}


def test_the_language_of_a_code_means_nothing() -> None:
    code = '<rim:LocalizedString xml:lang="EN" value="S1"/>'
    in_two = '<rim:LocalizedString value="S1"/><rim:LocalizedString xml:lang="PT" value=" S1 "/>'

    found = documents.read_request(changed(BIRTH_RECORD_IN_1_2, (code, in_two)))

    assert found == documents.read_request(vector(BIRTH_RECORD_IN_1_2))


def test_the_language_of_a_whole_request_is_dropped_in_2_0_where_no_rule_forbids_it() -> None:
    in_portuguese = ("<query:QueryRequest", '<query:QueryRequest xml:lang="PT"')

    assert documents.read_request(changed(BIRTH_RECORD, in_portuguese)).language is None
    assert documents.read_request(changed(BIRTH_RECORD_IN_1_2, in_portuguese)).language == "PT"


def test_every_vector_of_a_request_is_accepted() -> None:
    for folder in VECTORS.glob("request-*"):
        documents.read_request((folder / "document.xml").read_bytes())
