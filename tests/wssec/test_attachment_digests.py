"""Which bytes of an attachment are digested: it depends on the type that the wire says (as4.md 3.3)."""

import hashlib
import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oots.errors import FailedAuthentication, PolicyNoncompliance
from oots.spooled import Spooled
from oots.wssec.attachments import Attachment, digest
from oots.xml import MAX_BYTES

XML = b'<?xml version="1.0"?>\r\n<a c=\'2\'   b="1"><!-- gone --><![CDATA[<>]]>\r\n<d/></a>\r\n<?after?>'
CANONICAL = b'<a b="1" c="2">&lt;&gt;\n<d></d></a>\n<?after?>'
LINES = b"one\ntwo\r\nthree\rfour\r\r\n\n"
CRLF = b"one\r\ntwo\r\nthree\r\nfour\r\n\r\n\r\n"


def digest_of(content: bytes, mime_type: str) -> bytes:
    """Digest with the function under test."""
    return digest(Attachment(content=Spooled(content), mime_type=mime_type))


@pytest.mark.parametrize(
    ("mime_type", "content", "digested"),
    [
        # XML types are canonicalised, whatever else the type says.
        ("text/xml", XML, CANONICAL),
        ("text/xml; charset=utf-8", XML, CANONICAL),
        ("application/xml", XML, CANONICAL),
        ("APPLICATION/XML", XML, CANONICAL),
        ("application/x-ebrs+xml", XML, CANONICAL),
        ("application/x-ebrs+xml;charset=UTF-8", XML, CANONICAL),
        ("Application/X-EBRS+XML", XML, CANONICAL),
        ("application/soap+xml", XML, CANONICAL),
        ("image/svg+xml", XML, CANONICAL),
        ("application/xml", '<?xml version="1.0" encoding="UTF-16"?><a>é</a>'.encode("utf-16"), "<a>é</a>".encode()),
        ("application/xml", b"\xef\xbb\xbf<a/>", b"<a></a>"),
        ("application/xml", b"<a xmlns:b='urn:unused'/>", b"<a></a>"),
        # Text gets the line ends of a message.
        ("text/plain", LINES, CRLF),
        ("text/plain; charset=utf-8", LINES, CRLF),
        ("TEXT/HTML", LINES, CRLF),
        ("text/plain", b"", b""),
        # Everything else is what it is.
        ("application/gzip", XML, XML),
        ("application/octet-stream", XML, XML),
        ("application/octet-stream", LINES, LINES),
        ("application/pdf", LINES, LINES),
        ("application/json", LINES, LINES),
        ("video/x+xml", XML, XML),
        ("x-text/plain", LINES, LINES),
        ("application/vnd.xml", XML, XML),
        ("", XML, XML),
    ],
)
def test_a_digest_is_over(mime_type: str, content: bytes, digested: bytes) -> None:
    assert digest_of(content, mime_type) == hashlib.sha256(digested).digest()


@given(
    content=st.text(st.sampled_from("\r\nab"), max_size=30).map(str.encode),
    cuts=st.lists(st.integers(0, 30), max_size=6),
)
def test_line_ends_are_found_wherever_the_chunks_end(content: bytes, cuts: list[int]) -> None:
    spooled = Spooled().write_all(
        content[start:end]
        for start, end in pairwise([0, *sorted(min(cut, len(content)) for cut in cuts), len(content)])
    )

    found = digest(Attachment(content=spooled, mime_type="text/plain"))

    assert found == hashlib.sha256(re.sub(rb"\r\n|\r|\n", b"\r\n", content)).digest()


@pytest.mark.parametrize(
    "content", [b"", b"%PDF-1.7", b"<a>", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', b"<a xmlns='relative'/>"]
)
def test_what_calls_itself_xml_and_is_none_cannot_be_verified(content: bytes) -> None:
    with pytest.raises(FailedAuthentication):
        digest_of(content, "application/xml")


def test_xml_that_is_too_large_for_a_tree_has_to_be_compressed() -> None:
    large = b"<a>" + b" " * MAX_BYTES + b"</a>"

    with pytest.raises(PolicyNoncompliance, match="compressed"):
        digest_of(large, "application/xml")
    assert digest_of(large, "application/octet-stream") == hashlib.sha256(large).digest()
