"""
Builds the directory's ASGI application, by hand and top to bottom.
"""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from datetime import datetime
from http import HTTPStatus
from typing import Final

from fastapi import FastAPI, Request, Response

from directory import pages
from directory.answers import Asked, Signed
from directory.openapi import description_of, search_description
from directory.service import Directory
from directory.settings import DirectorySettings
from oots import __version__
from oots.common_services.interface import ACCEPT_VERSION, Service
from oots.common_services.signature import DIGEST
from oots.errors import OperatorError
from oots.health import Vitals
from oots.health.readiness import Check, in_thread
from oots.store.database import open_database
from oots.store.migrate import require_current
from oots.ui.policy import Guarded

MEDIA_TYPE: Final = "application/x-ebrs+xml"

log = logging.getLogger(__name__)


def create_app(settings: DirectorySettings, *, now: Callable[[], datetime]) -> FastAPI:
    """
    Give the application.

    The database is opened at once, and closed when the application has ended.  Raises `OperatorError` when it has
    another schema, or cannot be opened.
    """
    database = open_database(settings.database, clock=now)
    try:
        require_current(database, "directory")
    except BaseException:
        database.close()
        raise
    directory = Directory(settings, database, now=now)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        with closing(database):
            yield

    app = FastAPI(
        title=settings.name,
        description=description_of(settings),
        version=__version__,
        lifespan=lifespan,
        docs_url=None,  # it would load a script of somebody else
        redoc_url=None,
    )
    app.state.directory = directory
    app.add_exception_handler(OperatorError, _unavailable)
    for service in Service:
        app.add_api_route(
            f"/{service.value}/rest/search",
            _search(directory, service),
            methods=["GET"],
            response_class=Response,
            **search_description(service),
        )
    pages.mount(app, directory)
    vitals = Vitals(None)
    vitals.check(Check(name="database", look=in_thread(directory.look), otherwise="the database cannot be read"))
    vitals.mount(app)
    app.add_middleware(Guarded)
    return app


def _search(directory: Directory, service: Service) -> Callable[[Request], object]:
    async def search(request: Request) -> Response:
        asked = Asked(
            service=service,
            accept_version=tuple(request.headers.getlist(ACCEPT_VERSION)),
            parameters=tuple(request.query_params.multi_items()),
        )
        signed = await directory.answer(asked)
        return Response(signed.body, media_type=MEDIA_TYPE, headers=_headers(signed, directory.settings))

    return search


def _headers(signed: Signed, settings: DirectorySettings) -> dict[str, str]:
    if not signed.is_for_all:
        # A refusal may be over in a moment, and what a user answered is nobody else's.
        return {**signed.fields, "Cache-Control": "no-store"}
    return {
        **signed.fields,
        "Cache-Control": f"public, max-age={settings.fresh_seconds}",
        "ETag": f'"{signed.fields[DIGEST].partition("=")[2]}"',
        "Vary": ACCEPT_VERSION,
    }


async def _unavailable(_: Request, error: Exception) -> Response:
    log.error("nothing could be read since the start: %s", error)
    text = "The directory cannot read what it holds. Come again later."
    return Response(text, HTTPStatus.SERVICE_UNAVAILABLE, {"Retry-After": "10"}, media_type="text/plain")
