"""
`SealedFile`: an `Overflow` whose bytes stand on disk encrypted.  Its key is in memory only, and dies with the process.
"""

import atexit
import shutil
import tempfile
import threading
import uuid
import weakref
from collections.abc import Iterator
from pathlib import Path

from oots.spooled import NewSpooled, Spooled
from oots.store.sealed_chunks import ChunkWriter, read_chunks
from oots.store.secret_key import SecretKey


class SealedFile:
    """Written once, then read as often as wanted, by several threads too; gone when closed or no longer referred to."""

    def __init__(self, folder: Path) -> None:
        self._id = uuid.uuid4()
        self._path = folder / self._id.hex
        self._key = SecretKey.new()
        self._complete = False
        self._completing = threading.Lock()
        self._writer = ChunkWriter(self._path, self._key, self._id)
        self._remove = weakref.finalize(self, _remove, self._writer, self._path)

    def write(self, data: bytes, /) -> None:
        """Append; no longer possible once it was read."""
        if self._complete:
            raise ValueError("a sealed file that was read takes no more bytes")
        self._writer.write(data)

    def chunks(self) -> Iterator[bytes]:
        """
        Give everything that was written, in order; may be called again.

        Raises `DamagedContent` before it gives a byte that is not as it was written, and when the end is missing.
        """
        with self._completing:
            if not self._complete:
                self._complete = True
                self._writer.finish(durable=False)
        return self._read()

    def close(self) -> None:
        """Remove the file."""
        self._remove()

    def _read(self) -> Iterator[bytes]:
        # A generator of ours, so that whoever still reads also still refers to this file.
        yield from read_chunks(self._path, self._key, self._id, size=self._writer.size)


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


def _remove(writer: ChunkWriter, path: Path) -> None:
    writer.close()
    path.unlink(missing_ok=True)
