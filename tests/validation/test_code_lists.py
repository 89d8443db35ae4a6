"""Code lists: which there are, what each line has, and what is said about genericode that is broken."""

import re
import time
from pathlib import Path

import pytest

from oots.codes import EdmCode
from oots.edm.specification import V1_2, V2_0
from oots.errors import UnreadableCodeList
from oots.resources import schemas
from oots.validation.code_lists import MAX_BYTES, MAX_COLUMNS, MAX_ROWS, MAX_TAGS, code_list, read_code_list
from oots.xml import parse, schema

FILES = sorted((schemas() / "codelists").glob("*.gc"), key=lambda file: file.name)
BOTH = (
    "AgentClassification",
    "CountryIdentificationCode",
    "DSDErrorCodes",
    "EAS",
    "EBErrorCodes",
    "EDMErrorCodes",
    "ErrorSeverity",
    "EvidenceProviderClassificationTypes",
    "IdentifierSchemes",
    "LCMErrorCodes",
    "LanguageCode",
    "LevelsOfAssurance",
    "NUTS",
    "OOTSMediaTypes",
    "OOTS_Country",
    "Procedures",
)


@pytest.mark.parametrize("line", [V1_2, V2_0])
@pytest.mark.parametrize("name", BOTH)
def test_both_lines_have_a_list(name: str, line: str) -> None:
    assert code_list(name, line).codes


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_list_follows_the_schema_of_genericode_and_has_each_code_once(file: Path) -> None:
    schema("genericode/genericode.xsd").assertValid(parse(file.read_bytes()))
    read = read_code_list(file.read_bytes())

    assert len(read.codes) == len(read.column("code"))
    assert not [code for code in read.codes if code != code.strip()]


@pytest.mark.parametrize(
    ("name", "line", "listed", "unlisted"),
    [
        ("EAS", V1_2, {"0002", "9901", "9955", "0240", "9959"}, {"", "em"}),
        ("EAS", V2_0, {"0002", "0240", "9922", "9953", "9959", "EM"}, {"9901", "9955", "9921", "9954", "em"}),
        ("EBErrorCodes", V1_2, {"EB:ERR:0004"}, {"EB:ERR:0008"}),
        ("EBErrorCodes", V2_0, {"EB:ERR:0003", "EB:ERR:0005"}, {"EB:ERR:0004"}),
        ("Gender", V2_0, {"Male", "Female", "Unspecified", "0", "6", "9"}, {"7", "8", "male"}),
        ("JurisdictionLevel", V1_2, {"Country", "LAU"}, {"NUTS0"}),
        ("CountryIdentificationCode", V2_0, {"EL", "CH", "US"}, {"GR", "GRC", "el", "EU"}),
        ("OOTS_Country", V2_0, {"EL", "EU", "LI"}, {"GR", "CH", "oots"}),
        ("LanguageCode", V2_0, {"EN", "FI"}, {"en", "ENG", "XX"}),
        ("NUTS", V1_2, {"AT", "AT1", "AT111", "EL30"}, {"at1", "AT9999"}),
        ("Procedures", V1_2, {"R1", "X11", "AK1"}, {"00", "X8", "r1"}),
        ("OOTSMediaTypes", V2_0, {"image/svg+xml", "application/json"}, {"text/plain", "image/jpg"}),
        ("LevelsOfAssurance", V2_0, {"Low", "Substantial", "High"}, {"high"}),
        ("AgentClassification", V2_0, {"ER", "IP", "EP", "ERRP"}, {"IP "}),
        ("EvidenceProviderClassificationTypes", V2_0, {"string", "boolean", "codelist"}, {"String"}),
    ],
)
def test_membership_is_exact(name: str, line: str, listed: set[str], unlisted: set[str]) -> None:
    codes = code_list(name, line).codes

    assert listed <= codes
    assert not unlisted & codes


def test_sizes_are_those_of_the_published_lists() -> None:
    sizes = {name: len(code_list(name, V2_0).codes) for name in BOTH}

    assert sizes["EAS"] == 98
    assert len(code_list("EAS", V1_2).codes) == 102
    assert sizes["CountryIdentificationCode"] == 249
    assert sizes["NUTS"] == 1845
    assert sizes["OOTS_Country"] == 31
    assert sizes["Procedures"] == 29


def test_the_two_snapshots_of_electronic_address_schemes_differ_as_told() -> None:
    before, after = code_list("EAS", V1_2).codes, code_list("EAS", V2_0).codes

    # Which of them 1.2.5 has is not known: it takes both.
    assert before - after == {"9901", "9906", "9907", "9955"}
    assert after <= before


def test_a_list_knows_its_canonical_uri_and_version() -> None:
    procedures, regions = code_list("Procedures", V2_0), code_list("NUTS", V2_0)

    assert procedures.canonical_uri == "urn:sr.oots.tech.ec.europa.eu:codelists:procedures"
    assert (regions.canonical_uri, regions.version) == ("http://publications.europa.eu/resource/dataset/nuts", "2016")
    assert code_list("OOTS_Country", V1_2).short_name == "EEA_Country"


def test_columns_stand_row_by_row() -> None:
    errors = code_list("EDMErrorCodes", V2_0)

    listed = zip(errors.column("code"), errors.column("name-Type"), errors.column("name-Value"), strict=True)
    assert list(listed) == [(code.value, code.exception_type, code.message) for code in EdmCode]
    with pytest.raises(UnreadableCodeList, match="'EDMErrorCodes' has no column 'name-Color'"):
        errors.column("name-Color")


@pytest.mark.parametrize(
    ("name", "line", "said"),
    [
        ("Gender", V1_2, "there is no code list 'Gender' in line oots-edm:v1.2"),
        ("Genders", V2_0, "there is no code list 'Genders'"),
        ("../regrep/rim", V2_0, "is no name of a code list"),
        ("EAS-2.0", V2_0, "is no name of a code list"),
    ],
)
def test_a_list_that_is_not_there_is_named(name: str, line: str, said: str) -> None:
    with pytest.raises(UnreadableCodeList, match=re.escape(said)):
        code_list(name, line)


# --- lists from elsewhere ---------------------------------------------------------------------------------------------

GOOD = """\
<gc:CodeList xmlns:gc="http://docs.oasis-open.org/codelist/ns/genericode/1.0/">
  <Identification><ShortName>Colour</ShortName><Version>1</Version><CanonicalUri>urn:colour</CanonicalUri></Identification>
  <ColumnSet>
    <Column Id="Code"/><Column Id="Name"/>
    <Key Id="k"><ColumnRef Ref="Code"/></Key>
  </ColumnSet>
  <SimpleCodeList>
    <Row><Value ColumnRef="Code"><SimpleValue>R </SimpleValue></Value></Row>
    <Row>
      <Value ColumnRef="Name"><SimpleValue>green</SimpleValue></Value>
      <Value ColumnRef="Code"><SimpleValue>G</SimpleValue></Value>
    </Row>
    <Row>
      <Value ColumnRef="Code"><SimpleValue>G</SimpleValue></Value>
      <Value ColumnRef="Shade"><SimpleValue>x</SimpleValue></Value>
    </Row>
  </SimpleCodeList>
</gc:CodeList>"""


def changed(old: str, new: str) -> bytes:
    assert old in GOOD
    return GOOD.replace(old, new, 1).encode()


def test_a_list_from_elsewhere_names_its_key_column_and_may_be_untidy() -> None:
    colours = read_code_list(GOOD.encode())

    assert colours.codes == {"R", "G"}
    assert colours.column("Name") == ("", "green", "")


def test_an_odd_prefix_or_none_is_the_same_list() -> None:
    for other in ("ns3:", ""):
        text = GOOD.replace("gc:", other).replace("xmlns:gc", "xmlns:ns3")
        if not other:  # a default namespace must be taken back for the children, which have none
            text = text.replace("xmlns:ns3", "xmlns").replace("<Identification>", '<Identification xmlns="">')
            text = text.replace("<ColumnSet>", '<ColumnSet xmlns="">')
            text = text.replace("<SimpleCodeList>", '<SimpleCodeList xmlns="">')
        assert read_code_list(text.encode()).codes == {"R", "G"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("</Row>", "/Row>", "cannot be read: not well-formed"),
        ("<gc:", "<!DOCTYPE a><gc:", "a document type declaration is not allowed"),
        ("genericode/1.0/", "genericode/2.0/", "the document element is not CodeList of"),
        ("<ShortName>Colour</ShortName>", "", "has no Identification/ShortName"),
        ("<Version>1</Version>", "<Version> </Version>", "has no Identification/Version"),
        ("<CanonicalUri>urn:colour</CanonicalUri>", "", "has no Identification/CanonicalUri"),
        ('<Key Id="k"><ColumnRef Ref="Code"/></Key>', "", "nothing says which column is the code"),
        ('<Key Id="k"><ColumnRef Ref="Code"/>', '<Key Id="k"><ColumnRef/>', "nothing says which column is the code"),
        ('<Column Id="Code"/>', "", "the key of the code list is the column 'Code', which is not declared"),
        ('<Column Id="Name"/>', '<Column Id="a"/>' * MAX_COLUMNS, f"more than {MAX_COLUMNS} columns"),
        ("SimpleCodeList>", "OtherCodeList>", "not well-formed"),
        (
            "<SimpleValue>R </SimpleValue>",
            "<SimpleValue> </SimpleValue>",
            "row 1 of the code list has no value in its key",
        ),
        ("<SimpleValue>R </SimpleValue>", "", "row 1 of the code list has no value in its key"),
        ("<Row>", "<Row><Value/></Row><Row>", "row 1 of the code list has a Value without ColumnRef"),
        ("<Row>", "<Row/>" + "<Row>", "row 1 of the code list has no value in its key"),
    ],
)
def test_broken_genericode_is_told_in_a_sentence(old: str, new: str, said: str) -> None:
    with pytest.raises(UnreadableCodeList, match=re.escape(said)):
        read_code_list(changed(old, new))


def test_a_list_that_only_refers_to_others_is_refused() -> None:
    with pytest.raises(UnreadableCodeList, match="no SimpleCodeList"):
        read_code_list(GOOD.replace("SimpleCodeList>", "SimpleCodeListRef>").encode())


def test_a_list_as_long_as_that_of_local_administrative_units_is_read_in_seconds() -> None:
    row = '<Row><Value ColumnRef="Code"><SimpleValue>{}</SimpleValue></Value></Row>'
    start = time.process_time()

    units = read_code_list(changed("<Row>", "".join(row.format(number) for number in range(98_000)) + "<Row>"))

    assert len(units.codes) == 98_002
    assert time.process_time() - start < 5


def test_bytes_and_tags_are_bounded() -> None:
    with pytest.raises(UnreadableCodeList, match=f"more than the {MAX_BYTES} allowed"):
        read_code_list(b" " * (MAX_BYTES + 1))
    with pytest.raises(UnreadableCodeList, match=f"more than {MAX_TAGS} tags"):
        read_code_list(b"<a>" * (MAX_TAGS + 1))


def test_rows_are_bounded() -> None:
    row = '<Row><Value ColumnRef="Code"><SimpleValue>a</SimpleValue></Value></Row>'

    with pytest.raises(UnreadableCodeList, match=f"more than {MAX_ROWS} rows"):
        read_code_list(changed("<Row>", row * MAX_ROWS + "<Row>"))
