import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
import pytest
from tls_world import TlsWorld, new_identity

from oots import pki
from oots.errors import OperatorError
from oots.net import accepting, http_protocol
from oots.net.http_protocol import client_certificate
from oots.net.server import Bound, running
from oots.net.tls import client_context, server_context

pytestmark = pytest.mark.anyio

App = Callable[[Any, Any, Any], Awaitable[None]]


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answer with what was asked: the client's certificate, the size of the headers, or the size of the body."""
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
        return
    if scope["path"] == "/certificate":
        body = client_certificate(scope) or b"none"
    elif scope["path"] == "/headers":
        body = str(sum(len(name) + len(value) for name, value in scope["headers"])).encode()
    elif scope["path"] == "/early":
        body = b"enough"
    else:
        body = str(await size_of_body(receive)).encode()
    await answer(send, body)


async def lifespan(receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


async def size_of_body(receive: Any) -> int:
    size, more = 0, True
    while more:
        event = await receive()
        size += len(event.get("body", b""))
        more = event.get("more_body", False)
    return size


async def answer(send: Any, body: bytes) -> None:
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def connected(bound: Bound) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection(bound.host, bound.port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def read_answer(reader: asyncio.StreamReader) -> bytes:
    """Give the first answer on a connection."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    return head + await reader.readexactly(int(length.partition(b":")[2]))


async def send_until_cut_off(writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while not writer.is_closing():
            writer.write(b"x" * 1024)
            await writer.drain()
            await asyncio.sleep(0.001)


async def test_a_free_port_is_found_and_told() -> None:
    async with running(app, host="127.0.0.1", port=0) as bound, httpx.AsyncClient() as http:
        answer = await http.post(bound.url, content=b"12345")

    assert bound.port > 0
    assert answer.text == "5"
    assert "server" not in answer.headers


async def test_several_servers_share_a_loop_and_leave_no_port_open() -> None:
    async with (
        running(app, host="127.0.0.1", port=0) as one,
        running(app, host="127.0.0.1", port=0) as other,
        httpx.AsyncClient() as http,
    ):
        assert (await http.get(one.url)).status_code == (await http.get(other.url)).status_code == 200

    for bound in (one, other):
        async with running(app, host="127.0.0.1", port=bound.port):
            pass


async def test_a_taken_port_is_told_in_a_sentence() -> None:
    async with running(app, host="127.0.0.1", port=0) as bound:
        with pytest.raises(OperatorError, match=f"cannot listen on port {bound.port} of 127.0.0.1: something listens"):
            async with running(app, host="127.0.0.1", port=bound.port):
                pytest.fail("two servers on one port")


@pytest.mark.parametrize("port", [-1, 65536])
async def test_a_port_that_cannot_be_is_told(port: int) -> None:
    with pytest.raises(OperatorError, match="cannot listen"):
        async with running(app, host="127.0.0.1", port=port):
            pytest.fail("there is no such port")


async def test_plain_http_stays_on_this_machine() -> None:
    with pytest.raises(OperatorError, match="loopback"):
        async with running(app, host="0.0.0.0", port=0):
            pytest.fail("plain http for everybody")


async def test_an_application_that_does_not_start_is_the_operators_business(caplog: pytest.LogCaptureFixture) -> None:
    async def failing(_scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "the register is not there"})

    with pytest.raises(OperatorError, match="did not start"):
        async with running(failing, host="127.0.0.1", port=0):
            pytest.fail("it runs all the same")
    assert "the register is not there" in caplog.text


async def test_a_request_in_hand_is_answered_before_the_server_stops() -> None:
    began, may_end = asyncio.Event(), asyncio.Event()

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
            return
        began.set()
        await may_end.wait()
        await answer(send, b"done")

    async with httpx.AsyncClient() as http:
        async with running(slow, host="127.0.0.1", port=0) as bound:
            asking = asyncio.create_task(http.get(bound.url))
            await began.wait()
            asyncio.get_running_loop().call_later(0.2, may_end.set)

        assert (await asking).text == "done"


async def test_the_clients_certificate_reaches_the_application(tls: TlsWorld) -> None:
    async with (
        running(app, host="127.0.0.1", port=0, tls=tls.server) as bound,
        httpx.AsyncClient(verify=tls.client) as http,
    ):
        answer = await http.get(f"{bound.url}/certificate")

    assert bound.scheme == "https"
    assert answer.content == tls.client_der


async def test_without_tls_there_is_no_certificate() -> None:
    async with running(app, host="127.0.0.1", port=0) as bound, httpx.AsyncClient() as http:
        assert (await http.get(f"{bound.url}/certificate")).text == "none"


async def test_without_a_client_certificate_there_is_no_connection(tls: TlsWorld) -> None:
    context = ssl.create_default_context(cadata=pki.certificate_pem(tls.authority.certificate).decode())
    async with running(app, host="127.0.0.1", port=0, tls=tls.server) as bound:
        with pytest.raises((httpx.TransportError, ssl.SSLError)):
            async with httpx.AsyncClient(verify=context) as http:
                await http.get(bound.url)


async def test_a_client_certificate_of_another_authority_makes_no_connection(tls: TlsWorld) -> None:
    stranger, _ = new_identity(pki.new_authority("stranger", now=tls.authority.certificate.not_valid_before_utc))
    context = client_context(stranger, trusted=[tls.authority.certificate])
    async with running(app, host="127.0.0.1", port=0, tls=tls.server) as bound:
        with pytest.raises((httpx.TransportError, ssl.SSLError)):
            async with httpx.AsyncClient(verify=context) as http:
                await http.get(bound.url)


async def test_tls_1_1_makes_no_connection(tls: TlsWorld) -> None:
    context = client_context(tls.identity, trusted=[tls.authority.certificate])
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    async with running(app, host="127.0.0.1", port=0, tls=tls.server) as bound:
        with pytest.raises((httpx.TransportError, ssl.SSLError)):
            async with httpx.AsyncClient(verify=context) as http:
                await http.get(bound.url)


async def test_a_pinned_certificate_is_enough_without_its_authority(tls: TlsWorld) -> None:
    identity, der = new_identity(tls.authority)
    leaf = pki.x509.load_der_x509_certificate(der)
    async with (
        running(app, host="127.0.0.1", port=0, tls=server_context(identity, trusted=[leaf])) as bound,
        httpx.AsyncClient(verify=client_context(identity, trusted=[leaf])) as http,
    ):
        assert (await http.get(f"{bound.url}/certificate")).content == der
        with pytest.raises(httpx.ConnectError):
            async with httpx.AsyncClient(verify=tls.client) as stranger:
                await stranger.get(f"{bound.url.replace('127.0.0.1', 'localhost')}/certificate")


@pytest.mark.parametrize("size", [8 << 10, 32 << 10, 60 << 10])
async def test_headers_as_large_as_signatures_pass(size: int) -> None:
    async with running(app, host="127.0.0.1", port=0) as bound, httpx.AsyncClient() as http:
        answer = await http.get(f"{bound.url}/headers", headers={"X-Signature": "x" * size})

    assert int(answer.text) > size


@pytest.mark.parametrize("field", [b"X-Long: " + b"x" * 70_000 + b"\r\n", b"X-Many: x\r\n" * 8000])
async def test_headers_of_more_than_64_kib_are_refused(field: bytes) -> None:
    async with running(app, host="127.0.0.1", port=0) as bound, connected(bound) as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n" + field + b"\r\n")

        assert (await read_answer(reader)).startswith(b"HTTP/1.1 431 ")
        assert await reader.read() == b""


async def test_a_header_that_never_ends_is_refused() -> None:
    async with running(app, host="127.0.0.1", port=0) as bound, connected(bound) as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: ")
        for _ in range(500):
            writer.write(b"x" * 1024)

        assert (await read_answer(reader)).startswith(b"HTTP/1.1 431 ")


async def test_trailers_that_never_end_are_refused() -> None:
    async with running(app, host="127.0.0.1", port=0) as bound, connected(bound) as (_, writer):
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX-Trailer: ")
        async with asyncio.timeout(5):
            await send_until_cut_off(writer)


async def test_trailers_do_not_become_headers() -> None:
    async with running(app, host="127.0.0.1", port=0) as bound, connected(bound) as (reader, writer):
        writer.write(
            b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"3\r\nabc\r\n0\r\nX-Trailer: y\r\n\r\nGET /headers HTTP/1.1\r\nHost: x\r\n\r\n"
        )

        assert (await read_answer(reader)).endswith(b"\r\n\r\n3")
        assert (await read_answer(reader)).endswith(b"\r\n\r\n5")


@pytest.mark.parametrize("size", [100, 50_000, 400_000])
async def test_bodies_of_any_size_in_any_framing_do_not_count_as_headers(size: int) -> None:
    async def chunked() -> AsyncIterator[bytes]:
        for _ in range(size // 100):
            yield b"x" * 100

    async with running(app, host="127.0.0.1", port=0) as bound, httpx.AsyncClient() as http:
        assert int((await http.post(bound.url, content=b"x" * size)).text) == size
        assert int((await http.post(bound.url, content=chunked())).text) == size


@pytest.mark.parametrize("begin", [b"", b"GET / HTTP/1.1\r\nHost", b"\r\n"])
async def test_headers_that_do_not_come_in_time_end_the_connection(
    begin: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_protocol, "HEADER_SECONDS", 0.2)
    async with running(app, host="127.0.0.1", port=0) as bound, connected(bound) as (reader, writer):
        writer.write(begin)
        async with asyncio.timeout(5):
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await reader.readexactly(1)


async def test_a_further_request_has_the_same_time_for_its_headers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_protocol, "HEADER_SECONDS", 0.2)
    async with running(app, host="127.0.0.1", port=0) as bound, connected(bound) as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        await read_answer(reader)
        writer.write(b"GET / HT")
        async with asyncio.timeout(5):
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await reader.readexactly(1)


async def test_who_is_answered_early_gets_the_answer_and_cannot_send_for_ever() -> None:
    async with running(app, host="127.0.0.1", port=0) as bound, connected(bound) as (reader, writer):
        writer.write(b"POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000000\r\n\r\n")
        assert (await read_answer(reader)).endswith(b"enough")
        async with asyncio.timeout(10):
            await send_until_cut_off(writer)


async def test_who_is_answered_early_and_comes_to_an_end_may_ask_again() -> None:
    async with running(app, host="127.0.0.1", port=0) as bound, connected(bound) as (reader, writer):
        writer.write(b"POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n")
        assert (await read_answer(reader)).endswith(b"enough")
        writer.write(b"0123456789GET /headers HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await read_answer(reader)).endswith(b"\r\n\r\n5")


@pytest.mark.parametrize("protocol", [b"websocket", b"h2c"])
async def test_who_asks_for_another_protocol_is_answered_in_this_one(protocol: bytes) -> None:
    async with running(app, host="127.0.0.1", port=0) as bound, connected(bound) as (reader, writer):
        writer.write(b"GET /headers HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: " + protocol + b"\r\n\r\n")
        assert (await read_answer(reader)).startswith(b"HTTP/1.1 200 ")


async def test_there_is_no_tunnel() -> None:
    async with running(app, host="127.0.0.1", port=0) as bound, connected(bound) as (reader, writer):
        writer.write(b"CONNECT peer.example:443 HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await read_answer(reader)).startswith(b"HTTP/1.1 400 ")


async def test_a_handshake_that_does_not_come_ends_the_connection(
    tls: TlsWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accepting, "HANDSHAKE_SECONDS", 0.2)
    async with running(app, host="127.0.0.1", port=0, tls=tls.server) as bound, connected(bound) as (reader, _):
        async with asyncio.timeout(5):
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await reader.readexactly(1)


async def test_who_begins_tls_while_the_server_stops_does_not_keep_it(tls: TlsWorld) -> None:
    began, may_end = asyncio.Event(), asyncio.Event()

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
            return
        began.set()
        await may_end.wait()
        await answer(send, b"done")

    async with httpx.AsyncClient(verify=tls.client) as http:
        async with running(slow, host="127.0.0.1", port=0, tls=tls.server) as bound:
            _, writer = await asyncio.open_connection(bound.host, bound.port)
            asking = asyncio.create_task(http.get(bound.url))
            await began.wait()
            beginning = asyncio.create_task(begin_late(writer, tls.client))
            asyncio.get_running_loop().call_later(0.6, may_end.set)

        assert (await asking).text == "done"
        assert not await beginning


async def begin_late(writer: asyncio.StreamWriter, tls: ssl.SSLContext) -> bool:
    """Give whether TLS stands that is begun in a moment."""
    await asyncio.sleep(0.3)
    try:
        await writer.start_tls(tls, server_hostname="127.0.0.1")
    except OSError:
        return False
    finally:
        writer.transport.abort()
    return True


async def test_a_client_that_keeps_its_connection_does_not_keep_the_server(tls: TlsWorld) -> None:
    loop = asyncio.get_running_loop()
    async with httpx.AsyncClient(verify=tls.client) as http:
        async with running(app, host="127.0.0.1", port=0, tls=tls.server) as bound:
            await http.get(bound.url)
            stopping = loop.time()

        assert loop.time() - stopping < 3


async def test_what_is_no_http_is_answered_with_400() -> None:
    async with running(app, host="127.0.0.1", port=0) as bound, connected(bound) as (reader, writer):
        writer.write(b"\x16\x03\x01 this is no HTTP\r\n\r\n")
        assert (await read_answer(reader)).startswith(b"HTTP/1.1 400 ")


async def test_more_requests_than_allowed_are_answered_with_503() -> None:
    begin = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n"
    async with (
        running(app, host="127.0.0.1", port=0, max_requests=2) as bound,
        connected(bound) as (_, one),
        connected(bound) as (reader, other),
        httpx.AsyncClient() as http,
    ):
        one.write(begin)
        other.write(begin)
        await asyncio.sleep(0.05)
        assert (await http.get(bound.url)).status_code == 503

        other.write(b"x")
        await read_answer(reader)
        assert (await http.get(bound.url)).status_code == 200


async def test_requests_leave_no_trace_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with running(app, host="127.0.0.1", port=0) as bound, httpx.AsyncClient() as http:
        await http.get(f"{bound.url}/headers?somebody=Maria")

    assert "Maria" not in "".join(record.getMessage() for record in caplog.records if record.name != "httpx")
