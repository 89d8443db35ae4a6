"""
`query:Query` of an evidence request: about whom, who acts for them, and the evidence that is asked for (edm.md 2.1).
"""

from dataclasses import dataclass
from typing import Final

from lxml import etree

from oots.edm.asked import read_data_service_evidence_type, write_data_service_evidence_type
from oots.edm.elements import Breach
from oots.edm.model import DataServiceEvidenceType, EvidenceRequest, LegalPerson, Person
from oots.edm.persons import (
    must_fit_line,
    read_legal_person,
    read_natural_person,
    write_legal_person,
    write_natural_person,
)
from oots.edm.request_content import PersonPlace
from oots.edm.slots import Slots, write_any
from oots.edm.specification import Specification
from oots.xml import QUERY, Element

_QUERY: Final = f"{{{QUERY}}}Query"
_QUERY_DEFINITION: Final = "DocumentQuery"


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """The fields of `EvidenceRequest` that stand in its query."""

    subject: Person
    representative: Person | None
    evidence_type: DataServiceEvidenceType


def read_query(element: Element, specification: Specification) -> Query:
    """Read `query:Query`."""
    if element.get("queryDefinition") != _QUERY_DEFINITION:
        raise Breach(f"queryDefinition of query:Query is not {_QUERY_DEFINITION}", "R-EDM-REQ-C025")
    slots, content = Slots(element, specification.query), specification.request_content
    subjects = _read_people(slots, content.subject)
    if len(subjects) != 1:
        raise Breach("exactly one of the slots NaturalPerson and LegalPerson is expected", "R-EDM-REQ-S016")
    representatives = _read_people(slots, content.representative)
    if len(representatives) > 1:
        raise Breach("a subject is represented by one person at most; two are named")
    return Query(
        subject=subjects[0],
        representative=representatives[0] if representatives else None,
        evidence_type=read_data_service_evidence_type(slots.any("EvidenceRequest"), content),
    )


def _read_people(slots: Slots, place: PersonPlace) -> list[Person]:
    people: list[Person] = []
    if place.natural_slot in slots:
        people.append(read_natural_person(slots.any(place.natural_slot), place.natural))
    if place.legal_slot in slots:
        people.append(read_legal_person(slots.any(place.legal_slot), place.legal))
    return people


def write_query(root: Element, request: EvidenceRequest, specification: Specification) -> None:
    """Append `query:Query` of a request; raises `LineCannotCarry` for what its line has no place for."""
    element = etree.SubElement(root, _QUERY, {"queryDefinition": _QUERY_DEFINITION})
    content = specification.request_content
    _write_person(element, request.subject, content.subject, specification)
    if request.representative is not None:
        _write_person(element, request.representative, content.representative, specification)
    write_data_service_evidence_type(write_any(element, "EvidenceRequest"), request.evidence_type, specification)


def _write_person(query: Element, person: Person, place: PersonPlace, specification: Specification) -> None:
    if isinstance(person, LegalPerson):
        must_fit_line(person, place.legal, field=place.field, line=specification.id)
        write_legal_person(write_any(query, place.legal_slot), "LegalPerson", person)
    else:
        must_fit_line(person, place.natural, field=place.field, line=specification.id)
        write_natural_person(write_any(query, place.natural_slot), "Person", person)
