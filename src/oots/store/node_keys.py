"""
The keys of a node: those that encrypt its data keys, and the one behind its search columns; and how they are written.

The text is JSON, so that it fits into a file on several lines and into an environment variable on one.  Nothing here
opens a file; `key_file` does.
"""

import base64
import binascii
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self, TypeVar

from oots.errors import OperatorError
from oots.store.secret_key import KEY_BYTES, SecretKey

Kind = TypeVar("Kind")


class _NotKeys(Exception):
    """The text does not say what it should; the reason, without any of the text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedKey:
    """A key with a name that may be told: it stands beside everything that the key has wrapped."""

    id: str
    created: datetime
    secret: SecretKey

    @classmethod
    def new(cls, now: datetime) -> Self:
        """Make one; its name begins with the day."""
        return cls(id=f"{now.astimezone(UTC):%Y-%m-%d}-{secrets.token_hex(4)}", created=now, secret=SecretKey.new())


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeKeys:
    """Everything in a key file."""

    current: NamedKey
    """Wraps new data keys."""
    others: tuple[NamedKey, ...] = ()
    """Unwrap what they once wrapped, until they are retired."""
    search: NamedKey
    """Behind the search columns.  It stays when the others rotate: what it made cannot be made anew."""

    @classmethod
    def new(cls, now: datetime) -> Self:
        """Make the first keys of a node."""
        return cls(current=NamedKey.new(now), search=NamedKey.new(now))

    def named(self, key_id: str) -> NamedKey:
        """Give a key-encryption key; raises `OperatorError` when it is not among ours."""
        for key in (self.current, *self.others):
            if key.id == key_id:
                return key
        raise OperatorError(
            f"there is no key {key_id!r}, with which a data key is wrapped: it was retired too early, "
            "or the database and the keys are not of the same node"
        )

    def search_key(self, purpose: str) -> SecretKey:
        """Give the key of one search column: equal texts look equal within a column and not between two."""
        return self.search.secret.derive("search", purpose)


def read_keys(text: str, *, origin: str) -> NodeKeys:
    """Read keys from `origin`, the name of a file or variable; raises `OperatorError` without repeating them."""
    try:
        content = json.loads(text)
        wrapping = [_read_key(key) for key in _member(content, "keys", list)]
        current = _member(content, "current", str)
        if len({key.id for key in wrapping}) != len(wrapping) or current not in {key.id for key in wrapping}:
            raise _NotKeys("'keys' must have the one that 'current' names, and none twice")
        return NodeKeys(
            current=next(key for key in wrapping if key.id == current),
            others=tuple(key for key in wrapping if key.id != current),
            search=_read_key(_member(content, "search", dict)),
        )
    except _NotKeys as error:
        reason = str(error)
    except (ValueError, RecursionError):
        reason = "it is no JSON"
    # Outside the handler: the exception that we met has the whole text with it.
    raise OperatorError(f"{origin} does not hold the keys of a node: {reason}")


def write_keys(keys: NodeKeys) -> str:
    """Write keys as a text that whoever sees it must keep secret."""
    wrapping = sorted((keys.current, *keys.others), key=lambda key: key.created)
    content = {
        "current": keys.current.id,
        "keys": [_write_key(key) for key in wrapping],
        "search": _write_key(keys.search),
    }
    return json.dumps(content, indent=2) + "\n"


def _read_key(content: Any) -> NamedKey:
    key_id, created = _member(content, "id", str), _member(content, "created", str)
    try:
        secret = base64.b64decode(_member(content, "secret", str), validate=True)
        since = datetime.fromisoformat(created)
    except (binascii.Error, ValueError):
        raise _NotKeys("a 'secret' is no base64, or a 'created' is no date and time") from None
    if len(secret) != KEY_BYTES or since.tzinfo is None or not key_id:
        raise _NotKeys(f"a key needs an 'id', 'created' with its time zone, and a 'secret' of {KEY_BYTES} bytes")
    return NamedKey(id=key_id, created=since, secret=SecretKey(secret))


def _write_key(key: NamedKey) -> dict[str, str]:
    secret = base64.b64encode(key.secret.reveal()).decode("ascii")
    return {"id": key.id, "created": key.created.isoformat(), "secret": secret}


def _member(content: Any, name: str, kind: type[Kind]) -> Kind:
    value = content.get(name) if isinstance(content, dict) else None
    if not isinstance(value, kind):
        raise _NotKeys(f"{name!r} is missing, or not of the right kind")
    return value
