"""
Journeys, exchanges and received documents as values.  Where they are kept is the business of `exchanges`.
"""

from dataclasses import dataclass, field
from datetime import datetime

from evidence_requester.states import State
from oots.codes import EdmCode
from oots.ebms.messages import PartyId
from oots.edm.model import (
    Agent,
    DataServiceEvidenceType,
    EvidenceRequest,
    MultilingualString,
    NaturalPerson,
    Requirement,
)
from oots.spooled import Spooled


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """One authenticated person's way through one procedure; its id is the ConversationId of every message."""

    id: str
    procedure: str
    subject: NaturalPerson


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the person asked for when pressing "Request this document", and whom."""

    requirement: Requirement
    evidence_type: DataServiceEvidenceType
    provider: Agent
    access_point: PartyId
    """The provider's Access Point (corner C3)."""
    possibility_for_preview: bool
    explicit_request_given: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedDocument:
    """A document that came, with what the provider says about it."""

    identifier: str
    title: str
    media_type: str
    sha256: str
    """Of the bytes, in hexadecimal."""
    issuing_date: str | None
    issuing_authority: tuple[MultilingualString, ...]
    content: Spooled


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why there is no document: a stable code of ours, and what the provider said."""

    code: str
    edm_code: EdmCode | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request for one evidence type from one provider, and what became of it."""

    id: str
    """The ExchangeId."""
    conversation_id: str
    request: EvidenceRequest
    access_point: PartyId
    opened_at: datetime
    message_id: str
    """Of the request: submitting it again changes nothing."""
    state: State = State.PENDING
    failure: Failure | None = None
    documents: tuple[ReceivedDocument, ...] = field(default=())
