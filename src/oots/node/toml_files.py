"""
From a TOML file to tables of known shape: what overrides it, what may not stand in it, what is wrong with it.

The shapes are in `tables`.  A variable `OOTS_TABLE__KEY` overrides `key` of `[table]`, one with further names between
double underscores a key of a table within.  Text is written bare, lists and tables as in TOML; what stands in a list
of tables has no variable.  Other variables that begin with `OOTS_` are left alone: container platforms make such.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, TypeVar, get_args, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from oots.node.complaints import Complaints
from oots.node.tables import Table

MAX_BYTES: Final = 1 << 20

_PREFIX: Final = "OOTS_"
_SECRET_NAME: Final = re.compile(r"(.*_)?(token|password|passphrase|secret|private_key)(s?)")
_DATABASE_SECRET: Final = re.compile(r"://[^/@]*:[^@]*@|[?&](ssl)?password=")
_SECRET_VALUE: Final = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----|://[^/@\s]*:[^/@\s]+@")

_Shape = TypeVar("_Shape", bound=Table)


def read_toml(path: Path, complaints: Complaints) -> dict[str, Any] | None:
    """Give the content of a file, or complain; secrets that must not be there are complained about and left out."""
    try:
        with path.open("rb") as file:
            text = file.read(MAX_BYTES + 1)
    except OSError as error:
        complaints.add(None, f"cannot be read: {error.strerror or error}")
        return None
    if len(text) > MAX_BYTES:
        complaints.add(None, f"has more than {MAX_BYTES} bytes")
        return None
    try:
        content = tomllib.loads(text.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        complaints.add(None, f"is no TOML: {error}")
        return None
    _drop_secrets(content, complaints, "")
    return content


def variables_of(environ: Mapping[str, str]) -> dict[str, str]:
    """Give the names of the variables that override something, by the dotted key that they override."""
    names = (name for name in environ if name.startswith(_PREFIX) and "__" in name)
    return {name.removeprefix(_PREFIX).lower().replace("__", "."): name for name in names}


def override(
    content: dict[str, Any], environ: Mapping[str, str], complaints: Complaints, *, known: Sequence[str]
) -> None:
    """Put the values of the variables into the content of a file, whose tables have `known` names."""
    for key, name in variables_of(environ).items():
        *tables, last = key.split(".")
        if tables[0] not in known:
            complaints.add(key, f"{tables[0]!r} {unknown(tables[0], known)}")
            continue
        place: Any = content
        for table in tables:
            place = place.setdefault(table, {}) if isinstance(place, dict) else None
        if isinstance(place, dict):
            place[last] = _value(environ[name])
        else:
            complaints.add(key, "there is nothing that this variable could override")


def read_table(shape: type[_Shape], content: object, complaints: Complaints, key: str) -> _Shape | None:
    """Give a table, or complain about everything in it that is not of its shape."""
    try:
        return shape.model_validate(content)
    except ValidationError as error:
        everything = error.errors(include_input=False, include_url=False)
        for found in everything:
            # Of a list with something wrong in it, the list itself is no second complaint.
            if not any(other["loc"][:-1] == found["loc"] for other in everything):
                complaints.add(_dotted(key, found["loc"]), _sentence(found, shape))
        return None


def unknown(name: str, known: Sequence[str]) -> str:
    """Say that a key or table is not known, and which one was perhaps meant."""
    close = get_close_matches(name, known, n=1)
    return "is not known here" + (f"; is {close[0]!r} meant?" if close else f"; known are {', '.join(known)}")


def _drop_secrets(content: dict[str, Any], complaints: Complaints, path: str) -> None:
    for name, value in list(content.items()):
        key = f"{path}{name}"
        file_key = _file_key(name, value)
        if file_key:
            del content[name]
            # What stands in a list of tables has no variable.
            variable = "" if "[" in key else f", or into the variable {_PREFIX}{key.upper().replace('.', '__')}"
            complaints.add(
                key,
                "is a secret, and no secret stands in this file: put it into a file of its own and name that in "
                f"{file_key!r}{variable}",
            )
        elif any(_SECRET_VALUE.search(text) for text in _texts(value)):
            del content[name]
            complaints.add(key, "holds a secret, and no secret stands in this file: name a file of its own here")
        elif isinstance(value, dict):
            _drop_secrets(value, complaints, f"{key}.")
        elif isinstance(value, list):
            for number, item in enumerate(value, 1):
                if isinstance(item, dict):
                    _drop_secrets(item, complaints, f"{key}[{number}].")


def _file_key(name: str, value: object) -> str | None:
    """Give under which key a file would be named, if a value is a secret."""
    found = _SECRET_NAME.fullmatch(name)
    if found:
        return f"{found[1] or ''}{found[2]}_file{found[3]}"
    if name == "keys":
        return "key_file"
    return "database_file" if name == "database" and any(map(_DATABASE_SECRET.search, _texts(value))) else None


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        yield from (item for item in value if isinstance(item, str))


def _value(text: str) -> object:
    if text[:1] in {"[", "{"}:
        try:
            return tomllib.loads(f"value = {text}")["value"]
        except ValueError:
            return text
    return text


def _dotted(key: str, loc: Sequence[str | int]) -> str:
    for step in loc:
        key += f"[{step + 1}]" if isinstance(step, int) else f".{step}"
    return key


def _sentence(error: ErrorDetails, shape: type[Table]) -> str:
    loc = [step for step in error["loc"] if isinstance(step, str)]
    if error["type"] == "extra_forbidden":
        inner = _shape_at(shape, loc[:-1])
        return unknown(loc[-1], list(inner.model_fields) if inner else [])
    expected = _expected(shape, loc)
    problem = "is missing" if error["type"] == "missing" else error["msg"][:1].lower() + error["msg"][1:]
    return f"{problem}; expected: {expected}" if expected else problem


def _expected(shape: type[Table], loc: Sequence[str]) -> str | None:
    # The nearest thing that is described: of a text in a list, the list.
    for end in range(len(loc), 0, -1):
        inner = _shape_at(shape, loc[: end - 1])
        field = inner.model_fields.get(loc[end - 1]) if inner else None
        if field is not None and field.description:
            return " ".join(field.description.split()).removesuffix(".")
    return None


def _shape_at(shape: type[Table], loc: Sequence[str]) -> type[Table] | None:
    inner: type[Table] | None = shape
    steps = iter(loc)
    for step in steps:
        field = inner.model_fields.get(step) if inner else None
        inner = next(_shapes_in(field.annotation), None) if field else None
        if field and get_origin(field.annotation) is dict:
            # Tables by names that the operator chose: the next step is such a name.
            next(steps, None)
    return inner


def _shapes_in(annotation: object) -> Iterator[type[Table]]:
    if isinstance(annotation, type) and issubclass(annotation, Table):
        yield annotation
    for argument in get_args(annotation):
        yield from _shapes_in(argument)
