"""
The SOAP 1.2 envelope around `eb:Messaging`: building it, and finding its blocks in one that came in.

What the header blocks contain is read elsewhere; signatures are none of this module's business.
"""

from dataclasses import dataclass
from typing import Final

from lxml import etree

from oots.errors import InvalidHeader, PolicyNoncompliance, SoapFault
from oots.xml import EB, S12, WSSE, WSU, Element, parse

SOAP_11: Final = "http://schemas.xmlsoap.org/soap/envelope/"
MAX_SOAP_BYTES: Final = 1 << 20
"""Largest SOAP part: 1 MiB.  phase4 and Domibus set no limit; a header with 28 payloads has about 40 kB."""
MAX_SOAP_NAMESPACES: Final = 1000
"""A receipt of Domibus for 30 references has about 250 declarations."""

_ENVELOPE: Final = f"{{{S12}}}Envelope"
_HEADER: Final = f"{{{S12}}}Header"
_BODY: Final = f"{{{S12}}}Body"
_MESSAGING: Final = f"{{{EB}}}Messaging"
_SECURITY: Final = f"{{{WSSE}}}Security"
_MUST_UNDERSTAND: Final = f"{{{S12}}}mustUnderstand"
_ROLE: Final = f"{{{S12}}}role"
WSU_ID: Final = f"{{{WSU}}}Id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The blocks of one SOAP envelope, each known to be there exactly once."""

    root: Element
    messaging: Element
    body: Element
    security: Element
    """Empty when the message has none: then nothing is signed."""


def new_envelope(*, suffix: str) -> Envelope:
    """
    Make an envelope with empty `eb:Messaging`, `wsse:Security` and `S12:Body`, ids ending in `suffix`.

    No default namespace, ever: it would end up as `#default` in the PrefixList of whoever signs around it.
    """
    root = etree.Element(_ENVELOPE, nsmap={"S12": S12})
    header = etree.SubElement(root, _HEADER)
    messaging = etree.SubElement(
        header, _MESSAGING, {_MUST_UNDERSTAND: "true", WSU_ID: f"_m-{suffix}"}, nsmap={"eb": EB, "wsu": WSU}
    )
    security = etree.SubElement(header, _SECURITY, {_MUST_UNDERSTAND: "true"}, nsmap={"wsse": WSSE, "wsu": WSU})
    body = etree.SubElement(root, _BODY, {WSU_ID: f"_b-{suffix}"}, nsmap={"wsu": WSU})
    return Envelope(root=root, messaging=messaging, body=body, security=security)


def read_envelope(data: bytes) -> Envelope:
    """
    Parse a SOAP part and find its blocks.

    Raises `MalformedXml` when it is no XML we accept, `SoapFault` for another SOAP version or a header that we would
    have to understand, `InvalidHeader` or `PolicyNoncompliance` when a block is missing or there twice, or when the
    Body is not empty (eDelivery: payloads are always attachments).
    """
    root = parse(data, max_bytes=MAX_SOAP_BYTES, max_namespaces=MAX_SOAP_NAMESPACES)
    if root.tag == f"{{{SOAP_11}}}Envelope":
        raise SoapFault("VersionMismatch", "SOAP 1.2 is expected, SOAP 1.1 was found")
    if root.tag != _ENVELOPE:
        raise InvalidHeader("the root part is no SOAP 1.2 envelope")
    children = list(root.iterchildren("*"))
    if [child.tag for child in children] != [_HEADER, _BODY]:
        raise InvalidHeader("a SOAP envelope has exactly one Header and one Body, in this order")
    header, body = children
    messaging: Element | None = None
    security: Element | None = None
    for block in header.iterchildren("*"):
        if block.tag == _MESSAGING:
            if messaging is not None:
                raise InvalidHeader("eb:Messaging stands twice in the header")
            messaging = block
        elif block.tag == _SECURITY:
            if security is not None:
                raise PolicyNoncompliance("wsse:Security stands twice in the header")
            security = block
        elif block.get(_MUST_UNDERSTAND) in {"true", "1"}:
            raise SoapFault("MustUnderstand", f"header block {etree.QName(block).localname!r} is not understood")
    if messaging is None:
        raise InvalidHeader("eb:Messaging is missing in the header")
    if len(body):
        raise InvalidHeader("the SOAP Body is not empty; payloads are attachments")
    return Envelope(
        root=root,
        messaging=messaging,
        body=body,
        security=etree.Element(_SECURITY) if security is None else security,
    )


def write_fault(fault: SoapFault) -> bytes:
    """Give a SOAP 1.2 envelope with the fault."""
    root = etree.Element(_ENVELOPE, nsmap={"S12": S12})
    body = etree.SubElement(root, _BODY)
    element = etree.SubElement(body, f"{{{S12}}}Fault")
    code = etree.SubElement(element, f"{{{S12}}}Code")
    etree.SubElement(code, f"{{{S12}}}Value").text = f"S12:{fault.value}"
    reason = etree.SubElement(element, f"{{{S12}}}Reason")
    text = etree.SubElement(reason, f"{{{S12}}}Text", {"{http://www.w3.org/XML/1998/namespace}lang": "en"})
    text.text = fault.reason
    return etree.tostring(root, encoding="UTF-8")
