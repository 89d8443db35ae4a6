"""
Personal columns: a value that stands in a row encrypted, and a keyed hash by which such a row can be found.

A column holds what is small: subjects, titles, the first part of a message.  What may be large is in `blobs`.
"""

import hashlib
import hmac

from cryptography.exceptions import InvalidTag

from oots.errors import DamagedContent
from oots.store.secret_key import DataKey, SecretKey


def seal(key: DataKey, plaintext: bytes, *, table: str, row: str, column: str) -> bytes:
    """Encrypt a value for one place; `row` is its primary key, so that has to be known before it is inserted."""
    return key.derive("column").seal(plaintext, table, row, column)


def open_sealed(key: DataKey, sealed: bytes, *, table: str, row: str, column: str) -> bytes:
    """Decrypt a value that was sealed for the same place; raises `DamagedContent`."""
    try:
        return key.derive("column").open(sealed, table, row, column)
    except InvalidTag as error:
        raise DamagedContent(
            f"{column!r} of {row!r} in table {table!r} does not open: it was altered, or belongs elsewhere"
        ) from error


def blind_index(key: SecretKey, text: str) -> str:
    """
    Give what equals for equal texts and tells nothing else to those without the key (HMAC-SHA-256, hexadecimal).

    The key is `NodeKeys.search_key`, one for each column.  Texts that mean the same are to be in the same form already.
    """
    return hmac.new(key.reveal(), text.encode(), hashlib.sha256).hexdigest()
