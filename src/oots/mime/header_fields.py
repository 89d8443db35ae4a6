"""
Header fields of a MIME entity: `Content-Type` with its parameters, `Content-ID`, `Content-Transfer-Encoding`.

Strict: what RFC 2045 does not allow is refused, since two readers that repair differently see two messages.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from oots.errors import MimeInconsistency

MAX_HEADER_BYTES: Final = 8 << 10
"""Header block of one part.  Real ones have about 200 bytes."""

MAX_FIELDS: Final = 32

_NAME: Final = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_MEDIA_TYPE: Final = re.compile(rf"\s*({_NAME}/{_NAME})\s*")
_PARAMETER: Final = re.compile(rf'\s*;\s*({_NAME})\s*=\s*(?:({_NAME}(?:[/:=?@,]{_NAME})*)|"((?:[^"\\\r\n]|\\.)*)")\s*')
_FIELD: Final = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class MediaType:
    """A `Content-Type`: the type in lower case, and its parameters by lower-case name."""

    value: str
    parameters: Mapping[str, str] = field(default_factory=dict)


@lru_cache(maxsize=128)
def read_media_type(text: str) -> MediaType:
    """Read the value of a `Content-Type` field; raises `MimeInconsistency`.  The same few come with every message."""
    match = _MEDIA_TYPE.match(text)
    if match is None:
        raise MimeInconsistency("Content-Type is no media type")
    parameters: dict[str, str] = {}
    at = match.end()
    while at < len(text) and text[at:].strip(" \t;"):
        found = _PARAMETER.match(text, at)
        if found is None:
            raise MimeInconsistency("Content-Type has a malformed parameter")
        name, token, quoted = found.groups()
        if name.lower() in parameters:
            raise MimeInconsistency(f"Content-Type has the parameter {name!r} twice")
        parameters[name.lower()] = token if token is not None else re.sub(r"\\(.)", r"\1", quoted)
        at = found.end()
    return MediaType(match.group(1).lower(), parameters)


def read_fields(block: bytes) -> dict[str, str]:
    """
    Read a header block (without the blank line) into values by lower-case name.

    Folded lines are joined.  A field that stands twice, a line that is no field, a bare CR, LF or NUL are refused.
    """
    fields: dict[str, str] = {}
    if not block:
        return fields
    lines = re.sub(rb"\r\n[ \t]+", b" ", block).split(b"\r\n")
    if len(lines) > MAX_FIELDS:
        raise MimeInconsistency(f"a part has {len(lines)} header fields, at most {MAX_FIELDS} are allowed")
    for line in lines:
        match = _FIELD.fullmatch(line)
        if match is None or re.search(rb"[\r\n\0]", line):
            raise MimeInconsistency("a part has a line in its header that is no field")
        name = match.group(1).decode("ascii").lower()
        if name in fields:
            raise MimeInconsistency(f"a part has the field {name!r} twice")
        fields[name] = match.group(2).strip(b" \t").decode("latin-1")
    return fields


def read_content_id(text: str) -> str:
    """Read a `Content-ID` without its angle brackets."""
    value = text.strip()
    if len(value) < 3 or value[0] != "<" or value[-1] != ">" or "<" in value[1:-1] or ">" in value[1:-1]:
        raise MimeInconsistency("a Content-ID does not stand in angle brackets")
    return value[1:-1]
