"""
Seed files, TOML or JSON: from bytes to what they declare, or to everything that is not of its shape.

What the parts mean together is judged in `consistency`.
"""

import json
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from directory.declarations import MemberState, Part, SharedRequirements
from oots.errors import OperatorError

MAX_BYTES: Final = 16 << 20
"""Largest seed file: 16 MiB.  What all 27 member states have declared so far is 0.6 as XML."""

MOST_COMPLAINTS: Final = 200
"""Shown at once: a file of another kind has thousands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """What is wrong at one place of a seed."""

    source: str
    """Name of the file or the part."""
    place: str
    """Path of the key; empty when the whole is meant."""
    text: str

    def __str__(self) -> str:
        return f"{self.source}: {self.place}: {self.text}" if self.place else f"{self.source}: {self.text}"


class SeedRefused(OperatorError):
    """A seed cannot be loaded; one line for each complaint."""

    def __init__(self, complaints: Iterable[Complaint]) -> None:
        self.complaints = tuple(complaints)
        shown = [str(complaint) for complaint in self.complaints[:MOST_COMPLAINTS]]
        if len(self.complaints) > MOST_COMPLAINTS:
            shown.append(f"and {len(self.complaints) - MOST_COMPLAINTS} more")
        super().__init__("\n".join(shown))


def demo_seeds() -> tuple[MemberState | SharedRequirements, ...]:
    """Give the seeds that ship with this package: invented authorities of FI, AT and PT, real codes."""
    folder = files("directory") / "seeds"
    names = ("requirements.toml", "FI.toml", "AT.toml", "PT.toml")
    return tuple(read_seed(name, (folder / name).read_bytes()) for name in names)


def read_seed_files(paths: Iterable[Path]) -> tuple[MemberState | SharedRequirements, ...]:
    """Read all of the files; raises `SeedRefused` with what is wrong with any of them."""
    found: list[MemberState | SharedRequirements] = []
    complaints: list[Complaint] = []
    for path in paths:
        try:
            found.append(read_seed(str(path), _content(path)))
        except SeedRefused as refused:
            complaints.extend(refused.complaints)
    if complaints:
        raise SeedRefused(complaints)
    return tuple(found)


def read_seed(name: str, content: bytes) -> MemberState | SharedRequirements:
    """
    Read one file, TOML unless its name ends in `.json`; raises `SeedRefused` with all complaints.

    A file with `country` is a member state's, any other one has the requirements that all share.
    """
    if len(content) > MAX_BYTES:
        raise SeedRefused([Complaint(source=name, place="", text=f"has more than {MAX_BYTES} bytes")])
    try:
        tables = _tables(name, content)
    except (ValueError, RecursionError) as error:
        kind = "JSON" if name.endswith(".json") else "TOML"
        raise SeedRefused([Complaint(source=name, place="", text=f"is no {kind}: {error}")]) from error
    shape: type[MemberState | SharedRequirements] = MemberState if "country" in tables else SharedRequirements
    try:
        return shape.model_validate_json(json.dumps(tables, default=str), strict=True)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False, include_context=False)
        raise SeedRefused(_complaints(name, found, shape, tables)) from error


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        text = f"cannot be read: {error.strerror or error}"
        raise SeedRefused([Complaint(source=str(path), place="", text=text)]) from error


def _tables(name: str, content: bytes) -> dict[str, Any]:
    text = content.decode("utf-8")
    found = json.loads(text, object_pairs_hook=_told_apart) if name.endswith(".json") else tomllib.loads(text)
    if not isinstance(found, dict):
        raise ValueError("not a table")
    return found


def _told_apart(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = dict(pairs)
    if len(keys) != len(pairs):
        raise ValueError("a key stands twice in one table")
    return keys


def _complaints(
    name: str, errors: Iterable[ErrorDetails], shape: type[Part], tables: dict[str, Any]
) -> Iterable[Complaint]:
    seen: set[str] = set()
    for error in errors:
        # A list with something wrong in it is short of that, too.
        if error["type"] == "too_short" and _contents(error["loc"], tables):
            continue
        place = _dotted(error["loc"], tables)
        # Of a value that may be one of several things, one complaint is enough.
        if place not in seen:
            seen.add(place)
            yield Complaint(source=name, place=place, text=_sentence(error, shape))


def _contents(loc: tuple[str | int, ...], tables: Any) -> Any:
    here = tables
    for step in loc:
        try:
            here = here[step]
        except (KeyError, IndexError, TypeError):
            return None
    return here


def _dotted(loc: tuple[str | int, ...], tables: Any) -> str:
    # Counted from 1 as people do, and with the identifier, by which the table is found in the file.
    place, here = "", tables
    for step in loc:
        if isinstance(step, int) and isinstance(here, list):
            here = here[step] if step < len(here) else None
            known = here.get("id") if isinstance(here, dict) else None
            place += f"[{step + 1}]" + (f" ({known})" if isinstance(known, str) and len(known) <= 50 else "")
        elif isinstance(step, str) and isinstance(here, dict):
            here = here.get(step)
            place += f".{step}" if place else step
        # What is left says which of several shapes was tried, and stands in no file.
    return place


def _sentence(error: ErrorDetails, shape: type[Part]) -> str:
    expected = _expected(shape, [step for step in error["loc"] if isinstance(step, str)])
    match error["type"]:
        case "missing":
            problem = "is missing"
        case "extra_forbidden":
            return "is not known here"
        case "value_error":
            problem = error["msg"].removeprefix("Value error, ")
        case _:
            problem = error["msg"][:1].lower() + error["msg"][1:]
    return f"{problem}; expected: {expected}" if expected else problem


def _expected(shape: type[Part], steps: list[str]) -> str | None:
    field = shape.model_fields.get(steps[0]) if steps else None
    if field is None:
        return None
    inner = next(_parts_in(field.annotation), None)
    deeper = _expected(inner, steps[1:]) if inner else None
    return deeper or " ".join((field.description or "").split()) or None


def _parts_in(annotation: Any) -> Iterator[type[Part]]:
    if isinstance(annotation, type) and issubclass(annotation, Part):
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from _parts_in(argument)
