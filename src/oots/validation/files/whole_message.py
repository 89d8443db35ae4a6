"""
A whole AS4 message as it was on the wire, opened as far as somebody without its keys can open it.

Nothing is verified and nothing decrypted: this is for looking at messages, never for receiving them.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Final, NoReturn

from oots.as4.compression import inflate
from oots.ebms.messages import UserMessage
from oots.edm.documents import MAX_BYTES
from oots.errors import EbmsError, MimeInconsistency
from oots.mime.header_fields import read_fields
from oots.mime.multipart import Package, key_of, split
from oots.spooled import Spooled
from oots.validation.wording import plain
from oots.xml import XENC, Element

MAX_MESSAGE_BYTES: Final = 1 << 30
"""Read of one message; what is in its larger parts is passed over and not kept."""

_BLANKS: Final = b" \t\r\n"
_START_LINE: Final = re.compile(rb"(?:HTTP/\d|[A-Z]{3,7} \S+ HTTP/)[^\n]*\n")
_FIELD: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,100}:")
_END_OF_FIELDS: Final = re.compile(rb"\r?\n\r?\n")
_LINE_BREAK: Final = re.compile(rb"\r?\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What is in the first part of a message."""

    content: bytes | None
    """None when it cannot be looked at."""
    reason: str
    """Why not, as a sentence."""


def looks_like_message(beginning: bytes) -> bool:
    """Tell whether bytes begin as a MIME package does: with a boundary, with header fields, or with a line of HTTP."""
    start = beginning.lstrip(_BLANKS)
    return start.startswith(b"--") or bool(_START_LINE.match(start) or _FIELD.match(start))


def open_package(chunks: Iterable[bytes]) -> Package:
    """Take a message apart; raises `MimeInconsistency`.  Parts of more than 1 MiB are there, without their content."""
    bounded = _bounded(chunks)
    beginning = next(bounded, b"")
    content_type, rest = _content_type(beginning)
    return split(content_type, chain([rest], bounded), new_spooled=_small)


def first_document(message: UserMessage, envelope: Element | None, package: Package) -> Document:
    """Give the document in the first part that the header announces, if it is there for all to see."""
    if not message.parts:
        return _hidden("the message has no part: there is no document to look at")
    part = message.parts[0]
    carried = package.parts.get(key_of(part.content_id))
    if carried is None:
        return _hidden("the first part that the header announces is not in the message")
    if key_of(part.content_id) in _encrypted(envelope):
        return _hidden("the document is encrypted, and only the receiver's key opens it: only the header was looked at")
    if carried.content.size > MAX_BYTES:
        return _hidden(f"the document has {carried.content.size} bytes, more than the {MAX_BYTES} allowed")
    if not part.compressed:
        return Document(content=carried.content.read(), reason="")
    try:
        return Document(content=b"".join(inflate(carried.content, max_bytes=MAX_BYTES)), reason="")
    except EbmsError as error:
        return _hidden(f"the document cannot be looked at: {error}")


def _hidden(reason: str) -> Document:
    return Document(content=None, reason=reason)


def _encrypted(envelope: Element | None) -> set[str]:
    references = () if envelope is None else envelope.iter(f"{{{XENC}}}CipherReference")
    return {key_of(reference.get("URI", "").removeprefix("cid:")) for reference in references}


# --- the bytes --------------------------------------------------------------------------------------------------------


def _content_type(beginning: bytes) -> tuple[str, bytes]:
    """Give the value of Content-Type, told or concluded, and the bytes that come behind the header fields."""
    start = beginning.lstrip(_BLANKS)
    if start.startswith(b"--"):
        return _concluded(start), start
    start = _START_LINE.sub(b"", start, count=1)
    end = _END_OF_FIELDS.search(start)
    if end is None:
        raise MimeInconsistency("what looks like header fields does not end with an empty line")
    fields = read_fields(_LINE_BREAK.sub(b"\r\n", start[: end.start()]))
    if "content-type" not in fields:
        raise MimeInconsistency("the header fields do not say the Content-Type")
    return fields["content-type"], start[end.end() :]


def _concluded(start: bytes) -> str:
    line = start.split(b"\n", 1)[0]
    if not line.endswith(b"\r"):
        raise MimeInconsistency("the lines do not end with CR and LF: an editor, or a tool, has changed the message")
    boundary = line[2:].rstrip(_BLANKS).decode("latin-1")
    if '"' in boundary or "\\" in boundary:
        raise MimeInconsistency(f"the first line is no boundary: {plain(boundary)}")
    return f'multipart/related; boundary="{boundary}"; type="application/soap+xml"'


def _bounded(chunks: Iterable[bytes]) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > MAX_MESSAGE_BYTES:
            raise MimeInconsistency(f"the message has more than {MAX_MESSAGE_BYTES} bytes")
        yield chunk


class _PassedOver:
    """Takes a part that is too large to be looked at, and keeps nothing of it."""

    def write(self, data: bytes, /) -> None:
        """Forget."""

    def chunks(self) -> NoReturn:
        raise MimeInconsistency(f"a part has more than {MAX_BYTES} bytes")

    def close(self) -> None:
        """There is nothing to remove."""


def _small() -> Spooled:
    return Spooled(memory_bytes=MAX_BYTES, new_overflow=_PassedOver)
