import pytest

from tests.evidence_requester.desks import desk, new_desk
from tests.store.databases import new_url, postgres, quick_folder, spare_databases

__all__ = ["desk", "new_desk", "new_url", "postgres", "quick_folder", "spare_databases"]


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": True}
