"""
Access Points that know each other, and the messages they send.  Time stands still, identifiers count up.
"""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from oots.as4 import (
    Accepted,
    Complaint,
    Keyring,
    Limits,
    Packed,
    PeerCertificates,
    Received,
    pack,
    pack_error,
    pack_receipt,
    read_answer,
    unpack,
)
from oots.codes import GATEWAY_ROLE, MIME_REGREP, PARTY_TYPE_OOTS, SERVICE, SERVICE_TYPE, Action
from oots.ebms.messages import PartInfo, Party, PartyId, Property, Service, UserMessage
from oots.ebms.pmode import PModes, oots_pmodes
from oots.errors import EbmsError
from oots.pki import issue_message_certificate, new_authority, new_rsa_key
from oots.spooled import Spooled
from oots.wssec.keys import OwnKeys
from tests.as4.stranger import Identity

NOW: Final = datetime(2026, 11, 23, 8, tzinfo=UTC)
SOAP: Final = "application/soap+xml; charset=UTF-8"

_LIMITS: Final = Limits()
_numbers = itertools.count(1)


def a_suffix() -> str:
    """Give the next suffix for the ids inside a message."""
    return f"{next(_numbers):04d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessPoint:
    """One end of the wire, and what it does there."""

    party_id: PartyId
    keyring: Keyring
    pmodes: PModes

    @property
    def party(self) -> Party:
        """As it stands in `eb:From` and `eb:To`."""
        return Party(party_id=self.party_id, role=GATEWAY_ROLE)

    @property
    def keys(self) -> OwnKeys:
        """What it signs and decrypts with."""
        return self.keyring.own

    def pack(self, message: UserMessage, *contents: bytes, compress: bool = True) -> Packed:
        """Pack a message for its receiver."""
        return pack(
            message,
            [Spooled(content) for content in contents],
            compress=compress,
            keys=self.keys,
            recipient=self.keyring.certificates_of(message.receiver.party_id).encryption,
            suffix=a_suffix(),
        )

    def unpack(self, packed: Packed, *, now: datetime = NOW, limits: Limits = _LIMITS) -> Received:
        """Open what another one packed."""
        return self.open(packed.content_type, packed.content.chunks(), now=now, limits=limits)

    def open(
        self, content_type: str, chunks: Iterable[bytes], *, now: datetime = NOW, limits: Limits = _LIMITS
    ) -> Received:
        """Open a message from its bytes."""
        return unpack(content_type, chunks, keyring=self.keyring, pmodes=self.pmodes, now=now, limits=limits)

    def receipt(self, received: Received) -> bytes:
        """Acknowledge."""
        number = a_suffix()
        return pack_receipt(received, keys=self.keys, message_id=f"receipt-{number}@ap", suffix=number, now=NOW)

    def error(self, error: EbmsError) -> bytes:
        """Complain."""
        number = a_suffix()
        return pack_error(error, keys=self.keys, message_id=f"error-{number}@ap", suffix=number, now=NOW)

    def read_answer(
        self, answer: bytes, *, sent: Packed, content_type: str = SOAP, now: datetime = NOW
    ) -> Accepted | Complaint:
        """Judge what the receiver of `sent` answered."""
        on_file = self.keyring.certificates_of(sent.message.receiver.party_id).signing
        return read_answer(content_type, answer, sent=sent, on_file=on_file, now=now)


def new_access_points(*names: str, now: datetime = NOW) -> tuple[AccessPoint, ...]:
    """Make Access Points with RSA keys, each with the certificates of all others on file."""
    authority = new_authority("Test-only authority", now=now)
    ids = [PartyId(value=name, type=PARTY_TYPE_OOTS) for name in names]
    own = {}
    for party_id in ids:
        key = new_rsa_key(2048)
        certificate = issue_message_certificate(authority, party_id.value, key, now=now)
        own[party_id] = OwnKeys(private_key=key, certificate=certificate)
    return tuple(access_point(party_id, own) for party_id in ids)


def access_point(party_id: PartyId, own: dict[PartyId, OwnKeys]) -> AccessPoint:
    """Give one of several Access Points that have each other on file."""
    peers = {
        peer: PeerCertificates(signing=(keys.certificate,), encryption=keys.certificate) for peer, keys in own.items()
    }
    return AccessPoint(
        party_id=party_id,
        keyring=Keyring(own=own[party_id], peers=peers),
        pmodes=oots_pmodes(
            party_id,
            [(peer, f"https://{peer.value}.example/as4") for peer in own],
            own_address=f"https://{party_id.value}.example/as4",
        ),
    )


def a_user_message(
    sender: AccessPoint,
    receiver: AccessPoint,
    *,
    message_id: str | None = None,
    action: str = Action.REQUEST.value,
    mime_types: Sequence[str] = (MIME_REGREP,),
    timestamp: datetime = NOW,
) -> UserMessage:
    """Give a message with the header of TDD 2.0, and a part for each of `mime_types`."""
    number = a_suffix()
    return UserMessage(
        message_id=message_id or f"m{number}@ap",
        timestamp=timestamp,
        sender=sender.party,
        receiver=receiver.party,
        service=Service(value=SERVICE, type=SERVICE_TYPE),
        action=action,
        conversation_id="4c1f6e7a-9df8-4b53-8a6e-1b8bd9b7a001",
        properties=(
            Property(name="originalSender", value="11111111100011", type="urn:cef.eu:names:identifier:EAS:0009"),
            Property(name="finalRecipient", value="DE000000001", type="urn:cef.eu:names:identifier:EAS:9930"),
            Property(name="ExchangeId", value="9f0e1c52-0a0f-4c87-8d3a-3f6f6a7b2002"),
            Property(name="SpecificationId", value="oots-edm:v2.0"),
        ),
        parts=tuple(
            PartInfo(content_id=f"part-{at}-{number}@ap", mime_type=mime_type)
            for at, mime_type in enumerate(mime_types, 1)
        ),
    )


def as_stranger(access_point: AccessPoint) -> Identity:
    """Give the same party to the other stack."""
    keys = access_point.keys
    return Identity(party_id=access_point.party_id.value, private_key=keys.private_key, certificate=keys.certificate)


def with_soap(packed: Packed, soap: bytes) -> bytes:
    """Give the bytes of a packed message with another envelope: what an attacker on the way can do."""
    whole = packed.content.read()
    assert whole.count(packed.soap) == 1
    return whole.replace(packed.soap, soap)
