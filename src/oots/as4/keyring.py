"""
Whose certificate is whose: certificates pinned by PartyId (as4.md 7.2, model 1).  Settings say where they come from.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from cryptography import x509

from oots.ebms.messages import PartyId
from oots.errors import FailedAuthentication
from oots.wssec.keys import OwnKeys


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerCertificates:
    """What we hold of a peer.  Two signing certificates are on file while it changes from one to the next."""

    signing: tuple[x509.Certificate, ...]
    encryption: x509.Certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyring:
    """Our own keys, and the certificates on file for every peer."""

    own: OwnKeys
    peers: Mapping[PartyId, PeerCertificates]

    def certificates_of(self, party_id: PartyId) -> PeerCertificates:
        """Give the certificates of a peer; raises `FailedAuthentication` when none is on file."""
        certificates = self.peers.get(party_id)
        if certificates is None:
            raise FailedAuthentication(f"no certificate is on file for PartyId {party_id.value!r}")
        return certificates
