"""A directory with the seeds of the demo, made once and only read."""

from collections.abc import Iterator

import pytest

from directory.seed_files import demo_seeds
from tests.directory.desks import Desk, SigningIdentity, loaded, open_desk
from tests.store.databases import database, new_url, postgres, quick_folder, spare_databases, url

__all__ = ["database", "new_url", "postgres", "quick_folder", "spare_databases", "url"]


@pytest.fixture(scope="session")
def identity() -> SigningIdentity:
    return SigningIdentity()


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory, identity: SigningIdentity) -> Iterator[Desk]:
    with open_desk(loaded(tmp_path_factory.mktemp("directory"), demo_seeds()), identity, look_seconds=60) as opened:
        yield opened
