"""
What back ends and the gateway tell each other, as values; the JSON of the REST API is made from these.  No HTTP here.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import ClassVar, Final

from pydantic import ConfigDict, TypeAdapter

from oots.ebms.messages import PartyId, Property

MAX_WAIT_SECONDS: Final = 30.0
"""Longest time that the gateway keeps a question for deliveries open."""

_DESCRIBED: Final = ConfigDict(use_attribute_docstrings=True)
_STRICT: Final = ConfigDict(use_attribute_docstrings=True, extra="forbid")
"""Of what back ends write: a field that is not known is a mistake.  Readers of answers pass over it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmittedPart:
    """Announces one payload to the gateway; compression is decided by the P-Mode."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    content_id: str
    """Letters, digits and `._@-`; unique within the message."""
    mime_type: str
    properties: tuple[Property, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A message that a back end wants to be sent."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    action: str
    conversation_id: str
    receiver: PartyId
    """The peer's Access Point."""
    original_sender: PartyId
    final_recipient: PartyId
    properties: tuple[Property, ...] = ()
    """Others than originalSender and finalRecipient, in the order in which they go into the header."""
    parts: tuple[SubmittedPart, ...] = ()
    """In the order of the contents; the first is the leading document."""
    message_id: str | None = None
    """Submitting it again changes nothing; the gateway chooses one when it is missing."""
    ref_to_message_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingFailure:
    """Why a message could not be delivered: an ebMS error code, and what the peer or the network said."""

    __pydantic_config__: ClassVar[ConfigDict] = _DESCRIBED

    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One change of a message's state."""

    __pydantic_config__: ClassVar[ConfigDict] = _DESCRIBED

    at: datetime
    state: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageStatus:
    """How far the sending of a message has come."""

    __pydantic_config__: ClassVar[ConfigDict] = _DESCRIBED

    message_id: str
    state: str
    """submitted, sending, awaiting_retry, acknowledged or failed."""
    attempts: int
    failure: SendingFailure | None
    history: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveredPart:
    """Announces one payload that can be fetched."""

    __pydantic_config__: ClassVar[ConfigDict] = _DESCRIBED

    content_id: str
    mime_type: str | None
    size: int
    properties: tuple[Property, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A message that came in, verified and acknowledged to its sender."""

    __pydantic_config__: ClassVar[ConfigDict] = _DESCRIBED

    message_id: str
    timestamp: datetime
    sender: PartyId
    receiver: PartyId
    action: str
    conversation_id: str
    properties: tuple[Property, ...]
    """All message properties, originalSender and finalRecipient among them."""
    parts: tuple[DeliveredPart, ...]
    certificate: str
    """SHA-256 of the certificate that signed it, in hexadecimal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliveries:
    """An answer to the question for deliveries, oldest first."""

    __pydantic_config__: ClassVar[ConfigDict] = _DESCRIBED

    deliveries: tuple[Delivery, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """The gateway has the message and will send it."""

    __pydantic_config__: ClassVar[ConfigDict] = _DESCRIBED

    message_id: str
    state: str


@cache
def submission_json() -> TypeAdapter[Submission]:
    """Give the reader and writer of a submission's JSON."""
    return TypeAdapter(Submission)


@cache
def deliveries_json() -> TypeAdapter[Deliveries]:
    """Give the reader and writer of deliveries' JSON."""
    return TypeAdapter(Deliveries)


@cache
def status_json() -> TypeAdapter[MessageStatus]:
    """Give the reader and writer of a status's JSON."""
    return TypeAdapter(MessageStatus)


@cache
def submitted_json() -> TypeAdapter[Submitted]:
    """Give the reader and writer of the answer to a submission."""
    return TypeAdapter(Submitted)


@cache
def delivery_json() -> TypeAdapter[Delivery]:
    """Give the reader and writer of one delivery's JSON, for back ends that keep it."""
    return TypeAdapter(Delivery)


def prepare_json() -> None:
    """
    Make all readers and writers, before several threads need them, and before the first message waits for that.

    pydantic parses our sources for the descriptions of fields, and CPython 3.11 cannot do that in two threads at once.
    """
    for prepare in (submission_json, submitted_json, status_json, deliveries_json, delivery_json):
        prepare()
