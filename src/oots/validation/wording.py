"""
How names, values and lists of a document are printed in a sentence for a terminal.  What is said is not here.
"""

from collections.abc import Iterable
from itertools import islice
from typing import Final

from oots.validation.xsd import PREFIXES

MAX_QUOTED: Final = 80
"""Characters of a value, or of a name, that are quoted."""

MAX_LISTED: Final = 30
"""Names that are listed as right; an element of the data model knows 16 kinds of children."""


def local(name: str) -> str:
    """Give a name without its namespace."""
    return name.rpartition("}")[2]


def name_of(name: str) -> str:
    """Give a name as people write it: with the usual prefix, or with a namespace that has none."""
    namespace, _, local = name.rpartition("}")
    prefix = PREFIXES.get(namespace[1:], "")
    foreign = f" of the namespace {plain(namespace[1:])}" if namespace and not prefix else ""
    return f"{prefix}{plain(local)}{foreign}"


def quoted(value: str) -> str:
    """Give a value in quotes, shortened."""
    return f"'{plain(value)}'"


def plain(text: str) -> str:
    """Give a text shortened, without what a terminal could take for a command, or hide."""
    shortened = text if len(text) <= MAX_QUOTED else text[:MAX_QUOTED] + "…"
    return "".join(character if character.isprintable() else "·" for character in shortened)


def listed(names: Iterable[str], last: str = ", ") -> str:
    """Give names with commas, and with `last` before the last one."""
    shown = list(islice(names, MAX_LISTED + 1))
    if len(shown) > MAX_LISTED:
        return ", ".join(shown[:MAX_LISTED]) + " and others"
    return last.join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)
