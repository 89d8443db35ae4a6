"""
The protected header of an answer's signature: a JWS header as JAdES has it (RFC 7515, RFC 7797, ETSI TS 119 182-1).

Read here is what it says.  Whether its certificates are trusted, and what is signed, is decided elsewhere.
"""

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from oots.codes import SignatureStep
from oots.errors import UntrustedAnswer

SIG_D: Final = {"mId": "http://uri.etsi.org/19182/HttpHeaders", "pars": ["digest"]}
"""Signed is the one header field `digest`, and through it the body."""

MAX_CERTIFICATES: Final = 8
"""Most certificates in `x5c`; the Commission's instance sends three."""

_CRIT: Final = ["b64", "sigD"]
_HASHES: Final = {"S256": hashlib.sha256, "S384": hashlib.sha384, "S512": hashlib.sha512}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectedHeader:
    """What the signer says about the signature."""

    algorithm: str
    certificates: tuple[x509.Certificate, ...]
    """`x5c`: the signer's first; means to build a path, no trust."""
    signed_at: datetime | None = None
    """`iat`; a directory may sign an answer once, and give it out for days."""


def unbase64url(text: str) -> bytes:
    """Decode base64url without padding, in its one form; raises `ValueError`."""
    decoded = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    if base64url(decoded) != text:
        raise ValueError("no base64url")
    return decoded


def base64url(octets: bytes) -> str:
    """Encode as base64url without padding."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def read_protected_header(octets: bytes) -> ProtectedHeader:
    """
    Read the header as decoded JSON; raises `UntrustedAnswer`.

    `kid` names the certificate a second time, and proves nothing; other members that are not critical are read over.
    """
    members = _members(octets)
    if members.get("b64") is not False:
        raise _refusal("b64 is not false: the payload would be another")
    crit = members.get("crit")
    if not isinstance(crit, list) or sorted(map(str, crit)) != _CRIT:
        raise _refusal("crit does not list b64 and sigD, and only these")
    if members.get("sigD") != SIG_D:
        raise _refusal("sigD does not say that the header field digest, and only this, is signed")
    certificates = _read_x5c(members.get("x5c"))
    if "x5t#o" in members:
        _check_thumbprint(members["x5t#o"], certificates[0])
    return ProtectedHeader(
        algorithm=_read_algorithm(members.get("alg")),
        certificates=certificates,
        signed_at=_read_iat(members["iat"]) if "iat" in members else None,
    )


def write_protected_header(header: ProtectedHeader) -> bytes:
    """Write the header as JSON, its members in the order in which the Commission's instance has them."""
    signer = header.certificates[0]
    digest = hashlib.sha512(_der(signer)).digest()
    members: dict[str, Any] = {
        "alg": header.algorithm,
        "kid": base64.b64encode(_issuer_serial(signer)).decode("ascii"),
        "x5t#o": {"digAlg": "S512", "digVal": base64url(digest)},
        "x5c": [base64.b64encode(_der(certificate)).decode("ascii") for certificate in header.certificates],
        "typ": "jose",
        "b64": False,
    }
    if header.signed_at is not None:
        members["iat"] = int(header.signed_at.timestamp())
    members |= {"sigD": SIG_D, "crit": ["b64", "sigD"]}
    return json.dumps(members, separators=(",", ":")).encode("ascii")


def _members(octets: bytes) -> dict[str, Any]:
    try:
        found = json.loads(octets.decode("utf-8"), object_pairs_hook=_told_apart, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise _refusal("it is no JSON, or a member stands twice") from error
    if not isinstance(found, dict):
        raise _refusal("it is no JSON object")
    return found


def _told_apart(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # RFC 7515, 4: names are unique.  Readers differ on which of two counts.
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member stands twice")
    return members


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _read_algorithm(said: object) -> str:
    if not isinstance(said, str):
        raise _refusal("alg is missing")
    return said


def _read_iat(said: object) -> datetime:
    if type(said) is not int:
        raise _refusal("iat is no whole number of seconds")
    try:
        return datetime.fromtimestamp(said, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise _refusal("iat is a moment of no calendar") from error


def _read_x5c(said: object) -> tuple[x509.Certificate, ...]:
    if not isinstance(said, list) or not 1 <= len(said) <= MAX_CERTIFICATES:
        raise UntrustedAnswer(SignatureStep.CERTIFICATE, f"x5c does not have 1 to {MAX_CERTIFICATES} certificates")
    return tuple(_read_certificate(item) for item in said)


def _read_certificate(said: object) -> x509.Certificate:
    try:
        if not isinstance(said, str):
            raise ValueError("no text")
        return x509.load_der_x509_certificate(base64.b64decode(said, validate=True))
    except (ValueError, x509.InvalidVersion) as error:
        raise UntrustedAnswer(SignatureStep.CERTIFICATE, "x5c holds something that is no certificate") from error


def _check_thumbprint(said: object, signer: x509.Certificate) -> None:
    match said:
        case {"digAlg": str(name), "digVal": str(value)} if name in _HASHES:
            if base64url(_HASHES[name](_der(signer)).digest()) != value:
                detail = "x5t#o is the digest of another certificate than the first in x5c"
                raise UntrustedAnswer(SignatureStep.CERTIFICATE, detail)
        case _:
            detail = f"x5t#o is no digest by {', '.join(_HASHES)}"
            raise UntrustedAnswer(SignatureStep.CERTIFICATE, detail)


def _issuer_serial(certificate: x509.Certificate) -> bytes:
    # IssuerSerial of RFC 5035: the issuer as a GeneralName of kind directoryName, then the serial number.
    number = certificate.serial_number
    serial = number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True)
    issuer = _tagged(0x30, _tagged(0xA4, certificate.issuer.public_bytes()))
    return _tagged(0x30, issuer + _tagged(0x02, serial))


def _tagged(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def _refusal(detail: str) -> UntrustedAnswer:
    return UntrustedAnswer(SignatureStep.PROTECTED_HEADER, detail)
