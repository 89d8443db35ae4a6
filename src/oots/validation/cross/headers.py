"""
Headers: against their own document (X7, X26, X27), and that of an answer against that of its request (X2, X3, X8).

A request whose header contradicts it is refused.  Of an answer only the correlation counts; all else is told.
"""

from collections.abc import Collection, Iterator

from oots.codes import Action
from oots.ebms.messages import PartyId
from oots.edm.model import Agent, Document, ErrorResponse, EvidenceRequest
from oots.edm.specification import SPECIFICATIONS
from oots.validation.cross.breaches import breach, fatal, warning
from oots.validation.cross.header import Correlation, Header
from oots.validation.cross.identifiers import same_uuid
from oots.validation.findings import Finding, Severity


def check_header(document: Document, header: Header) -> tuple[Finding, ...]:
    """Compare a document with the header it came with; fatal for a request, warnings for an answer."""
    return (*x7_agents(document, header), *x26_action(document, header), *x27_specification(document, header))


def check_correlation(header: Header, correlation: Correlation) -> tuple[Finding, ...]:
    """Compare the header of an answer with what that of its request lets expect; fatal means: no answer to it."""
    return (
        *x2_conversation(header, correlation),
        *x3_exchange(header, correlation),
        *x8_access_point(header, (correlation.access_point,)),
    )


# --- a header and its document ----------------------------------------------------------------------------------------


def x7_agents(document: Document, header: Header) -> Iterator[Finding]:
    """X7: originalSender and finalRecipient are the agents of the document.  A missing one is told by ebMS-019."""
    for name, agent in _corners(document):
        corner = header.property_named(name)
        if corner is None or agent is None:
            continue
        if (corner.value, corner.type) != (agent.identifier.value, agent.identifier.scheme_id):
            message = f"{name} of the header is not the agent of the document"
            yield breach("X7", _severity(document), message, f"eb:Property[@name='{name}']")


def _corners(document: Document) -> tuple[tuple[str, Agent | None], ...]:
    if isinstance(document, EvidenceRequest):
        return ("originalSender", document.requester), ("finalRecipient", document.provider)
    sender = document.error_provider if isinstance(document, ErrorResponse) else document.provider
    return ("originalSender", sender), ("finalRecipient", document.requester)


def x26_action(document: Document, header: Header) -> Iterator[Finding]:
    """X26: the action is that of the document."""
    expected = action_of(document).value
    if header.action != expected:
        yield breach("X26", _severity(document), f"the document is one for the action {expected}", "eb:Action")


def action_of(document: Document) -> Action:
    """Give the action under which a document travels."""
    if isinstance(document, EvidenceRequest):
        return Action.REQUEST
    return Action.EXCEPTION if isinstance(document, ErrorResponse) else Action.RESPONSE


def x27_specification(document: Document, header: Header) -> Iterator[Finding]:
    """X27: header and document name the same line; a header without SpecificationId belongs to 1.x (edm.md 7.5)."""
    announced = header.specification_id
    if announced is None and "SpecificationId" not in SPECIFICATIONS[document.specification].message_properties:
        return
    if announced != document.specification:
        message = "SpecificationId of the header contradicts the SpecificationIdentifier of the document"
        yield breach("X27", _severity(document), message, "eb:Property[@name='SpecificationId']")


def _severity(document: Document) -> Severity:
    return Severity.FATAL if isinstance(document, EvidenceRequest) else Severity.WARNING


# --- the header of an answer and that of its request ------------------------------------------------------------------


def x2_conversation(header: Header, correlation: Correlation) -> Iterator[Finding]:
    """X2: the answer stays in the conversation; RefToMessageId may be missing, and nothing hangs on it (edm.md 1.3)."""
    if not same_uuid(header.conversation_id, correlation.conversation_id):
        yield fatal("X2", "the ConversationId of the answer is not that of the request", "eb:ConversationId")
    if correlation.message_id is not None and header.ref_to_message_id not in (None, correlation.message_id):
        yield warning("X2", "RefToMessageId is not the MessageId of the request", "eb:RefToMessageId")


def x3_exchange(header: Header, correlation: Correlation) -> Iterator[Finding]:
    """X3: the answer repeats the ExchangeId of a request that has one: in line 2.0."""
    if correlation.exchange_id is None:
        return
    location = "eb:Property[@name='ExchangeId']"
    if header.exchange_id is None:
        yield warning("X3", "the answer does not repeat the ExchangeId", location)
    elif not same_uuid(header.exchange_id, correlation.exchange_id):
        yield fatal("X3", "the ExchangeId of the answer is not that of the request", location)


def x8_access_point(header: Header, named: Collection[PartyId]) -> Iterator[Finding]:
    """
    X8: the message comes from an access point that speaks for its sender.

    `named` are those that the directory or an SMP gives for a requester; for an answer it is the one that was asked.
    """
    if header.sender not in named:
        yield fatal("X8", "the message comes from another access point than its sender's", "eb:From/eb:PartyId")
