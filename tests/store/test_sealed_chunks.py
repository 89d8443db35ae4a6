"""The format of encrypted files: what goes in comes out, whole or in ranges, and nothing that was touched comes out."""

from collections import deque
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Final
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oots.errors import DamagedContent
from oots.store.sealed_chunks import CHUNK_BYTES, ChunkWriter, read_chunks
from oots.store.secret_key import TAG_BYTES, SecretKey

KEY: Final = SecretKey(bytes(range(32)))
FILE_ID: Final = UUID(int=1)
CONTENT: Final = bytes(number % 251 for number in range(3 * CHUNK_BYTES + 100))
"""Four chunks, of which no two are the same."""

SEALED_CHUNK_BYTES: Final = CHUNK_BYTES + TAG_BYTES
SIZES: Final = st.builds(
    lambda chunks, around: max(chunks * CHUNK_BYTES + around, 0), st.integers(0, 3), st.integers(-2, 2)
)
"""Around the borders of chunks."""

_numbers = count()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Take the files of one module."""
    return tmp_path_factory.mktemp("sealed")


def sealed(
    folder: Path, content: bytes, *, key: SecretKey = KEY, file_id: UUID = FILE_ID, piece: int = 1 << 30
) -> Path:
    """Write a sealed file, in pieces of a size."""
    path = folder / str(next(_numbers))
    writer = ChunkWriter(path, key, file_id)
    for start in range(0, len(content), piece):
        writer.write(content[start : start + piece])
    writer.finish(durable=False)
    return path


def opened(path: Path, size: int, *, key: SecretKey = KEY, file_id: UUID = FILE_ID) -> bytes:
    """Read a sealed file."""
    return b"".join(read_chunks(path, key, file_id, size=size))


def chunks_of(path: Path) -> list[bytes]:
    """Take a sealed file apart."""
    content = path.read_bytes()
    return [content[start : start + SEALED_CHUNK_BYTES] for start in range(0, len(content), SEALED_CHUNK_BYTES)]


@given(size=SIZES, piece=st.sampled_from([1000, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 150_000, 1 << 30]))
def test_what_was_written_in_any_pieces_is_read(folder: Path, size: int, piece: int) -> None:
    content = CONTENT[:size]

    assert opened(sealed(folder, content, piece=piece), size) == content


@given(
    size=SIZES,
    start=st.integers(-2, 2) | st.integers(0, 4 * CHUNK_BYTES) | SIZES,
    stop=st.none() | st.integers(-2, 2) | st.integers(0, 4 * CHUNK_BYTES) | SIZES,
)
def test_any_range_is_what_a_slice_of_the_content_is(folder: Path, size: int, start: int, stop: int | None) -> None:
    content = CONTENT[:size]
    path = sealed(folder, content)

    assert b"".join(read_chunks(path, KEY, FILE_ID, size=size, start=start, stop=stop)) == content[start:stop]


def test_a_range_is_read_without_the_chunks_around_it(folder: Path) -> None:
    path = sealed(folder, CONTENT)
    first, second, third, last = chunks_of(path)
    path.write_bytes(bytes(len(first)) + second + bytes(len(third)) + last)

    found = list(read_chunks(path, KEY, FILE_ID, size=len(CONTENT), start=CHUNK_BYTES, stop=2 * CHUNK_BYTES))

    assert found == [CONTENT[CHUNK_BYTES : 2 * CHUNK_BYTES]]


def test_no_piece_is_empty(folder: Path) -> None:
    assert list(read_chunks(sealed(folder, b""), KEY, FILE_ID, size=0)) == []


@pytest.mark.parametrize(
    "order",
    "1023 0213 0132 0023 0113 0122 012 123 023 01233 00123 0123012 0".split(),  # noqa: SIM905
)
def test_chunks_swapped_doubled_or_dropped_do_not_open(folder: Path, order: str) -> None:
    path = sealed(folder, CONTENT)
    chunks = chunks_of(path)
    path.write_bytes(b"".join([chunks[int(number)] for number in order]))

    with pytest.raises(DamagedContent, match="altered or cut short"):
        opened(path, len(CONTENT))


def test_an_end_that_was_cut_off_is_missed_also_when_the_size_was_altered_to_match(folder: Path) -> None:
    path = sealed(folder, CONTENT)
    path.write_bytes(b"".join(chunks_of(path)[:2]))

    with pytest.raises(DamagedContent, match="altered or cut short"):
        opened(path, 2 * CHUNK_BYTES)


@pytest.mark.parametrize("chunk", range(5))
@pytest.mark.parametrize("around", [-TAG_BYTES - 1, -TAG_BYTES, -1, 0, 1, TAG_BYTES])
def test_a_file_cut_near_a_border_does_not_open(folder: Path, chunk: int, around: int) -> None:
    path = sealed(folder, CONTENT)
    whole = path.read_bytes()
    length = min(max(chunk * SEALED_CHUNK_BYTES + around, 0), len(whole) - 1)
    path.write_bytes(whole[:length])

    with pytest.raises(DamagedContent, match="altered or cut short"):
        opened(path, len(CONTENT))


def test_something_appended_is_noticed(folder: Path) -> None:
    path = sealed(folder, CONTENT)
    path.write_bytes(path.read_bytes() + b"x")

    with pytest.raises(DamagedContent, match="altered or cut short"):
        opened(path, len(CONTENT))


@given(bit=st.integers(0, 8 * (len(CONTENT) + 4 * TAG_BYTES) - 1))
def test_a_flipped_bit_lets_out_the_chunks_before_it_and_nothing_else(folder: Path, bit: int) -> None:
    path = sealed(folder, CONTENT)
    altered = bytearray(path.read_bytes())
    altered[bit // 8] ^= 1 << bit % 8
    path.write_bytes(altered)
    found = bytearray()

    with pytest.raises(DamagedContent, match="altered or cut short"):
        deque(map(found.extend, read_chunks(path, KEY, FILE_ID, size=len(CONTENT))))

    assert found == CONTENT[: bit // 8 // SEALED_CHUNK_BYTES * CHUNK_BYTES]


@pytest.mark.parametrize(
    "put",
    [
        lambda folder: sealed(folder, CONTENT, key=SecretKey.new()),
        lambda folder: sealed(folder, CONTENT, file_id=UUID(int=2)),
    ],
    ids=["another key", "another id"],
)
def test_the_file_of_another_does_not_open(folder: Path, put: Callable[[Path], Path]) -> None:
    with pytest.raises(DamagedContent, match="altered or cut short"):
        opened(put(folder), len(CONTENT))


def test_the_same_content_looks_different_in_every_chunk_and_file(folder: Path) -> None:
    same = bytes(4 * CHUNK_BYTES)
    found = chunks_of(sealed(folder, same)) + chunks_of(sealed(folder, same, key=SecretKey.new()))

    assert len(set(found)) == 8


def test_a_file_that_is_gone_is_damage(folder: Path) -> None:
    with pytest.raises(DamagedContent, match="which we wrote, is gone"):
        opened(folder / "missing", 10)
