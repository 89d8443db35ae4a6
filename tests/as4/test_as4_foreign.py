"""Messages as other stacks compose them, which mean the same as ours."""

from dataclasses import replace

import pytest
from lxml import etree

from oots.codes import MIME_REGREP
from oots.errors import FailedAuthentication
from tests.as4.parties import AccessPoint, as_stranger
from tests.as4.stranger import OCTETS, Letter, Sealed, base64_of

REGREP = b"<?xml version='1.0' encoding='UTF-8'?>\r\n<q:a xmlns:q='urn:q' c='2'  b='1'><!-- c --><![CDATA[<]]></q:a>\n"
CANONICAL = b'<q:a xmlns:q="urn:q" b="1" c="2">&lt;</q:a>'
LINES = b"one\ntwo\rthree\r\n"
CRLF = b"one\r\ntwo\r\nthree\r\n"
UTF_16 = '<?xml version="1.0" encoding="UTF-16"?>\n<a>é</a>'.encode("utf-16")


@pytest.fixture(scope="session")
def letter(alpha: AccessPoint, beta: AccessPoint) -> Letter:
    """Has one payload."""
    payload = Sealed(content_id="regrep@oots.eu", content=REGREP, mime_type=MIME_REGREP)
    return Letter(sender=as_stranger(alpha), receiver=as_stranger(beta), payloads=(payload,))


def with_payload(letter: Letter, content: bytes, *, wire_type: str, digested: bytes, mime_type: str) -> Letter:
    """Change the payload."""
    payload = replace(letter.payloads[0], content=content, wire_type=wire_type, digested=digested, mime_type=mime_type)
    return replace(letter, payloads=(payload,))


# as4.md 3.3: the type on the wire decides, and the part property MimeType has no say (X01 to X03, X28).
VERIFIED = [
    (OCTETS, MIME_REGREP, REGREP, REGREP),
    (MIME_REGREP, MIME_REGREP, REGREP, CANONICAL),
    ("application/xml", MIME_REGREP, REGREP, CANONICAL),
    ("application/xml; charset=UTF-8", OCTETS, REGREP, CANONICAL),
    ("text/xml", "text/plain", REGREP, CANONICAL),
    ("image/svg+xml", "image/svg+xml", REGREP, CANONICAL),
    ("application/xml", "application/xml", UTF_16, "<a>é</a>".encode()),
    (OCTETS, "application/xml", UTF_16, UTF_16),
    ("text/plain", "text/plain", LINES, CRLF),
    (OCTETS, "text/plain", LINES, LINES),
    ("application/pdf", "application/pdf", LINES, LINES),
    ("application/pdf", "application/xml", REGREP, REGREP),
]


@pytest.mark.parametrize(("wire_type", "mime_type", "content", "digested"), VERIFIED)
def test_a_payload_on_the_wire_as(
    wire_type: str, mime_type: str, content: bytes, digested: bytes, letter: Letter, beta: AccessPoint
) -> None:
    sent = with_payload(letter, content, wire_type=wire_type, digested=digested, mime_type=mime_type)

    received = beta.open(*_packed(sent))

    # Delivered is what came, whatever was digested.
    assert [(payload.content.read(), payload.part.mime_type) for payload in received.payloads] == [(content, mime_type)]


@pytest.mark.parametrize(
    ("wire_type", "digested"),
    [(OCTETS, CANONICAL), (MIME_REGREP, REGREP), ("text/plain", REGREP), ("application/gzip", CANONICAL)],
)
def test_a_digest_by_the_rule_for_another_type_does_not_verify(
    wire_type: str, digested: bytes, letter: Letter, beta: AccessPoint
) -> None:
    crossed = with_payload(letter, REGREP, wire_type=wire_type, digested=digested, mime_type=MIME_REGREP)

    with pytest.raises(FailedAuthentication):
        beta.open(*_packed(crossed))


def _packed(letter: Letter) -> tuple[str, list[bytes]]:
    content_type, body = letter.packed()
    return content_type, [body]


def test_security_may_stand_before_messaging(letter: Letter, beta: AccessPoint) -> None:
    root = etree.fromstring(letter.envelope())
    root[0].insert(0, root[0][1])

    assert opened(letter, etree.tostring(root), beta) == [REGREP]


def opened(letter: Letter, envelope: bytes, beta: AccessPoint) -> list[bytes]:
    """Open a letter under another envelope."""
    content_type, body = letter.packed()
    assert body.count(letter.envelope()) == 1
    received = beta.open(content_type, [body.replace(letter.envelope(), envelope)])
    return [payload.content.read() for payload in received.payloads]


def test_the_order_of_encrypted_data_and_tokens_does_not_matter(letter: Letter, beta: AccessPoint) -> None:
    root = etree.fromstring(letter.envelope())
    root[0][1][:] = reversed(root[0][1])

    assert opened(letter, etree.tostring(root), beta) == [REGREP]


def test_a_header_block_of_others_is_let_be(letter: Letter, beta: AccessPoint) -> None:
    block = b'<wsa:To xmlns:wsa="http://www.w3.org/2005/08/addressing">x</wsa:To></env:Header>'

    assert opened(letter, letter.envelope().replace(b"</env:Header>", block), beta) == [REGREP]


def test_the_envelope_may_be_utf_16(letter: Letter, beta: AccessPoint) -> None:
    content_type, body = letter.packed()
    start = body.index(b"<?xml")
    end = body.index(b"</env:Envelope>") + len(b"</env:Envelope>")
    recoded = body[start:end].decode().replace("UTF-8", "UTF-16").encode("utf-16")

    received = beta.open(content_type, [body[:start] + recoded + body[end:]])

    assert received.payloads[0].content.read() == REGREP


def test_without_start_the_first_part_is_the_envelope(letter: Letter, beta: AccessPoint) -> None:
    content_type, body = letter.packed()

    received = beta.open(content_type.replace("start=", "x-start="), [body])

    assert received.payloads[0].content.read() == REGREP


def test_parts_may_travel_as_base64(letter: Letter, beta: AccessPoint) -> None:
    content_type, body = letter.packed()
    (_, _, content), header = letter.parts()[0], b"Content-Transfer-Encoding: binary\r\nContent-ID: <regrep"
    assert header in body
    encoded = body.replace(header, header.replace(b"binary", b"base64")).replace(content, base64_of(content).encode())

    assert beta.open(content_type, [encoded]).payloads[0].content.read() == REGREP


@pytest.mark.parametrize(
    ("header", "url"),
    [("a%40b", "a@b"), ("a@b", "a%40b"), ("a b", "a%20b"), ("a+b", "a+b"), ("a%b", "a%25b"), ("{a}", "%7Ba%7D")],
)
def test_content_ids_are_compared_as_what_they_mean(header: str, url: str, letter: Letter, beta: AccessPoint) -> None:
    # The envelope has the URL in all three places; only the MIME header has the other form.
    content_type, body = replace(letter, payloads=(replace(letter.payloads[0], content_id=url),)).packed()
    renamed = body.replace(f"Content-ID: <{url}>".encode(), f"Content-ID: <{header}>".encode())

    assert beta.open(content_type, [renamed]).payloads[0].content.read() == REGREP
