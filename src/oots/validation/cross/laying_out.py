"""
Finding among many messages those that one can be compared with.

What names another counts; without a name there must be one choice only, for nothing is guessed.
"""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from oots.edm.model import ErrorResponse, EvidenceRequest
from oots.validation.cross.identifiers import same_uuid
from oots.validation.cross.table import Message, Table, preview_locations

_T = TypeVar("_T")


def lay_out(message: Message, others: Iterable[Message]) -> Table:
    """Bring headers to their documents, and find what is the counterpart of a message, and what came before it."""
    # The same document again is the message itself: whole folders are compared with each other.
    different = [item for item in others if item.document is None or item.document != message.document]
    message, *rest = _joined([message, *different])
    counterpart = _answer_to(message, rest) if message.is_request else _request_of(message, rest)
    invitation = _invitation_of(message, rest)
    return Table(
        message=message,
        others=tuple(rest),
        counterpart=counterpart or Message(),
        first=_first_of(invitation, rest),
        invitation=invitation,
    )


# --- headers and documents --------------------------------------------------------------------------------------------


def _joined(messages: Sequence[Message]) -> list[Message]:
    """Bring a header that came alone to the document that came alone and is of its kind; order stays."""
    places = [_half_beside(message, messages) for message in messages]
    return [
        message if place is None else _as_one(message, messages[place])
        for number, (message, place) in enumerate(zip(messages, places, strict=True))
        # Of a pair, the first stays where it is.
        if place is None or number < place
    ]


def _half_beside(message: Message, messages: Sequence[Message]) -> int | None:
    """Give the place of the other half of a message, if each is the only one that fits the other."""
    halves = [number for number, other in enumerate(messages) if _are_halves(message, other)]
    if len(halves) != 1:
        return None
    back = [other for other in messages if _are_halves(messages[halves[0]], other)]
    return halves[0] if len(back) == 1 else None


def _are_halves(one: Message, other: Message) -> bool:
    present = {(one.document is None, one.header is None), (other.document is None, other.header is None)}
    return present == {(True, False), (False, True)} and one.is_request is other.is_request


def _as_one(one: Message, other: Message) -> Message:
    whole, header = (one, other.header) if one.header is None else (other, one.header)
    return Message(document=whole.document, header=header, tree=whole.tree)


# --- requests and answers ---------------------------------------------------------------------------------------------


def _request_of(answer: Message, others: Sequence[Message]) -> Message | None:
    requests = [item for item in others if item.is_request]
    return next((item for item in requests if _answers(answer, item)), None) or _only(requests)


def _answer_to(request: Message, others: Sequence[Message]) -> Message | None:
    answers = [item for item in others if not item.is_request]
    # What answers another of the requests is no wrong answer to this one.
    unclaimed = [item for item in answers if not any(_answers(item, other) for other in others)]
    return next((item for item in answers if _answers(item, request)), None) or _only(unclaimed)


def _answers(answer: Message, request: Message) -> bool:
    if not isinstance(request.document, EvidenceRequest) or isinstance(answer.document, EvidenceRequest | None):
        return False
    return answer.document.request_id is not None and same_uuid(answer.document.request_id, request.document.id)


# --- the two round trips of a preview ---------------------------------------------------------------------------------


def _invitation_of(message: Message, others: Sequence[Message]) -> ErrorResponse | None:
    location = _followed(message)
    if location is None:
        return None
    errors = [item.document for item in others if isinstance(item.document, ErrorResponse)]
    named = (error for error in errors if location in preview_locations(error))
    taken = {_followed(item) for item in others}
    free = [error for error in errors if preview_locations(error) and taken.isdisjoint(preview_locations(error))]
    return next(named, None) or _only(free)


def _first_of(invitation: ErrorResponse | None, others: Sequence[Message]) -> EvidenceRequest | None:
    firsts = [item for item in others if item.is_request and _followed(item) is None]
    if invitation is not None:
        inviting = Message(document=invitation)
        named = next((item for item in firsts if _answers(inviting, item)), None)
        if named is not None:
            return _request(named)
    unanswered = [item for item in firsts if not any(_answers(other, item) for other in others)]
    return _request(_only(unanswered))


def _followed(message: Message) -> str | None:
    request = _request(message)
    return None if request is None else request.preview_location


def _request(message: Message | None) -> EvidenceRequest | None:
    return message.document if message is not None and isinstance(message.document, EvidenceRequest) else None


def _only(items: Sequence[_T]) -> _T | None:
    return items[0] if len(items) == 1 else None
