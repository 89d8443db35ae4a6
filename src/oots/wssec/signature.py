"""
Signing an envelope with its attachments, and verifying one (as4.md 3.2; XML Signature 1.1; SwA profile 1.1).

*See what is signed*: `verify` gives back the very elements and attachments that the references point to; whoever reads
anything else of the envelope reads what nobody signed.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast
from urllib.parse import unquote

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from lxml import etree

from oots.canonical_text import CanonicalElement, leaf
from oots.dsig import EXC_C14N, SHA256, Reference, Transform, read_reference, read_transform, write_reference
from oots.errors import FailedAuthentication, InvalidHeader, MalformedXml, PolicyNoncompliance
from oots.wssec.algorithms import ATTACHMENT_CONTENT_SIGNATURE, RSA_SHA256
from oots.wssec.attachments import Attachment, digest
from oots.wssec.keys import OwnKeys, check_signing_certificate, rsa_public_key
from oots.wssec.tokens import resolve, write_token, write_token_reference
from oots.xml import DS, WSU, Element, canonical

MAX_REFERENCES: Final = 30
"""Java peers accept no more (Santuario's secure validation)."""
MAX_SIGNED_INFO_ELEMENTS: Final = 4 + 6 * MAX_REFERENCES
"""`ds:SignedInfo` is canonicalised before its signer is known: no more elements than the profile needs."""

_SIGNATURE: Final = f"{{{DS}}}Signature"
_SIGNED_INFO: Final = f"{{{DS}}}SignedInfo"
# Not one query with `|`: libxml2 looks for duplicates in quadratic time, and has a hostile megabyte to do it in.
_id_attributes = tuple(
    etree.XPath(f"//@{name}", namespaces={"wsu": WSU}) for name in ("wsu:Id", "Id", "ID", "id", "xml:id")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What one valid signature covers, and whose it is."""

    elements: tuple[Element, ...]
    content_ids: frozenset[str]
    references: tuple[Reference, ...]
    certificate: x509.Certificate

    def must_cover(self, elements: Sequence[Element], content_ids: Iterable[str]) -> None:
        """
        Raise `PolicyNoncompliance` unless exactly these elements and attachments were signed.

        Elements are compared by identity: one that looks the same, elsewhere in the envelope, is another.
        """
        if len(self.elements) != len(elements) or any(
            found is not expected
            for found, expected in zip(sorted(self.elements, key=id), sorted(elements, key=id), strict=True)
        ):
            raise PolicyNoncompliance("the signature does not cover exactly eb:Messaging and the SOAP Body")
        if self.content_ids != frozenset(content_ids):
            raise PolicyNoncompliance("the signature does not cover exactly the attachments of the message")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A signature as the content of `wsse:Security`, and what a receipt has to repeat."""

    text: str
    references: tuple[Reference, ...]


def sign(
    elements: Sequence[CanonicalElement], attachments: Mapping[str, Attachment], *, keys: OwnKeys, suffix: str
) -> Signature:
    """Sign `elements` and `attachments`: a token with our certificate, and the signature that points at it."""
    references = (
        *(_reference(f"#{item.id}", EXC_C14N, hashlib.sha256(item.text.encode()).digest()) for item in elements),
        *(
            _reference(f"cid:{content_id}", ATTACHMENT_CONTENT_SIGNATURE, digest(attachment))
            for content_id, attachment in attachments.items()
        ),
    )
    methods = (
        f'<ds:CanonicalizationMethod Algorithm="{EXC_C14N}"></ds:CanonicalizationMethod>'
        f'<ds:SignatureMethod Algorithm="{RSA_SHA256}"></ds:SignatureMethod>'
    )
    listed = "".join([write_reference(reference, declares=False) for reference in references])
    signed_info = f'<ds:SignedInfo xmlns:ds="{DS}">{methods}{listed}</ds:SignedInfo>'
    value = keys.private_key.sign(signed_info.encode(), padding.PKCS1v15(), hashes.SHA256())
    token_id = f"X509-{suffix}"
    content = signed_info + leaf("ds:SignatureValue", base64.b64encode(value).decode("ascii"))
    signature = (
        f'<ds:Signature xmlns:ds="{DS}" Id="SIG-{suffix}">{content}{write_token_reference(token_id)}</ds:Signature>'
    )
    return Signature(text=write_token(keys.certificate, token_id) + signature, references=references)


def verify(
    root: Element,
    security: Element,
    attachments: Mapping[str, Attachment],
    *,
    on_file: Sequence[x509.Certificate],
    now: datetime,
) -> Signed:
    """
    Verify the one signature of an envelope against the certificates on file for its sender.

    Raises `PolicyNoncompliance` when it is missing or made otherwise than the profile says, `FailedAuthentication` when
    it does not hold.  What it covers is for the caller to compare with what it means to use (`Signed.must_cover`).
    """
    # (1) Exactly one signature; its shape and algorithms, before any cryptography.
    signature = _only_signature(security)
    signed_info, value, key_info = _parts_of(signature)
    prefixes = _check_methods(signed_info)
    references = tuple(map(read_reference, signed_info.iterchildren(f"{{{DS}}}Reference")))
    if not 1 <= len(references) <= MAX_REFERENCES:
        raise PolicyNoncompliance(f"the signature has {len(references)} references, expected 1 to {MAX_REFERENCES}")

    # (2) Every reference points at exactly one thing, and no two at the same.
    ids = _ids(root)
    elements = [_resolve_element(reference, ids) for reference in references if reference.uri.startswith("#")]
    content_ids = [_resolve_attachment(item, attachments) for item in references if not item.uri.startswith("#")]
    if len({id(element) for element in elements}) != len(elements) or len(set(content_ids)) != len(content_ids):
        raise PolicyNoncompliance("two references of the signature point at the same thing")

    # (3) The certificate: one on file, valid, meant for signatures.
    certificate = resolve(key_info, lambda name: _by_id(ids, name), on_file)
    check_signing_certificate(certificate, now=now)

    # (4) The signature over SignedInfo, then each digest in it.
    _check_value(certificate, _canonical(signed_info, prefixes), _decode(value))
    in_order = iter(elements)
    for reference in references:
        if reference.uri.startswith("#"):
            found = _element_digest(next(in_order), reference.transforms[0].prefixes)
        else:
            found = digest(attachments[unquote(reference.uri.removeprefix("cid:"))])
        if not hmac.compare_digest(found, reference.digest):
            raise FailedAuthentication(f"the digest of {reference.uri[:200]!r} is not the one that was signed")

    return Signed(
        elements=tuple(elements), content_ids=frozenset(content_ids), references=references, certificate=certificate
    )


def _reference(uri: str, transform: str, value: bytes) -> Reference:
    return Reference(
        uri=uri,
        transforms=(Transform(algorithm=transform),),
        digest_method=SHA256,
        digest_value=base64.b64encode(value).decode("ascii"),
    )


def _element_digest(element: Element, prefixes: Sequence[str] = ()) -> bytes:
    return hashlib.sha256(_canonical(element, prefixes)).digest()


def _canonical(element: Element, prefixes: Sequence[str]) -> bytes:
    try:
        return canonical(element, prefixes)
    except MalformedXml as error:
        raise InvalidHeader("a signed element has no canonical form") from error


def _only_signature(security: Element) -> Element:
    signatures = list(security.iterchildren(_SIGNATURE))
    if len(signatures) != 1:
        raise PolicyNoncompliance(f"the message has {len(signatures)} signatures, exactly one is expected")
    return signatures[0]


def _parts_of(signature: Element) -> tuple[Element, Element, Element]:
    children = list(signature.iterchildren("*"))
    if [child.tag for child in children] != [_SIGNED_INFO, f"{{{DS}}}SignatureValue", f"{{{DS}}}KeyInfo"]:
        raise PolicyNoncompliance("ds:Signature has other children than SignedInfo, SignatureValue and KeyInfo")
    return children[0], children[1], children[2]


def _check_methods(signed_info: Element) -> tuple[str, ...]:
    children = list(signed_info.iterchildren("*"))
    expected = [f"{{{DS}}}CanonicalizationMethod", f"{{{DS}}}SignatureMethod"]
    if [child.tag for child in children[:2]] != expected or any(
        child.tag != f"{{{DS}}}Reference" for child in children[2:]
    ):
        raise PolicyNoncompliance("ds:SignedInfo has other children than the profile allows")
    if sum(1 for _ in signed_info.iter("*")) > MAX_SIGNED_INFO_ELEMENTS:
        raise PolicyNoncompliance(f"ds:SignedInfo has more than {MAX_SIGNED_INFO_ELEMENTS} elements")
    canonicalization = read_transform(children[0])
    if canonicalization.algorithm != EXC_C14N:
        raise PolicyNoncompliance("the canonicalization method is not exclusive C14N")
    if children[1].get("Algorithm") != RSA_SHA256 or len(children[1]):
        raise PolicyNoncompliance("the signature method is not rsa-sha256")
    return canonicalization.prefixes


def _ids(root: Element) -> dict[str, Element]:
    ids: dict[str, Element] = {}
    for find in _id_attributes:
        for value in cast("list[etree._ElementUnicodeResult]", find(root)):  # noqa: SLF001  lxml has no other name
            element = cast("Element", value.getparent())
            if ids.setdefault(str(value), element) is not element:
                raise PolicyNoncompliance("two elements of the envelope have the same id")
    return ids


def _by_id(ids: Mapping[str, Element], name: str) -> Element:
    element = ids.get(name)
    if element is None:
        raise PolicyNoncompliance("a reference points at an id that is not in the envelope")
    return element


def _check_transform(reference: Reference, algorithm: str) -> None:
    if [transform.algorithm for transform in reference.transforms] != [algorithm]:
        raise PolicyNoncompliance(f"reference {reference.uri[:200]!r} does not have the one transform of the profile")
    if reference.digest_method != SHA256:
        raise PolicyNoncompliance(f"the digest method of reference {reference.uri[:200]!r} is not SHA-256")


def _resolve_element(reference: Reference, ids: Mapping[str, Element]) -> Element:
    _check_transform(reference, EXC_C14N)
    return _by_id(ids, reference.uri.removeprefix("#"))


def _resolve_attachment(reference: Reference, attachments: Mapping[str, Attachment]) -> str:
    if not reference.uri.startswith("cid:"):
        raise PolicyNoncompliance("a reference of the signature points neither into the envelope nor at an attachment")
    _check_transform(reference, ATTACHMENT_CONTENT_SIGNATURE)
    content_id = unquote(reference.uri.removeprefix("cid:"))
    if content_id not in attachments:
        raise PolicyNoncompliance(f"reference {reference.uri[:200]!r} points at no attachment of the message")
    return content_id


def _decode(element: Element) -> bytes:
    try:
        return base64.b64decode("".join((element.text or "").split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise PolicyNoncompliance("ds:SignatureValue is no base64") from error


def _check_value(certificate: x509.Certificate, octets: bytes, value: bytes) -> None:
    try:
        rsa_public_key(certificate).verify(value, octets, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature as error:
        raise FailedAuthentication("the signature does not hold") from error
