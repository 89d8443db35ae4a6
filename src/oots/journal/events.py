"""
One event of the journal, and who may record it (flows.md 6.2 and 6.3).  Storing and searching happen elsewhere.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum


class Component(Enum):
    """Which part of a node an event happened in."""

    REQUESTER = "requester"
    PROVIDER = "provider"
    GATEWAY = "gateway"


class EventName(Enum):
    """What may happen.  The names are those that an operator searches for."""

    EXPLICIT_REQUEST_GIVEN = "explicit_request_given"
    REQUEST_SENT = "request_sent"
    REQUEST_REFUSED = "request_refused"
    REQUEST_RECEIVED = "request_received"
    REQUEST_REJECTED = "request_rejected"
    IDENTITY_MATCH = "identity_match"
    EVIDENCE_ISSUED = "evidence_issued"
    RESPONSE_SENT = "response_sent"
    ERROR_SENT = "error_sent"
    ANSWER_NOT_SENT = "answer_not_sent"
    RESPONSE_RECEIVED = "response_received"
    ERROR_RECEIVED = "error_received"
    RESPONSE_REFUSED = "response_refused"
    RULES_BROKEN = "rules_broken"
    EVIDENCE_DELIVERED = "evidence_delivered"
    EVIDENCE_DELETED = "evidence_deleted"
    EXCHANGE_EXPIRED = "exchange_expired"
    MESSAGE_UNREADABLE = "message_unreadable"
    AS4_SUBMITTED = "as4_submitted"
    AS4_SENT = "as4_sent"
    AS4_RECEIPT = "as4_receipt"
    AS4_RETRY = "as4_retry"
    AS4_FAILURE = "as4_failure"
    AS4_RECEIVED = "as4_received"
    AS4_DUPLICATE = "as4_duplicate"
    AS4_REFUSED = "as4_refused"
    AS4_DELIVERED = "as4_delivered"
    KEY_ROTATED = "key_rotated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """
    Something that happened to a message or an exchange.

    `facts` are short and free of personal data: they may be logged.  `documents` are what circulated, as bytes, by file
    name: they may hold personal data, and belong in the journal only.
    """

    at: datetime
    node: str
    """Party id of the node's Access Point."""
    component: Component
    name: EventName
    message_id: str | None = None
    conversation_id: str | None = None
    exchange_id: str | None = None
    action: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    documents: Mapping[str, bytes] = field(default_factory=dict)


Record = Callable[[Event], None]
"""Takes an event: the journal does, and the demo's timeline."""
