"""
The format of encrypted files, long-lived or not: a key, a file id and plain bytes on one side, a file on the other.

64 KiB at a time, AES-256-GCM, with the number of the chunk and a flag for the last one in the nonce, and the file's id
as associated data: chunks that were altered, swapped, doubled, taken from another file or cut off do not open.
No nonce is used twice because every file has a key of its own; whoever calls sees to that.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from oots.errors import DamagedContent
from oots.store.durable import new_private_file, usable, write_whole
from oots.store.secret_key import TAG_BYTES, SecretKey

CHUNK_BYTES: Final = 64 << 10
_SEALED_CHUNK_BYTES: Final = CHUNK_BYTES + TAG_BYTES
_COUNTER_BYTES: Final = 11
"""With the flag behind it, the 12 bytes of a nonce."""


class ChunkWriter:
    """Writes one sealed file, which only we may read and which must not be there yet."""

    def __init__(self, path: Path, key: SecretKey, file_id: UUID) -> None:
        self.size = 0
        """Of what was written, before encryption."""
        self._folder = path.parent
        self._cipher = AESGCM(key.reveal())
        self._associated = file_id.bytes
        self._waiting = bytearray()
        self._sealed_chunks = 0
        with usable(self._folder):
            self._file = new_private_file(path)

    def write(self, piece: bytes) -> None:
        """Append; raises `StoreUnavailable`, and the file is then of no more use."""
        self.size += len(piece)
        rest = memoryview(piece)
        # One chunk is always held back: only `finish` knows which one is the last.
        if self._waiting:
            room = CHUNK_BYTES - len(self._waiting)
            self._waiting += rest[:room]
            rest = rest[room:]
            if rest:
                self._seal(self._waiting, last=False)
                self._waiting = bytearray()
        while len(rest) > CHUNK_BYTES:
            self._seal(rest[:CHUNK_BYTES], last=False)
            rest = rest[CHUNK_BYTES:]
        self._waiting += rest

    def finish(self, *, durable: bool) -> None:
        """Write the end and close; if it is to be `durable`, the bytes are on disk afterwards (their name is not)."""
        self._seal(self._waiting, last=True)
        with usable(self._folder):
            if durable:
                os.fsync(self._file.fileno())
            self._file.close()

    def close(self) -> None:
        """Close the file as it is; may be repeated."""
        self._file.close()

    def _seal(self, chunk: bytearray | memoryview, *, last: bool) -> None:
        sealed = self._cipher.encrypt(_nonce(self._sealed_chunks, last=last), chunk, self._associated)
        # Counted before it is written: what the disk refused may stand there in part, and its nonce is used up.
        self._sealed_chunks += 1
        with usable(self._folder):
            write_whole(self._file, sealed)


def read_chunks(
    path: Path, key: SecretKey, file_id: UUID, *, size: int, start: int = 0, stop: int | None = None
) -> Iterator[bytes]:
    """
    Give the bytes `[start:stop]` of a sealed file that has `size` of them.

    Raises `DamagedContent` before it gives a byte that is not as it was written, and at once when the file is longer or
    shorter than it should be; `StoreUnavailable` when the disk does not answer.
    """
    must_be_whole(path, size)
    start, stop, _ = slice(start, stop).indices(size)
    if start >= stop and size:
        return
    cipher = AESGCM(key.reveal())
    with usable(path.parent), path.open("rb") as file:
        first = start // CHUNK_BYTES
        file.seek(first * _SEALED_CHUNK_BYTES)
        for number in range(first, _number_of_last(stop) + 1):
            nonce = _nonce(number, last=number == _number_of_last(size))
            try:
                chunk = cipher.decrypt(nonce, file.read(_SEALED_CHUNK_BYTES), file_id.bytes)
            except InvalidTag as error:
                raise _damaged(path) from error
            before = number * CHUNK_BYTES
            if piece := chunk[max(start - before, 0) : stop - before]:
                yield piece


def must_be_whole(path: Path, size: int) -> None:
    """Raise `DamagedContent` unless the file is there and has the length that `size` bytes have when sealed."""
    with usable(path.parent):
        try:
            length = path.stat().st_size
        except FileNotFoundError as error:
            raise DamagedContent(
                f"{path.parent} cannot be used for payloads: the file {path.name}, which we wrote, is gone"
            ) from error
    if length != size + (_number_of_last(size) + 1) * TAG_BYTES:
        raise _damaged(path)


def _number_of_last(size: int) -> int:
    """Give the number of the chunk in which a file of `size` bytes ends; one without any bytes has one empty chunk."""
    return max(size - 1, 0) // CHUNK_BYTES


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(_COUNTER_BYTES) + bytes([last])


def _damaged(path: Path) -> DamagedContent:
    return DamagedContent(f"the file {path} was altered or cut short after we wrote it")
