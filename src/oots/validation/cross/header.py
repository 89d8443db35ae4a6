"""
The ebMS header of an OOTS message as far as documents are compared with it, whoever read it: the gateway or a file.
"""

from dataclasses import dataclass
from datetime import datetime

from oots.ebms.messages import PartInfo, PartyId, Property, UserMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What `eb:UserMessage` says about the document in its first part."""

    message_id: str
    timestamp: datetime
    sender: PartyId
    """Access point."""
    receiver: PartyId
    """Access point."""
    action: str
    conversation_id: str
    properties: tuple[Property, ...]
    parts: tuple[PartInfo, ...]
    """The first one announces the document, the others its evidences."""
    ref_to_message_id: str | None = None

    def property_named(self, name: str) -> Property | None:
        """Give the message property of that name (exact case), if it is there."""
        return next((item for item in self.properties if item.name == name), None)

    @property
    def exchange_id(self) -> str | None:
        """Property ExchangeId; line 1.2 has none."""
        return self._value_of("ExchangeId")

    @property
    def specification_id(self) -> str | None:
        """Property SpecificationId; line 1.2 has none."""
        return self._value_of("SpecificationId")

    @property
    def attached(self) -> dict[str, str | None]:
        """Media types of all parts but the first, by Content-ID."""
        return {part.content_id: part.mime_type for part in self.parts[1:]}

    def _value_of(self, name: str) -> str | None:
        found = self.property_named(name)
        return None if found is None else found.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Correlation:
    """What the header of a request lets its requester expect of the header of an answer."""

    conversation_id: str
    access_point: PartyId
    """The one that was asked."""
    exchange_id: str | None = None
    """Line 2.0 has it in the header."""
    message_id: str | None = None
    """Of the request; None when it is not known any more, which only X2's look at RefToMessageId needs."""


def header_of(message: UserMessage) -> Header:
    """Give what counts here of a header that was read as `eb:UserMessage`."""
    return Header(
        message_id=message.message_id,
        timestamp=message.timestamp,
        sender=message.sender.party_id,
        receiver=message.receiver.party_id,
        action=message.action,
        conversation_id=message.conversation_id,
        properties=message.properties,
        parts=message.parts,
        ref_to_message_id=message.ref_to_message_id,
    )


def correlation_of(header: Header) -> Correlation:
    """Give what an answer to the request with this header must repeat."""
    return Correlation(
        conversation_id=header.conversation_id,
        access_point=header.receiver,
        exchange_id=header.exchange_id,
        message_id=header.message_id,
    )
