"""
Whether a certificate that signs answers leads to a root that we pinned.  What it signed is no matter here.

Revocation is not looked up: nothing here opens a connection.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.x509.oid import NameOID
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from oots.codes import SignatureStep
from oots.errors import OperatorError, UntrustedAnswer

ES256: Final = "ES256"
EDDSA: Final = "EdDSA"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """
    Whom we believe for one instance of the common services.

    A root alone would let in all whom it certifies, so what stands in the subject of the signer can be said too.
    """

    roots: tuple[x509.Certificate, ...]
    """An authority, or the very certificate that signs."""
    organizational_unit: str | None = None
    common_name_prefix: str | None = None
    algorithms: frozenset[str] = frozenset({ES256, EDDSA})

    def __post_init__(self) -> None:
        """Refuse what could believe nobody, or anybody."""
        if not self.roots:
            raise OperatorError("no root certificate is trusted for the answers of the common services")
        if not self.algorithms <= {ES256, EDDSA}:
            raise OperatorError(f"answers of the common services are signed with {ES256} or {EDDSA}")


def check_path(chain: Sequence[x509.Certificate], trust: Trust, *, at: datetime, signed_at: datetime | None) -> None:
    """
    Raise `UntrustedAnswer` unless the first of `chain` may sign answers, at the time `at` and when it did.

    The others may lead to a root; what came along is never one itself.
    """
    signer, others = chain[0], chain[1:]
    try:
        _check_usage(signer)
        _check_validity(signer, at, signed_at)
        if signer not in trust.roots:
            _check_issuers(signer, others, trust.roots, at)
        _check_subject(signer, trust)
    except ValueError as error:
        raise UntrustedAnswer(SignatureStep.CERTIFICATE, "the certificate has fields that cannot be read") from error


def _check_usage(signer: x509.Certificate) -> None:
    # What is not said restricts nothing (RFC 5280, 4.2.1.3).
    try:
        usage = signer.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return
    except (x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
        raise UntrustedAnswer(SignatureStep.CERTIFICATE, "its extensions cannot be read") from error
    if not (usage.digital_signature or usage.content_commitment):
        raise UntrustedAnswer(SignatureStep.CERTIFICATE, "the key usage of the certificate does not allow signatures")


def _check_validity(signer: x509.Certificate, at: datetime, signed_at: datetime | None) -> None:
    first, last = signer.not_valid_before_utc, signer.not_valid_after_utc
    for moment, when in ((at, "at the time asked for"), (signed_at, "when the answer was signed")):
        if moment is not None and not first <= moment <= last:
            limits = f"it is valid from {first:%Y-%m-%d} to {last:%Y-%m-%d}"
            raise UntrustedAnswer(SignatureStep.PATH, f"the certificate is not valid {when}: {limits}")


def _check_issuers(
    signer: x509.Certificate, others: Sequence[x509.Certificate], roots: Sequence[x509.Certificate], at: datetime
) -> None:
    verifier = (
        PolicyBuilder()
        .store(Store(list(roots)))
        .time(at)
        .extension_policies(ee_policy=ExtensionPolicy.permit_all(), ca_policy=_AUTHORITIES)
        .build_client_verifier()
    )
    try:
        verifier.verify(signer, list(others))
    except VerificationError as error:
        raise UntrustedAnswer(SignatureStep.PATH, "no path leads from the certificate to a trusted root") from error


def _check_subject(signer: x509.Certificate, trust: Trust) -> None:
    units = _names(signer, NameOID.ORGANIZATIONAL_UNIT_NAME)
    if trust.organizational_unit is not None and units != [trust.organizational_unit]:
        detail = f"the organizational unit of the certificate is not {trust.organizational_unit!r}"
        raise UntrustedAnswer(SignatureStep.SUBJECT, detail)
    names = _names(signer, NameOID.COMMON_NAME)
    if trust.common_name_prefix is not None and not (len(names) == 1 and names[0].startswith(trust.common_name_prefix)):
        detail = f"the common name of the certificate does not start with {trust.common_name_prefix!r}"
        raise UntrustedAnswer(SignatureStep.SUBJECT, detail)


def _names(certificate: x509.Certificate, kind: x509.ObjectIdentifier) -> list[str]:
    return [str(attribute.value) for attribute in certificate.subject.get_attributes_for_oid(kind)]


def _signs_certificates(_: Policy, __: x509.Certificate, usage: x509.KeyUsage | None) -> None:
    if usage is not None and not usage.key_cert_sign:
        raise ValueError("its key usage lacks keyCertSign")


# The default policy is that of browsers: it asks for a subjectAltName, which seal certificates do not have, and for
# extensions that authorities of member states leave out.
_AUTHORITIES: Final = (
    ExtensionPolicy.permit_all()
    .require_present(x509.BasicConstraints, Criticality.AGNOSTIC, None)
    .may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, _signs_certificates)
)
