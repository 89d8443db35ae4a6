"""Who may speak for a client, and in which words: the secret of the proxy, and the header with the certificate."""

import base64
import logging
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from tls_world import TlsWorld

from oots import pki
from oots.errors import OperatorError
from oots.net.behind_proxy import TOKEN_HEADER, BehindProxy, Proxy
from oots.net.http_protocol import client_certificate
from oots.net.server import running
from oots.net.trusted_clients import TrustedClients

pytestmark = pytest.mark.anyio

TOKEN = "t0ken-" * 8
OURS = (TOKEN_HEADER, TOKEN)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def no_secret_in_the_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.DEBUG)
    yield
    assert "t0ken" not in caplog.text


async def app(scope: Any, _receive: Any, send: Any) -> None:
    """Answer with the certificate of the client, and with what else came that is not the application's business."""
    told = [name for name, _ in scope["headers"] if name in {TOKEN_HEADER.lower().encode(), b"x-ssl-client-cert"}]
    assert told == []
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": client_certificate(scope) or b"none"})


def behind(tls: TlsWorld, proxy: Proxy, *, later: timedelta = timedelta(0)) -> BehindProxy:
    clients = TrustedClients([tls.authority.certificate])
    return BehindProxy(app, proxy, clients=lambda: clients, now=lambda: datetime.now(UTC) + later)


async def ask(
    tls: TlsWorld, headers: Sequence[tuple[str, str]], *, proxy: Proxy | None = None, **changes: Any
) -> httpx.Response:
    application = behind(tls, proxy or Proxy(token=TOKEN), **changes)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="http://x") as http:
        return await http.post("/as4", headers=list(headers), content=b"x")


def pem(tls: TlsWorld) -> str:
    assert isinstance(tls.identity.certificate, bytes)
    return tls.identity.certificate.decode()


def as_nginx_writes_it(text: str) -> tuple[str, str]:
    return "X-SSL-Client-Cert", quote(text, safe="")


async def test_the_certificate_in_url_encoded_pem_is_the_clients(tls: TlsWorld) -> None:
    answer = await ask(tls, [OURS, as_nginx_writes_it(pem(tls))])

    assert (answer.status_code, answer.content) == (200, tls.client_der)


async def test_the_certificate_as_rfc_9440_has_it_is_the_clients(tls: TlsWorld) -> None:
    proxy = Proxy(token=TOKEN, certificate_header="Client-Cert")
    value = f":{base64.b64encode(tls.client_der).decode()}:"

    answer = await ask(tls, [OURS, ("client-cert", value)], proxy=proxy)

    assert (answer.status_code, answer.content) == (200, tls.client_der)


@pytest.mark.parametrize(
    "tokens", [[], [TOKEN[:-2]], [f"{TOKEN}x"], [TOKEN, TOKEN], [TOKEN, "x"], [""], [TOKEN.upper()]]
)
async def test_without_the_secret_nobody_is_the_proxy(tls: TlsWorld, tokens: list[str]) -> None:
    answer = await ask(tls, [*((TOKEN_HEADER, token) for token in tokens), as_nginx_writes_it(pem(tls))])

    assert (answer.status_code, answer.text) == (403, "this port is for the reverse proxy only")


@pytest.mark.parametrize("others", [[], [("Client-Cert", ":eA==:")], [("X-SSL-Cert", "x")]])
async def test_a_request_without_a_certificate_is_refused(tls: TlsWorld, others: list[tuple[str, str]]) -> None:
    answer = await ask(tls, [OURS, *others])

    assert (answer.status_code, answer.text) == (403, "a client certificate is needed")


async def test_what_is_not_exactly_one_certificate_is_refused(tls: TlsWorld) -> None:
    good, der = pem(tls), base64.b64encode(tls.client_der).decode()
    begin, *lines, end = good.splitlines()
    cases = [
        [as_nginx_writes_it(good), as_nginx_writes_it(good)],
        [as_nginx_writes_it(good + good)],
        [as_nginx_writes_it(f"x{good}")],
        [as_nginx_writes_it(f"{good}x")],
        [as_nginx_writes_it(good.replace("CERTIFICATE", "TRUSTED CERTIFICATE"))],
        [as_nginx_writes_it("\n".join([begin, *lines, "AAAA", end]))],
        [as_nginx_writes_it("\n".join([begin, *lines[:-1], end]))],
        [as_nginx_writes_it(f"{begin}\n{end}\n")],
        [as_nginx_writes_it(f"{begin}\n!!!!\n{end}\n")],
        [as_nginx_writes_it(f"{begin}\nAAAA====\n{end}\n")],
        [as_nginx_writes_it(f"{begin}\n" + f"{'A' * 64}\n" * 300 + f"{end}\n")],
        [("X-SSL-Client-Cert", good.replace("\n", " "))],
        [("X-SSL-Client-Cert", f":{der}:")],
        [("X-SSL-Client-Cert", "%zz")],
        [("X-SSL-Client-Cert", "")],
        [("X-SSL-Client-Cert", "(null)")],
    ]
    for case in cases:
        answer = await ask(tls, [OURS, *case])
        assert (answer.status_code, answer.text[:37]) == (403, "the client certificate cannot be read"), case

    proxy = Proxy(token=TOKEN, certificate_header="Client-Cert")
    for value in (der, f":{der}", f"{der}:", f":{der}:, :{der}:", f":{der};", "::", f":{der[:-8]}:", f":{der[:-3]}:"):
        answer = await ask(tls, [OURS, ("Client-Cert", value)], proxy=proxy)
        assert (answer.status_code, answer.text[:37]) == (403, "the client certificate cannot be read"), value


async def test_a_certificate_that_is_larger_than_any_is_not_looked_at(tls: TlsWorld) -> None:
    hosts = [f"{number}.{'x' * 60}.example" for number in range(200)]
    made = pki.issue_tls_certificate(tls.authority, "x", pki.new_ec_key(), hosts, now=datetime.now(UTC))

    answer = await ask(tls, [OURS, as_nginx_writes_it(pki.certificate_pem(made).decode())])

    assert (answer.status_code, answer.text[:37]) == (403, "the client certificate cannot be read")


async def test_a_certificate_of_an_unknown_authority_is_refused(tls: TlsWorld) -> None:
    stranger = pki.new_authority("stranger", now=datetime.now(UTC))
    made = pki.issue_tls_certificate(stranger, "x", pki.new_ec_key(), ["x"], now=datetime.now(UTC))

    answer = await ask(tls, [OURS, as_nginx_writes_it(pki.certificate_pem(made).decode())])

    assert answer.status_code == 403
    assert answer.text == "the client certificate is not trusted: nobody whom we trust has issued it"


async def test_a_certificate_that_has_expired_is_refused(tls: TlsWorld) -> None:
    answer = await ask(tls, [OURS, as_nginx_writes_it(pem(tls))], later=timedelta(days=31))

    assert (answer.status_code, answer.text) == (403, "the client certificate is not trusted: it is not valid now")


async def test_on_a_listener_without_a_proxy_the_header_means_nothing(tls: TlsWorld) -> None:
    async def certificate(request: Request) -> Response:
        return Response(client_certificate(request.scope) or b"none")

    async with (
        running(Starlette(routes=[Route("/", certificate)]), host="127.0.0.1", port=0) as bound,
        httpx.AsyncClient() as http,
    ):
        answer = await http.get(bound.url, headers=dict([OURS, as_nginx_writes_it(pem(tls))]))

    assert answer.text == "none"


@pytest.mark.parametrize(
    ("token", "header", "complaint"),
    [
        ("x" * 31, "Client-Cert", "32 ASCII characters"),
        ("ä" * 40, "Client-Cert", "32 ASCII characters"),
        (" " + "x" * 40, "Client-Cert", "none of them a space"),
        ("x" * 32, "x-oots-proxy-token", "where the token is"),
    ],
)
def test_an_agreement_that_cannot_work_is_the_operators_business(token: str, header: str, complaint: str) -> None:
    with pytest.raises(OperatorError, match=complaint):
        Proxy(token=token, certificate_header=header)


def test_the_secret_is_not_shown() -> None:
    assert "t0ken" not in repr(Proxy(token=TOKEN))
