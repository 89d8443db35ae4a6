"""
A service with nothing but what is looked at: a database with journal and jobs, blobs, keys.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families

from oots.health import Vitals
from oots.journal.events import Component, Event, EventName
from oots.journal.stores import Stores, new_stores
from oots.journal.table import event_tables
from oots.store.data_keys import data_key_table
from oots.store.database import Database
from oots.store.durability import Durability
from oots.store.node_keys import NodeKeys
from oots.store.tables import new_metadata
from oots.work import Jobs, job_table

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
KEYS = NodeKeys.new(NOW)

METADATA = new_metadata()
DATA_KEY = data_key_table(METADATA)
EVENTS = event_tables(METADATA)
JOB = job_table(METADATA)

Sample = tuple[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallService:
    stores: Stores
    durability: Durability
    jobs: Jobs


def small_service(database: Database, folder: Path) -> SmallService:
    with database.changing_schema() as connection:
        METADATA.create_all(connection)
    durability = Durability(database="sqlite:///unused", blob_folder=folder / "blobs", keys=lambda: KEYS)
    stores = new_stores(database, durability, data_key=DATA_KEY, events=EVENTS, outside=lambda _: None)
    return SmallService(stores=stores, durability=durability, jobs=Jobs(database, JOB))


def app_of(vitals: Vitals) -> FastAPI:
    app = FastAPI()
    vitals.mount(app)
    return app


def client_of(vitals: Vitals) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app_of(vitals)), base_url="http://service")


async def ready(vitals: Vitals) -> tuple[int, dict[str, str]]:
    """Give the status and the checks of /health/ready."""
    async with client_of(vitals) as client:
        answer = await client.get("/health/ready")
    content = answer.json()
    assert content["ready"] is (answer.status_code == 200)
    checks: dict[str, str] = content["checks"]
    return answer.status_code, checks


async def samples(vitals: Vitals) -> dict[Sample, float]:
    """Give what /metrics says, as Prometheus reads it."""
    async with client_of(vitals) as client:
        text = (await client.get("/metrics")).text
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def an_event(name: EventName, component: Component = Component.GATEWAY, **changes: Any) -> Event:
    return Event(**{"at": NOW, "node": "AP_FI_01", "component": component, "name": name, **changes})


def names(found: Sequence[Sample] | dict[Sample, float]) -> set[str]:
    return {name for name, _ in found}
