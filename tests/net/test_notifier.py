import base64
import hashlib
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import anyio
import anyio.lowlevel
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from oots.errors import OperatorError
from oots.net import notifier
from oots.net.notifier import Notice, Notifier, NotNotified, signed_headers
from oots.net.server import running

pytestmark = pytest.mark.anyio

KEY = bytes(range(32))


def a_notice(url: str) -> Notice:
    return Notice(url=url, key=KEY, id="n1", body=b'{"type": "x"}')


@asynccontextmanager
async def told(answer: Callable[[Request], Awaitable[Response]]) -> AsyncIterator[str]:
    """Give an address at which every POST is answered so."""
    app = Starlette(routes=[Route("/{path:path}", answer, methods=["POST"])])
    async with running(app, host="127.0.0.1", port=0) as bound:
        yield f"{bound.url}/told"


async def notify(url: str) -> None:
    client = Notifier()
    try:
        await client.notify(a_notice(url))
    finally:
        await client.aclose()


def test_a_signature_is_that_of_the_published_example() -> None:
    # From the tests of the reference implementations of Standard Webhooks.
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    notice = Notice(url="", key=key, id="msg_p5jXN8AQM9LWM0D4loKWxJek", body=b'{"test": 2432232314}')

    headers = signed_headers(notice, now=datetime.fromtimestamp(1614265330, UTC))

    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


async def test_whoever_is_told_can_check_who_told_it() -> None:
    requests: list[tuple[dict[str, str], bytes]] = []

    async def take(request: Request) -> Response:
        requests.append((dict(request.headers), await request.body()))
        return Response(status_code=204)

    async with told(take) as url:
        await notify(url)

    ((headers, body),) = requests
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert headers["content-type"] == "application/json"
    assert body == b'{"type": "x"}'


@pytest.mark.parametrize("status", [400, 404, 410, 500, 503])
async def test_only_success_counts(status: int) -> None:
    async def refuse(_: Request) -> Response:
        return Response("Maria", status)

    async with told(refuse) as url:
        with pytest.raises(NotNotified, match=f"^it was answered with HTTP {status}$"):
            await notify(url)


async def test_nobody_is_followed_elsewhere() -> None:
    asked = []

    async def redirect(request: Request) -> Response:
        asked.append(request.url.path)
        return RedirectResponse("/elsewhere", 307)

    async with told(redirect) as url:
        with pytest.raises(NotNotified, match="HTTP 307"):
            await notify(url)
    assert asked == ["/told"]


async def test_an_answer_without_end_is_not_read() -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield bytes(1 << 16)
            await anyio.lowlevel.checkpoint()

    async def pour(_: Request) -> Response:
        return StreamingResponse(endless())

    async with told(pour) as url:
        await notify(url)


async def test_a_slow_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifier, "SECONDS", 0.2)

    async def wait(_: Request) -> Response:
        await anyio.sleep(1)
        return Response()

    async with told(wait) as url:
        with pytest.raises(NotNotified, match="no answer within 0 s"):
            await notify(url)


async def test_nobody_there_is_not_told() -> None:
    async with told(lambda _: None) as url:  # type: ignore[arg-type,return-value]
        pass
    with pytest.raises(NotNotified, match="ConnectError"):
        await notify(url)


async def test_nothing_is_told_in_the_clear() -> None:
    with pytest.raises(OperatorError, match="not https"):
        await notify("http://portal.example/told")


def test_the_key_is_not_shown() -> None:
    assert repr(KEY)[2:20] not in repr(a_notice("https://portal.example"))
