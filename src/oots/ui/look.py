"""
How templates are found, and how figures, times and fingerprints are written in them.  What they say lives elsewhere.
"""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

import oots

STATIC: Final = Path(__file__).resolve().parent / "static"
"""Style sheet and script, to be served under `/static`."""

# A figure and its unit stay on one line.
_NO_BREAK: Final = "\N{NO-BREAK SPACE}"


def templates(package: str) -> Environment:
    """Give the templates of `package`, which may extend and import those of this one."""
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader("oots.ui")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["version"] = oots.__version__
    environment.filters |= {
        "size": size,
        "duration": duration,
        "clock": clock,
        "day": day,
        "fingerprint": fingerprint,
    }
    return environment


def size(count: int) -> str:
    """Give a number of bytes in words: `812 bytes`, `11 kB`, `1.2 MB`."""
    if count < 1000:
        return f"{count}{_NO_BREAK}{'byte' if count == 1 else 'bytes'}"
    if count < 999_500:
        return f"{count / 1000:.0f}{_NO_BREAK}kB"
    return f"{count / 1_000_000:.1f}{_NO_BREAK}MB"


def duration(milliseconds: float) -> str:
    """Give a time span: `0.4 ms`, `64 ms`, `2 410 ms`."""
    if round(milliseconds, 1) < 10:
        return f"{milliseconds:.1f}{_NO_BREAK}ms"
    return f"{milliseconds:,.0f}".replace(",", _NO_BREAK) + f"{_NO_BREAK}ms"


def clock(moment: datetime) -> str:
    """Give the time of day in UTC, with milliseconds."""
    return f"{moment.astimezone(UTC):%H:%M:%S.%f}"[:-3]


def day(moment: date) -> str:
    """Give a day, in UTC where a time has to choose one: `25 November 2026`."""
    if isinstance(moment, datetime):
        moment = moment.astimezone(UTC)
    return f"{moment.day} {moment:%B %Y}"


def fingerprint(digest: str) -> str:
    """Give a digest in groups of four, which eyes can compare."""
    return " ".join(digest[start : start + 4] for start in range(0, len(digest), 4))
