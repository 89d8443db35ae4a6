"""The portal's client towards addresses where something else than a requester answers, or nothing."""

import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from oots.errors import CallerError, NotFound, OperatorError
from oots.net.portal_client import PortalClient
from oots.net.server import running

pytestmark = pytest.mark.anyio

PROBLEM = {"type": "about:blank", "title": "no", "status": 422, "detail": "body.procedure: no such code"}


@pytest.fixture(autouse=True)
def nothing_unhandled_and_nobody_named() -> None:
    """Not here: these tests have no world to look at afterwards."""


@asynccontextmanager
async def client_of(answer: Callable[[Request], Awaitable[Response]]) -> AsyncIterator[PortalClient]:
    app = Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])
    async with (
        running(app, host="127.0.0.1", port=0) as bound,
        aclosing(PortalClient(bound.url, "a token")) as portal,
    ):
        yield portal


def always(status: int, body: bytes, media_type: str) -> Callable[[Request], Awaitable[Response]]:
    async def answer(_: Request) -> Response:
        return Response(body, status, media_type=media_type)

    return answer


@pytest.mark.parametrize(
    ("status", "body", "error", "reason"),
    [
        (422, json.dumps(PROBLEM).encode(), CallerError, "body.procedure: no such code"),
        (404, json.dumps(PROBLEM).encode(), NotFound, "body.procedure: no such code"),
        (404, b"<html>", NotFound, "the requester answered with status 404"),
        (401, json.dumps(PROBLEM).encode(), OperatorError, "no such code"),
        (500, json.dumps(PROBLEM).encode(), OperatorError, "no such code"),
        (503, b"[1]", OperatorError, "the requester answered with status 503"),
        (502, b"\xff\xfe", OperatorError, "the requester answered with status 502"),
        (302, b"", OperatorError, "the requester answered with status 302"),
        (200, b"<html>", OperatorError, "does not speak like a requester"),
        (200, b"[]", OperatorError, "does not speak like a requester"),
        (200, b"", OperatorError, "does not speak like a requester"),
    ],
)
async def test_what_is_no_good_answer_is_told_to_whom_it_concerns(
    status: int, body: bytes, error: type[Exception], reason: str
) -> None:
    async with client_of(always(status, body, "application/json")) as portal:
        with pytest.raises(error, match=reason) as told:
            await portal.exchange("1", wait=0)

    assert type(told.value) is error


async def test_an_identifier_is_no_path() -> None:
    asked: list[bytes] = []

    async def answer(request: Request) -> Response:
        asked.append(request.scope["raw_path"])
        return Response(b"{}", media_type="application/json")

    async with client_of(answer) as portal:
        await portal.acknowledge("1/../../journeys?x=é")

    assert asked == [b"/v1/exchanges/1%2F..%2F..%2Fjourneys%3Fx%3D%C3%A9/ack"]


async def test_a_requester_that_is_not_there_is_the_operators_business() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    async with aclosing(PortalClient(f"http://127.0.0.1:{port}", "a token")) as portal:
        with pytest.raises(OperatorError, match="the requester does not answer: ConnectError"):
            await portal.open_journey({})


def test_a_token_travels_over_plain_http_on_this_machine_only() -> None:
    with pytest.raises(OperatorError, match="not https"):
        PortalClient("http://requester.example", "a token")
