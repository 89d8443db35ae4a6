"""The table of changes of the agents in evidence error responses: who reports the error, and who asked."""

from collections.abc import Iterator
from typing import Final

from tests.conformance.answer_paths import AS_IT_IS, EAS, ERROR_PROVIDER, REQUESTER, several
from tests.conformance.changes import (
    Row,
    accepts,
    add,
    add_after,
    refuses,
    remove,
    remove_attribute,
    rename,
    repeat,
    set_attribute,
    set_text,
)

TEXTS: Final = (
    "Description",
    "Title",
    "Note",
    "EvidenceTypeClassification",
    "FullAddress",
    "PostCode",
    "PostCityName",
    "Thoroughfare",
    "PlaceOfBirth",
    "TownOfBirth",
    "PhoneNumber",
    "EmailAddress",
    "LegalPhoneNumber",
    "LegalEmailAddress",
    "nonLatin",
    "ValueExpression",
    "StringValue",
    "AttributeName",
    "AttributeValue",
    "JurisdictionContext",
)
"""Elements, besides names and house numbers, that the rule of the length of texts is about, wherever they stand."""
AGENTS: Final = {
    ("R-EDM-ERR-C003", "R-EDM-ERR-C004", "R-EDM-ERR-C030", "R-EDM-ERR-C031"): ERROR_PROVIDER,
    ("R-EDM-ERR-C009", "R-EDM-ERR-C010", "R-EDM-ERR-C028", "R-EDM-ERR-C029"): REQUESTER,
}
"""Rules of a scheme, of a known scheme and a short identifier, of a listed language, of a language; and of whom."""


def agents() -> Iterator[Row]:
    """With agents of unknown schemes, languages, classes and places."""
    for (present, known, listed, spoken), path in AGENTS.items():
        identifier, name = f"{path}/sdg:Identifier", f"{path}/sdg:Name[1]"
        yield several(
            present, refuses("no schemeID", remove_attribute(identifier, "schemeID")), AS_IT_IS, companions=[known]
        )
        yield several(
            known,
            refuses("a code that is not in EAS", set_attribute(identifier, "schemeID", f"{EAS}0000")),
            accepts("another code of EAS", set_attribute(identifier, "schemeID", f"{EAS}0088")),
        )
        yield several(
            known,
            refuses("256 characters", set_text(identifier, "9" * 256)),
            accepts("255 characters", set_text(identifier, "9" * 255)),
        )
        finnish = accepts("Finnish, as FI", set_attribute(name, "lang", "FI"))
        yield several(listed, refuses("Finnish, as fi", set_attribute(name, "lang", "fi")), finnish)
        yield several(spoken, refuses("no language", remove_attribute(name, "lang")), finnish)
    for rule, companion in (("R-EDM-ERR-S026", "R-EDM-ERR-C023"), ("R-EDM-ERR-C023", "R-EDM-ERR-S026")):
        yield several(rule, refuses("two agents", repeat(ERROR_PROVIDER)), AS_IT_IS, companions=[companion])
        yield several(
            rule, refuses("no Agent", rename(ERROR_PROVIDER, "sdg:Publisher")), AS_IT_IS, companions=[companion]
        )
    classification = f"{ERROR_PROVIDER}/sdg:Classification"
    yield several("R-EDM-ERR-C007", refuses("no Classification", remove(classification)), AS_IT_IS)
    yield several(
        "R-EDM-ERR-C007",
        refuses("a blank Classification", set_text(classification, " ")),
        AS_IT_IS,
        companions=["R-EDM-ERR-C008"],
    )
    yield several(
        "R-EDM-ERR-C008", refuses("ER", set_text(classification, "ER")), accepts("IP", set_text(classification, "IP"))
    )
    yield several(
        "R-EDM-ERR-S030",
        refuses("the same language twice", repeat(f"{ERROR_PROVIDER}/sdg:Name[1]")),
        accepts(
            "one more language", add_after(f"{ERROR_PROVIDER}/sdg:Name[2]", '<sdg:Name lang="SV">Register</sdg:Name>')
        ),
    )


def addresses() -> Iterator[Row]:
    """With an address that is elsewhere or nowhere."""
    country, region = (f"{ERROR_PROVIDER}/sdg:Address/sdg:AdminUnitLevel{level}" for level in (1, 2))
    yield several("R-EDM-ERR-C005", refuses("GR", set_text(country, "GR")), accepts("EL", set_text(country, "EL")))
    yield several(
        "R-EDM-ERR-C006", refuses("de212", set_text(region, "de212")), accepts("DE212", set_text(region, "DE212"))
    )
    yield several("R-EDM-ERR-C024", refuses("no country", remove(country)), accepts("no region", remove(region)))
    yield several(
        "R-EDM-ERR-C024",
        refuses("a blank country", set_text(country, " ")),
        accepts("a country outside", set_text(country, "CH")),
        companions=["R-EDM-ERR-C005"],
    )
    yield several(
        "R-EDM-ERR-C024",
        refuses("two addresses", repeat(f"{ERROR_PROVIDER}/sdg:Address")),
        accepts("no address", remove(f"{ERROR_PROVIDER}/sdg:Address")),
        lines=("1.2",),
    )
    yield several(
        "R-EDM-ERR-C024", refuses("no address", remove(f"{ERROR_PROVIDER}/sdg:Address")), AS_IT_IS, lines=("2.0",)
    )


def texts() -> Iterator[Row]:
    """With texts that are too short to say something."""
    name, number = f"{ERROR_PROVIDER}/sdg:Name[1]", f"{ERROR_PROVIDER}/sdg:Address/sdg:LocatorDesignator"
    yield several(
        "R-EDM-ERR-C027",
        refuses("a name of one letter", set_text(name, " M ")),
        accepts("a name of two letters", set_text(name, "MM")),
    )
    for element in TEXTS:
        yield several(
            "R-EDM-ERR-C027",
            refuses(f"{element} of one letter", add(ERROR_PROVIDER, f"<sdg:{element}>M</sdg:{element}>")),
            accepts(f"{element} of two letters", add(ERROR_PROVIDER, f"<sdg:{element}>MM</sdg:{element}>")),
        )
    yield several(
        "R-EDM-ERR-C027",
        refuses("a blank house number", set_text(number, " ")),
        accepts("a house number of one digit", set_text(number, "9")),
    )


ROWS: Final[tuple[Row, ...]] = (*agents(), *addresses(), *texts())
