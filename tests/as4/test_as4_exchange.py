"""A message from one Access Point to another, and what of it is on the wire."""

from dataclasses import replace

import pytest
from lxml import etree

from oots.as4 import Limits, Packed
from oots.codes import MIME_GZIP, MIME_OCTETS, MIME_REGREP
from oots.ebms.messages import MAX_PARTS, PartInfo, UserMessage
from oots.ebms.pmode import PModes
from oots.errors import CallerError, DecompressionFailure, ValueInconsistent
from oots.mime.multipart import split
from oots.spooled import Spooled
from oots.xml import DS, XENC, parse
from tests.as4.parties import AccessPoint, a_user_message

REGREP = b"<?xml version='1.0'?>\r\n<q:QueryRequest xmlns:q='urn:q'><!-- kept --></q:QueryRequest>\n"
PDF = b"%PDF-1.7\r\n" + bytes(range(256)) * 40 + b"\n%%EOF\r\n"


def letter(alpha: AccessPoint, beta: AccessPoint, *mime_types: str) -> UserMessage:
    """Give a message with RegRep and PDF."""
    return a_user_message(alpha, beta, mime_types=mime_types or (MIME_REGREP, "application/pdf"))


@pytest.mark.parametrize("compress", [True, False], ids=["compressed", "as it is"])
@pytest.mark.parametrize("count", [0, 1, 3, MAX_PARTS])
def test_what_was_packed_is_unpacked(count: int, compress: bool, alpha: AccessPoint, beta: AccessPoint) -> None:
    contents = [REGREP, PDF, b"", b"%d" * 500][:count] + [b"x"] * max(0, count - 4)
    message = letter(alpha, beta, *[MIME_REGREP] * count) if count else replace(letter(alpha, beta), parts=())

    packed = alpha.pack(message, *contents, compress=compress)
    received = beta.unpack(packed)

    assert [payload.content.read() for payload in received.payloads] == contents
    assert received.message == packed.message
    assert replace(received.message, parts=()) == replace(message, parts=())
    assert [payload.part.compressed for payload in received.payloads] == [compress] * count
    assert received.references == packed.references
    assert received.certificate == alpha.keys.certificate
    assert received.soap == packed.soap


def test_a_message_without_payload_is_signed_all_the_same(alpha: AccessPoint, beta: AccessPoint) -> None:
    packed = alpha.pack(a_user_message(alpha, beta, mime_types=()))
    received = beta.unpack(packed)

    assert received.payloads == ()
    assert b"Encrypted" not in packed.soap
    assert [item.uri.partition("-")[0] for item in received.references] == ["#_b", "#_m"]


@pytest.mark.parametrize("size", [1, 7, 64, 4096])
def test_a_message_may_arrive_in_chunks_of_any_size(size: int, alpha: AccessPoint, beta: AccessPoint) -> None:
    packed = alpha.pack(letter(alpha, beta), REGREP, PDF)
    body = packed.content.read()

    received = beta.open(packed.content_type, (body[at : at + size] for at in range(0, len(body), size)))

    assert [payload.content.read() for payload in received.payloads] == [REGREP, PDF]


@pytest.mark.parametrize("compress", [True, False], ids=["compressed", "as it is"])
def test_a_large_payload_goes_through_in_pieces(compress: bool, alpha: AccessPoint, beta: AccessPoint) -> None:
    content = b"".join(b"<line n='%d'/>" % number for number in range(400_000))
    packed = alpha.pack(letter(alpha, beta, "application/xml"), content, compress=compress)

    received = beta.open(packed.content_type, packed.content.chunks())

    assert len(content) > 5 << 20
    assert received.payloads[0].content.read() == content


def test_parts_may_stand_in_another_order_than_announced(alpha: AccessPoint, beta: AccessPoint) -> None:
    packed = alpha.pack(letter(alpha, beta), REGREP, PDF)
    root, first, second, end = _delimited(packed)

    received = beta.open(packed.content_type, [_joined(packed, root, second, first, end)])

    assert [payload.content.read() for payload in received.payloads] == [REGREP, PDF]


def _boundary(packed: Packed) -> bytes:
    return b"--" + packed.content_type.partition('boundary="')[2].partition('"')[0].encode()


def _delimited(packed: Packed) -> list[bytes]:
    return packed.content.read().split(_boundary(packed))[1:]


def _joined(packed: Packed, *pieces: bytes) -> bytes:
    return b"".join(_boundary(packed) + piece for piece in pieces)


# --- on the wire ------------------------------------------------------------------------------------------------------


def test_nothing_of_a_payload_can_be_read_on_the_wire(alpha: AccessPoint, beta: AccessPoint) -> None:
    for compress in (True, False):
        packed = alpha.pack(letter(alpha, beta), REGREP, PDF, compress=compress)
        package = split(packed.content_type, packed.content.chunks(), new_spooled=Spooled)

        assert b"kept" not in packed.content.read()
        assert {part.media_type for part in package.parts.values()} == {MIME_OCTETS}


@pytest.mark.parametrize(("compress", "wire_type"), [(True, MIME_GZIP), (False, MIME_OCTETS)])
def test_the_wire_type_is_one_that_leaves_the_bytes_alone(
    compress: bool, wire_type: str, alpha: AccessPoint, beta: AccessPoint
) -> None:
    packed = alpha.pack(letter(alpha, beta), REGREP, PDF, compress=compress)

    found = parse(packed.soap).iter(f"{{{XENC}}}EncryptedData")

    assert [element.get("MimeType") for element in found] == [wire_type, wire_type]


def test_the_same_message_is_signed_alike_and_encrypted_anew(alpha: AccessPoint, beta: AccessPoint) -> None:
    # A retry posts the same bytes; but even a message that is packed again has the same digests of its payloads.
    message = letter(alpha, beta)
    first, second = alpha.pack(message, REGREP, PDF), alpha.pack(message, REGREP, PDF)

    digests = [[item.digest_value for item in packed.references if "cid" in item.uri] for packed in (first, second)]
    assert digests[0] == digests[1]
    assert first.content.read() != second.content.read()
    assert first.content.read() == b"".join(first.content.chunks())


def test_security_is_laid_out_as_java_wants_it(alpha: AccessPoint, beta: AccessPoint) -> None:
    envelope = parse(alpha.pack(letter(alpha, beta), REGREP, PDF).soap)

    security = [etree.QName(child).localname for child in envelope[0][1]]
    assert security == [
        "BinarySecurityToken",
        "EncryptedKey",
        "EncryptedData",
        "EncryptedData",
        "BinarySecurityToken",
        "Signature",
    ]
    assert all(None not in element.nsmap for element in envelope.iter("*"))
    assert not list(envelope.iter("{http://www.w3.org/2001/10/xml-exc-c14n#}InclusiveNamespaces"))
    assert len(list(envelope.iter(f"{{{DS}}}Reference"))) == 4


# --- submissions that nobody could read -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content_ids",
    [["a@ap", "a@ap"], ["a b@ap"], ["a+b@ap"], ["a%20b@ap"], ["é@ap"], ["<a>"], ["a\r\nX: y"], [""]],
)
def test_content_ids_that_java_would_read_differently_are_not_sent(
    content_ids: list[str], alpha: AccessPoint, beta: AccessPoint
) -> None:
    parts = tuple(PartInfo(content_id=content_id, mime_type="a/b") for content_id in content_ids)

    with pytest.raises(CallerError, match="content ids"):
        alpha.pack(replace(letter(alpha, beta), parts=parts), *[b"1"] * len(parts))


def test_a_part_without_type_cannot_be_compressed(alpha: AccessPoint, beta: AccessPoint) -> None:
    message = replace(letter(alpha, beta), parts=(PartInfo(content_id="a@ap", mime_type=None),))

    with pytest.raises(CallerError, match="MIME type"):
        alpha.pack(message, b"1", compress=True)
    assert beta.unpack(alpha.pack(message, b"1", compress=False)).payloads[0].part.mime_type is None


def test_parts_and_contents_have_to_match(alpha: AccessPoint, beta: AccessPoint) -> None:
    with pytest.raises(CallerError, match="2 parts are announced, 1 given"):
        alpha.pack(letter(alpha, beta), REGREP)
    with pytest.raises(CallerError, match="28 possible"):
        alpha.pack(letter(alpha, beta, *["a/b"] * (MAX_PARTS + 1)), *[b"1"] * (MAX_PARTS + 1))


@pytest.mark.parametrize("character", ["\0", "\x0b", "\x1f", "\ud800", "\ufffe"])
def test_a_value_that_xml_cannot_hold_is_not_sent(character: str, alpha: AccessPoint, beta: AccessPoint) -> None:
    message = a_user_message(alpha, beta, mime_types=(), action=f"Execute{character}")

    with pytest.raises(CallerError, match="character"):
        alpha.pack(message)


# --- limits -----------------------------------------------------------------------------------------------------------


def test_a_payload_may_be_so_large_and_no_larger(alpha: AccessPoint, beta: AccessPoint) -> None:
    packed, plain = (
        alpha.pack(letter(alpha, beta, "a/b"), b"x" * 1000, compress=compress) for compress in (True, False)
    )

    assert beta.unpack(packed, limits=Limits(max_payload_bytes=1000)).payloads[0].content.size == 1000
    with pytest.raises(DecompressionFailure):
        beta.unpack(packed, limits=Limits(max_payload_bytes=999))
    with pytest.raises(ValueInconsistent):
        beta.unpack(plain, limits=Limits(max_payload_bytes=999))


def test_a_peer_may_be_allowed_less_than_others_and_never_more(alpha: AccessPoint, beta: AccessPoint) -> None:
    packed, plain = (
        alpha.pack(letter(alpha, beta, "a/b"), b"x" * 1000, compress=compress) for compress in (True, False)
    )

    def with_limit(max_bytes: int) -> AccessPoint:
        agreed = (replace(pmode, max_payload_bytes=max_bytes) for pmode in beta.pmodes._by_key.values())
        return replace(beta, pmodes=PModes(beta.party_id, agreed))

    assert with_limit(1000).unpack(packed).payloads[0].content.size == 1000
    with pytest.raises(DecompressionFailure):
        with_limit(999).unpack(packed)
    with pytest.raises(ValueInconsistent):
        with_limit(999).unpack(plain)
    with pytest.raises(DecompressionFailure):
        with_limit(1000).unpack(packed, limits=Limits(max_payload_bytes=999))
