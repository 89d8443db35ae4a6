"""
From a delivered message to a request that may be answered: header, schema, and both against each other.  Pure.

What the AS4 layer lets through and OOTS does not is refused here, with `EDM:ERR:0003` and the rule (TDD 4.7.1).
"""

import re
from typing import Final

from oots.codes import MIME_REGREP
from oots.edm.documents import read_request
from oots.edm.model import EvidenceRequest, Identifier
from oots.errors import InvalidRequest, MalformedXml, OotsError
from oots.net.gateway_client import Delivery
from oots.validation.xsd import check_bytes

LINES: Final = ("oots-edm:v2.0",)
"""Lines we answer in; the first one is used for a request whose line cannot be read."""

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Unanswerable(OotsError):
    """No conformant answer can exist: it would have to repeat a broken ConversationId or ExchangeId."""


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


def read_incoming(delivery: Delivery, raw: bytes) -> EvidenceRequest:
    """Read a request; raises `EdmException`, with the rule that is broken, when it may not be answered."""
    _check_header(delivery)
    try:
        breaches = check_bytes(raw)
    except MalformedXml as error:
        raise InvalidRequest(f"no XML that is accepted: {error}") from error
    if breaches:
        first = breaches[0]
        raise InvalidRequest(f"{first.location}: {first.message}", rules=(first.rule,))
    document = read_request(raw)
    _compare(delivery, document)
    return document


def _check_header(delivery: Delivery) -> None:
    names = sorted(item.name for item in delivery.properties)
    if names != ["ExchangeId", "SpecificationId", "finalRecipient", "originalSender"]:
        raise InvalidRequest(
            "the header has other message properties than the four of oots-edm:v2.0",
            rules=("R-EDM-ebMS-018", "R-EDM-ebMS-019"),
        )
    if property_of(delivery, "SpecificationId") not in LINES:
        raise InvalidRequest(f"SpecificationId is not {LINES[0]}", rules=("R-EDM-ebMS-038",))
    if not delivery.parts or delivery.parts[0].mime_type != MIME_REGREP:
        raise InvalidRequest(f"the first part is not {MIME_REGREP}", rules=("R-EDM-ebMS-032",))


def _compare(delivery: Delivery, request: EvidenceRequest) -> None:
    if request.specification != property_of(delivery, "SpecificationId"):
        raise InvalidRequest("SpecificationIdentifier contradicts SpecificationId of the header", rules=("X27",))
    corners = {item.name: (item.value, item.type) for item in delivery.properties}
    for name, agent in (("originalSender", request.requester), ("finalRecipient", request.provider)):
        if corners[name] != _typed(agent.identifier):
            raise InvalidRequest(f"{name} of the header is not the agent of the request", rules=("X7",))


def _typed(identifier: Identifier) -> tuple[str, str | None]:
    return identifier.value, identifier.scheme_id
