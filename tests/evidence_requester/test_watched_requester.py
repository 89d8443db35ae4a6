"""What a running requester tells whoever watches it."""

from pathlib import Path

import httpx
import pytest

from evidence_requester.app import by_state, create_app
from evidence_requester.states import State
from oots.health.figures import GAUGES
from tests.evidence_requester.desks import SETTINGS, Desk, durability_of
from tests.evidence_requester.exchanges_of_the_story import NOW, new_id
from tests.validation.rules_at_hand import loaded_rules

pytestmark = pytest.mark.anyio


async def test_a_requester_without_its_access_point_is_not_ready_and_tells_so_without_a_token(
    quick_folder: Path,
) -> None:
    durability = durability_of(f"sqlite:///{quick_folder}/requester.db", quick_folder)
    app = create_app(
        SETTINGS, durability=durability, rules=loaded_rules(), record=lambda _: None, now=lambda: NOW, new_id=new_id
    )
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://requester") as http,
    ):
        live, ready, metrics = [await http.get(path) for path in ("/health/live", "/health/ready", "/metrics")]

    assert live.json() == {"status": "live"}
    checks = ready.json()["checks"]
    assert (ready.status_code, checks.pop("gateway")) == (503, "the access point cannot be reached")
    assert set(checks.values()) == {"ok"}
    assert 'oots_requests_total{role="requester"} 0.0' in metrics.text
    assert 'oots_jobs{state="dead"} 0.0' in metrics.text


async def test_exchanges_are_counted_in_every_state(desk: Desk) -> None:
    figures = by_state(desk.books.exchanges)
    desk.ask()

    assert {figure.label for figure in figures} == set(GAUGES["oots_exchanges"].values)
    assert [figure.value for figure in figures] == [0] * len(State)
    assert {figure.label: figure.value for figure in by_state(desk.books.exchanges)} == {
        state.value: float(state is State.PENDING) for state in State
    }
