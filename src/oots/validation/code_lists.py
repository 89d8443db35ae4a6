"""
Code lists: OASIS genericode 1.0 as values, those that ship with this project and those that an operator brings.

Which element takes which list is said by the rules, not here.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from oots.errors import MalformedXml, UnreadableCodeList
from oots.resources import schemas
from oots.xml import Element, parse

GENERICODE: Final = "http://docs.oasis-open.org/codelist/ns/genericode/1.0/"

MAX_BYTES: Final = 64 << 20
"""Largest file.  The one of local administrative units (LAU 2022) is the largest published: about 98,000 rows."""

MAX_TAGS: Final = 3_000_000
"""Most tags of one file, which its tree costs some hundred megabytes; 98,000 rows of five columns have 2.2 million."""

MAX_ROWS: Final = 200_000
MAX_COLUMNS: Final = 100
"""The published list of procedures has 52, one for each language of Europe."""

_ROOT: Final = f"{{{GENERICODE}}}CodeList"
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CodeList:
    """One version of a code list."""

    short_name: str
    canonical_uri: str
    """Names the list in every version of it."""
    version: str
    codes: frozenset[str]
    """The values of the key column: what a message may say."""
    columns: Mapping[str, tuple[str, ...]]

    def column(self, name: str) -> tuple[str, ...]:
        """
        Give the values of a column, row by row; empty where a row has none.

        Raises `UnreadableCodeList` for a column that the list does not have.
        """
        try:
            return self.columns[name]
        except KeyError:
            raise UnreadableCodeList(f"the code list {self.short_name!r} has no column {name!r}") from None


@cache
def code_list(name: str, line: str) -> CodeList:
    """
    Give a list of this project for a line such as `V2_0`; `name` is the stem of its file, without the line.

    Raises `UnreadableCodeList` when the line has no such list.
    """
    if not _NAME.fullmatch(name):
        raise UnreadableCodeList(f"{name!r} is no name of a code list")
    folder = schemas() / "codelists"
    for file in (folder / f"{name}-{line.removeprefix('oots-edm:v')}.gc", folder / f"{name}.gc"):
        if file.is_file():
            return read_code_list(file.read_bytes())
    raise UnreadableCodeList(f"there is no code list {name!r} in line {line}")


def read_code_list(data: bytes) -> CodeList:
    """
    Read genericode from anywhere.

    Values are trimmed, and a code may stand in several rows: published lists need both.  Raises `UnreadableCodeList`.
    """
    if data.count(b"<") > MAX_TAGS:
        raise UnreadableCodeList(f"the code list has more than {MAX_TAGS} tags")
    try:
        root = parse(data, max_bytes=MAX_BYTES)
    except MalformedXml as error:
        raise UnreadableCodeList(f"the code list cannot be read: {error}") from error
    if root.tag != _ROOT:
        raise UnreadableCodeList(f"no code list: the document element is not CodeList of {GENERICODE}")
    key = _key(root)
    columns = _columns(root, key)
    return CodeList(
        short_name=_identification(root, "ShortName"),
        canonical_uri=_identification(root, "CanonicalUri"),
        version=_identification(root, "Version"),
        codes=frozenset(columns[key]),
        columns=columns,
    )


def _identification(root: Element, name: str) -> str:
    text = (root.findtext(f"Identification/{name}") or "").strip()
    if not text:
        raise UnreadableCodeList(f"the code list has no Identification/{name}")
    return text


def _key(root: Element) -> str:
    # A list may declare several keys; the first is the one whose values travel.
    reference = root.find("ColumnSet/Key/ColumnRef")
    key = None if reference is None else reference.get("Ref")
    if not key:
        raise UnreadableCodeList("the code list has no ColumnSet/Key/ColumnRef: nothing says which column is the code")
    return key


def _columns(root: Element, key: str) -> dict[str, tuple[str, ...]]:
    declared = [column.get("Id") or "" for column in root.iterfind("ColumnSet/Column")]
    if key not in declared:
        raise UnreadableCodeList(f"the key of the code list is the column {key[:50]!r}, which is not declared")
    if len(declared) > MAX_COLUMNS:
        raise UnreadableCodeList(f"the code list has more than {MAX_COLUMNS} columns")
    values: dict[str, list[str]] = {name: [] for name in declared}
    for number, row in enumerate(_rows(root), start=1):
        # The published list of regions fills columns that it does not declare: they are passed over.
        filled = dict(_values(row, number))
        if not filled.get(key):
            raise UnreadableCodeList(f"row {number} of the code list has no value in its key column {key[:50]!r}")
        for name, column in values.items():
            column.append(filled.get(name, ""))
    return {name: tuple(column) for name, column in values.items()}


def _rows(root: Element) -> Iterator[Element]:
    rows = root.find("SimpleCodeList")
    if rows is None:
        raise UnreadableCodeList("the code list has no SimpleCodeList: it may only refer to others, which is not read")
    for number, row in enumerate(rows.iterchildren("Row"), start=1):
        if number > MAX_ROWS:
            raise UnreadableCodeList(f"the code list has more than {MAX_ROWS} rows")
        yield row


def _values(row: Element, number: int) -> Iterator[tuple[str, str]]:
    for value in row.iterchildren("Value"):
        column = value.get("ColumnRef")
        if column is None:
            raise UnreadableCodeList(f"row {number} of the code list has a Value without ColumnRef")
        yield column, (value.findtext("SimpleValue") or "").strip()
