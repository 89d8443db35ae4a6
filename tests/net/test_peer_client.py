import asyncio
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from tls_world import TlsWorld, new_identity

from oots import pki
from oots.errors import OperatorError
from oots.net import client
from oots.net.addresses import check_address
from oots.net.client import ConnectionFailure, PeerClient, PostResult
from oots.net.http_protocol import client_certificate
from oots.net.server import running
from oots.net.tls import client_context
from oots.spooled import Spooled
from oots.store.sealed_file import new_spooled

pytestmark = pytest.mark.anyio


async def repeat(request: Request) -> Response:
    """Answer with how the message came, and how many bytes it had."""
    headers = request.headers
    framing = f"{headers.get('content-length')} {headers.get('transfer-encoding')} {headers['content-type']}"
    body = await request.body()
    return Response(f"{framing} {len(body)} {body[-3:]!r}", 202, media_type="application/soap+xml")


async def too_much(_: Request) -> Response:
    return PlainTextResponse(b"x" * ((1 << 20) + 1))


async def certificate(request: Request) -> Response:
    return Response(client_certificate(request.scope))


async def redirect(_: Request) -> Response:
    return RedirectResponse("/repeat", 307)


async def silence(_: Request) -> Response:
    await asyncio.sleep(1)
    return PlainTextResponse("too late")


app = Starlette(
    routes=[
        Route(f"/{route.__name__}", route, methods=["POST"])
        for route in (repeat, too_much, certificate, redirect, silence)
    ]
)


async def test_the_bytes_arrive_with_their_length_and_the_answer_comes_back(tls: TlsWorld, tmp_path: Path) -> None:
    content = new_spooled(tmp_path, memory_bytes=100)().write_all([b"x" * 300_000, b"end"])
    async with running(app, host="127.0.0.1", port=0, tls=tls.server) as bound:
        peer = PeerClient(tls.client)
        first = await peer.post(f"{bound.url}/repeat", content_type="a/b; c=d", content=content)
        second = await peer.post(f"{bound.url}/repeat", content_type="a/b; c=d", content=content)
        await peer.aclose()

    expected = PostResult(status=202, content_type="application/soap+xml", body=b"300003 None a/b; c=d 300003 b'end'")
    assert first == second == expected
    content.close()


async def test_our_certificate_is_shown(tls: TlsWorld) -> None:
    async with running(app, host="127.0.0.1", port=0, tls=tls.server) as bound:
        peer = PeerClient(tls.client)
        answer = await peer.post(f"{bound.url}/certificate", content_type="a/b", content=Spooled(b"x"))
        await peer.aclose()

    assert isinstance(answer, PostResult)
    assert answer.body == tls.client_der


async def post(tls: TlsWorld, address: str) -> PostResult | ConnectionFailure:
    peer = PeerClient(tls.client)
    try:
        return await peer.post(address, content_type="a/b", content=Spooled(b"x"))
    finally:
        await peer.aclose()


async def test_a_refused_connection_is_a_connection_failure(tls: TlsWorld) -> None:
    async with running(app, host="127.0.0.1", port=0) as bound:
        pass

    assert isinstance(await post(tls, f"https://127.0.0.1:{bound.port}/"), ConnectionFailure)


async def test_a_server_that_nobody_vouches_for_is_a_connection_failure(tls: TlsWorld) -> None:
    stranger, _ = new_identity(pki.new_authority("stranger", now=tls.authority.certificate.not_valid_before_utc))
    async with running(app, host="127.0.0.1", port=0, tls=tls.server) as bound:
        peer = PeerClient(client_context(stranger, trusted=[tls.authority.certificate]))
        answer = await peer.post(f"{bound.url}/repeat", content_type="a/b", content=Spooled(b"x"))
        await peer.aclose()

    assert isinstance(answer, ConnectionFailure)


async def test_a_server_whose_certificate_names_another_host_is_a_connection_failure(tls: TlsWorld) -> None:
    async with running(app, host="127.0.0.1", port=0, tls=tls.server) as bound:
        answer = await post(tls, f"https://localhost:{bound.port}/repeat")

    assert isinstance(answer, ConnectionFailure)
    assert "CERTIFICATE_VERIFY_FAILED" in answer.reason


async def test_an_answer_is_read_up_to_one_mebibyte(tls: TlsWorld) -> None:
    async with running(app, host="127.0.0.1", port=0, tls=tls.server) as bound:
        answer = await post(tls, f"{bound.url}/too_much")

    assert answer == ConnectionFailure(reason="the answer has more than 1048576 bytes")


async def test_a_redirect_is_an_answer_and_not_followed(tls: TlsWorld) -> None:
    async with running(app, host="127.0.0.1", port=0, tls=tls.server) as bound:
        answer = await post(tls, f"{bound.url}/redirect")

    assert isinstance(answer, PostResult)
    assert answer.status == 307


async def test_silence_is_a_connection_failure(tls: TlsWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "READ_SECONDS", 0.2)
    async with running(app, host="127.0.0.1", port=0) as bound:
        answer = await post(tls, f"{bound.url}/silence")

    assert isinstance(answer, ConnectionFailure)
    assert "ReadTimeout" in answer.reason


async def test_a_post_as_a_whole_ends_in_time(tls: TlsWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "POST_SECONDS", 0.2)
    async with running(app, host="127.0.0.1", port=0) as bound:
        answer = await post(tls, f"{bound.url}/silence")

    assert answer == ConnectionFailure(reason="no answer within 0 s")


@pytest.mark.parametrize(
    "address",
    ["http://peer.example/as4", "ftp://127.0.0.1/", "127.0.0.1", "https://", "https://a:b@c/", "https://x:99999/"],
)
def test_an_address_that_is_neither_https_nor_here_is_the_operators_business(address: str) -> None:
    with pytest.raises(OperatorError, match="is no"):
        check_address(address)


@pytest.mark.parametrize(
    "address", ["https://peer.example/as4", "http://127.0.0.1:80/", "http://[::1]/x", "http://localhost:1"]
)
def test_https_anywhere_and_http_on_this_machine_are_addresses(address: str) -> None:
    assert check_address(address) == address


async def test_nothing_is_posted_to_such_an_address(tls: TlsWorld) -> None:
    with pytest.raises(OperatorError, match="not https"):
        await post(tls, "http://peer.example/as4")


async def test_posts_that_begin_after_a_renewal_show_the_new_certificate(tls: TlsWorld) -> None:
    identity, der = new_identity(tls.authority)
    renewed = client_context(identity, trusted=[tls.authority.certificate])
    shown = []
    async with running(app, host="127.0.0.1", port=0, tls=tls.server) as bound:
        peer = PeerClient(tls.client)
        for _ in range(2):
            answer = await peer.post(f"{bound.url}/certificate", content_type="a/b", content=Spooled(b"x"))
            assert isinstance(answer, PostResult)
            shown.append(answer.body)
            await peer.renew(renewed)
        await peer.aclose()

    assert shown == [tls.client_der, der]


async def test_a_post_that_is_under_way_at_a_renewal_is_answered_and_its_connection_closed(tls: TlsWorld) -> None:
    other = pki.new_authority("other", now=tls.authority.certificate.not_valid_before_utc)
    identity, _ = new_identity(other)
    async with running(app, host="127.0.0.1", port=0, tls=tls.server) as bound:
        peer = PeerClient(tls.client)
        left = peer._pool
        posting = asyncio.create_task(
            peer.post(f"{bound.url}/silence", content_type="a/b", content=Spooled(b"x")),
        )
        await asyncio.sleep(0.2)
        await peer.renew(client_context(identity, trusted=[other.certificate]))
        assert not left.http.is_closed
        refused = await peer.post(f"{bound.url}/repeat", content_type="a/b", content=Spooled(b"x"))
        answered = await posting
        await peer.aclose()

    assert isinstance(refused, ConnectionFailure)
    assert isinstance(answered, PostResult)
    assert answered.body == b"too late"
    assert left.http.is_closed


async def test_closing_a_client_closes_what_it_has_left_behind(tls: TlsWorld) -> None:
    async with running(app, host="127.0.0.1", port=0, tls=tls.server) as bound:
        peer = PeerClient(tls.client)
        pools = [peer._pool]
        posting = asyncio.create_task(
            peer.post(f"{bound.url}/silence", content_type="a/b", content=Spooled(b"x")),
        )
        await asyncio.sleep(0.2)
        for _ in range(2):
            await peer.renew(tls.client)
            pools.append(peer._pool)
        await peer.aclose()
        closed = [pool.http.is_closed for pool in pools]
        broken_off = await posting

    assert closed == [True, True, True]
    assert isinstance(broken_off, ConnectionFailure)
