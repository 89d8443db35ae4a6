"""
Whatever can be compared among messages that lie on a table, and what cannot, for want of which of them.

The services, which know more than files say, call the checks themselves.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Never, TypeAlias

from oots.edm.model import ErrorResponse, EvidenceRequest, EvidenceResponse
from oots.validation.cross.answer import (
    x1_request_id,
    x4_specification,
    x5_requester,
    x6_provider,
    x17_available_at,
)
from oots.validation.cross.arrival import x23_issue_date_time, x24_request_id
from oots.validation.cross.evidence import x12_evidence_type, x13_form, x16_companions
from oots.validation.cross.header import correlation_of
from oots.validation.cross.headers import (
    x2_conversation,
    x3_exchange,
    x7_agents,
    x8_access_point,
    x26_action,
    x27_specification,
)
from oots.validation.cross.laying_out import lay_out
from oots.validation.cross.parts import x14_parts
from oots.validation.cross.preview import (
    IssuedPreview,
    x9_second_request,
    x10_issued_location,
    x18_possibility,
    x19_preview_location,
    x25_preview,
)
from oots.validation.cross.registry_objects import x15_registry_objects
from oots.validation.cross.subject import x11_subject
from oots.validation.cross.table import DoesNotApply, Message, Missing, Table
from oots.validation.findings import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided:
    """A check that was not made."""

    rule: str
    missing: str
    """What it would have needed, such as `the header of the request`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """What comes of comparing a message with others."""

    findings: tuple[Finding, ...]
    undecided: tuple[Undecided, ...]
    """Of the checks that say something about such a message, by number."""


def check_together(message: Message, others: Iterable[Message] = ()) -> Together:
    """
    Make every check across documents in which `message` has a part, as far as `others` allow.

    `others` may hold more than one exchange, and the message itself: an answer is compared with the request that it
    names, a second request of a preview with the error that sent the user there and with what that one answered.  A
    header alone belongs to the document that its action fits.  Where more than one thing fits, nothing is guessed.
    The time of a message is that in its header.
    """
    table = lay_out(message, others)
    findings: list[Finding] = []
    undecided: list[Undecided] = []
    for rule, check in _CHECKS.items():
        try:
            findings.extend(check(table))
        except Missing as missing:
            undecided.append(Undecided(rule=rule, missing=str(missing)))
        except DoesNotApply:
            continue
    return Together(findings=tuple(findings), undecided=tuple(undecided))


_Check: TypeAlias = Callable[[Table], Iterable[Finding]]


def _of_response(check: Callable[[EvidenceRequest, EvidenceResponse], Iterable[Finding]]) -> _Check:
    def compare(table: Table) -> Iterable[Finding]:
        # In this order: what does not apply needs no request.
        response = table.response
        return check(table.request, response)

    return compare


def _x8(table: Table) -> Iterable[Finding]:
    if table.message.is_request:
        raise Missing("the access points that the directory names")
    return x8_access_point(table.answer_header, (table.request_header.receiver,))


def _x10(table: Table) -> Iterable[Finding]:
    second = table.second_request
    issued = IssuedPreview(location=table.issued_location, requester=table.first_request.requester.identifier)
    found = tuple(x10_issued_location(second, issued, now=None))
    return found or _unknown("whether the preview is still open")


def _x15(table: Table) -> Iterable[Finding]:
    if table.message.is_request or isinstance(table.message.document, ErrorResponse):
        raise DoesNotApply
    return x15_registry_objects(table.tree)


def _x18(table: Table) -> Iterable[Finding]:
    error = table.error
    return x18_possibility(table.request, error)


def _x23(table: Table) -> Iterable[Finding]:
    document = table.document
    if isinstance(document, ErrorResponse):
        raise DoesNotApply
    return x23_issue_date_time(document, received_at=table.header.timestamp)


def _x24(table: Table) -> Iterable[Finding]:
    request = table.own_request
    found = tuple(x24_request_id(request, seen={other.id.casefold() for other in table.other_requests}))
    return found or _unknown("all requests that came before")


def _of_directory(table: Table) -> Never:
    if not table.message.is_request:
        raise DoesNotApply
    raise Missing("what the directory answered")


def _unknown(what: str) -> Never:
    raise Missing(what)


_CHECKS: Final[Mapping[str, _Check]] = {
    "X1": lambda table: x1_request_id(table.request, table.answer),
    "X2": lambda table: x2_conversation(table.answer_header, correlation_of(table.request_header)),
    "X3": lambda table: x3_exchange(table.answer_header, correlation_of(table.request_header)),
    "X4": lambda table: x4_specification(table.request, table.answer),
    "X5": lambda table: x5_requester(table.request, table.answer),
    "X6": _of_response(x6_provider),
    "X7": lambda table: x7_agents(table.document, table.header),
    "X8": _x8,
    "X9": lambda table: x9_second_request(table.second_request, table.first_request),
    "X10": _x10,
    "X11": _of_response(x11_subject),
    "X12": _of_response(x12_evidence_type),
    "X13": _of_response(x13_form),
    "X14": lambda table: x14_parts(table.own_response, table.answer_header.attached),
    "X15": _x15,
    "X16": _of_response(x16_companions),
    "X17": lambda table: x17_available_at(table.own_response),
    "X18": _x18,
    "X19": lambda table: x19_preview_location(table.own_error),
    "X20": _of_directory,
    "X21": _of_directory,
    "X22": _of_directory,
    "X23": _x23,
    "X24": _x24,
    "X25": lambda table: x25_preview(table.request, table.answer),
    "X26": lambda table: x26_action(table.document, table.header),
    "X27": lambda table: x27_specification(table.document, table.header),
}
