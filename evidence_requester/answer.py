"""
Judging an answer before anything of it is handed over (flows.md 3.6).  Pure: nothing is fetched or stored here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from oots.net.gateway_client import Delivery
from oots.validation.cross import check_answer
from oots.validation.findings import Finding, Severity

from evidence_requester.exchange import Exchange, Failure
from evidence_requester.states import Event
from oots.codes import Action, EdmCode
from oots.edm.model import ErrorResponse, ErrorSeverity, EvidenceRequest, EvidenceResponse, ResponseStatus

_CODES: Final[Mapping[EdmCode, str]] = {
    EdmCode.AUTHENTICATION: "authentication_failed",
    EdmCode.AUTHORIZATION: "not_authorised",
    EdmCode.INVALID_REQUEST: "bad_request",
    EdmCode.OBJECT_NOT_FOUND: "not_matched",
    EdmCode.TIMEOUT: "timeout",
    EdmCode.UNRESOLVED_REFERENCE: "directory_error",
    EdmCode.UNSUPPORTED_CAPABILITY: "unsupported",
    EdmCode.QUERY: "provider_error",
}
"""Our stable words for what a provider reports (flows.md 2.f)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """The answer is not one to this exchange: the exchange goes on as if nothing had come, and the journal knows."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the answer does to its exchange."""

    event: Event
    failure: Failure | None = None
    findings: tuple[Finding, ...] = ()


def exchange_id_of(delivery: Delivery) -> str | None:
    """Give the ExchangeId of an answer's header."""
    return next((item.value for item in delivery.properties if item.name == "ExchangeId"), None)


def judge(
    exchange: Exchange, delivery: Delivery, document: EvidenceResponse | ErrorResponse | EvidenceRequest
) -> Verdict | Ignored:
    """Give what an answer means for the exchange it says it belongs to."""
    stranger = _is_a_stranger(exchange, delivery, document)
    if stranger is not None:
        return Ignored(reason=stranger)
    if isinstance(document, ErrorResponse):
        return _error(document)
    if not isinstance(document, EvidenceResponse):
        return Ignored(reason="the answer is an evidence request")
    return _response(exchange, delivery, document)


def _is_a_stranger(
    exchange: Exchange, delivery: Delivery, document: EvidenceResponse | ErrorResponse | EvidenceRequest
) -> str | None:
    if delivery.sender != exchange.access_point:
        return "the answer comes from another access point than the one asked"
    if delivery.conversation_id != exchange.conversation_id:
        return "the ConversationId of the answer is not that of the request"
    expected = Action.EXCEPTION if isinstance(document, ErrorResponse) else Action.RESPONSE
    if delivery.action != expected.value:
        return f"the action of the header is {delivery.action!r}, the document is one for {expected.value!r}"
    request_id = None if isinstance(document, EvidenceRequest) else document.request_id
    if request_id is not None and request_id != exchange.request.id:
        return "the requestId of the answer is not the id of the request"
    return None


def _error(document: ErrorResponse) -> Verdict:
    first = document.exceptions[0]
    code = _CODES[first.code]
    if first.severity is ErrorSeverity.PREVIEW_REQUIRED:
        # A second round trip is not offered yet; the link is not followed, and nobody is sent there.
        code = "preview_required"
    return Verdict(event=Event.ERROR_CAME, failure=Failure(code=code, edm_code=first.code, detail=first.detail))


def _response(exchange: Exchange, delivery: Delivery, document: EvidenceResponse) -> Verdict:
    parts = {part.content_id: part.mime_type or "" for part in delivery.parts[1:]}
    findings = tuple(check_answer(exchange.request, document, parts))
    fatal = [finding for finding in findings if finding.severity is Severity.FATAL]
    if fatal:
        return Verdict(event=Event.ANSWER_REFUSED, failure=_refusal(fatal), findings=findings)
    if document.status is ResponseStatus.UNAVAILABLE:
        return Verdict(event=Event.ERROR_CAME, failure=Failure(code="deferred"), findings=findings)
    if not document.evidences:
        return Verdict(event=Event.NOTHING_RELEASED, failure=Failure(code="not_found"), findings=findings)
    return Verdict(event=Event.EVIDENCE_CAME, findings=findings)


def _refusal(findings: Sequence[Finding]) -> Failure:
    return Failure(code="answer_refused", detail="; ".join(f"{item.rule}: {item.message}" for item in findings[:5]))
