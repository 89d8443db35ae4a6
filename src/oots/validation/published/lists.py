"""
The code lists of a folder that somebody else has published, found by the name that rules call them by.

How one is read is in `oots.validation.code_lists`.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from oots.errors import UnreadableCodeList
from oots.validation.code_lists import MAX_BYTES, CodeList, read_code_list

MAX_FILES: Final = 200
"""Of one folder; 1.0 has 15 lists, and 2.0 not many more."""


def published_list(folder: Path, name: str) -> CodeList:
    """
    Give the list of that name: of a file that is called so, but for a version, or of one whose ShortName it is.

    Raises `UnreadableCodeList` when there is none, or when it is no genericode.
    """
    files = published_files(folder, ".gc")
    for file in files:
        if file.stem == name or file.stem.startswith(f"{name}-"):
            return read_published_list(file)
    for file in files:
        try:
            found = read_published_list(file)
        except UnreadableCodeList:
            continue  # whoever looked into the folder was told
        if found.short_name == name:
            return found
    raise UnreadableCodeList(f"there is no code list {name!r} in {folder}")


def read_published_list(file: Path) -> CodeList:
    """Read a file of the folder; raises `UnreadableCodeList`, which names it."""
    try:
        if file.stat().st_size > MAX_BYTES:
            raise UnreadableCodeList(f"it has more than {MAX_BYTES} bytes")
        return read_code_list(file.read_bytes())
    except UnreadableCodeList as error:
        raise UnreadableCodeList(f"{file.name}: {error}") from error
    except OSError as error:
        raise UnreadableCodeList(f"{file.name} cannot be read: {error.strerror}") from error


def published_files(folder: Path, ending: str) -> list[Path]:
    """Give the files of a folder and of those below it, in the order of their names; at most `MAX_FILES`."""
    return sorted(_files(folder, ending))[:MAX_FILES]


def _files(folder: Path, ending: str) -> Iterator[Path]:
    for path, _, names in os.walk(folder):
        yield from (Path(path, name) for name in names if name.endswith(ending))
