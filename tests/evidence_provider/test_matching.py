import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence_provider.invented_people import DEMO_CITIZEN, NAMESAKES
from evidence_provider.matching import Match, NoMatch, Rung, match
from evidence_provider.register import Register, RegisteredPerson, write_register
from oots.edm.model import Identifier, NaturalPerson

SPELLINGS = {
    "Mäki": ["Mäki", "MÄKI", "Ma\u0308ki"],
    "Maki": ["Maki", "MAKI"],
    "Åsa": ["Åsa", "åsa", "A\u030asa"],
    "Asa": ["Asa", "asa"],
    "Äänekoski": ["Äänekoski", "ÄÄNEKOSKI"],
    "Oulu": ["Oulu", "oulu"],
}
MEANT = {spelling: name for name, spellings in SPELLINGS.items() for spelling in spellings}


def subject(**changed: Any) -> NaturalPerson:
    of_the_request = NaturalPerson(
        family_name="Kielonmäki",
        given_name="Aino Elviira",
        date_of_birth=date(1991, 5, 14),
        identifier=Identifier(value="FI/PT/7KQ2M9XW4TDR", scheme_id="eidas"),
    )
    return replace(of_the_request, **changed)


def eidas(value: str, scheme: str | None = "eidas") -> Identifier:
    return Identifier(value=value, scheme_id=scheme)


def a_namesake(**changed: Any) -> NaturalPerson:
    return subject(
        family_name="Ylätalo", given_name="Mikko Juhani", date_of_birth=date(1987, 11, 2), identifier=None, **changed
    )


@pytest.mark.parametrize("receiver", ["PT", "DE"])
def test_the_identifier_decides_whichever_country_it_was_told(register: Register, receiver: str) -> None:
    found = match(subject(identifier=eidas(f"FI/{receiver}/7KQ2M9XW4TDR")), register=register, country="FI")

    assert found == Match(person=DEMO_CITIZEN, rung=Rung.EIDAS_IDENTIFIER)


def test_names_and_birthday_decide_without_an_identifier(register: Register) -> None:
    found = match(subject(identifier=None), register=register, country="FI")

    assert found == Match(person=DEMO_CITIZEN, rung=Rung.NAMES_AND_BIRTH_DATE)


@pytest.mark.parametrize(
    "identifier",
    [
        eidas("SE/FI/7KQ2M9XW4TDR"),
        eidas("EL/FI/another-one"),
        eidas("FI/PT/another-one", "eidas2"),
        eidas("FI/PT/another-one", None),
        eidas("FI/PT/"),
        eidas("FI"),
        eidas(""),
    ],
)
def test_an_identifier_that_is_not_comparable_says_nothing(register: Register, identifier: Identifier) -> None:
    found = match(subject(identifier=identifier), register=register, country="FI")

    assert found == Match(person=DEMO_CITIZEN, rung=Rung.NAMES_AND_BIRTH_DATE)


@pytest.mark.parametrize(
    "changed",
    [{"family_name": "Ylätalo"}, {"given_name": "Aino"}, {"date_of_birth": date(1991, 5, 15)}],
)
def test_an_identifier_with_another_persons_names_is_nobody(register: Register, changed: dict[str, Any]) -> None:
    found = match(subject(**changed), register=register, country="FI")

    assert found == NoMatch(rung=Rung.EIDAS_IDENTIFIER, hits="none")


def test_names_with_an_identifier_that_is_not_theirs_are_nobody(register: Register) -> None:
    found = match(subject(identifier=eidas("FI/PT/of-somebody-else")), register=register, country="FI")

    assert found == NoMatch(rung=Rung.NAMES_AND_BIRTH_DATE, hits="none")


def test_an_unknown_person_is_nobody(register: Register) -> None:
    found = match(subject(family_name="Olematon", identifier=None), register=register, country="FI")

    assert found == NoMatch(rung=Rung.NAMES_AND_BIRTH_DATE, hits="none")


def test_two_people_of_the_same_names_are_many(register: Register) -> None:
    assert match(a_namesake(), register=register, country="FI") == NoMatch(rung=Rung.NAMES_AND_BIRTH_DATE, hits="many")


def test_the_place_of_birth_tells_namesakes_apart(register: Register) -> None:
    found = match(a_namesake(place_of_birth="SODANKYLÄ"), register=register, country="FI")

    assert found == Match(person=NAMESAKES[1], rung=Rung.NAMES_AND_BIRTH_DATE)


def test_another_place_of_birth_is_another_person(register: Register) -> None:
    found = match(subject(identifier=None, place_of_birth="Lahti"), register=register, country="FI")

    assert found == NoMatch(rung=Rung.NAMES_AND_BIRTH_DATE, hits="none")


def test_an_identifier_tells_namesakes_apart(tmp_path: Path) -> None:
    known = replace(NAMESAKES[0], eidas_value="OWNVALUE")
    write_register(tmp_path / "register", [known, NAMESAKES[1]], [])

    found = match(
        replace(a_namesake(), identifier=eidas("FI/PT/OWNVALUE")),
        register=Register(tmp_path / "register"),
        country="FI",
    )

    assert found == Match(person=known, rung=Rung.EIDAS_IDENTIFIER)


def test_an_identifier_that_two_people_have_ends_the_search(tmp_path: Path) -> None:
    twice = [replace(NAMESAKES[0], eidas_value="7KQ2M9XW4TDR"), DEMO_CITIZEN]
    write_register(tmp_path / "register", twice, [])

    found = match(subject(), register=Register(tmp_path / "register"), country="FI")

    assert found == NoMatch(rung=Rung.EIDAS_IDENTIFIER, hits="many")


def spelled(*names: str) -> st.SearchStrategy[str]:
    return st.sampled_from([spelling for name in names for spelling in SPELLINGS[name]])


FAMILY_NAMES = spelled("Mäki", "Maki")
GIVEN_NAMES = spelled("Åsa", "Asa")
BIRTHDAYS = st.sampled_from([date(1990, 2, 28), date(1990, 3, 1)])
PLACES = st.none() | spelled("Äänekoski", "Oulu")
VALUES = st.none() | st.sampled_from(["AAAAAA", "BBBBBB"])

PEOPLE = st.lists(
    st.builds(
        RegisteredPerson,
        register_number=st.uuids().map(str),
        family_name=FAMILY_NAMES,
        given_name=GIVEN_NAMES,
        date_of_birth=BIRTHDAYS,
        place_of_birth=PLACES,
        birth_name=st.none(),
        gender=st.just("Unspecified"),
        eidas_value=VALUES,
    ),
    max_size=6,
    unique_by=lambda person: person.register_number,
)
SUBJECTS = st.builds(
    NaturalPerson,
    family_name=FAMILY_NAMES,
    given_name=GIVEN_NAMES,
    date_of_birth=BIRTHDAYS,
    place_of_birth=PLACES,
    identifier=VALUES.map(lambda value: None if value is None else eidas(f"FI/PT/{value}")),
)


def value_of(asked: NaturalPerson) -> str | None:
    return None if asked.identifier is None else asked.identifier.value.removeprefix("FI/PT/")


def same_names(person: RegisteredPerson, asked: NaturalPerson) -> bool:
    return (
        MEANT[person.family_name] == MEANT[asked.family_name]
        and MEANT[person.given_name] == MEANT[asked.given_name]
        and person.date_of_birth == asked.date_of_birth
    )


def fits(person: RegisteredPerson, asked: NaturalPerson) -> bool:
    """Names, birthday and, when asked for, place: what the second rung looks at."""
    place = asked.place_of_birth
    same_place = place is None or (person.place_of_birth is not None and MEANT[person.place_of_birth] == MEANT[place])
    return same_names(person, asked) and same_place


def matched_in(people: list[RegisteredPerson], asked: NaturalPerson) -> Match | NoMatch:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "register.sqlite"
        write_register(path, people, [])
        return match(asked, register=Register(path), country="FI")


@settings(deadline=None)
@given(people=PEOPLE, asked=SUBJECTS)
def test_whoever_is_matched_is_the_only_one_who_fits(people: list[RegisteredPerson], asked: NaturalPerson) -> None:
    found = matched_in(people, asked)
    value = value_of(asked)
    by_value = [person for person in people if value is not None and person.eidas_value == value]
    by_names = [person for person in people if fits(person, asked)]

    match found:
        case Match(rung=Rung.EIDAS_IDENTIFIER, person=person):
            assert by_value == [person]
            assert same_names(person, asked)
        case Match(person=person):
            assert not by_value
            assert by_names == [person]
            assert value is None or person.eidas_value is None
        case NoMatch(hits="many"):
            assert len(by_value) > 1 or len(by_names) > 1
        case NoMatch(hits="none"):
            assert len(by_value) <= 1
            assert by_value or len(by_names) <= 1


@settings(deadline=None)
@given(people=PEOPLE, asked=SUBJECTS, data=st.data())
def test_a_person_is_never_returned_when_two_rows_fit(
    people: list[RegisteredPerson], asked: NaturalPerson, data: st.DataObject
) -> None:
    # Two more rows of the subject's own names, each in a spelling of its own, and no identifier to tell them apart.
    twins = [
        RegisteredPerson(
            register_number=f"twin {number}",
            family_name=data.draw(spelled(MEANT[asked.family_name])),
            given_name=data.draw(spelled(MEANT[asked.given_name])),
            date_of_birth=asked.date_of_birth,
            place_of_birth=asked.place_of_birth,
            birth_name=None,
            gender="Unspecified",
            eidas_value=None,
        )
        for number in (1, 2)
    ]

    found = matched_in([*people, *twins], replace(asked, identifier=None))

    assert found == NoMatch(rung=Rung.NAMES_AND_BIRTH_DATE, hits="many")
