"""
Named changes of valid documents, and the rows of the tables of changes.  The tables and the rules are elsewhere.

A row says which change of a base document a rule refuses, and which change close to it the rule accepts.  Paths are
XPath 1.0 from the document element, with the prefixes of `oots.xml`; what they name must be there.
"""

from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, cast

from lxml import etree

from oots.xml import EB, QUERY, RIM, RS, SDG, XLINK, XML, XSI, Element, parse

Line = Literal["1.2", "2.0"]
BOTH: Final[tuple[Line, ...]] = ("1.2", "2.0")
BASES: Final = Path(__file__).parent / "bases"
NAMESPACES: Final = {
    "query": QUERY,
    "rim": RIM,
    "rs": RS,
    "sdg": SDG,
    "eb": EB,
    "xlink": XLINK,
    "xsi": XSI,
    "xml": XML,
}

Step = Callable[[Element], None]
"""One small operation on a document, given its root."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is done to a base document, in words and in steps.  No steps: the base as it is."""

    name: str
    steps: tuple[Step, ...]

    def of(self, root: Element) -> Element:
        """Give a changed copy."""
        changed = deepcopy(root)
        for step in self.steps:
            step(changed)
        return changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A rule, and what shows that it holds, in each of `lines`."""

    rule: str
    base: str
    """A file of `bases/`, without line and ending."""
    lines: tuple[Line, ...]
    refused: Change
    accepted: Change
    companions: frozenset[str]
    """Rules that the refused document cannot help breaking too."""


def row(
    rule: str,
    refused: Change,
    accepted: Change,
    *,
    base: str,
    lines: tuple[Line, ...] = BOTH,
    companions: Iterable[str] = (),
) -> Row:
    """Write one row of a table."""
    return Row(rule=rule, base=base, lines=lines, refused=refused, accepted=accepted, companions=frozenset(companions))


def refuses(name: str, *steps: Step) -> Change:
    """Name the change that the rule refuses."""
    return Change(name=name, steps=steps)


def accepts(name: str, *steps: Step) -> Change:
    """Name the change that the rule accepts, the nearest one to what it refuses."""
    return Change(name=name, steps=steps)


def base_document(base: str, line: Line) -> Element:
    """Read a base document."""
    return parse((BASES / f"{base}-{line}.xml").read_bytes())


def select(root: Element, path: str) -> list[Element]:
    """Find the elements that a path names; there is at least one."""
    found = cast("list[Element]", root.xpath(path, namespaces=NAMESPACES))
    if not found:
        raise LookupError(f"the base has nothing at {path}")
    return found


# --- operations -------------------------------------------------------------------------------------------------------


def set_text(path: str, text: str) -> Step:
    """Replace all content with a text."""

    def step(root: Element) -> None:
        for element in select(root, path):
            del element[:]
            element.text = text

    return step


def set_attribute(path: str, name: str, value: str) -> Step:
    """Give an attribute, whose name may have a prefix, this value."""

    def step(root: Element) -> None:
        for element in select(root, path):
            element.set(_clark(name), value)

    return step


def remove_attribute(path: str, name: str) -> Step:
    """Take an attribute away."""

    def step(root: Element) -> None:
        for element in select(root, path):
            del element.attrib[_clark(name)]

    return step


def remove(path: str) -> Step:
    """Take elements away."""

    def step(root: Element) -> None:
        for element in select(root, path):
            _parent(element).remove(element)

    return step


def add(path: str, xml: str) -> Step:
    """Append a child, written with the usual prefixes."""

    def step(root: Element) -> None:
        for element in select(root, path):
            element.append(_fragment(xml))

    return step


def add_after(path: str, xml: str) -> Step:
    """Put an element, written with the usual prefixes, right behind each one named."""

    def step(root: Element) -> None:
        for element in select(root, path):
            element.addnext(_fragment(xml))

    return step


def rename(path: str, name: str) -> Step:
    """Give elements another name, prefix included."""

    def step(root: Element) -> None:
        for element in select(root, path):
            element.tag = _clark(name)

    return step


def move_after(path: str, other: str) -> Step:
    """Move an element right behind another one."""

    def step(root: Element) -> None:
        (element,), (before,) = select(root, path), select(root, other)
        before.addnext(element)

    return step


def repeat(path: str) -> Step:
    """Put a copy behind each element named."""

    def step(root: Element) -> None:
        for element in select(root, path):
            element.addnext(deepcopy(element))

    return step


def _parent(element: Element) -> Element:
    parent = element.getparent()
    if parent is None:
        raise LookupError("the document element has no parent")
    return parent


def _clark(name: str) -> str:
    prefix, colon, local = name.rpartition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}" if colon else name


def _fragment(xml: str) -> Element:
    declarations = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items() if prefix != "xml")
    (element,) = etree.fromstring(f"<fragment {declarations}>{xml}</fragment>")
    return element
