"""
The API for portals: journeys, requests, exchanges, documents.  A thin edge: what happens is in `service`.

Every call carries the bearer token of the portal.  Errors are answered in `problems`.
"""

import secrets
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from evidence_requester.exchange import Exchange, ReceivedDocument, Wish
from evidence_requester.problems import Unauthorized
from evidence_requester.service import Requester
from oots.ebms.messages import PartyId
from oots.edm.model import (
    Agent,
    DataServiceEvidenceType,
    DistributedAs,
    Identifier,
    LevelOfAssurance,
    MultilingualString,
    NaturalPerson,
    Requirement,
)
from oots.net.bodies import read_pieces

MAX_WAIT_SECONDS = 30.0

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)]
IdempotencyKey = Annotated[
    str | None,
    Header(
        pattern="^[ -~]+$", max_length=255, description="the same for each click of one button, and for no other button"
    ),
]
Language = Annotated[str, Field(pattern="^[A-Z]{2}$")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class IdentifierBody(_Body):
    """A value and its scheme."""

    value: Text
    scheme: Text

    def identifier(self) -> Identifier:
        return Identifier(value=self.value, scheme_id=self.scheme)


class SubjectBody(_Body):
    """The authenticated person, as the eID said; the level of assurance is the one really obtained."""

    level_of_assurance: LevelOfAssurance
    identifier: IdentifierBody | None = None
    family_name: Text
    given_name: Text
    date_of_birth: date
    place_of_birth: Text | None = None

    def natural_person(self) -> NaturalPerson:
        return NaturalPerson(
            level_of_assurance=self.level_of_assurance,
            identifier=self.identifier.identifier() if self.identifier else None,
            family_name=self.family_name,
            given_name=self.given_name,
            date_of_birth=self.date_of_birth,
            place_of_birth=self.place_of_birth,
        )


class JourneyBody(_Body):
    """Begins a journey."""

    procedure: Annotated[str, Field(pattern="^[A-Z0-9]{2,3}$")]
    subject: SubjectBody


class RequirementBody(_Body):
    """As the Evidence Broker names it."""

    identifier: Text
    names: dict[Language, Text]


class EvidenceTypeBody(_Body):
    """As the Data Service Directory describes it, with the one form that is wanted."""

    identifier: Text
    classification: Text
    titles: dict[Language, Text]
    format: Text = "application/pdf"
    languages: tuple[Language, ...] = ()


class ProviderBody(_Body):
    """The authority asked, and its Access Point."""

    identifier: IdentifierBody
    names: dict[Language, Text]
    access_point: IdentifierBody
    conforms_to: Annotated[tuple[Text, ...], Field(max_length=20)] = ()
    """What the access service announces in the Data Service Directory, such as `oots-edm:v2.0`."""


class RequestBody(_Body):
    """What the person asked for; sending this is the explicit request."""

    requirement: RequirementBody
    evidence_type: EvidenceTypeBody
    provider: ProviderBody
    possibility_for_preview: bool
    explicit_request_given: bool

    def wish(self) -> Wish:
        kind = self.evidence_type
        access_point = self.provider.access_point
        return Wish(
            requirement=Requirement(
                identifier=self.requirement.identifier, names=_multilingual(self.requirement.names)
            ),
            evidence_type=DataServiceEvidenceType(
                identifier=kind.identifier,
                classification=kind.classification,
                titles=_multilingual(kind.titles),
                distributions=(DistributedAs(format=kind.format, languages=kind.languages),),
            ),
            provider=Agent(identifier=self.provider.identifier.identifier(), names=_multilingual(self.provider.names)),
            access_point=PartyId(value=access_point.value, type=access_point.scheme),
            possibility_for_preview=self.possibility_for_preview,
            explicit_request_given=self.explicit_request_given,
            conforms_to=self.provider.conforms_to,
        )


def _multilingual(texts: dict[str, str]) -> tuple[MultilingualString, ...]:
    return tuple(MultilingualString(text=text, lang=language) for language, text in texts.items())


async def _authorized(request: Request) -> Requester:
    requester: Requester = request.app.state.requester
    presented = request.headers.get("authorization", "")
    if not secrets.compare_digest(presented.encode(), f"Bearer {requester.settings.api_token}".encode()):
        raise Unauthorized("the bearer token of the portal is missing or wrong")
    return requester


CurrentRequester = Annotated[Requester, Depends(_authorized)]

router = APIRouter(prefix="/v1")


@router.post("/journeys", status_code=201)
async def open_journey(body: JourneyBody, requester: CurrentRequester) -> dict[str, str]:
    """Begin a journey; its id is the ConversationId of all messages."""
    journey = await requester.open_journey(body.procedure, body.subject.natural_person())
    return {"journey_id": journey.id}


@router.post("/journeys/{journey_id}/requests", status_code=202)
async def request_evidence(
    journey_id: str, body: RequestBody, requester: CurrentRequester, idempotency_key: IdempotencyKey = None
) -> dict[str, Any]:
    """Ask for a document; the same key, within a journey, gives the same exchange again."""
    return _exchange_json(await requester.ask(journey_id, body.wish(), idempotency_key=idempotency_key))


@router.get("/exchanges/{exchange_id}")
async def exchange(
    exchange_id: str,
    requester: CurrentRequester,
    wait: Annotated[float, Query(ge=0, le=MAX_WAIT_SECONDS, description="seconds to wait for an answer")] = 0,
) -> dict[str, Any]:
    """Tell how an exchange stands."""
    return _exchange_json(await requester.exchanges.wait_until_answered(exchange_id, seconds=wait))


@router.get("/exchanges/{exchange_id}/files/{number}")
async def file(exchange_id: str, number: int, requester: CurrentRequester) -> Response:
    """Give the bytes of a document."""
    document, content = await requester.document(exchange_id, number)
    headers = {
        "Content-Length": str(document.size),
        "X-Content-Type-Options": "nosniff",
        "X-Content-SHA256": document.sha256,
    }
    return StreamingResponse(read_pieces(content), media_type=document.media_type, headers=headers)


@router.post("/exchanges/{exchange_id}/ack")
async def acknowledge(exchange_id: str, requester: CurrentRequester) -> dict[str, Any]:
    """Say that the documents have arrived; they are erased here.  It may be said again."""
    return _exchange_json(await requester.acknowledge(exchange_id))


def _exchange_json(exchange: Exchange) -> dict[str, Any]:
    failure = exchange.failure
    return {
        "exchange_id": exchange.id,
        "journey_id": exchange.conversation_id,
        "state": exchange.state.value,
        "final": exchange.state.is_final,
        "message_id": exchange.message_id,
        "code": failure.code if failure else None,
        "edm_code": failure.edm_code.value if failure and failure.edm_code else None,
        "detail": failure.detail if failure else None,
        "documents": [_document_json(document) for document in exchange.documents],
    }


def _document_json(document: ReceivedDocument) -> dict[str, Any]:
    return {
        "identifier": document.identifier,
        "title": document.title,
        "media_type": document.media_type,
        "bytes": document.size,
        "sha256": document.sha256,
        "issuing_date": document.issuing_date,
        "issuing_authority": {name.lang: name.text for name in document.issuing_authority},
    }
