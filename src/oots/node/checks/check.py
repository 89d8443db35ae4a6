"""
What one look at a node came to.
"""

from dataclasses import dataclass
from enum import Enum


class Status(Enum):
    """How serious it is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One finding, and what to do about it."""

    name: str
    status: Status
    text: str
    advice: str | None = None


def ok(name: str, text: str) -> Check:
    """Say that something is as it should be."""
    return Check(name=name, status=Status.OK, text=text)


def warn(name: str, text: str, advice: str) -> Check:
    """Say that something will become a problem, or could not be looked at."""
    return Check(name=name, status=Status.WARN, text=text, advice=advice)


def fail(name: str, text: str, advice: str) -> Check:
    """Say that something does not work."""
    return Check(name=name, status=Status.FAIL, text=text, advice=advice)
