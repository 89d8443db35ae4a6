"""
The SOAP 1.2 envelope around `eb:Messaging`: building it, and finding its blocks in one that came in.

What the header blocks contain is read elsewhere; signatures are none of this module's business.
"""

from dataclasses import dataclass
from typing import Final

from lxml import etree

from oots.canonical_text import CanonicalElement, element, escape_text, leaf
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The blocks of one SOAP envelope, each known to be there exactly once."""

    root: Element
    messaging: Element
    body: Element
    security: Element
    """Empty when the message has none: then nothing is signed."""


def write_messaging(unit: str, *, suffix: str) -> CanonicalElement:
    """Write `eb:Messaging` around its one unit, ready to be signed."""
    name = f"_m-{suffix}"
    declared = f'xmlns:S12="{S12}" xmlns:eb="{EB}" xmlns:wsu="{WSU}"'
    text = f'<eb:Messaging {declared} wsu:Id="{name}" S12:mustUnderstand="true">{unit}</eb:Messaging>'
    return CanonicalElement(id=name, text=text)


def write_body(*, suffix: str) -> CanonicalElement:
    """Write the SOAP Body, which is always empty, ready to be signed."""
    name = f"_b-{suffix}"
    return CanonicalElement(id=name, text=f'<S12:Body xmlns:S12="{S12}" xmlns:wsu="{WSU}" wsu:Id="{name}"></S12:Body>')


def write_envelope(messaging: CanonicalElement, body: CanonicalElement, *, security: str) -> bytes:
    """
    Write the envelope around its blocks; `security` is the content of `wsse:Security`.

    No default namespace, ever: it would end up as `#default` in the PrefixList of whoever signs around it.
    """
    header = (
        f'<wsse:Security xmlns:wsse="{WSSE}" xmlns:wsu="{WSU}" S12:mustUnderstand="true">{security}</wsse:Security>'
    )
    envelope = (
        f'<S12:Envelope xmlns:S12="{S12}"><S12:Header>{messaging.text}{header}</S12:Header>{body.text}</S12:Envelope>'
    )
    return envelope.encode()


def read_envelope(data: bytes, *, body_is_empty: bool = True) -> Envelope:
    """
    Parse a SOAP part and find its blocks.

    Raises `MalformedXml` when it is no XML we accept, `SoapFault` for another SOAP version or a header that we would
    have to understand, `InvalidHeader` or `PolicyNoncompliance` when a block is missing or there twice, or when the
    Body is not empty (eDelivery: payloads are always attachments).  Answers may have a Fault in it: Domibus sends its
    errors so.
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
    if body_is_empty and len(body):
        raise InvalidHeader("the SOAP Body is not empty; payloads are attachments")
    return Envelope(
        root=root,
        messaging=messaging,
        body=body,
        security=etree.Element(_SECURITY) if security is None else security,
    )


def write_fault(fault: SoapFault) -> bytes:
    """Write a SOAP 1.2 envelope with the fault."""
    code = element("S12:Code", leaf("S12:Value", f"S12:{fault.value}"))
    text = f'<S12:Text xml:lang="en">{escape_text(fault.reason)}</S12:Text>'
    body = element("S12:Body", element("S12:Fault", code + element("S12:Reason", text)))
    return f'<S12:Envelope xmlns:S12="{S12}">{body}</S12:Envelope>'.encode()
