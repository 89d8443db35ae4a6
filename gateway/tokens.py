"""
Which back end shows a token, and what it may do.  No HTTP here.
"""

import hashlib
import hmac
from collections.abc import Sequence

from gateway.settings import MIN_TOKEN_LENGTH, Backend
from oots.errors import CallerError


class NotAllowed(CallerError):
    """The token of a back end is not good for this."""


class Tokens:
    """The hashes of all tokens.  None of the tokens themselves is here."""

    def __init__(self, backends: Sequence[Backend]) -> None:
        self._owners = [(bytes.fromhex(backend.token_sha256), backend) for backend in backends]

    def owner(self, token: str) -> Backend | None:
        """Give the back end that a token belongs to; one that is short enough to be guessed belongs to nobody."""
        digest = hashlib.sha256(token.encode()).digest()
        # All of them, whatever is found: how long it takes tells nothing.
        found = [backend for known, backend in self._owners if hmac.compare_digest(digest, known)]
        return found[0] if found and len(token) >= MIN_TOKEN_LENGTH else None


def must_submit(backend: Backend, action: str) -> None:
    """Raise `NotAllowed` unless a back end may send messages of this action."""
    if action not in backend.submits:
        raise NotAllowed(f"this token is not good for submitting action {action!r}")


def must_receive(backend: Backend, actions: Sequence[str]) -> None:
    """Raise `NotAllowed` unless a back end may fetch messages of these actions."""
    for action in actions:
        if action not in backend.receives:
            raise NotAllowed(f"this token is not good for receiving action {action[:100]!r}")
