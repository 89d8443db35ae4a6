"""
The published examples of line 1.0, upgraded in memory to the lines that are spoken here.

They lie beside the checkout on machines that have them, and are no part of the project.  What is changed is what the
later lines ask for (edm.md 7.6, 8), and blanks and times in the form in which they are written here.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from lxml import etree

from oots.edm.slots import COLLECTION_SET, XSI_TYPE
from oots.edm.specification import V1_2, V2_0
from oots.xml import RIM, RS, SDG, XML, Element, parse

_FOLDER = Path(__file__).parents[3] / "shared" / "reference" / "examples" / "Exchange"
EXAMPLES = sorted(_FOLDER.rglob("*full example.xml"))
LINES = (V1_2, V2_0)

_CODES = {"GR": "EL", "Codelist": "codelist"}
_TEXTS = {
    "sr.oots.tech.europa.eu": "sr.oots.tech.ec.europa.eu",
    "/distributions/": "/datamodels/",
    "GR/": "EL/",
    # The delimiter of the first code lists strayed into a severity.
    "\N{DELETE}": "",
}


def upgraded(example: Path, line: str) -> bytes:
    root = parse(example.read_bytes())
    etree.strip_tags(root, etree.Comment)
    for element in root.iter("*"):
        _tidy(element)
    _value(root, "SpecificationIdentifier").text = line
    for upgrade in _UPGRADES[line]:
        upgrade(root)
    return etree.tostring(root, encoding="UTF-8")


def _tidy(element: Element) -> None:
    if len(element) == 0:
        text = " ".join((element.text or "").split())
        element.text = _replaced(_CODES.get(text, text)) or None
    for name, value in element.attrib.items():
        element.set(name, value.upper() if name == "lang" else _replaced(value))


def _replaced(text: str) -> str:
    for old, new in _TEXTS.items():
        text = text.replace(old, new)
    return text


def _collections_are_sets(root: Element) -> None:
    for element in root.iter(f"{{{RIM}}}SlotValue"):
        if element.get(XSI_TYPE) == "rim:CollectionValueType":
            element.set("collectionType", COLLECTION_SET)


def _times_are_utc(root: Element) -> None:
    # The only time with another offset in the examples.
    for element in root.iter(f"{{{RIM}}}Value"):
        if element.text == "2020-02-14T19:21:30+01:00":
            element.text = "2020-02-14T18:21:30.000Z"


def _choices_name_their_list(root: Element) -> None:
    for answer in root.iter(f"{{{SDG}}}EvidenceProviderClassification"):
        identifier = answer.find(f"{{{SDG}}}Identifier")
        assert identifier is not None
        identifier.set("schemeID", "https://sr.oots.tech.ec.europa.eu/codelists/DE/countryresidence")


def _representatives_have_a_scope(root: Element) -> None:
    # R-EDM-REQ-C081 takes every attribute of a natural representative for the scope of the mandate.
    for slot in root.iterfind(f".//{{{RIM}}}Slot[@name='AuthorizedRepresentative']"):
        scope, *others = slot.iter(f"{{{SDG}}}SectorSpecificAttribute")
        for child, text in zip(
            scope, ("PowerOfRepresentationScope", "https://attributes.example/Scope", "X4"), strict=True
        ):
            child.text = text
        for other in others:
            _remove(other)


def _procedure_is_a_string(root: Element) -> None:
    for slot in _slots(root, "Procedure"):
        [value] = slot.iter(f"{{{RIM}}}Value")
        [code] = value
        slot[0].set(XSI_TYPE, "rim:StringValueType")
        value.remove(code)
        value.text = code.get("value")


def _the_request_has_no_language(root: Element) -> None:
    root.attrib.pop(f"{{{XML}}}lang", None)


def _nothing_is_transformed(root: Element) -> None:
    for element in list(root.iter(f"{{{SDG}}}Transformation")):
        _remove(element)


def _previews_are_got(root: Element) -> None:
    for report in root.iter(f"{{{RS}}}Exception"):
        for slot in list(_slots(report, "PreviewMethod")):
            _remove(slot)


def _evidences_are_packed(root: Element) -> None:
    for number, item in enumerate(root.findall(f"{{{RIM}}}RegistryObjectList/{{{RIM}}}RegistryObject")):
        reference = item.find(f"{{{RIM}}}RepositoryItemRef")
        parent = item.getparent()
        assert reference is not None
        assert parent is not None
        classification = etree.Element(f"{{{RIM}}}Classification")
        classification.set("id", f"urn:uuid:50000000-0000-4000-8000-{2 * number:012d}")
        classification.set("classificationScheme", "urn:fdc:oots:classification:edm")
        classification.set("classificationNode", "MainEvidence")
        reference.addprevious(classification)
        package = etree.SubElement(parent, f"{{{RIM}}}RegistryObject", {XSI_TYPE: "rim:RegistryPackageType"})
        package.set("id", f"urn:uuid:50000000-0000-4000-8000-{2 * number + 1:012d}")
        etree.SubElement(package, f"{{{RIM}}}RegistryObjectList").append(item)


def _remove(element: Element) -> None:
    parent = element.getparent()
    assert parent is not None
    parent.remove(element)


def _slots(owner: Element, name: str) -> Iterator[Element]:
    return (slot for slot in owner.iterchildren(f"{{{RIM}}}Slot") if slot.get("name") == name)


def _value(owner: Element, name: str) -> Element:
    [slot] = _slots(owner, name)
    [value] = slot.iter(f"{{{RIM}}}Value")
    return value


_BOTH: tuple[Callable[[Element], None], ...] = (
    _collections_are_sets,
    _times_are_utc,
    _choices_name_their_list,
    _representatives_have_a_scope,
)
_UPGRADES = {
    V1_2: _BOTH,
    V2_0: (
        *_BOTH,
        _procedure_is_a_string,
        _the_request_has_no_language,
        _nothing_is_transformed,
        _previews_are_got,
        _evidences_are_packed,
    ),
}
