"""
Builds the requester's ASGI application, by hand and top to bottom.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Final

from fastapi import FastAPI

from evidence_requester import api
from evidence_requester.problems import answer_problems
from evidence_requester.service import Requester
from evidence_requester.settings import RequesterSettings
from oots import __version__
from oots.journal.events import Record
from oots.net.gateway_client import GatewayClient
from oots.store.sealed_file import new_spooled

MAX_BODY_BYTES: Final = 256 << 10
"""Of what a portal sends: it is read before anybody looks at the token.  A request has about 2 kB."""


def create_app(
    settings: RequesterSettings, *, record: Record, now: Callable[[], datetime], new_id: Callable[[], str]
) -> FastAPI:
    """Give the application; while it runs, it collects answers from its Access Point."""
    gateway = GatewayClient(
        settings.gateway_url, settings.gateway_token, new_spooled=new_spooled(settings.spool_folder)
    )
    requester = Requester(settings, gateway, record=record, now=now, new_id=new_id)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        work = [asyncio.create_task(requester.collect()), asyncio.create_task(requester.watch())]
        try:
            yield
        finally:
            for task in work:
                task.cancel()
            for task in work:
                with suppress(asyncio.CancelledError):
                    await task
            await gateway.aclose()

    app = FastAPI(title="oots evidence requester", version=__version__, lifespan=lifespan, max_body_size=MAX_BODY_BYTES)
    app.state.requester = requester
    app.include_router(api.router)
    answer_problems(app)

    @app.get("/health/live")
    async def live() -> dict[str, str]:
        return {"status": "live"}

    return app
