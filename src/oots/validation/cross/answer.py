"""
An answer against the request it answers: all checks that need no header, X1, X4 to X6, X11 to X14 and X16 to X19.

Those of who asked whom, and when, stand here; those of its evidences in `subject`, `evidence` and `parts`, those of a
preview in `preview`.
"""

from collections.abc import Iterator, Mapping

from oots.codes import EdmCode
from oots.edm.model import ErrorResponse, EvidenceRequest, EvidenceResponse, ResponseStatus
from oots.validation.cross.breaches import fatal, warning
from oots.validation.cross.evidence import x12_evidence_type, x13_form, x16_companions
from oots.validation.cross.identifiers import same_agent, same_uuid
from oots.validation.cross.parts import x14_parts
from oots.validation.cross.preview import x18_possibility, x19_preview_location, x25_preview
from oots.validation.cross.subject import x11_subject
from oots.validation.findings import Finding

Answer = EvidenceResponse | ErrorResponse


def check_answer(request: EvidenceRequest, answer: Answer, parts: Mapping[str, str | None]) -> tuple[Finding, ...]:
    """
    Compare an answer with its request; nothing fatal means that it may be used.

    `parts` gives the media type of every part of the message but the first, by Content-ID.
    """
    found = [*x1_request_id(request, answer), *x4_specification(request, answer), *x5_requester(request, answer)]
    if isinstance(answer, ErrorResponse):
        found += [*x18_possibility(request, answer), *x19_preview_location(answer), *x25_preview(request, answer)]
        return tuple(found)
    found += [
        *x6_provider(request, answer),
        *x11_subject(request, answer),
        *x12_evidence_type(request, answer),
        *x13_form(request, answer),
        *x14_parts(answer, parts),
        *x16_companions(request, answer),
        *x17_available_at(answer),
        *x25_preview(request, answer),
    ]
    return tuple(found)


def x1_request_id(request: EvidenceRequest, answer: Answer) -> Iterator[Finding]:
    """X1: the answer says which request it answers, and it is this one."""
    if answer.request_id is None:
        # R-EDM-ERR-C025.  With EDM:ERR:0003 the id could not be read there, and the header alone correlates.
        if all(report.code is not EdmCode.INVALID_REQUEST for report in answer.exceptions):
            yield fatal("X1", "there is no requestId, and no EDM:ERR:0003 that would explain it", "@requestId")
    elif not same_uuid(answer.request_id, request.id):
        yield fatal("X1", "requestId is not the id of the request", "@requestId")


def x4_specification(request: EvidenceRequest, answer: Answer) -> Iterator[Finding]:
    """X4: the answer follows the line of the request.  One that was read in another line is as usable (AT47)."""
    if answer.specification != request.specification:
        yield warning("X4", "the answer follows another line than the request", "SpecificationIdentifier")


def x5_requester(request: EvidenceRequest, answer: Answer) -> Iterator[Finding]:
    """X5: the answer is for who asked."""
    if answer.requester is not None and not same_agent(answer.requester, request.requester):
        yield fatal("X5", "the answer is for another requester", "EvidenceRequester")


def x6_provider(request: EvidenceRequest, response: EvidenceResponse) -> Iterator[Finding]:
    """X6: the response comes from who was asked, maybe through a platform; an error may come from anyone on the way."""
    if not any(same_agent(agent, request.provider) for agent in (response.provider, *response.intermediaries)):
        yield fatal("X6", "the answer comes from another provider than the one asked", "EvidenceProvider")


def x17_available_at(response: EvidenceResponse) -> Iterator[Finding]:
    """X17: what is deferred is there later than the answer that says so."""
    if response.status is not ResponseStatus.UNAVAILABLE:
        return
    if response.available_at is None or response.available_at <= response.issue_date_time:
        message = "the evidence is not available later than IssueDateTime, though the status is Unavailable"
        yield warning("X17", message, "ResponseAvailableDateTime")
