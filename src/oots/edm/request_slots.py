"""The slots of an evidence request in each line, with the official rules that say so (TDD 4.5.1; edm.md 2.1)."""

from dataclasses import replace
from typing import Final

from oots.edm.slot_table import SlotDefinition, SlotTable, SlotType, by_name

_STRING, _DATE_TIME, _BOOLEAN = SlotType.STRING, SlotType.DATE_TIME, SlotType.BOOLEAN
_ANY, _COLLECTION = SlotType.ANY, SlotType.COLLECTION

_REQUEST_OF_BOTH_LINES: Final = (
    SlotDefinition(name="SpecificationIdentifier", type=_STRING, presence="R-EDM-REQ-S005", typed="R-EDM-REQ-S020"),
    SlotDefinition(name="IssueDateTime", type=_DATE_TIME, presence="R-EDM-REQ-S006", typed="R-EDM-REQ-S021"),
    SlotDefinition(
        name="PreviewLocation", type=_STRING, required=False, presence="R-EDM-REQ-S008", typed="R-EDM-REQ-S023"
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
)

REQUEST_V2_0: Final = SlotTable(
    by_name=by_name(
        *_REQUEST_OF_BOTH_LINES,
        SlotDefinition(name="Procedure", type=_STRING, presence="R-EDM-REQ-S007", typed="R-EDM-REQ-S022"),
        SlotDefinition(
            name="ReturnLocation", type=_STRING, required=False, presence="R-EDM-REQ-S060", typed="R-EDM-REQ-S061"
        ),
    ),
    single_value="R-EDM-REQ-S050",
    not_empty="R-EDM-REQ-S051",
    collection_filled="R-EDM-REQ-S052",
    closed="R-EDM-REQ-S019",
    collection_is_set="R-EDM-REQ-S053",
)

REQUEST_V1_2: Final = replace(
    REQUEST_V2_0,
    by_name=by_name(
        *_REQUEST_OF_BOTH_LINES,
        SlotDefinition(
            name="Procedure",
            type=SlotType.INTERNATIONAL_STRING,
            presence="R-EDM-REQ-S007",
            typed="R-EDM-REQ-S022",
        ),
    ),
)

QUERY: Final = SlotTable(
    by_name=by_name(
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
"""The slots of query:Query, the same in both lines."""
