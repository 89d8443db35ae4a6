"""
`sdg:Requirement` as the Evidence Broker gives it: with declarations of procedures, and with lists of evidence types.

Both answers have the same element.  Which parts of it an answer must have is said by its kind, in `evidence_broker`.
"""

from functools import partial
from typing import Final

from lxml import etree

from oots.common_services.answers import SetAside
from oots.common_services.interface import Interface
from oots.common_services.model import (
    EvidenceType,
    EvidenceTypeList,
    ReferenceFramework,
    Requirement,
)
from oots.common_services.parts import (
    read_jurisdiction,
    read_required_texts,
    read_texts,
    readable,
    write_jurisdiction,
)
from oots.edm.elements import Breach, Children, must_carry
from oots.edm.sdg import q, write_required_strings, write_strings, write_texts
from oots.xml import SDG, Element

NO_MATCH: Final = "NoMatch"
"""The only degree of a match that is defined (R-EB-EVI-C043)."""


def read_requirement(element: Element, set_aside: list[SetAside], *, rules: str) -> Requirement:
    """
    Read a requirement; `rules` is the name of the rule set, such as `R-EB-REQ`.

    Broken declarations and lists are set aside; when no declaration is left, so is the requirement.
    """
    children = Children(element, SDG)
    declared = children.all("ReferenceFramework")
    frameworks = readable(declared, partial(_read_reference_framework, rules=rules), set_aside)
    if declared and not frameworks:
        raise Breach("no ReferenceFramework of the Requirement can be read", f"{rules}-S017")
    return Requirement(
        identifier=children.token("Identifier", f"{rules}-C001"),
        names=read_required_texts(children, "Name"),
        descriptions=read_texts(children, "Description"),
        reference_frameworks=frameworks,
        evidence_type_lists=readable(children.all("EvidenceTypeList"), _read_evidence_type_list, set_aside),
    )


def write_requirement(parent: Element, requirement: Requirement, interface: Interface) -> None:
    """Append a requirement; raises `LineCannotCarry`."""
    places = {"Requirement/Description": "descriptions"}
    must_carry(requirement, places, interface.places, line=interface.id, path="requirement.")
    element = etree.SubElement(parent, q("Requirement"))
    write_texts(element, ("Identifier", requirement.identifier))
    write_required_strings(element, "Name", requirement.names)
    write_strings(element, "Description", requirement.descriptions)
    for framework in requirement.reference_frameworks:
        _write_reference_framework(element, framework, interface)
    for item in requirement.evidence_type_lists:
        _write_evidence_type_list(element, item, interface)


def _read_reference_framework(element: Element, *, rules: str) -> ReferenceFramework:
    children = Children(element, SDG)
    related = Children(children.one("RelatedTo", f"{rules}-S020"), SDG)
    return ReferenceFramework(
        identifier=children.token("Identifier", f"{rules}-C004"),
        titles=read_texts(children, "Title"),
        descriptions=read_texts(children, "Description"),
        procedure=related.token("Identifier", "R-EB-REQ-S015" if rules == "R-EB-REQ" else "R-EB-EVI-S013"),
        jurisdiction=read_jurisdiction(children.one("Jurisdiction", f"{rules}-S021"), f"{rules}-C009"),
    )


def _write_reference_framework(parent: Element, framework: ReferenceFramework, interface: Interface) -> None:
    element = etree.SubElement(parent, q("ReferenceFramework"))
    write_texts(element, ("Identifier", framework.identifier))
    write_strings(element, "Title", framework.titles)
    write_strings(element, "Description", framework.descriptions)
    write_texts(etree.SubElement(element, q("RelatedTo")), ("Identifier", framework.procedure))
    write_jurisdiction(element, framework.jurisdiction, interface)


def _read_evidence_type_list(element: Element) -> EvidenceTypeList:
    # Never with fewer evidence types than it has: all of them are needed together.
    children = Children(element, SDG)
    evidence_types = tuple(_read_evidence_type(item) for item in children.all("EvidenceType"))
    if not evidence_types and children.optional_token("MatchType") != NO_MATCH:
        raise Breach(f"EvidenceTypeList has no EvidenceType, and does not say {NO_MATCH}", "R-EB-EVI-S015")
    return EvidenceTypeList(
        identifier=children.token("Identifier", "R-EB-EVI-C013"),
        names=read_texts(children, "Name"),
        evidence_types=evidence_types,
        # Beside an evidence type NoMatch does not count.
        match_descriptions=() if evidence_types else read_texts(children, "MatchDescription"),
        jurisdictions=tuple(read_jurisdiction(item, "R-EB-EVI-C022") for item in children.all("Jurisdiction")),
    )


def _write_evidence_type_list(parent: Element, item: EvidenceTypeList, interface: Interface) -> None:
    places = {"EvidenceTypeList/MatchType": "is_no_match", "EvidenceTypeList/Jurisdiction": "jurisdictions"}
    must_carry(item, places, interface.places, line=interface.id, path="evidence_type_list.")
    element = etree.SubElement(parent, q("EvidenceTypeList"))
    write_texts(element, ("Identifier", item.identifier))
    write_strings(element, "Name", item.names)
    for evidence_type in item.evidence_types:
        _write_evidence_type(element, evidence_type, interface)
    if item.is_no_match:
        write_texts(element, ("MatchType", NO_MATCH))
        write_strings(element, "MatchDescription", item.match_descriptions)
    for jurisdiction in item.jurisdictions:
        write_jurisdiction(element, jurisdiction, interface)


def _read_evidence_type(element: Element) -> EvidenceType:
    children = Children(element, SDG)
    structured = (Children(item, SDG) for item in children.all("StructuredEvidenceTypeDistribution"))
    return EvidenceType(
        classification=children.token("EvidenceTypeClassification", "R-EB-EVI-C016"),
        titles=read_required_texts(children, "Title"),
        descriptions=read_texts(children, "Description"),
        jurisdictions=tuple(read_jurisdiction(item, "R-EB-EVI-C022") for item in children.all("Jurisdiction")),
        structured_formats=tuple(item.token("Format") for item in structured),
    )


_EVIDENCE_TYPE: Final = {
    "EvidenceType/Jurisdiction": "jurisdictions",
    "EvidenceType/StructuredEvidenceTypeDistribution": "structured_formats",
}


def _write_evidence_type(parent: Element, evidence_type: EvidenceType, interface: Interface) -> None:
    must_carry(evidence_type, _EVIDENCE_TYPE, interface.places, line=interface.id, path="evidence_type.")
    element = etree.SubElement(parent, q("EvidenceType"))
    write_texts(element, ("EvidenceTypeClassification", evidence_type.classification))
    write_required_strings(element, "Title", evidence_type.titles)
    write_strings(element, "Description", evidence_type.descriptions)
    for jurisdiction in evidence_type.jurisdictions:
        write_jurisdiction(element, jurisdiction, interface)
    for media_type in evidence_type.structured_formats:
        write_texts(etree.SubElement(element, q("StructuredEvidenceTypeDistribution")), ("Format", media_type))
