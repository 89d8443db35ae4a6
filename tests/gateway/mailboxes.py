"""
Mailboxes for tests, on SQLite and on PostgreSQL.  `tests/gateway/conftest.py` imports the fixtures from here.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path

import pytest
from gateway_nodes import KEYS

from gateway.journal import Journal
from gateway.mailbox import Mailbox
from gateway.settings import Backend
from gateway.tables import DATA_KEY, EVENTS
from oots.cli.bench.own_postgres import OwnPostgres
from oots.journal.stores import Stores, new_stores
from oots.store.database import Database, open_database
from oots.store.durability import Durability
from oots.store.migrate import upgrade

NewMailbox = Callable[..., Mailbox]

_numbers = count(1)


def stores_of(url: str, folder: Path, journal: Journal) -> Stores:
    """Give the stores of one mailbox; its database has to be migrated."""
    durability = Durability(database=url, blob_folder=folder / "blobs", keys=lambda: KEYS)
    return new_stores(open_database(url), durability, data_key=DATA_KEY, events=EVENTS, outside=journal.record)


@pytest.fixture
def new_sqlite_mailbox(quick_folder: Path) -> Iterator[NewMailbox]:
    """Give mailboxes, which all share one database."""
    yield from _mailboxes(f"sqlite:///{quick_folder}/gateway.db", quick_folder)


@pytest.fixture
def new_postgresql_mailbox(postgres: OwnPostgres, quick_folder: Path) -> Iterator[NewMailbox]:
    """Give mailboxes, which all share one database."""
    name = f"gateway_{next(_numbers)}"
    postgres.sql(f"CREATE DATABASE {name}")
    yield from _mailboxes(postgres.url(name), quick_folder)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def new_mailbox(request: pytest.FixtureRequest) -> NewMailbox:
    """Give mailboxes on the same files, as processes that follow each other have them."""
    new: NewMailbox = request.getfixturevalue(f"new_{request.param}_mailbox")
    return new


def _mailboxes(url: str, folder: Path) -> Iterator[NewMailbox]:
    databases: list[Database] = []

    def new(journal: Journal, *, max_messages: int = 100, backends: Sequence[Backend] = ()) -> Mailbox:
        stores = stores_of(url, folder, journal)
        databases.append(stores.database)
        upgrade(stores.database, "gateway")
        return Mailbox(stores, node=journal.node, max_messages=max_messages, backends=backends)

    yield new
    for database in databases:
        database.close()
