"""Exchanges and answers of the demo's story, as values."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from evidence_provider.demo import demo_settings
from evidence_requester.api import JourneyBody, RequestBody
from evidence_requester.exchange import Exchange, Journey, OpenExchange
from evidence_requester.request import open_exchange, properties
from evidence_requester.states import State
from oots.cli.demo import story
from oots.codes import MIME_REGREP, Action, EdmCode
from oots.ebms.messages import PartyId, Property
from oots.edm.error import exception_report
from oots.edm.model import (
    AgentClassification,
    Distribution,
    ErrorResponse,
    EvidenceDocument,
    EvidenceMetadata,
    EvidencePackage,
    EvidenceResponse,
    EvidenceType,
    NaturalPerson,
)
from oots.edm.specification import V2_0
from oots.errors import EdmException
from oots.net.gateway_client import DeliveredPart, Delivery

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
PROVIDER = demo_settings(Path("register.db"))
PDF = b"%PDF-1.4\n"


def journey() -> Journey:
    body = JourneyBody(**story.journey())
    return Journey(id=new_id(), procedure=body.procedure, subject=body.subject.natural_person())


def an_exchange(
    state: State = State.SENT, *, access_point: PartyId = story.FINLAND, line: str = V2_0, **changes: Any
) -> OpenExchange:
    exchange = open_exchange(
        journey(),
        replace(RequestBody(**story.request(PROVIDER)).wish(), conforms_to=(line,)),
        requester=story.MUNICIPALITY,
        request_id=new_id(),
        exchange_id=new_id(),
        message_id=f"{new_id()}@pt.example",
        now=NOW,
    )
    return replace(exchange, state=state, access_point=access_point, **changes)


def a_response(exchange: OpenExchange, *, content_ids: tuple[str, ...] = ("document@fi.example",)) -> EvidenceResponse:
    """Give a response with one evidence for each Content-ID."""
    return EvidenceResponse(
        request_id=exchange.request_id,
        response_id=new_id(),
        specification=exchange.specification,
        issue_date_time=NOW,
        provider=PROVIDER.agent(AgentClassification.EVIDENCE_PROVIDER),
        requester=story.MUNICIPALITY.echoed(),
        evidences=tuple(EvidencePackage(main=_document(exchange, content_id)) for content_id in content_ids),
    )


def an_error(exchange: Exchange, error: EdmException) -> ErrorResponse:
    return ErrorResponse(
        request_id=exchange.request_id,
        response_id=new_id(),
        specification=exchange.specification,
        error_provider=PROVIDER.agent(AgentClassification.ERROR_PROVIDER),
        requester=story.MUNICIPALITY.echoed(),
        exceptions=(exception_report(error, NOW),),
    )


def with_code(error: ErrorResponse, code: EdmCode, **changes: Any) -> ErrorResponse:
    return replace(error, exceptions=(replace(error.exceptions[0], code=code, **changes),))


def delivery_of(exchange: Exchange, document: EvidenceResponse | ErrorResponse, **changes: Any) -> Delivery:
    """Give the message that brings an answer, with a part for each document."""
    is_error = isinstance(document, ErrorResponse)
    packages = () if isinstance(document, ErrorResponse) else document.evidences
    delivery = Delivery(
        message_id=f"{new_id()}@fi.example",
        timestamp=NOW,
        sender=exchange.access_point,
        receiver=story.PORTUGAL,
        action=(Action.EXCEPTION if is_error else Action.RESPONSE).value,
        conversation_id=exchange.conversation_id,
        properties=properties_of(exchange),
        parts=(
            DeliveredPart(content_id="answer@fi.example", mime_type=MIME_REGREP, size=1),
            *(
                DeliveredPart(content_id=item.content_id, mime_type="application/pdf", size=len(PDF))
                for package in packages
                for item in package.documents
            ),
        ),
        certificate="",
    )
    return replace(delivery, **changes)


def properties_of(exchange: Exchange) -> tuple[Property, ...]:
    """Give the message properties of an answer, as its line has them."""
    corners = (("originalSender", PROVIDER.identifier), ("finalRecipient", story.MUNICIPALITY.identifier))
    return (
        *(Property(name=name, value=agent.value, type=agent.scheme_id) for name, agent in corners),
        *properties(exchange),
    )


def new_id() -> str:
    return str(uuid.uuid4())


def _document(exchange: OpenExchange, content_id: str) -> EvidenceDocument:
    subject, asked = exchange.request.subject, exchange.request.evidence_type
    assert isinstance(subject, NaturalPerson)
    metadata = EvidenceMetadata(
        identifier=new_id(),
        distribution=Distribution(format="application/pdf", languages=("EN",)),
        is_about=subject.echoed(),
        issuing_authority=PROVIDER.authority,
        is_conformant_to=EvidenceType(classification=asked.classification, titles=asked.titles),
        issuing_date=NOW.date(),
    )
    return EvidenceDocument(metadata=metadata, content_id=content_id, title="birth-record.pdf")
