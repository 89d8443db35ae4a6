"""
The place that a rule speaks of, found again in the document: its line, and the value that stands there.

Findings hold no values, because they go into logs and abroad.  This is for the owner of the document at a terminal.
"""

import re
from dataclasses import dataclass
from typing import Final, cast

from lxml import etree

from oots.edm.elements import shallow_text
from oots.validation.wording import quoted
from oots.validation.xsd import PREFIXES
from oots.xml import XML, Element

_NAMESPACES: Final = {prefix.removesuffix(":"): uri for uri, prefix in PREFIXES.items() if uri != XML}
_STEP: Final = re.compile(r"/(@?)(?:([\w.\-]+|\*):)?([\w.\-\u00b7]+)(?:\[([0-9]{1,9})\])?")
_TEXT: Final = "/text()"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something is wrong."""

    line: int
    found: str | None
    """The text that stands there, in quotes and shortened; None where other elements stand."""


def place_of(root: Element, location: str) -> Place | None:
    """Find what a location such as `/query:QueryRequest/rim:Slot[2]/@name` names; None when it is not there."""
    path = location.removesuffix(_TEXT)
    steps = list(_STEP.finditer(path))
    if not steps or "".join(step[0] for step in steps) != path:
        return None
    found = root.xpath("self::node()" + "".join(_written(step) for step in steps[1:]), namespaces=_NAMESPACES)
    if not isinstance(found, list) or len(found) != 1:
        return None
    return _place(found[0])


def _written(step: re.Match[str]) -> str:
    at, prefix, name, number = step.groups()
    position = f"[{number}]" if number else ""
    if prefix == "xml":
        return f"/@xml:{name}"
    if prefix in _NAMESPACES:
        return f"/{at}{prefix}:{name}{position}"
    return f"/{at or ''}*[local-name() = '{name}']{position}"


def _place(found: object) -> Place:
    if isinstance(found, etree._Element):  # noqa: SLF001  lxml has no public name for it
        has_children = next(found.iterchildren("*"), None) is not None
        return Place(line=_line(found), found=None if has_children else quoted(shallow_text(found)))
    owner = cast("Element", found.getparent())  # type: ignore[attr-defined]  # a string that knows where it stands
    return Place(line=_line(owner), found=quoted(str(found)))


def _line(element: Element) -> int:
    return cast("int | None", element.sourceline) or 0
