"""The table of changes of the ebMS header: the published rules, and our own checks of what nobody numbers for us."""

from collections.abc import Iterator
from functools import partial
from typing import Final

from tests.conformance.answer_paths import AS_IT_IS, EAS, UNREGISTERED, UUID
from tests.conformance.changes import (
    Row,
    accepts,
    add,
    add_after,
    refuses,
    remove,
    remove_attribute,
    repeat,
    row,
    set_attribute,
    set_text,
)

request = partial(row, base="header-of-a-request")
response = partial(row, base="header-of-a-response")
error = partial(row, base="header-of-an-error")

INFO: Final = "eb:UserMessage/eb:MessageInfo"
PARTIES: Final = "eb:UserMessage/eb:PartyInfo"
COLLABORATION: Final = "eb:UserMessage/eb:CollaborationInfo"
PROPERTIES: Final = "eb:UserMessage/eb:MessageProperties"
PARTS: Final = "eb:UserMessage/eb:PayloadInfo/eb:PartInfo"
MIME_TYPE: Final = "eb:PartProperties/eb:Property[@name='MimeType']"
BINDING: Final = "urn:oasis:names:tc:ebcore:ebrs:ebms:binding"
ONE_MORE: Final = '<eb:Property name="trackingIdentifier">1</eb:Property>'


def published() -> Iterator[Row]:
    """With headers that break the rules whose text is known."""
    for rule, path in (
        ("R-EDM-ebMS-006", f"{PARTIES}/eb:From/eb:PartyId"),
        ("R-EDM-ebMS-021", f"{PROPERTIES}/eb:Property[@name='finalRecipient']"),
    ):
        yield request(
            rule,
            refuses("a scheme of a simulator", set_attribute(path, "type", f"{UNREGISTERED}oots-simulator")),
            accepts("a scheme of EAS", set_attribute(path, "type", f"{EAS}0088")),
        )
    yield request(
        "R-EDM-ebMS-017",
        refuses("a conversation with prefix", set_text(f"{COLLABORATION}/eb:ConversationId", f"urn:uuid:{UUID}")),
        accepts("a conversation in capitals", set_text(f"{COLLABORATION}/eb:ConversationId", UUID.upper())),
    )
    for rule, companion in (("R-EDM-ebMS-018", "R-EDM-ebMS-019"), ("R-EDM-ebMS-019", "R-EDM-ebMS-018")):
        yield request(rule, refuses("one property more", add(PROPERTIES, ONE_MORE)), AS_IT_IS, companions=[companion])
        yield request(
            rule,
            refuses("one property less", remove(f"{PROPERTIES}/eb:Property[@name='originalSender']")),
            AS_IT_IS,
            companions=[companion],
        )
    yield request(
        "R-EDM-ebMS-019",
        refuses("another property", set_attribute(f"{PROPERTIES}/eb:Property[1]", "name", "OriginalSender")),
        AS_IT_IS,
    )
    yield response(
        "R-EDM-ebMS-032",
        refuses("the evidence first", set_text(f"{PARTS}[1]/{MIME_TYPE}", "application/pdf")),
        accepts("other evidence", set_text(f"{PARTS}[2]/{MIME_TYPE}", "application/json")),
    )


def exchange() -> Iterator[Row]:
    """With another exchange or line than 2.0 wants."""
    exchange_id, specification = (f"{PROPERTIES}/eb:Property[@name='{n}']" for n in ("ExchangeId", "SpecificationId"))
    yield request(
        "R-EDM-ebMS-037",
        refuses("an exchange with prefix", set_text(exchange_id, f"urn:uuid:{UUID}")),
        accepts("an exchange in capitals", set_text(exchange_id, UUID.upper())),
        lines=("2.0",),
    )
    yield request(
        "R-EDM-ebMS-038", refuses("another line", set_text(specification, "oots-edm:v2.1")), AS_IT_IS, lines=("2.0",)
    )


def identifiers() -> Iterator[Row]:
    """With identifiers and times of another shape."""
    stamp = f"{INFO}/eb:Timestamp"
    yield request(
        "OOTS-HEADER-003",
        refuses("a time of Helsinki", set_text(stamp, "2026-11-23T10:21:08+02:00")),
        accepts("an offset of nothing", set_text(stamp, " 2026-11-23T08:21:08+00:00 ")),
    )
    yield request(
        "OOTS-HEADER-004",
        refuses("no domain", set_text(f"{INFO}/eb:MessageId", UUID)),
        accepts("capitals", set_text(f"{INFO}/eb:MessageId", f"{UUID.upper()}@domibus.eu")),
    )
    yield error(
        "OOTS-HEADER-005",
        refuses("no UUID", add(INFO, "<eb:RefToMessageId>m1@domibus.eu</eb:RefToMessageId>")),
        accepts("a UUID", add(INFO, f"<eb:RefToMessageId>{UUID.upper()}@domibus.eu</eb:RefToMessageId>")),
    )


def p_mode() -> Iterator[Row]:
    """With values that the P-Mode fixes."""
    yield request("OOTS-HEADER-001", refuses("no properties", remove(PROPERTIES)), AS_IT_IS)
    yield request("OOTS-HEADER-002", refuses("no parts", remove("eb:UserMessage/eb:PayloadInfo")), AS_IT_IS)
    yield request(
        "OOTS-HEADER-006", refuses("no type", remove_attribute(f"{PARTIES}/eb:To/eb:PartyId", "type")), AS_IT_IS
    )
    yield request(
        "OOTS-HEADER-007",
        refuses("another role", set_text(f"{PARTIES}/eb:To/eb:Role", "http://sdg.europa.eu/edelivery/provider")),
        accepts("blanks around", set_text(f"{PARTIES}/eb:To/eb:Role", " http://sdg.europa.eu/edelivery/gateway ")),
    )
    service = f"{COLLABORATION}/eb:Service"
    yield request(
        "OOTS-HEADER-008",
        refuses("another service", set_text(service, "LifecycleManager")),
        accepts("blanks around", set_text(service, " QueryManager ")),
    )
    yield request(
        "OOTS-HEADER-009", refuses("another type", set_attribute(service, "type", f"{BINDING}:2.0")), AS_IT_IS
    )
    yield request("OOTS-HEADER-009", refuses("no type", remove_attribute(service, "type")), AS_IT_IS)
    yield request(
        "OOTS-HEADER-010",
        refuses("another action", set_text(f"{COLLABORATION}/eb:Action", "SubmitObjectsRequest")),
        accepts("an exception", set_text(f"{COLLABORATION}/eb:Action", " ExceptionResponse ")),
    )
    yield request(
        "OOTS-HEADER-011",
        refuses("no type", remove_attribute(f"{PROPERTIES}/eb:Property[@name='originalSender']", "type")),
        AS_IT_IS,
    )


def parts() -> Iterator[Row]:
    """With parts of other names and types."""
    for rows in (request, error):
        yield rows(
            "OOTS-HEADER-012",
            refuses("another type", set_text(f"{PARTS}[1]/{MIME_TYPE}", "application/xml")),
            accepts("one part more", repeat(f"{PARTS}[1]"), set_text(f"{PARTS}[2]/{MIME_TYPE}", "application/xml")),
        )
    yield response(
        "OOTS-HEADER-013",
        refuses("a part elsewhere", set_attribute(f"{PARTS}[2]", "href", "https://registry.example/document1")),
        accepts("another name", set_attribute(f"{PARTS}[2]", "href", "cid:other@registry.example")),
    )
    yield response(
        "OOTS-HEADER-014", refuses("a part of a blank type", set_text(f"{PARTS}[2]/{MIME_TYPE}", " ")), AS_IT_IS
    )
    yield response(
        "OOTS-HEADER-014",
        refuses("a part of no type", set_attribute(f"{PARTS}[2]/{MIME_TYPE}", "name", "MIMEType")),
        accepts(
            "a part with a name",
            add_after(f"{PARTS}[2]/{MIME_TYPE}", '<eb:Property name="PayloadName">certificate.xml</eb:Property>'),
        ),
    )


ROWS: Final[tuple[Row, ...]] = (
    *published(),
    *exchange(),
    *identifiers(),
    *p_mode(),
    *parts(),
)
