"""
A backup of a node: the databases of its services with their blobs, in one folder that looks whole only when it is.

The services may run.  The access point's database is copied first, then those of the services behind it.  A message
that one of them takes in between is then in both copies, and what comes twice is known; in the other order it would be
in neither.  One that they submit in between is only in the copy of who submitted it; it was sent all the same.
"""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from oots import __version__
from oots.errors import OperatorError
from oots.node.databases import ServiceDatabase, databases_of
from oots.node.manifest import FileCopy, Kind, Manifest, ServiceCopy, blob_name, database_name, write_manifest
from oots.node.services import Service
from oots.node.settings import Node
from oots.store.backup import Copied, copy_database, copy_file, look_through
from oots.store.blobs import BlobStore
from oots.store.durable import sync_folder, usable

Tell = Callable[[str, int, int], None]
"""Hears what is done, how much of it is, and of how much."""


def back_up(node: Node, folder: Path, *, now: datetime, tell: Tell) -> Manifest:
    """Make a backup in a folder that is new or empty; raises `OperatorError`, and then leaves nothing there."""
    search_key = node.keys().search.id
    with _unfinished(folder) as unfinished:
        services, files = dict[Service, ServiceCopy](), dict[str, FileCopy]()
        for database in databases_of(node):
            services[database.service], copied = _back_up(database, unfinished, tell)
            files |= copied
        manifest = Manifest(
            made_at=now,
            oots=__version__,
            party_id=node.party.value,
            search_key=search_key,
            services=services,
            files=files,
        )
        write_manifest(unfinished, manifest)
    return manifest


def _back_up(database: ServiceDatabase, folder: Path, tell: Tell) -> tuple[ServiceCopy, dict[str, FileCopy]]:
    durability = database.durability
    blobs, files = BlobStore(durability.blob_folder), dict[str, FileCopy]()
    with database.opened() as opened, blobs.kept():
        kind: Kind = "postgresql" if opened.is_postgresql else "sqlite"
        name = database_name(database.service, kind)
        what = f"database of the {database.name}"
        tell(what, 0, 1)
        snapshot = copy_database(
            opened,
            database.data_keys,
            durability.database,
            folder / name,
            # It is not done before it has been looked through, too.
            progress=lambda done, total: tell(what, done, total + 1),
        )
        files[name] = _file(look_through(folder / name))
        tell(what, 1, 1)
        found = list(blobs.files())
        for number, path in enumerate(found, 1):
            files[blob_name(database.service, path.name)] = _file(_copy_blob(database, path, folder))
            tell(f"payloads of the {database.name}", number, len(found))
    copy = ServiceCopy(
        kind=kind, revision=snapshot.revision, keys=dict(snapshot.keys), rows=dict(snapshot.rows), blobs=len(found)
    )
    return copy, files


def _copy_blob(database: ServiceDatabase, path: Path, folder: Path) -> Copied:
    target = folder / blob_name(database.service, path.name)
    with usable(folder, purpose="a backup"):
        for inner in (target.parent.parent, target.parent):
            inner.mkdir(mode=0o700, exist_ok=True)
    return copy_file(path, target)


def _file(copied: Copied) -> FileCopy:
    return FileCopy(size=copied.size, sha256=copied.sha256)


@contextmanager
def _unfinished(folder: Path) -> Iterator[Path]:
    """Give a new folder that becomes `folder` when the context ends well, and is gone when it does not."""
    folder = folder.absolute()
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    with usable(folder, purpose="a backup"):
        _must_be_free(folder)
        # What a backup left that was killed has no lock any more.
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished.mkdir(mode=0o700, exist_ok=True)
        lock = _locked(unfinished)
    try:
        yield unfinished
        with usable(folder, purpose="a backup"):
            _sync_folders(unfinished)
            unfinished.replace(folder)
            sync_folder(folder.parent)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    finally:
        os.close(lock)


def _must_be_free(folder: Path) -> None:
    if folder.is_symlink() or folder.is_mount():
        raise OperatorError(f"{folder} is a link or a whole disk; name a folder within, which need not be there yet")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OperatorError(f"{folder} is not empty: each backup gets a folder of its own")


def _locked(unfinished: Path) -> int:
    """Empty a folder that nobody else writes to, and keep it so; give the descriptor that does."""
    lock = os.open(unfinished, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for path in unfinished.iterdir():
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    except BlockingIOError:
        os.close(lock)
        raise OperatorError(f"another backup is being written to {unfinished}") from None
    except BaseException:
        os.close(lock)
        raise
    return lock


def _sync_folders(folder: Path) -> None:
    for path, names, _ in os.walk(folder):
        for name in names:
            sync_folder(Path(path) / name)
    sync_folder(folder)
