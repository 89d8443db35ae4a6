"""
Builds the provider's ASGI application, by hand and top to bottom.  It has no pages yet, and its work comes by message.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path

from fastapi import FastAPI

from evidence_provider.service import Provider
from evidence_provider.settings import ProviderSettings
from oots import __version__
from oots.ebms.messages import PartyId
from oots.journal.events import Record
from oots.net.gateway_client import GatewayClient
from oots.store.sealed_file import new_spooled


def create_app(
    settings: ProviderSettings,
    *,
    access_point: PartyId,
    gateway_url: str,
    gateway_token: str,
    record: Record,
    now: Callable[[], datetime],
    new_id: Callable[[], str],
    spool_folder: Path | None = None,
) -> FastAPI:
    """Give the application; while it runs, it answers the requests that its Access Point receives."""
    gateway = GatewayClient(gateway_url, gateway_token, new_spooled=new_spooled(spool_folder))
    provider = Provider(settings, gateway, access_point=access_point, record=record, now=now, new_id=new_id)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        work = asyncio.create_task(provider.collect())
        try:
            yield
        finally:
            work.cancel()
            with suppress(asyncio.CancelledError):
                await work
            await gateway.aclose()

    app = FastAPI(title="oots evidence provider", version=__version__, lifespan=lifespan)
    app.state.provider = provider

    @app.get("/health/live")
    async def live() -> dict[str, str]:
        return {"status": "live"}

    return app
