import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from gateway_nodes import FINLAND, PORTUGAL, World, a_free_port, new_world
from mailboxes import new_mailbox, new_postgresql_mailbox, new_sqlite_mailbox

from oots.ebms.messages import PartyId
from tests.store.databases import new_url, postgres, quick_folder, spare_databases

__all__ = [
    "new_mailbox",
    "new_postgresql_mailbox",
    "new_sqlite_mailbox",
    "new_url",
    "postgres",
    "quick_folder",
    "spare_databases",
]


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(prefix="oots-test-", dir=memory if memory.is_dir() else None) as folder:
        yield new_world(Path(folder))


@pytest.fixture
def ports() -> dict[PartyId, int]:
    return {party_id: a_free_port() for party_id in (PORTUGAL, FINLAND)}


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": True}
