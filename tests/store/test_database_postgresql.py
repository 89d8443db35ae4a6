"""What only PostgreSQL can do to us."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Connection, text

from oots.cli.bench.own_postgres import OwnPostgres, own_postgres
from oots.errors import OotsError, StoreUnavailable
from oots.store.database import Database, open_database, utc_now

pytestmark = pytest.mark.postgres


@pytest.fixture
def database(postgres: OwnPostgres) -> Iterator[Database]:
    opened = open_database(postgres.url("postgres"))
    yield opened
    opened.close()


def show(connection: Connection, setting: str) -> object:
    return connection.execute(text(f"SHOW {setting}")).scalar_one()


def test_time_is_the_servers(database: Database) -> None:
    with database.writing() as connection:
        first = database.now(connection)
        connection.execute(text("SELECT pg_sleep(0.01)"))
        second = database.now(connection)

    assert second - first >= timedelta(milliseconds=10)
    assert abs(utc_now() - second) < timedelta(seconds=30)


def test_no_lock_is_waited_for_and_none_is_kept_for_ever(database: Database) -> None:
    with database.writing() as connection:
        assert show(connection, "lock_timeout") == "10s"
        assert show(connection, "idle_in_transaction_session_timeout") == "1min"
        assert show(connection, "timezone") == "UTC"


def test_what_the_url_says_wins(postgres: OwnPostgres) -> None:
    database = open_database(postgres.url("postgres") + "&options=-clock_timeout%3D1s")

    with database.writing() as connection:
        assert show(connection, "lock_timeout") == "1s"
    database.close()


def test_a_database_that_is_not_there_is_said(postgres: OwnPostgres) -> None:
    database = open_database(postgres.url("nowhere"))

    with pytest.raises(StoreUnavailable, match=r'cannot be reached: .* database "nowhere" does not exist'):
        answer(database)
    database.close()


def test_a_server_that_is_not_there_is_said_without_the_password() -> None:
    database = open_database("postgresql+psycopg://oots:secret@127.0.0.1:1/oots")

    with pytest.raises(StoreUnavailable, match="Connection refused") as caught:
        answer(database)

    assert "secret" not in str(caught.value)
    database.close()


def test_a_session_that_an_operator_ends_is_said_and_the_next_one_works(
    database: Database, postgres: OwnPostgres
) -> None:
    with pytest.raises(StoreUnavailable, match="an operator ended our connection"):
        end_own_session(database, postgres)

    assert answer(database) == 1


def test_after_a_crash_of_the_server_the_first_transaction_works() -> None:
    with own_postgres(fsync="off") as server:
        database = open_database(server.url("postgres"))
        assert answer(database) == 1

        server.stop(crash=True)
        with pytest.raises(StoreUnavailable, match="cannot be reached"):
            answer(database)
        server.start()

        assert answer(database) == 1
        database.close()


def test_a_deadlock_is_undone_and_said(database: Database) -> None:
    # Either of the two transactions may be the one that is undone.
    said = pytest.raises(StoreUnavailable, match=r"got in another one's way|kept it locked")
    with said, database.writing() as connection:
        connection.execute(text("SET LOCAL deadlock_timeout = '10ms'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(1)"))
        deadlock(database, connection)


def end_own_session(database: Database, postgres: OwnPostgres) -> None:
    with database.writing() as connection:
        number = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        postgres.sql(f"SELECT pg_terminate_backend({number})")
        connection.execute(text("SELECT 1"))


def deadlock(database: Database, first: Connection) -> None:
    errors: list[OotsError] = []

    def second() -> None:
        try:
            with database.writing() as connection:
                connection.execute(text("SET LOCAL deadlock_timeout = '10ms'"))
                connection.execute(text("SELECT pg_advisory_xact_lock(2)"))
                connection.execute(text("SELECT pg_advisory_xact_lock(1)"))
        except OotsError as error:
            errors.append(error)

    thread = threading.Thread(target=second)
    thread.start()
    while not first.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one():
        pass
    first.execute(text("SELECT pg_advisory_xact_lock(2)"))
    thread.join()
    raise errors[0]


def answer(database: Database) -> object:
    with database.reading() as connection:
        return connection.execute(text("SELECT 1")).scalar_one()
