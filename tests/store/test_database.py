import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import CheckConstraint, Column, Connection, Integer, Table, Text, insert, select, text, update
from sqlalchemy.exc import DBAPIError, StatementError

from oots.errors import OperatorError, StoreUnavailable
from oots.store.database import Database, after_commit, open_database
from oots.store.driver_errors import RowRefused
from oots.store.tables import Json, UtcDateTime, insert_unless_known, new_metadata
from tests.store.databases import NewUrl
from tests.store.processes import exit_codes, started

METADATA = new_metadata()
PERSON = Table(
    "person",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("born_at", UtcDateTime),
    Column("remarks", Json),
    Column("shoe_size", Integer, nullable=False, default=40),
    CheckConstraint("shoe_size < 60", name="shoe_size"),
)
TALLY = Table("tally", METADATA, Column("value", Integer, nullable=False))


@pytest.fixture
def tables(database: Database) -> Database:
    with database.changing_schema() as connection:
        METADATA.create_all(connection)
    return database


def add(connection: Connection, name: str, **columns: object) -> None:
    connection.execute(insert(PERSON).values(name=name, **columns))


def names(database: Database) -> list[str]:
    with database.reading() as connection:
        return list(connection.scalars(select(PERSON.c.name).order_by(PERSON.c.name)))


def test_a_transaction_is_kept_when_its_block_ends(tables: Database) -> None:
    with tables.writing() as connection:
        add(connection, "Ada")

    assert names(tables) == ["Ada"]


def test_a_transaction_is_undone_when_its_block_raises(tables: Database) -> None:
    with suppress(ZeroDivisionError), tables.writing() as connection:
        add(connection, "Ada")
        raise ZeroDivisionError

    assert names(tables) == []


def test_a_reader_sees_one_state_while_others_write(tables: Database) -> None:
    with tables.reading() as reading:
        before = reading.execute(select(PERSON)).all()
        with tables.writing() as connection:
            add(connection, "Ada")
        after = reading.execute(select(PERSON)).all()

    assert before == after == []
    assert names(tables) == ["Ada"]


def test_a_reader_cannot_write(tables: Database) -> None:
    with pytest.raises(StoreUnavailable), tables.reading() as connection:
        add(connection, "Ada")

    assert names(tables) == []


def test_threads_that_read_and_then_write_lose_nothing(tables: Database) -> None:
    with tables.writing() as connection:
        connection.execute(insert(TALLY).values(value=0))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: count_up(tables), range(200)))

    assert tally(tables) == 200


def test_processes_that_read_and_then_write_lose_nothing(tables: Database, url: str) -> None:
    with tables.writing() as connection:
        connection.execute(insert(TALLY).values(value=0))

    processes = [started(count_up_in_a_process, url, 100) for _ in range(3)]

    assert exit_codes(processes) == [0, 0, 0]
    assert tally(tables) == 300


def count_up_in_a_process(url: str, times: int) -> None:
    database = open_database(url)
    for _ in range(times):
        count_up(database)
    database.close()


def count_up(database: Database) -> None:
    with database.writing() as connection:
        value = connection.scalars(select(TALLY.c.value).with_for_update()).one()
        connection.execute(update(TALLY).values(value=value + 1))


def tally(database: Database) -> int:
    with database.reading() as connection:
        return int(connection.scalars(select(TALLY.c.value)).one())


def test_what_is_to_happen_after_the_commit_sees_what_was_committed(tables: Database) -> None:
    seen: list[list[str]] = []

    with tables.writing() as connection:
        after_commit(connection, lambda: seen.append(names(tables)))
        add(connection, "Ada")
        assert seen == []

    assert seen == [["Ada"]]


def test_what_is_to_happen_after_the_commit_does_not_happen_without_one(tables: Database) -> None:
    happened: list[None] = []

    with suppress(ZeroDivisionError), tables.writing() as connection:
        after_commit(connection, lambda: happened.append(None))
        raise ZeroDivisionError
    with tables.writing() as connection:
        add(connection, "Ada")

    assert happened == []


def test_an_instant_comes_back_in_utc_to_the_microsecond(tables: Database) -> None:
    at = datetime(2026, 3, 29, 2, 30, 0, 123456, tzinfo=timezone(timedelta(hours=2)))

    with tables.writing() as connection:
        add(connection, "Ada", born_at=at)
    with tables.reading() as connection:
        [kept] = connection.scalars(select(PERSON.c.born_at).where(PERSON.c.born_at == at))

    assert kept == at
    assert kept.tzinfo is UTC


def test_instants_sort_as_time_does(tables: Database) -> None:
    noon = datetime(2026, 11, 24, 12, tzinfo=UTC)
    instants = [noon + timedelta(days=days, microseconds=days) for days in (-365 * 90, -1, 0, 1, 10, 365 * 90)]

    with tables.writing() as connection:
        for number, at in enumerate(reversed(instants)):
            add(connection, str(number), born_at=at)
    with tables.reading() as connection:
        assert list(connection.scalars(select(PERSON.c.born_at).order_by(PERSON.c.born_at))) == instants


def test_a_time_without_its_zone_is_refused(tables: Database) -> None:
    with pytest.raises(StatementError, match="a time without its zone"), tables.writing() as connection:
        add(connection, "Ada", born_at=datetime(2026, 1, 1))  # noqa: DTZ001


def test_structures_come_back_as_they_were(tables: Database) -> None:
    remarks = {"tags": ["a", 1, None], "deep": {"ä": True}}

    with tables.writing() as connection:
        add(connection, "Ada", remarks=remarks)
    with tables.reading() as connection:
        assert connection.scalars(select(PERSON.c.remarks)).one() == remarks


def test_a_row_that_is_known_is_not_inserted_again(tables: Database) -> None:
    with tables.writing() as connection:
        statement = insert_unless_known(connection, PERSON, unique=["name"])
        counts = [connection.execute(statement, {"name": name}).rowcount for name in ("Ada", "Ada", "Bo")]

    assert counts == [1, 0, 1]
    assert names(tables) == ["Ada", "Bo"]


def test_of_two_that_insert_the_same_row_at_once_the_second_waits_and_learns_it(tables: Database) -> None:
    inserted, counts = threading.Event(), []

    def second() -> None:
        inserted.wait()
        with tables.writing() as connection:
            statement = insert_unless_known(connection, PERSON, unique=["name"]).values(name="Ada")
            counts.append(connection.execute(statement).rowcount)

    thread = threading.Thread(target=second)
    thread.start()
    with tables.writing() as connection:
        add(connection, "Ada")
        inserted.set()
        thread.join(0.1)
        assert thread.is_alive()
    thread.join()

    assert counts == [0]


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"name": "Ada Secret"}, "name|pk_person"),
        ({"name": "Bo Secret", "shoe_size": 77}, "ck_person_shoe_size"),
        ({"name": "Bo Secret", "shoe_size": None}, "shoe_size"),
    ],
)
def test_a_refused_row_is_not_quoted(tables: Database, columns: dict[str, object], reason: str) -> None:
    with tables.writing() as connection:
        connection.execute(insert(PERSON).values(name="Ada Secret"))

    with pytest.raises(RowRefused, match=reason) as caught, tables.writing() as connection:
        connection.execute(insert(PERSON).values(columns))

    assert "Secret" not in "".join(traceback.format_exception(caught.value))


def test_a_wrong_statement_shows_no_values(tables: Database) -> None:
    name = "Ada " + "Secret"

    with pytest.raises(DBAPIError) as caught, tables.writing() as connection:
        connection.execute(text("SELECT :name FROM WHERE"), {"name": name})

    assert name not in "".join(traceback.format_exception(caught.value))


def test_a_missing_table_names_the_command_that_makes_it(database: Database) -> None:
    with pytest.raises(OperatorError, match=r"lacks a table or a column; run `oots db upgrade`"):
        names(database)


def test_a_missing_column_names_the_command_that_makes_it(tables: Database) -> None:
    with pytest.raises(OperatorError, match=r"run `oots db upgrade`"), tables.reading() as connection:
        connection.execute(text("SELECT shoe_colour FROM person"))


def test_a_lock_that_is_not_given_back_is_said(tables: Database, url: str) -> None:
    impatient = open_database(url)
    with impatient.writing() as connection:
        wait = "SET lock_timeout = '50ms'" if impatient.is_postgresql else "PRAGMA busy_timeout=50"
        connection.execute(text(wait))

    with tables.writing() as connection:
        add(connection, "Ada")
        with pytest.raises(StoreUnavailable, match="another process has kept it locked"), impatient.writing() as other:
            add(other, "Ada")
    with impatient.writing() as other:
        add(other, "Bo")

    assert names(tables) == ["Ada", "Bo"]
    impatient.close()


def test_more_readers_than_connections_wait_for_each_other(new_url: NewUrl) -> None:
    database = open_database(new_url(), connections=2)
    with database.changing_schema() as connection:
        METADATA.create_all(connection)

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda _: names(database), range(100))) == [[]] * 100
    database.close()


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("oots.db", "cannot be read"),
        ("sqlite://", "expected `sqlite:///path`"),
        ("sqlite:///:memory:", "expected `sqlite:///path`"),
        ("sqlite:///oots.db?mode=memory", "expected `sqlite:///path`"),
        ("postgresql://oots:secret@localhost/oots", "'postgresql' cannot be used; expected .*postgresql.psycopg:"),
        ("mysql://oots:secret@localhost/oots", "'mysql' cannot be used"),
    ],
)
def test_what_is_no_address_of_a_database_is_refused_with_a_sentence(url: str, reason: str) -> None:
    with pytest.raises(OperatorError, match=reason) as caught:
        open_database(url)

    assert "secret" not in str(caught.value)
