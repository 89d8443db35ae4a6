"""
Ways to change a message that would be accepted: in its XML, in its parts, or in what its sender signs.
"""

import gzip
import hashlib
import io
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from lxml import etree

from tests.as4.stranger import (
    CONTENT_SIGNATURE,
    DS,
    EB,
    EXC_C14N,
    S12,
    WSSE,
    WSU,
    Letter,
    Sealed,
    base64_of,
    multipart,
    reference,
    sign,
    token,
    token_reference,
    user_message,
)
from tests.as4.vectors import identity

REGREP: Final = Sealed(
    content_id="regrep@oots.eu",
    content=b"<query:QueryResponse xmlns:query='urn:oasis:names:tc:ebxml-regrep:xsd:query:4.0'/>",
    mime_type="application/x-ebrs+xml",
)
PDF: Final = Sealed(content_id="evidence@oots.eu", content=b"%PDF-1.4\n%%EOF\n", mime_type="application/pdf")
LETTER: Final = Letter(sender=identity("sender"), receiver=identity("receiver"), payloads=(REGREP, PDF))
FORGED: Final = replace(LETTER, message_id="33333333-3333-11f1-8333-333333333333@domibus.eu")
"""Says what its author wants, and is signed by nobody."""

Message = tuple[str, bytes]


def enveloped(envelope: bytes, letter: Letter = LETTER) -> Message:
    """Give the parts of a letter under another envelope."""
    return multipart(envelope, letter.parts())


def rewritten(old: str, new: str, letter: Letter = LETTER) -> Message:
    """Replace text in a signed envelope."""
    envelope = letter.envelope()
    assert old.encode() in envelope
    return enveloped(envelope.replace(old.encode(), new.encode()), letter)


def rearranged(change: Callable[[etree._Element], None]) -> Message:
    """Move elements of a signed envelope about."""
    root = etree.fromstring(LETTER.envelope())
    change(root)
    return enveloped(etree.tostring(root))


def blocks(root: etree._Element) -> tuple[etree._Element, etree._Element, etree._Element, etree._Element]:
    """Give Header, Messaging, Security and Body."""
    header, body = root
    return header, header[0], header[1], body


def forged_messaging(name: str) -> etree._Element:
    """Make an `eb:Messaging` that nobody signed."""
    text = (
        f'<eb:Messaging xmlns:eb="{EB}" xmlns:env="{S12}" xmlns:wsu="{WSU}" env:mustUnderstand="true" wsu:Id="{name}">'
        f"{user_message(FORGED)}</eb:Messaging>"
    )
    return etree.fromstring(text)


def kept_in(holder: Callable[[etree._Element], etree._Element], *, name: str) -> Message:
    """Put a forged Messaging in the place of the signed one, which is kept in `holder` for the reference to find."""

    def change(root: etree._Element) -> None:
        header, messaging, _, _ = blocks(root)
        holder(root).append(messaging)
        header.insert(0, forged_messaging(name))

    return rearranged(change)


def wrapper(root: etree._Element) -> etree._Element:
    """Add a header block that nobody has to understand."""
    return etree.SubElement(root[0], "{urn:example:wrapper}Wrapper")


def in_object(root: etree._Element) -> etree._Element:
    """Add a `ds:Object` to the signature."""
    found = root.find(f".//{{{DS}}}Signature")
    assert found is not None
    return etree.SubElement(found, f"{{{DS}}}Object")


def with_body_wrapped(root: etree._Element) -> None:
    """Keep the signed Body in the header."""
    body = root[1]
    wrapper(root).append(body)
    etree.SubElement(root, f"{{{S12}}}Body", {f"{{{WSU}}}Id": "_other"})


def with_second_body(root: etree._Element) -> None:
    """Add a Body."""
    etree.SubElement(root, f"{{{S12}}}Body")


def with_second_messaging(root: etree._Element) -> None:
    """Add a Messaging."""
    root[0].insert(0, forged_messaging("_other"))


def with_second_security(root: etree._Element) -> None:
    """Add a Security, before the one that is signed."""
    root[0].insert(0, etree.Element(f"{{{WSSE}}}Security"))


def without_signature(root: etree._Element) -> None:
    """Take the signature away."""
    security = blocks(root)[2]
    found = security.find(f"{{{DS}}}Signature")
    assert found is not None
    security.remove(found)


def whole_envelope_wrapped() -> Message:
    """Put a signed envelope into the header of another, and its security header beside the forged one."""
    inner = etree.fromstring(LETTER.envelope())
    security = blocks(inner)[2]
    root = etree.Element(f"{{{S12}}}Envelope", nsmap={"env": S12})
    header = etree.SubElement(root, f"{{{S12}}}Header")
    header.append(forged_messaging("_other"))
    header.append(security)
    etree.SubElement(root, f"{{{S12}}}Body", {f"{{{WSU}}}Id": "_body"})
    wrapper(root).append(inner)
    return enveloped(etree.tostring(root))


def signed_twice() -> Message:
    """Let somebody else sign the message too."""
    other = identity("other")
    theirs = replace(
        LETTER, signer=other, tokens=token(other.certificate, "X509-9"), key_info=token_reference("X509-9")
    )
    security = etree.tostring(blocks(etree.fromstring(theirs.signed()))[2])
    second = re.sub(rb'Id="(SIG|KI|STR)-1"', rb'Id="\1-9"', security[security.index(b">") + 1 : security.rindex(b"<")])
    envelope = LETTER.envelope()
    at = envelope.index(b"</wsse:Security>")
    return enveloped(envelope[:at] + second + envelope[at:])


def digest_off_by_one_bit() -> Letter:
    """Let the sender sign a digest that is wrong in one bit."""
    digest = bytearray(hashlib.sha256(PDF.content).digest())
    digest[0] ^= 1
    wrong = reference(f"cid:{PDF.content_id}", CONTENT_SIGNATURE, digest_value=base64_of(bytes(digest)))
    return replace(LETTER, references=(*LETTER.all_references()[:-1], wrong))


def without_reference(at: int) -> Letter:
    """Let the sender sign less than everything."""
    references = list(LETTER.all_references())
    del references[at]
    return replace(LETTER, references=tuple(references))


def with_parts(change: Callable[[list[tuple[str, str, bytes]]], list[tuple[str, str, bytes]]]) -> Message:
    """Change the MIME parts."""
    return multipart(LETTER.envelope(), change(LETTER.parts()))


def swapped(parts: list[tuple[str, str, bytes]]) -> list[tuple[str, str, bytes]]:
    """Exchange the contents of two parts; one key opens both."""
    (first, kind, one), (second, _, two) = parts
    return [(first, kind, two), (second, kind, one)]


def last_part(change: Callable[[bytes], bytes]) -> Message:
    """Change the content of the last part."""
    return with_parts(lambda parts: [*parts[:-1], (*parts[-1][:2], change(parts[-1][2]))])


def compressed(content: bytes) -> Letter:
    """Let the sender sign something as a compressed payload."""
    payload = replace(REGREP, content=content, compressed=True, wire_type="application/gzip")
    return replace(LETTER, payloads=(payload,))


def stored(content: bytes) -> bytes:
    """Give gzip without compression: the same bytes with every zlib."""
    into = io.BytesIO()
    with gzip.GzipFile(fileobj=into, mode="wb", compresslevel=0, mtime=0) as file:
        file.write(content)
    return into.getvalue()


def half_encrypted() -> Message:
    """Encrypt one of two parts, and say so."""
    one = replace(LETTER, payloads=(REGREP,))
    return multipart(one.with_encryption(LETTER.signed()), [*one.parts(), (PDF.content_id, PDF.mime_type, PDF.content)])


def unencrypted(envelope: bytes) -> Message:
    """Send the parts as they are."""
    return multipart(envelope, [(part.content_id, part.mime_type, part.content) for part in LETTER.payloads])


def signed_with_an_extra_element() -> Letter:
    """Let the sender sign a token beside Messaging and Body."""
    return replace(LETTER, references=(*LETTER.all_references(), reference("#X509-1", EXC_C14N)))


def truncated() -> Message:
    """Cut the body off in the middle of the last part."""
    content_type, body = LETTER.packed()
    return content_type, body[: body.rindex(b"\r\n--") - 10]


def twice_the_same_content_id() -> Message:
    """Send a part twice."""
    return with_parts(lambda parts: [*parts, parts[-1]])


def outside() -> Message:
    """Announce a payload that is to be fetched."""
    old, new = f'href="cid:{PDF.content_id}"', 'href="https://evidence.example/1.pdf"'
    text = LETTER.signed().decode().replace(old, new)
    for value in ("DigestValue", "SignatureValue"):
        text = _emptied(text, value)
    payloads = {payload.content_id: payload for payload in LETTER.payloads}
    return enveloped(LETTER.with_encryption(sign(text.encode(), LETTER.sender.private_key, payloads)))


def _emptied(text: str, name: str) -> str:
    root = etree.fromstring(text.encode())
    for element in root.iter(f"{{{DS}}}{name}"):
        element.text = None
    return etree.tostring(root).decode()


def without_security() -> bytes:
    """Take the whole security header away."""
    root = etree.fromstring(LETTER.signed())
    header, _, security, _ = blocks(root)
    header.remove(security)
    return etree.tostring(root)


def with_altered_digest() -> Message:
    """Alter a digest after it was signed."""
    value = etree.fromstring(LETTER.signed()).find(f".//{{{DS}}}DigestValue")
    assert value is not None
    assert value.text is not None
    return rewritten(value.text, ("B" if value.text[0] == "A" else "A") + value.text[1:])
