"""The documents under tests/vectors/edm, and ways to change them a little."""

from pathlib import Path

VECTORS = Path(__file__).parents[1] / "vectors" / "edm"

BIRTH_RECORD = "request-for-a-birth-record"
EVERY_SLOT = "request-with-every-slot"
WITH_TRANSLATION = "response-with-a-translation"
DEFERRED = "response-deferred"
PREVIEW_REQUIRED = "error-preview-required"
UNREADABLE_REQUEST = "error-for-an-unreadable-request"


def vector(name: str) -> bytes:
    return (VECTORS / name / "document.xml").read_bytes()


def changed(name: str, *changes: tuple[str, str]) -> bytes:
    """Give a vector with each first occurrence replaced; what is to be replaced must be there."""
    text = vector(name).decode()
    for old, new in changes:
        assert old in text, f"{name} does not contain {old!r}"
        text = text.replace(old, new, 1)
    return text.encode()


def without_slot(name: str, slot: str) -> bytes:
    """Give a vector without one of its slots."""
    text = vector(name).decode()
    return text.replace(slot_text(text, slot), "", 1).encode()


def twice_slot(name: str, slot: str) -> bytes:
    """Give a vector with one of its slots there twice."""
    text = vector(name).decode()
    found = slot_text(text, slot)
    return text.replace(found, found + found, 1).encode()


def slot_text(text: str, slot: str) -> str:
    start = text.index(f'<rim:Slot name="{slot}">')
    end = text.index("</rim:Slot>", start) + len("</rim:Slot>")
    return text[start:end]
