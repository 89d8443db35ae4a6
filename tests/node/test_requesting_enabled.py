"""A new node sends no requests for people; only the system check passes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from evidence_requester.api import RequestBody
from evidence_requester.app import create_app
from evidence_requester.errors import RequestingDisabled
from evidence_requester.exchange import Journey
from oots.edm.model import LevelOfAssurance, NaturalPerson
from oots.net.server import running
from oots.node.behind_gateway import ProviderService, RequesterService
from oots.node.checks.loopback import _NOBODY, _request
from tests.node.node_folders import NOW, read
from tests.validation.rules_at_hand import loaded_rules

pytestmark = pytest.mark.anyio


def services(folder: Path) -> tuple[RequesterService, ProviderService]:
    node = read(folder, {"OOTS_REQUESTER__GATEWAY_URL": "http://127.0.0.1:9"})
    assert node.requester is not None
    assert node.provider is not None
    return node.requester, node.provider


@asynccontextmanager
async def portal(requester: RequesterService, *, enabled: bool = False) -> AsyncIterator[httpx.AsyncClient]:
    settings = replace(requester.settings, requesting_enabled=enabled)
    app = create_app(
        settings,
        durability=requester.durability,
        rules=loaded_rules(),
        record=lambda _: None,
        now=lambda: NOW,
        new_id=lambda: str(uuid4()),
    )
    async with (
        running(app, host="127.0.0.1", port=0) as bound,
        httpx.AsyncClient(base_url=bound.url, headers={"Authorization": f"Bearer {settings.api_token}"}) as client,
    ):
        yield client


async def test_the_portal_is_told_why_nobody_can_be_asked_for(folder: Path) -> None:
    async with portal(services(folder)[0]) as client:
        answer = await client.post("/v1/journeys", json={"procedure": "S1", "subject": _NOBODY})

    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert "its operator has not set requesting_enabled" in answer.json()["detail"]


async def test_the_system_check_passes(folder: Path) -> None:
    requester, provider = services(folder)
    async with portal(requester) as client:
        opened = await client.post("/v1/journeys", json={"procedure": "00", "subject": _NOBODY})
        asked = await client.post(
            f"/v1/journeys/{opened.json()['journey_id']}/requests", json=_request(requester, provider)
        )

    assert (opened.status_code, asked.status_code) == (201, 202)


async def test_people_can_be_asked_for_once_the_operator_says_so(folder: Path) -> None:
    async with portal(services(folder)[0], enabled=True) as client:
        answer = await client.post("/v1/journeys", json={"procedure": "S1", "subject": _NOBODY})

    assert answer.status_code == 201


async def test_a_journey_from_before_does_not_open_the_door(folder: Path) -> None:
    requester, provider = services(folder)
    app = create_app(
        requester.settings,
        durability=requester.durability,
        rules=loaded_rules(),
        record=lambda _: None,
        now=lambda: NOW,
        new_id=lambda: str(uuid4()),
    )
    service = app.state.requester
    person = NaturalPerson(
        level_of_assurance=LevelOfAssurance.LOW, family_name="A", given_name="B", date_of_birth=date(1900, 1, 1)
    )
    stores = service._books.stores
    with stores.database.writing() as connection:
        service.journeys.open(connection, Journey(id="j1", procedure="S1", subject=person), now=NOW)

    with closing(stores), pytest.raises(RequestingDisabled):
        await service.ask("j1", RequestBody(**_request(requester, provider)).wish())
