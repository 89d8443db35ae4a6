"""
From a backup back to a node: everything is looked at first, and only then is anything written.

Databases must be empty and unused.  One that a restore has filled before it was killed is as it is in the backup, and
is left so: the same command may be given again.
"""

from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

from oots.errors import OperatorError
from oots.node.backup import Tell
from oots.node.databases import ServiceDatabase, databases_of
from oots.node.manifest import FileCopy, Manifest, ServiceCopy, blob_name, database_name, read_manifest
from oots.node.services import Service
from oots.node.settings import Node
from oots.store.backup import (
    Copied,
    Snapshot,
    look_at,
    look_through,
    must_be_empty,
    must_be_unused,
    put_back_file,
    put_back_postgresql,
    put_back_sqlite,
)
from oots.store.blobs import BlobStore, file_in
from oots.store.migrate import revisions


def restore(node: Node, folder: Path, *, tell: Tell) -> Manifest:
    """Fill the databases of a node from a backup; raises `OperatorError`."""
    manifest = read_manifest(folder)
    databases = databases_of(node)
    _must_fit(manifest, node, databases)
    _must_be_whole(manifest, folder, tell)
    waiting = [database for database in databases if _waits(database, manifest)]
    for database in databases:
        _put_back_blobs(database, manifest, folder, tell)
    # The access point last: as long as its database is missing, nothing comes in.
    for database in reversed(waiting):
        _put_back_database(database, manifest, folder)
        tell(f"database of the {database.name}", 1, 1)
    return manifest


def to_upgrade(node: Node, manifest: Manifest) -> bool:
    """Tell whether the schemas in a backup are older than what this program needs."""
    return any(
        manifest.services[database.service].revision not in revisions(database.package)[-1:]
        for database in databases_of(node)
    )


# --- looking ----------------------------------------------------------------------------------------------------------


def _must_fit(manifest: Manifest, node: Node, databases: tuple[ServiceDatabase, ...]) -> None:
    if manifest.party_id != node.party.value:
        raise OperatorError(f"the backup is of {manifest.party_id}, and this node is {node.party.value}")
    ours = {database.service for database in databases}
    if manifest.services.keys() != ours:
        raise OperatorError(f"the backup has {_names(manifest.services)}, and this node has {_names(ours)}")
    keys = node.keys()
    missing = manifest.keys - {key.id for key in (keys.current, *keys.others)}
    if missing:
        raise OperatorError(
            f"the backup needs keys that this node does not have: {', '.join(sorted(missing))};"
            " take the key file from the time of the backup"
        )
    if manifest.search_key != keys.search.id:
        raise OperatorError(
            f"the backup was made with search key {manifest.search_key}, and this node has {keys.search.id}:"
            " take the key file from the time of the backup"
        )
    for database in databases:
        _must_be_known(database, manifest.services[database.service])


def _must_be_known(database: ServiceDatabase, copy: ServiceCopy) -> None:
    kind = "postgresql" if database.file is None else "sqlite"
    if copy.kind != kind:
        raise OperatorError(f"the database of the {database.name} is {kind} here, and {copy.kind} in the backup")
    if copy.revision is not None and copy.revision not in revisions(database.package):
        raise OperatorError(
            f"the {database.name} has schema {copy.revision} in the backup, which this program does not know:"
            " a newer one made it; install that"
        )


def _must_be_whole(manifest: Manifest, folder: Path, tell: Tell) -> None:
    expected = {database_name(service, copy.kind) for service, copy in manifest.services.items()}
    missing = expected - manifest.files.keys()
    if missing:
        raise OperatorError(f"the backup is damaged: its manifest does not name {', '.join(sorted(missing))}")
    done = 0
    for name, file in manifest.files.items():
        _must_be_as_written(look_through(folder / name), file, folder / name)
        done += file.size
        tell("looking through the backup", done, manifest.size)


def _must_be_as_written(found: Copied, file: FileCopy, path: Path) -> None:
    if (found.size, found.sha256) != (file.size, file.sha256):
        raise OperatorError(f"the backup is damaged: {path} is not as it was written; take another backup")


def _waits(database: ServiceDatabase, manifest: Manifest) -> bool:
    """Tell whether a database is to be filled; raises `OperatorError` when it must not be."""
    copy = manifest.services[database.service]
    if database.file is not None:
        if not database.file.exists():
            return True
        file = manifest.files[database_name(database.service, copy.kind)]
        if look_through(database.file) == Copied(size=file.size, sha256=file.sha256):
            return False
    with database.opened() as opened:
        with opened.reading() as connection:
            found = look_at(connection, database.data_keys)
        # Of a database on a server, what is in it has to tell.
        restored = opened.is_postgresql and found == Snapshot(revision=copy.revision, keys=copy.keys, rows=copy.rows)
        if not restored:
            must_be_empty(opened, found)
        must_be_unused(opened, database.durability.database)
    return not restored


# --- writing ----------------------------------------------------------------------------------------------------------


def _put_back_blobs(database: ServiceDatabase, manifest: Manifest, folder: Path, tell: Tell) -> None:
    blob_folder, files = database.durability.blob_folder, manifest.blobs_of(database.service)
    BlobStore(blob_folder)  # makes the folders
    for number, (blob, file) in enumerate(files.items(), 1):
        source = folder / blob_name(database.service, blob)
        _must_be_as_written(put_back_file(source, file_in(blob_folder, UUID(blob))), file, source)
        tell(f"payloads of the {database.name}", number, len(files))


def _put_back_database(database: ServiceDatabase, manifest: Manifest, folder: Path) -> None:
    copy = manifest.services[database.service]
    source = folder / database_name(database.service, copy.kind)
    if database.file is None:
        with database.opened() as opened:
            put_back_postgresql(opened, database.durability.database, source)
    else:
        put_back_sqlite(database.file, source)


def _names(services: Iterable[Service]) -> str:
    return ", ".join(sorted(service.value for service in services))
