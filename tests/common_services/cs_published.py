"""
The published examples of line 1.0, tidied, and upgraded in memory to 2.0.

They lie beside the checkout on machines that have them, and are no part of the project.  What is changed for 2.0 is
what common-services.md 0.2 lists; in 1.0 only blanks, spellings, and attributes that mean nothing.
"""

from pathlib import Path

from lxml import etree

from oots.common_services.interface import V2_0
from oots.edm.slots import COLLECTION_SET, XSI_TYPE
from oots.xml import RIM, SDG, Element, canonical, parse

_FOLDER = Path(__file__).parents[3] / "shared" / "reference" / "examples"
EXAMPLES = sorted(
    path for service in ("EB", "DSD") for path in _FOLDER.glob(f"{service}/Complete XML examples ({service})/*.xml")
)
DRAFTS = sorted(path for service in ("EB", "DSD") for path in _FOLDER.glob(f"{service}/**/*") if path.is_file())
"""All there is, superseded drafts and snippets too, and texts that are no XML."""

_HOSTS = {
    "sr.oots.tech.europa.eu": "sr.oots.tech.ec.europa.eu",
    "/distributions/": "/datamodels/",
}


def tidied(example: Path) -> bytes:
    root = parse(example.read_bytes())
    for element in root.iter("*"):
        _tidy(element)
    for name in ("requestId", "startIndex", "totalResultCount"):
        root.attrib.pop(name, None)
    etree.strip_tags(root, etree.Comment)
    return etree.tostring(root, encoding="UTF-8")


def upgraded(example: Path) -> bytes:
    root = parse(tidied(example))
    _says_its_version(root)
    for element in root.iter("*"):
        for old, new in _HOSTS.items():
            element.text = (element.text or "").replace(old, new) or None
    for name in ("EvidenceProviderJurisdictionDetermination", "AdminUnitLevel3", "Transformation"):
        for element in list(root.iter(f"{{{SDG}}}{name}")):
            _remove(element)
    for slot in list(root.iterfind(f".//{{{RIM}}}Slot[@name='JurisdictionDetermination']")):
        _remove(slot)
    for jurisdiction in list(root.iter(f"{{{SDG}}}Jurisdiction")):
        for region in jurisdiction.findall(f"{{{SDG}}}AdminUnitLevel2"):
            _remove(region)
    for item in root.iter(f"{{{SDG}}}EvidenceTypeList"):
        _lists_say_where(item)
    return etree.tostring(root, encoding="UTF-8")


def comparable(document: bytes) -> bytes:
    """Without blanks between elements, and without what is new in every answer."""
    root = parse(document)
    for element in root.iter("*"):
        if len(element) > 0:
            element.text = None
        element.tail = None
        if element.tag == f"{{{RIM}}}RegistryObject":
            element.set("id", "urn:uuid:0")
    # Namespaces that only some documents declare are no difference; which are used, canonical form says.
    return canonical(root)


def _tidy(element: Element) -> None:
    if len(element) == 0:
        text = " ".join((element.text or "").split())
        element.text = text.lower() if element.tag == f"{{{SDG}}}Type" else text or None
    if element.get(XSI_TYPE) == "rim:CollectionValueType":
        element.set("collectionType", COLLECTION_SET)
    if "severity" in element.attrib:
        severity = element.get("severity", "").replace("sr.oots.tech.europa.eu", "sr.oots.tech.ec.europa.eu")
        element.set("severity", severity)
        element.set("message", element.get("message", "").removesuffix("."))


def _says_its_version(root: Element) -> None:
    slot = etree.Element(f"{{{RIM}}}Slot", {"name": "SpecificationIdentifier"})
    value = etree.SubElement(slot, f"{{{RIM}}}SlotValue", {XSI_TYPE: "rim:StringValueType"})
    etree.SubElement(value, f"{{{RIM}}}Value").text = V2_0
    root.insert(0, slot)


def _lists_say_where(item: Element) -> None:
    places = {canonical(place): place for place in item.iter(f"{{{SDG}}}Jurisdiction")}
    for place in list(item.iter(f"{{{SDG}}}Jurisdiction")):
        _remove(place)
    for place in places.values():
        item.append(place)


def _remove(element: Element) -> None:
    parent = element.getparent()
    assert parent is not None
    parent.remove(element)
