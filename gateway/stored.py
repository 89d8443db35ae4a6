"""
What rows keep of a message, as JSON to be encrypted.  A row of one release is read by the next: fields may only be
added, with a default.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Self

from pydantic import TypeAdapter

from gateway.outgoing import Outgoing
from oots.dsig import Reference
from oots.ebms.messages import UserMessage
from oots.ebms.pmode import PMode
from oots.net.gateway_api import SendingFailure, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingHeader:
    """What is needed, beside the packed bytes, to post a message again and to check its receipt."""

    message: UserMessage
    pmode: PMode
    """As it was when the message was submitted: its attempts are those that were promised then."""
    content_type: str
    references: tuple[Reference, ...]
    soap: str

    @classmethod
    def of(cls, outgoing: Outgoing) -> Self:
        """Take it from a message."""
        packed = outgoing.packed
        return cls(
            message=packed.message,
            pmode=outgoing.pmode,
            content_type=packed.content_type,
            references=packed.references,
            soap=packed.soap.decode(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What its back end may ask about a message that is sent."""

    history: tuple[Step, ...]
    failure: SendingFailure | None

    @classmethod
    def of(cls, outgoing: Outgoing) -> Self:
        """Take it from a message."""
        return cls(history=outgoing.history, failure=outgoing.failure)


@cache
def outgoing_header_json() -> TypeAdapter[OutgoingHeader]:
    """Give the reader and writer of the header of a message that is sent."""
    return TypeAdapter(OutgoingHeader)


@cache
def progress_json() -> TypeAdapter[Progress]:
    """Give the reader and writer of its progress."""
    return TypeAdapter(Progress)


@cache
def user_message_json() -> TypeAdapter[UserMessage]:
    """Give the reader and writer of the header of a message that came in."""
    return TypeAdapter(UserMessage)


@cache
def _references_json() -> TypeAdapter[tuple[Reference, ...]]:
    return TypeAdapter(tuple[Reference, ...])


def write_references(references: tuple[Reference, ...]) -> Any:
    """Give what a JSON column takes."""
    return _references_json().dump_python(references, mode="json")


def read_references(column: Any) -> tuple[Reference, ...]:
    """Read what a JSON column gives."""
    return _references_json().validate_python(column)
