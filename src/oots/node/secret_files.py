"""
Secrets and private keys from files of their own: small, and closed to others.
"""

import os
import stat
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from oots.node.complaints import Complaints
from oots.store.private_files import too_open

MAX_BYTES: Final = 64 << 10


def read_private_file(path: Path, complaints: Complaints, key: str) -> bytes | None:
    """Give the content of a file with a secret, or complain, also when others may read it."""
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        complaints.add(key, f"{path} cannot be read: {error.strerror or error}")
        return None
    if too_open(mode):
        complaints.add(key, f"{path} holds a secret and is open to others (mode {mode:04o}): close it with chmod 600")
        return None
    if len(content) > MAX_BYTES:
        complaints.add(key, f"{path} has more than {MAX_BYTES} bytes: it is no file with one secret")
        return None
    return content


def read_secret(path: Path, complaints: Complaints, key: str) -> str | None:
    """Give a secret that stands alone in a file, or complain."""
    content = read_private_file(path, complaints, key)
    if content is None:
        return None
    try:
        secret = content.decode("utf-8").strip()
    except UnicodeDecodeError:
        secret = ""
    if not secret or not secret.isprintable():
        complaints.add(key, f"{path} is empty, or holds something else than one line of text")
        return None
    return secret


def secret_of(
    value: SecretStr | None, path: Path | None, complaints: Complaints, key: str, *, folder: Path, min_length: int
) -> str | None:
    """Give the secret `key`, which a variable has or a file, or complain; `folder` is where relative paths begin."""
    if value is not None:
        secret = value.get_secret_value()
    elif path is not None:
        key = f"{key}_file"
        found = read_secret(folder / path, complaints, key)
        if found is None:
            return None
        secret = found
    else:
        complaints.add(f"{key}_file", "is missing; expected: a file with the secret, or the variable of its key")
        return None
    if len(secret) < min_length:
        complaints.add(key, f"the secret is too short: {min_length} characters are the least")
        return None
    return secret
