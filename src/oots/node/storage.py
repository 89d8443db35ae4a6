"""
Where the services of a node keep things, and with which keys: what the settings say, and what they may not.

Each service has a database and a folder of blobs of its own.  Opening them happens in `databases`.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from pydantic import SecretStr
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from oots.errors import OperatorError
from oots.node.complaints import Complaints
from oots.node.reading import Reading
from oots.node.secret_files import secret_of
from oots.node.services import Service
from oots.node.tables import NodeTable, StoringTable
from oots.store.durability import Durability
from oots.store.key_file import KeyFile
from oots.store.node_keys import NodeKeys, read_keys

KEYS_VARIABLE: Final = "OOTS_NODE__KEYS"

_EXPECTED: Final = "expected: `postgresql+psycopg://user@host/name`, or `sqlite:///path`"


def sqlite_in(data_folder: Path, service: Service) -> str:
    """Give the address of the database that a service has in a data folder when the settings name no other."""
    return f"sqlite:///{data_folder.absolute() / service.value}.db"


def read_node_keys(table: NodeTable, folder: Path, complaints: Complaints) -> Callable[[], NodeKeys]:
    """Give what gives the keys for encryption at rest, or complain; `folder` is where relative paths begin."""
    match table.keys, table.key_file:
        case None, Path() as path:
            try:
                in_file = KeyFile(folder / path)
                in_file.keys()
                return in_file.keys
            except OperatorError as error:
                complaints.add("node.key_file", str(error))
        case SecretStr() as text, None:
            try:
                in_variable = read_keys(text.get_secret_value(), origin="its text")
                return lambda: in_variable
            except OperatorError as error:
                complaints.add("node.keys", str(error))
        case None, None:
            complaints.add("node.key_file", f"is missing; expected: a file that holds keys, or {KEYS_VARIABLE}")
        case _:
            complaints.add("node.key_file", f"is there beside the variable {KEYS_VARIABLE}: the keys are in one place")
    return no_keys


def read_durability(service: Service, table: StoringTable, reading: Reading) -> Durability | None:
    """Give where a service keeps things, or None after a complaint."""
    data_folder = reading.folder / reading.node.data_folder
    url: str | None = sqlite_in(data_folder, service)
    if table.database is not None or table.database_file is not None:
        url = _database(service, table, reading)
    if url is None:
        return None
    return Durability(database=url, blob_folder=data_folder / f"{service.value}-blobs", keys=reading.keys)


def check_apart(durabilities: Mapping[Service, Durability], complaints: Complaints) -> None:
    """Complain about services that would keep their things in the same place."""
    owners: dict[object, Service] = {}
    for service, durability in durabilities.items():
        for place in (_place(make_url(durability.database)), durability.blob_folder.resolve()):
            other = owners.setdefault(place, service)
            if other is not service:
                text = f"is also that of the {other.value}: each service has a database and blobs of its own"
                complaints.add(f"{service.value}.database", text)


def _database(service: Service, table: StoringTable, reading: Reading) -> str | None:
    complaints, key = reading.complaints, f"{service.value}.database"
    text = secret_of(table.database, table.database_file, complaints, key, folder=reading.folder, min_length=1)
    if text is None:
        return None
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        complaints.add(key, f"is no address of a database; {_EXPECTED}")
        return None
    match url.drivername, url.database:
        case "sqlite", str(path) if path != ":memory:":
            return f"sqlite:///{reading.folder.absolute() / path}"
        case "postgresql+psycopg", str():
            return text
    complaints.add(key, f"cannot be used; {_EXPECTED}")
    return None


def _place(url: URL) -> object:
    """Give what is equal for two addresses of one database, whoever connects to it."""
    if url.drivername == "sqlite":
        return Path(url.database or "").resolve()
    return url.query.get("host", url.host), url.query.get("port", url.port) or 5432, url.database


def no_keys() -> NodeKeys:
    """Stand in for keys that were complained about: nothing that is made with it gets out."""
    raise OperatorError("this node has no keys")
