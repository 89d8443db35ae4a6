"""
Natural and legal persons: the subject of an evidence, and who acts for it (SDG PersonType and LegalPersonType).

A request must tell how surely the person was identified; an answer only repeats who it was.
"""

from typing import Final

from lxml import etree

from oots.edm.elements import Breach, Children, sub
from oots.edm.model import (
    Address,
    Identifier,
    LegalPerson,
    LevelOfAssurance,
    NaturalPerson,
    Person,
    SectorSpecificAttribute,
)
from oots.edm.request_content import EIDAS_GENDERS, PersonRules
from oots.edm.sdg import (
    q,
    read_address,
    read_code,
    read_date,
    read_identifier,
    write_address,
    write_identifier,
    write_texts,
)
from oots.errors import LineCannotCarry
from oots.xml import SDG, Element

ECHOED: Final = PersonRules()
"""Of the subject in an answer."""


def read_natural_person(element: Element, rules: PersonRules) -> NaturalPerson:
    """Read a natural person; `rules` are those of its place."""
    children = Children(element, SDG)
    identifier = children.optional("Identifier")
    person = NaturalPerson(
        level_of_assurance=_read_level(children, rules),
        identifier=None if identifier is None else read_identifier(identifier, rules.scheme),
        family_name=children.text("FamilyName"),
        given_name=children.text("GivenName"),
        date_of_birth=read_date(children.one("DateOfBirth"), rules.birth_date),
        birth_name=children.optional_text("BirthName"),
        place_of_birth=children.optional_text("PlaceOfBirth"),
        current_address=_optional_address(children, "CurrentAddress"),
        gender=children.optional_token("Gender"),
        nationality=children.optional_token("Nationality"),
        country_of_birth=children.optional_token("CountryOfBirth"),
        town_of_birth=children.optional_text("TownOfBirth"),
        country_of_residence=children.optional_token("CountryOfResidence"),
        phone_number=children.optional_text("PhoneNumber"),
        email_address=children.optional_text("EmailAddress"),
        sector_specific_attributes=_read_attributes(children),
    )
    if _has_wrong_gender(person, rules):
        raise Breach(_WRONG_GENDER, rules.gender)
    return person


_WRONG_GENDER: Final = f"Gender is none of {', '.join(sorted(EIDAS_GENDERS))}"


def _has_wrong_gender(person: NaturalPerson, rules: PersonRules) -> bool:
    if person.gender in EIDAS_GENDERS:
        return False
    if rules.genders_are_listed:
        return person.gender is not None
    by_eidas = person.identifier is not None and person.identifier.scheme_id == "eidas"
    return by_eidas and rules.gender is not None


def write_natural_person(parent: Element, name: str, person: NaturalPerson) -> None:
    """Append a natural person as `name`."""
    element = etree.SubElement(parent, q(name))
    _write_level(element, person.level_of_assurance)
    if person.identifier is not None:
        write_identifier(element, "Identifier", person.identifier)
    write_texts(
        element,
        ("FamilyName", person.family_name),
        ("GivenName", person.given_name),
        ("DateOfBirth", person.date_of_birth.isoformat()),
        ("BirthName", person.birth_name),
        ("PlaceOfBirth", person.place_of_birth),
    )
    if person.current_address is not None:
        write_address(element, "CurrentAddress", person.current_address)
    write_texts(
        element,
        ("Gender", person.gender),
        ("Nationality", person.nationality),
        ("CountryOfBirth", person.country_of_birth),
        ("TownOfBirth", person.town_of_birth),
        ("CountryOfResidence", person.country_of_residence),
        ("PhoneNumber", person.phone_number),
        ("EmailAddress", person.email_address),
    )
    _write_attributes(element, person.sector_specific_attributes)


def read_legal_person(element: Element, rules: PersonRules) -> LegalPerson:
    """Read a legal person; `rules` are those of its place."""
    children = Children(element, SDG)
    return LegalPerson(
        level_of_assurance=_read_level(children, rules),
        identifiers=tuple(read_identifier(item, rules.other_scheme) for item in children.all("Identifier")),
        legal_person_identifier=_read_legal_identifier(children, rules),
        legal_name=children.text("LegalName"),
        registered_address=_optional_address(children, "RegisteredAddress"),
        legal_phone_number=children.optional_text("LegalPhoneNumber"),
        legal_email_address=children.optional_text("LegalEmailAddress"),
        sector_specific_attributes=_read_attributes(children),
    )


def _read_legal_identifier(children: Children, rules: PersonRules) -> Identifier | None:
    if children.optional_token("LegalPersonIdentifier") is None:
        if rules.legal_identifier is not None:
            raise Breach("LegalPerson has no LegalPersonIdentifier", rules.legal_identifier)
        return None
    return read_identifier(children.one("LegalPersonIdentifier"), rules.scheme)


def write_legal_person(parent: Element, name: str, person: LegalPerson) -> None:
    """Append a legal person as `name`."""
    element = etree.SubElement(parent, q(name))
    _write_level(element, person.level_of_assurance)
    for identifier in person.identifiers:
        write_identifier(element, "Identifier", identifier)
    if person.legal_person_identifier is not None:
        write_identifier(element, "LegalPersonIdentifier", person.legal_person_identifier)
    write_texts(element, ("LegalName", person.legal_name))
    if person.registered_address is not None:
        write_address(element, "RegisteredAddress", person.registered_address)
    write_texts(
        element,
        ("LegalPhoneNumber", person.legal_phone_number),
        ("LegalEmailAddress", person.legal_email_address),
    )
    _write_attributes(element, person.sector_specific_attributes)


def must_fit_line(person: Person, rules: PersonRules, *, field: str, line: str) -> None:
    """Raises `LineCannotCarry` for a person in `field` of a request who is not described as the line asks."""
    if person.level_of_assurance is None and rules.level_present is not None:
        raise LineCannotCarry(f"{field}.level_of_assurance", line, f"missing ({rules.level_present})")
    if isinstance(person, LegalPerson):
        if person.legal_person_identifier is None and rules.legal_identifier is not None:
            raise LineCannotCarry(f"{field}.legal_person_identifier", line, f"missing ({rules.legal_identifier})")
    elif _has_wrong_gender(person, rules):
        raise LineCannotCarry(f"{field}.gender", line, _WRONG_GENDER)


def _read_level(children: Children, rules: PersonRules) -> LevelOfAssurance | None:
    if children.optional_token("LevelOfAssurance") is None:
        if rules.level_present is not None:
            raise Breach("the person has no LevelOfAssurance", rules.level_present)
        return None
    return read_code(children.one("LevelOfAssurance"), LevelOfAssurance, rules.level_listed)


def _write_level(parent: Element, level: LevelOfAssurance | None) -> None:
    write_texts(parent, ("LevelOfAssurance", level and level.value))


def _optional_address(children: Children, name: str) -> Address | None:
    element = children.optional(name)
    return None if element is None else read_address(element)


def _read_attributes(children: Children) -> tuple[SectorSpecificAttribute, ...]:
    return tuple(_read_attribute(Children(item, SDG)) for item in children.all("SectorSpecificAttribute"))


def _read_attribute(children: Children) -> SectorSpecificAttribute:
    return SectorSpecificAttribute(
        name=children.text("AttributeName"), uri=children.token("AttributeURI"), value=children.text("AttributeValue")
    )


def _write_attributes(parent: Element, attributes: tuple[SectorSpecificAttribute, ...]) -> None:
    for item in attributes:
        element = sub(parent, q("SectorSpecificAttribute"))
        write_texts(element, ("AttributeName", item.name), ("AttributeURI", item.uri), ("AttributeValue", item.value))
