"""
What stands in the `manifest.json` of a backup: what was copied, when, and which keys it needs.  No key stands in it.

It is written last.  Reading it believes nothing: names of files are of a fixed form, so that none leads elsewhere.
"""

import os
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from oots.errors import OperatorError
from oots.node.services import Service
from oots.store.durable import new_private_file, sync_folder, usable, write_whole

NAME: Final = "manifest.json"
MAX_BYTES: Final = 512 << 20
"""Some three million files."""

FileName = Annotated[
    str, Field(pattern=r"^(gateway|requester|provider)(\.sqlite|\.pgdump|-blobs/[0-9a-f]{2}/[0-9a-f]{32})$")
]
Count = Annotated[int, Field(ge=0)]
Kind = Literal["sqlite", "postgresql"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FileCopy(_Part):
    """A file of a backup."""

    size: Count
    """In bytes."""
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class ServiceCopy(_Part):
    """The database of one service, with its blobs."""

    kind: Kind
    revision: str | None
    """Of its schema."""
    keys: dict[str, Count]
    """How many data keys each key wraps."""
    rows: dict[str, Count]
    """By table."""
    blobs: Count


class Manifest(_Part):
    """A backup of a node."""

    format: Literal[1] = 1
    made_at: AwareDatetime
    """When it was begun: what came later may not be in it."""
    oots: str
    """Version of the program that made it."""
    party_id: str
    search_key: str
    """Id of the key behind the search columns."""
    services: dict[Service, ServiceCopy]
    files: dict[FileName, FileCopy]

    @property
    def keys(self) -> set[str]:
        """Ids of all keys without which something in it cannot be read."""
        return {key for service in self.services.values() for key in service.keys}

    def blobs_of(self, service: Service) -> dict[str, FileCopy]:
        """Give the blobs of a service by their names, without the folders they are in."""
        folder = f"{service.value}-blobs/"
        return {name.rpartition("/")[2]: file for name, file in self.files.items() if name.startswith(folder)}

    @property
    def size(self) -> int:
        """Of all files, in bytes."""
        return sum(file.size for file in self.files.values())


def database_name(service: Service, kind: Kind) -> str:
    """Give the name of the copy of a database."""
    return f"{service.value}.{'pgdump' if kind == 'postgresql' else 'sqlite'}"


def blob_name(service: Service, blob: str) -> str:
    """Give the name of the copy of a blob."""
    return f"{service.value}-blobs/{blob[:2]}/{blob}"


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write it; it is on disk when this returns."""
    with usable(folder, purpose="a backup"):
        with new_private_file(folder / NAME) as file:
            write_whole(file, manifest.model_dump_json(indent=1).encode())
            os.fsync(file.fileno())
        sync_folder(folder)


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a backup; raises `OperatorError`."""
    path = folder / NAME
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise OperatorError(f"{folder} is no backup: {NAME} cannot be read: {error.strerror or error}") from error
    try:
        if len(content) > MAX_BYTES:
            raise OperatorError(f"{path} has more than {MAX_BYTES} bytes")
        return Manifest.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise OperatorError(f"{path} is damaged, or of another version: {place}: {first['msg']}") from None
