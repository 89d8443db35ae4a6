"""
A message among those that it can be compared with.  How they are found among others stands in `laying_out`.

What is not there, and what makes no sense for such a message, is an exception, so that a check names what it needs.
"""

from dataclasses import dataclass
from typing import TypeVar

from oots.codes import Action
from oots.edm.model import Document, ErrorResponse, EvidenceRequest, EvidenceResponse
from oots.validation.cross.header import Header
from oots.xml import Element

_T = TypeVar("_T")


class Missing(Exception):
    """A check cannot be decided; the text says what it needs."""


class DoesNotApply(Exception):
    """A check says nothing about such a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message as far as it is there: its document, its header, or both."""

    document: Document | None = None
    header: Header | None = None
    tree: Element | None = None
    """Root element of `document`, for the ids that the value does not keep (X15)."""

    @property
    def is_request(self) -> bool:
        """Tell requests from answers; without the document, by the action."""
        if self.document is not None:
            return isinstance(self.document, EvidenceRequest)
        return self.header is not None and self.header.action == Action.REQUEST.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One message with those it can be compared with; every property gives its value, or says why there is none."""

    message: Message
    others: tuple[Message, ...]
    counterpart: Message = Message()
    """The request that an answer answers, or the answer to a request."""
    first: EvidenceRequest | None = None
    """The one that a second request of a preview follows."""
    invitation: ErrorResponse | None = None
    """What answered that one, and sent the user to the preview."""

    @property
    def document(self) -> Document:
        """Of the message itself."""
        if self.message.document is None:
            raise Missing("the document of the header")
        return self.message.document

    @property
    def header(self) -> Header:
        """Of the message itself."""
        return _there(self.message.header, f"the header of the {'request' if self.message.is_request else 'answer'}")

    @property
    def own_request(self) -> EvidenceRequest:
        """The message itself, if it is a request."""
        self._only(self.message.is_request)
        return self.request

    @property
    def own_response(self) -> EvidenceResponse:
        """The message itself, if it is a response."""
        self._only(not self.message.is_request)
        return self.response

    @property
    def own_error(self) -> ErrorResponse:
        """The message itself, if it is an error."""
        self._only(not self.message.is_request)
        return self.error

    @property
    def tree(self) -> Element:
        """Of the message itself."""
        return _there(self.message.tree, "the response as a document")

    @property
    def request(self) -> EvidenceRequest:
        """The message or its counterpart."""
        found = self._asked.document
        name = "the request that the answer names" if self.other_requests else "the request"
        return _there(found if isinstance(found, EvidenceRequest) else None, name)

    @property
    def answer(self) -> EvidenceResponse | ErrorResponse:
        """The message or its counterpart."""
        found = self._answered.document
        if found is None or isinstance(found, EvidenceRequest):
            raise Missing("the answer")
        return found

    @property
    def response(self) -> EvidenceResponse:
        """The message or its counterpart, unless it is an error."""
        answer = self.answer
        if isinstance(answer, ErrorResponse):
            raise DoesNotApply
        return answer

    @property
    def error(self) -> ErrorResponse:
        """The message or its counterpart, unless it is a response."""
        answer = self.answer
        if isinstance(answer, EvidenceResponse):
            raise DoesNotApply
        return answer

    @property
    def request_header(self) -> Header:
        """Of the message or of its counterpart."""
        return _there(self._asked.header, "the header of the request")

    @property
    def answer_header(self) -> Header:
        """Of the message or of its counterpart."""
        return _there(self._answered.header, "the header of the answer")

    @property
    def second_request(self) -> EvidenceRequest:
        """The message itself, if it is the request that follows a preview."""
        self._only(self.own_request.preview_location is not None)
        return self.request

    @property
    def other_requests(self) -> tuple[EvidenceRequest, ...]:
        """All requests that lie beside the message."""
        return tuple(item.document for item in self.others if isinstance(item.document, EvidenceRequest))

    @property
    def first_request(self) -> EvidenceRequest:
        """The one that led to the preview."""
        return _there(self.first, "the first request")

    @property
    def issued_location(self) -> str:
        """Where the user was sent."""
        locations = preview_locations(self.invitation)
        return _there(locations[0] if locations else None, "the error with the PreviewLocation")

    @property
    def _asked(self) -> Message:
        return self.message if self.message.is_request else self.counterpart

    @property
    def _answered(self) -> Message:
        return self.counterpart if self.message.is_request else self.message

    def _only(self, applies: bool) -> None:
        if not applies:
            raise DoesNotApply


def preview_locations(error: ErrorResponse | None) -> tuple[str, ...]:
    """Give the places that an error sends the user to, none or one as a rule."""
    reports = () if error is None else error.exceptions
    return tuple(report.preview_location for report in reports if report.preview_location)


def _there(found: _T | None, name: str) -> _T:
    if found is None:
        raise Missing(name)
    return found
