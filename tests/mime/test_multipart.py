"""Packages as they should be, and as other stacks write them."""

import base64
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oots.codes import MIME_SOAP
from oots.mime.multipart import Package, split
from oots.spooled import Spooled
from tests.mime.by_hand import RELATED, ROOT, contents, joined, package, part, root_part, taken_apart

BINARY = bytes(range(256)) + b"\r\n\r\n--\r\n--b\r\n-B\r--B\n--B--\r\n"


# Pieces of what a careless reader takes for a boundary, and anything else.
_tricky = st.sampled_from([b"\r", b"\n", b"\r\n", b"-", b"--", b"--oots-0001", b"\r\n--oots-000", b"\r\n--", b"--\r\n"])
_payload = st.lists(_tricky | st.binary(max_size=20), max_size=12).map(b"".join)
_without_boundary = _payload.filter(lambda content: b"\r\n--oots-0001" not in content)


@given(payloads=st.lists(_without_boundary, max_size=4), cuts=st.lists(st.integers(0, 2000), max_size=30))
def test_what_was_joined_is_split_again_wherever_the_chunks_end(payloads: list[bytes], cuts: list[int]) -> None:
    content_type, body = joined(*payloads)

    def chunks() -> Iterator[bytes]:
        for start, end in pairwise([0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]):
            yield body[start:end]

    found = split(content_type, chunks(), new_spooled=Spooled)

    assert found.root == ROOT
    assert list(contents(found).values()) == payloads


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 64, 4096])
def test_chunks_of_every_size_give_the_same(size: int) -> None:
    body = package(root_part(), part("a", BINARY), part("b", b""))

    assert contents(taken_apart(body, size=size)) == {"a": BINARY, "b": b""}


def test_a_lone_envelope_is_a_package_without_parts() -> None:
    for content_type in (MIME_SOAP, "Application/SOAP+XML;charset=utf-8", f'{MIME_SOAP}; action="x"'):
        assert taken_apart(ROOT, content_type) == Package(root=ROOT, parts={})


def test_the_content_type_we_write_names_the_root_and_carries_no_charset() -> None:
    content_type, _ = joined(b"1")

    assert content_type == (
        'multipart/related; boundary="oots-0001"; type="application/soap+xml"; '
        'start="<root@ap>"; start-info="application/soap+xml"'
    )


def test_the_root_may_stand_anywhere_when_start_names_it() -> None:
    found = taken_apart(package(part("a"), root_part("r@x"), part("b")), RELATED + '; start="<r@x>"')

    assert found.root == ROOT
    assert list(found.parts) == ["a", "b"]


def test_without_start_the_first_part_is_the_root_and_needs_no_content_id() -> None:
    first = b"Content-Type: application/soap+xml\r\n\r\n" + ROOT

    assert taken_apart(package(first, part("a"))).root == ROOT


def test_start_counts_without_its_angle_brackets_too() -> None:
    assert taken_apart(package(part("a"), root_part("r")), RELATED + "; start=r").root == ROOT


@pytest.mark.parametrize(
    ("boundary", "parameter"),
    [
        (b"uuid:0f9a-1/2", '"uuid:0f9a-1/2"'),
        (b"----=_Part_1_2.3", '"----=_Part_1_2.3"'),
        (b"=_'()+,./:?", '"=_\'()+,./:?"'),
        (b"a b", '"a b"'),
        (b"B", '"\\B"'),
        (b"uuid:0f9a", "uuid:0f9a"),
        (b"x" * 70, "x" * 70),
    ],
)
def test_boundaries_of_other_stacks_are_read(boundary: bytes, parameter: str) -> None:
    body = package(root_part(), part(), boundary=boundary)

    assert contents(taken_apart(body, f"multipart/related; boundary={parameter}")) == {"a": b"1"}


def test_parameters_are_read_in_any_case_and_order_and_with_blanks() -> None:
    content_type = 'Multipart/Related ; TYPE="Application/SOAP+xml" ; action="x;y=\\"z\\"" ; Boundary = "B";'

    assert taken_apart(package(root_part(), part()), content_type).root == ROOT


def test_text_before_the_first_boundary_and_after_the_last_is_ignored() -> None:
    body = b"This is a multi-part message.\r\n--\r\n" + package(root_part(), part()) + b"\r\n--B\r\nnot a part"

    assert contents(taken_apart(body)) == {"a": b"1"}


def test_the_first_boundary_may_stand_at_the_very_start() -> None:
    assert contents(taken_apart(package(root_part(), part())[2:])) == {"a": b"1"}


def test_blanks_may_follow_a_boundary() -> None:
    body = package(root_part(), part()).replace(b"--B\r\n", b"--B \t \r\n")

    assert contents(taken_apart(body)) == {"a": b"1"}


def test_exactly_one_line_end_belongs_to_the_boundary() -> None:
    assert contents(taken_apart(package(root_part(), part("a", b"\r\n1\r\n")))) == {"a": b"\r\n1\r\n"}


def test_a_boundary_inside_a_line_is_content() -> None:
    content = b"x--B\r\n --B\n--B--\r\n-B--\r\n"

    assert contents(taken_apart(package(root_part(), part("a", content)))) == {"a": content}


def test_a_nested_multipart_is_content_like_any_other() -> None:
    inner = b"--C\r\nContent-ID: <a>\r\n\r\n1\r\n--C--\r\n"
    nested = b"Content-Type: multipart/mixed; boundary=C\r\nContent-ID: <n>\r\n\r\n" + inner

    found = taken_apart(package(root_part(), nested))

    assert contents(found) == {"n": inner}
    assert found.parts["n"].media_type == "multipart/mixed; boundary=C"


@pytest.mark.parametrize("encoding", ["binary", "8bit", "7bit", "BINARY ", ""])
def test_content_is_taken_as_it_is(encoding: str) -> None:
    fields = f"Content-Transfer-Encoding: {encoding}\r\n" if encoding else ""

    assert contents(taken_apart(package(root_part(), part("a", b"QQ==\r\n", fields=fields)))) == {"a": b"QQ==\r\n"}


@given(content=st.binary(max_size=200), width=st.integers(1, 80), size=st.integers(1, 50))
def test_base64_is_decoded_whatever_its_lines_and_chunks(content: bytes, width: int, size: int) -> None:
    text = base64.b64encode(content)
    lines = b"\r\n".join(text[at : at + width] for at in range(0, len(text), width))

    body = package(root_part(), part("a", lines, fields="Content-Transfer-Encoding: Base64\r\n"))

    assert contents(taken_apart(body, size=size)) == {"a": content}


def test_content_ids_are_compared_after_percent_decoding() -> None:
    found = taken_apart(package(root_part(), part("a%40b"), part("c+d"), part("e f")))

    assert list(found.parts) == ["a@b", "c+d", "e f"]


def test_header_fields_are_found_in_any_case_and_when_folded() -> None:
    folded = b"CONTENT-TYPE:\r\n\tapplication/pdf;\r\n name=x\r\ncontent-id:<a>\r\nX-Other: y\r\n\r\n1"

    found = taken_apart(package(root_part(), folded)).parts["a"]

    assert found.media_type == "application/pdf; name=x"
