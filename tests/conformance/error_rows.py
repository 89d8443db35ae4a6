"""The tables of changes of EDM-ERR-S and EDM-ERR-C, but for agents: evidence error responses."""

from collections.abc import Iterator
from typing import Final

from tests.conformance.answer_paths import (
    ADDITIONAL_INPUT,
    AS_IT_IS,
    ERROR,
    PREVIEW_REQUIRED,
    SPECIFICATION,
    STATUS,
    UUID,
    preview,
    several,
    slot,
    unreadable,
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
    set_text,
)

FIRST: Final = "rs:Exception[1]"
SECOND: Final = "rs:Exception[2]"
TIMESTAMP: Final = f"{FIRST}/{slot('Timestamp')}/rim:SlotValue"
LOCATION: Final = f"{FIRST}/{slot('PreviewLocation')}"
DESCRIPTION: Final = f"{FIRST}/{slot('PreviewDescription')}"
METHOD: Final = f"{FIRST}/{slot('PreviewMethod')}"

MANDATORY: Final = {
    "R-EDM-ERR-S009": "SpecificationIdentifier",
    "R-EDM-ERR-S010": "EvidenceResponseIdentifier",
    "R-EDM-ERR-S011": "ErrorProvider",
}
TYPES: Final = {
    "R-EDM-ERR-S018": slot("SpecificationIdentifier"),
    "R-EDM-ERR-S019": slot("EvidenceResponseIdentifier"),
    "R-EDM-ERR-S020": slot("ErrorProvider"),
    "R-EDM-ERR-S021": slot("EvidenceRequester"),
    "R-EDM-ERR-S022": f"{FIRST}/{slot('Timestamp')}",
    "R-EDM-ERR-S023": LOCATION,
    "R-EDM-ERR-S024": DESCRIPTION,
}


def another_slot(name: str, value: str) -> str:
    """Write a slot with a plain value."""
    return (
        f'<rim:Slot name="{name}"><rim:SlotValue xsi:type="rim:StringValueType">'
        f"<rim:Value>{value}</rim:Value></rim:SlotValue></rim:Slot>"
    )


def slots() -> Iterator[Row]:
    """With slots that are missing, there twice, of another name, of another type, or empty."""
    for rule, name in MANDATORY.items():
        elsewhere = accepts(f"{name} elsewhere", move_after("rim:Slot[1]", "rim:Slot[last()]"))
        yield several(rule, refuses(f"no {name}", remove(slot(name))), elsewhere)
        yield several(rule, refuses(f"{name} twice", repeat(slot(name))), elsewhere)
    for rule, path in TYPES.items():
        value = f"{path}/rim:SlotValue"
        yield preview(
            rule,
            refuses("the type is a number", set_attribute(value, "xsi:type", "rim:IntegerValueType")),
            AS_IT_IS,
        )
    yield preview(
        "R-EDM-ERR-S025",
        refuses("the type has no prefix", set_attribute(f"{METHOD}/rim:SlotValue", "xsi:type", "StringValueType")),
        accepts("another prefix", set_attribute(f"{METHOD}/rim:SlotValue", "xsi:type", "r:StringValueType")),
        lines=("1.2",),
    )
    yield several(
        "R-EDM-ERR-S017",
        refuses("a time of issue", add_after("rim:Slot[1]", another_slot("IssueDateTime", "2026-11-23T08:15:00Z"))),
        AS_IT_IS,
    )
    yield several("R-EDM-ERR-S028", refuses("no value", remove(TIMESTAMP)), AS_IT_IS)
    yield several("R-EDM-ERR-S028", refuses("two values", repeat(TIMESTAMP)), AS_IT_IS)
    yield several("R-EDM-ERR-S029", refuses("an empty value", set_text(TIMESTAMP, "now")), AS_IT_IS)


def the_whole() -> Iterator[Row]:
    """With another document element, status, request, or nothing to say."""
    yield several("R-EDM-ERR-S001", refuses("another document element", rename(".", "query:QueryRequest")), AS_IT_IS)
    yield several("R-EDM-ERR-S002", refuses("another namespace", rename(".", "rs:QueryResponse")), AS_IT_IS)
    for rule, companion in (("R-EDM-ERR-S003", "R-EDM-ERR-C025"), ("R-EDM-ERR-C025", "R-EDM-ERR-S003")):
        yield preview(
            rule, refuses("no requestId", remove_attribute(".", "requestId")), AS_IT_IS, companions=[companion]
        )
        yield unreadable(
            rule,
            refuses("no invalid request", set_attribute(FIRST, "xsi:type", "rs:TimeoutExceptionType")),
            AS_IT_IS,
            companions=[companion, "R-EDM-ERR-S012"],
        )
    yield several(
        "R-EDM-ERR-S004",
        refuses("a requestId without prefix", set_attribute(".", "requestId", UUID)),
        accepts("no requestId", remove_attribute(".", "requestId")),
    )
    yield several(
        "R-EDM-ERR-S004",
        refuses("a requestId with something before it", set_attribute(".", "requestId", f"id:urn:uuid:{UUID}")),
        accepts("a requestId in capitals", set_attribute(".", "requestId", f" URN:UUID:{UUID.upper()} ")),
    )
    yield several(
        "R-EDM-ERR-S005",
        refuses("no status", remove_attribute(".", "status")),
        AS_IT_IS,
        companions=["R-EDM-ERR-S006"],
    )
    yield several(
        "R-EDM-ERR-S006", refuses("a deferral", set_attribute(".", "status", f"{STATUS}Unavailable")), AS_IT_IS
    )
    yield several("R-EDM-ERR-S007", refuses("a list", add(".", "<rim:RegistryObjectList/>")), AS_IT_IS)
    for rule, companion in (("R-EDM-ERR-S008", "R-EDM-ERR-C011"), ("R-EDM-ERR-C011", "R-EDM-ERR-S008")):
        yield several(
            rule,
            refuses("no exception", remove("rs:Exception")),
            accepts("one exception", remove(SECOND)),
            companions=[companion],
        )
    yield preview("R-EDM-ERR-S012", refuses("no requester", remove(slot("EvidenceRequester"))), AS_IT_IS)
    yield several("R-EDM-ERR-S012", refuses("two requesters", repeat(slot("EvidenceRequester"))), AS_IT_IS)
    yield unreadable(
        "R-EDM-ERR-S012",
        refuses("another exception", set_attribute(FIRST, "xsi:type", "rs:TimeoutExceptionType")),
        AS_IT_IS,
        companions=["R-EDM-ERR-S003", "R-EDM-ERR-C025"],
    )
    yield several(
        "R-EDM-ERR-C001",
        refuses("the specification of a line of old", set_text(f"{SPECIFICATION}/rim:Value", "oots-edm:v1.0")),
        AS_IT_IS,
    )
    identifier = f"{slot('EvidenceResponseIdentifier')}/rim:SlotValue/rim:Value"
    yield several(
        "R-EDM-ERR-C002",
        refuses("an identifier with prefix", set_text(identifier, f"urn:uuid:{UUID}")),
        accepts("an identifier in capitals", set_text(identifier, UUID.upper())),
    )


def exceptions() -> Iterator[Row]:
    """With exceptions of unknown types, codes and severities, or without them."""
    yield several("R-EDM-ERR-C012", refuses("no type", remove_attribute(SECOND, "xsi:type")), AS_IT_IS)
    yield several(
        "R-EDM-ERR-C013",
        refuses("another prefix", set_attribute(SECOND, "xsi:type", "q:QueryExceptionType")),
        accepts("another type", set_attribute(SECOND, "xsi:type", "rs:TimeoutExceptionType")),
    )
    may_be_preview = set_attribute(SECOND, "code", "EDM:ERR:0002")
    required = set_attribute(SECOND, "severity", PREVIEW_REQUIRED)
    yield several(
        "R-EDM-ERR-C014",
        refuses("the severity of directories", may_be_preview, set_attribute(SECOND, "severity", ADDITIONAL_INPUT)),
        accepts("a preview", may_be_preview, required),
    )
    yield several(
        "R-EDM-ERR-C014",
        refuses("a severity of no list", may_be_preview, set_attribute(SECOND, "severity", f"{ERROR}s")),
        accepts("no severity", may_be_preview, remove_attribute(SECOND, "severity")),
    )
    yield several("R-EDM-ERR-C015", refuses("a preview", required), accepts("a preview", may_be_preview, required))
    yield several(
        "R-EDM-ERR-C015",
        refuses("no severity", remove_attribute(SECOND, "severity")),
        accepts("no severity", may_be_preview, remove_attribute(SECOND, "severity")),
    )
    yield several("R-EDM-ERR-C016", refuses("no message", remove_attribute(SECOND, "message")), AS_IT_IS)
    yield several("R-EDM-ERR-C026", refuses("no code", remove_attribute(SECOND, "code")), AS_IT_IS)
    yield several(
        "R-EDM-ERR-C017",
        refuses("a code of no list", set_attribute(SECOND, "code", "EDM:ERR:0009")),
        accepts("another code", set_attribute(SECOND, "code", "EDM:ERR:0007")),
    )
    yield several("R-EDM-ERR-S013", refuses("no Timestamp", remove(f"{SECOND}/{slot('Timestamp')}")), AS_IT_IS)
    yield several(
        "R-EDM-ERR-C018",
        refuses("a time without seconds", set_text(f"{TIMESTAMP}/rim:Value", "2026-11-23T08:15Z")),
        accepts("a time without zone", set_text(f"{TIMESTAMP}/rim:Value", "2026-11-23T08:15:04")),
    )
    yield several(
        "R-EDM-ERR-S027",
        refuses("a slot of another name", add(FIRST, another_slot("PreviewTitle", "Certificate"))),
        AS_IT_IS,
    )
    yield preview(
        "R-EDM-ERR-S027",
        refuses("a PreviewMethod", add(FIRST, another_slot("PreviewMethod", "GET"))),
        AS_IT_IS,
        lines=("2.0",),
    )


def previews() -> Iterator[Row]:
    """With a preview that is told twice, or in another way."""
    location, method = f"{LOCATION}/rim:SlotValue/rim:Value", f"{METHOD}/rim:SlotValue/rim:Value"
    language = f"({DESCRIPTION}/rim:SlotValue/rim:Value/rim:LocalizedString)[1]"
    yield preview("R-EDM-ERR-S014", refuses("two places", repeat(LOCATION)), AS_IT_IS)
    yield preview(
        "R-EDM-ERR-S015", refuses("two descriptions", repeat(DESCRIPTION)), accepts("none", remove(DESCRIPTION))
    )
    yield preview("R-EDM-ERR-S016", refuses("two methods", repeat(METHOD)), AS_IT_IS, lines=("1.2",))
    yield preview(
        "R-EDM-ERR-S031",
        refuses("no method", remove(METHOD)),
        accepts("neither place nor method", remove(METHOD), remove(LOCATION)),
        lines=("1.2",),
    )
    yield preview(
        "R-EDM-ERR-C019",
        refuses("a place without TLS", set_text(location, "http://preview.registry.example/p/7f3c")),
        accepts("a place in capitals", set_text(location, "HTTPS://PREVIEW.REGISTRY.EXAMPLE/p/7f3c")),
    )
    yield preview(
        "R-EDM-ERR-C020",
        refuses("Finnish, as fi", set_attribute(language, "xml:lang", "fi")),
        accepts("Finnish, as FI", set_attribute(language, "xml:lang", "FI")),
    )
    yield preview(
        "R-EDM-ERR-C021",
        refuses("DELETE", set_text(method, "DELETE")),
        accepts("PUT", set_text(method, "PUT")),
        lines=("1.2",),
    )
    yield preview(
        "R-EDM-ERR-C021",
        refuses("post", set_text(method, "post")),
        accepts("POST", set_text(method, "POST")),
        lines=("1.2",),
    )
    yield preview("R-EDM-ERR-C022", refuses("an error", set_attribute(FIRST, "severity", ERROR)), AS_IT_IS)


ROWS: Final[tuple[Row, ...]] = (
    *the_whole(),
    *slots(),
    *exceptions(),
    *previews(),
)
