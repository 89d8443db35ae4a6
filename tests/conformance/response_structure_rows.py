"""The table of changes of EDM-RESP-S, but for packages: which slots a response has, and how documents stand in it."""

from collections.abc import Iterator
from typing import Final

from tests.conformance.answer_paths import (
    AS_IT_IS,
    EP,
    IP,
    LAST_DOCUMENT,
    METADATA,
    ONLY_EVIDENCE,
    PROVIDERS,
    REQUESTER,
    STATUS,
    UUID,
    XML_EVIDENCE,
    deferred,
    empty,
    evidence,
    legal,
    slot,
)
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
)

MANDATORY: Final = {
    "R-EDM-RESP-S009": "SpecificationIdentifier",
    "R-EDM-RESP-S010": "EvidenceResponseIdentifier",
    "R-EDM-RESP-S011": "IssueDateTime",
    "R-EDM-RESP-S012": "EvidenceProvider",
    "R-EDM-RESP-S013": "EvidenceRequester",
}
TYPES: Final = {
    "R-EDM-RESP-S017": f"{slot('SpecificationIdentifier')}/rim:SlotValue",
    "R-EDM-RESP-S018": f"{slot('EvidenceResponseIdentifier')}/rim:SlotValue",
    "R-EDM-RESP-S019": f"{slot('IssueDateTime')}/rim:SlotValue",
    "R-EDM-RESP-S020": PROVIDERS,
    "R-EDM-RESP-S021": f"{PROVIDERS}/rim:Element[2]",
    "R-EDM-RESP-S022": f"{slot('EvidenceRequester')}/rim:SlotValue",
    "R-EDM-RESP-S024": METADATA,
}
AVAILABLE: Final = (
    '<rim:Slot name="ResponseAvailableDateTime"><rim:SlotValue xsi:type="rim:DateTimeValueType">'
    "<rim:Value>2026-11-30T08:00:00Z</rim:Value></rim:SlotValue></rim:Slot>"
)
EXCEPTION: Final = '<rs:Exception xsi:type="rs:TimeoutExceptionType" code="EDM:ERR:0005"/>'


def mandatory_slots() -> Iterator[Row]:
    """Without each mandatory slot, and with it twice."""
    for rule, name in MANDATORY.items():
        elsewhere = accepts(f"{name} as the second slot", move_after("rim:Slot[1]", "rim:Slot[last()]"))
        yield empty(rule, refuses(f"no {name}", remove(slot(name))), elsewhere)
        yield empty(rule, refuses(f"{name} twice", repeat(slot(name))), elsewhere)


def types() -> Iterator[Row]:
    """With the value, or an element of the value, of each slot typed wrong."""
    for rule, path in TYPES.items():
        yield evidence(
            rule,
            refuses("the type is a number", set_attribute(path, "xsi:type", "rim:IntegerValueType")),
            AS_IT_IS,
        )
    yield deferred(
        "R-EDM-RESP-S023",
        refuses(
            "the type has no prefix",
            set_attribute(f"{slot('ResponseAvailableDateTime')}/rim:SlotValue", "xsi:type", "DateTimeValueType"),
        ),
        accepts(
            "another prefix",
            set_attribute(f"{slot('ResponseAvailableDateTime')}/rim:SlotValue", "xsi:type", "r:DateTimeValueType"),
        ),
    )


def kinds_of_answers() -> Iterator[Row]:
    """With the parts of one kind of answer in another kind."""
    yield empty("R-EDM-RESP-S003", refuses("no requestId", remove_attribute(".", "requestId")), AS_IT_IS)
    yield empty(
        "R-EDM-RESP-S004",
        refuses("a requestId without prefix", set_attribute(".", "requestId", UUID)),
        accepts("a requestId in capitals", set_attribute(".", "requestId", f" URN:UUID:{UUID.upper()} ")),
    )
    yield empty(
        "R-EDM-RESP-S005",
        refuses("no status", remove_attribute(".", "status")),
        AS_IT_IS,
        companions=["R-EDM-RESP-S006"],
    )
    yield empty("R-EDM-RESP-S006", refuses("a failure", set_attribute(".", "status", f"{STATUS}Failure")), AS_IT_IS)
    yield empty("R-EDM-RESP-S007", refuses("no list", remove("rim:RegistryObjectList")), AS_IT_IS)
    yield empty(
        "R-EDM-RESP-S008",
        refuses("an exception", add_after("rim:Slot[last()]", EXCEPTION)),
        AS_IT_IS,
        companions=["R-EDM-RESP-S016"],
    )
    yield deferred(
        "R-EDM-RESP-S014",
        refuses("the time in an answer that gives", set_attribute(".", "status", f"{STATUS}Success")),
        AS_IT_IS,
    )
    yield deferred("R-EDM-RESP-S045", refuses("no time", remove(slot("ResponseAvailableDateTime"))), AS_IT_IS)
    yield deferred("R-EDM-RESP-S045", refuses("two times", repeat(slot("ResponseAvailableDateTime"))), AS_IT_IS)
    yield deferred("R-EDM-RESP-S016", refuses("an exception", add_after("rim:Slot[last()]", EXCEPTION)), AS_IT_IS)
    yield empty(
        "R-EDM-RESP-S016",
        refuses(
            "a slot of another name",
            add_after(
                "rim:Slot[last()]",
                '<rim:Slot name="Procedure"><rim:SlotValue xsi:type="rim:StringValueType">'
                "<rim:Value>V1</rim:Value></rim:SlotValue></rim:Slot>",
            ),
        ),
        AS_IT_IS,
    )


def agents() -> Iterator[Row]:
    """With agents that are something else, or have more children than their place allows."""
    yield evidence("R-EDM-RESP-S025", refuses("no Agent", rename(IP, "sdg:EvidenceProvider")), AS_IT_IS)
    yield evidence(
        "R-EDM-RESP-S026",
        refuses(
            "a Jurisdiction",
            add_after(
                f"{EP}/sdg:Address",
                "<sdg:Jurisdiction><sdg:AdminUnitLevel1>DE</sdg:AdminUnitLevel1></sdg:Jurisdiction>",
            ),
        ),
        accepts(
            "an Address",
            add_after(f"{IP}/sdg:Name", "<sdg:Address><sdg:AdminUnitLevel1>DE</sdg:AdminUnitLevel1></sdg:Address>"),
        ),
    )
    yield evidence("R-EDM-RESP-S027", refuses("no Agent", rename(REQUESTER, "sdg:EvidenceRequester")), AS_IT_IS)
    yield evidence(
        "R-EDM-RESP-S028",
        refuses("a Classification", add(REQUESTER, "<sdg:Classification>ER</sdg:Classification>")),
        accepts("one more Name", add(REQUESTER, '<sdg:Name lang="DE">Musterkommune</sdg:Name>')),
    )


def documents() -> Iterator[Row]:
    """With objects that lack what stands for a document or describes it."""
    yield evidence(
        "R-EDM-RESP-S015", refuses("no metadata", remove(f"{LAST_DOCUMENT}/{slot('EvidenceMetadata')}")), AS_IT_IS
    )
    yield evidence(
        "R-EDM-RESP-S015", refuses("metadata twice", repeat(f"{LAST_DOCUMENT}/{slot('EvidenceMetadata')}")), AS_IT_IS
    )
    yield evidence("R-EDM-RESP-S029", refuses("no Evidence", rename(XML_EVIDENCE, "sdg:EvidenceType")), AS_IT_IS)
    reference = f"{LAST_DOCUMENT}/rim:RepositoryItemRef"
    yield evidence(
        "R-EDM-RESP-S033",
        refuses("no reference to a part", remove(reference)),
        accepts(
            "no reference, in an answer that defers",
            remove(reference),
            set_attribute(".", "status", f"{STATUS}Unavailable"),
            add_after("rim:Slot[last()]", AVAILABLE),
        ),
    )
    yield evidence("R-EDM-RESP-S034", refuses("no href", remove_attribute(reference, "xlink:href")), AS_IT_IS)
    yield evidence("R-EDM-RESP-S035", refuses("no title", remove_attribute(reference, "xlink:title")), AS_IT_IS)
    yield evidence("R-EDM-RESP-S036", refuses("no id", remove_attribute(LAST_DOCUMENT, "id")), AS_IT_IS)
    yield evidence(
        "R-EDM-RESP-S037",
        refuses("an id without prefix", set_attribute(LAST_DOCUMENT, "id", UUID)),
        accepts("an id in capitals", set_attribute(LAST_DOCUMENT, "id", f"urn:uuid:{UUID.upper()}")),
    )


def descriptions() -> Iterator[Row]:
    """With more said of an evidence than its place allows."""
    yield evidence(
        "R-EDM-RESP-S030",
        refuses(
            "a distribution of the type",
            add(
                f"{XML_EVIDENCE}/sdg:IsConformantTo",
                "<sdg:Distribution><sdg:Format>application/pdf</sdg:Format></sdg:Distribution>",
            ),
        ),
        accepts("no Description", remove(f"{XML_EVIDENCE}/sdg:IsConformantTo/sdg:Description")),
    )
    person = f"{XML_EVIDENCE}/sdg:IsAbout/sdg:NaturalPerson"
    yield evidence(
        "R-EDM-RESP-S041",
        refuses("a Gender", add(person, "<sdg:Gender>Female</sdg:Gender>")),
        accepts("no PlaceOfBirth", remove(f"{person}/sdg:PlaceOfBirth")),
    )
    company = f"{ONLY_EVIDENCE}/sdg:IsAbout/sdg:LegalPerson"
    yield legal(
        "R-EDM-RESP-S042",
        refuses("a telephone number", add(company, "<sdg:LegalPhoneNumber>+46 8 123 456</sdg:LegalPhoneNumber>")),
        AS_IT_IS,
    )
    title = f"{XML_EVIDENCE}/sdg:IsConformantTo/sdg:Title[1]"
    yield evidence(
        "R-EDM-RESP-S044",
        refuses("the same language twice", repeat(title)),
        accepts("one more language", add_after(title, '<sdg:Title lang="SV">Bevis om bostad</sdg:Title>')),
    )


def slot_values() -> Iterator[Row]:
    """With slots and collections that hold nothing, or more than one thing."""
    value = f"{slot('IssueDateTime')}/rim:SlotValue"
    yield empty("R-EDM-RESP-S038", refuses("no value", remove(value)), AS_IT_IS)
    yield empty("R-EDM-RESP-S038", refuses("two values", repeat(value)), AS_IT_IS)
    yield empty("R-EDM-RESP-S039", refuses("a value without content", remove(f"{value}/rim:Value")), AS_IT_IS)
    yield empty(
        "R-EDM-RESP-S040",
        refuses("a collection without elements", remove(f"{PROVIDERS}/rim:Element")),
        accepts("a collection of one element", remove(f"{PROVIDERS}/rim:Element[2]")),
        companions=["R-EDM-RESP-S039", "R-EDM-RESP-C046"],
    )
    yield empty(
        "R-EDM-RESP-S043", refuses("no kind of collection", remove_attribute(PROVIDERS, "collectionType")), AS_IT_IS
    )
    yield empty(
        "R-EDM-RESP-S043",
        refuses(
            "a bag",
            set_attribute(PROVIDERS, "collectionType", "urn:oasis:names:tc:ebxml-regrep:CollectionType:Bag"),
        ),
        AS_IT_IS,
    )


ROWS: Final[tuple[Row, ...]] = (
    empty("R-EDM-RESP-S001", refuses("another document element", rename(".", "query:QueryRequest")), AS_IT_IS),
    empty("R-EDM-RESP-S002", refuses("another namespace", rename(".", "rs:QueryResponse")), AS_IT_IS),
    *kinds_of_answers(),
    *mandatory_slots(),
    *types(),
    *agents(),
    *documents(),
    *descriptions(),
    *slot_values(),
)
