"""
The floor of an exchange: the cryptography, C14N and compression that no AS4 implementation can leave out, alone.

On the keys, payload and envelopes of a real exchange, with the libraries and parameters that `oots.as4` uses:

    RSA       2 signatures (message, receipt), 2 verifications, 1 OAEP encryption, 1 OAEP decryption
    C14N      6: eb:Messaging, S12:Body and ds:SignedInfo of message and receipt where verified; where
              they are signed, they were written in canonical form
    SHA-256   10: Messaging and Body four times each, the attachment twice
    AES-GCM   the compressed payload once each way
    gzip      the payload once each way

Not in it: parsing and serialising XML, MIME, values, checks, ids, copies.  A test counts that a real exchange calls
these libraries neither more nor less often, and canonicalises the same octets.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Self

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import GCM
from isal import isal_zlib
from lxml import etree

from oots.cli.bench.ends import Ends, Exchanged
from oots.wssec.algorithms import AES_KEY_BYTES, IV_BYTES
from oots.xml import DS, EB, S12, Element, parse

_OAEP: Final = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)
_GZIP_WINDOW: Final = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class _Envelope:
    """What is canonicalised of one envelope."""

    messaging: Element
    body: Element
    signed_info: Element

    @classmethod
    def of(cls, soap: bytes) -> Self:
        root = parse(soap)
        messaging, body, signed_info = (
            next(root.iter(name)) for name in (f"{{{EB}}}Messaging", f"{{{S12}}}Body", f"{{{DS}}}SignedInfo")
        )
        return cls(messaging=messaging, body=body, signed_info=signed_info)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """The same as canonical octets."""

    messaging: bytes
    body: bytes
    signed_info: bytes

    @classmethod
    def of(cls, envelope: _Envelope) -> Self:
        return cls(
            messaging=_canonical(envelope.messaging),
            body=_canonical(envelope.body),
            signed_info=_canonical(envelope.signed_info),
        )


def floor_of(exchanged: Exchanged, ends: Ends) -> Callable[[], None]:
    """Give a function that repeats what costs time in `exchanged` and cannot be left out."""
    message, receipt = _Envelope.of(exchanged.soap), _Envelope.of(exchanged.receipt)
    sender, receiver = ends.sender.private_key, ends.receiver.private_key
    sender_public, receiver_public = sender.public_key(), receiver.public_key()
    payload = exchanged.payload.read()
    written_message, written_receipt = _Written.of(message), _Written.of(receipt)

    def run() -> None:
        # (1) pack
        compressed = _compress(payload)
        signature = _sign(written_message, sender, compressed)
        session_key, iv = secrets.token_bytes(AES_KEY_BYTES), secrets.token_bytes(IV_BYTES)
        wrapped = receiver_public.encrypt(session_key, _OAEP)
        ciphertext, tag = _encrypt(compressed, session_key, iv)

        # (2) unpack
        plaintext = _decrypt(ciphertext, receiver.decrypt(wrapped, _OAEP), iv, tag)
        _verify(message, sender_public, signature, plaintext)
        _decompress(plaintext, len(payload))

        # (3) pack_receipt
        signature = _sign(written_receipt, receiver)

        # (4) read_answer
        _verify(receipt, receiver_public, signature)

    return run


def _sign(written: _Written, key: rsa.RSAPrivateKey, *attachments: bytes) -> bytes:
    _digest(written.body, written.messaging, *attachments)
    return key.sign(written.signed_info, padding.PKCS1v15(), hashes.SHA256())


def _verify(envelope: _Envelope, key: rsa.RSAPublicKey, signature: bytes, *attachments: bytes) -> None:
    key.verify(signature, _canonical(envelope.signed_info), padding.PKCS1v15(), hashes.SHA256())
    _digest(_canonical(envelope.body), _canonical(envelope.messaging), *attachments)


def _digest(*signed: bytes) -> None:
    for octets in signed:
        hashlib.sha256(octets).digest()


def _canonical(element: Element) -> bytes:
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False)


def _encrypt(plaintext: bytes, session_key: bytes, iv: bytes) -> tuple[bytes, bytes]:
    encryptor = Cipher(AES(session_key), GCM(iv)).encryptor()
    return encryptor.update(plaintext) + encryptor.finalize(), encryptor.tag


def _decrypt(ciphertext: bytes, session_key: bytes, iv: bytes, tag: bytes) -> bytes:
    decryptor = Cipher(AES(session_key), GCM(iv)).decryptor()
    return decryptor.update(ciphertext) + decryptor.finalize_with_tag(tag)


def _compress(payload: bytes) -> bytes:
    compressor = isal_zlib.compressobj(wbits=_GZIP_WINDOW)
    return compressor.compress(payload) + compressor.flush()


def _decompress(compressed: bytes, size: int) -> bytes:
    return isal_zlib.decompressobj(wbits=_GZIP_WINDOW).decompress(compressed, size)
