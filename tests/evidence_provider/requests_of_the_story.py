"""Requests of the demo's story, as an access point hands them over."""

import uuid
from datetime import UTC, datetime
from typing import Any, Final

from evidence_provider.demo import BIRTH_RECORDS, PROOF_OF_BIRTH
from evidence_provider.invented_people import DEMO_CITIZEN
from evidence_provider.settings import ProviderSettings
from oots.cli.demo.story import FINLAND, MUNICIPALITY, PORTUGAL
from oots.codes import MIME_REGREP, Action
from oots.ebms.messages import PartyId, Property
from oots.edm.model import (
    DataServiceEvidenceType,
    DistributedAs,
    EvidenceRequest,
    Identifier,
    LevelOfAssurance,
    MultilingualString,
    NaturalPerson,
    Requirement,
)
from oots.net.gateway_api import DeliveredPart, Delivery, Submission, SubmittedPart

NOW: Final = datetime(2026, 11, 23, 8, tzinfo=UTC)


def a_request(settings: ProviderSettings, **changes: Any) -> EvidenceRequest:
    """Give what the municipality asks this provider for, with changes to its fields."""
    fields: dict[str, Any] = {
        "id": f"urn:uuid:{uuid.uuid4()}",
        "specification": "oots-edm:v2.0",
        "issue_date_time": NOW,
        "procedure": "S1",
        "possibility_for_preview": False,
        "explicit_request_given": True,
        "requirements": (Requirement(identifier=PROOF_OF_BIRTH, names=_names("Proof of birth")),),
        "requester": MUNICIPALITY,
        "provider": settings.authority,
        "subject": NaturalPerson(
            identifier=Identifier(value=f"FI/PT/{DEMO_CITIZEN.eidas_value}", scheme_id="eidas"),
            family_name=DEMO_CITIZEN.family_name,
            given_name=DEMO_CITIZEN.given_name,
            date_of_birth=DEMO_CITIZEN.date_of_birth,
            level_of_assurance=LevelOfAssurance.SUBSTANTIAL,
        ),
        "evidence_type": DataServiceEvidenceType(
            identifier=BIRTH_RECORDS.identifier,
            classification=BIRTH_RECORDS.classification,
            titles=_names("Birth record"),
            distributions=(DistributedAs(format="application/pdf"),),
        ),
    }
    return EvidenceRequest(**fields | changes)


def header_of(request: EvidenceRequest, **changes: Any) -> Submission:
    """Give the header under which the municipality's access point sends a request, with changes to its fields."""
    fields: dict[str, Any] = {
        "message_id": f"{uuid.uuid4()}@pt.example",
        "action": Action.REQUEST.value,
        "conversation_id": str(uuid.uuid4()),
        "receiver": FINLAND,
        "original_sender": _party(request.requester.identifier),
        "final_recipient": _party(request.provider.identifier),
        "properties": (
            Property(name="ExchangeId", value=str(uuid.uuid4())),
            Property(name="SpecificationId", value=request.specification),
        ),
        "parts": (SubmittedPart(content_id="request@pt.example", mime_type=MIME_REGREP),),
    }
    return Submission(**fields | changes)


def delivery_of(header: Submission) -> Delivery:
    """Give a message as it comes out of our own access point."""
    assert header.message_id
    corners = (("originalSender", header.original_sender), ("finalRecipient", header.final_recipient))
    return Delivery(
        message_id=header.message_id,
        timestamp=NOW,
        sender=PORTUGAL,
        receiver=header.receiver,
        action=header.action,
        conversation_id=header.conversation_id,
        properties=(
            *(Property(name=name, value=party.value, type=party.type) for name, party in corners),
            *header.properties,
        ),
        parts=tuple(
            DeliveredPart(content_id=part.content_id, mime_type=part.mime_type, size=1) for part in header.parts
        ),
        certificate="",
    )


def _names(text: str) -> tuple[MultilingualString, ...]:
    return (MultilingualString(text=text, lang="EN"),)


def _party(identifier: Identifier) -> PartyId:
    return PartyId(value=identifier.value, type=identifier.scheme_id)
