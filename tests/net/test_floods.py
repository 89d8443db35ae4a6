"""A flood of connections, from another address of this machine, stops a good peer for no more than a moment."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from tls_world import TlsWorld

from oots.net import accepting
from oots.net.server import Bound, running

pytestmark = pytest.mark.anyio

Address = tuple[str, int]

HERE: Address = ("127.0.0.1", 0)
ELSEWHERE: Address = ("127.0.0.2", 0)
MOMENT = 2.0
"""Seconds; without a flood it takes 10 ms."""
FLOOD = 500


async def answer(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


app = Starlette(routes=[Route("/", answer, methods=["GET", "POST"])])


@asynccontextmanager
async def flooding(
    bound: Bound, number: int, first_bytes: bytes, tls: ssl.SSLContext | None = None, *, source: Address = ELSEWHERE
) -> AsyncIterator[list[asyncio.StreamReader]]:
    """Open connections, say something on each, and keep them."""

    async def connect() -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        try:
            reader, writer = await asyncio.open_connection(bound.host, bound.port, ssl=tls, local_addr=source)
        except OSError:
            return None
        writer.write(first_bytes)
        return reader, writer

    opened = [found for found in await asyncio.gather(*(connect() for _ in range(number))) if found]
    try:
        yield [reader for reader, _ in opened]
    finally:
        for _, writer in opened:
            writer.transport.abort()


async def longest_of(posts: int, bound: Bound, tls: ssl.SSLContext) -> float:
    """Give how many seconds the slowest of some good posts takes, each on a connection of its own."""
    loop, longest = asyncio.get_running_loop(), 0.0
    for _ in range(posts):
        began = loop.time()
        async with httpx.AsyncClient(verify=tls) as http:
            assert (await http.post(bound.url, content=b"x" * 1000)).text == "1000"
        longest = max(longest, loop.time() - began)
    return longest


async def still_open(readers: Iterable[asyncio.StreamReader]) -> int:
    await asyncio.sleep(0.3)
    return sum(not reader.at_eof() and reader.exception() is None for reader in readers)


@pytest.mark.parametrize("first_bytes", [b"", b"\x16\x03\x01"], ids=["silent", "half a handshake"])
async def test_500_connections_without_tls_do_not_stop_a_good_peer(tls: TlsWorld, first_bytes: bytes) -> None:
    async with (
        running(app, host="127.0.0.1", port=0, tls=tls.server) as bound,
        flooding(bound, FLOOD, first_bytes) as flood,
    ):
        assert await longest_of(10, bound, tls.client) < MOMENT
        assert await still_open(flood) <= accepting.MAX_CONNECTIONS_OF_SOURCE


async def test_500_idle_connections_of_somebody_trusted_do_not_stop_a_good_peer(tls: TlsWorld) -> None:
    async with (
        running(app, host="127.0.0.1", port=0, tls=tls.server) as bound,
        flooding(bound, FLOOD, b"", tls.client) as flood,
    ):
        assert await longest_of(10, bound, tls.client) < MOMENT
        assert await still_open(flood) <= accepting.MAX_CONNECTIONS_OF_SOURCE


async def test_requests_that_never_end_do_not_stop_a_good_peer(tls: TlsWorld) -> None:
    begin = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nx"
    async with (
        running(app, host="127.0.0.1", port=0, tls=tls.server) as bound,
        flooding(bound, FLOOD, begin, tls.client) as flood,
    ):
        assert await longest_of(10, bound, tls.client) < MOMENT
        assert await still_open(flood) <= accepting.MAX_CONNECTIONS_OF_SOURCE


async def test_who_shares_the_address_of_a_flood_gets_in_as_well(tls: TlsWorld) -> None:
    async with (
        running(app, host="127.0.0.1", port=0, tls=tls.server) as bound,
        flooding(bound, FLOOD, b"", source=HERE),
    ):
        assert await longest_of(10, bound, tls.client) < MOMENT


async def test_a_flood_from_everywhere_makes_room_for_a_good_peer(
    tls: TlsWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accepting, "MAX_CONNECTIONS", 20)
    async with (
        running(app, host="127.0.0.1", port=0, tls=tls.server) as bound,
        flooding(bound, FLOOD, b"") as flood,
    ):
        assert await longest_of(10, bound, tls.client) < MOMENT
        assert await still_open(flood) <= 20
