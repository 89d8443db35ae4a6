"""
The ebMS header of a message as the access point's back ends know it, for checks of headers.  No HTTP here.

What is not told to back ends is as the P-Mode has it: the access point takes and sends nothing else.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from oots.codes import GATEWAY_ROLE, SERVICE, SERVICE_TYPE
from oots.ebms.messages import PartInfo, Party, PartyId, Property, Service, UserMessage
from oots.net.gateway_api import DeliveredPart, Delivery, Submission, SubmittedPart

_SERVICE: Final = Service(value=SERVICE, type=SERVICE_TYPE)


def delivered_header(delivery: Delivery) -> UserMessage:
    """Give the header of a message that came."""
    return UserMessage(
        message_id=delivery.message_id,
        timestamp=delivery.timestamp,
        sender=_gateway(delivery.sender),
        receiver=_gateway(delivery.receiver),
        service=_SERVICE,
        action=delivery.action,
        conversation_id=delivery.conversation_id,
        properties=delivery.properties,
        parts=_parts(delivery.parts),
    )


def submitted_header(submission: Submission, *, sender: PartyId, at: datetime) -> UserMessage:
    """Give the header that a message will have, under the MessageId it was given, when `sender` packs it."""
    assert submission.message_id is not None
    corners = (("originalSender", submission.original_sender), ("finalRecipient", submission.final_recipient))
    return UserMessage(
        message_id=submission.message_id,
        timestamp=at,
        sender=_gateway(sender),
        receiver=_gateway(submission.receiver),
        service=_SERVICE,
        action=submission.action,
        conversation_id=submission.conversation_id,
        properties=(
            *(Property(name=name, value=party.value, type=party.type) for name, party in corners),
            *submission.properties,
        ),
        parts=_parts(submission.parts),
        ref_to_message_id=submission.ref_to_message_id,
    )


def _gateway(party_id: PartyId) -> Party:
    return Party(party_id=party_id, role=GATEWAY_ROLE)


def _parts(parts: Iterable[SubmittedPart | DeliveredPart]) -> tuple[PartInfo, ...]:
    return tuple(
        PartInfo(content_id=part.content_id, mime_type=part.mime_type, properties=part.properties) for part in parts
    )
