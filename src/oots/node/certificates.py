"""
Keys and certificates from files, and what is wrong with them.  Whose they are is decided by whoever reads them.
"""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12

from oots.net.tls import TlsIdentity
from oots.node.complaints import Complaints
from oots.node.secret_files import MAX_BYTES, read_private_file
from oots.pki import PrivateKey, certificate_pem, key_pem
from oots.wssec.algorithms import MIN_RSA_BITS
from oots.wssec.keys import OwnKeys

MIN_EC_BITS: Final = 250
"""Of TLS keys (TDD 3.7)."""

_PEM: Final = b"-----BEGIN CERTIFICATE-----"
_UNREADABLE: Final = (
    ValueError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPair:
    """A private key with its certificate, and with the chain that came along."""

    private_key: PrivateKey = field(repr=False)
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...] = ()

    def tls_identity(self) -> TlsIdentity:
        """Give it as one end of a TLS connection."""
        pems = map(certificate_pem, (self.certificate, *self.chain))
        return TlsIdentity(certificate=b"".join(pems), key=key_pem(self.private_key))


def read_certificates(path: Path, complaints: Complaints, key: str) -> tuple[x509.Certificate, ...]:
    """Give the certificates of a file, PEM or DER; none after a complaint."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        complaints.add(key, f"{path} cannot be read: {error.strerror or error}")
        return ()
    try:
        return tuple(_loaded(content))
    except _UNREADABLE:
        complaints.add(key, f"{path} holds no certificate that can be read, neither as PEM nor as DER")
        return ()


def read_certificate(path: Path, complaints: Complaints, key: str) -> x509.Certificate | None:
    """Give the certificate of a file, without the chain that may be beside it, or complain."""
    found = read_certificates(path, complaints, key)
    if len(found) > 1:
        # To take an authority for a party would be to trust everybody whom the authority knows.
        found = tuple(certificate for certificate in found if not _is_authority(certificate))
        if len(found) != 1:
            complaints.add(key, f"{path} holds several certificates; expected: one, and at most its chain")
            return None
    return found[0] if found else None


def read_pem_pair(
    key_file: Path, certificate_file: Path, password: str | None, complaints: Complaints, key: str
) -> KeyPair | None:
    """Give a key and its certificate from two files, or complain."""
    pem = read_private_file(key_file, complaints, f"{key}.key_file")
    chain = read_certificates(certificate_file, complaints, f"{key}.certificate_file")
    if pem is None or not chain:
        return None
    try:
        private_key = load_pem_private_key(pem, _bytes(password))
    except (ValueError, TypeError, UnsupportedAlgorithm):
        complaints.add(f"{key}.key_file", f"{key_file} holds no private key as PEM, or {_of_the_password(password)}")
        return None
    return _pair(private_key, chain, complaints, f"{key}.key_file")


def read_pkcs12_pair(path: Path, password: str | None, complaints: Complaints, key: str) -> KeyPair | None:
    """Give a key and its certificate from a PKCS#12 file, or complain."""
    content = read_private_file(path, complaints, f"{key}.pkcs12_file")
    if content is None:
        return None
    try:
        found = load_pkcs12(content, _bytes(password))
    except (ValueError, TypeError, UnsupportedAlgorithm):
        complaints.add(f"{key}.pkcs12_file", f"{path} is no PKCS#12 file, or {_of_the_password(password)}")
        return None
    if found.key is None or found.cert is None:
        complaints.add(f"{key}.pkcs12_file", f"{path} lacks the private key or its certificate")
        return None
    chain = (found.cert.certificate, *(item.certificate for item in found.additional_certs))
    return _pair(found.key, chain, complaints, f"{key}.pkcs12_file")


def message_keys(pair: KeyPair, complaints: Complaints, key: str, *, now: datetime) -> OwnKeys | None:
    """Give a key as the one for messages, or complain that it is none."""
    if not isinstance(pair.private_key, rsa.RSAPrivateKey):
        complaints.add(key, f"is no RSA key; expected: RSA with {MIN_RSA_BITS} bits or more")
        return None
    for text in (
        weakness(pair.certificate),
        signing_fault(pair.certificate),
        encryption_fault(pair.certificate),
        validity_fault(pair.certificate, now),
    ):
        if text:
            complaints.add(key, f"our certificate {text}")
            return None
    return OwnKeys(private_key=pair.private_key, certificate=pair.certificate)


def weakness(certificate: x509.Certificate) -> str | None:
    """Say what is wrong with the key of a certificate for messages."""
    public_key = certificate.public_key()
    if not isinstance(public_key, rsa.RSAPublicKey):
        return f"has no RSA key; expected: RSA with {MIN_RSA_BITS} bits or more"
    if public_key.key_size < MIN_RSA_BITS:
        return f"has an RSA key of {public_key.key_size} bits; expected: {MIN_RSA_BITS} or more"
    return None


def signing_fault(certificate: x509.Certificate) -> str | None:
    """Say why nobody may sign with the key of a certificate."""
    usage = _key_usage(certificate)
    if usage is None or usage.digital_signature or usage.content_commitment:
        return None
    return "is not for signatures: its key usage lacks digitalSignature"


def encryption_fault(certificate: x509.Certificate) -> str | None:
    """Say why nobody may encrypt to a certificate."""
    usage = _key_usage(certificate)
    if usage is None or usage.key_encipherment or usage.data_encipherment:
        return None
    return "is not for encryption: its key usage lacks keyEncipherment"


def validity_fault(certificate: x509.Certificate, now: datetime) -> str | None:
    """Say why a certificate is not valid now."""
    if now < certificate.not_valid_before_utc:
        return f"is not valid before {certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC"
    if now > certificate.not_valid_after_utc:
        return f"expired on {certificate.not_valid_after_utc:%Y-%m-%d}"
    return None


def _key_usage(certificate: x509.Certificate) -> x509.KeyUsage | None:
    # Certificates of test networks often carry none: then nothing is restricted (RFC 5280, 4.2.1.3).
    try:
        return certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return None


def _loaded(content: bytes) -> Iterator[x509.Certificate]:
    with warnings.catch_warnings():
        # Certificates in the field carry serial numbers and names that the standard does not allow.
        warnings.simplefilter("ignore")
        if _PEM in content:
            found = x509.load_pem_x509_certificates(content)
        else:
            found = [x509.load_der_x509_certificate(content)]
        for certificate in found:
            # What cannot be parsed shows only when it is looked at: better now than with a message in hand.
            _ = certificate.public_key(), certificate.extensions
            yield certificate


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _pair(private_key: object, chain: Sequence[x509.Certificate], complaints: Complaints, key: str) -> KeyPair | None:
    if not isinstance(private_key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        complaints.add(key, "is neither an RSA nor an EC key")
        return None
    if isinstance(private_key, ec.EllipticCurvePrivateKey) and private_key.key_size < MIN_EC_BITS:
        complaints.add(key, f"is an EC key of {private_key.key_size} bits; expected: more than {MIN_EC_BITS}")
        return None
    public_keys = [
        item.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        for item in (private_key.public_key(), chain[0].public_key())
    ]
    if public_keys[0] != public_keys[1]:
        complaints.add(key, "is not the key of the certificate: that one has another public key")
        return None
    return KeyPair(private_key=private_key, certificate=chain[0], chain=tuple(chain[1:]))


def _bytes(password: str | None) -> bytes | None:
    return None if password is None else password.encode()


def _of_the_password(password: str | None) -> str:
    return "needs a password" if password is None else "its password is another one"
