"""
Encrypting the attachments of an envelope, and decrypting them (as4.md 3.4; XML Encryption 1.1; SwA profile 1.1).

All attachments, and nothing but attachments.  Every failure to decrypt looks the same from outside.
"""

import base64
import binascii
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from cryptography import x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import GCM

from oots.canonical_text import element, escape_attribute, leaf
from oots.dsig import SHA256
from oots.errors import FailedDecryption, PolicyNoncompliance
from oots.spooled import NewSpooled, Spooled
from oots.wssec.algorithms import (
    AES128_GCM,
    AES_KEY_BYTES,
    ATTACHMENT_CIPHERTEXT,
    ATTACHMENT_CONTENT_ONLY,
    ENCRYPTED_KEY,
    IV_BYTES,
    MGF1_SHA256,
    RSA_OAEP,
    TAG_BYTES,
)
from oots.wssec.attachments import Attachment
from oots.wssec.keys import OwnKeys, rsa_public_key
from oots.wssec.tokens import write_token, write_token_reference
from oots.xml import DS, WSSE11, XENC, XENC11, Element

_OAEP: Final = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)
_ENCRYPTED_KEY: Final = f"{{{XENC}}}EncryptedKey"
_ENCRYPTED_DATA: Final = f"{{{XENC}}}EncryptedData"
_METHOD: Final = f"{{{XENC}}}EncryptionMethod"


@dataclass(frozen=True, slots=True, kw_only=True)
class Encrypted:
    """The key and what it opens as the content of `wsse:Security`, and the attachments as they go over the wire."""

    text: str
    contents: Mapping[str, Spooled]


def encrypt(
    attachments: Mapping[str, Attachment], *, recipient: x509.Certificate, suffix: str, new_spooled: NewSpooled
) -> Encrypted:
    """
    Encrypt every attachment for `recipient`: each becomes IV, ciphertext, tag.

    In the header this stands above the signature: WSS4J reads from the top, and has to decrypt before it can verify.
    """
    session_key = secrets.token_bytes(AES_KEY_BYTES)
    names = {content_id: f"ED-{number}-{suffix}" for number, content_id in enumerate(attachments, 1)}
    wrapped = rsa_public_key(recipient).encrypt(session_key, _OAEP)
    text = write_token(recipient, f"G-{suffix}") + _write_encrypted_key(wrapped, suffix, names.values())
    for content_id, name in names.items():
        text += _write_encrypted_data(content_id, name, suffix, attachments[content_id].mime_type)
    return Encrypted(
        text=text,
        contents={
            content_id: new_spooled().write_all(_ciphertext(attachment.content, session_key))
            for content_id, attachment in attachments.items()
        },
    )


def decrypt(
    security: Element, attachments: Mapping[str, Attachment], *, keys: OwnKeys, new_spooled: NewSpooled
) -> dict[str, Attachment]:
    """
    Decrypt every attachment; each gets the MIME type that `xenc:EncryptedData/@MimeType` says.

    Raises `PolicyNoncompliance` when one is not encrypted, or otherwise than the profile says; `FailedDecryption`, with
    one and the same text, when it is encrypted for another key or was altered.
    """
    wrapped, by_content_id = _read_encryption(security)
    if by_content_id.keys() != attachments.keys():
        raise PolicyNoncompliance("not exactly the attachments of the message are encrypted")
    if not by_content_id:
        return {}
    session_key = _unwrap(wrapped, keys)
    return {
        content_id: Attachment(
            content=new_spooled().write_all(_plaintext(attachment.content, session_key)),
            mime_type=by_content_id[content_id] or attachment.mime_type,
        )
        for content_id, attachment in attachments.items()
    }


# --- the elements -----------------------------------------------------------------------------------------------------


def _write_encrypted_key(wrapped: bytes, suffix: str, names: Iterable[str]) -> str:
    method = (
        f'<xenc:EncryptionMethod Algorithm="{RSA_OAEP}"><ds:DigestMethod Algorithm="{SHA256}"></ds:DigestMethod>'
        f'<xenc11:MGF xmlns:xenc11="{XENC11}" Algorithm="{MGF1_SHA256}"></xenc11:MGF></xenc:EncryptionMethod>'
    )
    value = leaf("xenc:CipherValue", base64.b64encode(wrapped).decode("ascii"))
    references = "".join([element("xenc:DataReference", URI=f"#{name}") for name in names])
    return (
        f'<xenc:EncryptedKey xmlns:ds="{DS}" xmlns:xenc="{XENC}" Id="EK-{suffix}">{method}'
        f"{write_token_reference(f'G-{suffix}')}{element('xenc:CipherData', value)}"
        f"{element('xenc:ReferenceList', references)}</xenc:EncryptedKey>"
    )


def _write_encrypted_data(content_id: str, name: str, suffix: str, mime_type: str) -> str:
    attributes = f'Id="{name}" MimeType="{escape_attribute(mime_type)}" Type="{ATTACHMENT_CONTENT_ONLY}"'
    key_info = (
        f'<ds:KeyInfo><wsse:SecurityTokenReference xmlns:wsse11="{WSSE11}" wsse11:TokenType="{ENCRYPTED_KEY}">'
        f'<wsse:Reference URI="#EK-{suffix}"></wsse:Reference></wsse:SecurityTokenReference></ds:KeyInfo>'
    )
    transform = element("ds:Transform", Algorithm=ATTACHMENT_CIPHERTEXT)
    reference = element("xenc:CipherReference", element("xenc:Transforms", transform), URI=f"cid:{content_id}")
    return (
        f'<xenc:EncryptedData xmlns:ds="{DS}" xmlns:xenc="{XENC}" {attributes}>'
        f'<xenc:EncryptionMethod Algorithm="{AES128_GCM}"></xenc:EncryptionMethod>'
        f"{key_info}{element('xenc:CipherData', reference)}</xenc:EncryptedData>"
    )


def _read_encryption(security: Element) -> tuple[bytes, dict[str, str | None]]:
    """Give the wrapped key, and the MIME type of what it opens by content id."""
    keys = list(security.iterchildren(_ENCRYPTED_KEY))
    blocks = list(security.iterchildren(_ENCRYPTED_DATA))
    if not keys and not blocks:
        return b"", {}
    if len(keys) != 1:
        raise PolicyNoncompliance(f"the message has {len(keys)} encrypted keys, exactly one is expected")
    names = [block.get("Id", "") for block in blocks]
    if sorted(names) != sorted(_references_of(keys[0])) or len(set(names)) != len(names):
        raise PolicyNoncompliance("the ReferenceList of the encrypted key does not name every xenc:EncryptedData once")
    by_content_id: dict[str, str | None] = {}
    for block in blocks:
        content_id = _read_encrypted_data(block)
        if content_id in by_content_id:
            raise PolicyNoncompliance("an attachment is encrypted twice")
        by_content_id[content_id] = block.get("MimeType")
    return _read_encrypted_key(keys[0]), by_content_id


def _references_of(key: Element) -> list[str]:
    found = key.iterfind(f"{{{XENC}}}ReferenceList/{{{XENC}}}DataReference")
    return [reference.get("URI", "").removeprefix("#") for reference in found]


def _read_encrypted_key(key: Element) -> bytes:
    method = key.find(_METHOD)
    if method is None or method.get("Algorithm") != RSA_OAEP:
        raise PolicyNoncompliance("the key is not protected with rsa-oaep of XML Encryption 1.1")
    digest_method, mgf = method.find(f"{{{DS}}}DigestMethod"), method.find(f"{{{XENC11}}}MGF")
    if digest_method is None or digest_method.get("Algorithm") != SHA256:
        raise PolicyNoncompliance("the digest of rsa-oaep is not SHA-256")
    if mgf is None or mgf.get("Algorithm") != MGF1_SHA256:
        raise PolicyNoncompliance("the mask of rsa-oaep is not MGF1 with SHA-256")
    value = key.find(f"{{{XENC}}}CipherData/{{{XENC}}}CipherValue")
    try:
        return base64.b64decode("".join(("" if value is None else value.text or "").split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise PolicyNoncompliance("xenc:CipherValue is no base64") from error


def _read_encrypted_data(block: Element) -> str:
    """Give the content id that an `xenc:EncryptedData` opens."""
    if block.get("Type") != ATTACHMENT_CONTENT_ONLY:
        raise PolicyNoncompliance("the type of xenc:EncryptedData is not Attachment-Content-Only")
    method = block.find(_METHOD)
    if method is None or method.get("Algorithm") != AES128_GCM:
        raise PolicyNoncompliance("an attachment is not encrypted with aes128-gcm")
    reference = block.find(f"{{{XENC}}}CipherData/{{{XENC}}}CipherReference")
    uri = "" if reference is None else reference.get("URI", "")
    if reference is None or not uri.startswith("cid:"):
        raise PolicyNoncompliance("xenc:EncryptedData does not point at an attachment")
    transforms = reference.findall(f"{{{XENC}}}Transforms/{{{DS}}}Transform")
    if [transform.get("Algorithm") for transform in transforms] != [ATTACHMENT_CIPHERTEXT]:
        raise PolicyNoncompliance("the transform of a cipher reference is not Attachment-Ciphertext-Transform")
    return unquote(uri.removeprefix("cid:"))


# --- the bytes --------------------------------------------------------------------------------------------------------


def _unwrap(wrapped: bytes, keys: OwnKeys) -> bytes:
    # A key that does not open is replaced by a random one: the payload then fails as an altered payload does, at the
    # same place and with the same text, and a peer learns nothing about the padding.
    substitute = secrets.token_bytes(AES_KEY_BYTES)
    try:
        session_key = keys.private_key.decrypt(wrapped, _OAEP)
    except ValueError:
        return substitute
    return session_key if len(session_key) == AES_KEY_BYTES else substitute


def _ciphertext(content: Spooled, session_key: bytes) -> Iterator[bytes]:
    iv = secrets.token_bytes(IV_BYTES)
    encryptor = Cipher(AES(session_key), GCM(iv)).encryptor()
    yield iv
    for chunk in content.chunks():
        yield encryptor.update(chunk)
    yield encryptor.finalize() + encryptor.tag


def _plaintext(content: Spooled, session_key: bytes) -> Iterator[bytes]:
    """Decrypt; whoever collects this must not look at it before the end, since the tag comes last."""
    if content.size < IV_BYTES + TAG_BYTES:
        raise _not_decrypted()
    chunks = content.chunks()
    held = b""
    while len(held) < IV_BYTES:
        held += next(chunks)
    decryptor = Cipher(AES(session_key), GCM(held[:IV_BYTES])).decryptor()
    held = held[IV_BYTES:]
    for chunk in chunks:
        held += chunk
        if len(held) > TAG_BYTES:
            yield decryptor.update(held[:-TAG_BYTES])
            held = held[-TAG_BYTES:]
    yield decryptor.update(held[:-TAG_BYTES])
    try:
        yield decryptor.finalize_with_tag(held[-TAG_BYTES:])
    except InvalidTag as error:
        raise _not_decrypted() from error


def _not_decrypted() -> FailedDecryption:
    return FailedDecryption("a payload could not be decrypted with the key of this access point")
