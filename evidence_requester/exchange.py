"""
Journeys, exchanges and received documents as values.  Where they are kept is the business of `books`.
"""

from collections.abc import Mapping
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
from oots.net.gateway_api import Submission


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """One authenticated person's way through one procedure; its id is the ConversationId of every message."""

    id: str
    procedure: str
    subject: NaturalPerson = field(repr=False)


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
    conforms_to: tuple[str, ...] = ()
    """The lines that the provider's access service announces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedDocument:
    """What is known about a document that came: what the provider says, and what we saw."""

    identifier: str
    title: str
    media_type: str
    size: int
    """In bytes."""
    sha256: str
    """Of the bytes, in hexadecimal."""
    issuing_date: str | None
    issuing_authority: tuple[MultilingualString, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why there is no document: a stable code of ours, and what the provider said."""

    code: str
    edm_code: EdmCode | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request for one evidence type from one provider, and what became of it; not whom it is about."""

    id: str
    """The ExchangeId."""
    conversation_id: str
    request_id: str
    """`urn:uuid:…`, in lower case."""
    message_id: str
    """Of the request: submitting it again changes nothing."""
    procedure: str
    evidence_type: str
    """Its title, in one language."""
    specification: str
    access_point: PartyId
    opened_at: datetime
    state: State = State.PENDING
    failure: Failure | None = None
    documents: tuple[ReceivedDocument, ...] = field(default=())
    """Those that the procedure has not got yet."""

    @property
    def log_fields(self) -> Mapping[str, str]:
        """What a line of the log about it has as `extra`."""
        return {
            "message_id": self.message_id,
            "conversation_id": self.conversation_id,
            "exchange_id": self.id,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenExchange(Exchange):
    """An exchange with its request, which is kept as long as an answer would still be one."""

    request: EvidenceRequest = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """What a second click of the same button is known by, within a journey: both are SHA-256, in hexadecimal."""

    key: str
    """Of the key that the portal sent."""
    wish: str
    """Of what the person asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A request that is to be sent: every attempt hands over the same."""

    exchange: Exchange
    header: Submission
    document: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where an exchange stands, while nobody else can move it."""

    state: State
    since: datetime
    """When it got there; while it waits for an answer, when it was opened."""
    is_over: bool
    """Nothing of it can be read any more."""
