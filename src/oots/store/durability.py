"""
Where a service keeps what must outlive its process.  Values only: whoever starts the service reads them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from oots.store.node_keys import NodeKeys


@dataclass(frozen=True, slots=True, kw_only=True)
class Durability:
    """One database with its blobs and the keys of both; any number of processes of the service may share it."""

    database: str = field(repr=False)
    """`sqlite:///path` or `postgresql+psycopg://user@host/name`; no other service has it too."""
    blob_folder: Path
    """For payloads, encrypted; used for nothing else."""
    keys: Callable[[], NodeKeys] = field(repr=False)
    """Gives the keys that wrap data keys, such as `KeyFile(path).keys`."""
