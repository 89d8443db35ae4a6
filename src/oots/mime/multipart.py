"""
Taking a MIME package apart, and putting one together (as4.md 1.1 and 1.2; RFC 2046, RFC 2387).

Works on a stream of chunks of any size; content goes into `Spooled`s, so memory does not grow with the message.
"""

import binascii
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from oots.codes import MIME_OCTETS, MIME_SOAP
from oots.errors import MimeInconsistency
from oots.mime.header_fields import MAX_HEADER_BYTES, MediaType, read_content_id, read_fields, read_media_type
from oots.spooled import NewSpooled, Spooled

MAX_PARTS: Final = 30
"""Root and 28 payloads, and one to spare: more cannot be signed for Java peers."""

MAX_ROOT_BYTES: Final = 1 << 20

_BOUNDARY: Final = re.compile(r"[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]")
_AS_IT_IS: Final = frozenset({"binary", "8bit", "7bit"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part beside the root: the content with its transfer encoding undone."""

    content_id: str
    media_type: str
    """As the header field says, parameters included."""
    content: Spooled


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A message taken apart."""

    root: bytes
    parts: Mapping[str, Part]
    """By content id, in the order they stand in."""


def key_of(content_id: str) -> str:
    """Give the form in which content ids are compared: a `cid:` URL may be percent-encoded, the header field is not."""
    return unquote(content_id)


def split(content_type: str, chunks: Iterable[bytes], *, new_spooled: NewSpooled) -> Package:
    """
    Take a package apart: `multipart/related`, or a lone SOAP envelope.

    Raises `MimeInconsistency` for anything that RFC 2046 and the limits of this module do not allow.
    """
    media_type = read_media_type(content_type)
    if media_type.value == MIME_SOAP:
        return Package(root=_read_root(chunks), parts={})
    if media_type.value != "multipart/related":
        raise MimeInconsistency(f"Content-Type is {media_type.value!r}, expected multipart/related or {MIME_SOAP}")
    parts = list(_split_multipart(_boundary(media_type), chunks, new_spooled))
    root = _take_root(parts, media_type.parameters.get("start"))
    by_id = _by_content_id(parts)
    if key_of(root.content_id) in by_id:
        raise MimeInconsistency("the root part has the Content-ID of another part")
    return Package(root=_read_root(root.content.chunks()), parts=by_id)


def join(root: bytes, root_content_id: str, parts: Sequence[Part], *, boundary: str, into: Spooled) -> str:
    """Write a package with the SOAP envelope first into `into`, and give the value of its `Content-Type` field."""
    into.write(_part_header(boundary, f"{MIME_SOAP}; charset=UTF-8", root_content_id, first=True) + root)
    for part in parts:
        into.write(_part_header(boundary, part.media_type, part.content_id))
        into.write_all(part.content.chunks())
    into.write(f"\r\n--{boundary}--\r\n".encode("ascii"))
    return (
        f'multipart/related; boundary="{boundary}"; type="{MIME_SOAP}"; '
        f'start="<{root_content_id}>"; start-info="{MIME_SOAP}"'
    )


def _part_header(boundary: str, media_type: str, content_id: str, *, first: bool = False) -> bytes:
    line_break = "" if first else "\r\n"
    return (
        f"{line_break}--{boundary}\r\nContent-Type: {media_type}\r\n"
        f"Content-Transfer-Encoding: binary\r\nContent-ID: <{content_id}>\r\n\r\n"
    ).encode("ascii")


def _boundary(media_type: MediaType) -> bytes:
    boundary = media_type.parameters.get("boundary", "")
    if not _BOUNDARY.fullmatch(boundary):
        raise MimeInconsistency("multipart/related has no boundary, or one that RFC 2046 does not allow")
    inner = media_type.parameters.get("type", MIME_SOAP).partition(";")[0].strip().lower()
    if inner != MIME_SOAP:
        raise MimeInconsistency(f"the type of multipart/related is not {MIME_SOAP}")
    return boundary.encode("ascii")


class _Reader:
    """Looks for delimiters in a stream of chunks, holding back no more than what may begin one."""

    def __init__(self, chunks: Iterable[bytes], start: bytes) -> None:
        self._chunks = iter(chunks)
        self._buffer = start
        self._at = 0

    def until(self, delimiter: bytes) -> Iterator[bytes]:
        """Give what stands before `delimiter`, and go behind it."""
        held_back = len(delimiter) - 1
        while (found := self._buffer.find(delimiter, self._at)) < 0:
            end = max(self._at, len(self._buffer) - held_back)
            if end > self._at:
                yield self._buffer[self._at : end]
            self._at = end
            self._more()
        if found > self._at:
            yield self._buffer[self._at : found]
        self._at = found + len(delimiter)

    def until_within(self, delimiter: bytes, limit: int, what: str) -> bytes:
        """Give what stands before `delimiter` as one piece of at most `limit` bytes."""
        pieces, size = [], 0
        for piece in self.until(delimiter):
            size += len(piece)
            if size > limit:
                raise MimeInconsistency(f"{what} has more than {limit} bytes")
            pieces.append(piece)
        return b"".join(pieces)

    def peek(self, size: int) -> bytes:
        """Give the next `size` bytes without going behind them."""
        while len(self._buffer) - self._at < size:
            self._more()
        return self._buffer[self._at : self._at + size]

    def _more(self) -> None:
        chunk = next(self._chunks, None)
        if chunk is None:
            raise MimeInconsistency("the package ends before its closing boundary")
        self._buffer = self._buffer[self._at :] + chunk
        self._at = 0


def _split_multipart(boundary: bytes, chunks: Iterable[bytes], new_spooled: NewSpooled) -> Iterator[Part]:
    delimiter = b"\r\n--" + boundary
    # The first delimiter may stand at the very start: with a line break before it, it looks like all others.
    reader = _Reader(chunks, b"\r\n")
    reader.until_within(delimiter, MAX_HEADER_BYTES, "the text before the first boundary")
    for _ in range(MAX_PARTS):
        if reader.peek(2) == b"--":
            return
        header = reader.until_within(b"\r\n\r\n", MAX_HEADER_BYTES, "the header of a part").lstrip(b" \t")
        if header and not header.startswith(b"\r\n"):
            raise MimeInconsistency("something other than blanks stands between a boundary and the end of its line")
        fields = read_fields(header[2:])
        content = _decoded(reader.until(delimiter), fields.get("content-transfer-encoding", "binary"))
        yield Part(
            content_id=read_content_id(fields["content-id"]) if "content-id" in fields else "",
            media_type=fields.get("content-type", MIME_OCTETS),
            content=new_spooled().write_all(content),
        )
    if reader.peek(2) != b"--":
        raise MimeInconsistency(f"the package has more than {MAX_PARTS} parts")


def _decoded(content: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    name = encoding.strip().lower()
    if name in _AS_IT_IS:
        return content
    if name == "base64":
        return _from_base64(content)
    raise MimeInconsistency("a part has a Content-Transfer-Encoding other than binary, 8bit, 7bit and base64")


def _from_base64(content: Iterator[bytes]) -> Iterator[bytes]:
    rest, ended = b"", False
    try:
        for piece in content:
            text = rest + piece.translate(None, b"\r\n \t")
            if text and ended:
                raise MimeInconsistency("a part has something after the end of its base64")
            whole = len(text) - len(text) % 4
            ended = text[:whole].endswith(b"=")
            yield binascii.a2b_base64(text[:whole], strict_mode=True)
            rest = text[whole:]
        if rest:
            raise MimeInconsistency("a part is no base64")
    except binascii.Error as error:
        raise MimeInconsistency("a part is no base64") from error


def _take_root(parts: list[Part], start: str | None) -> Part:
    if not parts:
        raise MimeInconsistency("the package has no part")
    at = 0
    if start is not None:
        wanted = start.strip().removeprefix("<").removesuffix(">")
        matching = [index for index, part in enumerate(parts) if part.content_id == wanted]
        if len(matching) != 1:
            raise MimeInconsistency(f"{len(matching)} parts have the Content-ID that start names, one is expected")
        at = matching[0]
    root = parts.pop(at)
    if read_media_type(root.media_type).value != MIME_SOAP:
        raise MimeInconsistency(f"the root part is not {MIME_SOAP}")
    return root


def _read_root(chunks: Iterable[bytes]) -> bytes:
    pieces, size = [], 0
    for chunk in chunks:
        size += len(chunk)
        if size > MAX_ROOT_BYTES:
            raise MimeInconsistency(f"the SOAP part has more than {MAX_ROOT_BYTES} bytes")
        pieces.append(chunk)
    return b"".join(pieces)


def _by_content_id(parts: Iterable[Part]) -> dict[str, Part]:
    by_id: dict[str, Part] = {}
    for part in parts:
        key = key_of(part.content_id)
        if not key:
            raise MimeInconsistency("a part has no Content-ID")
        if key in by_id:
            raise MimeInconsistency("two parts have the same Content-ID")
        by_id[key] = part
    return by_id
