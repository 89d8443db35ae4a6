"""
From a person's wish to the evidence request and its header (TDD 4.5.1, 4.7).  Pure: nothing is sent here.
"""

from datetime import datetime

from evidence_requester.exchange import Exchange, Journey, OpenExchange, Wish
from oots.codes import MIME_REGREP, Action
from oots.ebms.messages import PartyId, Property
from oots.edm.lines import choose_line, in_line
from oots.edm.model import Agent, EvidenceRequest, Identifier
from oots.edm.specification import SPECIFICATIONS
from oots.net.gateway_client import Submission, SubmittedPart


def open_exchange(
    journey: Journey,
    wish: Wish,
    *,
    requester: Agent,
    request_id: str,
    exchange_id: str,
    message_id: str,
    now: datetime,
) -> OpenExchange:
    """
    Give a new exchange.  `now` is when the person pressed the button: IssueDateTime (IR 2022/1463, 13(1)(c)).

    `request_id` and `exchange_id` are fresh bare UUIDs.  Raises `NoCommonLine` when the provider speaks none of ours.
    """
    line = choose_line(wish.conforms_to)
    request = EvidenceRequest(
        id=f"urn:uuid:{request_id}",
        specification=line,
        issue_date_time=now,
        procedure=journey.procedure,
        possibility_for_preview=wish.possibility_for_preview,
        explicit_request_given=wish.explicit_request_given,
        requirements=(wish.requirement,),
        requester=requester,
        provider=wish.provider,
        subject=journey.subject,
        evidence_type=wish.evidence_type,
    )
    request = in_line(request, line)
    titles = wish.evidence_type.titles
    return OpenExchange(
        id=exchange_id,
        conversation_id=journey.id,
        request_id=request.id.casefold(),
        message_id=message_id,
        procedure=request.procedure,
        # Without a title the request breaks its schema, and is refused for that.
        evidence_type=titles[0].text if titles else "",
        specification=request.specification,
        access_point=wish.access_point,
        opened_at=now,
        request=request,
    )


def submission(exchange: OpenExchange, *, content_id: str) -> Submission:
    """Give the header of the request; its one part is the RegRep document."""
    return Submission(
        message_id=exchange.message_id,
        action=Action.REQUEST.value,
        conversation_id=exchange.conversation_id,
        receiver=exchange.access_point,
        original_sender=party(exchange.request.requester.identifier),
        final_recipient=party(exchange.request.provider.identifier),
        properties=properties(exchange),
        parts=(SubmittedPart(content_id=content_id, mime_type=MIME_REGREP),),
    )


def properties(exchange: Exchange) -> tuple[Property, ...]:
    """Give what the headers of its messages tell beside the corners: in line 1.2 nothing."""
    told = {"ExchangeId": exchange.id, "SpecificationId": exchange.specification}
    names = SPECIFICATIONS[exchange.specification].message_properties
    return tuple(Property(name=name, value=value) for name, value in told.items() if name in names)


def party(identifier: Identifier) -> PartyId:
    """Give an agent's identifier as a corner of the header."""
    return PartyId(value=identifier.value, type=identifier.scheme_id)
