"""
Requirements with declarations and lists, as the Evidence Broker gives them in each line, from what is declared.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from directory import declarations
from directory.declarations import Contents, MemberState
from directory.naming import Naming
from directory.regions import jurisdictions
from directory.texts import strings
from oots.common_services.model import EvidenceType, EvidenceTypeList, Jurisdiction, ReferenceFramework, Requirement


def requirements_of(contents: Contents, naming: Naming) -> Mapping[str, Requirement]:
    """Give every requirement, by UUID, with the declarations and the lists of all member states."""
    frameworks: dict[str, list[ReferenceFramework]] = defaultdict(list)
    lists: dict[str, list[EvidenceTypeList]] = defaultdict(list)
    for state in contents.member_states.values():
        for declared in state.reference_frameworks:
            found = list(_reference_frameworks(declared, state, naming))
            for requirement in declared.requirements:
                frameworks[requirement] += found
        types = {item.id: item for item in state.evidence_types}
        for item in state.evidence_type_lists:
            lists[item.requirement] += _lists(item, state, types, naming)
    return {
        item.id: Requirement(
            identifier=naming.requirement(item.id),
            names=strings(item.name),
            descriptions=strings(item.description) if naming.has("Requirement/Description") else (),
            reference_frameworks=tuple(frameworks[item.id]),
            evidence_type_lists=tuple(lists[item.id]),
        )
        for item in contents.requirements
    }


def _reference_frameworks(
    declared: declarations.ReferenceFramework, state: MemberState, naming: Naming
) -> Iterator[ReferenceFramework]:
    for jurisdiction in jurisdictions(state, declared.regions, naming):
        yield ReferenceFramework(
            identifier=declared.id,
            procedure=declared.procedure,
            jurisdiction=jurisdiction,
            titles=strings(declared.title),
            descriptions=strings(declared.description),
        )


def _lists(
    declared: declarations.EvidenceTypeList,
    state: MemberState,
    types: Mapping[str, declarations.EvidenceType],
    naming: Naming,
) -> Iterator[EvidenceTypeList]:
    holds_in = jurisdictions(state, declared.regions, naming)
    if not holds_in or (declared.no_match and not naming.has("EvidenceTypeList/MatchType")):
        return
    on_list = naming.has("EvidenceTypeList/Jurisdiction")
    yield EvidenceTypeList(
        identifier=declared.id,
        names=strings(declared.name),
        evidence_types=tuple(
            _evidence_type(types[uuid], state, naming, () if on_list else holds_in) for uuid in declared.evidence_types
        ),
        match_descriptions=strings(declared.no_match),
        jurisdictions=holds_in if on_list else (),
    )


def _evidence_type(
    declared: declarations.EvidenceType, state: MemberState, naming: Naming, holds_in: tuple[Jurisdiction, ...]
) -> EvidenceType:
    structured = naming.has("EvidenceType/StructuredEvidenceTypeDistribution")
    return EvidenceType(
        classification=naming.evidence_type(declared.segment or state.country, declared.id),
        titles=strings(declared.title),
        descriptions=strings(declared.description),
        jurisdictions=holds_in,
        structured_formats=declared.structured_formats if structured else (),
    )
