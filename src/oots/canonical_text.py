"""
XML written as text that already is its exclusive canonical form: what we sign is digested and sent as it stands.

For elements of our own, of known shape, only: whoever writes them declares each namespace on the element that uses it
first, and a test holds every one of them against lxml.  What came in is canonicalised in `oots.xml`.
"""

import re
from dataclasses import dataclass
from typing import Final, NoReturn

from oots.errors import CallerError

_SPECIAL: Final = re.compile('[&<>"\t\n\r]|[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]')
"""What is escaped somewhere, and what XML 1.0 does not have at all.  Most values have none of it."""
_IN_TEXT: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': '"', "\t": "\t", "\n": "\n", "\r": "&#xD;"}
_IN_ATTRIBUTE: Final = {
    "&": "&amp;",
    "<": "&lt;",
    ">": ">",
    '"': "&quot;",
    "\t": "&#x9;",
    "\n": "&#xA;",
    "\r": "&#xD;",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CanonicalElement:
    """An element that can be signed: its `wsu:Id`, and its text."""

    id: str
    text: str


def element(name: str, content: str = "", /, **attributes: str | None) -> str:
    """
    Write an element with `content`, which is XML.

    Attributes have no namespace; those that are None are left out.  Raises `CallerError` for what XML cannot hold.
    """
    if not attributes:
        return f"<{name}>{content}</{name}>"
    written = "".join(
        [f' {key}="{escape_attribute(value)}"' for key, value in sorted(attributes.items()) if value is not None]
    )
    return f"<{name}{written}>{content}</{name}>"


def leaf(name: str, text: str, /, **attributes: str | None) -> str:
    """Write an element that has nothing but text; raises `CallerError` for text that XML cannot hold."""
    return element(name, escape_text(text), **attributes)


def escape_text(text: str) -> str:
    """Give text as canonical form writes it."""
    return _SPECIAL.sub(_escaped_in_text, text) if _SPECIAL.search(text) else text


def escape_attribute(text: str) -> str:
    """Give the value of an attribute as canonical form writes it."""
    return _SPECIAL.sub(_escaped_in_attribute, text) if _SPECIAL.search(text) else text


def _escaped_in_text(found: re.Match[str]) -> str:
    return _IN_TEXT.get(found[0]) or _refused()


def _escaped_in_attribute(found: re.Match[str]) -> str:
    return _IN_ATTRIBUTE.get(found[0]) or _refused()


def _refused() -> NoReturn:
    raise CallerError("a value has a character that XML does not allow")
