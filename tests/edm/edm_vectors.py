"""The documents under tests/vectors/edm, and ways to change them a little."""

import re
from pathlib import Path

from oots.xml import RIM, canonical, parse

VECTORS = Path(__file__).parents[1] / "vectors" / "edm"

BIRTH_RECORD = "request-for-a-birth-record"
EVERY_SLOT = "request-with-every-slot"
BIRTH_RECORD_IN_1_2 = "request-for-a-birth-record-in-1.2"
EVERY_SLOT_IN_1_2 = "request-with-every-slot-in-1.2"
WITH_TRANSLATION = "response-with-a-translation"
DEFERRED = "response-deferred"
SEVERAL_IN_1_2 = "response-with-several-documents-in-1.2"
PREVIEW_REQUIRED = "error-preview-required"
PREVIEW_IN_1_2 = "error-preview-required-in-1.2"
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


def comparable(data: bytes) -> bytes:
    """
    Give the canonical form without the blanks between elements.

    The ids of registry objects are made anew by each writing, so they count up here in the order of their appearance.
    """
    root = parse(data)
    numbers: dict[str, int] = {}
    for element in root.iter(f"{{{RIM}}}RegistryObject", f"{{{RIM}}}Classification"):
        for name in {"id", "sourceObject", "targetObject"} & set(element.keys()):
            element.set(name, str(numbers.setdefault(element.attrib[name], len(numbers))))
    return re.sub(rb">\s+<", b"><", canonical(root))
