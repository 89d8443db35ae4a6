"""
Which instance of a common service a country has, as DNS says it (TDD 3.4, U-NAPTR): the name, and the choice.

Name servers are asked elsewhere.  Nothing that they say is believed for itself: it only leads to signed answers.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final
from urllib.parse import urlsplit

from oots.common_services.interface import Service
from oots.errors import NoDirectory

ZONE: Final = "oots.tech.ec.europa.eu"

MAX_URI_CHARACTERS: Final = 1000

_TERMINAL: Final = "u"
_WHOLE_URI: Final = re.compile(r"!\.\*!(.+)!")
"""The degenerate form of RFC 4848: whatever was asked for becomes the URI."""

_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_VERSION: Final = re.compile(r"oots-cs:v(\d{1,3})\.\d{1,3}")


class Environment(Enum):
    """One of the separate worlds of common services; the value is its label in DNS."""

    ACCEPTANCE = "acc"
    PRODUCTION = "prod"
    TESTING = "testing"


@dataclass(frozen=True, slots=True, kw_only=True)
class NaptrRecord:
    """What of a NAPTR record (RFC 3403, 4.1) counts here; clients must not look at its services."""

    order: int
    preference: int
    flags: str
    regexp: str


def record_name(service: Service, *, country: str, version: str, environment: Environment) -> str:
    """
    Give the name under which the records of a country's instance are.

    Raises `ValueError` for a country or a version that could not be part of one.
    """
    major = _VERSION.fullmatch(version)
    if major is None or _COUNTRY.fullmatch(country) is None:
        raise ValueError(f"no name can be made of country {country!r} and version {version!r}")
    return f"{country.lower()}.{service.value}.v{major[1]}.cs.{environment.value}.{ZONE}"


def choose(name: str, records: Iterable[NaptrRecord]) -> str:
    """
    Give the base URL that the records under `name` lead to, without a slash at its end.

    The first of the terminal records counts whose regexp has the form that OOTS uses; raises `NoDirectory` when there
    is none, or when it leads to something else than https.
    """
    terminal = [record for record in records if record.flags.lower() == _TERMINAL]
    for record in sorted(terminal, key=lambda record: (record.order, record.preference)):
        found = _WHOLE_URI.fullmatch(record.regexp)
        if found:
            return _checked(name, found[1])
    raise NoDirectory(
        f"DNS has no usable record for {name}: none has the flag U and a regexp of the form !.*!https://host/path!"
    )


def _checked(name: str, uri: str) -> str:
    if not _is_base_url(uri):
        raise NoDirectory(f"DNS leads from {name} to {uri[:200]!r}; expected: https://host/path")
    return uri.rstrip("/")


def _is_base_url(uri: str) -> bool:
    # What DNS says is not authenticated: it must not send us into our own machine by plain http.
    if len(uri) > MAX_URI_CHARACTERS or not uri.isascii() or not uri.isprintable() or " " in uri:
        return False
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return False
    return (
        parts.scheme == "https" and bool(parts.hostname) and parts.username is None and not parts.query + parts.fragment
    )
