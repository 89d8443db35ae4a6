"""
The header of an OOTS request as TDD 2.0 wants it (as4.md 2.6): as XML written by hand, and as the value it means.
"""

import re
from datetime import UTC, datetime
from typing import Final

from oots.codes import GATEWAY_ROLE, PARTY_TYPE_OOTS, SERVICE, SERVICE_TYPE, Action
from oots.ebms.messages import PartInfo, Party, PartyId, Property, Service, UserMessage
from oots.xml import EB, Element, parse


def _one_line(text: str) -> str:
    return re.sub(r">\s+<", "><", text.strip())


HEADER: Final = _one_line("""
<eb:UserMessage xmlns:eb="http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/"
    mpc="http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/defaultMPC">
  <eb:MessageInfo>
    <eb:Timestamp>2026-11-23T08:00:00.000Z</eb:Timestamp>
    <eb:MessageId>m1@ap-xx-01.example</eb:MessageId>
  </eb:MessageInfo>
  <eb:PartyInfo>
    <eb:From>
      <eb:PartyId type="urn:oasis:names:tc:ebcore:partyid-type:unregistered:oots">AP_XX_01</eb:PartyId>
      <eb:Role>http://sdg.europa.eu/edelivery/gateway</eb:Role>
    </eb:From>
    <eb:To>
      <eb:PartyId type="urn:oasis:names:tc:ebcore:partyid-type:unregistered:oots">AP_YY_01</eb:PartyId>
      <eb:Role>http://sdg.europa.eu/edelivery/gateway</eb:Role>
    </eb:To>
  </eb:PartyInfo>
  <eb:CollaborationInfo>
    <eb:Service type="urn:oasis:names:tc:ebcore:ebrs:ebms:binding:1.0">QueryManager</eb:Service>
    <eb:Action>ExecuteQueryRequest</eb:Action>
    <eb:ConversationId>4c1f6e7a-9df8-4b53-8a6e-1b8bd9b7a001</eb:ConversationId>
  </eb:CollaborationInfo>
  <eb:MessageProperties>
    <eb:Property type="urn:cef.eu:names:identifier:EAS:0009" name="originalSender">11111111100011</eb:Property>
    <eb:Property type="urn:cef.eu:names:identifier:EAS:9930" name="finalRecipient">DE000000001</eb:Property>
    <eb:Property name="ExchangeId">9f0e1c52-0a0f-4c87-8d3a-3f6f6a7b2002</eb:Property>
    <eb:Property name="SpecificationId">oots-edm:v2.0</eb:Property>
  </eb:MessageProperties>
  <eb:PayloadInfo>
    <eb:PartInfo href="cid:regrep-0b6c2a0e@ap-xx-01.example">
      <eb:PartProperties>
        <eb:Property name="MimeType">application/x-ebrs+xml</eb:Property>
        <eb:Property name="CharacterSet">utf-8</eb:Property>
        <eb:Property name="CompressionType">application/gzip</eb:Property>
      </eb:PartProperties>
    </eb:PartInfo>
  </eb:PayloadInfo>
</eb:UserMessage>
""")

MESSAGE: Final = UserMessage(
    message_id="m1@ap-xx-01.example",
    timestamp=datetime(2026, 11, 23, 8, tzinfo=UTC),
    sender=Party(party_id=PartyId(value="AP_XX_01", type=PARTY_TYPE_OOTS), role=GATEWAY_ROLE),
    receiver=Party(party_id=PartyId(value="AP_YY_01", type=PARTY_TYPE_OOTS), role=GATEWAY_ROLE),
    service=Service(value=SERVICE, type=SERVICE_TYPE),
    action=Action.REQUEST.value,
    conversation_id="4c1f6e7a-9df8-4b53-8a6e-1b8bd9b7a001",
    properties=(
        Property(name="originalSender", value="11111111100011", type="urn:cef.eu:names:identifier:EAS:0009"),
        Property(name="finalRecipient", value="DE000000001", type="urn:cef.eu:names:identifier:EAS:9930"),
        Property(name="ExchangeId", value="9f0e1c52-0a0f-4c87-8d3a-3f6f6a7b2002"),
        Property(name="SpecificationId", value="oots-edm:v2.0"),
    ),
    parts=(
        PartInfo(
            content_id="regrep-0b6c2a0e@ap-xx-01.example",
            mime_type="application/x-ebrs+xml",
            compressed=True,
            character_set="utf-8",
        ),
    ),
)

SIGNAL: Final = _one_line("""
<eb:SignalMessage>
  <eb:MessageInfo>
    <eb:Timestamp>2026-11-23T08:00:01.000Z</eb:Timestamp>
    <eb:MessageId>s1@ap-yy-01.example</eb:MessageId>
    <eb:RefToMessageId>m1@ap-xx-01.example</eb:RefToMessageId>
  </eb:MessageInfo>
  $content
</eb:SignalMessage>
""")


def messaging(units: str) -> Element:
    """Put units into an `eb:Messaging`."""
    return parse(f'<eb:Messaging xmlns:eb="{EB}">{units}</eb:Messaging>'.encode())


def signal(content: str) -> Element:
    """Put a signal with `content` into an `eb:Messaging`."""
    return messaging(SIGNAL.replace("$content", content))
