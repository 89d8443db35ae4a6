"""
Making keys, certificates and requests for them: for new nodes, a demo's throw-away PKI and tests.

Nothing here judges a certificate.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

Extensions = Sequence[tuple[x509.ExtensionType, bool]]
"""What a certificate says about its use; with each, whether who does not understand it has to refuse."""

_Extensible = TypeVar("_Extensible", x509.CertificateBuilder, x509.CertificateSigningRequestBuilder)

_BACKDATE: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """A certification authority."""

    key: PrivateKey
    certificate: x509.Certificate


def new_rsa_key(bits: int = 3072) -> rsa.RSAPrivateKey:
    """Make a key to sign and decrypt AS4 messages with."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def new_ec_key() -> ec.EllipticCurvePrivateKey:
    """Make a key for TLS, or for an authority: P-256 takes no time."""
    return ec.generate_private_key(ec.SECP256R1())


def new_authority(name: str, *, now: datetime, days: int = 30) -> Authority:
    """Make a self-signed authority."""
    key = new_ec_key()
    subject = _name(name)
    certificate = (
        _builder(subject, subject, key, now, days)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Authority(key=key, certificate=certificate)


def issue_message_certificate(
    authority: Authority, name: str, key: rsa.RSAPrivateKey, *, now: datetime, days: int = 30
) -> x509.Certificate:
    """Issue the certificate with which an Access Point signs, and to which others encrypt."""
    builder = _builder(_name(name), authority.certificate.subject, key, now, days)
    return _extended(builder, message_extensions()).sign(authority.key, hashes.SHA256())


def issue_tls_certificate(
    authority: Authority, name: str, key: PrivateKey, hosts: Sequence[str], *, now: datetime, days: int = 30
) -> x509.Certificate:
    """Issue a certificate for both ends of a TLS connection: an Access Point is server and client."""
    builder = _builder(_name(name), authority.certificate.subject, key, now, days)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    return _extended(builder, (*tls_extensions(hosts), (issuer, False))).sign(authority.key, hashes.SHA256())


def self_signed(
    subject: x509.Name, key: PrivateKey, extensions: Extensions, *, now: datetime, days: int
) -> x509.Certificate:
    """Make a certificate that nobody else vouches for: partners have to be given it."""
    return _extended(_builder(subject, subject, key, now, days), extensions).sign(key, hashes.SHA256())


def certificate_request(subject: x509.Name, key: PrivateKey, extensions: Extensions) -> x509.CertificateSigningRequest:
    """Ask an authority for a certificate (PKCS#10)."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    return _extended(builder, extensions).sign(key, hashes.SHA256())


def message_extensions() -> Extensions:
    """Say that messages are signed with the key, and encrypted to it."""
    return (
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (_usage(digital_signature=True, key_encipherment=True), True),
    )


def tls_extensions(hosts: Sequence[str]) -> Extensions:
    """Say that the key is for both ends of a TLS connection, and which hosts it speaks for."""
    return (
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (_usage(digital_signature=True), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), False),
        (x509.SubjectAlternativeName([_host(host) for host in hosts]), False),
    )


def certificate_pem(certificate: x509.Certificate) -> bytes:
    """Give the certificate as PEM."""
    return certificate.public_bytes(Encoding.PEM)


def key_pem(key: PrivateKey) -> bytes:
    """Give the private key as unencrypted PKCS#8 PEM."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _builder(
    subject: x509.Name, issuer: x509.Name, key: PrivateKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATE)
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _extended(builder: _Extensible, extensions: Extensions) -> _Extensible:
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return builder


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _usage(**allowed: bool) -> x509.KeyUsage:
    names = (
        "digital_signature content_commitment key_encipherment data_encipherment key_agreement key_cert_sign"
        " crl_sign encipher_only decipher_only"
    )
    return x509.KeyUsage(**{name: allowed.get(name, False) for name in names.split()})
