"""
Judging an answer before anything of it is handed over (flows.md 3.6).  Pure: nothing is fetched or stored here.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from evidence_requester.exchange import Exchange, Failure, OpenExchange
from evidence_requester.states import Event, State
from oots.codes import Action, EdmCode
from oots.edm.model import ErrorResponse, ErrorSeverity, EvidenceResponse, ResponseStatus
from oots.net.gateway_client import Delivery
from oots.validation.cross import check_answer
from oots.validation.findings import Finding, Layer, Severity, is_valid

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


def judge(exchange: Exchange, delivery: Delivery, document: EvidenceResponse | ErrorResponse) -> Verdict | Ignored:
    """Give what an answer means for the exchange it says it belongs to."""
    stranger = _is_a_stranger(exchange, delivery, document)
    if stranger is not None:
        return Ignored(reason=stranger)
    if not exchange.state.is_unanswered or not isinstance(exchange, OpenExchange):
        return not_expected(exchange.state)
    parts = {part.content_id: part.mime_type for part in delivery.parts[1:]}
    findings = (*check_answer(exchange.request, document, parts), *_header(delivery, document))
    if not is_valid(findings):
        return Verdict(event=Event.ANSWER_REFUSED, failure=refused(_fatal_ones(findings)), findings=findings)
    if isinstance(document, ErrorResponse):
        return Verdict(event=Event.ERROR_CAME, failure=_reported(document), findings=findings)
    if document.status is ResponseStatus.UNAVAILABLE:
        return Verdict(event=Event.ERROR_CAME, failure=Failure(code="deferred"), findings=findings)
    if not document.evidences:
        return Verdict(event=Event.NOTHING_RELEASED, failure=Failure(code="not_found"), findings=findings)
    return Verdict(event=Event.EVIDENCE_CAME, findings=findings)


def not_expected(state: State) -> Ignored:
    """Say that no answer is expected any more; the first one wins (flows.md 3.7)."""
    if state is State.EXPIRED:
        return Ignored(reason="the answer comes too late: what was asked is deleted")
    return Ignored(reason="the request was answered before")


def refused(reason: str) -> Failure:
    """Say that an answer came and cannot be used."""
    return Failure(code="answer_refused", detail=reason)


def _is_a_stranger(exchange: Exchange, delivery: Delivery, document: EvidenceResponse | ErrorResponse) -> str | None:
    if delivery.sender != exchange.access_point:
        return "the answer comes from another access point than the one asked"
    if delivery.conversation_id != exchange.conversation_id:
        return "the ConversationId of the answer is not that of the request"
    if document.request_id is not None and document.request_id.casefold() != exchange.request_id:
        return "the requestId of the answer is not the id of the request"
    return None


def _header(delivery: Delivery, document: EvidenceResponse | ErrorResponse) -> Iterator[Finding]:
    # Nobody abroad can be told, and the document is as usable as before: noted, not refused (flows.md 10.5, AT47).
    expected = Action.EXCEPTION if isinstance(document, ErrorResponse) else Action.RESPONSE
    if delivery.action != expected.value:
        yield _warning("X26", f"the action is {delivery.action}, the document is one for {expected.value}")
    announced = next((item.value for item in delivery.properties if item.name == "SpecificationId"), None)
    if announced != document.specification:
        yield _warning("X27", "SpecificationId of the header contradicts the SpecificationIdentifier of the answer")


def _warning(rule: str, message: str) -> Finding:
    return Finding(rule=rule, severity=Severity.WARNING, layer=Layer.HEADER, location="eb:Messaging", message=message)


def _reported(document: ErrorResponse) -> Failure:
    first = document.exceptions[0]
    # A second round trip is not offered yet: nobody is sent to the preview space.
    preview = first.severity is ErrorSeverity.PREVIEW_REQUIRED
    return Failure(code="preview_required" if preview else _CODES[first.code], edm_code=first.code, detail=first.detail)


def _fatal_ones(findings: Iterable[Finding]) -> str:
    fatal = [item for item in findings if item.severity is Severity.FATAL]
    return "; ".join(f"{item.rule}: {item.message}" for item in fatal[:5])
