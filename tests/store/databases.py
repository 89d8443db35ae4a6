"""
Databases for tests: each test that asks for one runs on SQLite and on PostgreSQL.

`tests/store/conftest.py` and its like import the fixtures from here.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from oots.cli.bench.own_postgres import MISSING, OwnPostgres, own_postgres
from oots.errors import OperatorError
from oots.store.database import Database, open_database

NewUrl = Callable[[], str]

SQLITE_AND_POSTGRESQL = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]

EMPTY = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid();
    DROP SCHEMA public CASCADE;
    CREATE SCHEMA public
"""

_numbers = count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[OwnPostgres]:
    """Run a server for the whole session."""
    try:
        # Processes are killed here, never the machine: nothing has to reach the disk.
        with own_postgres(fsync="off") as server:
            yield server
    except OperatorError as error:
        if str(error) != MISSING:
            raise
        pytest.skip(MISSING)


@pytest.fixture
def quick_folder() -> Iterator[Path]:
    """Give a folder in memory where there is one: an fsync costs nothing there."""
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="oots-test-", dir=memory if memory.is_dir() else None))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def spare_databases() -> list[str]:
    """Keep what a test has done with: to empty a database is quicker than to make one."""
    return []


@pytest.fixture(params=SQLITE_AND_POSTGRESQL)
def new_url(request: pytest.FixtureRequest, quick_folder: Path, spare_databases: list[str]) -> Iterator[NewUrl]:
    """Give addresses of new databases, all of one kind."""
    if request.param == "sqlite":
        yield lambda: f"sqlite:///{quick_folder}/{next(_numbers)}.sqlite"
        return
    server: OwnPostgres = request.getfixturevalue("postgres")
    used: list[str] = []

    def new() -> str:
        if not spare_databases:
            spare_databases.append(f"test_{next(_numbers)}")
            server.sql(f"CREATE DATABASE {spare_databases[0]}")
        used.append(spare_databases.pop())
        return server.url(used[-1])

    yield new
    for name in used:
        server.sql(EMPTY, database=name)
    spare_databases += used


@pytest.fixture
def url(new_url: NewUrl) -> str:
    """Give the address of a new database."""
    return new_url()


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """Give a new database."""
    opened = open_database(url)
    yield opened
    opened.close()
