"""A certificate that comes in a header is trusted when OpenSSL would have let its client in, and otherwise not."""

import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from oots import pki
from oots.errors import TransportRefusal
from oots.net.tls import TlsIdentity, client_context, server_context
from oots.net.trusted_clients import TrustedClients

NOW = datetime.now(UTC)
KEY = pki.new_ec_key()
CONSTRAINED = (x509.BasicConstraints(ca=True, path_length=None), True)
NOT_CONSTRAINED = (x509.BasicConstraints(ca=False, path_length=None), True)
SIGNS_CERTIFICATES = (pki._usage(key_cert_sign=True), True)
SIGNS = (pki._usage(digital_signature=True), True)


def certificate(
    name: str,
    issuer: tuple[str, ec.EllipticCurvePrivateKey],
    extensions: pki.Extensions,
    *,
    key: ec.EllipticCurvePrivateKey = KEY,
    since: timedelta = timedelta(0),
    serial: int = 1,
) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named(issuer[0]))
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(NOW + since - timedelta(hours=1))
        .not_valid_after(NOW + since + timedelta(hours=1))
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(issuer[1], hashes.SHA256())


def named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def for_purpose(*purposes: x509.ObjectIdentifier) -> tuple[x509.ExtensionType, bool]:
    return x509.ExtendedKeyUsage(purposes), False


ROOT_KEY, INNER_KEY, OTHER_KEY = pki.new_ec_key(), pki.new_ec_key(), pki.new_ec_key()
ROOT = certificate("root", ("root", ROOT_KEY), [CONSTRAINED, SIGNS_CERTIFICATES], key=ROOT_KEY)
INNER = certificate("inner", ("root", ROOT_KEY), [CONSTRAINED, SIGNS_CERTIFICATES], key=INNER_KEY)
NO_AUTHORITY = certificate("root", ("root", ROOT_KEY), [NOT_CONSTRAINED], key=ROOT_KEY)
NO_SIGNER = certificate("root", ("root", ROOT_KEY), [CONSTRAINED, SIGNS], key=ROOT_KEY)
EXPIRED_ROOT = certificate("root", ("root", ROOT_KEY), [CONSTRAINED], key=ROOT_KEY, since=timedelta(days=-1))

SELF_SIGNED = certificate("client", ("client", KEY), [])
ISSUED = certificate("client", ("root", ROOT_KEY), [SIGNS])
OF_INNER = certificate("client", ("inner", INNER_KEY), [SIGNS])
FORGED = certificate("client", ("root", OTHER_KEY), [SIGNS])
FOR_SERVERS = certificate("client", ("root", ROOT_KEY), [for_purpose(ExtendedKeyUsageOID.SERVER_AUTH)])
FOR_CLIENTS = certificate("client", ("root", ROOT_KEY), [for_purpose(ExtendedKeyUsageOID.CLIENT_AUTH)])
FOR_ANYTHING = certificate("client", ("root", ROOT_KEY), [for_purpose(ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE)])
FOR_CERTIFICATES = certificate("client", ("root", ROOT_KEY), [SIGNS_CERTIFICATES])
EXPIRED = certificate("client", ("root", ROOT_KEY), [], since=timedelta(days=-1))
EARLY = certificate("client", ("root", ROOT_KEY), [], since=timedelta(days=1))
MYSTERIOUS = certificate(
    "client", ("root", ROOT_KEY), [(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\5\0"), True)]
)

TRUSTED = {
    "pinned and self-signed": (SELF_SIGNED, [SELF_SIGNED]),
    "pinned, its issuer unknown": (ISSUED, [ISSUED]),
    "issued by a root": (ISSUED, [ROOT]),
    "issued by a root, one of several": (ISSUED, [SELF_SIGNED, INNER, ROOT]),
    "issued by an authority that is trusted without its root": (OF_INNER, [INNER]),
    "for clients": (FOR_CLIENTS, [ROOT]),
}
NOT_TRUSTED = {
    "somebody else's self-signed one": (SELF_SIGNED, [ISSUED]),
    "of an unknown authority": (ISSUED, [SELF_SIGNED]),
    "signed with another key than the root's": (FORGED, [ROOT]),
    "issued by a pinned client": (certificate("x", ("client", KEY), [], serial=2), [SELF_SIGNED]),
    "issued by a certificate that is no authority": (ISSUED, [NO_AUTHORITY]),
    "issued by an authority that may not sign certificates": (ISSUED, [NO_SIGNER]),
    "issued by a root that has expired": (ISSUED, [EXPIRED_ROOT]),
    "its authority between did not come along": (OF_INNER, [ROOT]),
    "for servers only": (FOR_SERVERS, [ROOT]),
    "for servers only, and pinned": (FOR_SERVERS, [FOR_SERVERS]),
    "for anything, which is not for clients": (FOR_ANYTHING, [ROOT]),
    "for signing certificates": (FOR_CERTIFICATES, [ROOT]),
    "expired": (EXPIRED, [ROOT]),
    "expired, and pinned": (EXPIRED, [EXPIRED]),
    "not valid yet": (EARLY, [ROOT]),
    "with something critical that nobody knows": (MYSTERIOUS, [ROOT]),
}


def is_trusted(client: x509.Certificate, trusted: list[x509.Certificate]) -> bool:
    try:
        TrustedClients(trusted).check(client, now=NOW)
    except TransportRefusal as refusal:
        return refusal.status != 403
    return True


def is_let_in(client: x509.Certificate, trusted: list[x509.Certificate]) -> bool:
    """Shake hands in memory."""
    server_key = pki.new_ec_key()
    own = pki.self_signed(named("server"), server_key, pki.tls_extensions(["localhost"]), now=NOW, days=1)
    server = server_context(identity(own, server_key), trusted=trusted)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    at_server = server.wrap_bio(to_server, to_client, server_side=True)
    at_client = client_context(identity(client, KEY), trusted=[own]).wrap_bio(
        to_client, to_server, server_hostname="localhost"
    )
    for _ in range(4):
        for end in (at_client, at_server):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError:
                return False
    return at_server.getpeercert(binary_form=True) is not None


def identity(own: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> TlsIdentity:
    return TlsIdentity(certificate=pki.certificate_pem(own), key=pki.key_pem(key))


@pytest.mark.parametrize(("client", "trusted"), TRUSTED.values(), ids=TRUSTED)
def test_who_would_be_let_in_is_trusted(client: x509.Certificate, trusted: list[x509.Certificate]) -> None:
    assert (is_let_in(client, trusted), is_trusted(client, trusted)) == (True, True)


@pytest.mark.parametrize(("client", "trusted"), NOT_TRUSTED.values(), ids=NOT_TRUSTED)
def test_who_would_not_be_let_in_is_not_trusted(client: x509.Certificate, trusted: list[x509.Certificate]) -> None:
    assert (is_let_in(client, trusted), is_trusted(client, trusted)) == (False, False)


def test_what_openssl_takes_and_we_do_not_is_a_brainpool_authority() -> None:
    key = ec.generate_private_key(ec.BrainpoolP256R1())
    root = certificate("brainpool", ("brainpool", key), [CONSTRAINED], key=key)
    client = certificate("client", ("brainpool", key), [])

    assert (is_let_in(client, [root]), is_trusted(client, [root]), is_trusted(client, [client])) == (True, False, True)
