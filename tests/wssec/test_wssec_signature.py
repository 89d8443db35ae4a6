"""One signature over Messaging, Body and every attachment: what holds, and what is refused before it is even tried."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from lxml import etree

from oots.ebms.envelope import read_envelope, write_body, write_envelope, write_messaging
from oots.errors import FailedAuthentication, InvalidHeader, OotsError, PolicyNoncompliance
from oots.spooled import Spooled
from oots.wssec.attachments import Attachment
from oots.wssec.signature import MAX_REFERENCES, MAX_SIGNED_INFO_ELEMENTS, Signed, sign, verify
from oots.xml import DS, canonical
from tests.as4.parties import NOW, AccessPoint, as_stranger
from tests.as4.stranger import (
    CONTENT_SIGNATURE,
    EXC_C14N,
    Identity,
    Letter,
    Sealed,
    reference,
    signature,
    token_reference,
)

PAYLOADS = (
    Sealed(content_id="regrep@oots.eu", content=b"<a/>", mime_type="application/x-ebrs+xml"),
    Sealed(content_id="pdf@oots.eu", content=b"%PDF", mime_type="application/pdf"),
)
ATTACHMENTS = {
    payload.content_id: Attachment(content=Spooled(payload.content), mime_type=payload.wire_type)
    for payload in PAYLOADS
}


@pytest.fixture(scope="session")
def signer(alpha: AccessPoint) -> Identity:
    """Signs with the other stack."""
    return as_stranger(alpha)


@pytest.fixture(scope="session")
def letter(signer: Identity) -> Letter:
    """Is signed in every test; nothing is encrypted here."""
    return Letter(sender=signer, receiver=signer, payloads=PAYLOADS)


def verified(
    document: bytes, signer: Identity, attachments: Mapping[str, Attachment] = ATTACHMENTS, *, covered: bool = True
) -> Signed:
    """Verify, and see what is signed."""
    envelope = read_envelope(document)
    signed = verify(envelope.root, envelope.security, attachments, on_file=[signer.certificate], now=NOW)
    if covered:
        signed.must_cover([envelope.messaging, envelope.body], attachments)
    return signed


def test_what_we_sign_we_verify_as_bytes(alpha: AccessPoint) -> None:
    messaging, body = write_messaging("", suffix="1"), write_body(suffix="1")

    made = sign([body, messaging], ATTACHMENTS, keys=alpha.keys, suffix="1")
    signed = verified(write_envelope(messaging, body, security=made.text), as_stranger(alpha))

    assert signed.references == made.references
    assert [item.uri for item in made.references] == ["#_b-1", "#_m-1", "cid:regrep@oots.eu", "cid:pdf@oots.eu"]


def test_our_token_stands_before_our_signature_and_nothing_has_line_breaks(alpha: AccessPoint) -> None:
    # Domibus wants the layout Strict, and compares digests to the letter.
    messaging, body = write_messaging("", suffix="1"), write_body(suffix="1")
    made = sign([body, messaging], ATTACHMENTS, keys=alpha.keys, suffix="1")
    soap = write_envelope(messaging, body, security=made.text)

    security = read_envelope(soap).security
    assert [etree.QName(child).localname for child in security] == ["BinarySecurityToken", "Signature"]
    assert b"\n" not in soap
    signed_info = next(security.iter(f"{{{DS}}}SignedInfo"))
    assert canonical(signed_info) in soap


def test_what_the_other_stack_signs_we_verify(letter: Letter, signer: Identity) -> None:
    signed = verified(letter.signed(), signer)

    assert [item.uri.partition("_")[0] for item in signed.references] == [
        "#",
        "#",
        "cid:regrep@oots.eu",
        "cid:pdf@oots.eu",
    ]
    assert signed.certificate == signer.certificate


def test_references_may_stand_in_any_order(letter: Letter, signer: Identity) -> None:
    verified(replace(letter, references=tuple(reversed(letter.all_references()))).signed(), signer)


@pytest.mark.parametrize("prefixes", ["env", "env wsse wsu eb zz", "#default env", "#default"])
def test_a_prefix_list_is_honoured(letter: Letter, signer: Identity, prefixes: str) -> None:
    # Nothing here declares a default namespace, so that what libxml2 makes of `#default` is right.
    references = tuple(
        reference(f"#{name}", EXC_C14N, prefixes=prefixes) for name in (letter.body_id, letter.messaging_id)
    )
    prefixed = replace(letter, payloads=(), references=references, prefixes=prefixes)

    verified(prefixed.signed(), signer, {})
    with pytest.raises(FailedAuthentication):
        verified(prefixed.signed().replace(f'PrefixList="{prefixes}"'.encode(), b'PrefixList="wsse"'), signer, {})


def test_values_may_have_line_breaks(letter: Letter, signer: Identity) -> None:
    plain = replace(letter, payloads=())
    broken = plain.signed().replace(b"</ds:SignatureValue>", b"&#13;\n</ds:SignatureValue>")
    wrapped = replace(plain, references=_with_wrapped_digests(plain)).signed()

    verified(broken, signer, {})
    verified(wrapped, signer, {})


def _with_wrapped_digests(letter: Letter) -> tuple[str, ...]:
    digests = [element.text for element in etree.fromstring(letter.signed()).iter(f"{{{DS}}}DigestValue")]
    return tuple(
        reference(f"#{name}", EXC_C14N, digest_value=f"\n {digest[:20]}\n {digest[20:]}&#13;\n")
        for name, digest in zip([letter.body_id, letter.messaging_id], digests, strict=True)
    )


# --- refused ----------------------------------------------------------------------------------------------------------


def altered(old: str, new: str) -> Callable[[bytes], bytes]:
    """Replace something that stands in every signed letter."""

    def alter(document: bytes) -> bytes:
        assert old.encode() in document
        return document.replace(old.encode(), new.encode())

    return alter


REFUSED: dict[str, tuple[Callable[[bytes], bytes], type[OotsError]]] = {
    "another canonical form": (
        altered(
            'CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"',
            'CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"',
        ),
        PolicyNoncompliance,
    ),
    "comments in canonical form": (
        altered(
            'Method Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"',
            'Method Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#WithComments"',
        ),
        PolicyNoncompliance,
    ),
    "rsa-sha1": (altered("2001/04/xmldsig-more#rsa-sha256", "2000/09/xmldsig#rsa-sha1"), PolicyNoncompliance),
    "rsa-sha512": (altered("more#rsa-sha256", "more#rsa-sha512"), PolicyNoncompliance),
    "hmac": (altered("more#rsa-sha256", "more#hmac-sha256"), PolicyNoncompliance),
    "a parameter of the method": (
        altered('rsa-sha256"/>', 'rsa-sha256"><ds:HMACOutputLength>0</ds:HMACOutputLength></ds:SignatureMethod>'),
        PolicyNoncompliance,
    ),
    "sha1": (altered("2001/04/xmlenc#sha256", "2000/09/xmldsig#sha1"), PolicyNoncompliance),
    "an XSLT transform": (
        altered(
            'Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"',
            'Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"',
        ),
        PolicyNoncompliance,
    ),
    "one transform more": (
        altered(
            "<ds:Transforms>",
            '<ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>',
        ),
        PolicyNoncompliance,
    ),
    "no transform": (altered("ds:Transforms>", "ds:Others>"), PolicyNoncompliance),
    "the transform of attachments on an element": (
        altered(
            'Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"',
            f'Transform Algorithm="{CONTENT_SIGNATURE}"',
        ),
        PolicyNoncompliance,
    ),
    "the transform of elements on an attachment": (altered(CONTENT_SIGNATURE, EXC_C14N), PolicyNoncompliance),
    "complete attachments": (
        altered("Content-Signature-Transform", "Complete-Signature-Transform"),
        PolicyNoncompliance,
    ),
    "a reference to nowhere": (altered('URI="cid:pdf@oots.eu"', 'URI=""'), PolicyNoncompliance),
    "a reference without scheme": (altered('URI="cid:pdf@oots.eu"', 'URI="pdf@oots.eu"'), PolicyNoncompliance),
    "a reference abroad": (altered('URI="cid:pdf@oots.eu"', 'URI="https://pdf.example/"'), PolicyNoncompliance),
    "a reference to a file": (altered('URI="cid:pdf@oots.eu"', 'URI="file:///etc/hostname"'), PolicyNoncompliance),
    "an XPointer": (altered('URI="cid:pdf@oots.eu"', "URI=\"#xpointer(id('x'))\""), PolicyNoncompliance),
    "a reference without URI": (altered('URI="cid:pdf@oots.eu"', ""), InvalidHeader),
    "a reference to no attachment of ours": (
        altered('URI="cid:pdf@oots.eu"', 'URI="cid:other@oots.eu"'),
        PolicyNoncompliance,
    ),
    "the same attachment twice": (altered('URI="cid:pdf@oots.eu"', 'URI="cid:regrep@oots.eu"'), PolicyNoncompliance),
    "the same attachment twice, percent-encoded": (
        altered('URI="cid:pdf@oots.eu"', 'URI="cid:%72egrep@oots.eu"'),
        PolicyNoncompliance,
    ),
    "no digest method": (altered("ds:DigestMethod", "ds:Other"), InvalidHeader),
    "no digest": (altered("ds:DigestValue", "ds:Other"), InvalidHeader),
    "no value": (altered("ds:SignatureValue", "ds:Other"), PolicyNoncompliance),
    "a value that is no base64": (altered("<ds:SignatureValue>", "<ds:SignatureValue>é"), PolicyNoncompliance),
    "no key": (altered("ds:KeyInfo", "ds:Other"), PolicyNoncompliance),
    "an object": (altered("</ds:Signature>", "<ds:Object/></ds:Signature>"), PolicyNoncompliance),
    "no SignedInfo": (altered("ds:SignedInfo", "ds:Other"), PolicyNoncompliance),
    "no method": (altered("ds:SignatureMethod", "ds:Other"), PolicyNoncompliance),
    "something else in SignedInfo": (
        altered("</ds:SignedInfo>", "<ds:Manifest/></ds:SignedInfo>"),
        PolicyNoncompliance,
    ),
    "an endless PrefixList": (
        altered('PrefixList="env"', f'PrefixList="{" ".join("p" * n for n in range(1, 102))}"'),
        InvalidHeader,
    ),
    "elements without end in SignedInfo": (
        altered(
            "</ds:DigestValue></ds:Reference></ds:SignedInfo>",
            f"</ds:DigestValue>{'<ds:x/>' * MAX_SIGNED_INFO_ELEMENTS}</ds:Reference></ds:SignedInfo>",
        ),
        PolicyNoncompliance,
    ),
    "one id on two elements": (altered('Id="SIG-1"', 'Id="X509-1"'), PolicyNoncompliance),
    "one id on two elements, spelled differently": (altered('Id="SIG-1"', 'id="X509-1"'), PolicyNoncompliance),
    "one id on two elements, as xml:id": (altered('Id="SIG-1"', 'xml:id="X509-1"'), PolicyNoncompliance),
}


@pytest.mark.parametrize(("alter", "refusal"), REFUSED.values(), ids=REFUSED)
def test_a_signature_with(
    alter: Callable[[bytes], bytes], refusal: type[OotsError], letter: Letter, signer: Identity
) -> None:
    with pytest.raises(refusal):
        verified(alter(letter.signed()), signer)


def test_as_many_references_as_java_takes(letter: Letter, signer: Identity) -> None:
    payloads = tuple(
        Sealed(content_id=f"p{number}@x", content=b"", mime_type="a/b") for number in range(MAX_REFERENCES - 2)
    )
    attachments = {
        payload.content_id: Attachment(content=Spooled(), mime_type=payload.wire_type) for payload in payloads
    }
    full = replace(letter, payloads=payloads)
    one_more = replace(full, references=(*full.all_references(), reference("#SIG-1", EXC_C14N, digest_value="AAAA")))

    assert len(verified(full.signed(), signer, attachments).references) == MAX_REFERENCES
    with pytest.raises(PolicyNoncompliance, match="references"):
        verified(one_more.signed(), signer, attachments)


def test_no_reference_is_no_signature(letter: Letter, signer: Identity) -> None:
    document = letter.signed()
    start, end = document.index(b"<ds:Reference "), document.rindex(b"</ds:Reference>") + len(b"</ds:Reference>")

    with pytest.raises(PolicyNoncompliance, match="0 references"):
        verified(document[:start] + document[end:], signer)


def test_a_second_signature_is_refused_wherever_it_stands(letter: Letter, signer: Identity) -> None:
    document = letter.signed()
    second = signature(letter.all_references(), token_reference("X509-1")).replace("SIG-1", "SIG-2").encode()

    for at in (document.index(b"<wsse:BinarySecurityToken"), document.index(b"</wsse:Security>")):
        with pytest.raises(PolicyNoncompliance, match="2 signatures"):
            verified(document[:at] + second + document[at:], signer)


def test_a_signature_elsewhere_in_the_header_is_none(letter: Letter, signer: Identity) -> None:
    document = letter.signed()
    moved = document.replace(b"<ds:Signature ", b"<wsse:Nested><ds:Signature ")
    moved = moved.replace(b"</ds:Signature>", b"</ds:Signature></wsse:Nested>")

    with pytest.raises(PolicyNoncompliance, match="0 signatures"):
        verified(moved, signer)


# --- see what is signed -----------------------------------------------------------------------------------------------


def covering(letter: Letter, *names: str) -> Letter:
    """Sign other elements than a signature has to cover."""
    return replace(letter, payloads=(), references=tuple(reference(f"#{name}", EXC_C14N) for name in names))


def test_a_signature_that_covers_too_little_or_too_much_is_refused(letter: Letter, signer: Identity) -> None:
    body, messaging = letter.body_id, letter.messaging_id

    for names in ([body], [messaging], [body, messaging, "X509-1"], [body, "X509-1"]):
        with pytest.raises(PolicyNoncompliance, match="does not cover exactly"):
            verified(covering(letter, *names).signed(), signer, {})


def test_the_same_element_twice_is_refused(letter: Letter, signer: Identity) -> None:
    with pytest.raises(PolicyNoncompliance, match="same thing"):
        verified(covering(letter, letter.body_id, letter.messaging_id, letter.messaging_id).signed(), signer, {})


def test_an_attachment_that_is_not_signed_is_refused(letter: Letter, signer: Identity) -> None:
    extra = {**ATTACHMENTS, "more@oots.eu": Attachment(content=Spooled(b"1"), mime_type="a/b")}

    with pytest.raises(PolicyNoncompliance, match="exactly the attachments"):
        verified(letter.signed(), signer, extra)


def test_an_element_that_looks_the_same_is_another_one(letter: Letter, signer: Identity) -> None:
    document = letter.signed()
    envelope, copy = read_envelope(document), read_envelope(document)
    signed = verify(envelope.root, envelope.security, ATTACHMENTS, on_file=[signer.certificate], now=NOW)

    signed.must_cover([envelope.messaging, envelope.body], ATTACHMENTS)
    with pytest.raises(PolicyNoncompliance):
        signed.must_cover([copy.messaging, envelope.body], ATTACHMENTS)


@pytest.mark.parametrize(
    "attachments",
    [
        {**ATTACHMENTS, "pdf@oots.eu": Attachment(content=Spooled(b"%PDG"), mime_type="application/pdf")},
        {**ATTACHMENTS, "pdf@oots.eu": Attachment(content=Spooled(b"%PDF "), mime_type="application/pdf")},
        {**ATTACHMENTS, "pdf@oots.eu": Attachment(content=Spooled(), mime_type="application/pdf")},
        {"regrep@oots.eu": ATTACHMENTS["pdf@oots.eu"], "pdf@oots.eu": ATTACHMENTS["regrep@oots.eu"]},
    ],
    ids=["altered", "longer", "empty", "swapped"],
)
def test_another_attachment_is_not_the_one_that_was_signed(
    attachments: Mapping[str, Attachment], letter: Letter, signer: Identity
) -> None:
    with pytest.raises(FailedAuthentication, match="digest"):
        verified(letter.signed(), signer, attachments)


def test_the_wrong_digest_under_a_good_signature_is_refused(letter: Letter, signer: Identity) -> None:
    wrong = reference(f"#{letter.body_id}", EXC_C14N, digest_value="AAAA" * 10 + "AAA=")

    with pytest.raises(FailedAuthentication, match="digest"):
        verified(replace(letter, references=(wrong, *letter.all_references()[1:])).signed(), signer)


@pytest.mark.parametrize("value", ["é", "AAA", "A!AA", "AA==AA=="])
def test_a_digest_that_is_no_base64_under_a_good_signature_is_refused(
    value: str, letter: Letter, signer: Identity
) -> None:
    wrong = reference(f"#{letter.body_id}", EXC_C14N, digest_value=value)

    with pytest.raises((InvalidHeader, FailedAuthentication)):
        verified(replace(letter, references=(wrong, *letter.all_references()[1:])).signed(), signer)


def test_a_relative_namespace_in_what_was_signed_is_refused(letter: Letter, signer: Identity) -> None:
    document = letter.signed().replace(b"<ds:SignedInfo>", b'<ds:SignedInfo xmlns:r="relative">')

    with pytest.raises(InvalidHeader, match="canonical"):
        verified(document, signer)


def with_namespaces(document: bytes) -> bytes:
    """Declare as many namespaces as the parser lets through, name many of them in the PrefixList, add elements."""
    many = "".join(f' xmlns:p{number}="urn:{number}"' for number in range(900))
    listed = " ".join(f"p{number}" for number in range(99))
    declared = document.replace(b"<env:Envelope ", f"<env:Envelope{many} ".encode())
    named = declared.replace(b'PrefixList="env"', f'PrefixList="env {listed}"'.encode())
    return named.replace(b"</wsse:Security>", b"<wsse:x/>" * 50_000 + b"</wsse:Security>")


def with_ids(document: bytes) -> bytes:
    """Add elements with ids, spelled in two ways."""
    many = "".join(f'<wsse:x Id="a{number}"/><wsse:x id="b{number}"/>' for number in range(20_000))
    return document.replace(b"</wsse:Security>", f"{many}</wsse:Security>".encode())


@pytest.mark.parametrize("swell", [with_namespaces, with_ids])
def test_a_hostile_envelope_is_not_expensive(swell: Callable[[bytes], bytes], letter: Letter, signer: Identity) -> None:
    document = swell(letter.signed()).replace(b"<ds:SignatureValue>", b"<ds:SignatureValue>AAAA")

    start = time.process_time()
    with pytest.raises(FailedAuthentication, match="does not hold"):
        verified(document, signer)
    assert time.process_time() - start < 1
