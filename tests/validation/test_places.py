"""A place that a finding names, found again in the document; and text that may be printed."""

import os

import pytest

from oots.validation.reports.places import Place, place_of
from oots.validation.reports.printable import file_name, printable
from oots.xml import RIM, Element, parse

DOCUMENT = f"""<q:QueryRequest xmlns:q="urn:oasis:names:tc:ebxml-regrep:xsd:query:4.0" xmlns:r="{RIM}">
<r:Slot name="A"/>
<r:Slot name="B" xml:lang="en">
  <r:SlotValue> two <!-- -->words </r:SlotValue>
  <Other xmlns="urn:x">{"o" * 200}</Other>
</r:Slot>
</q:QueryRequest>"""

PLACES: dict[str, Place | None] = {
    "/query:QueryRequest": Place(line=1, found=None),
    "/query:QueryRequest/rim:Slot[2]/@name": Place(line=3, found="'B'"),
    "/query:QueryRequest/rim:Slot[2]/@xml:lang": Place(line=3, found="'en'"),
    "/query:QueryRequest/rim:Slot[1]": Place(line=2, found="''"),
    "/query:QueryRequest/rim:Slot[2]/rim:SlotValue": Place(line=4, found="'two words'"),
    "/query:QueryRequest/rim:Slot[2]/rim:SlotValue/text()": Place(line=4, found="'two words'"),
    "/query:QueryRequest/rim:Slot[2]/*:Other": Place(line=5, found=f"'{'o' * 80}…'"),
    "/query:QueryRequest/rim:Slot[2]/foreign:Other": Place(line=5, found=f"'{'o' * 80}…'"),
    "/query:QueryRequest/rim:Slot": None,  # there are two
    "/query:QueryRequest/rim:Slot[3]": None,
    "/query:QueryRequest/rim:Slot[2]/@nothing": None,
    "line 3, /query:QueryRequest": None,
    "RepositoryItemRef": None,
    "": None,
    "/query:QueryRequest/rim:Slot['": None,
    "/query:QueryRequest/rim:Slot[1 or 1=1]": None,
}


@pytest.fixture(scope="module")
def root() -> Element:
    return parse(DOCUMENT.encode())


@pytest.mark.parametrize("location", PLACES)
def test_a_place_has_its_line_and_what_stands_there(location: str, root: Element) -> None:
    assert place_of(root, location) == PLACES[location]


def test_a_place_is_found_in_an_element_that_is_not_the_root(root: Element) -> None:
    assert place_of(root[1], "/rim:Slot/@name") == Place(line=3, found="'B'")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("äöü ελ", "äöü ελ"),
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("a\nb\tc", "a\\nb\\tc"),
        ("a\u202eb\u009bc", "a\\u202eb\\x9bc"),
        ("a\x00\uffff", "a\\x00\\uffff"),
    ],
)
def test_what_is_not_for_reading_is_written_as_an_escape(text: str, expected: str) -> None:
    assert printable(text) == expected


def test_bytes_of_a_name_that_are_no_text_are_shown() -> None:
    assert file_name(os.fsdecode(b"a\xff.xml")) == "a\\xff.xml"
    assert file_name("ä.xml") == "ä.xml"
