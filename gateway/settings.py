"""
What one access point needs to know before it starts.  Where it comes from is up to whoever starts it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography import x509

from oots.as4 import Keyring, Limits
from oots.ebms.messages import PartyId
from oots.ebms.pmode import PModes
from oots.errors import OperatorError
from oots.net.tls import TlsIdentity
from oots.store.durability import Durability

MIN_TOKEN_LENGTH: Final = 20


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
    """Our certificate towards peers, as their server and as their client."""
    tls_trusted: tuple[x509.Certificate, ...] = field(repr=False)
    """Roots, or certificates of peers, that the TLS connection is built on in both directions."""
    tls_pinned: Mapping[PartyId, tuple[x509.Certificate, ...]] = field(default_factory=dict, repr=False)
    """The only certificates with which a peer may connect, for peers that have told us theirs."""

    peer_listener: Listener = Listener()
    """For AS4, over TLS."""
    backend_listener: Listener = Listener()
    """For our own services: plain HTTP, loopback only."""
    path: str = "/as4"
    """Of the AS4 endpoint."""
    backend_tokens: tuple[str, ...] = field(repr=False)
    """With one of these a back end proves who it is."""

    limits: Limits = field(default_factory=Limits)
    """Of one message, decompressed."""
    max_message_bytes: int = 100 << 20
    """Of one message on the wire, and of one submission."""
    max_messages: int = 1000
    """Waiting in the mailbox, for each direction."""
    max_at_work: int = 8
    """Messages that are packed or opened at the same time; further ones wait their turn."""
    durability: Durability | None = None
    """Without it messages are kept in memory, and end with the process."""
    spool_folder: Path | None = None
    """For payloads beyond `memory_bytes`, encrypted; a private temporary folder when it is not set."""
    memory_bytes: int = 1 << 20
    """Of one payload in memory."""

    def __post_init__(self) -> None:
        if not self.backend_tokens or min(map(len, self.backend_tokens)) < MIN_TOKEN_LENGTH:
            raise OperatorError(
                f"backend_tokens: at least one is needed, each of {MIN_TOKEN_LENGTH} characters or more"
            )
        if not self.path.startswith("/"):
            raise OperatorError(f"path: {self.path!r} does not begin with /")
