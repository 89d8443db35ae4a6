"""
What one access point needs to know before it starts.  Where it comes from is up to whoever starts it.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography import x509

from oots.as4 import Keyring, Limits
from oots.ebms.messages import PartyId
from oots.ebms.pmode import PModes
from oots.errors import OperatorError
from oots.journal.retention import Retention
from oots.net.addresses import check_address
from oots.net.behind_proxy import Proxy
from oots.net.tls import TlsIdentity
from oots.store.durability import Durability

MIN_TOKEN_LENGTH: Final = 20
"""Of the random characters of a token: too many to guess, so that a plain hash keeps it secret."""

MIN_PUSH_KEY_BYTES: Final = 24
"""What Standard Webhooks asks for."""


def token_hash(token: str) -> str:
    """Give what the settings keep of a back end's token: its SHA-256, in hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """Where a back end is told that a message waits for it."""

    url: str
    """https, or http on this machine."""
    key: bytes = field(repr=False)
    """Shared with the back end: it proves that the notice is ours."""

    def __post_init__(self) -> None:
        check_address(self.url)
        if len(self.key) < MIN_PUSH_KEY_BYTES:
            raise OperatorError(f"a push key has {len(self.key)} bytes; {MIN_PUSH_KEY_BYTES} are the least")


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """A service behind this access point, and what its token is good for."""

    name: str
    """Stands beside the messages that it submits: another name is another back end."""
    token_sha256: str
    """What `token_hash` gives for its token."""
    submits: frozenset[str] = frozenset()
    """Actions of the messages that it may send."""
    receives: frozenset[str] = frozenset()
    """Actions of the messages that it may fetch and acknowledge."""
    push: Push | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch("[0-9a-f]{64}", self.token_sha256):
            raise OperatorError(f"back end {self.name!r}: token_sha256 is no SHA-256 in 64 hexadecimal digits")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """An address of this machine; port 0 takes any that is free."""

    host: str = "127.0.0.1"
    port: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Complete, or refused."""

    own: PartyId
    """This access point."""
    keyring: Keyring = field(repr=False)
    """Our key for signatures and decryption, and the certificates of the peers."""
    pmodes: PModes = field(repr=False)

    tls: TlsIdentity = field(repr=False)
    """Our certificate towards peers, as their server and as their client; to begin with (`Serving.trust`)."""
    tls_trusted: tuple[x509.Certificate, ...] = field(repr=False)
    """Roots, or certificates of peers, that the TLS connection is built on in both directions; to begin with."""
    tls_pinned: Mapping[PartyId, tuple[x509.Certificate, ...]] = field(default_factory=dict, repr=False)
    """The only certificates with which a peer may connect, for peers that have told us theirs."""

    peer_listener: Listener = Listener()
    """For AS4, over TLS."""
    proxy: Proxy | None = None
    """A reverse proxy that ends TLS for us: then the listener for peers speaks plain HTTP, on loopback only."""
    backend_listener: Listener = Listener()
    """For our own services: plain HTTP, loopback only."""
    path: str = "/as4"
    """Of the AS4 endpoint."""
    backends: tuple[Backend, ...]
    """At least one; no two with the same name or token."""

    limits: Limits = field(default_factory=Limits)
    """Of one message, decompressed."""
    max_message_bytes: int = 100 << 20
    """Of one message on the wire, and of one submission."""
    max_messages: int = 1000
    """Waiting in the mailbox, for each direction."""
    max_at_work: int = 8
    """Messages that are packed or opened at the same time; further ones wait their turn."""
    durability: Durability
    retention: Retention = field(default_factory=Retention)
    """Of the journal; a message goes when its receiver has it."""
    spool_folder: Path | None = None
    """For payloads beyond `memory_bytes`, encrypted; a private temporary folder when it is not set."""
    memory_bytes: int = 1 << 20
    """Of one payload in memory."""

    def __post_init__(self) -> None:
        if not self.backends:
            raise OperatorError("backends: at least one is needed")
        for field_name in ("name", "token_sha256"):
            if len({getattr(backend, field_name) for backend in self.backends}) < len(self.backends):
                raise OperatorError(f"backends: two have the same {field_name}")
        if not self.path.startswith("/"):
            raise OperatorError(f"path: {self.path!r} does not begin with /")
