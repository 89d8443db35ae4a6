"""
Elements that stand in several records: texts, jurisdictions, concepts; and how a record is read that is partly broken.
"""

from collections.abc import Callable, Iterable
from typing import Final, TypeVar

from lxml import etree

from oots.common_services.answers import SetAside
from oots.common_services.interface import Interface
from oots.common_services.model import (
    AdditionalJurisdictionClassification,
    ClassificationConcept,
    EvidenceProviderJurisdictionDetermination,
    Jurisdiction,
    JurisdictionLevel,
    SupportedValue,
)
from oots.edm.elements import Breach, Children, attribute, local_name, must_carry, sub, token
from oots.edm.model import MultilingualString
from oots.edm.sdg import (
    q,
    read_code,
    read_date,
    read_identifier,
    read_strings,
    write_identifier,
    write_required_strings,
    write_strings,
    write_texts,
)
from oots.xml import SDG, Element

_T = TypeVar("_T")
_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}


def readable(elements: Iterable[Element], read: Callable[[Element], _T], set_aside: list[SetAside]) -> tuple[_T, ...]:
    """
    Read those that can be understood; the others are noted in `set_aside`.

    Only for alternatives, of which fewer are safe: what a member state declared wrongly must not hide all others.
    """
    found: list[_T] = []
    for element in elements:
        try:
            found.append(read(element))
        except Breach as breach:
            set_aside.append(SetAside(element=local_name(element), detail=breach.detail, rules=breach.rules))
    return tuple(found)


def read_texts(children: Children, name: str) -> tuple[MultilingualString, ...]:
    """Read a text in its languages; an empty one says nothing."""
    return tuple(item for item in read_strings(children.all(name)) if item.text)


def read_required_texts(children: Children, name: str, rule: str | None = None) -> tuple[MultilingualString, ...]:
    """Read a text that must be there in one language at least."""
    found = read_texts(children, name)
    if not found:
        raise Breach(f"{local_name(children.owner)} has no {name}", rule)
    return found


def read_jurisdiction(element: Element, rule: str | None = None) -> Jurisdiction:
    """Read a jurisdiction; the country must be there."""
    children = Children(element, SDG)
    return Jurisdiction(
        admin_unit_level1=children.token("AdminUnitLevel1", rule),
        admin_unit_level2=children.optional_token("AdminUnitLevel2"),
        admin_unit_level3=children.optional_token("AdminUnitLevel3"),
        regions=tuple(_read_region(item) for item in children.all("AdditionalJurisdictionClassification")),
    )


def _read_region(element: Element) -> AdditionalJurisdictionClassification:
    # Without its list a code means nothing, and reading it over would widen where the record holds.
    list_id, code = attribute(element, "listID"), token(element)
    if not list_id or not code:
        raise Breach("AdditionalJurisdictionClassification has no code, or no listID")
    return AdditionalJurisdictionClassification(list_id=list_id, code=code)


_JURISDICTION: Final = {
    "Jurisdiction/AdminUnitLevel2": "admin_unit_level2",
    "Jurisdiction/AdminUnitLevel3": "admin_unit_level3",
    "Jurisdiction/AdditionalJurisdictionClassification": "regions",
}


def write_jurisdiction(parent: Element, jurisdiction: Jurisdiction, interface: Interface) -> None:
    """Append a jurisdiction; raises `LineCannotCarry`."""
    must_carry(jurisdiction, _JURISDICTION, interface.places, line=interface.id, path="jurisdiction.")
    element = etree.SubElement(parent, q("Jurisdiction"))
    write_texts(
        element,
        ("AdminUnitLevel1", jurisdiction.admin_unit_level1),
        ("AdminUnitLevel2", jurisdiction.admin_unit_level2),
        ("AdminUnitLevel3", jurisdiction.admin_unit_level3),
    )
    for region in jurisdiction.regions:
        sub(element, q("AdditionalJurisdictionClassification"), region.code, {"listID": region.list_id})


def read_jurisdiction_determination(element: Element) -> EvidenceProviderJurisdictionDetermination:
    """Read what lines 1.x ask about a place."""
    children = Children(element, SDG)
    return EvidenceProviderJurisdictionDetermination(
        jurisdiction_context_id=children.token("JurisdictionContextId", "R-DSD-ERR-C001"),
        jurisdiction_contexts=read_required_texts(children, "JurisdictionContext"),
        jurisdiction_level=read_code(children.one("JurisdictionLevel"), JurisdictionLevel, "R-DSD-ERR-C004"),
    )


def write_jurisdiction_determination(parent: Element, determination: EvidenceProviderJurisdictionDetermination) -> None:
    """Append what lines 1.x ask about a place."""
    element = etree.SubElement(parent, q("EvidenceProviderJurisdictionDetermination"))
    write_texts(element, ("JurisdictionContextId", determination.jurisdiction_context_id))
    write_required_strings(element, "JurisdictionContext", determination.jurisdiction_contexts)
    write_texts(element, ("JurisdictionLevel", determination.jurisdiction_level.value))


def read_concept(element: Element) -> ClassificationConcept:
    """Read a concept; its type in lower case, because official samples have `Codelist`."""
    children = Children(element, SDG)
    kind = children.optional_token("Type")
    supported = children.optional("SupportedValue")
    return ClassificationConcept(
        identifier=read_identifier(children.one("Identifier")),
        type=None if kind is None else kind.lower(),
        value_expression=children.optional_token("ValueExpression"),
        descriptions=read_texts(children, "Description"),
        supported_values=() if supported is None else _read_supported_values(supported),
    )


def _read_supported_values(element: Element) -> tuple[SupportedValue, ...]:
    children = Children(element, SDG)
    kinds: list[tuple[SupportedValue, ...]] = [
        tuple(token(item) for item in children.all("StringValue")),
        tuple(_read_boolean(item) for item in children.all("BooleanValue")),
        tuple(read_date(item) for item in children.all("DateValue")),
    ]
    filled = [values for values in kinds if values]
    if len(filled) != 1 or "" in filled[0]:
        raise Breach("SupportedValue does not have values of one kind", "R-DSD-RESP-C028")
    return filled[0]


def _read_boolean(element: Element) -> bool:
    found = _BOOLEANS.get(token(element))
    if found is None:
        raise Breach("BooleanValue is neither true nor false")
    return found


def write_concept(parent: Element, name: str, concept: ClassificationConcept) -> None:
    """Append a concept under the name that it has there."""
    element = etree.SubElement(parent, q(name))
    write_identifier(element, "Identifier", concept.identifier)
    write_texts(element, ("Type", concept.type), ("ValueExpression", concept.value_expression))
    write_strings(element, "Description", concept.descriptions)
    if concept.supported_values:
        supported = etree.SubElement(element, q("SupportedValue"))
        write_texts(supported, *(_supported_value(value) for value in concept.supported_values))


def _supported_value(value: SupportedValue) -> tuple[str, str]:
    match value:
        case bool():
            return "BooleanValue", "true" if value else "false"
        case str():
            return "StringValue", value
        case _:
            return "DateValue", value.isoformat()
