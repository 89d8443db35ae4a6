"""A gateway may be asked by many at once as soon as it is there: what they share is made before."""

from pathlib import Path

import pytest

from gateway import stored
from oots.net import gateway_api
from tests.gateway.gateway_nodes import FINLAND, a_free_port, new_world, node, settings_of

pytestmark = pytest.mark.anyio

SHARED = (
    gateway_api.submission_json,
    gateway_api.submitted_json,
    gateway_api.status_json,
    gateway_api.deliveries_json,
    stored._header_json,
    stored._progress_json,
    stored._user_message_json,
    stored._references_json,
)


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": True}


async def test_readers_of_json_are_made_before_threads_need_them(tmp_path: Path) -> None:
    for reader in SHARED:
        reader.cache_clear()

    async with node(settings_of(new_world(tmp_path), FINLAND, {FINLAND: a_free_port()})):
        made = [reader.cache_info().currsize for reader in SHARED]

    assert made == [1] * len(SHARED)
