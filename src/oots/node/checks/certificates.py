"""
How long certificates last: ours, and those of our peers.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509

from oots.node.checks.check import Check, fail, ok, warn
from oots.node.gateway_settings import GatewayService
from oots.node.peers import Peer

SOON: Final = timedelta(days=30)


def check_own_certificates(gateway: GatewayService, now: datetime) -> Iterator[Check]:
    """Look at the certificates for messages and for connections."""
    renew = "ask for a new one in time, and give it to your partners before you use it"
    yield _lasting("message certificate", gateway.settings.keyring.own.certificate, now, renew)
    pem = gateway.settings.tls.certificate
    assert isinstance(pem, bytes), "settings hold the certificate itself"
    yield _lasting("TLS certificate", x509.load_pem_x509_certificates(pem)[0], now, renew)


def check_certificates_of(peer: Peer, now: datetime) -> Check:
    """Look at all certificates of a peer; the one that is the first to expire speaks for all."""
    name = f"certificates of {peer.party.value}"
    # Of two, the newer one counts: the older is there for a while only.
    newest = [
        max(certificates, key=lambda certificate: certificate.not_valid_after_utc)
        for certificates in (peer.certificates.signing, (peer.certificates.encryption,), peer.tls)
        if certificates
    ]
    first = min(newest, key=lambda certificate: certificate.not_valid_after_utc)
    return _lasting(name, first, now, "ask the partner for a new one, and name it in peers.toml")


def _lasting(name: str, certificate: x509.Certificate, now: datetime, advice: str) -> Check:
    if now < certificate.not_valid_before_utc:
        return fail(name, f"not valid before {certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC", advice)
    left = certificate.not_valid_after_utc - now
    until = f"{certificate.not_valid_after_utc:%Y-%m-%d}"
    if left < timedelta(0):
        return fail(name, f"expired on {until}", advice)
    text = f"valid until {until}, {left.days} days"
    return warn(name, text, advice) if left < SOON else ok(name, text)
