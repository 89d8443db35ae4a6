"""
Which files `oots validate` looks at, and their bytes: files that are named, those of folders, and standard input.
"""

import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

STDIN: Final = "-"

_ENDINGS: Final = (".xml", ".mime", ".eml")
"""What is looked at in a folder: folders also hold evidence, notes and pictures."""

_CHUNK_BYTES: Final = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file to be checked."""

    name: str
    """As it is named, or found in a folder; `-` is standard input."""
    is_named: bool
    """False when it was found in a folder."""

    def chunks(self) -> Iterator[bytes]:
        """Give its bytes; raises `OSError`."""
        if self.name == STDIN:
            yield from iter(lambda: sys.stdin.buffer.read(_CHUNK_BYTES), b"")
            return
        with Path(self.name).open("rb") as stream:
            yield from iter(lambda: stream.read(_CHUNK_BYTES), b"")


def files_of(names: Iterable[str]) -> list[File]:
    """Give the files that are named, and those of the folders that are named, in the order of their names."""
    return [file for name in names for file in _of(name)]


def _of(name: str) -> Iterator[File]:
    if name == STDIN or not Path(name).is_dir():
        yield File(name=name, is_named=True)
        return
    # Links to folders are not followed: they may lead round in a circle.
    for folder, folders, found in os.walk(name):
        folders[:] = sorted(one for one in folders if not one.startswith("."))
        for one in sorted(found):
            path = Path(folder, one)
            if one.lower().endswith(_ENDINGS) and not one.startswith(".") and path.is_file():
                yield File(name=str(path), is_named=False)
