"""
Parties of the interop tests: keys and certificates in memory, and as the PKCS#12 files that a JVM wants.
"""

import ssl
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from oots.codes import GATEWAY_ROLE, PARTY_TYPE_OOTS
from oots.ebms.messages import Party, PartyId
from oots.pki import (
    Authority,
    certificate_pem,
    issue_message_certificate,
    issue_tls_certificate,
    new_ec_key,
    new_rsa_key,
)
from oots.wssec.keys import OwnKeys

PASSWORD: Final = "interop"
LOOPBACK: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """One Access Point: its name in OOTS, its key for messages and its key for TLS."""

    party_id: PartyId
    keys: OwnKeys
    tls_key: ec.EllipticCurvePrivateKey
    tls_certificate: x509.Certificate

    @property
    def party(self) -> Party:
        """As it stands in `eb:From` and `eb:To`."""
        return Party(party_id=self.party_id, role=GATEWAY_ROLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Who there is: we, phase4, and whom both believe about TLS."""

    authority: Authority
    ours: Identity
    theirs: Identity


def anonymous_tls(authority: Authority) -> ssl.SSLContext:
    """Give a client's TLS context that trusts `authority` and shows no certificate."""
    return ssl.create_default_context(cadata=certificate_pem(authority.certificate).decode())


def new_identity(name: str, authority: Authority, *, now: datetime, days: int = 30) -> Identity:
    """Make an Access Point whose two certificates `authority` issued."""
    key, tls_key = new_rsa_key(2048), new_ec_key()
    certificate = issue_message_certificate(authority, name, key, now=now, days=days)
    return Identity(
        party_id=PartyId(value=name, type=PARTY_TYPE_OOTS),
        keys=OwnKeys(private_key=key, certificate=certificate),
        tls_key=tls_key,
        tls_certificate=issue_tls_certificate(authority, name, tls_key, [LOOPBACK], now=now, days=days),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyStores:
    """The PKCS#12 files of one party, all under `PASSWORD`."""

    keys: Path
    trust: Path
    tls_keys: Path
    tls_trust: Path


def write_key_stores(own: Identity, parties: Sequence[Identity], authority: Authority, folder: Path) -> KeyStores:
    """
    Write what a JVM needs to act as `own`, and to know `parties`.

    Certificates for messages are pinned, under the party's name; for TLS, the authority is trusted.
    """
    stores = KeyStores(
        keys=folder / "keys.p12",
        trust=folder / "trust.p12",
        tls_keys=folder / "tls-keys.p12",
        tls_trust=folder / "tls-trust.p12",
    )
    locked = BestAvailableEncryption(PASSWORD.encode())
    name = own.party_id.value.encode()
    stores.keys.write_bytes(
        pkcs12.serialize_key_and_certificates(name, own.keys.private_key, own.keys.certificate, None, locked)
    )
    stores.tls_keys.write_bytes(
        pkcs12.serialize_key_and_certificates(name, own.tls_key, own.tls_certificate, None, locked)
    )
    stores.trust.write_bytes(_trust_store((party.party_id.value, party.keys.certificate) for party in parties))
    stores.tls_trust.write_bytes(_trust_store([("authority", authority.certificate)]))
    return stores


def _trust_store(certificates: Iterable[tuple[str, x509.Certificate]]) -> bytes:
    entries = [pkcs12.PKCS12Certificate(certificate, name.encode()) for name, certificate in certificates]
    return pkcs12.serialize_java_truststore(entries, BestAvailableEncryption(PASSWORD.encode()))
