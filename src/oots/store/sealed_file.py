"""
`SealedFile`: an `Overflow` whose bytes stand on disk encrypted.  Its key is in memory only, and dies with the process.

64 KiB at a time, AES-256-GCM, with the number of the chunk and a flag for the last one in the nonce, and the file's id
as associated data: chunks that were altered, swapped, taken from another file or cut off do not open.
"""

import atexit
import os
import shutil
import tempfile
import threading
import uuid
import weakref
from collections.abc import Iterator
from io import FileIO
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from oots.errors import OperatorError
from oots.spooled import NewSpooled, Spooled

CHUNK_BYTES: Final = 64 << 10
_TAG_BYTES: Final = 16
_COUNTER_BYTES: Final = 11
"""With the flag behind it, the 12 bytes of a nonce.  No nonce is used twice: every file has a key of its own."""


class SealedFile:
    """Written once, then read as often as wanted, by several threads too; gone when closed or no longer referred to."""

    def __init__(self, folder: Path) -> None:
        blob_id = uuid.uuid4()
        self._path = folder / blob_id.hex
        self._associated = blob_id.bytes
        self._cipher = AESGCM(AESGCM.generate_key(256))
        self._waiting = bytearray()
        self._sealed_chunks = 0
        self._complete = False
        self._completing = threading.Lock()
        self._file = _new_file(self._path)
        self._remove = weakref.finalize(self, _remove, self._file, self._path)

    def write(self, data: bytes, /) -> None:
        """Append; no longer possible once it was read."""
        if self._complete:
            raise ValueError("a sealed file that was read takes no more bytes")
        self._waiting += data
        # One chunk is always held back: only when it is read do we know which one is the last.
        while len(self._waiting) > CHUNK_BYTES:
            self._seal(self._waiting[:CHUNK_BYTES], last=False)
            del self._waiting[:CHUNK_BYTES]

    def chunks(self) -> Iterator[bytes]:
        """
        Give everything that was written, in order; may be called again.

        Raises `OperatorError` before it gives a byte that is not as it was written, and when the end is missing.
        """
        with self._completing:
            if not self._complete:
                self._seal(self._waiting, last=True)
                self._waiting.clear()
                self._complete = True
                self._file.close()
        return self._open()

    def close(self) -> None:
        """Remove the file."""
        self._remove()

    def _seal(self, chunk: bytearray, *, last: bool) -> None:
        sealed = self._cipher.encrypt(_nonce(self._sealed_chunks, last=last), chunk, self._associated)
        try:
            if self._file.write(sealed) != len(sealed):
                raise OSError("the disk took only a part of it")
        except OSError as error:
            raise _unusable(self._path.parent, error) from error
        self._sealed_chunks += 1

    def _open(self) -> Iterator[bytes]:
        try:
            with self._path.open("rb") as file:
                for number in range(self._sealed_chunks):
                    last = number == self._sealed_chunks - 1
                    sealed = file.read(CHUNK_BYTES + _TAG_BYTES)
                    yield self._cipher.decrypt(_nonce(number, last=last), sealed, self._associated)
                if file.read(1):
                    raise InvalidTag
        except OSError as error:
            raise _unusable(self._path.parent, error) from error
        except InvalidTag as error:
            raise OperatorError(
                f"a file under {self._path.parent} was altered or cut short after we wrote it"
            ) from error


def private_folder() -> Path:
    """Make a folder that only we may enter; it goes away with the process."""
    folder = Path(tempfile.mkdtemp(prefix="oots-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def new_spooled(folder: Path | None = None, *, memory_bytes: int = 1 << 20) -> NewSpooled:
    """Give a maker of `Spooled`s that keep up to `memory_bytes` in memory and the rest in sealed files in `folder`."""
    place = private_folder() if folder is None else folder

    def make() -> Spooled:
        return Spooled(memory_bytes=memory_bytes, new_overflow=lambda: SealedFile(place))

    return make


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(_COUNTER_BYTES) + bytes([last])


def _new_file(path: Path) -> FileIO:
    try:
        return FileIO(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600))
    except OSError as error:
        raise _unusable(path.parent, error) from error


def _remove(file: FileIO, path: Path) -> None:
    file.close()
    path.unlink(missing_ok=True)


def _unusable(folder: Path, error: OSError) -> OperatorError:
    return OperatorError(f"{folder} cannot be used for payloads: {error.strerror or error}")
