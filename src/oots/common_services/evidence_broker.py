"""
Answers of the Evidence Broker as bytes (TDD 3.2.4): requirements of a procedure, and evidence types for a requirement.

Its content, and which of it an answer has, is the directory's business.
"""

from typing import Final

from oots.common_services.answers import Refused, Requirements, SetAside
from oots.common_services.interface import interface_of
from oots.common_services.model import Requirement
from oots.common_services.query_response import (
    SUCCESS,
    Kind,
    as_bytes,
    is_failure,
    new_query_response,
    read_objects,
    read_query_response,
    read_refusal,
    write_objects,
)
from oots.common_services.requirement import read_requirement, write_requirement
from oots.edm.elements import Breach
from oots.edm.slot_table import SlotDefinition, SlotTable, SlotType, by_name
from oots.errors import UnreadableAnswer
from oots.xml import Element

_SLOT: Final = "Requirement"


def _kind(rules: str, slot: str, typed: str, filled: str) -> Kind:
    definition = SlotDefinition(name=_SLOT, type=SlotType.ANY, presence=slot, typed=typed, content=_SLOT, filled=filled)
    return Kind(
        success=rules,
        failure="R-EB-ERR",
        slots=SlotTable(by_name=by_name(definition), single_value=slot),
        slot=_SLOT,
        filled=f"{rules}-S018",
    )


_REQUIREMENTS: Final = _kind("R-EB-REQ", "R-EB-REQ-S011", "R-EB-REQ-S013", "R-EB-REQ-S014")
_EVIDENCE_TYPES: Final = _kind("R-EB-EVI", "R-EB-EVI-S009", "R-EB-EVI-S011", "R-EB-EVI-S012")


def read_requirements(body: bytes, interface: str) -> Requirements | Refused:
    """
    Read the answer to a `RequirementsQuery` of that version; its signature was verified before.

    Raises `UnreadableAnswer`.
    """
    return _read(body, interface, _REQUIREMENTS)


def read_evidence_types(body: bytes, interface: str) -> Requirements | Refused:
    """
    Read the answer to an `EvidenceTypesQuery` of that version; its signature was verified before.

    Raises `UnreadableAnswer`.  Each requirement has a list, and be it one that says that there is no evidence.
    """
    return _read(body, interface, _EVIDENCE_TYPES)


def _read(body: bytes, interface: str, kind: Kind) -> Requirements | Refused:
    set_aside: list[SetAside] = []

    def read(element: Element) -> Requirement:
        requirement = read_requirement(element, set_aside, rules=kind.success)
        if kind is _EVIDENCE_TYPES and not requirement.evidence_type_lists:
            raise Breach("the Requirement has no EvidenceTypeList that can be read", "R-EB-EVI-S016")
        return requirement

    try:
        root = read_query_response(body, kind, interface)
        if is_failure(root):
            return read_refusal(root, interface)
        requirements = read_objects(root, kind, read, set_aside)
    except Breach as breach:
        raise UnreadableAnswer(breach.detail, rules=breach.rules) from breach
    return Requirements(interface=interface, requirements=requirements, set_aside=tuple(set_aside))


def write_requirements(answer: Requirements) -> bytes:
    """Write the answer to either query; raises `CallerError` for a value that its version cannot carry."""
    interface = interface_of(answer.interface)
    root = new_query_response(interface, SUCCESS)
    records = [(requirement.identifier, requirement) for requirement in answer.requirements]
    write_objects(root, _SLOT, records, lambda parent, item: write_requirement(parent, item, interface))
    return as_bytes(root)
