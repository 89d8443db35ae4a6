"""Data keys: bound to their scope, gone when erased, and never lost while their wrapping changes."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import Connection, select, update

from oots.errors import DamagedContent, NotFound, OperatorError
from oots.store import data_keys
from oots.store.data_keys import DataKeys, data_key_table
from oots.store.database import Database
from oots.store.driver_errors import RowRefused
from oots.store.key_file import RETIREMENT_DELAY, KeyFile, make_key_file, retire, rotate
from oots.store.node_keys import NodeKeys
from oots.store.tables import new_metadata

NOW: Final = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)

TABLE: Final = data_key_table(new_metadata())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Make a key file."""
    path = tmp_path / "keys.json"
    make_key_file(path, now=NOW)
    return path


@pytest.fixture
def keys(path: Path) -> DataKeys:
    """Give data keys that the key file wraps."""
    return DataKeys(TABLE, KeyFile(path).keys)


@pytest.fixture
def database(database: Database) -> Database:
    """Give a database, of each kind, with the table of data keys."""
    with database.changing_schema() as connection:
        TABLE.metadata.create_all(connection)
    return database


def created(keys: DataKeys, database: Database, *scopes: str) -> dict[str, bytes]:
    """Make the keys of some scopes."""
    with database.writing() as connection:
        return {scope: keys.create(connection, scope, now=NOW).reveal() for scope in scopes}


def loaded(keys: DataKeys, database: Database, *scopes: str) -> dict[str, bytes]:
    """Load the keys of some scopes."""
    with database.reading() as connection:
        return {scope: keys.load(connection, scope).reveal() for scope in scopes}


def in_use(keys: DataKeys, database: Database) -> dict[str, int]:
    """Count by what the data keys are wrapped."""
    with database.reading() as connection:
        return keys.in_use(connection)


def test_a_key_is_loaded_as_it_was_made_and_each_scope_has_its_own(keys: DataKeys, database: Database) -> None:
    made = created(keys, database, "m1@alpha", "m2@alpha")

    assert loaded(keys, database, "m1@alpha", "m2@alpha") == made
    assert len(set(made.values())) == 2


def test_a_scope_has_one_key_for_good(keys: DataKeys, database: Database) -> None:
    made = created(keys, database, "m1@alpha")

    with pytest.raises(RowRefused, match="data_key"):
        created(keys, database, "m1@alpha")

    assert loaded(keys, database, "m1@alpha") == made


def test_a_key_comes_with_the_transaction_that_makes_it_or_not_at_all(keys: DataKeys, database: Database) -> None:
    with suppress(ZeroDivisionError), database.writing() as connection:
        keys.create(connection, "m1@alpha", now=NOW)
        raise ZeroDivisionError

    with pytest.raises(NotFound):
        loaded(keys, database, "m1@alpha")


def test_an_erased_key_is_not_found_and_others_stay(keys: DataKeys, database: Database) -> None:
    made = created(keys, database, "m1@alpha", "m2@alpha")
    with database.writing() as connection:
        keys.erase(connection, "m1@alpha")
        keys.erase(connection, "never@there")

    with pytest.raises(NotFound, match="the content of 'm1@alpha' was deleted, or was never there"):
        loaded(keys, database, "m1@alpha")
    assert loaded(keys, database, "m2@alpha")["m2@alpha"] == made["m2@alpha"]


def test_a_wrapped_key_does_not_open_in_the_row_of_another(keys: DataKeys, database: Database) -> None:
    created(keys, database, "m1@alpha", "m2@alpha")
    with database.writing() as connection:
        wrapped = connection.scalars(select(TABLE.c.wrapped).where(TABLE.c.scope == "m1@alpha")).one()
        connection.execute(update(TABLE).where(TABLE.c.scope == "m2@alpha").values(wrapped=wrapped))

    with pytest.raises(DamagedContent, match="the data key of 'm2@alpha' does not open"):
        loaded(keys, database, "m2@alpha")


@pytest.mark.parametrize("alter", [lambda wrapped: wrapped[:-1], lambda wrapped: wrapped[:9], lambda _: b"",
                                   lambda wrapped: wrapped[:20] + bytes([wrapped[20] ^ 1]) + wrapped[21:]])  # fmt: skip
def test_a_wrapped_key_that_was_altered_does_not_open(
    keys: DataKeys, database: Database, alter: Callable[[bytes], bytes]
) -> None:
    created(keys, database, "m1@alpha")
    with database.writing() as connection:
        wrapped = connection.scalars(select(TABLE.c.wrapped)).one()
        connection.execute(update(TABLE).values(wrapped=alter(wrapped)))

    with pytest.raises(DamagedContent, match="the data key of 'm1@alpha' does not open"):
        loaded(keys, database, "m1@alpha")


def test_the_key_file_of_another_node_opens_nothing(keys: DataKeys, database: Database, tmp_path: Path) -> None:
    created(keys, database, "m1@alpha")
    make_key_file(tmp_path / "other.json", now=NOW)

    with pytest.raises(OperatorError, match=r"there is no key '2026-11-24-\w+', with which a data key"):
        loaded(DataKeys(TABLE, KeyFile(tmp_path / "other.json").keys), database, "m1@alpha")


def test_a_rotation_wraps_every_key_anew_and_changes_none(
    keys: DataKeys, database: Database, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_keys, "BATCH", 3)
    before = created(keys, database, *(f"m{number}" for number in range(10)))
    (old,) = in_use(keys, database)

    current = rotate(path, now=NOW).current.id
    after = created(keys, database, "m10")

    assert in_use(keys, database) == {old: 10, current: 1}
    assert keys.rewrap_all(database.writing) == 10
    assert in_use(keys, database) == {current: 11}
    retire(path, old, in_use=in_use(keys, database), now=NOW + RETIREMENT_DELAY)
    assert loaded(keys, database, *before, *after) == before | after
    assert keys.rewrap_all(database.writing) == 0


def test_a_rotation_that_breaks_off_is_completed_by_the_next_call(
    keys: DataKeys, database: Database, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_keys, "BATCH", 3)
    made = created(keys, database, *(f"m{number}" for number in range(10)))
    (old,) = in_use(keys, database)
    current = rotate(path, now=NOW).current.id

    with pytest.raises(ZeroDivisionError):
        keys.rewrap_all(breaking_off(database, after=2))

    assert in_use(keys, database) == {old: 4, current: 6}
    assert loaded(keys, database, *made) == made
    assert keys.rewrap_all(database.writing) == 4
    assert in_use(keys, database) == {current: 10}


# On SQLite nobody else writes during a transaction.
@pytest.mark.parametrize("new_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
def test_a_key_that_another_process_wrapped_or_erased_meanwhile_is_left_as_it_is(
    keys: DataKeys, database: Database, path: Path
) -> None:
    created(keys, database, "m1", "m2")
    seen_by_a_slow_process = rotate(path, now=NOW)
    newest = rotate(path, now=NOW).current.id
    asked: list[None] = []

    def slow_keys() -> NodeKeys:
        asked.append(None)
        # The first time it asks which keys are old; when it asks again, it has read the rows.
        if len(asked) == 2:
            keys.rewrap_all(database.writing)
            with database.writing() as connection:
                keys.erase(connection, "m2")
        return seen_by_a_slow_process

    DataKeys(TABLE, slow_keys).rewrap_all(database.writing)

    assert len(asked) > 2
    assert in_use(keys, database) == {newest: 1}


def breaking_off(database: Database, *, after: int) -> Callable[[], AbstractContextManager[Connection]]:
    """Begin transactions, of which those `after` the first ones fail before they commit."""
    begun: list[Connection] = []

    @contextmanager
    def begin() -> Iterator[Connection]:
        with database.writing() as connection:
            yield connection
            begun.append(connection)
            if len(begun) > after:
                raise ZeroDivisionError

    return begin


def test_an_old_backup_of_the_database_is_closed_once_its_key_is_retired(
    keys: DataKeys, database: Database, path: Path
) -> None:
    created(keys, database, "m1@alpha")
    (old,) = in_use(keys, database)
    with database.reading() as connection:
        backup = connection.execute(select(TABLE)).one()
    rotate(path, now=NOW)
    keys.rewrap_all(database.writing)
    retire(path, old, in_use=in_use(keys, database), now=NOW + RETIREMENT_DELAY)
    with database.writing() as connection:
        connection.execute(update(TABLE).values(kek_id=backup.kek_id, wrapped=backup.wrapped))

    with pytest.raises(OperatorError, match="there is no key"):
        loaded(keys, database, "m1@alpha")


def test_a_key_that_cannot_be_wrapped_anew_keeps_the_old_one_from_being_retired(
    keys: DataKeys, database: Database, path: Path
) -> None:
    created(keys, database, "m1@alpha")
    (old,) = in_use(keys, database)
    rotate(path, now=NOW)
    with database.writing() as connection:
        connection.execute(update(TABLE).values(wrapped=b"altered"))

    with pytest.raises(DamagedContent, match="the data key of 'm1@alpha' does not open"):
        keys.rewrap_all(database.writing)
    with pytest.raises(OperatorError, match="still wraps data keys"):
        retire(path, old, in_use=in_use(keys, database), now=NOW + RETIREMENT_DELAY)
