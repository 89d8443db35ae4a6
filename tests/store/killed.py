"""
Kills an act before every step that it takes on the disk or in the database, and looks each time at what is left.

Run as `python -m tests.store.killed ACT FOLDER`: only a process without threads may fork, so not the one that tests.
Prints a line for each look; the last one is after the act that was left alone.
"""

import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import FileIO
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any, Final

from sqlalchemy import Column, Connection, Integer, LargeBinary, String, Table, Uuid, insert, select

from oots.store import data_keys
from oots.store.blobs import BlobRef, BlobStore
from oots.store.data_keys import DataKeys, data_key_table
from oots.store.database import open_database
from oots.store.key_file import RETIREMENT_DELAY, KeyFile, make_key_file, read_key_file, retire, rotate
from oots.store.sealed_columns import open_sealed, seal
from oots.store.tables import new_metadata

NOW: Final = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
CONTENT: Final = b"of two chunks, " * 5000
PLACE: Final = {"table": "message", "column": "subject"}
DISK_STEPS: Final = frozenset({"open", "fchown", "flock", "fsync", "replace", "unlink"})
DATABASE_STEPS: Final = frozenset({"execute", "executemany", "commit"})

METADATA: Final = new_metadata()
DATA_KEY: Final = data_key_table(METADATA)
MESSAGE: Final = Table(
    "message",
    METADATA,
    Column("id", String, primary_key=True),
    Column("subject", LargeBinary, nullable=False),
    Column("blob_id", Uuid, nullable=False),
    Column("size", Integer, nullable=False),
    Column("sha256", String, nullable=False),
)


class Node:
    """A key file, a database and blobs in one folder.  It keeps nothing open, so that it may be forked."""

    def __init__(self, folder: Path) -> None:
        self.key_path = folder / "keys.json"
        make_key_file(self.key_path, now=NOW)
        self.keys = DataKeys(DATA_KEY, KeyFile(self.key_path).keys)
        self.blobs = BlobStore(folder / "blobs")
        self._folder = folder
        with self.writing() as connection:
            METADATA.create_all(connection)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a transaction of a database that was opened for it."""
        database = open_database(f"sqlite:///{self._folder / 'node.db'}")
        try:
            with database.writing() as connection:
                yield connection
        finally:
            database.close()

    def store(self, scope: str) -> None:
        """Store a message: its key, its payload and its row."""
        with self.writing() as connection:
            key = self.keys.create(connection, scope, now=NOW)
            ref = self.blobs.write([CONTENT], key)
            subject = seal(key, scope.encode(), row=scope, **PLACE)
            row = {"id": scope, "subject": subject, "blob_id": ref.id, "size": ref.size, "sha256": ref.sha256}
            connection.execute(insert(MESSAGE).values(row))

    def readable(self) -> dict[str, BlobRef]:
        """Read every message that the database knows, and give the payloads that it names."""
        found = {}
        with self.writing() as connection:
            for row in connection.execute(select(MESSAGE)):
                key, ref = self.keys.load(connection, row.id), BlobRef(id=row.blob_id, size=row.size, sha256=row.sha256)
                assert open_sealed(key, row.subject, row=row.id, **PLACE) == row.id.encode()
                assert self.blobs.open(ref, key).read() == CONTENT
                found[row.id] = ref
        return found

    def files(self) -> set[str]:
        """Give the names of the files among the blobs."""
        return {path.name for path in (self._folder / "blobs").rglob("*") if path.is_file()}


def store(node: Node, number: int) -> None:
    """Store one more message."""
    node.store(f"m{number}@alpha")


def look_at_messages(node: Node, number: int) -> str:
    """Say whether the message is there, and what else; nothing else may be there after a sweep."""
    readable = node.readable()
    named = {ref.id for ref in readable.values()}
    over = node.files() - {blob_id.hex for blob_id in named}
    for _ in range(2):
        node.blobs.sweep(named.intersection, unnamed_for=timedelta(0))
    assert node.files() == {blob_id.hex for blob_id in named}
    left = "unfinished file" if any(name.endswith(".new") for name in over) else "orphan" if over else "nothing"
    return "message" if f"m{number}@alpha" in readable and not over else left


def rotate_keys(node: Node, _: int) -> None:
    """Add a key, wrap all data keys with it, and retire the others."""
    rotate(node.key_path, now=NOW)
    complete_rotation(node)


def complete_rotation(node: Node) -> None:
    """Do what remains to be done after `rotate`, however much of it was done before."""
    node.keys.rewrap_all(node.writing)
    in_use = keys_in_use(node)
    for key in read_key_file(node.key_path).others:
        retire(node.key_path, key.id, in_use=in_use, now=NOW + RETIREMENT_DELAY)


def keys_in_use(node: Node) -> dict[str, int]:
    """Count what each key wraps."""
    with node.writing() as connection:
        return node.keys.in_use(connection)


def look_at_keys(node: Node, _: int) -> str:
    """Say how many keys there are and how many are in use; every message must be readable, also once all is done."""
    assert len(node.readable()) == 4
    found = f"{len(read_key_file(node.key_path).others) + 1} keys, {len(keys_in_use(node))} in use"
    complete_rotation(node)
    assert len(node.readable()) == 4
    assert read_key_file(node.key_path).others == ()
    return found


def prepare_messages(node: Node) -> None:
    """Store messages enough for two batches."""
    data_keys.BATCH = 3  # type: ignore[misc]
    for number in range(4):
        node.store(f"m{number}@alpha")


def kill_before_step(number: int) -> None:
    """Let this process be killed before it takes the `number`th step."""
    steps = count()

    def profile(_: FrameType, event: str, called: Any) -> None:
        if event == "c_call" and is_step(called) and next(steps) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(profile)


def is_step(called: Any) -> bool:
    """Say whether a function written in C changes something that outlives the process."""
    if called.__name__ in DATABASE_STEPS:
        return True
    if called.__name__ == "write":
        return isinstance(called.__self__, FileIO)
    return called.__name__ in DISK_STEPS and called.__module__ in {"posix", "fcntl"}


def in_a_process_that_is_killed(act: Callable[[Node, int], None], node: Node, number: int) -> bool:
    """Say whether `act` was killed; it must not fail in any other way."""
    child = os.fork()
    if not child:
        try:
            kill_before_step(number)
            act(node, number)
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    status = os.waitpid(child, 0)[1]
    assert status in {0, signal.SIGKILL}
    return status == signal.SIGKILL


def main(name: str, folder: str) -> None:
    """Kill the act that is called `name` until it is done before it is killed."""
    node = Node(Path(folder))
    act, look = {"store": (store, look_at_messages), "rotate": (rotate_keys, look_at_keys)}[name]
    if name == "rotate":
        prepare_messages(node)
    for number in count():
        killed = in_a_process_that_is_killed(act, node, number)
        print(look(node, number))
        if not killed:
            return


if __name__ == "__main__":
    main(*sys.argv[1:])
