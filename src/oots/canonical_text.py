"""
XML written as text that already is its exclusive canonical form: what we sign is digested and sent as it stands.

For elements of our own, of known shape, only: whoever writes them declares each namespace on the element that uses it
first, and a test holds every one of them against lxml.  What came in is canonicalised in `oots.xml`.
"""

import re
from dataclasses import dataclass
from typing import Final

from oots.errors import CallerError

_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


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
    written = "".join(
        [f' {key}="{escape_attribute(value)}"' for key, value in sorted(attributes.items()) if value is not None]
    )
    return f"<{name}{written}>{content}</{name}>"


def leaf(name: str, text: str, /, **attributes: str | None) -> str:
    """Write an element that has nothing but text; raises `CallerError` for text that XML cannot hold."""
    return element(name, escape_text(text), **attributes)


def escape_text(text: str) -> str:
    """Give text as canonical form writes it."""
    _check(text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#xD;")


def escape_attribute(text: str) -> str:
    """Give the value of an attribute as canonical form writes it."""
    _check(text)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return text.replace("\t", "&#x9;").replace("\n", "&#xA;").replace("\r", "&#xD;")


def _check(text: str) -> None:
    if _NOT_XML.search(text):
        raise CallerError("a value has a character that XML does not allow")
