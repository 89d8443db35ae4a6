import shutil
from collections.abc import Callable
from multiprocessing import Queue
from pathlib import Path

import pytest
from sqlalchemy import func, insert, inspect, select, text

from oots.errors import OperatorError
from oots.store.database import Database, open_database
from oots.store.migrate import WrongSchema, current, pending, require_current, upgrade
from tests.store.databases import NewUrl
from tests.store.library.tables import LOAN, METADATA, READER
from tests.store.processes import CONTEXT, exit_codes, started
from tests.store.schema import assert_migrated_as_declared, schema

LIBRARY = "tests.store.library"
RELEASES = ["0001", "0002", "0003"]

Release = Callable[[int], str]


@pytest.fixture
def release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Release:
    """Give the name of the package as it was at an earlier release."""
    monkeypatch.syspath_prepend(tmp_path)

    def at(number: int) -> str:
        # A name of its own: Python would remember where an earlier test had it.
        package = tmp_path / f"library_{number}_{tmp_path.name}"
        (package / "migrations").mkdir(parents=True)
        (package / "__init__.py").touch()
        for revision in sorted(Path(__file__).parent.glob("library/migrations/v*.py"))[:number]:
            shutil.copy(revision, package / "migrations")
        return package.name

    return at


def test_an_empty_database_gets_all_revisions(database: Database) -> None:
    assert current(database) is None
    assert pending(database, LIBRARY) == RELEASES

    assert upgrade(database, LIBRARY) == RELEASES

    assert current(database) == "0003"
    assert pending(database, LIBRARY) == []


def test_a_database_that_is_up_to_date_is_left_alone(database: Database) -> None:
    upgrade(database, LIBRARY)

    assert upgrade(database, LIBRARY) == []


def test_the_migrated_schema_is_the_declared_one(new_url: NewUrl) -> None:
    migrated, declared = open_database(new_url()), open_database(new_url())

    assert_migrated_as_declared(migrated, declared, package=LIBRARY, metadata=METADATA)

    migrated.close()
    declared.close()


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE loan ADD COLUMN fine INTEGER",
        "DROP INDEX ix_job_due",
        "DROP INDEX ix_job_due; CREATE INDEX ix_job_due ON job (run_at, id)",
        "DROP TABLE job",
    ],
)
def test_a_schema_that_drifted_is_seen(new_url: NewUrl, change: str) -> None:
    migrated, declared = open_database(new_url()), open_database(new_url())
    upgrade(migrated, LIBRARY)
    with migrated.changing_schema() as connection:
        for statement in change.split(";"):
            connection.execute(text(statement))

    with pytest.raises(AssertionError):
        assert_migrated_as_declared(migrated, declared, package=LIBRARY, metadata=METADATA)

    migrated.close()
    declared.close()


@pytest.mark.parametrize("number", [1, 2])
def test_rows_of_every_release_survive(database: Database, release: Release, number: int) -> None:
    upgrade(database, release(number))
    with database.writing() as connection:
        connection.execute(text("INSERT INTO reader (id, name, card) VALUES (1, 'Ada', 'A-1'), (2, 'Bo', 'B-2')"))
        connection.execute(text("INSERT INTO loan (id, reader_id, title) VALUES (1, 1, 'Emma'), (2, 2, 'Momo')"))

    upgrade(database, LIBRARY)

    with database.reading() as connection:
        found = connection.execute(select(READER.c.card, LOAN.c.title).join(LOAN).order_by(LOAN.c.id)).all()
    assert found == [("A-1", "Emma"), ("B-2", "Momo")]


def test_foreign_keys_count_again_after_a_migration(database: Database) -> None:
    upgrade(database, LIBRARY)

    with database.writing() as connection:
        connection.execute(insert(READER).values(id=1, card="A-1"))
        connection.execute(insert(LOAN).values(id=1, reader_id=1, title="Emma"))
        connection.execute(text("DELETE FROM reader"))
        assert connection.scalars(select(func.count()).select_from(LOAN)).one() == 0


def test_a_program_refuses_an_older_schema(database: Database, release: Release) -> None:
    upgrade(database, release(2))

    with pytest.raises(WrongSchema, match=r"has schema 0002, .*library needs 0003; run `oots db upgrade`"):
        require_current(database, LIBRARY)


def test_a_program_refuses_an_empty_database(database: Database) -> None:
    with pytest.raises(WrongSchema, match=r"has schema none, .* run `oots db upgrade`"):
        require_current(database, LIBRARY)


def test_a_program_refuses_a_newer_schema(database: Database, release: Release) -> None:
    old = release(2)
    upgrade(database, LIBRARY)

    for action in (require_current, upgrade, pending):
        with pytest.raises(WrongSchema, match=r"has schema 0003, which this library_2\S* does not know"):
            action(database, old)


def test_a_program_starts_on_its_own_schema(database: Database) -> None:
    upgrade(database, LIBRARY)

    require_current(database, LIBRARY)


def test_processes_that_upgrade_at_once_apply_each_revision_once(database: Database, url: str) -> None:
    applied = CONTEXT.Queue()

    processes = [started(upgrade_in_a_process, url, applied) for _ in range(3)]

    assert exit_codes(processes) == [0, 0, 0]
    assert sorted(applied.get() for _ in processes) == [[], [], RELEASES]
    require_current(database, LIBRARY)


def upgrade_in_a_process(url: str, applied: "Queue[list[str]]") -> None:
    database = open_database(url)
    applied.put(list(upgrade(database, LIBRARY)))
    database.close()


def test_a_migration_that_fails_leaves_nothing(database: Database, release: Release, tmp_path: Path) -> None:
    package = release(2)
    before = schema(database)
    migration = tmp_path / package / "migrations" / "v0003_wrong.py"
    migration.write_text(
        "from alembic import op\n"
        "revision, down_revision = '0003', '0002'\n"
        "def upgrade():\n"
        "    op.execute('CREATE TABLE half (id INTEGER)')\n"
        "    op.execute('INSERT INTO nowhere VALUES (1)')\n"
    )

    with pytest.raises(OperatorError, match="lacks a table"):
        upgrade(database, package)

    assert schema(database) == before == {}
    assert current(database) is None


def test_a_migration_that_would_leave_rows_without_what_they_refer_to_fails(
    quick_folder: Path, release: Release, tmp_path: Path
) -> None:
    database = open_database(f"sqlite:///{quick_folder}/library.sqlite")
    package = release(2)
    upgrade(database, package)
    with database.writing() as connection:
        connection.execute(text("INSERT INTO reader (id, card) VALUES (1, 'A-1')"))
        connection.execute(text("INSERT INTO loan (id, reader_id, title) VALUES (1, 1, 'Emma')"))
    (tmp_path / package / "migrations" / "v0003_wrong.py").write_text(
        "from alembic import op\n"
        "revision, down_revision = '0003', '0002'\n"
        "def upgrade():\n"
        "    op.execute('DELETE FROM reader')\n"
    )

    with pytest.raises(OperatorError, match="rows of loan would refer to rows of reader that are not there"):
        upgrade(database, package)

    assert current(database) == "0002"
    database.close()


def test_every_name_of_a_constraint_is_ours(database: Database) -> None:
    upgrade(database, LIBRARY)

    with database.reading() as connection:
        found = inspect(connection)
        assert [constraint["name"] for constraint in found.get_unique_constraints("reader")] == ["uq_reader_card"]
        assert [constraint["name"] for constraint in found.get_foreign_keys("loan")] == ["fk_loan_reader_id"]
