"""
What circulated, made readable: XML indented, text as it is, the rest as far as it is text.  Pages are elsewhere.
"""

import re
from dataclasses import dataclass
from typing import Final

from lxml import etree

from oots import xml
from oots.errors import MalformedXml

MAX_SHOWN: Final = 64 << 10
"""Characters of one message that a page shows; the rest is a download away."""

MAX_INDENTED: Final = 256 << 10
"""Bytes of XML that are made into a tree for a page.  Indenting multiplies by at most 50 (`xml.MAX_DEPTH`)."""

MIN_TEXT: Final = 100
"""A start of text shorter than this, like that of a PDF, says nothing."""

# What XML and HTML cannot hold, and what a decoder puts in the place of bytes that are no text.
_NOT_TEXT: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd\ufffe\uffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Readable:
    """What a page shows of a message."""

    text: str
    is_all: bool
    """Whether the text is the whole of it, but for white space."""


def readable(content: bytes) -> Readable:
    """Give what people can read of `content`."""
    text = _indented(content)
    if text is None:
        # A character of UTF-8 takes at most four bytes; one that is cut at the end counts as no text and falls away.
        text = content[: 4 * MAX_SHOWN].decode(errors="replace")
        is_all = len(content) <= 4 * MAX_SHOWN
    else:
        is_all = True
    found = _NOT_TEXT.search(text)
    if found is not None:
        text, is_all = text[: found.start()], False
        text = text if len(text) >= MIN_TEXT else ""
    return Readable(text=text[:MAX_SHOWN], is_all=is_all and len(text) <= MAX_SHOWN)


def is_text(content: bytes) -> bool:
    """Tell whether a browser may show it as plain text."""
    try:
        return _NOT_TEXT.search(content.decode()) is None
    except UnicodeDecodeError:
        return False


def _indented(content: bytes) -> str | None:
    try:
        root = xml.parse(content, max_bytes=MAX_INDENTED)
    except MalformedXml:
        return None
    etree.indent(root)
    return etree.tostring(root, encoding="unicode")
