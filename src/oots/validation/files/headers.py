"""
An ebMS header as it is found in a file: `eb:Messaging` by itself, or in the envelope that it travels in.

What a gateway would refuse becomes a finding here, and all that can still be checked is checked.
"""

from dataclasses import dataclass

from lxml import etree

from oots.ebms.envelope import read_envelope
from oots.ebms.messages import UserMessage, read_messaging
from oots.errors import EbmsError, ExternalPayloadError, SoapFault
from oots.mime.multipart import Package, key_of
from oots.validation.cross import Header, header_of
from oots.validation.files.detecting import ENVELOPES, MESSAGING, UnknownDocument
from oots.validation.findings import Finding, Layer, Severity
from oots.xml import Element


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundHeader:
    """A header, read as far as it can be."""

    element: Element
    """`eb:Messaging`."""
    envelope: Element | None
    """What it travels in, which tells what is encrypted; a header by itself has none."""
    message: UserMessage | None
    """None for a signal, and when the header cannot be read."""
    refusals: tuple[Finding, ...]

    @property
    def compared(self) -> Header | None:
        """Give what other documents are compared with."""
        return None if self.message is None else header_of(self.message)

    @property
    def written(self) -> bytes:
        """Give `eb:Messaging` as a document of its own."""
        return etree.tostring(self.element, with_tail=False)


def find_header(root: Element) -> FoundHeader:
    """Find the header in a document; raises `UnknownDocument` when there is none."""
    if root.tag == MESSAGING:
        return _read(root, None, ())
    if root.tag not in ENVELOPES:
        raise UnknownDocument("the document element is neither eb:Messaging nor a SOAP envelope")
    messaging = root.find(f"{{{etree.QName(root).namespace}}}Header/{MESSAGING}")
    if messaging is None:
        raise UnknownDocument("the SOAP envelope has no eb:Messaging in its header")
    try:
        read_envelope(etree.tostring(root), body_is_empty=False)
    except (EbmsError, SoapFault) as error:
        return _read(messaging, root, (refusal(error),))
    return _read(messaging, root, ())


def refusal(error: EbmsError | SoapFault) -> Finding:
    """Tell what a receiving access point would tell its sender."""
    rule = error.code.value if isinstance(error, EbmsError) else error.value
    return Finding(rule=rule, severity=Severity.FATAL, layer=Layer.HEADER, location="", message=str(error))


def parts_refusals(message: UserMessage, package: Package) -> tuple[Finding, ...]:
    """Tell whether other parts came than the header announces."""
    announced = sorted(key_of(part.content_id) for part in message.parts)
    if announced == sorted(package.parts):
        return ()
    return (
        refusal(
            ExternalPayloadError(
                f"{len(announced)} parts are announced and {len(package.parts)} came, or their Content-IDs differ"
            )
        ),
    )


def _read(messaging: Element, envelope: Element | None, refusals: tuple[Finding, ...]) -> FoundHeader:
    message = None
    try:
        read = read_messaging(messaging)
        message = read if isinstance(read, UserMessage) else None
    except EbmsError as error:
        refusals = (*refusals, refusal(error))
    return FoundHeader(element=messaging, envelope=envelope, message=message, refusals=refusals)
