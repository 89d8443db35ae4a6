"""
`docs/reverse-proxy.md` is true: its nginx configuration, as it stands there, before our access point.
"""

import asyncio
import random
import re
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from gateway_nodes import (
    FINLAND,
    PORTUGAL,
    Node,
    World,
    a_free_port,
    a_submission,
    error_in,
    finished,
    new_identity,
    node,
    packed,
    post,
    settings_of,
)

from gateway.settings import Listener
from oots import pki
from oots.ebms.messages import PartyId
from oots.net.behind_proxy import TOKEN_HEADER, Proxy
from oots.net.client import PeerClient, PostResult
from oots.net.tls import TLS_1_2_SUITES, TlsIdentity, client_context
from oots.spooled import Spooled

pytestmark = [pytest.mark.anyio, pytest.mark.nginx]

PAGE = Path(__file__).parents[2] / "docs" / "reverse-proxy.md"
(CONFIGURATION,) = re.findall(r"^```nginx\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
PROXY = Proxy(token="a-secret-that-only-the-proxy-and-we-know")
# What the rest of nginx's configuration would be: everything within one folder, and one process.
AROUND = """
daemon off;
master_process off;
pid nginx.pid;
error_log stderr;
events {{}}
http {{
    client_body_temp_path temp; proxy_temp_path temp; fastcgi_temp_path temp; uwsgi_temp_path temp; scgi_temp_path temp;
    {configuration}
}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxied:
    """Finland, behind nginx."""

    node: Node
    port: int
    """Of nginx."""
    direct: str
    """On loopback, past nginx."""

    @property
    def address(self) -> str:
        return f"https://127.0.0.1:{self.port}/as4"


NewProxied = Callable[..., AbstractAsyncContextManager[Proxied]]


@pytest.fixture
def nginx() -> str:
    # Where Debian has it is not in everybody's PATH.
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if found is None:
        pytest.skip("needs nginx (Debian package nginx-light)")
    return found


@pytest.fixture
def proxied(nginx: str, world: World, ports: dict[PartyId, int], tmp_path: Path) -> NewProxied:
    """Give what starts Finland behind nginx, with changes to the page's configuration and to our settings."""

    @asynccontextmanager
    async def start(*, configuration: str = CONFIGURATION, **changes: object) -> AsyncIterator[Proxied]:
        behind = a_free_port()
        given = {"peer_listener": Listener(port=behind), "proxy": PROXY} | changes
        text = filled_in(configuration, world, tmp_path, front=ports[FINLAND], behind=behind)
        with running(nginx, text, tmp_path):
            async with node(settings_of(world, FINLAND, ports, **given)) as finland:
                await listens(ports[FINLAND])
                yield Proxied(node=finland, port=ports[FINLAND], direct=f"http://127.0.0.1:{behind}/as4")

    return start


def filled_in(configuration: str, world: World, folder: Path, *, front: int, behind: int) -> str:
    """Put paths and ports of this test where the page has those of a machine."""
    finland = world.identities[FINLAND].tls
    assert isinstance(finland.certificate, bytes)
    assert isinstance(finland.key, bytes)
    for page, name, content in (
        ("/etc/oots/keys/tls.crt", "tls.crt", finland.certificate),
        ("/etc/oots/keys/tls.key", "tls.key", finland.key),
        ("/etc/oots/trusted-clients.pem", "trusted.pem", pki.certificate_pem(world.authority.certificate)),
        (
            "/etc/nginx/oots-proxy-token.conf",
            "token.conf",
            f'proxy_set_header {TOKEN_HEADER} "{PROXY.token}";'.encode(),
        ),
        ("127.0.0.1:8447", f"127.0.0.1:{behind}", None),
        ("0.0.0.0:8443", f"127.0.0.1:{front}", None),
        ("    listen [::]:8443 ssl;\n", "", None),
    ):
        assert configuration.count(page) == 1, page
        if content is not None:
            (folder / name).write_bytes(content)
        configuration = configuration.replace(page, name if content is None else str(folder / name))
    return configuration


@contextmanager
def running(nginx: str, configuration: str, folder: Path) -> Iterator[None]:
    (folder / "nginx.conf").write_text(AROUND.format(configuration=configuration))
    process = subprocess.Popen([nginx, "-p", folder, "-c", folder / "nginx.conf", "-e", "stderr"])
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


async def listens(port: int) -> None:
    for _ in range(500):
        with suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        await asyncio.sleep(0.02)
    pytest.fail("nginx does not listen")


def browser(world: World, tls: TlsIdentity | None) -> httpx.AsyncClient:
    """Give a client of HTTP that may have a certificate."""
    if tls is not None:
        return httpx.AsyncClient(verify=client_context(tls, trusted=[world.authority.certificate]))
    context = ssl.create_default_context(cadata=pki.certificate_pem(world.authority.certificate).decode())
    return httpx.AsyncClient(verify=context)


def test_the_page_has_the_suites_that_we_have_ourselves() -> None:
    (suites,) = re.findall(r"ssl_ciphers (.*);", CONFIGURATION)

    assert tuple(suites.split(":")) == TLS_1_2_SUITES


async def test_a_message_goes_through_nginx_and_its_receipt_comes_back(
    proxied: NewProxied, world: World, ports: dict[PartyId, int]
) -> None:
    pinned = {PORTUGAL: (world.identities[PORTUGAL].tls_certificate,)}
    async with proxied(tls_pinned=pinned) as finland, node(settings_of(world, PORTUGAL, ports)) as portugal:
        message_id = await portugal.client.submit(a_submission(), [Spooled(b"<query/>")])
        status = await finished(portugal, message_id)
        (delivery,) = await finland.node.client.deliveries(["ExecuteQueryRequest"], wait=10)

    assert status.state == "acknowledged"
    assert delivery.message_id == message_id


async def test_who_connects_has_to_be_who_signs_behind_nginx_too(proxied: NewProxied, world: World) -> None:
    other = new_identity(world.authority, "AP_PT_01")
    async with proxied(tls_pinned={PORTUGAL: (other.tls_certificate,)}) as finland:
        result = await post(world, finland.address, packed(world))

    assert error_in(world, result).code == "EBMS:0101"


async def test_a_message_of_10_mb_goes_through(proxied: NewProxied, world: World, tmp_path: Path) -> None:
    content = random.Random(1).randbytes(10_000_000)
    async with proxied() as finland:
        result = await post(world, finland.address, packed(world, contents=[content]))

    assert (result.status, b"Receipt" in result.body) == (200, True)
    assert list((tmp_path / "temp").iterdir()) == []


async def test_headers_as_large_as_signatures_go_through(proxied: NewProxied, world: World) -> None:
    async with proxied() as finland, browser(world, world.identities[PORTUGAL].tls) as http:
        answer = await http.post(finland.address, content=b"x", headers={"X-Signature": "x" * (32 << 10)})

    # Ours: what was posted is no message.
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/soap+xml; charset=utf-8")


async def test_a_client_without_certificate_is_refused(proxied: NewProxied, world: World) -> None:
    async with proxied() as finland, browser(world, None) as http:
        answer = await http.post(finland.address, content=b"x")

    assert answer.status_code == 400
    assert "No required SSL certificate was sent" in answer.text


async def test_a_client_with_an_unknown_certificate_is_refused(proxied: NewProxied, world: World) -> None:
    async with proxied() as finland, browser(world, stranger()) as http:
        answer = await http.post(finland.address, content=b"x")

    assert answer.status_code == 400
    assert "The SSL certificate error" in answer.text


async def test_where_nginx_leaves_it_to_us_whom_to_trust_we_refuse(proxied: NewProxied, world: World) -> None:
    lenient = CONFIGURATION.replace("ssl_verify_client on;", "ssl_verify_client optional_no_ca;")
    async with proxied(configuration=lenient) as finland:
        async with browser(world, stranger()) as http:
            unknown = await http.post(finland.address, content=b"x")
        async with browser(world, None) as http:
            nobody = await http.post(finland.address, content=b"x")
        known = await post(world, finland.address, packed(world))

    expected = "the client certificate is not trusted: nobody whom we trust has issued it"
    assert (unknown.status_code, unknown.text) == (403, expected)
    assert (nobody.status_code, nobody.text) == (403, "a client certificate is needed")
    assert known.status == 200


async def test_a_certificate_or_secret_that_a_client_sends_itself_is_replaced(
    proxied: NewProxied, world: World
) -> None:
    other = new_identity(world.authority, "AP_ES_01")
    forged = {
        "X-SSL-Client-Cert": quote(pki.certificate_pem(world.identities[PORTUGAL].tls_certificate)),
        TOKEN_HEADER: "b" * 40,
    }
    message = packed(world)
    pinned = {PORTUGAL: (world.identities[PORTUGAL].tls_certificate,)}
    async with proxied(tls_pinned=pinned) as finland, browser(world, other.tls) as http:
        answer = await http.post(
            finland.address, content=message.content.read(), headers={"Content-Type": message.content_type} | forged
        )

    result = PostResult(status=answer.status_code, content_type=answer.headers["content-type"], body=answer.content)
    assert error_in(world, result).code == "EBMS:0101"


async def test_past_nginx_nobody_gets_in(proxied: NewProxied, world: World, caplog: pytest.LogCaptureFixture) -> None:
    forged = {"X-SSL-Client-Cert": quote(pki.certificate_pem(world.identities[PORTUGAL].tls_certificate))}
    async with proxied() as finland, httpx.AsyncClient() as http:
        answer = await http.post(finland.direct, content=b"x", headers=forged)

    assert (answer.status_code, answer.text) == (403, "this port is for the reverse proxy only")
    assert PROXY.token not in caplog.text


@pytest.mark.parametrize(
    "begin",
    [
        b"POST /as4 HT",
        b"POST /as4 HTTP/1.1\r\nHost: x\r\nContent-Type: a/b\r\nContent-Length: 9\r\n\r\nx",
    ],
)
async def test_a_slow_client_is_cut_off_by_nginx(proxied: NewProxied, world: World, begin: bytes) -> None:
    impatient = re.sub(r"(client_(?:header|body)_timeout) \d+s;", r"\1 1s;", CONFIGURATION)
    context = client_context(world.identities[PORTUGAL].tls, trusted=[world.authority.certificate])
    async with proxied(configuration=impatient) as finland:
        reader, writer = await asyncio.open_connection("127.0.0.1", finland.port, ssl=context)
        writer.write(begin)
        async with asyncio.timeout(10):
            answer = await reader.read()
        writer.close()

    assert answer == b"" or answer.startswith(b"HTTP/1.1 408 ")


async def test_a_client_that_lets_go_half_way_does_no_harm(proxied: NewProxied, world: World) -> None:
    tls = client_context(world.identities[PORTUGAL].tls, trusted=[world.authority.certificate])
    async with proxied() as finland:
        _, writer = await asyncio.open_connection("127.0.0.1", finland.port, ssl=tls)
        writer.write(b"POST /as4 HTTP/1.1\r\nHost: x\r\nContent-Type: a/b\r\nContent-Length: 9000000\r\n\r\nx")
        await writer.drain()
        writer.transport.abort()
        client = PeerClient(tls)
        answer = await client.post(finland.address, content_type="a/b", content=Spooled(b"x"))
        await client.aclose()

    assert isinstance(answer, PostResult)
    assert answer.status == 400


def stranger() -> TlsIdentity:
    return new_identity(pki.new_authority("of nobody", now=datetime.now(UTC)), "AP_XX_01").tls
