"""The table of changes of EDM-REQ-S: which slots a request has, and of what shape."""

from collections.abc import Iterator
from typing import Final

from tests.conformance.changes import (
    Row,
    accepts,
    add,
    add_after,
    move_after,
    refuses,
    remove,
    remove_attribute,
    rename,
    repeat,
    set_attribute,
    set_text,
)
from tests.conformance.request_paths import (
    AS_IT_IS,
    CLASSIFICATIONS,
    ER,
    EVIDENCE_TYPE,
    IP,
    LEGAL_PERSON,
    LEGAL_REPRESENTATIVE,
    PERSON,
    PROVIDER,
    REPRESENTATIVE,
    REQUESTER,
    REQUIREMENT,
    REQUIREMENTS,
    legal,
    natural,
    query_slot,
    slot,
)

UUID: Final = "5b0a7d34-9f0e-4f0b-8d2e-0d6f7f4b2a11"
ANOTHER_SLOT: Final = (
    '<rim:Slot name="Priority"><rim:SlotValue xsi:type="rim:StringValueType">'
    "<rim:Value>high</rim:Value></rim:SlotValue></rim:Slot>"
)
RETURN_LOCATION: Final = (
    '<rim:Slot name="ReturnLocation"><rim:SlotValue xsi:type="rim:StringValueType">'
    "<rim:Value>https://portal.town.example/back/42</rim:Value></rim:SlotValue></rim:Slot>"
)

MANDATORY: Final = {
    "R-EDM-REQ-S005": "SpecificationIdentifier",
    "R-EDM-REQ-S006": "IssueDateTime",
    "R-EDM-REQ-S007": "Procedure",
    "R-EDM-REQ-S009": "PossibilityForPreview",
    "R-EDM-REQ-S010": "ExplicitRequestGiven",
    "R-EDM-REQ-S011": "Requirements",
    "R-EDM-REQ-S012": "EvidenceRequester",
    "R-EDM-REQ-S013": "EvidenceProvider",
}

TYPES: Final = {
    "R-EDM-REQ-S020": slot("SpecificationIdentifier"),
    "R-EDM-REQ-S021": slot("IssueDateTime"),
    "R-EDM-REQ-S022": slot("Procedure"),
    "R-EDM-REQ-S023": slot("PreviewLocation"),
    "R-EDM-REQ-S024": slot("PossibilityForPreview"),
    "R-EDM-REQ-S025": slot("ExplicitRequestGiven"),
    "R-EDM-REQ-S026": slot("Requirements"),
    "R-EDM-REQ-S028": slot("EvidenceRequester"),
    "R-EDM-REQ-S030": slot("EvidenceProvider"),
    "R-EDM-REQ-S031": slot("EvidenceProviderClassification"),
    "R-EDM-REQ-S033": query_slot("EvidenceRequest"),
    "R-EDM-REQ-S034": query_slot("LegalPerson"),
    "R-EDM-REQ-S055": query_slot("AuthorizedRepresentativeLegalPerson"),
}

TYPES_OF_ELEMENTS: Final = {
    "R-EDM-REQ-S027": REQUIREMENTS,
    "R-EDM-REQ-S029": REQUESTER,
    "R-EDM-REQ-S032": CLASSIFICATIONS,
}


def mandatory_slots() -> Iterator[Row]:
    """Without each mandatory slot, and with it twice."""
    for rule, name in MANDATORY.items():
        elsewhere = accepts(f"{name} as the last slot", move_after(slot(name), "rim:Slot[last()]"))
        if name == "EvidenceProvider":
            elsewhere = accepts(f"{name} as the second slot", move_after(slot(name), "rim:Slot[1]"))
        yield natural(rule, refuses(f"no {name}", remove(slot(name))), elsewhere)
        yield natural(rule, refuses(f"{name} twice", repeat(slot(name))), elsewhere)


def types() -> Iterator[Row]:
    """With the value, or the elements of the value, of each slot typed wrong."""
    values = {rule: f"{path}/rim:SlotValue" for rule, path in TYPES.items()}
    elements = {rule: f"{path}/rim:Element[1]" for rule, path in TYPES_OF_ELEMENTS.items()}
    for rule, path in (values | elements).items():
        yield legal(
            rule,
            refuses("the type is a number", set_attribute(path, "xsi:type", "rim:IntegerValueType")),
            AS_IT_IS,
        )
    for rule, path in (
        ("R-EDM-REQ-S035", query_slot("NaturalPerson")),
        ("R-EDM-REQ-S036", query_slot("AuthorizedRepresentative")),
    ):
        yield natural(
            rule,
            refuses("the type has no prefix", set_attribute(f"{path}/rim:SlotValue", "xsi:type", "AnyValueType")),
            accepts("another prefix", set_attribute(f"{path}/rim:SlotValue", "xsi:type", "regrep:AnyValueType")),
        )


ROWS: Final[tuple[Row, ...]] = (
    natural("R-EDM-REQ-S001", refuses("another document element", rename(".", "query:QueryResponse")), AS_IT_IS),
    natural("R-EDM-REQ-S002", refuses("another namespace", rename(".", "rim:QueryRequest")), AS_IT_IS),
    natural(
        "R-EDM-REQ-S004",
        refuses("the id without prefix", set_attribute(".", "id", UUID)),
        accepts(
            "the id in capitals, with blanks around",
            set_attribute(".", "id", f" URN:UUID:{UUID.upper()} "),
        ),
    ),
    *(
        natural("R-EDM-REQ-S004", refuses("something around the id", set_attribute(".", "id", text)), AS_IT_IS)
        for text in (f"urn:uuid:{UUID}#1", f"id:urn:uuid:{UUID}")
    ),
    *mandatory_slots(),
    legal(
        "R-EDM-REQ-S008",
        refuses("PreviewLocation twice", repeat(slot("PreviewLocation"))),
        AS_IT_IS,
    ),
    legal(
        "R-EDM-REQ-S014",
        refuses("EvidenceProviderClassification twice", repeat(slot("EvidenceProviderClassification"))),
        accepts("no EvidenceProviderClassification", remove(slot("EvidenceProviderClassification"))),
    ),
    natural(
        "R-EDM-REQ-S015",
        refuses("no EvidenceRequest", remove(query_slot("EvidenceRequest"))),
        accepts(
            "EvidenceRequest as the first slot of the query",
            move_after(query_slot("NaturalPerson"), query_slot("EvidenceRequest")),
        ),
    ),
    natural(
        "R-EDM-REQ-S015",
        refuses("two evidence types", repeat(query_slot("EvidenceRequest"))),
        accepts("no representative", remove(query_slot("AuthorizedRepresentative"))),
    ),
    natural("R-EDM-REQ-S016", refuses("no subject", remove(query_slot("NaturalPerson"))), AS_IT_IS),
    natural("R-EDM-REQ-S016", refuses("two subjects", repeat(query_slot("NaturalPerson"))), AS_IT_IS),
    natural(
        "R-EDM-REQ-S018",
        refuses("two natural representatives", repeat(query_slot("AuthorizedRepresentative"))),
        accepts("no representative", remove(query_slot("AuthorizedRepresentative"))),
    ),
    legal(
        "R-EDM-REQ-S019",
        refuses("a ReturnLocation, which is of 2.0", add_after("rim:Slot[last()]", RETURN_LOCATION)),
        AS_IT_IS,
        lines=("1.2",),
    ),
    legal(
        "R-EDM-REQ-S019",
        refuses("a slot of one's own", add_after("rim:Slot[last()]", ANOTHER_SLOT)),
        AS_IT_IS,
        lines=("2.0",),
    ),
    *types(),
    natural(
        "R-EDM-REQ-S037",
        refuses("an element with something else", rename(REQUIREMENT, "sdg:InformationConcept")),
        accepts("a further element with a Requirement", repeat(f"{REQUIREMENTS}/rim:Element")),
    ),
    natural(
        "R-EDM-REQ-S038",
        refuses("a Requirement with an EvidenceTypeList", add(REQUIREMENT, "<sdg:EvidenceTypeList/>")),
        accepts(
            "a Requirement with one more Description",
            add(REQUIREMENT, '<sdg:Description lang="SV">Var någon bor</sdg:Description>'),
        ),
    ),
    legal(
        "R-EDM-REQ-S039",
        refuses("no Agent at all", rename(ER, "sdg:EvidenceRequester"), rename(IP, "sdg:EvidenceRequester")),
        accepts("one element without Agent, another with", rename(IP, "sdg:EvidenceRequester")),
        companions=["R-EDM-REQ-C074"],
    ),
    legal(
        "R-EDM-REQ-S040",
        refuses("an intermediary with a Jurisdiction", add(IP, "<sdg:Jurisdiction/>")),
        accepts(
            "an intermediary with an Address",
            add(IP, "<sdg:Address><sdg:AdminUnitLevel1>SE</sdg:AdminUnitLevel1></sdg:Address>"),
        ),
    ),
    legal(
        "R-EDM-REQ-S041",
        refuses(
            "an element with something else",
            rename(f"{CLASSIFICATIONS}/rim:Element[2]/*", "sdg:InformationConcept"),
        ),
        accepts("one element less", remove(f"{CLASSIFICATIONS}/rim:Element[2]")),
    ),
    natural(
        "R-EDM-REQ-S042", refuses("a provider that is no Agent", rename(PROVIDER, "sdg:EvidenceProvider")), AS_IT_IS
    ),
    natural(
        "R-EDM-REQ-S043",
        refuses("a provider with a Classification", add(PROVIDER, "<sdg:Classification>EP</sdg:Classification>")),
        accepts("a provider with one more Name", add(PROVIDER, '<sdg:Name lang="SV">Folkbokföring</sdg:Name>')),
    ),
    natural(
        "R-EDM-REQ-S044",
        refuses("something else than a DataServiceEvidenceType", rename(EVIDENCE_TYPE, "sdg:EvidenceType")),
        AS_IT_IS,
    ),
    natural(
        "R-EDM-REQ-S045",
        refuses("an evidence type with a Note", add(EVIDENCE_TYPE, '<sdg:Note lang="EN">On paper too</sdg:Note>')),
        accepts(
            "an evidence type with one more Title",
            add_after(f"{EVIDENCE_TYPE}/sdg:Title[2]", '<sdg:Title lang="SV">Personbevis</sdg:Title>'),
        ),
    ),
    natural("R-EDM-REQ-S046", refuses("a NaturalPerson in its slot", rename(PERSON, "sdg:NaturalPerson")), AS_IT_IS),
    legal(
        "R-EDM-REQ-S047", refuses("a Person in the slot of a legal one", rename(LEGAL_PERSON, "sdg:Person")), AS_IT_IS
    ),
    natural(
        "R-EDM-REQ-S048",
        refuses("a NaturalPerson as representative", rename(REPRESENTATIVE, "sdg:NaturalPerson")),
        AS_IT_IS,
    ),
    natural(
        "R-EDM-REQ-S049",
        refuses("a slot of one's own in the query", add_after(query_slot("EvidenceRequest"), ANOTHER_SLOT)),
        accepts("no slot AuthorizedRepresentative", remove(query_slot("AuthorizedRepresentative"))),
    ),
    natural(
        "R-EDM-REQ-S050",
        refuses("a slot without value", remove(f"{slot('PossibilityForPreview')}/rim:SlotValue")),
        AS_IT_IS,
    ),
    natural(
        "R-EDM-REQ-S050",
        refuses("a slot with two values", repeat(f"{slot('PossibilityForPreview')}/rim:SlotValue")),
        AS_IT_IS,
    ),
    natural(
        "R-EDM-REQ-S051",
        refuses("a value that is mere text", set_text(f"{slot('PossibilityForPreview')}/rim:SlotValue", "true")),
        accepts("an empty Value", set_text(f"{slot('PossibilityForPreview')}/rim:SlotValue/rim:Value", "")),
    ),
    legal(
        "R-EDM-REQ-S052",
        refuses("a collection of nothing", set_text(REQUIREMENTS, ""), add(REQUIREMENTS, "<rim:Value/>")),
        accepts("a collection of one", remove(f"{REQUIREMENTS}/rim:Element[2]")),
    ),
    natural(
        "R-EDM-REQ-S053",
        refuses("a collection without collectionType", remove_attribute(REQUIREMENTS, "collectionType")),
        accepts(
            "no collectionType where the prefix of the type is another",
            remove_attribute(REQUIREMENTS, "collectionType"),
            set_attribute(REQUIREMENTS, "xsi:type", "regrep:CollectionValueType"),
        ),
    ),
    legal(
        "R-EDM-REQ-S054",
        refuses("two legal representatives", repeat(query_slot("AuthorizedRepresentativeLegalPerson"))),
        accepts("no representative", remove(query_slot("AuthorizedRepresentativeLegalPerson"))),
    ),
    legal(
        "R-EDM-REQ-S056",
        refuses("a Person as legal representative", rename(LEGAL_REPRESENTATIVE, "sdg:Person")),
        AS_IT_IS,
    ),
    legal("R-EDM-REQ-S060", refuses("ReturnLocation twice", repeat(slot("ReturnLocation"))), AS_IT_IS, lines=("2.0",)),
    legal(
        "R-EDM-REQ-S061",
        refuses(
            "the type is a number",
            set_attribute(f"{slot('ReturnLocation')}/rim:SlotValue", "xsi:type", "rim:IntegerValueType"),
        ),
        AS_IT_IS,
        lines=("2.0",),
    ),
    legal(
        "R-EDM-REQ-S062",
        refuses("PreviewLocation alone", remove(slot("ReturnLocation"))),
        accepts("neither of both", remove(slot("ReturnLocation")), remove(slot("PreviewLocation"))),
        lines=("2.0",),
    ),
)
