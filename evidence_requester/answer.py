"""
Judging an answer before anything of it is handed over (flows.md 3.6).  Pure: nothing is fetched or stored here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from evidence_requester.exchange import Exchange, Failure, OpenExchange
from evidence_requester.states import Event, State
from oots.codes import EdmCode
from oots.edm.model import ErrorResponse, ErrorSeverity, EvidenceResponse, ResponseStatus
from oots.edm.specification import SPECIFICATIONS
from oots.net.gateway_client import Delivery
from oots.net.headers import delivered_header
from oots.validation.cross import Correlation, check_answer, check_correlation, check_header, header_of
from oots.validation.findings import Finding, is_valid
from oots.validation.message_rules import fatal_ones

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
    return _property(delivery, "ExchangeId")


def line_of_header(delivery: Delivery, document: EvidenceResponse | ErrorResponse) -> str:
    """Give the line by whose rules the header of an answer is looked at: the one that it says, else the document's."""
    announced = _property(delivery, "SpecificationId")
    return announced if announced is not None and announced in SPECIFICATIONS else document.specification


def judge(exchange: Exchange, delivery: Delivery, document: EvidenceResponse | ErrorResponse) -> Verdict | Ignored:
    """Give what an answer means for the exchange it says it belongs to."""
    header = header_of(delivered_header(delivery))
    correlated = check_correlation(header, _correlation(exchange))
    if not is_valid(correlated):
        return Ignored(reason=fatal_ones(correlated)[0].message)
    if document.request_id is not None and document.request_id.casefold() != exchange.request_id:
        return Ignored(reason="the requestId of the answer is not the id of the request")
    if not exchange.state.is_unanswered or not isinstance(exchange, OpenExchange):
        return not_expected(exchange.state)
    findings = (
        *correlated,
        *check_header(document, header),
        *check_answer(exchange.request, document, header.attached),
    )
    if not is_valid(findings):
        return Verdict(event=Event.ANSWER_REFUSED, failure=refused(_named(findings)), findings=findings)
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


def _correlation(exchange: Exchange) -> Correlation:
    is_told = "ExchangeId" in SPECIFICATIONS[exchange.specification].message_properties
    return Correlation(
        conversation_id=exchange.conversation_id,
        access_point=exchange.access_point,
        exchange_id=exchange.id if is_told else None,
    )


def _property(delivery: Delivery, name: str) -> str | None:
    return next((item.value for item in delivery.properties if item.name == name), None)


def _reported(document: ErrorResponse) -> Failure:
    first = document.exceptions[0]
    # A second round trip is not offered yet: nobody is sent to the preview space.
    preview = first.severity is ErrorSeverity.PREVIEW_REQUIRED
    return Failure(code="preview_required" if preview else _CODES[first.code], edm_code=first.code, detail=first.detail)


def _named(findings: tuple[Finding, ...]) -> str:
    return "; ".join(f"{item.rule}: {item.message}" for item in fatal_ones(findings)[:5])
