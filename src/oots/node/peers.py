"""
From `peers.toml` to P-Modes and certificates: whom we exchange messages with, and on which terms (as4.md 6 and 7.2).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from cryptography import x509

from oots.as4 import PeerCertificates
from oots.codes import GATEWAY_ROLE, SERVICE, SERVICE_TYPE
from oots.ebms.messages import Party, PartyId, Service
from oots.ebms.pmode import PMode, PModes
from oots.errors import OperatorError
from oots.net.addresses import check_address
from oots.node.certificates import encryption_fault, read_certificate, signing_fault, validity_fault, weakness
from oots.node.complaints import Complaint, Complaints
from oots.node.tables import ActionTable, PeerTable
from oots.node.toml_files import read_table, read_toml, unknown

MAX_PEERS: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """One access point that we exchange messages with."""

    party: PartyId
    address: str
    certificates: PeerCertificates
    tls: tuple[x509.Certificate, ...]
    """The only ones with which it may connect; none when it has not told us."""
    terms: PeerTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Peers:
    """All of them, as one reading of the file."""

    peers: tuple[Peer, ...]
    pmodes: PModes
    certificates: Mapping[PartyId, PeerCertificates]
    """For messages."""
    tls_pinned: Mapping[PartyId, tuple[x509.Certificate, ...]]
    """For connections, of the peers that have told us theirs."""
    warnings: tuple[Complaint, ...]
    """Complaints that stop nobody: certificates that are not valid now."""


def read_peers(
    path: Path, complaints: Complaints, *, own: PartyId, own_address: str, has_roots: bool, now: datetime
) -> Peers | None:
    """
    Give the peers of a file, or None after a complaint that blocks.

    `has_roots` says that there are roots for TLS, so that a peer may do without certificates of its own.
    """
    content = read_toml(path, complaints)
    if content is None:
        return None
    listed = content.pop("peer", [])
    for name in content:
        complaints.add(name, unknown(name, ["peer"]))
    if not isinstance(listed, list) or len(listed) > MAX_PEERS:
        complaints.add("peer", f"is no list of tables; expected: [[peer]] for each peer, {MAX_PEERS} at most")
        listed = []
    reading = _Reading(path.parent, complaints, has_roots=has_roots, now=now)
    peers = tuple(reading.peers(listed))
    if complaints.block:
        return None
    pmodes = (pmode for peer in peers for pmode in _pmodes(peer, own, own_address))
    return Peers(
        peers=peers,
        pmodes=PModes(own, pmodes),
        certificates={peer.party: peer.certificates for peer in peers},
        tls_pinned={peer.party: peer.tls for peer in peers if peer.tls},
        warnings=complaints.found,
    )


class _Reading:
    """Reads one peer after the other."""

    def __init__(self, folder: Path, complaints: Complaints, *, has_roots: bool, now: datetime) -> None:
        self._folder = folder
        self._complaints = complaints
        self._has_roots = has_roots
        self._now = now
        self._seen: set[PartyId] = set()

    def peers(self, listed: Sequence[Any]) -> Iterator[Peer]:
        for number, content in enumerate(listed, 1):
            name = content.get("party_id") if isinstance(content, dict) else None
            key = f"peer {name!r}" if isinstance(name, str) else f"peer[{number}]"
            terms = read_table(PeerTable, content, self._complaints, key)
            peer = self._peer(terms, key) if terms else None
            if peer:
                yield peer

    def _peer(self, terms: PeerTable, key: str) -> Peer | None:
        party = PartyId(value=terms.party_id, type=terms.party_type)
        if party in self._seen:
            self._complaints.add(f"{key}.party_id", "stands in this file twice")
        self._seen.add(party)
        self._check_terms(terms, key)
        signing = self._signing(terms, key)
        encryption = self._encryption(terms, key)
        tls = self._tls(terms, key)
        if not signing or encryption is None:
            return None
        return Peer(
            party=party,
            address=terms.address,
            certificates=PeerCertificates(signing=signing, encryption=encryption),
            tls=tls,
            terms=terms,
        )

    def _check_terms(self, terms: PeerTable, key: str) -> None:
        try:
            check_address(terms.address)
        except OperatorError as error:
            self._complaints.add(f"{key}.address", str(error))
        self._check_retries(terms.retry_after_seconds, f"{key}.retry_after_seconds")
        for action, own in terms.action.items():
            self._check_retries(own.retry_after_seconds, f"{key}.action.{action.value}.retry_after_seconds")
            if action not in terms.actions:
                self._complaints.add(f"{key}.action.{action.value}", "is not among the actions of this peer")

    def _check_retries(self, seconds: tuple[float, ...] | None, key: str) -> None:
        if seconds and (seconds[0] != 0 or any(later <= earlier for earlier, later in pairwise(seconds))):
            self._complaints.add(key, "does not rise from 0; expected: seconds from the first attempt, such as [0, 60]")

    def _signing(self, terms: PeerTable, key: str) -> tuple[x509.Certificate, ...]:
        key = f"{key}.signing_certificates"
        found = tuple(self._certificates(terms.signing_certificates, key))
        if len(set(found)) < len(found):
            self._complaints.add(key, "holds the same certificate twice")
        for path, certificate in zip(terms.signing_certificates, found, strict=False):
            self._check(path, weakness(certificate) or signing_fault(certificate), key)
        # The next certificate may lie here before its time, and the last one for a while after.
        faults = [validity_fault(certificate, self._now) for certificate in found]
        if faults and all(faults):
            self._check(terms.signing_certificates[-1], faults[-1], key, blocks=False)
        return found

    def _encryption(self, terms: PeerTable, key: str) -> x509.Certificate | None:
        key, path = f"{key}.encryption_certificate", terms.encryption_certificate
        found = read_certificate(self._folder / path, self._complaints, key)
        if found:
            self._check(path, weakness(found) or encryption_fault(found), key)
            self._check(path, validity_fault(found, self._now), key, blocks=False)
        return found

    def _tls(self, terms: PeerTable, key: str) -> tuple[x509.Certificate, ...]:
        key = f"{key}.tls_certificates"
        if not terms.tls_certificates and not self._has_roots:
            self._complaints.add(
                key, "is missing, and gateway.tls.trusted_files names no roots: no connection with this peer is trusted"
            )
        found = tuple(self._certificates(terms.tls_certificates, key))
        faults = [validity_fault(certificate, self._now) for certificate in found]
        if faults and all(faults):
            self._check(terms.tls_certificates[-1], faults[-1], key, blocks=False)
        return found

    def _certificates(self, paths: Sequence[Path], key: str) -> Iterator[x509.Certificate]:
        for path in paths:
            certificate = read_certificate(self._folder / path, self._complaints, key)
            if certificate:
                yield certificate

    def _check(self, path: Path, fault: str | None, key: str, *, blocks: bool = True) -> None:
        if fault:
            self._complaints.add(key, f"{path} {fault}", blocks=blocks)


def _pmodes(peer: Peer, own: PartyId, own_address: str) -> Iterator[PMode]:
    # All OOTS parties have one role, and are initiator and responder of the same process (as4.md 2.4).
    me = Party(party_id=own, role=GATEWAY_ROLE)
    them = Party(party_id=peer.party, role=GATEWAY_ROLE)
    for action in peer.terms.actions:
        special = peer.terms.action.get(action, ActionTable())
        compress = peer.terms.compress if special.compress is None else special.compress
        retries = special.retry_after_seconds or peer.terms.retry_after_seconds
        # Ourselves as a peer are both: what is said last counts, and that is where we are to be posted to.
        for initiator, responder, address in ((them, me, own_address), (me, them, peer.address)):
            yield PMode(
                initiator=initiator,
                responder=responder,
                service=Service(value=SERVICE, type=SERVICE_TYPE),
                action=action.value,
                address=address,
                compress=compress,
                retry_after_seconds=retries,
                max_payload_bytes=peer.terms.max_payload_bytes if initiator == them else None,
            )
