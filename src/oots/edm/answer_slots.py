"""
The slots of evidence responses and error responses in each line, with their official rules (edm.md 2.2 and 2.3).

The lines differ in one slot, and in one element of the metadata.
"""

from typing import Final

from oots.edm.slot_table import SlotDefinition, SlotTable, SlotType, by_name

_STRING, _DATE_TIME = SlotType.STRING, SlotType.DATE_TIME
_ANY, _COLLECTION = SlotType.ANY, SlotType.COLLECTION

RESPONSE: Final = SlotTable(
    by_name=by_name(
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

EVIDENCE: Final = SlotTable(
    by_name=by_name(
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

ERROR: Final = SlotTable(
    by_name=by_name(
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

_EXCEPTION_OF_BOTH_LINES: Final = (
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
)

EXCEPTION_V1_2: Final = SlotTable(
    by_name=by_name(
        *_EXCEPTION_OF_BOTH_LINES,
        SlotDefinition(
            name="PreviewMethod", type=_STRING, required=False, presence="R-EDM-ERR-S016", typed="R-EDM-ERR-S025"
        ),
    ),
    single_value="R-EDM-ERR-S028",
)

EXCEPTION_V2_0: Final = SlotTable(by_name=by_name(*_EXCEPTION_OF_BOTH_LINES), single_value="R-EDM-ERR-S028")

DISTRIBUTION_V2_0: Final = frozenset({"Format", "Language", "ConformsTo"})
"""Children of `sdg:Distribution`."""

DISTRIBUTION_V1_2: Final = DISTRIBUTION_V2_0 | {"Transformation"}
