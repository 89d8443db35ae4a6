"""
What the interop tests send: OOTS-shaped messages with two payloads, about nobody.
"""

import uuid
from datetime import datetime
from typing import Final

from oots.codes import MIME_REGREP, SERVICE, SERVICE_TYPE, Action
from oots.ebms.messages import PartInfo, PartyId, Property, Service, UserMessage
from tests.interop.identities import Identity

REGREP: Final = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n'
    b'<query:QueryRequest xmlns:query="urn:oasis:names:tc:ebxml-regrep:xsd:query:4.0"'
    b' xmlns:xlink="http://www.w3.org/1999/xlink" id="urn:uuid:00000000-0000-4000-8000-000000000001">\n'
    b"  <!-- Not a real query: the access points do not look inside. -->\n"
    b"  <query:ResponseOption returnType='LeafClassWithRepositoryItem'/>\n"
    b"</query:QueryRequest>\n"
)
"""Comment, quotes and final newline would not survive a canonicalisation: what arrives must be these very bytes."""

PDF: Final = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\r\n" + bytes(range(256)) * 16 + b"\r\n--not-a-boundary\r\n%%EOF\r\n\r\n"
"""Looks enough like one; every byte value, and line ends where a sloppy MIME parser would trim."""


def a_letter(
    sender: Identity,
    receiver: Identity,
    *,
    action: Action = Action.REQUEST,
    timestamp: datetime,
    message_id: str | None = None,
    parts: int = 2,
) -> UserMessage:
    """Give a message with the header of TDD 2.0, and a RegRep document and a PDF as its parts."""
    unique = uuid.uuid4()
    announced = (
        PartInfo(content_id=f"regrep-{unique}@interop.example", mime_type=MIME_REGREP),
        PartInfo(content_id=f"evidence-{unique}@interop.example", mime_type="application/pdf"),
    )
    return UserMessage(
        message_id=message_id or f"{unique}@interop.example",
        timestamp=timestamp,
        sender=sender.party,
        receiver=receiver.party,
        service=Service(value=SERVICE, type=SERVICE_TYPE),
        action=action.value,
        conversation_id=str(uuid.uuid4()),
        properties=(
            _corner("originalSender", PartyId(value="11111111100011", type="urn:cef.eu:names:identifier:EAS:0009")),
            _corner("finalRecipient", PartyId(value="DE000000001", type="urn:cef.eu:names:identifier:EAS:9930")),
            Property(name="ExchangeId", value=str(uuid.uuid4())),
            Property(name="SpecificationId", value="oots-edm:v2.0"),
        ),
        parts=announced[:parts],
    )


def _corner(name: str, party: PartyId) -> Property:
    return Property(name=name, value=party.value, type=party.type)
