"""
Two access points that know each other: ours in Python, and phase4 in one JVM for the whole session.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from oots.pki import new_authority
from tests.interop.identities import World, new_identity, write_key_stores
from tests.interop.phase4_peer import Phase4Peer, build, missing_tools


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without the tools there is nothing to test against; the first build may have to fetch phase4."""
    missing = missing_tools()
    for item in items:
        if item.get_closest_marker("interop"):
            item.add_marker(pytest.mark.timeout(600))
            if missing:
                item.add_marker(pytest.mark.skip(reason=missing))


@pytest.fixture(scope="session")
def world() -> World:
    """Make a throw-away PKI."""
    now = datetime.now(UTC)
    authority = new_authority("Interop test authority", now=now)
    return World(
        authority=authority,
        ours=new_identity("AP_FI_01", authority, now=now),
        theirs=new_identity("AP_PT_01", authority, now=now),
    )


@pytest.fixture(scope="session")
def phase4(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Phase4Peer]:
    """Start phase4 as `world.theirs`."""
    build()
    folder = tmp_path_factory.mktemp("phase4")
    stores = write_key_stores(world.theirs, [world.ours, world.theirs], world.authority, folder)
    with Phase4Peer(world.theirs, stores, folder) as peer:
        yield peer
