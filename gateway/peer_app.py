"""
The door for peers: `POST /as4`, and nothing else.  What a message is answered with is decided in `receiver`.
"""

import logging
from http import HTTPStatus
from typing import Final

from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from gateway.body import read_body
from gateway.receiver import Receiver
from gateway.settings import Settings
from oots.codes import MIME_SOAP
from oots.errors import OperatorError, TransportRefusal
from oots.net.http_protocol import client_certificate
from oots.spooled import NewSpooled
from oots.work.loop_bell import Bell

RETRY_AFTER_SECONDS: Final = 60

log = logging.getLogger(__name__)


def create_peer_app(receiver: Receiver, settings: Settings, *, new_spooled: NewSpooled, arrived: Bell) -> Starlette:
    """Give the application; `arrived` rings when there may be something for a back end."""
    at_work = CapacityLimiter(settings.max_at_work)

    async def receive(request: Request) -> Response:
        content_type, certificate = request.headers.get("content-type", ""), client_certificate(request.scope)
        with new_spooled() as package:
            await read_body(request, package.write, max_bytes=settings.max_message_bytes)
            reply = await to_thread.run_sync(receiver.receive, content_type, package, certificate, limiter=at_work)
        arrived.ring()
        return Response(reply.soap, reply.status, media_type=f"{MIME_SOAP}; charset=utf-8")

    return Starlette(
        routes=[Route(settings.path, receive, methods=["POST"])],
        exception_handlers={TransportRefusal: _refuse, OperatorError: _unavailable},
    )


async def _refuse(_: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, TransportRefusal)
    log.warning("a message is refused with HTTP %d: %s", refusal.status, refusal.reason)
    busy = refusal.status == HTTPStatus.SERVICE_UNAVAILABLE
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)} if busy else None
    return PlainTextResponse(refusal.reason, refusal.status, headers)


async def _unavailable(request: Request, error: Exception) -> Response:
    log.error("a message cannot be taken in: %s", error)
    return await _refuse(
        request, TransportRefusal(HTTPStatus.SERVICE_UNAVAILABLE, "not available now; come again later")
    )
