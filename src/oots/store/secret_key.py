"""
A secret key: 32 bytes that derive other keys and seal small values.  Where keys come from and are kept is elsewhere.
"""

import os
from typing import Final, NewType, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

KEY_BYTES: Final = 32
TAG_BYTES: Final = 16
_NONCE_BYTES: Final = 12


class SecretKey:
    """A key whose bytes do not show in its text form.  Only those who call `reveal` can print it."""

    __slots__ = ("_derived", "_secret")

    def __init__(self, secret: bytes) -> None:
        if len(secret) != KEY_BYTES:
            raise ValueError(f"a secret key has {KEY_BYTES} bytes")
        self._secret = secret
        self._derived: tuple[tuple[str, ...], SecretKey] | None = None

    @classmethod
    def new(cls) -> Self:
        """Make a random one."""
        return cls(os.urandom(KEY_BYTES))

    def reveal(self) -> bytes:
        """Give the bytes: for whoever wraps the key, keeps it in a key file, or hands it to a cipher."""
        return self._secret

    def derive(self, *purpose: str) -> "SecretKey":
        """Give the key for one purpose (HKDF-SHA-256); it tells nothing about this one or those for other purposes."""
        # The last one is remembered: the columns of a message are sealed one after the other.
        last = self._derived
        if last is not None and last[0] == purpose:
            return last[1]
        # RFC 5869, 3.3: the extracting half is for secrets that are not uniformly random; ours are.
        expand = HKDFExpand(algorithm=SHA256(), length=KEY_BYTES, info=associated(*purpose))
        derived = SecretKey(expand.derive(self._secret))
        self._derived = purpose, derived
        return derived

    def seal(self, plaintext: bytes, *context: str) -> bytes:
        """Encrypt a small value for a place that `context` names (AES-256-GCM, a random nonce in front)."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + AESGCM(self._secret).encrypt(nonce, plaintext, associated(*context))

    def open(self, sealed: bytes, *context: str) -> bytes:
        """Decrypt what was sealed for the same place; raises `InvalidTag`."""
        if len(sealed) < _NONCE_BYTES + TAG_BYTES:
            raise InvalidTag
        return AESGCM(self._secret).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], associated(*context))


DataKey = NewType("DataKey", SecretKey)
"""The key of one message or exchange; `data_keys` keeps them."""


def associated(*parts: str) -> bytes:
    """Write texts as bytes such that no other texts give the same bytes, wherever their borders are."""
    encoded = [part.encode() for part in parts]
    return b"".join(len(part).to_bytes(4) + part for part in encoded)
