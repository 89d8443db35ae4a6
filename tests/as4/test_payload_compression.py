"""gzip there and back, within limits and without a second reading."""

import gzip
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oots.as4.compression import MAX_RATIO, RATIO_FROM_BYTES, deflate, inflate
from oots.errors import DecompressionFailure
from oots.spooled import Spooled

MEBIBYTE = 1 << 20


def spooled(content: bytes, cuts: list[int]) -> Spooled:
    """Spool in chunks that end at `cuts`."""
    return Spooled().write_all(
        content[start:end]
        for start, end in pairwise([0, *sorted(min(cut, len(content)) for cut in cuts), len(content)])
    )


def deflated(content: bytes) -> bytes:
    """Compress with the function under test."""
    return b"".join(deflate(Spooled(content)))


def inflated(content: bytes, *, max_bytes: int = 1 << 30, cuts: list[int] | None = None) -> bytes:
    """Decompress with the function under test."""
    return b"".join(inflate(spooled(content, cuts or []), max_bytes=max_bytes))


_cuts = st.lists(st.integers(0, 300), max_size=8)


@given(content=st.binary(max_size=300), cuts=_cuts, later=_cuts)
def test_content_survives_wherever_the_chunks_end(content: bytes, cuts: list[int], later: list[int]) -> None:
    compressed = b"".join(deflate(spooled(content, cuts)))

    assert inflated(compressed, cuts=later) == content
    assert gzip.decompress(compressed) == content


@given(members=st.lists(st.binary(max_size=100), min_size=1, max_size=4), cuts=_cuts)
def test_all_members_are_read(members: list[bytes], cuts: list[int]) -> None:
    assert inflated(b"".join(map(gzip.compress, members)), cuts=cuts) == b"".join(members)


def test_the_same_content_gives_the_same_bytes_at_any_time() -> None:
    first = deflated(b"<a/>" * 1000)

    assert first[4:8] == bytes(4), "the header holds no time"
    assert deflated(b"<a/>" * 1000) == first


@pytest.mark.parametrize("size", [MEBIBYTE - 1, MEBIBYTE, MEBIBYTE + 1, 3 * MEBIBYTE])
def test_no_byte_is_lost_where_output_is_cut_into_pieces(size: int) -> None:
    for content in (bytes(size), b"abc" * (size // 3) + b"d" * (size % 3)):
        assert inflated(deflated(content)) == content
        assert inflated(gzip.compress(content), cuts=list(range(0, 4000, 7))) == content


def test_a_stream_cut_off_anywhere_is_refused() -> None:
    compressed = gzip.compress(b"<a>content</a>" * 20)

    for end in range(len(compressed)):
        with pytest.raises(DecompressionFailure):
            inflated(compressed[:end])


@pytest.mark.parametrize(
    "content",
    [
        b"<a/>",
        b"\x1f\x8b",
        b"\x78\x9c\x03\x00\x00\x00\x00\x01",
        gzip.compress(b"a") + b"\0",
        gzip.compress(b"a") + b"\x1f",
        gzip.compress(b"a") + b"garbage, and more than a header long",
        gzip.compress(b"a") + gzip.compress(b"b")[:-1],
        gzip.compress(b"a")[:-8] + b"\0" * 8,
        gzip.compress(b"a")[:-1] + b"\x01",
        b"PK\3\4" + bytes(40),
    ],
    ids=[
        "XML",
        "two bytes",
        "zlib",
        "a zero behind",
        "half a header behind",
        "garbage behind",
        "half a member behind",
        "no checksum",
        "another length",
        "zip",
    ],
)
def test_what_is_no_gzip_is_refused(content: bytes) -> None:
    for cuts in ([], list(range(len(content)))):
        with pytest.raises(DecompressionFailure):
            inflated(content, cuts=cuts)


@given(at=st.integers(0, 1000), bit=st.integers(0, 7))
def test_an_altered_bit_never_gives_other_content(at: int, bit: int) -> None:
    content = b"".join(b"<a>%d</a>" % number for number in range(60))
    compressed = bytearray(gzip.compress(content))
    compressed[at % len(compressed)] ^= 1 << bit

    # Some bits of the header mean nothing to a reader.
    try:
        found = inflated(bytes(compressed))
    except DecompressionFailure:
        return
    assert found == content


def test_a_payload_may_be_so_large_and_no_larger() -> None:
    compressed = gzip.compress(b"x" * 1000)

    assert len(inflated(compressed, max_bytes=1000)) == 1000
    with pytest.raises(DecompressionFailure, match="999"):
        inflated(compressed, max_bytes=999)


def test_a_bomb_goes_off_before_it_is_large() -> None:
    bomb = gzip.compress(bytes(100 * MEBIBYTE), compresslevel=9)
    sizes: list[int] = []

    start = time.process_time()
    with pytest.raises(DecompressionFailure, match="bomb"):
        sizes.extend(map(len, inflate(Spooled(bomb), max_bytes=1 << 40)))

    assert sum(sizes) <= max(RATIO_FROM_BYTES, MAX_RATIO * len(bomb))
    assert time.process_time() - start < 1


def test_small_payloads_may_be_as_repetitive_as_they_like() -> None:
    content = bytes(RATIO_FROM_BYTES)

    assert inflated(gzip.compress(content)) == content
