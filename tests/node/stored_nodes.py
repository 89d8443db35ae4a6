"""
Nodes that hold something: an access point with messages and payloads, and a provider with what it remembers.

On SQLite and on PostgreSQL.  Two services are enough: the third keeps its things as the second does.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import delete, insert, select

from gateway.tables import OUTGOING
from oots.journal.events import Component, Event, EventName
from oots.journal.stores import Stores, open_stores
from oots.journal.table import event_tables
from oots.node.databases import PACKAGES, ServiceDatabase, databases_of
from oots.node.services import Service
from oots.node.settings import Node
from oots.spooled import Spooled
from oots.store.blobs import BlobRef
from oots.store.data_keys import data_key_table
from oots.store.durability import Durability
from oots.store.migrate import upgrade
from oots.store.secret_key import DataKey, SecretKey
from oots.store.tables import new_metadata
from tests.node.node_folders import read
from tests.store.databases import NewUrl

NOW: Final = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)

_METADATA: Final = new_metadata()
_DATA_KEY: Final = data_key_table(_METADATA)
_EVENTS: Final = event_tables(_METADATA)

NewNode = Callable[[], "StoredNode"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredNode:
    """The folder of a node, and the variables that say where its databases are."""

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def config(self) -> Path:
        return self.folder / "oots.toml"

    @property
    def node(self) -> Node:
        return read(self.folder, self.variables)

    def database(self, service: Service) -> ServiceDatabase:
        (found,) = [database for database in databases_of(self.node) if database.service is service]
        return found


@pytest.fixture
def new_stored_node(new_node: Path, quick_folder: Path, new_url: NewUrl) -> NewNode:
    """Give nodes with the same keys and nothing in their databases, which are all of one kind."""
    numbers = count(1)
    # Servers give an address, and SQLite a file: that one is left to the settings.
    on_server = new_url().startswith("postgresql")

    def new() -> StoredNode:
        folder = shutil.copytree(new_node, quick_folder / f"node-{next(numbers)}")
        without_requester(folder / "oots.toml")
        (folder / "data" / "requester.db").unlink()
        names = [f"OOTS_{service.name}__DATABASE" for service in (Service.GATEWAY, Service.PROVIDER)]
        stored = StoredNode(folder=folder, variables={name: new_url() for name in names} if on_server else {})
        for database in databases_of(stored.node):
            with database.made() as made:
                upgrade(made, database.package)
        return stored

    return new


@pytest.fixture
def stored_node(new_stored_node: NewNode) -> StoredNode:
    """Give one whose services hold something."""
    stored = new_stored_node()
    with gateway_stores(stored) as stores:
        for number in range(5):
            send(stores, number)
    with provider_stores(stored) as stores:
        remember(stores, "message m0@alpha")
    return stored


def without_requester(config: Path) -> None:
    before, _, rest = config.read_text(encoding="utf-8").partition("[requester]")
    config.write_text(f"{before}[provider]{rest.partition('[provider]')[2]}", encoding="utf-8")


@contextmanager
def gateway_stores(stored: StoredNode) -> Iterator[Stores]:
    with stores_of(Service.GATEWAY, stored.database(Service.GATEWAY).durability) as stores:
        yield stores


@contextmanager
def provider_stores(stored: StoredNode) -> Iterator[Stores]:
    with stores_of(Service.PROVIDER, stored.database(Service.PROVIDER).durability) as stores:
        yield stores


@contextmanager
def stores_of(service: Service, durability: Durability) -> Iterator[Stores]:
    """Open the stores as the service does."""
    stores = open_stores(
        durability,
        PACKAGES[service],
        data_key=_DATA_KEY,
        events=_EVENTS,
        outside=lambda _: None,
        now=lambda: datetime.now(UTC),
    )
    try:
        yield stores
    finally:
        stores.close()


def content_of(message_id: str) -> bytes:
    return f"payload of {message_id}".encode() * 100


def send(stores: Stores, number: int) -> str:
    """Keep a message with its payload and its event, as a gateway does."""
    message_id, key = f"m{number}@alpha", DataKey(SecretKey.new())
    with (
        stores.written([Spooled(content_of(message_id))], key) as (ref,),
        stores.database.writing() as connection,
    ):
        stores.keys.add(connection, message_id, key, now=NOW)
        row = {
            "message_id": message_id,
            "digest": "",
            "state": "submitted",
            "attempts": 0,
            "due_at": NOW,
            "submitted_at": NOW,
            "progress": b"",
            "blob_id": ref.id,
            "size": ref.size,
            "sha256": ref.sha256,
        }
        connection.execute(insert(OUTGOING), row)
        stores.record_in(connection)(event_of(message_id, Component.GATEWAY))
    return message_id


def forget(stores: Stores, message_id: str) -> None:
    """Forget a message, and then its payload."""
    with stores.database.writing() as connection:
        column = OUTGOING.c.message_id
        blob_id = connection.scalars(select(OUTGOING.c.blob_id).where(column == message_id)).one()
        connection.execute(delete(OUTGOING).where(column == message_id))
        stores.keys.erase(connection, message_id)
        stores.delete_after_commit(connection, [blob_id])


def remember(stores: Stores, text: str) -> None:
    stores.record(event_of(text, Component.PROVIDER))


def event_of(message_id: str, component: Component) -> Event:
    return Event(
        at=NOW,
        node="AP_FI_01",
        component=component,
        name=EventName.AS4_SUBMITTED,
        message_id=message_id,
        documents={"soap.xml": message_id.encode()},
    )


def readable(stored: StoredNode) -> set[str]:
    """Read every message of the access point, its payload and its event; give their ids."""
    found = set()
    with gateway_stores(stored) as stores, stores.database.reading() as connection:
        for row in connection.execute(select(OUTGOING)):
            key = stores.keys.load(connection, row.message_id)
            ref = BlobRef(id=row.blob_id, size=row.size, sha256=row.sha256)
            with stores.blobs.open(ref, key) as blob:
                assert blob.read() == content_of(row.message_id)
            found.add(row.message_id)
        assert found <= set(told(stores))
    return found


def remembered(stored: StoredNode) -> list[str]:
    """Read what the provider remembers."""
    with provider_stores(stored) as stores:
        return told(stores)


def told(stores: Stores) -> list[str]:
    with stores.database.reading() as connection:
        return [
            stores.events.documents(connection, number)["soap.xml"].decode()
            for number in connection.scalars(
                select(_EVENTS.event.c.number).where(_EVENTS.event.c.name == EventName.AS4_SUBMITTED.value)
            )
        ]
