"""Fetching a payload: whole, in ranges, and on a line that breaks."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from random import Random

import httpx
import pytest
from gateway_nodes import FINLAND, TOKEN, Node, World, node, packed, post, settings_of

from oots.ebms.messages import PartyId
from oots.errors import CallerError, OperatorError
from oots.net.gateway_client import RESUMPTIONS, GatewayClient

pytestmark = pytest.mark.anyio

CONTENT = Random(1).randbytes(1_000_000)
PATH = "/deliveries/m1@pt.example/payloads/0"


@pytest.fixture
async def finland(world: World, ports: dict[PartyId, int]) -> AsyncIterator[Node]:
    async with node(settings_of(world, FINLAND, ports)) as finland:
        await post(world, finland.address, packed(world, contents=[CONTENT]))
        yield finland


@pytest.fixture
async def http(finland: Node) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient(base_url=finland.backends.url, headers=headers) as http:
        yield http


async def test_the_whole_says_that_there_are_ranges_and_what_it_is(http: httpx.AsyncClient) -> None:
    answer = await http.get(PATH)

    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["etag"] == f'"{hashlib.sha256(CONTENT).hexdigest()}"'
    assert "content-range" not in answer.headers


@pytest.mark.parametrize(
    ("field", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=65535-65536", 65_535, 65_537),
        ("bytes=999999-", 999_999, 1_000_000),
        ("bytes=-131072", 868_928, 1_000_000),
        ("bytes=0-", 0, 1_000_000),
    ],
)
async def test_a_range_is_given_and_named(http: httpx.AsyncClient, field: str, start: int, stop: int) -> None:
    answer = await http.get(PATH, headers={"Range": field})

    assert (answer.status_code, answer.content) == (206, CONTENT[start:stop])
    assert answer.headers["content-range"] == f"bytes {start}-{stop - 1}/1000000"
    assert answer.headers["content-length"] == str(stop - start)


async def test_several_ranges_are_answered_with_the_whole(http: httpx.AsyncClient) -> None:
    answer = await http.get(PATH, headers={"Range": "bytes=0-1,5-6"})

    assert (answer.status_code, len(answer.content)) == (200, len(CONTENT))


async def test_a_range_beyond_the_end_is_a_problem_that_names_the_length(http: httpx.AsyncClient) -> None:
    answer = await http.get(PATH, headers={"Range": "bytes=1000000-"})

    assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */1000000")
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_range_of_another_payload_is_answered_with_the_whole(http: httpx.AsyncClient) -> None:
    etag = (await http.get(PATH)).headers["etag"]
    same = await http.get(PATH, headers={"Range": "bytes=5-9", "If-Range": etag})
    other = await http.get(PATH, headers={"Range": "bytes=5-9", "If-Range": '"other"'})

    assert (same.status_code, other.status_code) == (206, 200)


@asynccontextmanager
async def a_line_that_breaks(finland: Node, *, after: int, times: int) -> AsyncIterator[str]:
    """Give an address that leads to the gateway; so often, it hangs up after so many bytes of an answer."""
    left = times

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal left
        inner, outer = await asyncio.open_connection(finland.backends.host, finland.backends.port)
        asking = asyncio.create_task(copied(reader, outer))
        try:
            breaks = left > 0
            left -= 1
            await copied(inner, writer, most=after if breaks else None)
        finally:
            asking.cancel()
            outer.close()
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, most: int | None = None) -> None:
    with suppress(ConnectionError):
        while most is None or most > 0:
            data = await reader.read(65_536 if most is None else min(most, 65_536))
            if not data:
                return
            writer.write(data)
            await writer.drain()
            most = None if most is None else most - len(data)


async def test_a_transfer_that_breaks_off_goes_on_where_it_was(finland: Node) -> None:
    async with a_line_that_breaks(finland, after=300_000, times=RESUMPTIONS) as url:
        client = GatewayClient(url, TOKEN)
        content = await client.payload("m1@pt.example", 0, max_bytes=len(CONTENT))
        await client.aclose()

    assert content.read() == CONTENT


async def test_a_line_that_always_breaks_is_given_up(finland: Node) -> None:
    async with a_line_that_breaks(finland, after=100_000, times=100) as url:
        client = GatewayClient(url, TOKEN)
        with pytest.raises(OperatorError, match="does not answer: RemoteProtocolError"):
            await client.payload("m1@pt.example", 0, max_bytes=len(CONTENT))
        await client.aclose()


async def test_a_limit_holds_for_all_parts_of_a_transfer_together(finland: Node) -> None:
    async with a_line_that_breaks(finland, after=500_000, times=1) as url:
        client = GatewayClient(url, TOKEN)
        with pytest.raises(CallerError, match="more than 900000 bytes"):
            await client.payload("m1@pt.example", 0, max_bytes=900_000)
        await client.aclose()


async def test_a_damaged_payload_breaks_off_and_rests(
    finland: Node, http: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    (blob,) = (path for path in finland.settings.durability.blob_folder.rglob("*") if path.is_file())
    with blob.open("r+b") as file:
        file.seek(700_000)
        file.write(bytes(10))

    with pytest.raises(httpx.HTTPError):
        await http.get(PATH)

    assert await finland.client.deliveries(["ExecuteQueryRequest"], wait=0) == ()
    assert "message 'm1@pt.example' cannot be delivered: the file" in caplog.text
    assert (await http.get(PATH, headers={"Range": "bytes=0-99"})).content == CONTENT[:100]
