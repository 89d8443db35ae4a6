"""
Every small change of a document: what is done to one element or attribute, by name.

What schemas say to it is not here.
"""

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Final

from lxml import etree
from validated_vectors import vector

from oots.xml import SDG, XML, XSI, Element, parse

DOCUMENTS: Final = (
    "request-with-every-slot",
    "request-with-every-slot-in-1.2",
    "request-by-a-company-for-a-company",
    "request-by-a-company-for-a-company-in-1.2",
    "response-with-a-translation",
    "response-with-several-documents-in-1.2",
    "response-about-a-company",
    "response-about-a-company-in-1.2",
    "error-preview-required",
    "error-preview-required-in-1.2",
)
"""Vectors that together have every element of the data model, in both lines."""

LATER: Final = (
    "DistributedAs/{*}Language",
    "AssociatedDocumentRequest",
    "Requirement/{*}Description",
    "Nationality",
    "CountryOfBirth",
    "TownOfBirth",
    "CountryOfResidence",
    "PhoneNumber",
    "EmailAddress",
    "LegalPhoneNumber",
    "LegalEmailAddress",
)
"""What line 1.0 does not know."""


def reduced(name: str) -> Element:
    """Give a vector without what line 1.0 does not know, and without companions, which say too little for it."""
    root = parse(vector(name).encode())
    later = [element for path in LATER for element in root.findall(f".//{{*}}{path}")]
    packed = root.findall("{*}RegistryObjectList/{*}RegistryObject/{*}RegistryObjectList/{*}RegistryObject")
    for element in [*later, *packed[1:]]:
        without(element)
    return root


def mutations(root: Element) -> Iterator[tuple[str, str, Element]]:
    """Give path, change and changed document, for every change that is possible somewhere."""
    for element in root.iter("*"):
        path = element.getroottree().getpath(element)
        for change in CHANGES:
            copy, target = _copied(root, path)
            if change(target):
                yield path, change.__name__.replace("_", " "), copy
        for attribute in element.attrib:
            for what, value in VALUES.items():
                copy, target = _copied(root, path)
                target.set(attribute, value)
                yield path, f"{_prefixed(element, attribute)} {what}", copy
            copy, target = _copied(root, path)
            del target.attrib[attribute]
            yield path, f"without {_prefixed(element, attribute)}", copy


def _copied(root: Element, path: str) -> tuple[Element, Element]:
    copy = deepcopy(root)
    [target] = copy.xpath(path, namespaces={prefix: uri for prefix, uri in root.nsmap.items() if prefix})
    return copy, target


def _prefixed(element: Element, attribute: str) -> str:
    qname = etree.QName(attribute)
    prefix = {uri: f"{prefix}:" for prefix, uri in element.nsmap.items()} | {None: "", XML: "xml:"}
    return f"@{prefix[qname.namespace]}{qname.localname}"


# --- what is done to an element; false where that cannot be done ------------------------------------------------------


def without(element: Element) -> bool:
    parent = element.getparent()
    if parent is None:
        return False
    parent.remove(element)
    return True


def twice(element: Element) -> bool:
    if element.getparent() is None:
        return False
    element.addnext(deepcopy(element))
    return True


def renamed(element: Element) -> bool:
    element.tag = f"{element.tag}X"
    return True


def in_no_namespace(element: Element) -> bool:
    element.tag = etree.QName(element).localname
    return True


def moved_down(element: Element) -> bool:
    following = element.getnext()
    if following is None:
        return False
    following.addnext(element)
    return True


def with_other_text(element: Element) -> bool:
    element.text = "no such value"
    return True


def with_long_text(element: Element) -> bool:
    if len(element):
        return False
    element.text = "x" * 257
    return True


def emptied(element: Element) -> bool:
    for child in list(element):
        element.remove(child)
    element.text = None
    return True


def with_an_attribute(element: Element) -> bool:
    element.set("other", "x")
    return True


def with_a_child(element: Element) -> bool:
    etree.SubElement(element, f"{{{SDG}}}Identifier")
    return True


def of_another_type(element: Element) -> bool:
    if f"{{{XSI}}}type" not in element.attrib:
        return False
    element.set(f"{{{XSI}}}type", "rim:IntegerValueType")
    return True


def nil(element: Element) -> bool:
    element.set(f"{{{XSI}}}nil", "true")
    return True


CHANGES: Final[tuple[Callable[[Element], bool], ...]] = (
    without,
    twice,
    renamed,
    in_no_namespace,
    moved_down,
    with_other_text,
    with_long_text,
    emptied,
    with_an_attribute,
    with_a_child,
    of_another_type,
    nil,
)

VALUES: Final = {"emptied": "", "with another value": "no such value", "with a long value": "x" * 1025}
