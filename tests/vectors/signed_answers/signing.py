"""
An answer of a directory with its two header fields, made piece by piece, so that each can be wrong on its own.

The keys are made of numbers that anybody can write down, and are good for nothing else.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

SIGNED_AT = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
BODY = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    b'<query:QueryResponse xmlns:query="urn:oasis:names:tc:ebxml-regrep:xsd:query:4.0"/>\n'
)
Key = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey


def p256(number: int) -> ec.EllipticCurvePrivateKey:
    """Give a key on P-256."""
    return ec.derive_private_key(number, ec.SECP256R1())


@dataclass(frozen=True, kw_only=True)
class Holder:
    """A key with its certificate."""

    key: Key
    certificate: x509.Certificate


def issued(
    name: str,
    key: Key,
    issuer: Holder | None = None,
    *,
    is_authority: bool = False,
    path_length: int | None = None,
    first: datetime = datetime(2026, 1, 1, tzinfo=UTC),
    last: datetime = datetime(2036, 1, 1, tzinfo=UTC),
    usage: str | None = None,
) -> Holder:
    """Issue a certificate that is the same in every run; without issuer it signs itself."""
    subject = _name(name)
    signing = key if issuer is None else issuer.key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") >> 1)
        .not_valid_before(first)
        .not_valid_after(last)
    )
    if is_authority:
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
    usage = usage or ("key_cert_sign" if is_authority else "digital_signature")
    if usage != "unsaid":
        builder = builder.add_extension(_usage(usage), critical=True)
    if isinstance(signing, ec.EllipticCurvePrivateKey):
        return Holder(key=key, certificate=builder.sign(signing, hashes.SHA256(), ecdsa_deterministic=True))
    return Holder(key=key, certificate=builder.sign(signing, None))


def _name(name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, name),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "OOTS"),
        ]
    )


def _usage(allowed: str) -> x509.KeyUsage:
    names = (
        "digital_signature content_commitment key_encipherment data_encipherment key_agreement key_cert_sign"
        " crl_sign encipher_only decipher_only"
    )
    return x509.KeyUsage(**{name: name == allowed for name in names.split()})


def base64url(octets: bytes) -> str:
    """Encode without padding."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def der(certificate: x509.Certificate) -> bytes:
    """Give a certificate as it stands in `x5c`."""
    return certificate.public_bytes(Encoding.DER)


def in_x5c(*certificates: x509.Certificate) -> list[str]:
    """Give certificates as `x5c` has them."""
    return [base64.b64encode(der(certificate)).decode() for certificate in certificates]


def thumbprint(certificate: x509.Certificate) -> dict[str, str]:
    """Give `x5t#o`."""
    return {"digAlg": "S512", "digVal": base64url(hashlib.sha512(der(certificate)).digest())}


def signature_of(key: Key, octets: bytes) -> bytes:
    """Sign as JOSE has it, with the hash of the curve."""
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(octets)
    size = (key.curve.key_size + 7) // 8
    by = hashes.SHA256() if size == 32 else hashes.SHA384()
    r, s = decode_dss_signature(key.sign(octets, ec.ECDSA(by, deterministic_signing=True)))
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def as_signed_line(digest: str) -> bytes:
    """Give what is signed beside the header."""
    return f"digest: {digest}".encode()


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is signed, and with what; each piece as its sender should have it unless it is replaced."""

    signer: Holder
    chain: tuple[Holder, ...]
    """What stands in `x5c`."""
    roots: tuple[Holder, ...]
    """What the receiver trusts."""
    alg: str = "ES256"
    signed_body: bytes = BODY
    sent_body: bytes | None = None
    digest_name: str = "SHA-256"
    members: Mapping[str, Any] | None = None
    """Members of the protected header that are others than they should be; `None` leaves one out."""
    protected: bytes | None = None
    """The whole protected header."""
    payload: Callable[[str], bytes] = as_signed_line
    signature: Callable[[Key, bytes], bytes] = signature_of
    serialised: Callable[[str], str] = str
    """What is done to the finished `oots-response-sig`."""
    fields: Callable[[str, str], str] = "digest: {}\noots-response-sig: {}\n".format

    def header(self) -> bytes:
        """Give the protected header."""
        if self.protected is not None:
            return self.protected
        certificates = [holder.certificate for holder in self.chain]
        members: dict[str, Any] = {
            "alg": self.alg,
            "kid": "MCEwG6QZMBcxFTATBgNVBAMMDE9PVFMgZGVtbyBDUwICEJI=",
            "x5t#o": thumbprint(certificates[0]),
            "x5c": in_x5c(*certificates),
            "typ": "jose",
            "b64": False,
            "iat": int(SIGNED_AT.timestamp()),
            "sigD": {"mId": "http://uri.etsi.org/19182/HttpHeaders", "pars": ["digest"]},
            "crit": ["b64", "sigD"],
        }
        members |= self.members or {}
        return json.dumps({name: value for name, value in members.items() if value is not None}).encode()

    def digest(self) -> str:
        """Give the value of the header field."""
        octets = hashlib.new(self.digest_name.replace("-", ""), self.signed_body).digest()
        return f"{self.digest_name}={base64.b64encode(octets).decode()}"

    def files(self) -> dict[str, bytes]:
        """Give what lies in the folder."""
        digest, protected = self.digest(), base64url(self.header())
        octets = self.signature(self.signer.key, protected.encode() + b"." + self.payload(digest))
        signature = self.serialised(f"{protected}..{base64url(octets)}")
        return {
            "body.xml": self.signed_body if self.sent_body is None else self.sent_body,
            "headers.txt": self.fields(digest, signature).encode(),
            "trust.pem": b"".join(root.certificate.public_bytes(Encoding.PEM) for root in self.roots),
        }

    def but(self, **changes: Any) -> "Answer":
        """Give the answer with other pieces."""
        return replace(self, **changes)

    def saying(self, **members: Any) -> "Answer":
        """Give the answer with other members of the header, and signed like that."""
        return replace(self, members={**(self.members or {}), **members})

    def changed(self, **members: Any) -> "Answer":
        """Give the answer with members of its header changed after it was signed."""
        altered = base64url(self.saying(**members).header())
        return replace(self, serialised=lambda finished: f"{altered}.{finished.partition('.')[2]}")
