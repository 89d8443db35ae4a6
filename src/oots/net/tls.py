"""
TLS between Access Points (as4.md 7.1): a context for the server, and one for the client, each with a certificate; and
the one with which we go to public servers.

Who a certificate belongs to is not judged here: a context only knows which roots, or which pinned leaves, are trusted.
"""

import ssl
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from oots.errors import OperatorError

TLS_1_2_SUITES: Final = (
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-CCM",
    "ECDHE-ECDSA-AES128-CCM",
)
"""TDD 3.7 and eDelivery; CCM is not among OpenSSL's defaults.  The suites of TLS 1.3 are OpenSSL's own, all allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsIdentity:
    """Our end of a TLS connection, as PEM files or their content: the certificate with its chain, and its key."""

    certificate: Path | bytes
    key: Path | bytes = field(repr=False)

    def leaf(self) -> x509.Certificate:
        """Give the certificate itself, which is the first of the chain; raises `OperatorError`."""
        try:
            return x509.load_pem_x509_certificates(_pem(self.certificate))[0]
        except (OSError, ValueError) as error:
            raise OperatorError(f"the TLS certificate cannot be read: {error}") from error


def server_context(identity: TlsIdentity, *, trusted: Sequence[x509.Certificate]) -> ssl.SSLContext:
    """Make the context of the listener for peers: no connection without a client certificate that we trust."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.verify_mode = ssl.CERT_REQUIRED
    return _prepared(context, identity, trusted)


def client_context(identity: TlsIdentity, *, trusted: Sequence[x509.Certificate]) -> ssl.SSLContext:
    """Make the context with which we go to peers: their certificate has to name their host, ours is shown."""
    return _prepared(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), identity, trusted)


def open_client_context(trusted: Sequence[x509.Certificate] = ()) -> ssl.SSLContext:
    """Make the context for public servers: we show no certificate, and trust these roots, or else the system's."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if trusted:
        _trust(context, trusted)
    else:
        context.load_default_certs()
    _restrict(context)
    return context


def _prepared(context: ssl.SSLContext, identity: TlsIdentity, trusted: Sequence[x509.Certificate]) -> ssl.SSLContext:
    if not trusted:
        raise OperatorError("no TLS certificate is trusted: name the roots, or the certificates of the peers")
    _restrict(context)
    _trust(context, trusted)
    try:
        _load(context, identity)
    except (OSError, ValueError) as error:
        raise OperatorError(f"the TLS certificate and key cannot be used: {error}") from error
    return context


def _restrict(context: ssl.SSLContext) -> None:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(":".join(TLS_1_2_SUITES))


def _trust(context: ssl.SSLContext, trusted: Sequence[x509.Certificate]) -> None:
    # A pinned certificate ends the path, also when it is not a root: peers of test networks sign their own.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(cadata=b"".join(root.public_bytes(Encoding.DER) for root in trusted))


def _load(context: ssl.SSLContext, identity: TlsIdentity) -> None:
    # OpenSSL reads files only.  This one is ours alone (0600), and gone before anything else happens.
    with tempfile.NamedTemporaryFile(prefix="oots-", suffix=".pem") as file:
        file.write(_pem(identity.key) + b"\n" + _pem(identity.certificate))
        file.flush()
        # Without a password OpenSSL would ask for one at the terminal.
        context.load_cert_chain(file.name, password="")


def _pem(source: Path | bytes) -> bytes:
    return source if isinstance(source, bytes) else source.read_bytes()
