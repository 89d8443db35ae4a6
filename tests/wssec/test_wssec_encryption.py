"""Encrypting attachments and nothing else; one text for everything that does not decrypt."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from oots.codes import MIME_GZIP, MIME_OCTETS
from oots.ebms.envelope import read_envelope, write_body, write_envelope, write_messaging
from oots.errors import FailedDecryption, OotsError, PolicyNoncompliance
from oots.spooled import Spooled
from oots.wssec.algorithms import IV_BYTES, TAG_BYTES
from oots.wssec.attachments import Attachment
from oots.wssec.encryption import decrypt, encrypt
from oots.xml import Element
from tests.as4.parties import AccessPoint, as_stranger
from tests.as4.stranger import (
    AES128_CBC,
    AES128_GCM,
    CONTENT_ONLY,
    DS,
    OAEP,
    OAEP_MGF1P,
    RSA_1_5,
    SHA1,
    SHA256,
    XENC,
    Letter,
    Sealed,
    base64_of,
    encrypted_data,
    wrap_key,
)

CONTENTS = {"a@ap": b"one", "b@ap": b"", "c@ap": b"x" * 100_000}


def encrypted(
    contents: Mapping[str, bytes], recipient: AccessPoint, *, mime_type: str = MIME_GZIP
) -> tuple[Element, dict[str, bytes]]:
    """Encrypt, send as bytes, and give the security header and the wire content of each attachment."""
    made = encrypt(
        {name: Attachment(content=Spooled(content), mime_type=mime_type) for name, content in contents.items()},
        recipient=recipient.keys.certificate,
        suffix="1",
        new_spooled=Spooled,
    )
    return security_with(made.text), {name: content.read() for name, content in made.contents.items()}


def security_with(content: str) -> Element:
    """Send an envelope with that content of its security header as bytes, and give the header."""
    soap = write_envelope(write_messaging("", suffix="1"), write_body(suffix="1"), security=content)
    return read_envelope(soap).security


def decrypted(
    security: Element, wire: Mapping[str, bytes], recipient: AccessPoint, *, size: int = 1 << 20
) -> dict[str, Attachment]:
    """Decrypt what arrives in chunks of `size`."""
    attachments = {
        name: Attachment(content=in_chunks(content, size), mime_type=MIME_OCTETS) for name, content in wire.items()
    }
    return decrypt(security, attachments, keys=recipient.keys, new_spooled=Spooled)


def in_chunks(content: bytes, size: int) -> Spooled:
    """Spool in chunks."""
    return Spooled().write_all(content[at : at + size] for at in range(0, len(content), size))


def plain(found: Mapping[str, Attachment]) -> dict[str, bytes]:
    """Give the contents."""
    return {name: attachment.content.read() for name, attachment in found.items()}


def test_what_was_encrypted_is_decrypted_with_its_type(beta: AccessPoint) -> None:
    security, wire = encrypted(CONTENTS, beta)

    found = decrypted(security, wire, beta)

    assert plain(found) == CONTENTS
    assert {attachment.mime_type for attachment in found.values()} == {MIME_GZIP}


@pytest.mark.parametrize("size", [1, 2, 11, 12, 13, 15, 16, 17, 28, 29, 1000])
def test_chunks_of_every_size_decrypt_to_the_same(size: int, beta: AccessPoint) -> None:
    contents = {"a@ap": b"", "b@ap": b"1", "c@ap": bytes(range(64))}
    security, wire = encrypted(contents, beta)

    assert plain(decrypted(security, wire, beta, size=size)) == contents


def test_every_attachment_has_its_own_iv_and_every_message_its_own_key(beta: AccessPoint) -> None:
    first, second = (encrypted({"a@ap": b"same", "b@ap": b"same"}, beta)[1] for _ in range(2))

    assert len({content for wire in (first, second) for content in wire.values()}) == 4
    assert len(first["a@ap"]) == len(b"same") + IV_BYTES + TAG_BYTES


def test_the_key_stands_above_what_it_opens_and_above_the_signature(beta: AccessPoint) -> None:
    # WSS4J works through the header from top to bottom, and has to decrypt before it can verify.
    security, _ = encrypted(CONTENTS, beta)

    names = [etree.QName(child).localname for child in security]
    assert names == ["BinarySecurityToken", "EncryptedKey", "EncryptedData", "EncryptedData", "EncryptedData"]


def test_what_the_other_stack_encrypts_is_decrypted(alpha: AccessPoint, beta: AccessPoint) -> None:
    letter = a_letter(alpha, beta)

    assert plain(open_letter(letter.envelope(), letter, beta)) == {"a@ap": b"one", "b@ap": b"two"}


def a_letter(alpha: AccessPoint, beta: AccessPoint) -> Letter:
    """Compose with the other stack."""
    return Letter(
        sender=as_stranger(alpha),
        receiver=as_stranger(beta),
        payloads=(
            Sealed(content_id="a@ap", content=b"one", mime_type="application/xml"),
            Sealed(content_id="b@ap", content=b"two", mime_type="application/pdf", wire_type="application/pdf"),
        ),
    )


def open_letter(envelope: bytes, letter: Letter, beta: AccessPoint) -> dict[str, Attachment]:
    """Decrypt the parts of a letter under an envelope."""
    wire = {content_id: content for content_id, _, content in letter.parts()}
    return decrypted(read_envelope(envelope).security, wire, beta)


def test_the_type_is_that_of_the_encrypted_data(alpha: AccessPoint, beta: AccessPoint) -> None:
    letter = a_letter(alpha, beta)
    found = open_letter(letter.envelope(), letter, beta)
    untyped = open_letter(letter.envelope().replace(b'MimeType="application/pdf"', b""), letter, beta)

    assert [found[name].mime_type for name in ("a@ap", "b@ap")] == [MIME_OCTETS, "application/pdf"]
    assert untyped["b@ap"].mime_type == MIME_OCTETS


def test_the_session_key_is_found_without_key_info(alpha: AccessPoint, beta: AccessPoint) -> None:
    letter = a_letter(alpha, beta)
    root = etree.fromstring(letter.envelope())
    for data in root.iter(f"{{{XENC}}}EncryptedData"):
        data.remove(data.find(f"{{{DS}}}KeyInfo"))

    assert plain(open_letter(etree.tostring(root), letter, beta)) == {"a@ap": b"one", "b@ap": b"two"}


# --- what does not decrypt looks the same from outside ----------------------------------------------------------------


def refusal(security: Element, wire: Mapping[str, bytes], recipient: AccessPoint) -> OotsError:
    """Give the refusal."""
    with pytest.raises(OotsError) as caught:
        decrypted(security, wire, recipient)
    return caught.value


@given(at=st.integers(0, 99_999), bit=st.integers(0, 7))
def test_every_altered_bit_is_found(at: int, bit: int, beta: AccessPoint) -> None:
    security, wire = encrypted({"a@ap": b"x" * 100}, beta)
    content = bytearray(wire["a@ap"])
    content[at % len(content)] ^= 1 << bit

    assert isinstance(refusal(security, {"a@ap": bytes(content)}, beta), FailedDecryption)


def test_all_reasons_have_one_text(alpha: AccessPoint, beta: AccessPoint, mallory: AccessPoint) -> None:
    security, wire = encrypted({"a@ap": b"x" * 100}, beta)
    content = wire["a@ap"]
    letter = a_letter(alpha, beta)
    garbage = letter.envelope().replace(_cipher_value(letter), b"A" * 344)
    short = letter.envelope().replace(_cipher_value(letter), b"AAAA")
    empty = letter.envelope().replace(_cipher_value(letter), b"")
    other_key = replace(letter, encrypt_to=mallory.keys.certificate).envelope()
    long_key = _with_session_key_of(32, letter)

    refusals = [
        refusal(security, {"a@ap": content[:-1] + bytes([content[-1] ^ 1])}, beta),
        refusal(security, {"a@ap": content[: IV_BYTES + TAG_BYTES - 1]}, beta),
        refusal(security, {"a@ap": content[1:]}, beta),
        refusal(security, {"a@ap": content + b"\0"}, beta),
        refusal(security, {"a@ap": b""}, beta),
        refusal(security, wire, mallory),
        *(
            refusal(read_envelope(envelope).security, {name: content for name, _, content in letter.parts()}, beta)
            for envelope in (garbage, short, empty, other_key, long_key)
        ),
    ]

    assert {type(error) for error in refusals} == {FailedDecryption}
    assert len({str(error) for error in refusals}) == 1


def _cipher_value(letter: Letter) -> bytes:
    found = etree.fromstring(letter.envelope()).find(f".//{{{XENC}}}CipherValue")
    assert found is not None
    return str(found.text).encode()


def _with_session_key_of(size: int, letter: Letter) -> bytes:
    wrapped = wrap_key(letter.receiver.certificate, b"k" * size, OAEP, seed="1")
    return letter.envelope().replace(_cipher_value(letter), base64_of(wrapped).encode())


# --- refused before any cryptography ----------------------------------------------------------------------------------


OAEP_DIGEST = f'<ds:DigestMethod xmlns:ds="{DS}" Algorithm="{SHA256}"/>'
SECOND = '<xenc:DataReference URI="#ED-2"/>'
CIPHER = 'CipherReference URI="cid:b@ap"'
ALTERED = {
    "AES-256": ("aes128-gcm", "aes256-gcm"),
    "the older OAEP": (OAEP, OAEP_MGF1P),
    "another digest of OAEP": (OAEP_DIGEST, OAEP_DIGEST.replace(SHA256, SHA1)),
    "no digest of OAEP": (OAEP_DIGEST, ""),
    "another mask": ("mgf1sha256", "mgf1sha1"),
    "no mask": ("xenc11:MGF", "xenc11:Other"),
    "no method": ("xenc:EncryptionMethod", "xenc:Other"),
    "a key that is no base64": ("<xenc:CipherValue>", "<xenc:CipherValue>é"),
    "complete attachments": ("#Attachment-Content-Only", "#Attachment-Complete"),
    "content of an element": (CONTENT_ONLY, f"{XENC}Content"),
    "another transform": ("Attachment-Ciphertext-Transform", "Attachment-Complete-Transform"),
    "no transform": ("xenc:Transforms", "xenc:Other"),
    "a cipher value instead of a reference": ("xenc:CipherReference", "xenc:CipherValue"),
    "a cipher reference abroad": (CIPHER, 'CipherReference URI="https://b.example"'),
    "a cipher reference without URI": (CIPHER, "CipherReference"),
    "an attachment that is not there": (CIPHER, 'CipherReference URI="cid:c@ap"'),
    "an attachment twice": (CIPHER, 'CipherReference URI="cid:a@ap"'),
    "an attachment twice, percent-encoded": (CIPHER, 'CipherReference URI="cid:%61@ap"'),
    "no list": ("xenc:ReferenceList", "xenc:Other"),
    "a list that names too little": (SECOND, ""),
    "a list that names too much": (SECOND, SECOND + SECOND.replace("2", "3")),
    "a list that names one twice": (SECOND, SECOND.replace("2", "1")),
    "one name for two": ("ED-2", "ED-1"),
    "no key": ("xenc:EncryptedKey", "xenc:Other"),
}


@pytest.mark.parametrize(("old", "new"), ALTERED.values(), ids=ALTERED)
def test_encryption_with(old: str, new: str, alpha: AccessPoint, beta: AccessPoint) -> None:
    letter = a_letter(alpha, beta)
    assert old.encode() in letter.envelope()

    with pytest.raises(PolicyNoncompliance):
        open_letter(letter.envelope().replace(old.encode(), new.encode()), letter, beta)


@pytest.mark.parametrize(
    "change",
    [{"content_encryption": AES128_CBC}, {"key_transport": RSA_1_5}, {"key_transport": OAEP_MGF1P}],
    ids=["CBC", "RSA 1.5", "OAEP with SHA-1"],
)
def test_another_stack_may_not_use(change: dict[str, str], alpha: AccessPoint, beta: AccessPoint) -> None:
    letter = replace(a_letter(alpha, beta), **change)  # type: ignore[arg-type]

    with pytest.raises(PolicyNoncompliance):
        open_letter(letter.envelope(), letter, beta)


def test_attachments_that_are_not_encrypted_are_refused(alpha: AccessPoint, beta: AccessPoint) -> None:
    letter = a_letter(alpha, beta)

    with pytest.raises(PolicyNoncompliance, match="not exactly the attachments"):
        open_letter(letter.signed(), letter, beta)


def test_a_second_key_is_refused(alpha: AccessPoint, beta: AccessPoint) -> None:
    letter = a_letter(alpha, beta)
    envelope = letter.envelope()
    start, end = envelope.index(b"<xenc:EncryptedKey"), envelope.index(b"<xenc:EncryptedData")

    with pytest.raises(PolicyNoncompliance, match="2 encrypted keys"):
        open_letter(envelope[:end] + envelope[start:end] + envelope[end:], letter, beta)


def test_a_second_block_for_the_same_attachment_is_refused(alpha: AccessPoint, beta: AccessPoint) -> None:
    letter = a_letter(alpha, beta)
    again = encrypted_data("ED-3", "b@ap", MIME_OCTETS, AES128_GCM).encode()
    envelope = letter.envelope().replace(b"<xenc:EncryptedData", again + b"<xenc:EncryptedData", 1)
    listed = envelope.replace(SECOND.encode(), (SECOND + SECOND.replace("2", "3")).encode())

    with pytest.raises(PolicyNoncompliance, match="encrypted twice"):
        open_letter(listed, letter, beta)


def test_a_message_without_attachments_has_nothing_to_decrypt(beta: AccessPoint) -> None:
    assert decrypted(security_with(""), {}, beta) == {}
