import pytest
import xmlschema

from oots.resources import schemas
from oots.validation.findings import Layer, Severity
from oots.validation.xsd import check_header
from oots.xml import EB, Element, parse

ENVELOPE = """
<S12:Envelope xmlns:S12="http://www.w3.org/2003/05/soap-envelope"
    xmlns:wsu="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
    xmlns:eb="http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/">
 <S12:Header>{}</S12:Header>
 <S12:Body wsu:Id="_b"/>
</S12:Envelope>"""

USER_MESSAGE = """
<eb:Messaging S12:mustUnderstand="true" wsu:Id="_m" id="m">
 <eb:UserMessage mpc="http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/defaultMPC">
  <eb:MessageInfo>
   <eb:Timestamp>2026-11-23T09:30:00.250Z</eb:Timestamp>
   <eb:MessageId>6d1f@ap.pt.example</eb:MessageId>
  </eb:MessageInfo>
  <eb:PartyInfo>
   <eb:From><eb:PartyId type="urn:oasis:names:tc:ebcore:partyid-type:unregistered:oots">AP_PT_01</eb:PartyId>
    <eb:Role>http://sdg.europa.eu/edelivery/gateway</eb:Role></eb:From>
   <eb:To><eb:PartyId type="urn:oasis:names:tc:ebcore:partyid-type:unregistered:oots">AP_FI_01</eb:PartyId>
    <eb:Role>http://sdg.europa.eu/edelivery/gateway</eb:Role></eb:To>
  </eb:PartyInfo>
  <eb:CollaborationInfo>
   <eb:Service type="urn:oasis:names:tc:ebcore:ebrs:ebms:binding:1.0">QueryManager</eb:Service>
   <eb:Action>ExecuteQueryRequest</eb:Action>
   <eb:ConversationId>1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed</eb:ConversationId>
  </eb:CollaborationInfo>
  <eb:MessageProperties>
   <eb:Property name="originalSender" type="urn:oasis:names:tc:ebcore:partyid-type:unregistered:PT">CM</eb:Property>
   <eb:Property name="finalRecipient" type="urn:cef.eu:names:identifier:EAS:0037">0037</eb:Property>
  </eb:MessageProperties>
  <eb:PayloadInfo>
   <eb:PartInfo href="cid:1@ap.pt.example">
    <eb:PartProperties>
     <eb:Property name="MimeType">application/x-ebrs+xml</eb:Property>
    </eb:PartProperties>
   </eb:PartInfo>
  </eb:PayloadInfo>
 </eb:UserMessage>
</eb:Messaging>"""

SIGNAL_INFO = """<eb:MessageInfo><eb:Timestamp>2026-11-23T09:30:01Z</eb:Timestamp>
 <eb:MessageId>7e@ap.fi.example</eb:MessageId><eb:RefToMessageId>6d1f@ap.pt.example</eb:RefToMessageId></eb:MessageInfo>"""

RECEIPT = f"""
<eb:Messaging S12:mustUnderstand="true" wsu:Id="_r"><eb:SignalMessage>{SIGNAL_INFO}
 <eb:Receipt>
  <ebbp:NonRepudiationInformation xmlns:ebbp="http://docs.oasis-open.org/ebxml-bp/ebbp-signals-2.0">
   <ebbp:MessagePartNRInformation>
    <ds:Reference xmlns:ds="http://www.w3.org/2000/09/xmldsig#" URI="#_b">
     <ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue>AAAA</ds:DigestValue>
    </ds:Reference>
   </ebbp:MessagePartNRInformation>
  </ebbp:NonRepudiationInformation>
  <mark xmlns="urn:example:peer"/>
 </eb:Receipt>
</eb:SignalMessage></eb:Messaging>"""

ERROR = f"""
<eb:Messaging><eb:SignalMessage>{SIGNAL_INFO}
 <eb:Error errorCode="EBMS:0003" severity="failure" category="Content" origin="ebMS"
     shortDescription="ValueInconsistent" refToMessageInError="6d1f@ap.pt.example">
  <eb:Description xml:lang="en">Value inconsistent</eb:Description>
  <eb:ErrorDetail>two units</eb:ErrorDetail>
 </eb:Error>
</eb:SignalMessage></eb:Messaging>"""


def messaging(header: str) -> Element:
    found = parse(ENVELOPE.format(header).encode()).find(f".//{{{EB}}}Messaging")
    assert found is not None
    return found


@pytest.mark.parametrize("header", [USER_MESSAGE, RECEIPT, ERROR])
def test_headers_of_each_kind_follow_the_schema(header: str) -> None:
    assert check_header(messaging(header)) == ()
    assert xmlschema.XMLSchema(schemas() / "ebms" / "ebms-header.xsd").is_valid(messaging(header))


def test_a_description_schema_and_agreement_may_be_there() -> None:
    header = USER_MESSAGE.replace(
        "<eb:CollaborationInfo>", '<eb:CollaborationInfo><eb:AgreementRef type="t">a</eb:AgreementRef>'
    )
    described = (
        '<eb:Schema location="https://x.example"/><eb:Description xml:lang="en">d</eb:Description><eb:PartProperties>'
    )

    assert check_header(messaging(header.replace("<eb:PartProperties>", described))) == ()


BROKEN = [
    (
        USER_MESSAGE,
        "<eb:MessageId>6d1f@ap.pt.example</eb:MessageId>",
        "",
        "eb:MessageInfo lacks a child; expected: eb:MessageId",
    ),
    (USER_MESSAGE, "2026-11-23T09:30:00.250Z", "now", "eb:Timestamp has a value that is no xs:dateTime"),
    (USER_MESSAGE, ">6d1f@ap.pt.example<", "><", "eb:MessageId has a value that is too short"),
    (
        USER_MESSAGE,
        "<eb:Role>http://sdg.europa.eu/edelivery/gateway</eb:Role>",
        "",
        "eb:From lacks a child; expected: eb:PartyId, eb:Role",
    ),
    (
        USER_MESSAGE,
        "<eb:Action>ExecuteQueryRequest</eb:Action>",
        "",
        "eb:ConversationId is not expected here; expected: eb:Action",
    ),
    (USER_MESSAGE, 'name="originalSender" ', "", "eb:Property lacks the attribute name"),
    (
        USER_MESSAGE,
        "<eb:PartProperties>",
        "<eb:PartProperties/><eb:PartProperties>",
        "eb:PartProperties lacks a child; expected: eb:Property",
    ),
    (
        USER_MESSAGE,
        "<eb:UserMessage ",
        "<eb:UserMessage secret='x' ",
        "eb:UserMessage may not have the attribute secret",
    ),
    (
        ERROR,
        'severity="failure"',
        'severity="Failure"',
        "the attribute severity of eb:Error has a value that is none of failure, warning",
    ),
    (ERROR, 'errorCode="EBMS:0003"', "", "eb:Error lacks the attribute errorCode"),
    (
        RECEIPT,
        "<eb:SignalMessage>",
        "<eb:SignalMessage><eb:Receipt/>",
        "eb:Receipt is not expected here; expected: eb:MessageInfo",
    ),
]


@pytest.mark.parametrize(("header", "old", "new", "message"), BROKEN)
def test_a_broken_header_is_found_and_told_in_a_sentence(header: str, old: str, new: str, message: str) -> None:
    assert old in header

    finding = check_header(messaging(header.replace(old, new, 1)))[0]

    assert finding.message == message
    assert (finding.layer, finding.severity) == (Layer.HEADER, Severity.FATAL)


def test_a_broken_header_is_not_quoted() -> None:
    for finding in check_header(messaging(USER_MESSAGE.replace("2026-11-23T09:30:00.250Z", "CM-EXEMPLO"))):
        assert "CM-EXEMPLO" not in finding.message + finding.location
