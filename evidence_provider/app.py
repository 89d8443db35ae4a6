"""
Builds the provider's ASGI application, by hand and top to bottom.  It has no pages yet, and its work comes by message.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager, closing
from datetime import datetime
from pathlib import Path
from typing import Final

from fastapi import FastAPI

from evidence_provider.service import Provider
from evidence_provider.settings import ProviderSettings
from evidence_provider.tables import DATA_KEY, EVENTS
from oots import __version__
from oots.ebms.messages import PartyId
from oots.health import Vitals
from oots.journal.events import Component, Record
from oots.journal.retention import Retention
from oots.journal.stores import open_stores
from oots.net.gateway_api import prepare_json
from oots.net.gateway_client import GatewayClient
from oots.store.durability import Durability
from oots.store.sealed_file import new_spooled
from oots.validation.message_rules import MessageRules

SHORTEST: Final = Retention()
"""What the law asks for, and no more."""


def create_app(
    settings: ProviderSettings,
    *,
    durability: Durability,
    rules: MessageRules,
    access_point: PartyId,
    gateway_url: str,
    gateway_token: str,
    record: Record,
    now: Callable[[], datetime],
    new_id: Callable[[], str],
    spool_folder: Path | None = None,
    retention: Retention = SHORTEST,
) -> FastAPI:
    """
    Give the application; while it runs, it answers the requests that its Access Point receives.

    `record` is told of events once they are committed, from several threads.  The database is opened at once, and
    closed when the application has ended.  Raises `OperatorError` when it has another schema, or cannot be opened.
    """
    prepare_json()
    vitals = Vitals(Component.PROVIDER)
    stores = open_stores(
        durability,
        "evidence_provider",
        data_key=DATA_KEY,
        events=EVENTS,
        outside=vitals.counting(record),
        now=now,
    )
    gateway = GatewayClient(gateway_url, gateway_token, new_spooled=new_spooled(spool_folder))
    provider = Provider(
        settings,
        gateway,
        stores,
        rules,
        access_point=access_point,
        now=now,
        new_id=new_id,
        retention=retention,
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        with closing(stores):
            async with aclosing(gateway), provider.running():
                yield

    app = FastAPI(title="oots evidence provider", version=__version__, lifespan=lifespan)
    app.state.provider = provider

    vitals.watch_stores(stores, durability)
    vitals.watch_jobs(provider.jobs, provider.is_working)
    vitals.watch_gateway(gateway_url)
    vitals.watch_rules(rules.workers)
    vitals.mount(app)
    return app
