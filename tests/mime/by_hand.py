"""
MIME packages written by hand, with every byte chosen, and the function under test at work on them.
"""

from typing import Final

from oots.codes import MIME_OCTETS
from oots.mime.multipart import Package, Part, join, split
from oots.spooled import Spooled

ROOT: Final = b"<env:Envelope xmlns:env='http://www.w3.org/2003/05/soap-envelope'/>"
RELATED: Final = 'multipart/related; boundary=B; type="application/soap+xml"'


def package(*parts: bytes, boundary: bytes = b"B") -> bytes:
    """Write a package by hand: each part with its header, CRLF for every line end of the header."""
    return b"".join(b"\r\n--" + boundary + b"\r\n" + part for part in parts) + b"\r\n--" + boundary + b"--\r\n"


def root_part(content_id: str = "root", content: bytes = ROOT) -> bytes:
    """Write the SOAP part."""
    return f"Content-Type: application/soap+xml; charset=UTF-8\r\nContent-ID: <{content_id}>\r\n\r\n".encode() + content


def part(content_id: str = "a", content: bytes = b"1", *, fields: str = "") -> bytes:
    """Write a payload part."""
    return f"Content-Type: {MIME_OCTETS}\r\nContent-ID: <{content_id}>\r\n{fields}\r\n".encode() + content


def taken_apart(body: bytes, content_type: str = RELATED, *, size: int = 1 << 20) -> Package:
    """Split a body that arrives in chunks of `size`."""
    return split(content_type, (body[at : at + size] for at in range(0, len(body), size)), new_spooled=Spooled)


def contents(found: Package) -> dict[str, bytes]:
    """Give the payloads by content id."""
    return {content_id: part.content.read() for content_id, part in found.parts.items()}


def joined(*payloads: bytes, boundary: str = "oots-0001") -> tuple[str, bytes]:
    """Write a package with the function under test."""
    into = Spooled()
    parts = [
        Part(content_id=f"p{at}@ap", media_type=MIME_OCTETS, content=Spooled(payload))
        for at, payload in enumerate(payloads)
    ]
    return join(ROOT, "root@ap", parts, boundary=boundary, into=into), into.read()
