"""
The peers that a running access point knows: it asks here each time, so that a new reading of the file counts at once.

A message that is in hand while they change may meet the old P-Mode and the new certificate; it is then refused or tried
again, as it would be a moment later.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from cryptography import x509

from oots.as4 import PeerCertificates
from oots.ebms.messages import PartyId, UserMessage
from oots.ebms.pmode import PMode, PModes
from oots.node.peers import Peers

_T = TypeVar("_T")


class PeersInUse:
    """One reading of the peers, until it is replaced by another."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers
        self.certificates: Mapping[PartyId, PeerCertificates] = _Asking(lambda: self._peers.certificates)
        self.tls_pinned: Mapping[PartyId, tuple[x509.Certificate, ...]] = _Asking(lambda: self._peers.tls_pinned)
        self.pmodes: PModes = _AskingPModes(peers.pmodes.own, lambda: self._peers.pmodes)

    @property
    def peers(self) -> Peers:
        """The reading that counts now."""
        return self._peers

    def replace(self, peers: Peers) -> None:
        """Let another reading count from now on."""
        self._peers = peers


class _Asking(Mapping[PartyId, _T]):
    """A mapping that looks into another one, which may be replaced."""

    def __init__(self, current: Callable[[], Mapping[PartyId, _T]]) -> None:
        self._current = current

    def __getitem__(self, party_id: PartyId) -> _T:
        return self._current()[party_id]

    def __iter__(self) -> Iterator[PartyId]:
        return iter(self._current())

    def __len__(self) -> int:
        return len(self._current())


class _AskingPModes(PModes):
    """P-Modes that may be replaced."""

    def __init__(self, own: PartyId, current: Callable[[], PModes]) -> None:
        super().__init__(own, ())
        self._current = current

    def match_incoming(self, message: UserMessage) -> PMode:
        return self._current().match_incoming(message)

    def match_outgoing(self, receiver: PartyId, action: str) -> PMode:
        return self._current().match_outgoing(receiver, action)
