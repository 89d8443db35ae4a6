"""
What must hold inside an answer beyond its schema: the rules CSX (common-services.md 6.9), which are our own.

A directory checks them before it gives something out; who is given something may.  CSX-01 and CSX-07 need all that a
directory holds, and stand there.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from oots.codes import SYSTEM_CHECK
from oots.common_services.model import (
    ClassificationConcept,
    DataServiceEvidenceType,
    EvidenceTypeList,
    Jurisdiction,
    Requirement,
)

CodeLists = Mapping[str, Collection[str]]
"""The codes of the lists that are known, by the URL of the list."""

_COUNTRY_OF_LIST: Final = re.compile(r"https://[^/]+/codelists/([A-Z]{2})/[A-Za-z0-9]{2,50}")
_TEST_REQUIREMENT: Final = re.compile(r".*/(?:0{8}(?:-0{4}){3}-0{12}|f{8}(?:-f{4}){3}-f{12})", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inconsistency:
    """A broken rule, and what breaks it."""

    rule: str
    detail: str


def inconsistencies_of_requirement(
    requirement: Requirement, lists: CodeLists | None = None, *, in_production: bool = False
) -> tuple[Inconsistency, ...]:
    """Hold a requirement against CSX-04, CSX-05 and, in production, CSX-06."""
    return tuple(_of_requirement(requirement, lists or {}, in_production=in_production))


def inconsistencies_of_data_service(
    record: DataServiceEvidenceType, lists: CodeLists | None = None
) -> tuple[Inconsistency, ...]:
    """Hold a data service against CSX-02, CSX-03 and CSX-04."""
    return tuple(_of_data_service(record, lists or {}))


def _of_requirement(requirement: Requirement, lists: CodeLists, *, in_production: bool) -> Iterator[Inconsistency]:
    for framework in requirement.reference_frameworks:
        yield from _csx_04(framework.jurisdiction, lists)
    for item in requirement.evidence_type_lists:
        for jurisdiction in item.holds_in:
            yield from _csx_04(jurisdiction, lists)
    yield from _csx_05(requirement)
    if in_production and _TEST_REQUIREMENT.fullmatch(requirement.identifier):
        yield from _csx_06(requirement)


def _of_data_service(record: DataServiceEvidenceType, lists: CodeLists) -> Iterator[Inconsistency]:
    asked = {concept.identifier.value for concept in record.classifications}
    for service in record.access_services:
        publisher = service.publisher
        missing = asked - {concept.identifier.value for concept in publisher.concepts}
        if missing:
            yield Inconsistency(
                rule="CSX-02", detail=f"publisher {publisher.identifier.value} lacks {len(missing)} asked concepts"
            )
        for concept in publisher.concepts:
            yield from _csx_03(concept, lists)
        if publisher.jurisdiction is not None:
            yield from _csx_04(publisher.jurisdiction, lists)


def _csx_03(concept: ClassificationConcept, lists: CodeLists) -> Iterator[Inconsistency]:
    codes = lists.get(concept.value_expression or concept.identifier.scheme_id or "")
    if concept.type == "codelist" and codes is not None:
        unknown = [value for value in concept.supported_values if value not in codes]
        if unknown:
            name = concept.identifier.value
            yield Inconsistency(rule="CSX-03", detail=f"concept {name} has {len(unknown)} values outside its code list")


def _csx_04(jurisdiction: Jurisdiction, lists: CodeLists) -> Iterator[Inconsistency]:
    for region in jurisdiction.regions:
        found = _COUNTRY_OF_LIST.fullmatch(region.list_id)
        if found is None or found[1] != jurisdiction.admin_unit_level1:
            yield Inconsistency(rule="CSX-04", detail="a region is of no code list of the country that it is in")
        elif region.code not in lists.get(region.list_id, (region.code,)):
            yield Inconsistency(rule="CSX-04", detail="a region is not in its code list")


def _csx_05(requirement: Requirement) -> Iterator[Inconsistency]:
    # That a list of NoMatch has no evidence type, its value says itself.
    for one, other in combinations(requirement.evidence_type_lists, 2):
        if one.is_no_match is not other.is_no_match and _overlap(one, other):
            detail = f"lists {one.identifier} and {other.identifier} say in one place that there is evidence, and none"
            yield Inconsistency(rule="CSX-05", detail=detail)


def _overlap(one: EvidenceTypeList, other: EvidenceTypeList) -> bool:
    return any(_meet(here, there) for here in one.holds_in for there in other.holds_in)


def _meet(here: Jurisdiction, there: Jurisdiction) -> bool:
    if here.admin_unit_level1 != there.admin_unit_level1:
        return False
    ours, theirs = _codes_by_list(here), _codes_by_list(there)
    return all(ours[name] & theirs[name] for name in ours.keys() & theirs.keys())


def _codes_by_list(jurisdiction: Jurisdiction) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for region in jurisdiction.regions:
        found.setdefault(region.list_id, set()).add(region.code)
    return found


def _csx_06(requirement: Requirement) -> Iterator[Inconsistency]:
    for framework in requirement.reference_frameworks:
        if framework.procedure != SYSTEM_CHECK:
            detail = f"the test requirement is asked by procedure {framework.procedure}"
            yield Inconsistency(rule="CSX-06", detail=detail)
