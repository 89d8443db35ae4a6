"""
The lines of the exchange data model, and what differs between them, as data: slots, their types, the rules behind them.

Only `oots-edm:v2.0` is spoken so far.  How documents are packaged differs in code, in `packaging`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

V1_2: Final = "oots-edm:v1.2"
V2_0: Final = "oots-edm:v2.0"


class SlotType(Enum):
    """The value types that OOTS uses, by their name in rim."""

    STRING = "StringValueType"
    DATE_TIME = "DateTimeValueType"
    BOOLEAN = "BooleanValueType"
    INTERNATIONAL_STRING = "InternationalStringValueType"
    ANY = "AnyValueType"
    COLLECTION = "CollectionValueType"


_STRING, _DATE_TIME, _BOOLEAN = SlotType.STRING, SlotType.DATE_TIME, SlotType.BOOLEAN
_ANY, _COLLECTION = SlotType.ANY, SlotType.COLLECTION


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotDefinition:
    """One slot: what it holds, and the official rules that say so."""

    name: str
    type: SlotType
    required: bool = True
    presence: str
    """Rule: exactly one, or at most one."""
    typed: str
    """Rule: the value is of this type."""
    content: str | None = None
    """Name of the SDG element in an Any, or in each Any of a Collection."""
    filled: str | None = None
    """Rule: the content is there."""
    elements_typed: str | None = None
    """Rule of a Collection: its elements are of type Any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotTable:
    """
    The slots that one element may have, and the rules for all of them.

    What has no rule here is read over: so answers are, because there is nobody to tell.
    """

    by_name: Mapping[str, SlotDefinition]
    single_value: str
    """Rule: exactly one SlotValue."""
    not_empty: str | None = None
    """Rule: a SlotValue has an element."""
    collection_filled: str | None = None
    closed: str | None = None
    """Rule: no other slots."""
    collection_is_set: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Specification:
    """One line."""

    id: str
    request: SlotTable
    query: SlotTable
    response: SlotTable
    evidence: SlotTable
    error: SlotTable
    exception: SlotTable


def _by_name(*definitions: SlotDefinition) -> Mapping[str, SlotDefinition]:
    return {item.name: item for item in definitions}


_REQUEST_V2_0 = SlotTable(
    by_name=_by_name(
        SlotDefinition(name="SpecificationIdentifier", type=_STRING, presence="R-EDM-REQ-S005", typed="R-EDM-REQ-S020"),
        SlotDefinition(name="IssueDateTime", type=_DATE_TIME, presence="R-EDM-REQ-S006", typed="R-EDM-REQ-S021"),
        SlotDefinition(name="Procedure", type=_STRING, presence="R-EDM-REQ-S007", typed="R-EDM-REQ-S022"),
        SlotDefinition(
            name="PreviewLocation", type=_STRING, required=False, presence="R-EDM-REQ-S008", typed="R-EDM-REQ-S023"
        ),
        SlotDefinition(
            name="ReturnLocation", type=_STRING, required=False, presence="R-EDM-REQ-S060", typed="R-EDM-REQ-S061"
        ),
        SlotDefinition(name="PossibilityForPreview", type=_BOOLEAN, presence="R-EDM-REQ-S009", typed="R-EDM-REQ-S024"),
        SlotDefinition(name="ExplicitRequestGiven", type=_BOOLEAN, presence="R-EDM-REQ-S010", typed="R-EDM-REQ-S025"),
        SlotDefinition(
            name="Requirements",
            type=_COLLECTION,
            presence="R-EDM-REQ-S011",
            typed="R-EDM-REQ-S026",
            content="Requirement",
            filled="R-EDM-REQ-S037",
            elements_typed="R-EDM-REQ-S027",
        ),
        SlotDefinition(
            name="EvidenceRequester",
            type=_COLLECTION,
            presence="R-EDM-REQ-S012",
            typed="R-EDM-REQ-S028",
            content="Agent",
            filled="R-EDM-REQ-S039",
            elements_typed="R-EDM-REQ-S029",
        ),
        SlotDefinition(
            name="EvidenceProvider",
            type=_ANY,
            presence="R-EDM-REQ-S013",
            typed="R-EDM-REQ-S030",
            content="Agent",
            filled="R-EDM-REQ-S042",
        ),
        SlotDefinition(
            name="EvidenceProviderClassification",
            type=_COLLECTION,
            required=False,
            presence="R-EDM-REQ-S014",
            typed="R-EDM-REQ-S031",
            content="EvidenceProviderClassification",
            filled="R-EDM-REQ-S041",
            elements_typed="R-EDM-REQ-S032",
        ),
    ),
    single_value="R-EDM-REQ-S050",
    not_empty="R-EDM-REQ-S051",
    collection_filled="R-EDM-REQ-S052",
    closed="R-EDM-REQ-S019",
    collection_is_set="R-EDM-REQ-S053",
)

_QUERY_V2_0 = SlotTable(
    by_name=_by_name(
        SlotDefinition(
            name="NaturalPerson",
            type=_ANY,
            required=False,
            presence="R-EDM-REQ-S016",
            typed="R-EDM-REQ-S035",
            content="Person",
            filled="R-EDM-REQ-S046",
        ),
        SlotDefinition(
            name="LegalPerson",
            type=_ANY,
            required=False,
            presence="R-EDM-REQ-S016",
            typed="R-EDM-REQ-S034",
            content="LegalPerson",
            filled="R-EDM-REQ-S047",
        ),
        SlotDefinition(
            name="AuthorizedRepresentative",
            type=_ANY,
            required=False,
            presence="R-EDM-REQ-S018",
            typed="R-EDM-REQ-S036",
            content="Person",
            filled="R-EDM-REQ-S048",
        ),
        SlotDefinition(
            name="AuthorizedRepresentativeLegalPerson",
            type=_ANY,
            required=False,
            presence="R-EDM-REQ-S054",
            typed="R-EDM-REQ-S055",
            content="LegalPerson",
            filled="R-EDM-REQ-S056",
        ),
        SlotDefinition(
            name="EvidenceRequest",
            type=_ANY,
            presence="R-EDM-REQ-S015",
            typed="R-EDM-REQ-S033",
            content="DataServiceEvidenceType",
            filled="R-EDM-REQ-S044",
        ),
    ),
    single_value="R-EDM-REQ-S050",
    not_empty="R-EDM-REQ-S051",
    closed="R-EDM-REQ-S049",
)

_RESPONSE_V2_0 = SlotTable(
    by_name=_by_name(
        SlotDefinition(
            name="SpecificationIdentifier", type=_STRING, presence="R-EDM-RESP-S009", typed="R-EDM-RESP-S017"
        ),
        SlotDefinition(
            name="EvidenceResponseIdentifier", type=_STRING, presence="R-EDM-RESP-S010", typed="R-EDM-RESP-S018"
        ),
        SlotDefinition(name="IssueDateTime", type=_DATE_TIME, presence="R-EDM-RESP-S011", typed="R-EDM-RESP-S019"),
        SlotDefinition(
            name="EvidenceProvider",
            type=_COLLECTION,
            presence="R-EDM-RESP-S012",
            typed="R-EDM-RESP-S020",
            content="Agent",
            filled="R-EDM-RESP-S025",
            elements_typed="R-EDM-RESP-S021",
        ),
        SlotDefinition(
            name="EvidenceRequester",
            type=_ANY,
            presence="R-EDM-RESP-S013",
            typed="R-EDM-RESP-S022",
            content="Agent",
            filled="R-EDM-RESP-S027",
        ),
        SlotDefinition(
            name="ResponseAvailableDateTime",
            type=_DATE_TIME,
            required=False,
            presence="R-EDM-RESP-S014",
            typed="R-EDM-RESP-S023",
        ),
    ),
    single_value="R-EDM-RESP-S038",
    collection_filled="R-EDM-RESP-S040",
)

_EVIDENCE_V2_0 = SlotTable(
    by_name=_by_name(
        SlotDefinition(
            name="EvidenceMetadata",
            type=_ANY,
            presence="R-EDM-RESP-S015",
            typed="R-EDM-RESP-S024",
            content="Evidence",
            filled="R-EDM-RESP-S029",
        ),
    ),
    single_value="R-EDM-RESP-S038",
)

_ERROR_V2_0 = SlotTable(
    by_name=_by_name(
        SlotDefinition(name="SpecificationIdentifier", type=_STRING, presence="R-EDM-ERR-S009", typed="R-EDM-ERR-S018"),
        SlotDefinition(
            name="EvidenceResponseIdentifier", type=_STRING, presence="R-EDM-ERR-S010", typed="R-EDM-ERR-S019"
        ),
        SlotDefinition(
            name="ErrorProvider",
            type=_ANY,
            presence="R-EDM-ERR-S011",
            typed="R-EDM-ERR-S020",
            content="Agent",
            filled="R-EDM-ERR-S026",
        ),
        SlotDefinition(
            name="EvidenceRequester",
            type=_ANY,
            required=False,
            presence="R-EDM-ERR-S012",
            typed="R-EDM-ERR-S021",
            content="Agent",
            filled="R-EDM-ERR-S021",
        ),
    ),
    single_value="R-EDM-ERR-S028",
)

_EXCEPTION_V2_0 = SlotTable(
    by_name=_by_name(
        SlotDefinition(name="Timestamp", type=_DATE_TIME, presence="R-EDM-ERR-S013", typed="R-EDM-ERR-S022"),
        SlotDefinition(
            name="PreviewLocation", type=_STRING, required=False, presence="R-EDM-ERR-S014", typed="R-EDM-ERR-S023"
        ),
        SlotDefinition(
            name="PreviewDescription",
            type=SlotType.INTERNATIONAL_STRING,
            required=False,
            presence="R-EDM-ERR-S015",
            typed="R-EDM-ERR-S024",
        ),
    ),
    single_value="R-EDM-ERR-S028",
)

SPECIFICATIONS: Final[Mapping[str, Specification]] = {
    V2_0: Specification(
        id=V2_0,
        request=_REQUEST_V2_0,
        query=_QUERY_V2_0,
        response=_RESPONSE_V2_0,
        evidence=_EVIDENCE_V2_0,
        error=_ERROR_V2_0,
        exception=_EXCEPTION_V2_0,
    ),
}
"""The lines that can be read and written."""
