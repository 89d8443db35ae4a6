"""Blobs: on disk before anybody names them, read whole or in ranges, and swept when nobody does."""

import fcntl
import hashlib
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oots.errors import DamagedContent, StoreUnavailable
from oots.spooled import Spooled
from oots.store.blobs import BlobRef, BlobStore
from oots.store.sealed_chunks import CHUNK_BYTES
from oots.store.sealed_file import new_spooled
from oots.store.secret_key import DataKey, SecretKey
from tests.store.full_disk import files_no_larger_than

KEY: Final = DataKey(SecretKey(bytes(range(32))))
CONTENT: Final = bytes(number % 251 for number in range(3 * CHUNK_BYTES + 100))
AT_ONCE: Final = timedelta(0)


@pytest.fixture
def store(tmp_path: Path) -> BlobStore:
    """Make a store."""
    return BlobStore(tmp_path / "blobs")


@pytest.fixture(scope="module")
def lasting_store(tmp_path_factory: pytest.TempPathFactory) -> BlobStore:
    """Make a store for many examples."""
    return BlobStore(tmp_path_factory.mktemp("blobs"))


def files_in(folder: Path) -> list[Path]:
    """Give all files of the store in a folder."""
    return sorted(path for path in (folder / "blobs").rglob("*") if path.is_file())


@given(
    size=st.sampled_from([max(chunks * CHUNK_BYTES + near, 0) for chunks in range(4) for near in range(-1, 2)]),
    piece=st.sampled_from([10_000, CHUNK_BYTES, 1 << 30]),
)
def test_what_was_written_is_read_as_often_as_wanted(lasting_store: BlobStore, size: int, piece: int) -> None:
    content = CONTENT[:size]
    ref = lasting_store.write([content[at : at + piece] for at in range(0, size, piece)], KEY)

    with lasting_store.open(ref, KEY) as blob:
        assert blob.read() == blob.read() == content
    assert lasting_store.open(ref, KEY).read() == content
    assert (ref.size, ref.sha256) == (size, hashlib.sha256(content).hexdigest())
    assert blob.size == size


@pytest.mark.parametrize(("start", "stop"), [(0, 1), (0, CHUNK_BYTES), (CHUNK_BYTES - 1, CHUNK_BYTES + 1), (-3, None)])
def test_a_range_is_read_as_http_asks_for_it(store: BlobStore, start: int, stop: int | None) -> None:
    blob = store.open(store.write([CONTENT], KEY), KEY)

    assert b"".join(blob.chunks(start, stop)) == CONTENT[start:stop]


def test_a_spooled_goes_in_and_what_comes_out_is_one(store: BlobStore, tmp_path: Path) -> None:
    with new_spooled(tmp_path, memory_bytes=1000)() as spooled:
        spooled.write(CONTENT)
        blob = store.open(store.write(spooled.chunks(), KEY), KEY)

    assert isinstance(blob, Spooled)
    assert Spooled().write_all(blob.chunks()).read() == CONTENT
    with pytest.raises(ValueError, match="a blob takes no more bytes"):
        blob.write(b"x")


def test_a_blob_is_for_its_owner_only(store: BlobStore, tmp_path: Path) -> None:
    store.write([CONTENT], KEY)
    (path,) = files_in(tmp_path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in (path.parent, path.parent.parent)} == {0o700}
    assert path.relative_to(tmp_path / "blobs").parts == (path.name[:2], path.name)


def test_bytes_are_on_disk_before_their_name_and_the_name_before_it_is_told(
    store: BlobStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really_sync, synced = os.fsync, []

    def fsync(descriptor: int) -> None:
        really_sync(descriptor)
        (path,) = files_in(tmp_path)
        kind = "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
        synced.append((kind, path.suffix, path.stat().st_size > len(CONTENT)))

    monkeypatch.setattr(os, "fsync", fsync)
    store.write([CONTENT], KEY)

    assert synced == [("file", ".new", True), ("folder", "", True)]


def test_the_folders_themselves_are_on_disk_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really_sync, synced = os.fsync, []

    def fsync(descriptor: int) -> None:
        really_sync(descriptor)
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink().relative_to(tmp_path))

    monkeypatch.setattr(os, "fsync", fsync)
    BlobStore(tmp_path / "blobs")
    BlobStore(tmp_path / "blobs")

    assert synced == [Path(), Path("blobs"), Path("blobs")]
    assert len(list((tmp_path / "blobs").iterdir())) == 256


@pytest.mark.parametrize("key", [DataKey(SecretKey.new()), DataKey(KEY.derive("column"))], ids=["another", "derived"])
def test_a_blob_does_not_open_with_another_key(store: BlobStore, key: DataKey) -> None:
    ref = store.write([CONTENT], KEY)

    with pytest.raises(DamagedContent, match="altered or cut short"):
        store.open(ref, key).read()


def test_a_blob_does_not_open_under_the_id_of_another(store: BlobStore, tmp_path: Path) -> None:
    first, second = store.write([CONTENT], KEY), store.write([CONTENT], KEY)
    one, other = (next(path for path in files_in(tmp_path) if path.name == ref.id.hex) for ref in (first, second))
    one.replace(other)

    with pytest.raises(DamagedContent, match="altered or cut short"):
        store.open(second, KEY).read()


def test_the_same_content_in_two_blobs_of_a_message_looks_different(store: BlobStore, tmp_path: Path) -> None:
    for _ in range(2):
        store.write([bytes(1000)], KEY)
    first, second = (path.read_bytes() for path in files_in(tmp_path))

    assert not any(first[at : at + 8] == second[at : at + 8] for at in range(1000))


@pytest.mark.parametrize("size", [0, CHUNK_BYTES, len(CONTENT) - 1, len(CONTENT) + 1])
def test_a_blob_of_another_size_is_refused_before_it_is_read(store: BlobStore, size: int) -> None:
    ref = store.write([CONTENT], KEY)

    with pytest.raises(DamagedContent, match="altered or cut short"):
        store.open(replace(ref, size=size), KEY)


def test_a_deleted_blob_is_gone_and_may_be_deleted_again(store: BlobStore, tmp_path: Path) -> None:
    ref = store.write([CONTENT], KEY)
    store.delete(ref.id)
    store.delete(ref.id)

    assert files_in(tmp_path) == []
    with pytest.raises(DamagedContent, match="which we wrote, is gone"):
        store.open(ref, KEY)


def test_a_full_disk_is_said_without_the_content_and_leaves_nothing(store: BlobStore, tmp_path: Path) -> None:
    with files_no_larger_than(CHUNK_BYTES), pytest.raises(StoreUnavailable) as caught:
        store.write([b"a marker " * 20_000], KEY)

    assert str(caught.value).endswith("cannot be used for payloads: File too large")
    assert "marker" not in str(caught.value)
    assert files_in(tmp_path) == []


def test_a_disk_that_does_not_keep_a_name_leaves_nothing(
    store: BlobStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really_sync = os.fsync

    def fsync(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(5, "Input/output error")
        really_sync(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(StoreUnavailable, match="cannot be used for payloads: Input/output error"):
        store.write([CONTENT], KEY)

    assert files_in(tmp_path) == []


def test_a_source_that_breaks_off_leaves_nothing_and_says_so_itself(store: BlobStore, tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield CONTENT
        raise ConnectionResetError("the peer hung up")

    with pytest.raises(ConnectionResetError, match="the peer hung up"):
        store.write(broken(), KEY)

    assert files_in(tmp_path) == []


def test_a_folder_that_cannot_be_made_is_the_operators_business(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(StoreUnavailable, match="blobs cannot be used for payloads: Not a directory"):
        BlobStore(tmp_path / "file" / "blobs")


# --- the sweep --------------------------------------------------------------------------------------------------------


def ids(refs: Iterable[BlobRef]) -> set[UUID]:
    """Give the ids that a database would name."""
    return {ref.id for ref in refs}


def test_what_no_row_names_is_swept_at_the_second_look(store: BlobStore, tmp_path: Path) -> None:
    named = [store.write([CONTENT], KEY) for _ in range(3)]
    orphan = store.write([CONTENT], KEY)
    leftover = next(path for path in files_in(tmp_path) if path.name == orphan.id.hex)
    leftover.replace(leftover.with_suffix(".new"))
    store.write([CONTENT], KEY)

    assert store.sweep(ids(named).intersection, unnamed_for=AT_ONCE) == 0
    assert store.sweep(ids(named).intersection, unnamed_for=AT_ONCE) == 2
    assert {UUID(path.name) for path in files_in(tmp_path)} == ids(named)
    assert store.sweep(ids(named).intersection, unnamed_for=AT_ONCE) == 0


def test_what_a_row_names_by_the_second_look_stays(store: BlobStore, tmp_path: Path) -> None:
    ref = store.write([CONTENT], KEY)

    for named in (set(), {ref.id}, set()):
        assert store.sweep(named.intersection, unnamed_for=AT_ONCE) == 0

    assert len(files_in(tmp_path)) == 1
    assert store.sweep(set().intersection, unnamed_for=AT_ONCE) == 1


def test_nothing_is_swept_before_its_time_however_old_the_clock_says_it_is(store: BlobStore, tmp_path: Path) -> None:
    store.write([CONTENT], KEY)
    (path,) = files_in(tmp_path)
    os.utime(path, (0, 0))

    assert [store.sweep(set().intersection) for _ in range(3)] == [0, 0, 0]
    assert path.exists()


def test_files_of_others_are_not_swept(store: BlobStore, tmp_path: Path) -> None:
    others = [tmp_path / "blobs" / name for name in ("README", "00/README", "00/0123.new", f"ff/{'f' * 33}")]
    for path in others:
        path.write_text("not ours")

    for _ in range(2):
        store.sweep(set().intersection, unnamed_for=AT_ONCE)

    assert files_in(tmp_path) == sorted(others)


def test_no_blob_goes_while_they_are_kept_and_then_it_is_swept(store: BlobStore, tmp_path: Path) -> None:
    other_process = BlobStore(tmp_path / "blobs")
    deleted, orphan = (store.write([CONTENT], KEY) for _ in range(2))
    store.sweep(set().intersection, unnamed_for=AT_ONCE)

    with other_process.kept():
        store.delete(deleted.id)
        assert store.sweep(set().intersection, unnamed_for=AT_ONCE) == 0
        assert {path.name for path in store.files()} == {deleted.id.hex, orphan.id.hex}

    assert store.sweep(set().intersection, unnamed_for=AT_ONCE) == 2
    assert list(store.files()) == []


def test_who_keeps_the_blobs_waits_for_who_removes_one(store: BlobStore, tmp_path: Path) -> None:
    store.delete(store.write([CONTENT], KEY).id)
    keeping, kept = threading.Event(), threading.Event()

    def keep() -> None:
        keeping.set()
        with store.kept():
            kept.set()

    with (tmp_path / "blobs.lock").open() as removing:
        fcntl.flock(removing, fcntl.LOCK_SH)
        thread = threading.Thread(target=keep)
        thread.start()
        keeping.wait()
        assert not kept.wait(0.1)
    thread.join()
    assert kept.is_set()


# --- threads and memory -----------------------------------------------------------------------------------------------


def test_several_threads_write_read_and_sweep_at_once(store: BlobStore) -> None:
    found, refs = [], set()

    def work(number: int) -> None:
        content = bytes([number]) * 100_000
        for _ in range(10):
            ref = store.write([content], KEY)
            refs.add(ref.id)
            store.sweep(lambda asked: {blob_id for blob_id in asked if blob_id in refs})
            found.append(store.open(ref, KEY).read() == content)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [True] * 40


MEASURED: Final = """
import resource, sys
from pathlib import Path
from oots.store.blobs import BlobStore
from oots.store.secret_key import DataKey, SecretKey

def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

store, key, piece = BlobStore(Path(sys.argv[1])), DataKey(SecretKey.new()), bytes(1 << 20)
store.open(store.write([piece], key), key).read()
before = peak()
ref = store.write((piece for _ in range(48)), key)
size = sum(map(len, store.open(ref, key).chunks()))
print(size >> 20, peak() - before)
"""


def test_a_large_blob_takes_no_memory(tmp_path: Path) -> None:
    ran = subprocess.run([sys.executable, "-c", MEASURED, str(tmp_path)], capture_output=True, text=True, check=True)

    megabytes, kilobytes_more = map(int, ran.stdout.split())
    assert megabytes == 48
    assert kilobytes_more < 4096
