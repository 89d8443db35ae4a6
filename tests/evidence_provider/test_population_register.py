import sqlite3
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from evidence_provider.invented_people import DEMO_CITIZEN, NAMESAKES, identity_code, make_register
from evidence_provider.register import BirthRecord, Register, folded, write_register
from evidence_provider.settings import ProviderSettings
from oots.errors import QueryFailure


def rows(path: Path, question: str = "SELECT * FROM person ORDER BY register_number") -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(question).fetchall()


def find_demo_citizen(register: Register, **changed: Any) -> tuple[Any, ...]:
    asked = {"family_name": "Kielonmäki", "given_name": "Aino Elviira", "date_of_birth": date(1991, 5, 14)}
    return register.with_names(**{**asked, "place_of_birth": None, **changed})


def test_the_same_seed_gives_the_same_people_and_births(tmp_path: Path) -> None:
    births = "SELECT * FROM birth_record ORDER BY register_number"
    first, again, other = (tmp_path / name for name in ("first", "again", "other"))
    make_register(first, people=50)
    make_register(again, people=50)
    make_register(other, people=50, seed=2)

    assert rows(first) == rows(again)
    assert rows(first, births) == rows(again, births)
    assert rows(first) != rows(other)


def test_the_register_has_as_many_people_as_asked_for(settings: ProviderSettings) -> None:
    assert len(rows(settings.register)) == 3000


def test_exactly_two_people_share_names_and_birthday(settings: ProviderSettings) -> None:
    people = rows(settings.register, "SELECT family_name_folded, given_name_folded, date_of_birth FROM person")

    shared = [(names, count) for names, count in Counter(people).items() if count > 1]

    assert shared == [(("ylätalo", "mikko juhani", "1987-11-02"), 2)]


def test_finnish_letters_are_in_names_and_places(settings: ProviderSettings) -> None:
    written = "".join("".join(row) for row in rows(settings.register, "SELECT family_name, place_of_birth FROM person"))

    assert set("åäöÅÄÖ") <= set(written)


def test_every_register_number_is_well_formed_and_of_nobody_alive(settings: ProviderSettings) -> None:
    for number, born, gender in rows(settings.register, "SELECT register_number, date_of_birth, gender FROM person"):
        individual_number = int(number[7:10])
        assert number == identity_code(date.fromisoformat(born), individual_number)
        assert individual_number >= 900
        assert individual_number % 2 == (gender == "Male")


@pytest.mark.parametrize("person", [DEMO_CITIZEN, *NAMESAKES])
def test_the_fixed_people_are_in_the_register_with_a_birth_record(settings: ProviderSettings, person: Any) -> None:
    register = Register(settings.register)

    found = register.with_names(
        family_name=person.family_name,
        given_name=person.given_name,
        date_of_birth=person.date_of_birth,
        place_of_birth=person.place_of_birth,
    )

    assert found == (person,)
    assert register.birth_record_of(person) is not None


def test_who_was_born_abroad_has_no_birth_record(settings: ProviderSettings) -> None:
    without = rows(
        settings.register,
        "SELECT place_of_birth FROM person WHERE register_number NOT IN (SELECT register_number FROM birth_record)",
    )

    assert 0 < len(without) < 300
    assert "Helsinki" not in {place for (place,) in without}


def test_case_and_composition_of_letters_do_not_matter(register: Register) -> None:
    assert find_demo_citizen(register, family_name="KIELONMA\u0308KI") == (DEMO_CITIZEN,)


@pytest.mark.parametrize("name", ["Kielonmaki", "Kielonmaeki", "Kielonmäki ", "Kielonmäk%", "Kielonm_ki", ""])
def test_nothing_else_is_forgiven_in_a_name(register: Register, name: str) -> None:
    assert find_demo_citizen(register, family_name=name) == ()


def test_a_place_of_birth_only_narrows(register: Register) -> None:
    assert find_demo_citizen(register, place_of_birth="hämeenlinna") == (DEMO_CITIZEN,)
    assert find_demo_citizen(register, place_of_birth="Tampere") == ()


def test_sql_in_a_name_is_a_name(register: Register, settings: ProviderSettings) -> None:
    for hostile in ("' OR 1=1 --", "x'; DROP TABLE person; --", '" OR ""="'):
        assert find_demo_citizen(register, family_name=hostile) == ()
        assert register.with_eidas_value(hostile) == ()

    assert len(rows(settings.register)) == 3000


def test_a_query_cannot_write(register: Register, settings: ProviderSettings) -> None:
    before = settings.register.read_bytes()

    for statement in ("DELETE FROM person", "PRAGMA user_version = 7"):
        with pytest.raises(QueryFailure), register._connection() as connection:
            connection.execute(statement)

    assert settings.register.read_bytes() == before


def test_the_file_itself_is_opened_for_reading_only(register: Register) -> None:
    with register._connection() as connection:
        assert connection.execute("PRAGMA query_only").fetchone() == (1,)

    with pytest.raises(QueryFailure), register._connection() as connection:
        connection.executescript("PRAGMA query_only = OFF; DELETE FROM person;")


def test_a_missing_register_is_an_error_and_is_not_made(tmp_path: Path) -> None:
    missing = tmp_path / "missing.sqlite"

    with pytest.raises(QueryFailure, match="cannot be read"):
        Register(missing).with_eidas_value("7KQ2M9XW4TDR")

    assert not missing.exists()


def test_a_damaged_register_is_an_error_without_personal_data(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.sqlite"
    make_register(damaged, people=10)
    with closing(sqlite3.connect(damaged)) as connection, connection:
        connection.execute("UPDATE birth_record SET entered_on = 'Kielonmäki'")

    with pytest.raises(QueryFailure) as caught:
        Register(damaged).birth_record_of(DEMO_CITIZEN)

    assert str(caught.value) == "the register cannot be read at the moment"


def test_a_file_that_is_no_database_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no database at all, but long enough to have a header" * 10)

    with pytest.raises(QueryFailure):
        Register(tmp_path / "text").with_eidas_value("7KQ2M9XW4TDR")


def test_the_path_may_hold_what_means_something_in_an_address(tmp_path: Path) -> None:
    path = tmp_path / "väestö #1?mode=rwc&x=%41.sqlite"
    make_register(path, people=5)

    assert find_demo_citizen(Register(path)) == (DEMO_CITIZEN,)


def test_a_new_register_replaces_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "register.sqlite"
    make_register(path, people=20)
    make_register(path, people=10)

    assert len(rows(path)) == 10
    assert [file.name for file in tmp_path.iterdir()] == ["register.sqlite"]


def test_a_birth_of_nobody_is_not_entered(tmp_path: Path) -> None:
    path = tmp_path / "register.sqlite"
    birth = BirthRecord(register_number="nobody", record_number="S-1", entered_on=date(2000, 1, 1))

    with pytest.raises(sqlite3.IntegrityError):
        write_register(path, [DEMO_CITIZEN], [birth])

    assert not path.exists()


def test_threads_ask_at_the_same_time(register: Register) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: find_demo_citizen(register), range(64)))

    assert answers == [(DEMO_CITIZEN,)] * 64


def test_a_person_and_a_birth_do_not_show_themselves(register: Register) -> None:
    shown = f"{DEMO_CITIZEN!r} {DEMO_CITIZEN} {register.birth_record_of(DEMO_CITIZEN)}"

    assert not any(secret in shown for secret in ("Kielonmäki", "Aino", "1991", "140591"))


def test_folding_knows_case_beyond_the_latin_alphabet() -> None:
    assert folded("STRASSE") == folded("straße")
    assert folded("ΣΊΣΥΦΟΣ") == folded("σίσυφος")
    assert folded("ÅLAND") != folded("ALAND")


def test_folding_twice_changes_nothing_more() -> None:
    for name in ("Åsa", "MÄKI", "Straße", "ŻÓŁĆ", "İpek", "ΑΣ", "Ma\u0308ki"):
        assert folded(folded(name)) == folded(name)
