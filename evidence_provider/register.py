"""
The population register: people and the births entered for them, in one SQLite file.  Queries only read.

Names are kept twice: as the authority writes them, and folded for comparison.  SQLite's own `lower` and `NOCASE`
know ASCII alone, so `Ä` and `ä` would be two letters to it.  Who counts as the same person is `matching`'s business.
"""

import sqlite3
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from oots.errors import QueryFailure

ENOUGH: Final = 2
"""Rows that a query for people gives at most: two already mean «not exactly one», and a third is nobody's business."""

_TABLES: Final = """
CREATE TABLE person (
    register_number TEXT PRIMARY KEY,
    family_name TEXT NOT NULL,
    given_name TEXT NOT NULL,
    date_of_birth TEXT NOT NULL,
    place_of_birth TEXT,
    birth_name TEXT,
    gender TEXT NOT NULL,
    eidas_value TEXT,
    family_name_folded TEXT NOT NULL,
    given_name_folded TEXT NOT NULL,
    place_of_birth_folded TEXT
) WITHOUT ROWID;
-- Neither index is UNIQUE: people share names and birthdays, and a register may hold an identifier twice by mistake.
CREATE INDEX person_by_names ON person (date_of_birth, family_name_folded, given_name_folded);
CREATE INDEX person_by_eidas_value ON person (eidas_value) WHERE eidas_value IS NOT NULL;
CREATE TABLE birth_record (
    register_number TEXT PRIMARY KEY REFERENCES person,
    record_number TEXT NOT NULL UNIQUE,
    entered_on TEXT NOT NULL
) WITHOUT ROWID;
"""


_PERSON_COLUMNS: Final = (
    "register_number, family_name, given_name, date_of_birth, place_of_birth, birth_name, gender, eidas_value"
)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RegisteredPerson:
    """One person as the register knows them.  It has no `repr`, so that no log or traceback shows who it is."""

    register_number: str
    family_name: str
    given_name: str
    date_of_birth: date
    place_of_birth: str | None
    birth_name: str | None
    gender: str
    """`Male`, `Female` or `Unspecified`."""
    eidas_value: str | None
    """Third segment of the eIDAS identifier that our country asserts for this person towards every other."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class BirthRecord:
    """The entry that a birth left in the register; who was born abroad may have none."""

    register_number: str
    record_number: str
    entered_on: date


def folded(text: str) -> str:
    """Give the form in which two spellings are compared: composed (NFC) and without case, nothing else forgiven."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def write_register(path: Path, people: Iterable[RegisteredPerson], births: Iterable[BirthRecord]) -> None:
    """Make the register's file; one that is already there is replaced in one step."""
    unfinished = path.with_name(path.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    with closing(sqlite3.connect(unfinished)) as connection, connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.executescript(_TABLES)
        connection.executemany("INSERT INTO person VALUES (?,?,?,?,?,?,?,?,?,?,?)", map(_person_row, people))
        connection.executemany("INSERT INTO birth_record VALUES (?,?,?)", map(_birth_row, births))
    unfinished.replace(path)


class Register:
    """
    Questions to the register's file.

    Each opens a connection of its own, read-only twice over, so that threads share nothing and nothing can be written.
    """

    def __init__(self, path: Path) -> None:
        self._address = f"{path.absolute().as_uri()}?mode=ro"

    def with_eidas_value(self, value: str) -> tuple[RegisteredPerson, ...]:
        """Give the people, at most two, for whom our country asserts this eIDAS identifier."""
        return self._people("eidas_value = :value", {"value": value})

    def with_names(
        self, *, family_name: str, given_name: str, date_of_birth: date, place_of_birth: str | None
    ) -> tuple[RegisteredPerson, ...]:
        """Give the people, at most two, of these names and birthday; a place of birth only narrows."""
        condition = "date_of_birth = :born AND family_name_folded = :family AND given_name_folded = :given"
        wanted = {"born": date_of_birth.isoformat(), "family": folded(family_name), "given": folded(given_name)}
        if place_of_birth is not None:
            condition += " AND place_of_birth_folded = :place"
            wanted["place"] = folded(place_of_birth)
        return self._people(condition, wanted)

    def birth_record_of(self, person: RegisteredPerson) -> BirthRecord | None:
        """Give the entry of a person's birth, if there is one."""
        question = "SELECT register_number, record_number, entered_on FROM birth_record WHERE register_number = ?"
        with self._connection() as connection:
            row = connection.execute(question, (person.register_number,)).fetchone()
            return None if row is None else _read_birth(row)

    def _people(self, condition: str, wanted: dict[str, str]) -> tuple[RegisteredPerson, ...]:
        # The condition is one of the constants above; what came from outside is always a parameter.
        question = f"SELECT {_PERSON_COLUMNS} FROM person WHERE {condition} LIMIT {ENOUGH}"  # noqa: S608
        with self._connection() as connection:
            return tuple(_read_person(row) for row in connection.execute(question, wanted))

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self._address, uri=True)) as connection:
                connection.execute("PRAGMA query_only = ON")
                yield connection
        except (sqlite3.Error, TypeError, ValueError) as error:
            raise QueryFailure("the register cannot be read at the moment") from error


def _person_row(person: RegisteredPerson) -> tuple[str | None, ...]:
    return (
        person.register_number,
        person.family_name,
        person.given_name,
        person.date_of_birth.isoformat(),
        person.place_of_birth,
        person.birth_name,
        person.gender,
        person.eidas_value,
        folded(person.family_name),
        folded(person.given_name),
        None if person.place_of_birth is None else folded(person.place_of_birth),
    )


def _read_person(row: tuple[str, ...]) -> RegisteredPerson:
    number, family_name, given_name, born, place, birth_name, gender, eidas_value = row
    return RegisteredPerson(
        register_number=number,
        family_name=family_name,
        given_name=given_name,
        date_of_birth=date.fromisoformat(born),
        place_of_birth=place,
        birth_name=birth_name,
        gender=gender,
        eidas_value=eidas_value,
    )


def _birth_row(birth: BirthRecord) -> tuple[str, str, str]:
    return birth.register_number, birth.record_number, birth.entered_on.isoformat()


def _read_birth(row: tuple[str, str, str]) -> BirthRecord:
    number, record_number, entered_on = row
    return BirthRecord(register_number=number, record_number=record_number, entered_on=date.fromisoformat(entered_on))
