"""A register of invented people, made once, and the settings of the provider that keeps it."""

import pytest

from evidence_provider.demo import demo_settings
from evidence_provider.invented_people import make_register
from evidence_provider.register import Register
from evidence_provider.settings import ProviderSettings
from tests.evidence_provider.desks import desk, new_desk
from tests.store.databases import new_url, postgres, quick_folder, spare_databases

__all__ = ["desk", "new_desk", "new_url", "postgres", "quick_folder", "spare_databases"]


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> ProviderSettings:
    path = tmp_path_factory.mktemp("provider") / "register.sqlite"
    make_register(path)
    return demo_settings(path)


@pytest.fixture(scope="session")
def register(settings: ProviderSettings) -> Register:
    return Register(settings.register)
