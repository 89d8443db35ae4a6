import pytest
from gateway_nodes import FINLAND, PORTUGAL, World, a_free_port, new_world

from oots.ebms.messages import PartyId


@pytest.fixture(scope="session")
def world() -> World:
    return new_world()


@pytest.fixture
def ports() -> dict[PartyId, int]:
    return {party_id: a_free_port() for party_id in (PORTUGAL, FINLAND)}


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": True}
