"""
The lines of the exchange data model, and what differs between them, as data: the slots of each document.

Which one an exchange follows tells `lines`.  How documents are packaged differs in code, in `flat` and `packaging`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from oots.edm.answer_slots import (
    DISTRIBUTION_V1_2,
    DISTRIBUTION_V2_0,
    ERROR,
    EVIDENCE,
    EXCEPTION_V1_2,
    EXCEPTION_V2_0,
    RESPONSE,
)
from oots.edm.request_content import CONTENT_V1_2, CONTENT_V2_0, RequestContent
from oots.edm.request_slots import QUERY, REQUEST_V1_2, REQUEST_V2_0
from oots.edm.slot_table import SlotTable

V1_2: Final = "oots-edm:v1.2"
V2_0: Final = "oots-edm:v2.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Specification:
    """One line."""

    id: str
    message_properties: tuple[str, ...]
    """Names of the `eb:Property` elements that the header of each message has; 1.2 does not say its line there."""
    request: SlotTable
    query: SlotTable
    request_content: RequestContent
    response: SlotTable
    evidence: SlotTable
    distribution: frozenset[str]
    """Children of `sdg:Distribution` in a response."""
    error: SlotTable
    error_provider_has_address: bool
    """The agent in slot ErrorProvider says its country (R-EDM-ERR-C024)."""
    exception: SlotTable


_CORNERS: Final = ("originalSender", "finalRecipient")

SPECIFICATIONS: Final[Mapping[str, Specification]] = {
    V1_2: Specification(
        id=V1_2,
        message_properties=_CORNERS,
        request=REQUEST_V1_2,
        query=QUERY,
        request_content=CONTENT_V1_2,
        response=RESPONSE,
        evidence=EVIDENCE,
        distribution=DISTRIBUTION_V1_2,
        error=ERROR,
        error_provider_has_address=False,
        exception=EXCEPTION_V1_2,
    ),
    V2_0: Specification(
        id=V2_0,
        message_properties=(*_CORNERS, "ExchangeId", "SpecificationId"),
        request=REQUEST_V2_0,
        query=QUERY,
        request_content=CONTENT_V2_0,
        response=RESPONSE,
        evidence=EVIDENCE,
        distribution=DISTRIBUTION_V2_0,
        error=ERROR,
        error_provider_has_address=True,
        exception=EXCEPTION_V2_0,
    ),
}
"""The lines that can be read and written, the oldest first."""
