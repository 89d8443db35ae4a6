"""
Text and children of one element, read strictly: the ground that `slots` and `sdg` share.  Nothing about OOTS.
"""

import re
from collections.abc import Container, Mapping
from typing import Final

from lxml import etree

from oots.errors import CallerError, LineCannotCarry
from oots.xml import Element

XML_BLANKS: Final = " \t\r\n"

_inner_blanks = re.compile(r"[ \t\r\n]+")
_harmless_name = re.compile(r"[A-Za-z][A-Za-z0-9]{0,49}")


class Breach(Exception):
    """What a document does wrong, and the official rule that says so; the document's reader knows who is told."""

    def __init__(self, detail: str, rule: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.rules = () if rule is None else (rule,)


def local_name(element: Element) -> str:
    """Give the name without namespace, as far as it may stand in an error text."""
    return shown(etree.QName(element).localname)


def shown(name: str | None) -> str:
    """Give a name from outside if it may stand in an error text."""
    return name if name is not None and _harmless_name.fullmatch(name) else "(unreadable name)"


def text(element: Element) -> str:
    """Give the whole text without blanks around it; comments inside do not cut it short, elements inside refuse."""
    if len(element) > 0 and any(isinstance(child.tag, str) for child in element):
        raise Breach(f"{local_name(element)} has child elements, text is expected")
    return shallow_text(element)


def shallow_text(element: Element) -> str:
    """Give the text that is the element's own, without blanks around it."""
    if len(element) == 0:
        return (element.text or "").strip(XML_BLANKS)
    pieces = [element.text or "", *(child.tail or "" for child in element)]
    return "".join(pieces).strip(XML_BLANKS)


def token(element: Element) -> str:
    """Give the text with blanks inside collapsed too: official samples break identifiers over lines."""
    return _inner_blanks.sub(" ", text(element))


def attribute(element: Element, name: str) -> str:
    """Give an attribute with its blanks collapsed; nothing when it is not there."""
    return _inner_blanks.sub(" ", element.get(name, "").strip(XML_BLANKS))


class Children:
    """
    The child elements of one element by name.

    Order is the schema's business.  That nothing single stands twice is ours: readers differ on which one counts.
    """

    __slots__ = ("_by_tag", "_namespace", "owner")

    def __init__(self, owner: Element, namespace: str) -> None:
        self.owner = owner
        self._namespace = f"{{{namespace}}}"
        self._by_tag: dict[str, list[Element]] = {}
        for child in owner:
            if isinstance(child.tag, str):
                self._by_tag.setdefault(child.tag, []).append(child)

    def must_be(self, allowed: frozenset[str], rule: str | None = None) -> None:
        """Refuse children that are not in the list."""
        for tag, found in self._by_tag.items():
            if tag.removeprefix(self._namespace) not in allowed:
                expected = ", ".join(sorted(allowed))
                raise Breach(f"{local_name(self.owner)} has a child {local_name(found[0])}, expected: {expected}", rule)

    def all(self, name: str) -> list[Element]:
        """Give every child of that name."""
        return self._by_tag.get(self._namespace + name, [])

    def optional(self, name: str) -> Element | None:
        """Give the child of that name, if there is one."""
        found = self._by_tag.get(self._namespace + name)
        if found is None:
            return None
        if len(found) > 1:
            raise Breach(f"{local_name(self.owner)} has {len(found)} children {name}, one is expected")
        return found[0]

    def one(self, name: str, rule: str | None = None) -> Element:
        """Give the child of that name, which must be there."""
        found = self.optional(name)
        if found is None:
            raise Breach(f"{local_name(self.owner)} has no {name}", rule)
        return found

    def text(self, name: str, rule: str | None = None) -> str:
        """Give the text of a child that must be there and say something."""
        return self._not_blank(name, text(self.one(name, rule)), rule)

    def token(self, name: str, rule: str | None = None) -> str:
        """Give the collapsed text of a child that must be there and say something."""
        return self._not_blank(name, token(self.one(name, rule)), rule)

    def optional_text(self, name: str) -> str | None:
        """Give the text of a child; an empty one counts as absent."""
        found = self.optional(name)
        return None if found is None else text(found) or None

    def optional_token(self, name: str) -> str | None:
        """Give the collapsed text of a child; an empty one counts as absent."""
        found = self.optional(name)
        return None if found is None else token(found) or None

    def _not_blank(self, name: str, value: str, rule: str | None) -> str:
        if not value:
            raise Breach(f"{name} of {local_name(self.owner)} is empty", rule)
        return value


def must_carry(value: object, fields: Mapping[str, str], places: Container[str], *, line: str, path: str = "") -> None:
    """
    Raises `LineCannotCarry` for a field of `value` that says something, and that the line has no place for.

    `fields` maps the slot or element of each field to its name, `places` are those that the line has.
    """
    for place, field in fields.items():
        if place not in places and getattr(value, field):
            raise LineCannotCarry(path + field, line, f"this line has no {place}")


def sub(parent: Element, tag: str, content: str | None = None, attributes: Mapping[str, str] | None = None) -> Element:
    """Append an element; raises `CallerError` for a text that is empty, and for one that XML cannot carry."""
    if content == "":
        raise CallerError(f"{etree.QName(tag).localname} is empty; what has nothing to say is left out")
    element = etree.SubElement(parent, tag)
    _fill(element, content, attributes or {})
    return element


def new_root(tag: str, namespaces: Mapping[str, str], attributes: Mapping[str, str]) -> Element:
    """Make a document element that binds the prefixes; raises `CallerError` for a value that XML cannot carry."""
    element = etree.Element(tag, nsmap=dict(namespaces))
    _fill(element, None, attributes)
    return element


def _fill(element: Element, content: str | None, attributes: Mapping[str, str]) -> None:
    try:
        element.text = content
        for name, value in attributes.items():
            element.set(name, value)
    except ValueError as error:
        raise CallerError(f"{local_name(element)} has a character that XML cannot carry") from error
