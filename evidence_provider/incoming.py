"""
From a delivered message to a request that may be answered: its line, header, schema, rules, and all against each other.

What the AS4 layer lets through and OOTS does not is refused here, with `EDM:ERR:0003` and the rule (TDD 4.7.1).
Nothing is kept or sent.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from oots.edm.documents import identify_request, read_request
from oots.edm.lines import LINES, answer_line
from oots.edm.model import EvidenceRequest
from oots.edm.specification import SPECIFICATIONS
from oots.errors import InvalidRequest, MalformedXml, OotsError
from oots.net.gateway_client import Delivery
from oots.net.headers import delivered_header
from oots.validation.cross import check_header, header_of
from oots.validation.cross.arrival import x23_issue_date_time
from oots.validation.findings import Finding
from oots.validation.message_rules import MessageRules, fatal_ones, rules_of

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Unanswerable(OotsError):
    """No conformant answer can exist: it would have to repeat a broken ConversationId or ExchangeId."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A request that may be answered, and what is wrong with it all the same."""

    request: EvidenceRequest
    findings: tuple[Finding, ...]
    """None of them fatal."""


def property_of(delivery: Delivery, name: str) -> str | None:
    """Give the value of a message property."""
    return next((item.value for item in delivery.properties if item.name == name), None)


def check_answerable(delivery: Delivery) -> None:
    """Raise `Unanswerable` when ConversationId or ExchangeId cannot be repeated (edm-rules.md, note 12)."""
    if not _UUID.fullmatch(delivery.conversation_id):
        raise Unanswerable("R-EDM-ebMS-017: ConversationId is no UUID")
    exchange_id = property_of(delivery, "ExchangeId")
    if exchange_id is not None and not _UUID.fullmatch(exchange_id):
        raise Unanswerable("R-EDM-ebMS-037: ExchangeId is no UUID")


def read_incoming(delivery: Delivery, raw: bytes, *, rules: MessageRules, now: datetime) -> Incoming:
    """
    Read a request about which nothing fatal was found.

    Raises `InvalidRequest` with the rules that are broken, and `NotChecked` when the rules gave no verdict.
    """
    # (1) The line, before anything is judged by the rules of one.
    line = _agreed_line(delivery, identify_request(raw).specification)

    # (2) The header, then the document, each by the rules of that line.
    message = delivered_header(delivery)
    findings = rules.of_header(message, line)
    _must_be_kept(findings)
    try:
        findings += rules.of_document(raw)
    except MalformedXml as error:
        raise InvalidRequest(f"no XML that is accepted: {error}") from error
    _must_be_kept(findings)

    # (3) Whether it can be understood, and is the document that the header announces.
    request = read_request(raw)
    findings += (*check_header(request, header_of(message)), *x23_issue_date_time(request, received_at=now))
    _must_be_kept(findings)
    return Incoming(request=request, findings=findings)


def _agreed_line(delivery: Delivery, said: str | None) -> str:
    announced = property_of(delivery, "SpecificationId")
    if announced is None:
        return answer_line(None, said)
    if announced not in SPECIFICATIONS:
        raise InvalidRequest(f"SpecificationId is none of {', '.join(LINES)}", rules=("R-EDM-ebMS-038",))
    if said not in {None, announced}:
        detail = "SpecificationIdentifier contradicts SpecificationId of the header"
        raise InvalidRequest(detail, rules=("R-EDM-REQ-C001", "X27"))
    return announced


def _must_be_kept(findings: tuple[Finding, ...]) -> None:
    fatal = fatal_ones(findings)
    if fatal:
        first = fatal[0]
        where = f"{first.location}: " if first.location else ""
        raise InvalidRequest(f"{where}{first.message}", rules=rules_of(fatal))
