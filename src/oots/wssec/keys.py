"""
Certificates and private keys as this package needs them.  Which of them belongs to which party is decided elsewhere.
"""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from oots.errors import FailedAuthentication
from oots.wssec.algorithms import MIN_RSA_BITS

CLOCK_SKEW: Final = timedelta(minutes=5)
"""How far a peer's clock may be off when a certificate's validity is judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnKeys:
    """Our private key, with which we sign and decrypt, and its certificate."""

    private_key: rsa.RSAPrivateKey
    certificate: x509.Certificate


@lru_cache(maxsize=512)
def der(certificate: x509.Certificate) -> bytes:
    """Give the certificate as DER."""
    return certificate.public_bytes(Encoding.DER)


@lru_cache(maxsize=512)
def base64_der(certificate: x509.Certificate) -> str:
    """Give the certificate as DER in base64."""
    return base64.b64encode(der(certificate)).decode("ascii")


@lru_cache(maxsize=512)
def subject_key_identifier(certificate: x509.Certificate) -> bytes:
    """Give the SKI: of the extension, else SHA-1 of the public key bits as RFC 5280 method 1 (so does WSS4J)."""
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except x509.ExtensionNotFound:
        return x509.SubjectKeyIdentifier.from_public_key(certificate.public_key()).digest


@lru_cache(maxsize=512)
def thumbprint_sha1(certificate: x509.Certificate) -> bytes:
    """Give the SHA-1 thumbprint: a name for a certificate, nothing that security rests on."""
    return certificate.fingerprint(hashes.SHA1())  # noqa: S303


@lru_cache(maxsize=512)
def fingerprint(certificate: x509.Certificate) -> str:
    """Give the SHA-256 fingerprint in hexadecimal, for journals and logs."""
    return hashlib.sha256(der(certificate)).hexdigest()


@lru_cache(maxsize=512)
def rsa_public_key(certificate: x509.Certificate) -> rsa.RSAPublicKey:
    """Give the RSA key of a certificate; raises `FailedAuthentication` for another kind, or one too short."""
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < MIN_RSA_BITS:
        raise FailedAuthentication(f"the certificate's key is not RSA with at least {MIN_RSA_BITS} bits")
    return key


def check_signing_certificate(certificate: x509.Certificate, *, now: datetime) -> None:
    """Raise `FailedAuthentication` when the certificate is not valid now, or not meant for signatures."""
    if now + CLOCK_SKEW < certificate.not_valid_before_utc or now - CLOCK_SKEW > certificate.not_valid_after_utc:
        raise FailedAuthentication("the signing certificate is not valid at this time")
    if not _may_sign(certificate):
        raise FailedAuthentication("the key usage of the signing certificate does not allow signatures")


@lru_cache(maxsize=512)
def _may_sign(certificate: x509.Certificate) -> bool:
    # Certificates of test networks often carry no KeyUsage at all: then nothing is restricted (RFC 5280, 4.2.1.3).
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return usage.digital_signature or usage.content_commitment
