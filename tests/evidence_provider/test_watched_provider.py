"""What a running provider tells whoever watches it."""

import uuid
from pathlib import Path

import httpx
import pytest

from evidence_provider.app import create_app
from evidence_provider.settings import ProviderSettings
from tests.as4.parties import AccessPoint
from tests.evidence_provider.desks import Clock, durability_of
from tests.validation.rules_at_hand import loaded_rules

pytestmark = pytest.mark.anyio

NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": True}


async def test_a_provider_without_its_access_point_is_not_ready_and_says_what_is_missing(
    settings: ProviderSettings, beta: AccessPoint, quick_folder: Path
) -> None:
    app = create_app(
        settings,
        durability=durability_of(f"sqlite:///{quick_folder}/provider.db", quick_folder),
        rules=loaded_rules(),
        access_point=beta.party_id,
        gateway_url=NOBODY,
        gateway_token="unused",
        record=lambda _: None,
        now=Clock(),
        new_id=lambda: str(uuid.uuid4()),
    )
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://provider") as http,
    ):
        live, ready, metrics = [await http.get(path) for path in ("/health/live", "/health/ready", "/metrics")]

    assert live.json() == {"status": "live"}
    assert (ready.status_code, ready.json()["checks"]) == (
        503,
        {
            "database": "ok",
            "payloads": "ok",
            "keys": "ok",
            "worker": "ok",
            "jobs": "ok",
            "gateway": "the access point cannot be reached",
            "rules": "ok",
        },
    )
    assert 'oots_requests_total{role="provider"} 0.0' in metrics.text
    assert 'oots_jobs{state="dead"} 0.0' in metrics.text
