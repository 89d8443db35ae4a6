"""
A throw-away TLS world: an authority, a server and a client that it vouches for.
"""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime

from oots import pki
from oots.net.tls import TlsIdentity, client_context, server_context


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsWorld:
    authority: pki.Authority
    server: ssl.SSLContext
    client: ssl.SSLContext
    identity: TlsIdentity
    client_der: bytes


def new_identity(authority: pki.Authority, host: str = "127.0.0.1") -> tuple[TlsIdentity, bytes]:
    key = pki.new_ec_key()
    certificate = pki.issue_tls_certificate(authority, "test", key, [host], now=datetime.now(UTC))
    pem = pki.certificate_pem(certificate)
    return TlsIdentity(certificate=pem, key=pki.key_pem(key)), ssl.PEM_cert_to_DER_cert(pem.decode())


def new_world() -> TlsWorld:
    authority = pki.new_authority("test authority", now=datetime.now(UTC))
    server, _ = new_identity(authority)
    client, client_der = new_identity(authority)
    return TlsWorld(
        authority=authority,
        server=server_context(server, trusted=[authority.certificate]),
        client=client_context(client, trusted=[authority.certificate]),
        identity=client,
        client_der=client_der,
    )
