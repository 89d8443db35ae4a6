"""
Two Access Points that know each other, and one message between them in memory: what `oots bench exchange` measures.
"""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from oots import pki
from oots.as4 import Accepted, Keyring, PeerCertificates, pack, pack_receipt, read_answer, unpack
from oots.codes import MIME_REGREP, MIME_SOAP, PARTY_TYPE_OOTS, Action
from oots.ebms.messages import PartInfo, PartyId, Property, UserMessage
from oots.ebms.pmode import PModes, oots_pmodes
from oots.errors import InvalidReceipt
from oots.spooled import Spooled
from oots.wssec.keys import OwnKeys

RSA_BITS: Final = 2048

_SENDER: Final = PartyId(value="AP_SENDER", type=PARTY_TYPE_OOTS)
_RECEIVER: Final = PartyId(value="AP_RECEIVER", type=PARTY_TYPE_OOTS)
_CORNER_TYPE: Final = "urn:cef.eu:names:identifier:EAS:0216"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """Keys and agreements of both ends."""

    sender: OwnKeys
    receiver: OwnKeys
    template: UserMessage
    """Each message is this one with ids of its own."""
    pmodes: PModes
    keyring: Keyring
    """Of the receiver, as the P-Modes."""
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchanged:
    """What one exchange leaves behind."""

    soap: bytes
    payload: Spooled
    """As the receiver has it."""
    receipt: bytes


def new_ends(*, now: datetime) -> Ends:
    """Make keys for both ends, and the agreements between them."""
    authority = pki.new_authority("bench", now=now)
    sender, receiver = _keys(authority, "sender", now), _keys(authority, "receiver", now)
    sending = oots_pmodes(
        _SENDER, [(_RECEIVER, "https://receiver.example/as4")], own_address="https://sender.example/as4"
    )
    pmode = sending.match_outgoing(_RECEIVER, Action.RESPONSE.value)
    return Ends(
        sender=sender,
        receiver=receiver,
        template=UserMessage(
            message_id="replaced",
            timestamp=now,
            sender=pmode.initiator,
            receiver=pmode.responder,
            service=pmode.service,
            action=pmode.action,
            conversation_id=str(uuid.uuid4()),
            properties=(
                Property(name="originalSender", value="003700000001", type=_CORNER_TYPE),
                Property(name="finalRecipient", value="003700000002", type=_CORNER_TYPE),
                Property(name="ExchangeId", value=str(uuid.uuid4())),
                Property(name="SpecificationId", value="oots-edm:v2.0"),
            ),
        ),
        pmodes=oots_pmodes(_RECEIVER, [(_SENDER, pmode.address)], own_address=pmode.address),
        keyring=Keyring(
            own=receiver,
            peers={
                _SENDER: PeerCertificates(signing=(sender.certificate,), encryption=sender.certificate),
            },
        ),
        now=now,
    )


def exchange(ends: Ends, payload: bytes) -> Exchanged:
    """Send `payload` from one end to the other, and the receipt back; raises `InvalidReceipt` when that fails."""
    identifier = str(uuid.uuid4())
    message = replace(
        ends.template,
        message_id=f"{identifier}@sender.example",
        parts=(PartInfo(content_id=f"{identifier}@payload.example", mime_type=MIME_REGREP),),
    )
    packed = pack(
        message,
        [Spooled(payload)],
        compress=True,
        keys=ends.sender,
        recipient=ends.receiver.certificate,
        suffix=identifier,
    )
    received = unpack(
        packed.content_type, packed.content.chunks(), keyring=ends.keyring, pmodes=ends.pmodes, now=ends.now
    )
    receipt = pack_receipt(
        received, keys=ends.receiver, message_id=f"{identifier}@receiver.example", suffix=identifier, now=ends.now
    )
    answer = read_answer(MIME_SOAP, receipt, sent=packed, on_file=(ends.receiver.certificate,), now=ends.now)
    if not isinstance(answer, Accepted):
        raise InvalidReceipt("the receiver refuses the message")
    return Exchanged(soap=received.soap, payload=received.payloads[0].content, receipt=answer.soap)


def _keys(authority: pki.Authority, name: str, now: datetime) -> OwnKeys:
    key = pki.new_rsa_key(RSA_BITS)
    return OwnKeys(private_key=key, certificate=pki.issue_message_certificate(authority, name, key, now=now))
