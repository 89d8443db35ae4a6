"""
What a request asks for: requirements, the evidence type and its forms, and answers to the directory's questions.
"""

import re
from typing import Final

from lxml import etree

from oots.edm.elements import Breach, Children, must_carry, sub, token
from oots.edm.model import (
    QUESTION_TYPES,
    ClassificationNode,
    DataServiceEvidenceType,
    DistributedAs,
    EvidenceProviderClassification,
    Requirement,
)
from oots.edm.request_content import RequestContent
from oots.edm.sdg import (
    q,
    read_code,
    read_identifier,
    read_strings,
    write_identifier,
    write_required_strings,
    write_strings,
    write_texts,
)
from oots.edm.specification import Specification
from oots.errors import LineCannotCarry
from oots.xml import SDG, Element

_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}


def read_requirement(element: Element) -> Requirement:
    """Read `sdg:Requirement`."""
    children = Children(element, SDG)
    children.must_be(frozenset({"Identifier", "Name", "Description"}), "R-EDM-REQ-S038")
    names = children.all("Name")
    if not names:
        raise Breach("Requirement has no Name")
    return Requirement(
        identifier=children.token("Identifier"),
        names=read_strings(names, "R-EDM-REQ-C010"),
        descriptions=read_strings(children.all("Description"), "R-EDM-REQ-C094"),
    )


def write_requirement(parent: Element, requirement: Requirement) -> None:
    """Append `sdg:Requirement`."""
    element = etree.SubElement(parent, q("Requirement"))
    write_texts(element, ("Identifier", requirement.identifier))
    write_required_strings(element, "Name", requirement.names)
    write_strings(element, "Description", requirement.descriptions)


_EVIDENCE_TYPE: Final = frozenset({"Identifier", "EvidenceTypeClassification", "Title", "Description", "DistributedAs"})


def read_data_service_evidence_type(element: Element, content: RequestContent) -> DataServiceEvidenceType:
    """Read `sdg:DataServiceEvidenceType` as a request of a line has it."""
    children = Children(element, SDG)
    children.must_be(_EVIDENCE_TYPE, "R-EDM-REQ-S045")
    identifier = children.token("Identifier", "R-EDM-REQ-C106")
    if not _UUID.fullmatch(identifier):
        raise Breach("Identifier of DataServiceEvidenceType is no UUID", "R-EDM-REQ-C026")
    titles = children.all("Title")
    if not titles:
        raise Breach("DataServiceEvidenceType has no Title")
    return DataServiceEvidenceType(
        identifier=identifier,
        classification=children.token("EvidenceTypeClassification"),
        titles=read_strings(titles, "R-EDM-REQ-C029"),
        descriptions=read_strings(children.all("Description"), "R-EDM-REQ-C031"),
        distributions=_read_distributions(children.all("DistributedAs"), content),
    )


def write_data_service_evidence_type(
    parent: Element, evidence_type: DataServiceEvidenceType, specification: Specification
) -> None:
    """Append `sdg:DataServiceEvidenceType`; raises `LineCannotCarry` for forms that its line does not have."""
    _must_fit_line(evidence_type.distributions, specification)
    element = etree.SubElement(parent, q("DataServiceEvidenceType"))
    write_texts(
        element,
        ("Identifier", evidence_type.identifier),
        ("EvidenceTypeClassification", evidence_type.classification),
    )
    write_required_strings(element, "Title", evidence_type.titles)
    write_strings(element, "Description", evidence_type.descriptions)
    for form in evidence_type.distributions:
        _write_distributed_as(element, form)


def _read_distributions(elements: list[Element], content: RequestContent) -> tuple[DistributedAs, ...]:
    forms = tuple(form for element in elements for form in _read_distributed_as(element, content))
    if not forms:
        raise Breach("DataServiceEvidenceType has no DistributedAs", "R-EDM-REQ-C032")
    if content.max_distributions is not None and len(forms) > content.max_distributions:
        raise Breach(f"DataServiceEvidenceType asks for {len(forms)} forms, one is expected", "R-EDM-REQ-C032")
    return forms


def _read_distributed_as(element: Element, content: RequestContent) -> list[DistributedAs]:
    # The schema of 2.0 lets several formats share one element; they mean the same as one element each.
    children = Children(element, SDG)
    children.must_be(content.distributed_as)
    formats = [token(item) for item in children.all("Format")]
    if not formats or not all(formats):
        raise Breach("DistributedAs has no Format")
    languages = tuple(token(item) for item in children.all("Language"))
    conforms_to = children.optional_token("ConformsTo")
    transformation = children.optional_token("Transformation")
    if transformation is not None and conforms_to is None:
        raise Breach("DistributedAs has a Transformation and no ConformsTo", "R-EDM-REQ-C072")
    associated = tuple(_read_associated_document(item) for item in children.all("AssociatedDocumentRequest"))
    return [
        DistributedAs(
            format=item,
            languages=languages,
            conforms_to=conforms_to,
            transformation=transformation,
            associated_documents=associated,
        )
        for item in formats
    ]


def _read_associated_document(element: Element) -> ClassificationNode:
    node = read_code(element, ClassificationNode, "R-EDM-REQ-C119")
    if node is ClassificationNode.MAIN_EVIDENCE:
        raise Breach("AssociatedDocumentRequest asks for the main evidence", "R-EDM-REQ-C119")
    return node


_FIELDS: Final = {
    "Language": "languages",
    "Transformation": "transformation",
    "AssociatedDocumentRequest": "associated_documents",
}


def _must_fit_line(distributions: tuple[DistributedAs, ...], specification: Specification) -> None:
    field, content = "evidence_type.distributions", specification.request_content
    if not distributions:
        raise LineCannotCarry(field, specification.id, "none, at least one is expected (R-EDM-REQ-C032)")
    if content.max_distributions is not None and len(distributions) > content.max_distributions:
        reason = f"{len(distributions)}, at most {content.max_distributions} is expected (R-EDM-REQ-C032)"
        raise LineCannotCarry(field, specification.id, reason)
    for form in distributions:
        must_carry(form, _FIELDS, content.distributed_as, line=specification.id, path=f"{field}.")
        if form.transformation is not None and form.conforms_to is None:
            reason = "needs conforms_to (R-EDM-REQ-C072)"
            raise LineCannotCarry(f"{field}.transformation", specification.id, reason)


def _write_distributed_as(parent: Element, form: DistributedAs) -> None:
    element = etree.SubElement(parent, q("DistributedAs"))
    write_texts(element, ("Format", form.format))
    write_texts(element, *(("Language", language) for language in form.languages))
    write_texts(element, ("ConformsTo", form.conforms_to), ("Transformation", form.transformation))
    write_texts(element, *(("AssociatedDocumentRequest", node.value) for node in form.associated_documents))


def read_provider_classification(element: Element) -> EvidenceProviderClassification:
    """Read `sdg:EvidenceProviderClassification`."""
    children = Children(element, SDG)
    concept_type = children.token("Type", "R-EDM-REQ-C020")
    if concept_type not in QUESTION_TYPES:
        raise Breach("Type of EvidenceProviderClassification is none of string, boolean, codelist", "R-EDM-REQ-C095")
    return EvidenceProviderClassification(
        identifier=read_identifier(children.one("Identifier")),
        type=concept_type,
        value_expression=children.optional_token("ValueExpression"),
        descriptions=read_strings(children.all("Description"), "R-EDM-REQ-C022"),
        supported_value=_read_supported_value(children.one("SupportedValue", "R-EDM-REQ-C105"), concept_type),
    )


def _read_supported_value(element: Element, concept_type: str) -> str | bool:
    children = Children(element, SDG)
    if concept_type != "boolean":
        return children.text("StringValue", "R-EDM-REQ-C103")
    found = _BOOLEANS.get(children.token("BooleanValue", "R-EDM-REQ-C104"))
    if found is None:
        raise Breach("BooleanValue is neither true nor false", "R-EDM-REQ-C104")
    return found


def write_provider_classification(parent: Element, answer: EvidenceProviderClassification) -> None:
    """Append `sdg:EvidenceProviderClassification`."""
    element = etree.SubElement(parent, q("EvidenceProviderClassification"))
    write_identifier(element, "Identifier", answer.identifier)
    write_texts(element, ("Type", answer.type), ("ValueExpression", answer.value_expression))
    write_strings(element, "Description", answer.descriptions)
    supported = sub(element, q("SupportedValue"))
    if isinstance(answer.supported_value, bool):
        write_texts(supported, ("BooleanValue", "true" if answer.supported_value else "false"))
    else:
        write_texts(supported, ("StringValue", answer.supported_value))
