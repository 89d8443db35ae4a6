"""The trust of a running access point, replaced: in both directions, and as a whole."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from gateway_nodes import FINLAND, PORTUGAL, World, new_identity
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.trust import Trust, TrustInUse
from oots.errors import OperatorError
from oots.net.client import ConnectionFailure, PeerClient, PostResult
from oots.net.http_protocol import client_certificate
from oots.net.server import Bound, running
from oots.net.tls import server_context
from oots.spooled import Spooled
from oots.wssec.keys import der

pytestmark = pytest.mark.anyio


async def certificate(request: Request) -> Response:
    return Response(client_certificate(request.scope))


@pytest.fixture
async def portugal(world: World) -> AsyncIterator[Bound]:
    """A peer that answers with the certificate it was shown."""
    app = Starlette(routes=[Route("/as4", certificate, methods=["POST"])])
    tls = server_context(world.identities[PORTUGAL].tls, trusted=[world.authority.certificate])
    async with running(app, host="127.0.0.1", port=0, tls=tls) as bound:
        yield bound


async def test_what_we_send_goes_by_the_new_trust(world: World, portugal: Bound) -> None:
    ours, other = world.identities[FINLAND], new_identity(world.authority, "AP_FI_01")
    trust = Trust.of(ours.tls, [world.authority.certificate])
    client = PeerClient(trust.client)
    in_use = TrustInUse(trust, client)

    async def post() -> PostResult | ConnectionFailure:
        return await client.post(f"{portugal.url}/as4", content_type="a/b", content=Spooled(b"x"))

    first = await post()
    await in_use.replace(other.tls, [world.authority.certificate])
    renewed = await post()
    await in_use.replace(other.tls, [ours.tls_certificate])
    stranger = await post()
    await client.aclose()

    assert isinstance(first, PostResult)
    assert isinstance(renewed, PostResult)
    assert (first.body, renewed.body) == (der(ours.tls_certificate), der(other.tls_certificate))
    assert in_use.now.certificate == other.tls_certificate
    assert isinstance(stranger, ConnectionFailure)


async def test_what_cannot_be_used_changes_nothing(world: World) -> None:
    ours, other = world.identities[FINLAND], new_identity(world.authority, "AP_FI_01")
    trust = Trust.of(ours.tls, [world.authority.certificate])
    client = PeerClient(trust.client)
    in_use = TrustInUse(trust, client)
    pool = client._pool

    with pytest.raises(OperatorError, match="cannot be used"):
        await in_use.replace(replace(other.tls, key=ours.tls.key), [world.authority.certificate])
    with pytest.raises(OperatorError, match="no TLS certificate is trusted"):
        await in_use.replace(other.tls, [])
    await client.aclose()

    assert in_use.now is trust
    assert client._pool is pool
