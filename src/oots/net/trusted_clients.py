"""
Whether TLS would let in a client with this certificate: for connections whose TLS ends elsewhere.

The same trust as `tls.server_context`: pinned certificates, and roots.  OpenSSL verifies connections only, so here
`cryptography` does it; that the client has the key was seen by whoever ended TLS.
"""

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from oots.errors import TransportRefusal


class TrustedClients:
    """Those whom we would let in, by one set of certificates."""

    def __init__(self, trusted: Sequence[x509.Certificate]) -> None:
        self._pinned = {certificate.public_bytes(Encoding.DER) for certificate in trusted}
        self._roots = Store(list(trusted))

    def check(self, certificate: x509.Certificate, *, now: datetime) -> None:
        """Raise `TransportRefusal` unless the certificate is valid, for clients, and pinned or issued by a root."""
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            raise _refusal("it is not valid now")
        try:
            if not _is_for_clients(certificate.extensions):
                raise _refusal("it is not for clients of TLS")
        except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
            raise _refusal("it cannot be read") from error
        if certificate.public_bytes(Encoding.DER) not in self._pinned:
            self._check_issuer(certificate, now)

    def _check_issuer(self, certificate: x509.Certificate, now: datetime) -> None:
        # Proxies hand on the certificate alone: an authority between a root and it has to be among those trusted, and
        # ends the path there, as it does for OpenSSL with a partial chain.
        verifier = (
            PolicyBuilder()
            .store(self._roots)
            .time(now)
            .extension_policies(ee_policy=ExtensionPolicy.permit_all(), ca_policy=_AUTHORITIES)
            .build_client_verifier()
        )
        try:
            verifier.verify(certificate, [])
        except VerificationError as error:
            raise _refusal("nobody whom we trust has issued it") from error


def _signs_certificates(_: Policy, __: x509.Certificate, usage: x509.KeyUsage | None) -> None:
    if usage is not None and not usage.key_cert_sign:
        raise ValueError("its key usage lacks keyCertSign")


# Authorities of member states leave out what browsers ask of theirs.
_AUTHORITIES = (
    ExtensionPolicy.permit_all()
    .require_present(x509.BasicConstraints, Criticality.AGNOSTIC, None)
    .may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, _signs_certificates)
)


def _is_for_clients(extensions: x509.Extensions) -> bool:
    # As OpenSSL has it: what is not said restricts nothing, and anyExtendedKeyUsage is no clientAuth.
    for extension in extensions:
        match extension.value:
            case x509.ExtendedKeyUsage() as purposes if ExtendedKeyUsageOID.CLIENT_AUTH not in purposes:
                return False
            case x509.KeyUsage() as usage if not (usage.digital_signature or usage.key_agreement):
                return False
    return True


def _refusal(reason: str) -> TransportRefusal:
    return TransportRefusal(HTTPStatus.FORBIDDEN, f"the client certificate is not trusted: {reason}")
