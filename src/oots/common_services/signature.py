"""
The detached signature of every answer of the common services (TDD 3.6.2): header fields `digest`, `oots-response-sig`.

Signed is the line `digest: …`, not the body; the body is bound through the digest.  Verify before anything reads the
body, and read the very bytes that were verified.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from oots.codes import SignatureStep
from oots.common_services.certificate_path import EDDSA, ES256, Trust, check_path
from oots.common_services.jose import (
    ProtectedHeader,
    base64url,
    read_protected_header,
    unbase64url,
    write_protected_header,
)
from oots.errors import OperatorError, UntrustedAnswer

DIGEST: Final = "digest"
RESPONSE_SIG: Final = "oots-response-sig"

MAX_SIGNATURE: Final = 64 << 10
"""Longest value of `oots-response-sig`: 64 KiB.  With three certificates it has 8 KiB."""

SigningKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey

_HASHES: Final = {"sha-256": hashlib.sha256, "sha-384": hashlib.sha384, "sha-512": hashlib.sha512}
_COORDINATE: Final = 32
"""Octets of each half of a signature by P-256."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """Who vouches for an answer."""

    certificate: x509.Certificate
    algorithm: str
    signed_at: datetime | None


class Signer:
    """A key, and the certificates that lead from it to a root, the signer's own first."""

    __slots__ = ("_chain", "_key", "algorithm")

    def __init__(self, key: SigningKey, chain: Sequence[x509.Certificate]) -> None:
        """Raises `OperatorError` for a key that answers are not signed with, and for the certificate of another."""
        if isinstance(key, ec.EllipticCurvePrivateKey) and not isinstance(key.curve, ec.SECP256R1):
            raise OperatorError("answers are signed with a key on P-256, Ed25519 or Ed448")
        if not chain or chain[0].public_key() != key.public_key():
            raise OperatorError("the first certificate is not that of the key which signs answers")
        self._key = key
        self._chain = tuple(chain)
        self.algorithm = ES256 if isinstance(key, ec.EllipticCurvePrivateKey) else EDDSA

    def protected_header(self, at: datetime) -> bytes:
        """Give the header of what is signed at that time."""
        return write_protected_header(ProtectedHeader(algorithm=self.algorithm, certificates=self._chain, signed_at=at))

    def sign(self, octets: bytes) -> bytes:
        """Give the signature as JOSE has it (RFC 7518, 3.4; RFC 8037)."""
        if not isinstance(self._key, ec.EllipticCurvePrivateKey):
            return self._key.sign(octets)
        # RFC 6979: the same answer has the same signature, and the key does not hang on good random numbers.
        r, s = decode_dss_signature(self._key.sign(octets, ec.ECDSA(hashes.SHA256(), deterministic_signing=True)))
        return r.to_bytes(_COORDINATE, "big") + s.to_bytes(_COORDINATE, "big")


def sign_detached(body: bytes, *, signer: Signer, at: datetime) -> dict[str, str]:
    """Give the two header fields that go with a body; whoever sends it must not touch body or fields again."""
    digest = f"SHA-256={base64.b64encode(hashlib.sha256(body).digest()).decode('ascii')}"
    protected = base64url(signer.protected_header(at))
    signature = base64url(signer.sign(_signing_input(protected, digest)))
    return {DIGEST: digest, RESPONSE_SIG: f"{protected}..{signature}"}


def verify_detached(body: bytes, fields: Mapping[str, str], *, trust: Trust, at: datetime) -> Verified:
    """
    Verify an answer by its header fields, whose names may be in any case.

    `at` is when the answer came, with a time zone.  Raises `UntrustedAnswer` with the step that failed.
    """
    # (1) The body is what the digest says.
    digest, signature = _field(fields, DIGEST), _field(fields, RESPONSE_SIG)
    _check_digest(body, digest)

    # (2) A JWS without payload, whose header says that the field `digest` is the payload.
    protected, octets = _take_apart(signature)
    header = read_protected_header(_decoded(protected))

    # (3) Its first certificate is one that we believe.
    check_path(header.certificates, trust, at=at, signed_at=header.signed_at)

    # (4) The key of that certificate signed the field as it came, by an algorithm that we allow.
    if header.algorithm not in trust.algorithms:
        raise UntrustedAnswer(SignatureStep.ALGORITHM, f"alg is none of {', '.join(sorted(trust.algorithms))}")
    _check_signature(header, octets, _signing_input(protected, digest))
    return Verified(certificate=header.certificates[0], algorithm=header.algorithm, signed_at=header.signed_at)


def _signing_input(protected: str, digest: str) -> bytes:
    # The name in lower case, a colon, one blank, the value as it is sent, no line end.
    return f"{protected}.{DIGEST}: {digest}".encode("ascii")


def _field(fields: Mapping[str, str], name: str) -> str:
    found = [value for field, value in fields.items() if field.lower() == name]
    if len(found) != 1:
        raise UntrustedAnswer(SignatureStep.HEADERS, f"{name} stands {len(found)} times, not once")
    if len(found[0]) > MAX_SIGNATURE or not found[0].isascii():
        raise UntrustedAnswer(SignatureStep.HEADERS, f"{name} is longer than {MAX_SIGNATURE}, or not ASCII")
    return found[0]


def _check_digest(body: bytes, digest: str) -> None:
    name, _, value = digest.partition("=")
    algorithm = _HASHES.get(name.lower())
    if algorithm is None:
        raise UntrustedAnswer(SignatureStep.DIGEST, "it is not one digest by SHA-256, SHA-384 or SHA-512")
    computed = base64.b64encode(algorithm(body).digest())
    if not hmac.compare_digest(computed, value.encode("ascii")):
        raise UntrustedAnswer(SignatureStep.DIGEST, f"the body has another {name.upper()}: it was changed on its way")


def _take_apart(signature: str) -> tuple[str, bytes]:
    parts = signature.split(".")
    if len(parts) != 3:
        raise UntrustedAnswer(SignatureStep.SERIALISATION, f"{RESPONSE_SIG} has {len(parts)} parts, not three")
    protected, payload, octets = parts
    if payload:
        raise UntrustedAnswer(SignatureStep.SERIALISATION, "the payload is not detached")
    return protected, _decoded(octets)


def _decoded(text: str) -> bytes:
    try:
        return unbase64url(text)
    except ValueError as error:
        raise UntrustedAnswer(SignatureStep.SERIALISATION, f"a part of {RESPONSE_SIG} is no base64url") from error


def _check_signature(header: ProtectedHeader, octets: bytes, signed: bytes) -> None:
    try:
        match header.algorithm, header.certificates[0].public_key():
            case "ES256", ec.EllipticCurvePublicKey(curve=ec.SECP256R1()) as key:
                key.verify(_der_of(octets), signed, ec.ECDSA(hashes.SHA256()))
            case "EdDSA", ed25519.Ed25519PublicKey() | ed448.Ed448PublicKey() as key:
                key.verify(octets, signed)
            case _:
                raise UntrustedAnswer(SignatureStep.ALGORITHM, "alg does not go with the key of the certificate")
    except InvalidSignature as error:
        raise UntrustedAnswer(SignatureStep.SIGNATURE, "the key of the certificate has not signed this") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise UntrustedAnswer(SignatureStep.ALGORITHM, "the key of the certificate cannot be read") from error


def _der_of(octets: bytes) -> bytes:
    if len(octets) != 2 * _COORDINATE:
        raise InvalidSignature
    r, s = octets[:_COORDINATE], octets[_COORDINATE:]
    return encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))
