"""
Letting files count that have changed while the access point runs: its peers, its TLS certificate and key, the roots.

Settings themselves are read once: what else stands in `oots.toml` counts after a restart.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from cryptography import x509

from oots.errors import OperatorError
from oots.net.tls import TlsIdentity
from oots.node.gateway_settings import GatewayService

Trust = Callable[[TlsIdentity, Sequence[x509.Certificate]], Awaitable[None]]

log = logging.getLogger(__name__)


async def read_connections_again(gateway: GatewayService, trust: Trust, now: datetime) -> None:
    """
    Let the files count as they are now; when something in them is refused, all stays as it was.

    `trust` has the running access point take over the certificates, or raises `OperatorError`.
    """
    try:
        again = await asyncio.to_thread(gateway.read_again, now)
        await trust(again.tls, again.trusted)
    except OperatorError as error:
        for complaint in str(error).splitlines():
            log.error("%s", complaint)
        log.error(
            "nothing is taken over from %s: the peers stay as they were, and all certificates", gateway.peers_file
        )
        return
    gateway.peers.replace(again.peers)
    for warning in again.peers.warnings:
        log.warning("%s", warning)
    log.info("%s was read again; number of peers: %d", gateway.peers_file, len(again.peers.peers))
    log.info("connections begin with %d trusted certificates from now on", len(again.trusted))
