"""
A message that came in, from the moment its receipt is promised until a back end has it.  Pure values.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from oots.as4 import Payload, Received
from oots.dsig import Reference
from oots.ebms.messages import UserMessage
from oots.net.gateway_api import DeliveredPart, Delivery
from oots.wssec.keys import fingerprint

LEASE: Final = timedelta(seconds=60)
"""How long a delivery is one back end's alone: two workers do not get it at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A verified message with the receipt we gave for it; the payloads go when a back end has them."""

    message: UserMessage
    references: tuple[Reference, ...]
    fingerprint: str
    """Of the certificate that signed."""
    receipt: bytes
    payloads: tuple[Payload, ...]
    soap: bytes
    """The envelope as it came, for the journal; empty once it stands there."""
    kept_at: datetime

    @property
    def message_id(self) -> str:
        """The MessageId."""
        return self.message.message_id

    def repeats(self, other: "Incoming") -> bool:
        """Tell whether this is `other` once more: the same digests, one for one."""
        return len(self.references) == len(other.references) and all(
            any(reference.proves(known) for known in other.references) for reference in self.references
        )

    def delivery(self) -> Delivery:
        """Give what a back end is told."""
        return Delivery(
            message_id=self.message.message_id,
            timestamp=self.message.timestamp,
            sender=self.message.sender.party_id,
            receiver=self.message.receiver.party_id,
            action=self.message.action,
            conversation_id=self.message.conversation_id,
            properties=self.message.properties,
            parts=tuple(map(_part, self.payloads)),
            certificate=self.fingerprint,
        )


def kept(received: Received, receipt: bytes, now: datetime) -> Incoming:
    """Give a message that was just verified."""
    return Incoming(
        message=received.message,
        references=received.references,
        fingerprint=fingerprint(received.certificate),
        receipt=receipt,
        payloads=received.payloads,
        soap=received.soap,
        kept_at=now,
    )


def _part(payload: Payload) -> DeliveredPart:
    return DeliveredPart(
        content_id=payload.part.content_id,
        mime_type=payload.part.mime_type,
        size=payload.content.size,
        properties=payload.part.properties,
    )
