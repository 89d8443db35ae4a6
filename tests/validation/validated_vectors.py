"""The documents under tests/vectors/edm, changed and checked."""

from pathlib import Path

from oots.edm.slots import known_specification_of
from oots.xml import parse

VECTORS = Path(__file__).parents[1] / "vectors" / "edm"
NAMES = sorted(path.name for path in VECTORS.iterdir())


def vector(name: str) -> str:
    return (VECTORS / name / "document.xml").read_text("utf-8")


def changed(name: str, old: str, new: str) -> bytes:
    """Give a vector with the first occurrence replaced; it must be there."""
    text = vector(name)
    assert old in text, f"{name} does not contain {old!r}"
    return text.replace(old, new, 1).encode()


def line_of(name: str) -> str:
    """Give the line that a vector says it follows."""
    specification = known_specification_of(parse(vector(name).encode()))
    assert specification is not None
    return specification.id
