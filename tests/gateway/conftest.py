import pytest
from durable_mailboxes import new_durable_mailbox, new_postgresql_mailbox, new_sqlite_mailbox
from gateway_nodes import FINLAND, PORTUGAL, World, a_free_port, new_world

from oots.ebms.messages import PartyId
from tests.store.databases import new_url, postgres, quick_folder, spare_databases

__all__ = [
    "new_durable_mailbox",
    "new_postgresql_mailbox",
    "new_sqlite_mailbox",
    "new_url",
    "postgres",
    "quick_folder",
    "spare_databases",
]


@pytest.fixture(scope="session")
def world() -> World:
    return new_world()


@pytest.fixture
def ports() -> dict[PartyId, int]:
    return {party_id: a_free_port() for party_id in (PORTUGAL, FINLAND)}


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": True}
