"""The table of changes of EDM-RESP-C: what the slots of a response hold, and what is said of evidence."""

from collections.abc import Iterator
from typing import Final

from tests.conformance.answer_paths import (
    AS_IT_IS,
    EAS,
    EP,
    IP,
    LAST_DOCUMENT,
    ONLY_EVIDENCE,
    PDF_EVIDENCE,
    PROVIDERS,
    REPOSITORY,
    REQUESTER,
    SPECIFICATION,
    UNREGISTERED,
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
    refuses,
    remove,
    remove_attribute,
    set_attribute,
    set_text,
)

DATES: Final = {
    "R-EDM-RESP-C016": f"{XML_EVIDENCE}/sdg:IssuingDate",
    "R-EDM-RESP-C032": f"{XML_EVIDENCE}/sdg:IsAbout/sdg:NaturalPerson/sdg:DateOfBirth",
    "R-EDM-RESP-C040": f"{XML_EVIDENCE}/sdg:ValidityPeriod/sdg:StartDate",
    "R-EDM-RESP-C041": f"{XML_EVIDENCE}/sdg:ValidityPeriod/sdg:EndDate",
}
LANGUAGES: Final = {
    ("R-EDM-RESP-C018", "R-EDM-RESP-C019"): f"{XML_EVIDENCE}/sdg:IsConformantTo/sdg:Title[1]",
    ("R-EDM-RESP-C020", "R-EDM-RESP-C021"): f"{XML_EVIDENCE}/sdg:IsConformantTo/sdg:Description[1]",
}
"""Which rule wants a listed language, which one a language at all, and of what."""
AGENTS: Final = {
    ("R-EDM-RESP-C006", "R-EDM-RESP-C007"): EP,
    ("R-EDM-RESP-C012", "R-EDM-RESP-C013"): REQUESTER,
}
"""Which rule wants a scheme at all, which one a known scheme and a short identifier, and of whom."""


def values() -> Iterator[Row]:
    """With plain values of another shape."""
    yield empty(
        "R-EDM-RESP-C002",
        refuses("the specification of a line of old", set_text(f"{SPECIFICATION}/rim:Value", "oots-edm:v1.0")),
        AS_IT_IS,
    )
    yield empty(
        "R-EDM-RESP-C003",
        refuses("an identifier with prefix", set_text("rim:Slot[2]/rim:SlotValue/rim:Value", f"urn:uuid:{UUID}")),
        accepts("an identifier in capitals", set_text("rim:Slot[2]/rim:SlotValue/rim:Value", UUID.upper())),
    )
    for rule, name in (("R-EDM-RESP-C004", "IssueDateTime"), ("R-EDM-RESP-C005", "ResponseAvailableDateTime")):
        path = f"{slot(name)}/rim:SlotValue/rim:Value"
        yield deferred(
            rule,
            refuses("a time without seconds", set_text(path, "2026-11-30T08:00Z")),
            accepts("a time without zone", set_text(path, "2026-11-30T08:00:00")),
        )


def agents() -> Iterator[Row]:
    """With agents of unknown schemes, classes and places."""
    for (present, known), path in AGENTS.items():
        identifier = f"{path}/sdg:Identifier"
        yield empty(
            present, refuses("no schemeID", remove_attribute(identifier, "schemeID")), AS_IT_IS, companions=[known]
        )
        yield empty(
            known,
            refuses("a code that is not in EAS", set_attribute(identifier, "schemeID", f"{EAS}0000")),
            accepts("another code of EAS", set_attribute(identifier, "schemeID", f"{EAS}0088")),
        )
        yield empty(
            known,
            refuses("256 characters", set_text(identifier, "9" * 256)),
            accepts("255 characters", set_text(identifier, "9" * 255)),
        )
    country = f"{EP}/sdg:Address/sdg:AdminUnitLevel1"
    yield empty("R-EDM-RESP-C008", refuses("GR", set_text(country, "GR")), accepts("EL", set_text(country, "EL")))
    region = f"{EP}/sdg:Address/sdg:AdminUnitLevel2"
    yield empty(
        "R-EDM-RESP-C009", refuses("de212", set_text(region, "de212")), accepts("DE212", set_text(region, "DE212"))
    )
    yield empty("R-EDM-RESP-C010", refuses("no Classification", remove(f"{IP}/sdg:Classification")), AS_IT_IS)
    yield empty(
        "R-EDM-RESP-C010",
        refuses("a blank Classification", set_text(f"{IP}/sdg:Classification", " ")),
        AS_IT_IS,
        companions=["R-EDM-RESP-C011"],
    )
    yield empty("R-EDM-RESP-C011", refuses("ERRP", set_text(f"{IP}/sdg:Classification", "ERRP")), AS_IT_IS)
    yield empty("R-EDM-RESP-C011", refuses("ER", set_text(f"{IP}/sdg:Classification", "ER")), AS_IT_IS)
    yield empty("R-EDM-RESP-C011", refuses("ip", set_text(f"{IP}/sdg:Classification", "ip")), AS_IT_IS)
    address = "<sdg:Address><sdg:AdminUnitLevel1>DE</sdg:AdminUnitLevel1></sdg:Address>"
    yield empty(
        "R-EDM-RESP-C046",
        refuses("two providers", add(IP, address), set_text(f"{IP}/sdg:Classification", "EP")),
        accepts("a platform with an address", add(IP, address)),
    )
    yield empty(
        "R-EDM-RESP-C046",
        refuses("only platforms", set_text(f"{EP}/sdg:Classification", "IP")),
        accepts("only a provider", remove(f"{PROVIDERS}/rim:Element[2]")),
    )
    yield empty(
        "R-EDM-RESP-C047",
        refuses("a provider without address", remove(f"{EP}/sdg:Address")),
        accepts("a provider without region", remove(f"{EP}/sdg:Address/sdg:AdminUnitLevel2")),
    )
    yield empty(
        "R-EDM-RESP-C047",
        refuses("a provider of a blank country", set_text(country, " ")),
        accepts("a provider outside", set_text(country, "CH")),
        companions=["R-EDM-RESP-C008"],
    )


def what_is_said() -> Iterator[Row]:
    """With other dates, languages, classes and issuers of the evidence."""
    for rule, path in DATES.items():
        yield evidence(
            rule,
            refuses("a date with time zone", set_text(path, "2026-11-24Z")),
            accepts("another date, between blanks", set_text(path, " 2026-11-24 ")),
        )
    for (listed, present), path in LANGUAGES.items():
        finnish = accepts("Finnish, as FI", set_attribute(path, "lang", "FI"))
        yield evidence(listed, refuses("Finnish, as fi", set_attribute(path, "lang", "fi")), finnish)
        yield evidence(present, refuses("no language", remove_attribute(path, "lang")), finnish)
    identifier = f"{XML_EVIDENCE}/sdg:Identifier"
    yield evidence(
        "R-EDM-RESP-C015",
        refuses("an identifier with prefix", set_text(identifier, f"urn:uuid:{UUID}")),
        accepts("an identifier in capitals", set_text(identifier, UUID.upper())),
    )
    classification = f"{XML_EVIDENCE}/sdg:IsConformantTo/sdg:EvidenceTypeClassification"
    types = f"{REPOSITORY}/evidencetypeclassifications"
    yield evidence(
        "R-EDM-RESP-C017",
        refuses("an evidence type of a country outside", set_text(classification, f"{types}/CH/{UUID}")),
        accepts("an evidence type of all countries", set_text(classification, f"{types}/oots/{UUID}")),
    )
    issuer = f"{XML_EVIDENCE}/sdg:IssuingAuthority/sdg:Identifier"
    yield evidence("R-EDM-RESP-C038", refuses("no schemeID", remove_attribute(issuer, "schemeID")), AS_IT_IS)
    yield evidence(
        "R-EDM-RESP-C039",
        refuses("unregistered, of a country outside", set_attribute(issuer, "schemeID", f"{UNREGISTERED}CH")),
        accepts("unregistered, of oots", set_attribute(issuer, "schemeID", f"{UNREGISTERED}oots")),
    )


def distributions() -> Iterator[Row]:
    """With other forms of the evidence, and with data models where they are not, or where they are needed."""
    structured, pdf = f"{XML_EVIDENCE}/sdg:Distribution", f"{PDF_EVIDENCE}/sdg:Distribution"
    model = f"<sdg:ConformsTo>{REPOSITORY}/datamodels/residence-1.0</sdg:ConformsTo>"
    yield evidence(
        "R-EDM-RESP-C022",
        refuses("a data model from elsewhere", set_text(f"{structured}/sdg:ConformsTo", "https://models.example/1")),
        accepts("another data model", set_text(f"{structured}/sdg:ConformsTo", f"{REPOSITORY}/datamodels/home-2.0")),
    )
    yield evidence(
        "R-EDM-RESP-C023",
        refuses("a form that is not listed", set_text(f"{pdf}/sdg:Format", "image/tiff")),
        accepts("a form that is listed", set_text(f"{pdf}/sdg:Format", "image/png")),
    )
    yield evidence(
        "R-EDM-RESP-C026",
        refuses("Finnish, as fi", set_text(f"{pdf}/sdg:Language", "fi")),
        accepts("Finnish, as FI", set_text(f"{pdf}/sdg:Language", "FI")),
    )
    for form in ("application/xml", "application/json"):
        yield evidence(
            "R-EDM-RESP-C044",
            refuses(f"{form} of no data model", set_text(f"{pdf}/sdg:Format", form)),
            accepts(f"{form} of a data model", set_text(f"{pdf}/sdg:Format", form), add(pdf, model)),
        )
    for form in ("application/pdf", "image/jpeg", "image/png", "image/svg+xml"):
        yield evidence(
            "R-EDM-RESP-C050",
            refuses(f"{form} of a data model", set_text(f"{pdf}/sdg:Format", form), add(pdf, model)),
            accepts(f"{form} of no data model", set_text(f"{pdf}/sdg:Format", form)),
        )
    transformation = f"<sdg:Transformation>{REPOSITORY}/datamodels/residence-1.0/html</sdg:Transformation>"
    yield evidence(
        "R-EDM-RESP-C043",
        refuses(
            "a transformation from elsewhere", set_text(f"{structured}/sdg:Transformation", "https://models.example/1")
        ),
        accepts("another one", set_text(f"{structured}/sdg:Transformation", f"{REPOSITORY}/datamodels/home-2.0/html")),
        lines=("1.2",),
    )
    yield evidence(
        "R-EDM-RESP-C045",
        refuses("a transformation of no data model", add(pdf, transformation)),
        AS_IT_IS,
        lines=("1.2",),
    )
    href = f"{LAST_DOCUMENT}/rim:RepositoryItemRef"
    yield evidence(
        "R-EDM-RESP-C042",
        refuses("a part without domain", set_attribute(href, "xlink:href", "cid:document2")),
        accepts("a part with hyphens", set_attribute(href, "xlink:href", "cid:document-2@registry-1.example")),
    )
    yield evidence(
        "R-EDM-RESP-C042",
        refuses("a file at a server", set_attribute(href, "xlink:href", "https://me@registry.example/document2")),
        AS_IT_IS,
    )


def persons() -> Iterator[Row]:
    """With other identifiers of the person."""
    natural = f"{XML_EVIDENCE}/sdg:IsAbout/sdg:NaturalPerson/sdg:Identifier"
    company = f"{ONLY_EVIDENCE}/sdg:IsAbout/sdg:LegalPerson/sdg:LegalPersonIdentifier"
    yield evidence("R-EDM-RESP-C027", refuses("nobody identified", remove(natural)), AS_IT_IS)
    yield legal("R-EDM-RESP-C033", refuses("nobody identified", remove(company)), AS_IT_IS)
    yield legal(
        "R-EDM-RESP-C033",
        refuses("a blank identifier", set_text(company, " ")),
        AS_IT_IS,
        companions=["R-EDM-RESP-C035"],
    )
    for rows, path, shape, present, eidas in (
        (evidence, natural, "R-EDM-RESP-C028", "R-EDM-RESP-C030", "R-EDM-RESP-C031"),
        (legal, company, "R-EDM-RESP-C035", "R-EDM-RESP-C036", "R-EDM-RESP-C037"),
    ):
        yield rows(
            shape,
            refuses("an identifier of a country outside", set_text(path, "CH/DE/199001019999")),
            accepts("an identifier in small letters", set_text(path, "se/de/199001019999")),
        )
        yield rows(
            shape,
            refuses("an identifier of five characters", set_text(path, "SE/DE/12345")),
            accepts("an identifier of six characters", set_text(path, "SE/DE/123456")),
        )
        yield rows(
            shape,
            refuses("an identifier with a blank behind it", set_text(path, "SE/DE/199001019999 ")),
            accepts("an identifier with something before it", set_text(path, "eidas:SE/DE/199001019999")),
        )
        yield rows(present, refuses("no schemeID", remove_attribute(path, "schemeID")), AS_IT_IS, companions=[eidas])
        yield rows(eidas, refuses("the scheme eidas2", set_attribute(path, "schemeID", "eidas2")), AS_IT_IS)


ROWS: Final[tuple[Row, ...]] = (
    *values(),
    *agents(),
    *what_is_said(),
    *distributions(),
    *persons(),
)
