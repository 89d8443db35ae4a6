"""
The machine: its clock, the folder that the node writes to, and the room there.
"""

import ctypes
import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Final

from oots.node.checks.check import Check, fail, ok, warn
from oots.node.databases import databases_of
from oots.node.settings import Node

MAX_DRIFT: Final = timedelta(seconds=5)
"""Of our clock against those of our peers (flows.md 15)."""

GOOD_BYTES: Final = 5 << 30
LEAST_BYTES: Final = 500 << 20

_SET_CLOCK: Final = "set the clock, and let a time service (chrony, systemd-timesyncd) keep it right"
_UNSYNCHRONISED: Final = 5  # TIME_ERROR of adjtimex(2)


def check_folder(node: Node) -> Iterator[Check]:
    """Look at the data folder."""
    folder = node.data_folder
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        yield fail("data folder", f"{folder} cannot be written to", "give it to the user that runs the node")
        return
    if folder.stat().st_mode & 0o007:
        yield warn("data folder", f"{folder} is open to everybody on this machine", f"chmod 700 {folder}")
    else:
        yield ok("data folder", f"{folder} can be written to")
    disks = {place.stat().st_dev: place for place in (*_database_folders(node), folder)}
    yield from map(_check_disk, reversed(disks.values()))


def _database_folders(node: Node) -> Iterator[Path]:
    """Give the folders of databases that are elsewhere, and are there."""
    files = (database.file for database in databases_of(node))
    return (file.parent for file in files if file and file.parent.is_dir())


def _check_disk(folder: Path) -> Check:
    free = shutil.disk_usage(folder).free
    text = f"{free / (1 << 30):.1f} GiB are free for {folder}"
    if free < LEAST_BYTES:
        return fail("disk", text, "make room: without it, messages are refused")
    if free < GOOD_BYTES:
        return warn("disk", text, f"make room: below {LEAST_BYTES >> 20} MiB this becomes a failure")
    return ok("disk", text)


def check_clock(node: Node, now: datetime, drifts: Iterable[timedelta]) -> Check:
    """Compare our clock with what our files and other machines say; `drifts` are how far ahead of them we are."""
    newest = max(map(_changed, (node.folder, node.data_folder, *node.data_folder.iterdir())))
    if newest > now + MAX_DRIFT:
        return fail("clock", f"it is {now:%Y-%m-%d %H:%M} UTC here, and a file of the node is younger", _SET_CLOCK)
    measured = [drift.total_seconds() for drift in drifts]
    if measured:
        ahead = median(measured)
        if abs(ahead) > MAX_DRIFT.total_seconds():
            where = "ahead of" if ahead > 0 else "behind"
            text = f"our clock is {abs(ahead):.0f} s {where} those of our peers ({len(measured)} asked)"
            return fail("clock", text, _SET_CLOCK)
        return ok("clock", f"{now:%Y-%m-%d %H:%M:%S} UTC, as the clocks of our peers say ({len(measured)} asked)")
    if sys.platform == "linux" and _kernel_says() == _UNSYNCHRONISED:
        return warn("clock", f"{now:%Y-%m-%d %H:%M:%S} UTC, but no time service keeps it right", _SET_CLOCK)
    return ok("clock", f"{now:%Y-%m-%d %H:%M:%S} UTC")


def _changed(path: Path) -> datetime:
    return datetime.fromtimestamp(path.lstat().st_mtime, UTC)


def _kernel_says() -> int:
    # A struct timex full of zeros asks, and changes nothing; it has 208 bytes.
    return int(ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512)))
