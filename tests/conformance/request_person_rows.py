"""The table of changes of EDM-REQ-C for persons: the subject of the evidence, and who acts for it."""

from collections.abc import Iterator
from typing import Final

from tests.conformance.changes import Row, accepts, refuses, remove, remove_attribute, set_attribute, set_text
from tests.conformance.request_paths import (
    AS_IT_IS,
    LEGAL_PERSON,
    LEGAL_REPRESENTATIVE,
    PERSON,
    REPRESENTATIVE,
    legal,
    natural,
)

COUNTRIES: Final = {
    "R-EDM-REQ-C045": f"{PERSON}/sdg:CurrentAddress/sdg:AdminUnitLevel1",
    "R-EDM-REQ-C067": f"{REPRESENTATIVE}/sdg:CurrentAddress/sdg:AdminUnitLevel1",
    "R-EDM-REQ-C075": f"{PERSON}/sdg:Nationality",
    "R-EDM-REQ-C076": f"{PERSON}/sdg:CountryOfBirth",
    "R-EDM-REQ-C077": f"{PERSON}/sdg:CountryOfResidence",
    "R-EDM-REQ-C078": f"{REPRESENTATIVE}/sdg:Nationality",
    "R-EDM-REQ-C079": f"{REPRESENTATIVE}/sdg:CountryOfBirth",
    "R-EDM-REQ-C080": f"{REPRESENTATIVE}/sdg:CountryOfResidence",
}
COUNTRIES_OF_LEGAL_PERSONS: Final = {
    "R-EDM-REQ-C056": f"{LEGAL_PERSON}/sdg:RegisteredAddress/sdg:AdminUnitLevel1",
    "R-EDM-REQ-C090": f"{LEGAL_REPRESENTATIVE}/sdg:RegisteredAddress/sdg:AdminUnitLevel1",
}


def countries_and_regions() -> Iterator[Row]:
    """Greece has another code here than with ISO; all of the world's countries are listed."""
    for table, base in ((COUNTRIES, natural), (COUNTRIES_OF_LEGAL_PERSONS, legal)):
        for rule, path in table.items():
            yield base(
                rule, refuses("Greece as GR", set_text(path, "GR")), accepts("Switzerland as CH", set_text(path, "CH"))
            )
    for rule, path, base in (
        ("R-EDM-REQ-C046", f"{PERSON}/sdg:CurrentAddress/sdg:AdminUnitLevel2", natural),
        ("R-EDM-REQ-C068", f"{REPRESENTATIVE}/sdg:CurrentAddress/sdg:AdminUnitLevel2", natural),
        ("R-EDM-REQ-C057", f"{LEGAL_PERSON}/sdg:RegisteredAddress/sdg:AdminUnitLevel2", legal),
    ):
        yield base(
            rule,
            refuses("a region that does not exist", set_text(path, "SE999")),
            accepts("a larger region", set_text(path, "SE1")),
        )


def levels_of_assurance() -> Iterator[Row]:
    """Of all four."""
    for present, listed, path, base in (
        ("R-EDM-REQ-C036", "R-EDM-REQ-C037", PERSON, natural),
        ("R-EDM-REQ-C047", "R-EDM-REQ-C048", LEGAL_PERSON, legal),
        ("R-EDM-REQ-C058", "R-EDM-REQ-C059", REPRESENTATIVE, natural),
        ("R-EDM-REQ-C082", "R-EDM-REQ-C083", LEGAL_REPRESENTATIVE, legal),
    ):
        level = f"{path}/sdg:LevelOfAssurance"
        low = accepts("a low level", set_text(level, "Low"))
        yield base(present, refuses("no level of assurance", remove(level)), low)
        yield base(listed, refuses("a level in small letters", set_text(level, "low")), low)


def natural_persons() -> Iterator[Row]:
    """The subject and its representative, where their rules are alike."""
    for recommended, shape, scheme, eidas, birth, path in (
        ("R-EDM-REQ-C038", "R-EDM-REQ-C040", "R-EDM-REQ-C041", "R-EDM-REQ-C042", "R-EDM-REQ-C043", PERSON),
        ("R-EDM-REQ-C060", "R-EDM-REQ-C061", "R-EDM-REQ-C062", "R-EDM-REQ-C063", "R-EDM-REQ-C064", REPRESENTATIVE),
    ):
        identifier = f"{path}/sdg:Identifier"
        yield natural(recommended, refuses("no identifier", remove(identifier)), AS_IT_IS)
        yield natural(
            shape,
            refuses("an identifier for a country outside", set_text(identifier, "SE/CH/199001019999")),
            accepts("an identifier in small letters", set_text(identifier, "se/el/199001019999")),
        )
        yield natural(
            shape,
            refuses("a blank behind the identifier", set_text(identifier, "SE/DE/199001019999 ")),
            accepts("something before the identifier", set_text(identifier, "#SE/DE/199001019999")),
        )
        yield natural(
            scheme, refuses("no schemeID", remove_attribute(identifier, "schemeID")), AS_IT_IS, companions=[eidas]
        )
        yield natural(eidas, refuses("another scheme", set_attribute(identifier, "schemeID", "national")), AS_IT_IS)
        yield natural(
            shape,
            refuses(
                "another scheme and another shape",
                set_attribute(identifier, "schemeID", "national"),
                set_text(identifier, "19900101-9999"),
            ),
            accepts("another scheme alone", set_attribute(identifier, "schemeID", "national")),
            lines=("1.2",),
            companions=[eidas],
        )
        yield natural(
            eidas,
            refuses(
                "another scheme and another shape",
                set_attribute(identifier, "schemeID", "national"),
                set_text(identifier, "19900101-9999"),
            ),
            AS_IT_IS,
            lines=("2.0",),
        )
        yield natural(
            birth,
            refuses("a year before our era", set_text(f"{path}/sdg:DateOfBirth", "-1990-01-01")),
            AS_IT_IS,
        )
        yield natural(
            birth,
            refuses("a day with a time zone", set_text(f"{path}/sdg:DateOfBirth", "1990-01-01Z")),
            accepts("a day with blanks around", set_text(f"{path}/sdg:DateOfBirth", " 1990-01-01 ")),
        )


def legal_persons() -> Iterator[Row]:
    """The subject and its representative, whose rules are alike."""
    for number, shape, scheme, eidas, further, listed, path in (
        (
            "R-EDM-REQ-C049",
            "R-EDM-REQ-C051",
            "R-EDM-REQ-C052",
            "R-EDM-REQ-C053",
            "R-EDM-REQ-C054",
            "R-EDM-REQ-C055",
            LEGAL_PERSON,
        ),
        (
            "R-EDM-REQ-C084",
            "R-EDM-REQ-C085",
            "R-EDM-REQ-C086",
            "R-EDM-REQ-C087",
            "R-EDM-REQ-C088",
            "R-EDM-REQ-C089",
            LEGAL_REPRESENTATIVE,
        ),
    ):
        identifier, more = f"{path}/sdg:LegalPersonIdentifier", f"{path}/sdg:Identifier"
        yield legal(number, refuses("no LegalPersonIdentifier", remove(identifier)), AS_IT_IS)
        yield legal(
            shape,
            refuses("an identifier of five characters", set_text(identifier, "SE/DE/12345")),
            accepts("an identifier of six characters, in small letters", set_text(identifier, "se/de/123456")),
        )
        yield legal(
            scheme, refuses("no schemeID", remove_attribute(identifier, "schemeID")), AS_IT_IS, companions=[eidas]
        )
        yield legal(eidas, refuses("another scheme", set_attribute(identifier, "schemeID", "VAT")), AS_IT_IS)
        yield legal(
            further,
            refuses("a further identifier of no scheme", remove_attribute(more, "schemeID")),
            accepts("no further identifier", remove(more)),
        )
        yield legal(
            listed,
            refuses("a further identifier of another scheme", set_attribute(more, "schemeID", "eidas")),
            accepts("a further identifier that is a LEI", set_attribute(more, "schemeID", "LEI")),
        )


SCOPE: Final = "sdg:SectorSpecificAttribute/sdg:AttributeValue"
SCHEME: Final = f"{REPRESENTATIVE}/sdg:Identifier"
LEVEL: Final = f"{REPRESENTATIVE}/sdg:LevelOfAssurance"
GENDER: Final = f"{REPRESENTATIVE}/sdg:Gender"

ROWS: Final[tuple[Row, ...]] = (
    *countries_and_regions(),
    *levels_of_assurance(),
    *natural_persons(),
    *legal_persons(),
    natural(
        "R-EDM-REQ-C081",
        refuses("power for two procedures", set_text(f"{REPRESENTATIVE}/{SCOPE}", "V1,X1")),
        accepts("power for a system check", set_text(f"{REPRESENTATIVE}/{SCOPE}", "00")),
    ),
    legal(
        "R-EDM-REQ-C091",
        refuses("power for two procedures, with a semicolon", set_text(f"{LEGAL_REPRESENTATIVE}/{SCOPE}", "X1;X3")),
        accepts("power for three, with commas", set_text(f"{LEGAL_REPRESENTATIVE}/{SCOPE}", "X1,X3, 00")),
    ),
    natural(
        "R-EDM-REQ-C121",
        refuses(
            "a substantial level in the profile eidas2",
            set_attribute(SCHEME, "schemeID", "eidas2"),
            set_text(LEVEL, "Substantial"),
            set_text(GENDER, "1"),
        ),
        accepts(
            "a high level in the profile eidas2",
            set_attribute(SCHEME, "schemeID", "eidas2"),
            set_text(GENDER, "1"),
        ),
        lines=("2.0",),
        companions=["R-EDM-REQ-C063"],
    ),
    natural(
        "R-EDM-REQ-C124",
        refuses("a gender that is not listed", set_text(GENDER, "7")),
        AS_IT_IS,
        lines=("2.0",),
        companions=["R-EDM-REQ-C126"],
    ),
    natural(
        "R-EDM-REQ-C125",
        refuses("a gender in words in the profile eidas2", set_attribute(SCHEME, "schemeID", "eidas2")),
        accepts(
            "a gender in digits in the profile eidas2",
            set_attribute(SCHEME, "schemeID", "eidas2"),
            set_text(GENDER, "9"),
        ),
        lines=("2.0",),
        companions=["R-EDM-REQ-C063"],
    ),
    *(
        natural(
            "R-EDM-REQ-C125",
            refuses("no gender in the profile eidas2", set_attribute(SCHEME, "schemeID", "eidas2"), remove(GENDER)),
            accepts(
                f"the gender {code} in the profile eidas2",
                set_attribute(SCHEME, "schemeID", "eidas2"),
                set_text(GENDER, code),
            ),
            lines=("2.0",),
            companions=["R-EDM-REQ-C063"],
        )
        for code in "01234569"
    ),
    natural(
        "R-EDM-REQ-C126",
        refuses("a gender in digits in the profile eidas", set_text(GENDER, "1")),
        accepts("another gender in words", set_text(GENDER, "Male")),
        lines=("2.0",),
    ),
    natural(
        "R-EDM-REQ-C126",
        refuses("no gender", remove(GENDER)),
        accepts("another gender in words", set_text(GENDER, "Female")),
        lines=("2.0",),
    ),
)
