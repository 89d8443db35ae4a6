"""
The databases of a node, one for each of its services: which there are, and opening one for a command.

A service opens its own when it starts; what is here is for whoever looks after all of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy import Column, MetaData, make_url

from oots.errors import OperatorError
from oots.node.services import Service
from oots.node.settings import Node
from oots.store.blobs import file_in
from oots.store.data_keys import DataKeys, data_key_table
from oots.store.database import Database, open_database
from oots.store.durability import Durability
from oots.store.tables import new_metadata

PACKAGES: Final[Mapping[Service, str]] = {
    Service.GATEWAY: "gateway",
    Service.REQUESTER: "evidence_requester",
    Service.PROVIDER: "evidence_provider",
}
"""Of each service that keeps what must not be lost, or seen: the package with its tables and migrations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDatabase:
    """The database of one service."""

    service: Service
    durability: Durability

    @property
    def name(self) -> str:
        """Of the service."""
        return self.service.value

    @property
    def package(self) -> str:
        """With the tables of the service, and the migrations that made them."""
        return PACKAGES[self.service]

    @property
    def file(self) -> Path | None:
        """Where it is, unless it is on a server."""
        url = make_url(self.durability.database)
        return Path(url.database or "") if url.drivername == "sqlite" else None

    @property
    def data_keys(self) -> DataKeys:
        """Its data keys, which every service keeps in the same way."""
        return DataKeys(data_key_table(new_metadata()), self.durability.keys)

    @property
    def blob_columns(self) -> Sequence[Column[UUID]]:
        """Those that name blobs: in all services they are called `blob_id`."""
        metadata: MetaData = import_module(f"{self.package}.tables").METADATA
        return [table.c.blob_id for table in metadata.tables.values() if "blob_id" in table.c]

    def has_blob(self, blob_id: UUID) -> bool:
        """Tell whether the folder of blobs has this one."""
        return file_in(self.durability.blob_folder, blob_id).is_file()

    @contextmanager
    def opened(self) -> Iterator[Database]:
        """Open it for a while; raises `OperatorError` when it is not there, rather than make one."""
        if self.file is not None and not self.file.is_file():
            raise OperatorError(f"{self.file} is not there; run `oots db upgrade`")
        with _closed_afterwards(self.durability) as database:
            yield database

    @contextmanager
    def made(self) -> Iterator[Database]:
        """Open it for a while; a file that is not there is made."""
        with _closed_afterwards(self.durability) as database:
            yield database


def databases_of(node: Node) -> tuple[ServiceDatabase, ...]:
    """Give those of the services in the settings, that of the access point first."""
    return tuple(
        ServiceDatabase(service=service, durability=durability) for service, durability in node.durabilities.items()
    )


@contextmanager
def _closed_afterwards(durability: Durability) -> Iterator[Database]:
    database = open_database(durability.database)
    try:
        yield database
    finally:
        database.close()
