"""
Whom an access point has connections with, and as whom: what TLS knows in both directions, replaced together.

Who sends a message is decided by its signature and its P-Mode, not here.
"""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass

from anyio import to_thread
from cryptography import x509

from oots.net.client import PeerClient
from oots.net.tls import TlsIdentity, client_context, server_context
from oots.net.trusted_clients import TrustedClients


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """One reading of our certificate and key, and of the certificates that we trust."""

    certificate: x509.Certificate
    """Ours."""
    server: ssl.SSLContext
    client: ssl.SSLContext
    clients: TrustedClients
    """For connections whose TLS ends at a proxy."""

    @classmethod
    def of(cls, tls: TlsIdentity, trusted: Sequence[x509.Certificate]) -> "Trust":
        """Prepare it; raises `OperatorError` when something cannot be used."""
        return cls(
            certificate=tls.leaf(),
            server=server_context(tls, trusted=trusted),
            client=client_context(tls, trusted=trusted),
            clients=TrustedClients(trusted),
        )


class TrustInUse:
    """The one that counts now, until it is replaced by another."""

    def __init__(self, trust: Trust, client: PeerClient) -> None:
        """Take the `client` as one that uses the trust already."""
        self.now = trust
        self._client = client

    async def replace(self, tls: TlsIdentity, trusted: Sequence[x509.Certificate]) -> None:
        """
        Let others count, for connections that begin from now on; those that are open end with their next request.

        Raises `OperatorError` when something cannot be used: then all stays as it was.
        """
        self.now = await to_thread.run_sync(Trust.of, tls, trusted)
        await self._client.renew(self.now.client)
