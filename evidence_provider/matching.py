"""
Who in the register a request is about: exactly one person, or nobody (IR 16(3), TDD 2.1 §3.3).

The ladder has two rungs.  On the first stands the eIDAS identifier; on the second the names with the day of birth,
narrowed by the place of birth when the request gives one.  A rung with two or more people ends the search and picks
none, and so does a contradiction between the identifier and the names.  Nothing here guesses: no transliteration, no
second given name left out, no similar spelling.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal

from evidence_provider.register import Register, RegisteredPerson, folded
from oots.edm.model import Identifier, NaturalPerson

EIDAS: Final = "eidas"
"""Scheme of the identifiers that can be compared; one of scheme `eidas2` is another number."""


class Rung(Enum):
    """What decided."""

    EIDAS_IDENTIFIER = 1
    NAMES_AND_BIRTH_DATE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Exactly one person fits, and nothing speaks against it."""

    person: RegisteredPerson
    rung: Rung


@dataclass(frozen=True, slots=True, kw_only=True)
class NoMatch:
    """Nobody may be shown.  The requester is never told which of the two it was."""

    rung: Rung
    hits: Literal["none", "many"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityMatch:
    """All that may be remembered of a search: the rung and how many fitted, never who."""

    rung: Rung
    hits: Literal["0", "1", "many"]


def remembered(found: Match | NoMatch) -> IdentityMatch:
    """Give what journal and log may hold of a search."""
    match found:
        case Match():
            return IdentityMatch(rung=found.rung, hits="1")
        case NoMatch(hits="none"):
            return IdentityMatch(rung=found.rung, hits="0")
        case _:
            return IdentityMatch(rung=found.rung, hits="many")


def match(subject: NaturalPerson, *, register: Register, country: str) -> Match | NoMatch:
    """Look the subject of a request up in the register of `country`."""
    value = _asserted_value(subject.identifier, country)

    # (1) The identifier alone names the person; the names that came with it must agree.
    if value is not None:
        match register.with_eidas_value(value):
            case []:
                pass
            case [person] if _same_names(person, subject):
                return Match(person=person, rung=Rung.EIDAS_IDENTIFIER)
            case [_]:
                return NoMatch(rung=Rung.EIDAS_IDENTIFIER, hits="none")
            case _:
                return NoMatch(rung=Rung.EIDAS_IDENTIFIER, hits="many")

    # (2) Names and birthday; whoever has another identifier of ours is another person.
    found = register.with_names(
        family_name=subject.family_name,
        given_name=subject.given_name,
        date_of_birth=subject.date_of_birth,
        place_of_birth=subject.place_of_birth,
    )
    match found:
        case [person] if value is None or person.eidas_value is None:
            return Match(person=person, rung=Rung.NAMES_AND_BIRTH_DATE)
        case [] | [_]:
            return NoMatch(rung=Rung.NAMES_AND_BIRTH_DATE, hits="none")
        case _:
            return NoMatch(rung=Rung.NAMES_AND_BIRTH_DATE, hits="many")


def _asserted_value(identifier: Identifier | None, country: str) -> str | None:
    # `FI/PT/value`: asserted by FI towards PT.  Of other countries' identifiers the register knows nothing, and some
    # countries make another one for every receiver.
    if identifier is None or identifier.scheme_id != EIDAS:
        return None
    asserting, _, rest = identifier.value.partition("/")
    _, _, value = rest.partition("/")
    return value if asserting == country and value else None


def _same_names(person: RegisteredPerson, subject: NaturalPerson) -> bool:
    return (folded(person.family_name), folded(person.given_name), person.date_of_birth) == (
        folded(subject.family_name),
        folded(subject.given_name),
        subject.date_of_birth,
    )
