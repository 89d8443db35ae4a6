"""
What is known about one document of a response: `sdg:Evidence`, the content of slot EvidenceMetadata.

The main evidence must say all of it (R-EDM-RESP-S062; in 1.2 the schema) and a companion next to nothing (S063).  A
foreign document that says too little is read all the same: whoever compares it with the request finds what is missing.
"""

from typing import Final

from lxml import etree

from oots.edm.elements import Breach, Children, must_carry, token
from oots.edm.model import Distribution, EvidenceMetadata, EvidenceType, LegalPerson, Period, Person
from oots.edm.persons import ECHOED, read_legal_person, read_natural_person, write_legal_person, write_natural_person
from oots.edm.sdg import (
    ISSUING_AUTHORITY,
    q,
    read_agent,
    read_date,
    read_strings,
    write_agent,
    write_required_strings,
    write_strings,
    write_texts,
)
from oots.edm.specification import Specification
from oots.errors import CallerError, LineCannotCarry
from oots.xml import SDG, Element

_REQUIRED_OF_MAIN: Final = ("distribution", "is_about", "issuing_authority", "is_conformant_to", "issuing_date")
_FIELDS_OF_DISTRIBUTION: Final = {"Transformation": "transformation"}
_FORBIDDEN_TO_COMPANION: Final = (
    "is_about",
    "issuing_authority",
    "is_conformant_to",
    "issuing_date",
    "validity_period",
)


def read_evidence_metadata(element: Element) -> EvidenceMetadata:
    """Read `sdg:Evidence`."""
    children = Children(element, SDG)
    is_about = children.optional("IsAbout")
    authority = children.optional("IssuingAuthority")
    evidence_type = children.optional("IsConformantTo")
    issuing_date = children.optional("IssuingDate")
    distribution = children.optional("Distribution")
    validity = children.optional("ValidityPeriod")
    return EvidenceMetadata(
        identifier=children.token("Identifier"),
        is_about=None if is_about is None else _read_is_about(is_about),
        issuing_authority=None if authority is None else read_agent(authority, ISSUING_AUTHORITY),
        is_conformant_to=None if evidence_type is None else _read_evidence_type(evidence_type),
        issuing_date=None if issuing_date is None else read_date(issuing_date),
        distribution=None if distribution is None else _read_distribution(distribution),
        validity_period=None if validity is None else _read_period(validity),
    )


def write_main_metadata(parent: Element, metadata: EvidenceMetadata, specification: Specification) -> None:
    """Append `sdg:Evidence` of a main evidence; raises `LineCannotCarry` for what is missing or has no place."""
    for name in _REQUIRED_OF_MAIN:
        if getattr(metadata, name) is None:
            raise LineCannotCarry(f"evidences.main.metadata.{name}", specification.id, "a main evidence says it")
    if metadata.distribution is not None:
        _must_fit_line(metadata.distribution, specification)
    _write_metadata(parent, metadata)


def _must_fit_line(distribution: Distribution, specification: Specification) -> None:
    path = "evidences.main.metadata.distribution."
    must_carry(distribution, _FIELDS_OF_DISTRIBUTION, specification.distribution, line=specification.id, path=path)
    if distribution.transformation is not None and distribution.conforms_to is None:
        raise LineCannotCarry(f"{path}transformation", specification.id, "needs conforms_to (R-EDM-RESP-C045)")


def write_companion_metadata(parent: Element, metadata: EvidenceMetadata, specification: Specification) -> None:
    """Append `sdg:Evidence` of a companion; raises `LineCannotCarry` for what only the main evidence says."""
    for name in _FORBIDDEN_TO_COMPANION:
        if getattr(metadata, name) is not None:
            raise _main_only(name, specification)
    for name in ("conforms_to", "transformation"):
        if metadata.distribution is not None and getattr(metadata.distribution, name) is not None:
            raise _main_only(f"distribution.{name}", specification)
    _write_metadata(parent, metadata)


def _main_only(name: str, specification: Specification) -> LineCannotCarry:
    reason = "only the main evidence says it (R-EDM-RESP-S063)"
    return LineCannotCarry(f"evidences.companions.metadata.{name}", specification.id, reason)


def _write_metadata(parent: Element, metadata: EvidenceMetadata) -> None:
    element = etree.SubElement(parent, q("Evidence"))
    write_texts(element, ("Identifier", metadata.identifier))
    if metadata.is_about is not None:
        _write_is_about(element, metadata.is_about)
    if metadata.issuing_authority is not None:
        write_agent(element, "IssuingAuthority", metadata.issuing_authority, ISSUING_AUTHORITY)
    if metadata.is_conformant_to is not None:
        _write_evidence_type(element, metadata.is_conformant_to)
    if metadata.issuing_date is not None:
        write_texts(element, ("IssuingDate", metadata.issuing_date.isoformat()))
    if metadata.distribution is not None:
        _write_distribution(element, metadata.distribution)
    if metadata.validity_period is not None:
        _write_period(element, metadata.validity_period)


def _read_is_about(element: Element) -> Person:
    children = Children(element, SDG)
    natural, legal = children.optional("NaturalPerson"), children.optional("LegalPerson")
    if natural is not None and legal is None:
        return read_natural_person(natural, ECHOED)
    if legal is not None and natural is None:
        return read_legal_person(legal, ECHOED)
    raise Breach("IsAbout does not hold one NaturalPerson or one LegalPerson")


def _write_is_about(parent: Element, person: Person) -> None:
    if person != person.echoed():
        raise CallerError("IsAbout says more than who the subject is (R-EDM-RESP-S041, S042); use echoed()")
    element = etree.SubElement(parent, q("IsAbout"))
    if isinstance(person, LegalPerson):
        write_legal_person(element, "LegalPerson", person)
    else:
        write_natural_person(element, "NaturalPerson", person)


def _read_evidence_type(element: Element) -> EvidenceType:
    children = Children(element, SDG)
    return EvidenceType(
        classification=children.token("EvidenceTypeClassification"),
        titles=read_strings(children.all("Title")),
        descriptions=read_strings(children.all("Description")),
    )


def _write_evidence_type(parent: Element, evidence_type: EvidenceType) -> None:
    element = etree.SubElement(parent, q("IsConformantTo"))
    write_texts(element, ("EvidenceTypeClassification", evidence_type.classification))
    write_required_strings(element, "Title", evidence_type.titles)
    write_strings(element, "Description", evidence_type.descriptions)


def _read_distribution(element: Element) -> Distribution:
    children = Children(element, SDG)
    return Distribution(
        format=children.token("Format"),
        languages=tuple(token(item) for item in children.all("Language")),
        conforms_to=children.optional_token("ConformsTo"),
        transformation=children.optional_token("Transformation"),
    )


def _write_distribution(parent: Element, distribution: Distribution) -> None:
    element = etree.SubElement(parent, q("Distribution"))
    write_texts(element, ("Format", distribution.format))
    write_texts(element, *(("Language", language) for language in distribution.languages))
    write_texts(element, ("ConformsTo", distribution.conforms_to), ("Transformation", distribution.transformation))


def _read_period(element: Element) -> Period:
    children = Children(element, SDG)
    return Period(start_date=read_date(children.one("StartDate")), end_date=read_date(children.one("EndDate")))


def _write_period(parent: Element, period: Period) -> None:
    element = etree.SubElement(parent, q("ValidityPeriod"))
    write_texts(element, ("StartDate", period.start_date.isoformat()), ("EndDate", period.end_date.isoformat()))
