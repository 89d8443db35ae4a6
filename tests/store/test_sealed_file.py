import gc
import stat
import threading
from pathlib import Path

import pytest

from oots.errors import DamagedContent, OperatorError, StoreUnavailable
from oots.store.sealed_chunks import CHUNK_BYTES
from oots.store.sealed_file import SealedFile, new_spooled, private_folder
from tests.store.full_disk import files_no_larger_than


def a_sealed_file(folder: Path, content: bytes) -> SealedFile:
    sealed = SealedFile(folder)
    sealed.write(content)
    return sealed


def the_file_in(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 200_000])
def test_what_was_written_in_any_pieces_is_read_as_often_as_wanted(tmp_path: Path, size: int) -> None:
    content = bytes(number % 251 for number in range(size))
    sealed = SealedFile(tmp_path)
    for start in range(0, size, 50_000):
        sealed.write(content[start : start + 50_000])

    assert b"".join(sealed.chunks()) == content
    assert b"".join(sealed.chunks()) == content


def test_the_content_does_not_stand_on_disk(tmp_path: Path) -> None:
    sealed = a_sealed_file(tmp_path, b"a marker that nobody may find" * 10_000)
    list(sealed.chunks())

    assert b"marker" not in the_file_in(tmp_path).read_bytes()


def test_only_we_may_read_the_file_and_enter_the_folder(tmp_path: Path) -> None:
    a_file = a_sealed_file(tmp_path, b"x")
    folder = private_folder()

    assert stat.S_IMODE(the_file_in(tmp_path).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    folder.rmdir()
    a_file.close()


def test_one_altered_bit_is_noticed(tmp_path: Path) -> None:
    sealed = a_sealed_file(tmp_path, b"x" * 100_000)
    list(sealed.chunks())
    path = the_file_in(tmp_path)
    altered = bytearray(path.read_bytes())
    altered[70_000] ^= 1
    path.write_bytes(altered)

    with pytest.raises(OperatorError, match="altered or cut short"):
        list(sealed.chunks())


def test_closing_removes_the_file_and_may_be_repeated(tmp_path: Path) -> None:
    sealed = a_sealed_file(tmp_path, b"x")
    sealed.close()
    sealed.close()

    assert list(tmp_path.iterdir()) == []


def test_a_file_that_nobody_refers_to_is_removed(tmp_path: Path) -> None:
    sealed = a_sealed_file(tmp_path, b"x")
    del sealed
    gc.collect()

    assert list(tmp_path.iterdir()) == []


def test_whoever_reads_keeps_the_file(tmp_path: Path) -> None:
    chunks = a_sealed_file(tmp_path, b"x" * 100_000).chunks()
    gc.collect()

    assert b"".join(chunks) == b"x" * 100_000


def test_what_was_read_takes_no_more_bytes(tmp_path: Path) -> None:
    sealed = a_sealed_file(tmp_path, b"x")
    list(sealed.chunks())

    with pytest.raises(ValueError, match="no more bytes"):
        sealed.write(b"y")


def test_a_folder_that_is_not_there_is_the_operators_business(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="cannot be used for payloads: No such file"):
        SealedFile(tmp_path / "missing")


def test_a_full_disk_is_the_operators_business(tmp_path: Path) -> None:
    spooled = new_spooled(tmp_path)()
    with (
        files_no_larger_than(1 << 20),
        pytest.raises(OperatorError, match="cannot be used for payloads: File too large"),
    ):
        spooled.write(b"x" * (2 << 20))


def test_a_file_whose_end_found_no_room_takes_no_more_bytes_and_does_not_open(tmp_path: Path) -> None:
    sealed = a_sealed_file(tmp_path, b"x" * 100)
    with files_no_larger_than(50), pytest.raises(StoreUnavailable):
        sealed.chunks()

    with pytest.raises(ValueError, match="no more bytes"):
        sealed.write(b"y")
    with pytest.raises(DamagedContent):
        list(sealed.chunks())


def test_several_threads_may_read_at_once_also_for_the_first_time(tmp_path: Path) -> None:
    content = bytes(range(256)) * 1000
    sealed = a_sealed_file(tmp_path, content)
    start, found = threading.Barrier(8), []

    def read() -> None:
        start.wait()
        found.append(b"".join(sealed.chunks()))

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [content] * 8


def test_a_spooled_goes_to_disk_only_when_it_grows_large(tmp_path: Path) -> None:
    make = new_spooled(tmp_path, memory_bytes=1000)
    small, large = make(), make()
    small.write(b"x" * 1000)
    large.write(b"x" * 1001)

    assert len(list(tmp_path.iterdir())) == 1
    assert (small.read(), large.read()) == (b"x" * 1000, b"x" * 1001)
    large.close()
    assert list(tmp_path.iterdir()) == []
