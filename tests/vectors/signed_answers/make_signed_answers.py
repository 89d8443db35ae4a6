"""
Answers of a directory that are believed, and answers that must be refused: each has one thing wrong.

Where it can be, the signer itself signed what is wrong.  `python -m tests.vectors.signed_answers.make_signed_answers`
writes them; the bytes are the same every time.
"""

import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519

from tests.vectors.signed_answers.signing import (
    BODY,
    Answer,
    Holder,
    Key,
    base64url,
    in_x5c,
    issued,
    p256,
    signature_of,
    thumbprint,
)

FOLDER = Path(__file__).parent

ROOT = issued("Demo Root", p256(11), is_authority=True)
AUTHORITY = issued("Demo Authority", p256(12), ROOT, is_authority=True, path_length=0)
SIGNER = issued("EC-OOTS-CS-DEMO", p256(13), AUTHORITY)
STRANGER_ROOT = issued("Stranger Root", p256(21), is_authority=True)
STRANGER = issued("EC-OOTS-CS-DEMO", p256(22), STRANGER_ROOT)

GOOD = Answer(signer=SIGNER, chain=(SIGNER, AUTHORITY, ROOT), roots=(ROOT,))


@dataclass(frozen=True, kw_only=True)
class Vector:
    """What it is in one sentence, what is expected, and its files."""

    what: str
    expected: str
    answer: Answer


def by(holder: Holder, *, alg: str = "ES256", chain: tuple[Holder, ...] = (AUTHORITY, ROOT)) -> Answer:
    """Give the answer as another signer makes it."""
    return GOOD.but(signer=holder, chain=(holder, *chain), alg=alg)


def signed_as_der(key: Key, octets: bytes) -> bytes:
    """Sign as certificates are signed."""
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key.sign(octets, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))


def one_bit_off(key: Key, octets: bytes) -> bytes:
    """Sign, and flip the last bit."""
    made = signature_of(key, octets)
    return made[:-1] + bytes((made[-1] ^ 1,))


def one_octet_more(key: Key, octets: bytes) -> bytes:
    """Sign, and put a zero before the second number: the same numbers in other octets."""
    made = signature_of(key, octets)
    return made[:32] + b"\0" + made[32:]


def gzipped(octets: bytes) -> bytes:
    """Give a gzip file with the octets as they are: what a compressor makes of them differs between its versions."""
    size = len(octets)
    block = struct.pack("<BHH", 1, size, size ^ 0xFFFF) + octets
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + block + struct.pack("<II", zlib.crc32(octets), size)


Add = Callable[[str, str, str, Answer], None]


def _believed(add: Add) -> None:
    add("es256", "believed", "As the Commission's instance signs: P-256, three certificates.", GOOD)
    ed = issued("Demo Ed25519", ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32))), AUTHORITY)
    add("eddsa-ed25519", "believed", "The algorithm that chapter 3.6.2 would rather see.", by(ed, alg="EdDSA"))
    longer = issued("Demo Ed448", ed448.Ed448PrivateKey.from_private_bytes(bytes(range(57))), AUTHORITY)
    add("eddsa-ed448", "believed", "EdDSA on the longer curve.", by(longer, alg="EdDSA"))
    add("sha-512-digest", "believed", "The digest is by SHA-512.", GOOD.but(digest_name="SHA-512"))
    add(
        "names-in-other-case",
        "believed",
        "Header fields and the algorithm of the digest are in other letters; the value is signed as it is sent.",
        GOOD.but(
            digest_name="sha-256",
            fields="Digest: {}\nOOTS-Response-Sig: {}\n".format,
        ),
    )
    add("no-iat", "believed", "Nothing says when it was signed.", GOOD.saying(iat=None))
    add("iat-later", "believed", "It was signed after the time that is asked for.", GOOD.saying(iat=1_800_000_000))
    add("no-thumbprint", "believed", "x5t#o is missing.", GOOD.saying(**{"x5t#o": None}))
    add("unknown-member", "believed", "A member that nobody knows, and that is not critical.", GOOD.saying(note="-"))
    add("16-kib", "believed", "The signature field has 16 KiB.", GOOD.saying(note="-" * 8_300))
    add("32-kib", "believed", "The signature field has 32 KiB.", GOOD.saying(note="-" * 20_600))
    add("root-not-sent", "believed", "The root is not in x5c.", GOOD.but(chain=(SIGNER, AUTHORITY)))
    add("signer-is-pinned", "believed", "The certificate itself is trusted.", by(SIGNER, chain=()).but(roots=(SIGNER,)))
    bare = issued("No Usage", p256(14), AUTHORITY, usage="unsaid")
    add("no-key-usage", "believed", "The certificate says nothing about its use.", by(bare))


def _headers(add: Add) -> None:
    add("no-digest", "headers", "There is no digest.", GOOD.but(fields="x: {}\noots-response-sig: {}\n".format))
    add("no-signature", "headers", "There is no signature.", GOOD.but(fields="digest: {}\nx: {}\n".format))
    add("70-kib", "headers", "The signature field is longer than any that is needed.", GOOD.saying(note="-" * 52_000))


def _digest(add: Add) -> None:
    add("other-body", "digest", "The body of another answer.", GOOD.but(sent_body=BODY.replace(b"/>", b" />")))
    add("truncated-body", "digest", "The last byte is missing.", GOOD.but(sent_body=BODY[:-1]))
    add("empty-body", "digest", "There is no body.", GOOD.but(sent_body=b""))
    add("other-line-ends", "digest", "A proxy changed the line ends.", GOOD.but(sent_body=BODY.replace(b"\n", b"\r\n")))
    add("byte-order-mark", "digest", "A proxy put a byte order mark first.", GOOD.but(sent_body=b"\xef\xbb\xbf" + BODY))
    add("recompressed", "digest", "A proxy compressed the body.", GOOD.but(sent_body=gzipped(BODY)))
    add("sha-1-digest", "digest", "The digest is by SHA-1.", GOOD.but(digest_name="SHA-1"))
    two = "digest: {0}, {0}\noots-response-sig: {1}\n".format
    add("two-digests", "digest", "The field lists two digests.", GOOD.but(fields=two))
    add(
        "unpadded-digest",
        "digest",
        "The digest lacks its padding.",
        GOOD.but(fields=lambda digest, sig: f"digest: {digest.rstrip('=')}\noots-response-sig: {sig}\n"),
    )


def _serialisation(add: Add) -> None:
    payload = base64url(b"digest: x")
    with_payload = GOOD.but(serialised=lambda made: made.replace("..", f".{payload}."))
    add("payload-inside", "serialisation", "The payload is not detached.", with_payload)
    add("two-parts", "serialisation", "One dot only.", GOOD.but(serialised=lambda made: made.replace("..", ".")))
    add("four-parts", "serialisation", "A dot too many.", GOOD.but(serialised=lambda made: made + "."))
    add("padded", "serialisation", "base64url with padding.", GOOD.but(serialised=lambda made: made + "=="))
    add(
        "blank-inside",
        "serialisation",
        "A blank in the header.",
        GOOD.but(serialised=lambda made: made[:9] + " " + made[9:]),
    )


def _protected_header(add: Add) -> None:
    add("not-json", "protected-header", "The header is no JSON.", GOOD.but(protected=b"{"))
    add("not-an-object", "protected-header", "The header is a list.", GOOD.but(protected=b"[]"))
    add("not-utf-8", "protected-header", "The header is not UTF-8.", GOOD.but(protected=b'{"alg":"\xff"}'))
    add("deeply-nested", "protected-header", "The header is nested 20,000 deep.", GOOD.but(protected=b"[" * 20_000))
    twice = GOOD.header().replace(b'"alg"', b'"alg": "none", "alg"', 1)
    add("member-twice", "protected-header", "alg stands twice.", GOOD.but(protected=twice))
    add("no-alg", "protected-header", "alg is missing.", GOOD.saying(alg=None))
    add("b64-true", "protected-header", "The payload would be encoded.", GOOD.saying(b64=True))
    add("b64-zero", "protected-header", "b64 is 0, which is not false.", GOOD.saying(b64=0))
    add("no-b64", "protected-header", "b64 is missing.", GOOD.saying(b64=None))
    add("no-crit", "protected-header", "crit is missing.", GOOD.saying(crit=None))
    add("crit-without-sigd", "protected-header", "crit does not list sigD.", GOOD.saying(crit=["b64"]))
    add("crit-without-b64", "protected-header", "crit does not list b64.", GOOD.saying(crit=["sigD"]))
    add(
        "crit-unknown",
        "protected-header",
        "A critical member that nobody knows.",
        GOOD.saying(crit=["b64", "sigD", "exp"], exp=1),
    )
    add("crit-twice", "protected-header", "crit lists a member twice.", GOOD.saying(crit=["b64", "b64", "sigD"]))
    add("crit-text", "protected-header", "crit is a text.", GOOD.saying(crit="b64 sigD"))
    mechanism = "http://uri.etsi.org/19182/HttpHeaders"
    add("no-sigd", "protected-header", "sigD is missing.", GOOD.saying(sigD=None))
    add(
        "sigd-other-mechanism",
        "protected-header",
        "Another mechanism.",
        GOOD.saying(sigD={"mId": mechanism + "/", "pars": ["digest"]}),
    )
    add(
        "sigd-other-field",
        "protected-header",
        "Another field.",
        GOOD.saying(sigD={"mId": mechanism, "pars": ["content-type"]}),
    )
    add(
        "sigd-two-fields",
        "protected-header",
        "Two fields.",
        GOOD.saying(sigD={"mId": mechanism, "pars": ["digest", "date"]}),
    )
    add(
        "sigd-upper-case",
        "protected-header",
        "The field in upper case.",
        GOOD.saying(sigD={"mId": mechanism, "pars": ["Digest"]}),
    )
    add("iat-text", "protected-header", "iat is a text.", GOOD.saying(iat="2026-11-23"))
    add("iat-true", "protected-header", "iat is true.", GOOD.saying(iat=True))
    add("iat-beyond-calendars", "protected-header", "iat is in no calendar.", GOOD.saying(iat=10**18))


def _certificate(add: Add) -> None:
    add("no-x5c", "certificate", "x5c is missing.", GOOD.saying(x5c=None))
    add("x5c-empty", "certificate", "x5c is empty.", GOOD.saying(x5c=[]))
    add("x5c-not-base64", "certificate", "x5c is base64url.", GOOD.saying(x5c=["_-_-"]))
    add("x5c-no-certificate", "certificate", "x5c holds no certificate.", GOOD.saying(x5c=["MAA="]))
    add("x5c-number", "certificate", "x5c holds a number.", GOOD.saying(x5c=[1]))
    add("x5c-many", "certificate", "Nine certificates.", GOOD.saying(x5c=in_x5c(*[SIGNER.certificate] * 9)))
    other = thumbprint(AUTHORITY.certificate)
    add("thumbprint-of-another", "certificate", "x5t#o is of another certificate.", GOOD.saying(**{"x5t#o": other}))
    weak = {"digAlg": "S1", "digVal": "-"}
    add("thumbprint-by-sha-1", "certificate", "x5t#o is by SHA-1.", GOOD.saying(**{"x5t#o": weak}))
    agrees = issued("Key Agreement", p256(15), AUTHORITY, usage="key_agreement")
    add("key-usage", "certificate", "The key is not for signatures.", by(agrees))


def _path(add: Add) -> None:
    add("stranger", "path", "Somebody else's chain, with their root.", by(STRANGER, chain=(STRANGER_ROOT,)))
    add("stranger-with-our-root", "path", "Somebody else's certificate, with our root.", by(STRANGER, chain=(ROOT,)))
    add("authority-not-sent", "path", "The authority between is missing.", by(SIGNER, chain=(ROOT,)))
    add("root-of-another", "path", "We trust another root.", GOOD.but(roots=(STRANGER_ROOT,)))
    below = issued("Below The Signer", p256(16), SIGNER)
    add("issued-by-the-signer", "path", "Issued by the signer.", by(below, chain=(SIGNER, AUTHORITY, ROOT)))
    second = issued("Second Authority", p256(17), AUTHORITY, is_authority=True)
    far = issued("Too Far", p256(18), second)
    add("path-too-long", "path", "The authority may issue no authorities.", by(far, chain=(second, AUTHORITY, ROOT)))
    old = issued("Expired", p256(19), AUTHORITY, last=datetime(2026, 11, 23, 7, 30, tzinfo=UTC))
    add("expired", "path", "The certificate ended between signing and receiving.", by(old))
    new = issued("New", p256(20), AUTHORITY, first=datetime(2026, 11, 23, 7, 30, tzinfo=UTC))
    add("signed-before-it-began", "path", "The certificate began after it was signed with.", by(new))
    past = issued("Past Authority", p256(23), ROOT, is_authority=True, last=datetime(2026, 11, 1, tzinfo=UTC))
    under_past = issued("Under Past", p256(24), past)
    signs = issued("Signs Answers", p256(26), ROOT, is_authority=True, usage="digital_signature")
    under_signs = issued("Under Signs", p256(27), signs)
    issuing = by(under_signs, chain=(signs, ROOT))
    add("issuer-may-not-issue", "path", "The key of the authority between is not for certificates.", issuing)
    add("authority-expired", "path", "The authority between has ended.", by(under_past, chain=(past, ROOT)))


def _algorithm(add: Add) -> None:
    add("alg-none", "algorithm", "alg is none.", GOOD.saying(alg="none").but(signature=lambda *_: b""))
    add("alg-hs256", "algorithm", "alg is HS256.", GOOD.saying(alg="HS256"))
    add("alg-es384", "algorithm", "alg is ES384.", GOOD.saying(alg="ES384"))
    add("alg-of-another-key", "algorithm", "alg is EdDSA, the key is on P-256.", GOOD.saying(alg="EdDSA"))
    p384 = issued("P-384", ec.derive_private_key(25, ec.SECP384R1()), AUTHORITY)
    add("es256-on-p384", "algorithm", "alg is ES256, the key is on P-384.", by(p384))


def _signature(add: Add) -> None:
    add("one-bit-off", "signature", "One bit of the signature is another.", GOOD.but(signature=one_bit_off))
    add("signature-empty", "signature", "The signature is empty.", GOOD.but(signature=lambda *_: b""))
    add("signature-zero", "signature", "The signature is 64 zeros.", GOOD.but(signature=lambda *_: bytes(64)))
    add("signature-as-der", "signature", "The signature is as in certificates.", GOOD.but(signature=signed_as_der))
    more = GOOD.but(signature=one_octet_more)
    add("signature-of-65-octets", "signature", "The second number of the signature has a zero in front.", more)
    add("other-key", "signature", "Signed with the key of a stranger.", GOOD.but(signer=STRANGER))
    add("changed-kid", "signature", "kid was changed.", GOOD.changed(kid="AA=="))
    add("changed-typ", "signature", "typ was changed.", GOOD.changed(typ="JWT"))
    add("changed-iat", "signature", "iat was changed.", GOOD.changed(iat=1_790_000_001))
    shorter = in_x5c(SIGNER.certificate, AUTHORITY.certificate)
    add("changed-x5c", "signature", "The root was taken out of x5c.", GOOD.changed(x5c=shorter))
    add(
        "changed-thumbprint",
        "certificate",
        "x5t#o was changed.",
        GOOD.changed(**{"x5t#o": thumbprint(ROOT.certificate)}),
    )
    add("changed-alg", "algorithm", "alg was changed.", GOOD.changed(alg="ES512"))
    add("changed-b64", "protected-header", "b64 was changed.", GOOD.changed(b64=True))
    add("changed-sigd", "protected-header", "sigD was changed.", GOOD.changed(sigD={}))
    add("changed-crit", "protected-header", "crit was changed.", GOOD.changed(crit=[]))
    no_blank = GOOD.but(payload=lambda digest: f"digest:{digest}".encode())
    add("signed-without-blank", "signature", "Signed was the field without the blank.", no_blank)
    add("signed-value-only", "signature", "Signed was the value.", GOOD.but(payload=str.encode))
    with_end = GOOD.but(payload=lambda digest: f"digest: {digest}\n".encode())
    add("signed-with-line-end", "signature", "Signed was the field with a line end.", with_end)
    encoded = GOOD.but(payload=lambda digest: base64url(f"digest: {digest}".encode()).encode())
    add("signed-encoded", "signature", "Signed was the field in base64url, as if b64 were true.", encoded)
    add("signed-body", "signature", "Signed was the body.", GOOD.but(payload=lambda _: BODY))


def vectors() -> Mapping[str, Vector]:
    """Give all by their names."""
    found: dict[str, Vector] = {}

    def add(name: str, expected: str, what: str, answer: Answer) -> None:
        assert name not in found
        found[name] = Vector(what=what, expected=expected, answer=answer)

    for section in (
        _believed,
        _headers,
        _digest,
        _serialisation,
        _protected_header,
        _certificate,
        _path,
        _algorithm,
        _signature,
    ):
        section(add)
    return found


def main() -> None:
    """Write the folders."""
    for name, vector in vectors().items():
        folder = FOLDER / name
        folder.mkdir(exist_ok=True)
        texts = {"README": f"{vector.what}\n".encode(), "expected": f"{vector.expected}\n".encode()}
        for file, content in (vector.answer.files() | texts).items():
            (folder / file).write_bytes(content)


if __name__ == "__main__":
    main()
