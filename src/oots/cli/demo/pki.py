"""
The demo's throw-away keys: an authority for all, and for each Access Point one key for messages and one for TLS.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from oots.net.tls import TlsIdentity
from oots.pki import (
    certificate_pem,
    issue_message_certificate,
    issue_tls_certificate,
    key_pem,
    new_authority,
    new_ec_key,
    new_rsa_key,
)
from oots.wssec.keys import OwnKeys

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeKeys:
    """The keys of one Access Point."""

    message: OwnKeys
    tls: TlsIdentity
    tls_certificate: x509.Certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoKeys:
    """All keys of a demo, by party id, and the root that TLS rests on."""

    nodes: dict[str, NodeKeys]
    root: x509.Certificate


def make_keys(names: list[str], *, now: datetime) -> DemoKeys:
    """Make everything anew; RSA-3072 takes a while, so one thread makes each."""
    authority = new_authority("oots demo authority", now=now)
    with ThreadPoolExecutor() as threads:
        rsa_keys = dict(zip(names, threads.map(lambda _: new_rsa_key(), names), strict=True))
    nodes = {}
    for name, rsa_key in rsa_keys.items():
        tls_key = new_ec_key()
        tls_certificate = issue_tls_certificate(authority, name, tls_key, [LOOPBACK, "localhost"], now=now)
        nodes[name] = NodeKeys(
            message=OwnKeys(
                private_key=rsa_key, certificate=issue_message_certificate(authority, name, rsa_key, now=now)
            ),
            tls=TlsIdentity(certificate=certificate_pem(tls_certificate), key=key_pem(tls_key)),
            tls_certificate=tls_certificate,
        )
    return DemoKeys(nodes=nodes, root=authority.certificate)
