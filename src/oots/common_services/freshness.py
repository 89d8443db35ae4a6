"""
How long an answer of a directory may be used again (TDD 3.4): fresh, stale, or gone.  Nothing is kept here.

Fresh is what its directory need not be asked about.  Stale is what is used only while the directory does not answer.
A directory that says nothing leaves both to us; one that says something can only make them shorter: its header fields
are not signed, and nobody in between shall freeze an answer for years.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from oots.common_services.queries import QUERY_ID

CLOCK_TOLERANCE: Final = timedelta(minutes=5)
"""By how much two machines that share answers may differ."""

QUERY_PARAMETERS: Final = frozenset(
    {
        QUERY_ID,
        "procedure-id",
        "country-code",
        "return-incomplete",
        "requirement-id",
        "evidence-type-classification",
        "specification",
    }
)
"""Those that say nothing about a person: all others carry what a user answered, such as a place of birth."""

_DIRECTIVE: Final = re.compile(r'\s*([!#$%&\'*+.^_`|~0-9A-Za-z-]+)\s*(?:=\s*"?([^",]*)"?)?\s*(?:,|$)')
_NEVER: Final = timedelta(0)


class Freshness(Enum):
    """What an answer is still good for."""

    FRESH = "fresh"
    STALE = "stale"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheTimes:
    """How long at most, from the time at which an answer came."""

    fresh: timedelta = timedelta(hours=1)
    stale: timedelta = timedelta(days=3)
    """Longer than a weekend."""


def is_about_nobody(parameters: Iterable[tuple[str, str]]) -> bool:
    """Tell whether the answer to a query with these parameters may be kept: nothing in it was answered by a user."""
    return all(name in QUERY_PARAMETERS for name, _ in parameters)


def may_be_kept(fields: Mapping[str, str]) -> bool:
    """Tell whether a directory lets its answer be kept; `fields` are its header fields, with names in lower case."""
    return "no-store" not in _cache_control(fields)


def freshness(fields: Mapping[str, str], *, asked_at: datetime, now: datetime, times: CacheTimes) -> Freshness:
    """Judge an answer that came at `asked_at`."""
    age = now - asked_at
    fresh, stale = _lifetimes(fields, times)
    if -CLOCK_TOLERANCE <= age < fresh:
        return Freshness.FRESH
    return Freshness.STALE if age < stale else Freshness.GONE


def _lifetimes(fields: Mapping[str, str], times: CacheTimes) -> tuple[timedelta, timedelta]:
    said = _cache_control(fields)
    fresh, stale = times.fresh, times.stale
    if "max-age" in said:
        # What a proxy has kept already is older than it looks (RFC 9111, 5.1).
        fresh = min(fresh, max(_NEVER, _seconds(said["max-age"]) - _seconds(fields.get("age", ""))))
    if "no-cache" in said:
        fresh = _NEVER
    if not said.keys().isdisjoint({"no-cache", "must-revalidate"}):
        stale = fresh
    elif "stale-if-error" in said:
        stale = min(stale, fresh + _seconds(said["stale-if-error"]))
    return fresh, stale


def _cache_control(fields: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in _DIRECTIVE.findall(fields.get("cache-control", ""))}


def _seconds(text: str) -> timedelta:
    # What is no number is a time that has run out.
    digits = text.strip()
    return timedelta(seconds=int(digits[:9])) if digits.isascii() and digits.isdigit() else _NEVER
