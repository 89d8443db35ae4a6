"""
Whether each peer can be reached: TLS with our certificate, and an AS4 endpoint that refuses to be read.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from http import HTTPStatus

from oots.net.probe import Seen, Unseen, look
from oots.net.tls import client_context
from oots.node.checks.check import Check, fail, ok, warn
from oots.node.gateway_settings import GatewayService
from oots.node.peers import Peer
from oots.wssec.keys import der

_AT_ONCE = 20


async def look_at(gateway: GatewayService, peers: Sequence[Peer]) -> list[Seen | Unseen]:
    """Connect to all peers, some at the same time."""
    tls = client_context(gateway.settings.tls, trusted=gateway.settings.tls_trusted)
    free = asyncio.Semaphore(_AT_ONCE)

    async def look_at_one(peer: Peer) -> Seen | Unseen:
        async with free:
            return await look(peer.address, tls=tls if _is_https(peer) else None)

    return list(await asyncio.gather(*map(look_at_one, peers)))


def judge(peer: Peer, found: Seen | Unseen) -> Check:
    """Say what a look at a peer means."""
    name = f"connection to {peer.party.value}"
    if isinstance(found, Unseen):
        return fail(name, f"{peer.address}: {found.reason}", _advice(found.reason))
    if peer.tls and found.certificate not in {der(certificate) for certificate in peer.tls}:
        advice = "ask the partner for the new certificate, and name it in peers.toml beside the old one"
        return fail(name, f"{peer.address} shows another TLS certificate than the one on file", advice)
    if found.status != HTTPStatus.METHOD_NOT_ALLOWED:
        advice = "ask the partner whether the address is right: an AS4 endpoint answers a GET with 405"
        return warn(name, f"{peer.address} answers a GET with {found.status}", advice)
    return ok(name, f"{peer.address} answers")


def drift_of(found: Seen | Unseen, now: datetime) -> timedelta | None:
    """Give how far our clock is ahead of a peer's."""
    return now - found.date if isinstance(found, Seen) and found.date else None


def _is_https(peer: Peer) -> bool:
    return peer.address.startswith("https:")


def _advice(reason: str) -> str:
    if "CERTIFICATE_VERIFY_FAILED" in reason:
        return "name the partner's TLS certificate in peers.toml, or its root in gateway.tls.trusted_files"
    if "SSL" in reason or "ReadError" in reason or "RemoteProtocolError" in reason:
        return "give the partner our TLS certificate: it may not know us"
    return "check the address in peers.toml, and whether a firewall is in the way"
