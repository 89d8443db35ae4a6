"""
The key file of a node: made, rotated, and read again when it has changed.  What stands in it is in `node_keys`.

It is replaced as a whole and never changed in place: a process that is killed leaves the old file or the new one.
A rotation takes three commands, in any number of pieces: `rotate` adds a key, `DataKeys.rewrap_all` moves every data
key to it, and `retire` takes the old one away, which also closes the backups from before the rotation.
"""

import fcntl
import os
import stat
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from oots.errors import OperatorError
from oots.store.durable import new_private_file, put_in_place, usable, write_whole
from oots.store.node_keys import NamedKey, NodeKeys, read_keys, write_keys
from oots.store.private_files import too_open

MAX_BYTES: Final = 64 << 10
"""Of a key file: some four hundred keys."""

RETIREMENT_DELAY: Final = timedelta(hours=1)
"""After a rotation, no key is retired for so long: a transaction that began before it still uses the key before."""


class KeyFile:
    """A key file that others may rotate while we use it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: tuple[object, NodeKeys] | None = None

    def keys(self) -> NodeKeys:
        """Give its keys as they are now; raises `OperatorError`."""
        known = self._known
        with usable(self._path, purpose="keys"):
            status = self._path.stat()
        version = (status.st_ino, status.st_mtime_ns, status.st_size)
        if known is None or known[0] != version:
            known = self._known = (version, read_key_file(self._path))
        return known[1]


def read_key_file(path: Path) -> NodeKeys:
    """Read a key file; raises `OperatorError` also when it is open to others (`private_files`)."""
    with usable(path, purpose="keys"), path.open("rb") as file:
        _must_be_private(path, os.fstat(file.fileno()))
        text = file.read(MAX_BYTES).decode("utf-8", "replace")
    return read_keys(text, origin=str(path))


def make_key_file(path: Path, *, now: datetime) -> NodeKeys:
    """Make the key file of a new node; raises `OperatorError` rather than replace one."""
    with _alone(path) as real_path:
        if real_path.exists():
            raise OperatorError(f"{path} is there already; without its keys nothing that they protect can be read")
        return _write(real_path, NodeKeys.new(now))


def rotate(path: Path, *, now: datetime) -> NodeKeys:
    """Add a key and make it the current one; raises `OperatorError`."""
    with _alone(path) as real_path:
        keys = read_key_file(real_path)
        added = NamedKey.new(now)
        # In two steps: the key is on disk for good before any process sees it as current and wraps something with it.
        _write(real_path, replace(keys, others=(*keys.others, added)))
        return _write(real_path, replace(keys, others=(*keys.others, keys.current), current=added))


def retire(path: Path, key_id: str, *, in_use: Collection[str], now: datetime) -> NodeKeys:
    """
    Remove a key that wraps nothing any more; `in_use` is what `DataKeys.in_use` gives, for every database of the node.

    Raises `OperatorError` when something needs the key, or may come to need it.
    """
    with _alone(path) as real_path:
        keys = read_key_file(real_path)
        if key_id == keys.current.id:
            raise OperatorError(f"key {key_id!r} is the current one: rotate first")
        kept = tuple(key for key in keys.others if key.id != key_id)
        if kept == keys.others:
            raise OperatorError(f"{path} has no key {key_id!r}")
        if key_id in in_use:
            raise OperatorError(f"key {key_id!r} still wraps data keys: let them be wrapped anew first")
        if now < keys.current.created + RETIREMENT_DELAY:
            raise OperatorError(
                f"key {key_id!r} cannot be retired within {RETIREMENT_DELAY} after a rotation: try later"
            )
        return _write(real_path, replace(keys, others=kept))


def _must_be_private(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_BYTES:
        raise OperatorError(f"{path} is no key file")
    mode = stat.S_IMODE(status.st_mode)
    if too_open(mode):
        raise OperatorError(
            f"{path} is open to others (mode {mode:04o}): close it with chmod 600, "
            "and rotate the keys if somebody may have read it"
        )


@contextmanager
def _alone(path: Path) -> Iterator[Path]:
    """Give the file behind `path`, and keep other writers away: of two rotations at once, one would lose its key."""
    with usable(path, purpose="keys"):
        real_path = path.resolve()
        folder = os.open(real_path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            # The lock goes with the process, however it ends.
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield real_path
        finally:
            os.close(folder)


def _write(path: Path, keys: NodeKeys) -> NodeKeys:
    content = write_keys(keys).encode("ascii")
    if len(content) > MAX_BYTES:
        raise OperatorError(f"{path} has no room for another key: retire old ones first")
    unfinished = path.with_name(f"{path.name}.new")
    # A process that was killed may have left one, and then it may hold a key that has been retired since.
    unfinished.unlink(missing_ok=True)
    with new_private_file(unfinished) as file:
        if path.exists():
            # Whoever rotates as root does not take the file away from the node, nor from a group that may read it.
            status = path.stat()
            os.fchown(file.fileno(), status.st_uid, status.st_gid)
            os.fchmod(file.fileno(), stat.S_IMODE(status.st_mode))
        write_whole(file, content)
        os.fsync(file.fileno())
    put_in_place(unfinished, path)
    return keys
