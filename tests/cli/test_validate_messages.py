"""`oots validate` on whole AS4 messages as bytes: the header is checked, and the document too when it can be seen."""

import gzip
from pathlib import Path

import pytest

from oots.canonical_text import CanonicalElement
from oots.ebms.envelope import write_envelope
from oots.mime.multipart import Part, join
from oots.spooled import Spooled
from tests.cli.validated_files import BASES, REQUEST, RESPONSE, VECTORS, found, only, rules, validate

CID = "regrep@ap.example"
XENC = "http://www.w3.org/2001/04/xmlenc#"
REFERENCE = f'<e:CipherData><e:CipherReference URI="cid:{CID}"/></e:CipherData>'
ENCRYPTED = f'<e:EncryptedData xmlns:e="{XENC}">{REFERENCE}</e:EncryptedData>'
GZIP = b"\x1f\x8b"
COMPRESSED = '<eb:Property name="CompressionType">application/gzip</eb:Property>'


BODY = CanonicalElement(id="b", text='<S12:Body xmlns:S12="http://www.w3.org/2003/05/soap-envelope"/>')


def messaging(base: str, **parts: bytes) -> CanonicalElement:
    """Give a header of the bases that announces these parts, the document first."""
    header = (BASES / base).read_text("utf-8").partition("?>")[2].strip()
    infos = "".join(
        f'<eb:PartInfo href="cid:{name}"><eb:PartProperties>'
        f'<eb:Property name="MimeType">{"application/x-ebrs+xml" if name == CID else "application/pdf"}</eb:Property>'
        f"{COMPRESSED if content.startswith(GZIP) else ''}</eb:PartProperties></eb:PartInfo>"
        for name, content in parts.items()
    )
    before, _, rest = header.partition("<eb:PayloadInfo>")
    return CanonicalElement(id="m", text=f"{before}<eb:PayloadInfo>{infos}{rest[rest.index('</eb:PayloadInfo>') :]}")


def message(base: str, document: bytes, *, security: str = "", **others: bytes) -> bytes:
    """Pack a message that is neither signed nor, whatever `security` says, encrypted."""
    parts = {CID: document, **others}
    packed = Spooled()
    join(
        write_envelope(messaging(base, **parts), BODY, security=security),
        "root@ap.example",
        [
            Part(content_id=name, media_type="application/octet-stream", content=Spooled(content))
            for name, content in parts.items()
        ],
        boundary="boundary",
        into=packed,
    )
    return packed.read()


A_REQUEST = message("header-of-a-request-2.0.xml", REQUEST.read_bytes())


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"\r\n",
        b'Content-Type: multipart/related; boundary="boundary"; type="application/soap+xml"\r\n\r\n',
        b"POST /as4 HTTP/1.1\r\nHost: a\r\ncontent-type: multipart/related;\r\n boundary=boundary\r\n\r\n",
        b"HTTP/1.1 200 OK\nContent-Type: multipart/related; boundary=boundary\n\n",
    ],
)
def test_header_and_document_of_a_message_are_checked(beginning: bytes) -> None:
    header, document = found("-", stdin=beginning + A_REQUEST)

    assert (header["file"], header["kind"], header["line"], header["valid"]) == ("-", "header", "v2.0", True)
    assert (document["file"], document["kind"], document["line"], document["valid"]) == ("-", "request", "v2.0", True)


def test_a_compressed_document_is_looked_at() -> None:
    packed = message("header-of-a-request-2.0.xml", gzip.compress(REQUEST.read_bytes(), mtime=0))

    _, document = found("-", stdin=packed)

    assert (document["kind"], document["valid"]) == ("request", True)


def test_a_header_is_checked_in_its_envelope() -> None:
    alone = write_envelope(messaging("header-of-a-request-2.0.xml", **{CID: b""}), BODY, security="")

    document = only("-", stdin=alone)

    assert (document["kind"], document["line"], document["valid"]) == ("header", "v2.0", True)


def test_what_is_told_about_a_message_counts() -> None:
    header, document = found("--kind", "message", "--line", "v1.2", "-", stdin=A_REQUEST)

    assert (header["line"], document["line"]) == ("v1.2", "v1.2")
    assert "R-EDM-ebMS-018" in rules(header)
    assert "R-EDM-REQ-C001" in rules(document)


def test_a_document_that_is_told_to_be_a_message_is_none() -> None:
    document = only("--kind", "message", "-", stdin=REQUEST.read_bytes())

    assert document["findings"][0]["rule"] == "unreadable"


HIDDEN = {
    "encrypted": ({"document": b"ciphertext", "security": ENCRYPTED}, "the document is encrypted"),
    "no gzip": ({"document": GZIP + bytes(50)}, "the document cannot be looked at: a compressed payload"),
    "a bomb": ({"document": gzip.compress(bytes(50 << 20), mtime=0)}, "inflates to more than the 1048576 bytes"),
    "too large": ({"document": b" " * (2 << 20)}, "the document has 2097152 bytes, more than the 1048576 allowed"),
}


@pytest.mark.parametrize("name", HIDDEN)
def test_what_cannot_be_looked_at_is_said(name: str) -> None:
    parts, expected = HIDDEN[name]

    header = only("-", stdin=message("header-of-a-request-2.0.xml", **parts))

    (remark,) = [one["message"] for one in header["findings"] if one["rule"] == "not-looked-at"]
    assert expected in remark
    assert (header["kind"], header["valid"]) == ("header", True)


def test_a_document_that_is_none_is_unreadable() -> None:
    result = validate("-", stdin=message("header-of-a-request-2.0.xml", b"<certificate/>"))

    assert "could not be checked" in result.stdout
    assert "the first part: the document element is certificate" in " ".join(result.stdout.split())
    assert result.exit_code == 2


def test_the_document_is_compared_with_the_header_it_came_with() -> None:
    header, document = found("-", stdin=message("header-of-a-response-2.0.xml", REQUEST.read_bytes()))

    assert header["valid"]
    assert {"X7", "X26"} <= rules(document)
    assert rules(document, "info") == set()  # what other messages would tell is not missed


def test_a_message_is_compared_with_another(tmp_path: Path) -> None:
    (tmp_path / "request.mime").write_bytes(A_REQUEST)
    answer = message("header-of-a-response-2.0.xml", RESPONSE.read_bytes())

    _, document = found("-", "--against", tmp_path / "request.mime", stdin=answer)

    assert not {"X1", "X2", "X3"} & (rules(document) | rules(document, "info"))
    assert "X14" in rules(document)  # the documents of the evidence are not in it


def test_parts_that_are_not_announced_break_the_header() -> None:
    announced = message("header-of-a-request-2.0.xml", REQUEST.read_bytes(), **{"a@b": b"%PDF"})

    header, _ = found("-", stdin=announced.replace(b"Content-ID: <a@b>", b"Content-ID: <c@d>"))

    assert rules(header) == {"EBMS:0011"}


CAPTURED = {
    "captured/phase4-4.4.1-user-message/message.mime": ("header", "v2.0"),
    "captured/phase4-4.4.1-user-message-uncompressed/message.mime": ("header", "v2.0"),
    "captured/phase4-4.4.1-receipt/receipt.xml": ("header", None),
    "captured/phase4-4.4.1-error/error.xml": ("header", None),
    "made/domibus-user-message/message.mime": ("header", "v1.2"),
    "made/domibus-receipt/receipt.xml": ("header", None),
}


def test_messages_of_foreign_access_points_are_opened() -> None:
    documents = found(*(VECTORS / name for name in CAPTURED))

    assert [(document["kind"], document["line"]) for document in documents] == list(CAPTURED.values())
    assert all(document["valid"] for document in documents)


ATTACKS = {
    "second-messaging": "EBMS:0009",
    "second-body": "EBMS:0009",
    "second-security": "EBMS:0103",
    "extra-part": "EBMS:0011",
    "missing-part": "EBMS:0011",
    "external-part": "EBMS:0011",
    "comment-in-party-id": "EBMS:0009",
}


def test_messages_that_attack_the_header_are_told_apart() -> None:
    headers = found(*(VECTORS / "attacks" / name / "message.mime" for name in ATTACKS))

    assert [rules(header) for header in headers] == [{code} for code in ATTACKS.values()]


def test_no_attack_ends_in_a_traceback() -> None:
    documents = found(VECTORS / "attacks")

    assert len(documents) >= len(list((VECTORS / "attacks").glob("*/message.mime")))
