"""
What it takes for a file to outlive a power failure: its bytes on disk, then its name.  What stands in it is elsewhere.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

from oots.errors import StoreUnavailable


@contextmanager
def usable(place: Path, *, purpose: str = "payloads") -> Iterator[None]:
    """Turn an `OSError` inside into `StoreUnavailable`, which says where the operator has to look."""
    try:
        yield
    except OSError as error:
        raise StoreUnavailable(f"{place} cannot be used for {purpose}: {error.strerror or error}") from error


def new_private_file(path: Path) -> FileIO:
    """Make a file that only we may open, where there was none."""
    return FileIO(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600))


def write_whole(file: FileIO, content: bytes) -> None:
    """Write all of `content`: a disk that becomes full takes a part first, and says why only when asked again."""
    rest = memoryview(content)
    while rest:
        rest = rest[file.write(rest) :]


def put_in_place(unfinished: Path, path: Path) -> None:
    """Give a file, whose bytes are on disk, its name; what had the name before is gone."""
    unfinished.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Return when the names in a folder are on disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
