"""Packages that are refused: EBMS:0007, and never a guess at what was meant."""

import itertools
import time

import pytest

from oots.codes import EbmsCode
from oots.errors import MimeInconsistency
from oots.mime.header_fields import MAX_FIELDS, MAX_HEADER_BYTES
from oots.mime.multipart import MAX_PARTS, MAX_ROOT_BYTES, split
from oots.spooled import Spooled
from tests.mime.by_hand import RELATED, ROOT, joined, package, part, root_part, taken_apart

BASE64 = "Content-Transfer-Encoding: base64\r\n"
QUOTED_PRINTABLE = "Content-Transfer-Encoding: quoted-printable\r\n"
HEADERLESS = b"\r\n" + ROOT

REFUSED = {
    "nothing": b"",
    "no boundary": ROOT,
    "no part": b"--B--\r\n",
    "bare line feeds": package(root_part(), part()).replace(b"\r\n", b"\n"),
    "bare carriage returns": package(root_part(), part()).replace(b"\r\n", b"\r"),
    "a longer boundary": package(root_part(), part()).replace(b"--B\r\n", b"--Bx\r\n"),
    "something behind a boundary": package(root_part(), part()).replace(b"--B\r\n", b"--B x\r\n"),
    "one dash behind a boundary": package(root_part(), part()).replace(b"--B--", b"--B-"),
    "a line end between the closing dashes": package(root_part(), part()).replace(b"--B--", b"--B-\r\n-"),
    "a root of another type": package(part("a"), part("b")),
    "a root without a type": package(HEADERLESS, part("b")),
    "a payload without Content-ID": package(root_part(), b"Content-Type: a/b\r\n\r\n1"),
    "a payload without header": package(root_part(), b"\r\n1"),
    "an empty Content-ID": package(root_part(), part("")),
    "a Content-ID without brackets": package(root_part(), b"Content-ID: a\r\n\r\n1"),
    "a Content-ID with brackets inside": package(root_part(), part("a><b")),
    "the same Content-ID twice": package(root_part(), part("a"), part("a")),
    "the same Content-ID, percent-encoded": package(root_part(), part("a@b"), part("a%40b")),
    "the root's Content-ID on a payload": package(root_part("a"), part("a")),
    "the root's Content-ID on a payload, percent-encoded": package(root_part("a.b"), part("a%2Eb")),
    "a field twice": package(root_part(), part("a", fields="Content-ID: <b>\r\n")),
    "a field twice in other case": package(root_part(), part("a", fields="content-id: <a>\r\n")),
    "a blank before the colon": package(root_part(), part("a", fields="X : y\r\n")),
    "a line without colon": package(root_part(), part("a", fields="X\r\n")),
    "a bare LF in a field": package(root_part(), part("a", fields="X: y\nZ: z\r\n")),
    "a bare CR in a field": package(root_part(), part("a", fields="X: y\rZ: z\r\n")),
    "a NUL in a field": package(root_part(), part("a", fields="X: \0\r\n")),
    "a folded line first": package(root_part(), b" X: y\r\nContent-ID: <a>\r\n\r\n1"),
    "quoted-printable": package(root_part(), part("a", b"QUJD", fields=QUOTED_PRINTABLE)),
    "base64 cut short": package(root_part(), part("a", b"QUI", fields=BASE64)),
    "something after the end of base64": package(root_part(), part("a", b"QQ==QUJD", fields=BASE64)),
    "other characters in base64": package(root_part(), part("a", b"QU!D", fields=BASE64)),
    "too many fields": package(root_part(), part("a", fields="".join(f"X{n}: y\r\n" for n in range(MAX_FIELDS)))),
    "a header that is too long": package(root_part(), part("a", fields=f"X: {'y' * MAX_HEADER_BYTES}\r\n")),
    "a preamble that is too long": b"x" * (MAX_HEADER_BYTES + 1) + package(root_part(), part()),
    "too many parts": package(root_part(), *(part(f"p{n}") for n in range(MAX_PARTS))),
    "a root that is too long": package(root_part(content=b"x" * (MAX_ROOT_BYTES + 1))),
}


def refusal(body: bytes, content_type: str = RELATED, *, size: int = 1 << 20) -> str:
    """Give the text of the refusal."""
    with pytest.raises(MimeInconsistency) as caught:
        taken_apart(body, content_type, size=size)
    assert caught.value.code is EbmsCode.MIME_INCONSISTENCY
    return caught.value.detail


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "multipart",
        "multipart/mixed; boundary=B",
        "multipart/form-data; boundary=B",
        "text/xml",
        "multipart/related",
        'multipart/related; boundary=""',
        "multipart/related; boundary=" + "x" * 71,
        'multipart/related; boundary="B "',
        'multipart/related; boundary="B\r\n"',
        'multipart/related; boundary="Bé"',
        "multipart/related; boundary=B; boundary=C",
        "multipart/related; boundary=B; Boundary=B",
        'multipart/related; boundary="B',
        "multipart/related; boundary B",
        "multipart/related; boundary=B type=application/soap+xml",
        'multipart/related; boundary=B; type="text/xml"',
        "multipart/related, multipart/related; boundary=B",
    ],
)
def test_a_content_type_that_is_not_ours_or_not_clear(content_type: str) -> None:
    refusal(package(root_part(), part()), content_type)


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED)
def test_a_package_with(body: bytes) -> None:
    refusal(body)
    refusal(body, size=max(3, len(body) // 1000))


def test_as_many_parts_as_are_allowed_are_taken() -> None:
    assert len(taken_apart(package(root_part(), *(part(f"p{n}") for n in range(MAX_PARTS - 1)))).parts) == MAX_PARTS - 1


def test_as_many_fields_as_are_allowed_are_taken() -> None:
    fields = "".join(f"X{number}: y\r\n" for number in range(MAX_FIELDS - 2))

    assert list(taken_apart(package(root_part(), part("a", fields=fields))).parts) == ["a"]


def test_a_root_as_long_as_is_allowed_is_taken() -> None:
    assert taken_apart(package(root_part(content=b"x" * MAX_ROOT_BYTES))).root == b"x" * MAX_ROOT_BYTES


@pytest.mark.parametrize("start", ["<b>", "<A>", "<>", "a>b", "<<a>>"])
def test_a_start_that_names_no_part(start: str) -> None:
    assert "start" in refusal(package(root_part("a")), f'{RELATED}; start="{start}"')


def test_a_start_that_names_two_parts() -> None:
    assert "2 parts" in refusal(package(root_part("a"), root_part("a")), f'{RELATED}; start="<a>"')


def test_a_start_that_names_a_payload() -> None:
    assert "root part is not" in refusal(package(root_part("a"), part("b")), f'{RELATED}; start="<b>"')


def test_a_package_cut_off_anywhere_before_its_closing_boundary() -> None:
    content_type, body = joined(b"payload\r\n", b"")

    for end in range(len(body) - len(b"\r\n")):
        refusal(body[:end], content_type)


def test_a_header_without_end_is_refused_before_it_is_all_read() -> None:
    chunks = itertools.chain([b"\r\n--B\r\nContent-Type: "], itertools.repeat(b"y" * 1024))

    with pytest.raises(MimeInconsistency, match="header of a part"):
        split(RELATED, chunks, new_spooled=Spooled)


def test_a_lone_envelope_without_end_is_refused_before_it_is_all_read() -> None:
    with pytest.raises(MimeInconsistency, match="SOAP part"):
        split("application/soap+xml", itertools.repeat(b"<" * 65536), new_spooled=Spooled)


def test_blanks_in_headers_cost_no_more_than_other_bytes() -> None:
    fields = f"X: y{' ' * (MAX_HEADER_BYTES - 200)}z\r\n"
    body = package(root_part(), *(part(f"p{n}", fields=fields) for n in range(MAX_PARTS - 1)))

    start = time.process_time()
    taken_apart(body)

    assert time.process_time() - start < 0.5
