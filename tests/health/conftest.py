from pathlib import Path

import pytest
from small_service import SmallService, small_service

from oots.store.database import Database
from tests.store.databases import database, new_url, postgres, quick_folder, spare_databases, url

__all__ = ["database", "new_url", "postgres", "quick_folder", "spare_databases", "url"]


@pytest.fixture
def service(database: Database, quick_folder: Path) -> SmallService:
    return small_service(database, quick_folder)


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": True}
