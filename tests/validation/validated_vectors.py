"""The documents under tests/vectors/edm, changed and checked."""

from pathlib import Path

VECTORS = Path(__file__).parents[1] / "vectors" / "edm"
NAMES = sorted(path.name for path in VECTORS.iterdir())


def vector(name: str) -> str:
    return (VECTORS / name / "document.xml").read_text("utf-8")


def changed(name: str, old: str, new: str) -> bytes:
    """Give a vector with the first occurrence replaced; it must be there."""
    text = vector(name)
    assert old in text, f"{name} does not contain {old!r}"
    return text.replace(old, new, 1).encode()
