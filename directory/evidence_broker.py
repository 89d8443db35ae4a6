"""
What the Evidence Broker answers to its two queries (TDD 3.2.4).  Nothing is written or signed here.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from directory.catalogue import Catalogue
from directory.codes import codes, procedures
from oots.codes import EbCode
from oots.common_services.answers import Refused, Requirements
from oots.common_services.model import EvidenceTypeList, Jurisdiction, ReferenceFramework, Requirement
from oots.common_services.queries import EvidenceTypesQuery, RequirementsQuery
from oots.common_services.query_response import as_exception
from oots.errors import QueryRefused

EMPTY: Final = "EMPTY_RESULT"
"""What the Commission's instance says in the detail."""


def answer_requirements(query: RequirementsQuery, catalogue: Catalogue) -> Requirements | Refused:
    """
    Give the requirements that have a declaration which matches, each with these declarations only.

    Raises `QueryRefused` for codes that no list has.
    """
    if query.procedure_id is not None and query.procedure_id not in procedures():
        raise QueryRefused(EbCode.PROCEDURE, "procedure-id", "it is not in the code list Procedures")
    check_codes(query)
    found = (
        replace(
            requirement,
            reference_frameworks=tuple(item for item in requirement.reference_frameworks if _matches(item, query)),
            evidence_type_lists=(),
        )
        for requirement in catalogue.requirements.values()
    )
    return _answer(catalogue, (item for item in found if item.reference_frameworks or query.return_incomplete))


def answer_evidence_types(query: EvidenceTypesQuery, catalogue: Catalogue) -> Requirements | Refused:
    """
    Give the requirement with the lists that hold in the country, or with all; declarations are not filtered.

    Raises `QueryRefused` for codes that no list has, and for an unknown requirement.
    """
    check_codes(query)
    requirement = catalogue.requirements.get(catalogue.naming.uuid_of_requirement(query.requirement_id) or "")
    if requirement is None:
        raise QueryRefused(EbCode.UNKNOWN_REQUIREMENT, "requirement-id", "there is no such requirement")
    lists = tuple(item for item in requirement.evidence_type_lists if _holds(item, query))
    return _answer(catalogue, [replace(requirement, evidence_type_lists=lists)] if lists else [])


def check_codes(query: RequirementsQuery | EvidenceTypesQuery) -> None:
    """Raise `QueryRefused` for a country or a region that is in no code list; LAU codes have too many to be shipped."""
    if query.country_code is not None and query.country_code not in codes("OOTS_Country"):
        raise QueryRefused(EbCode.COUNTRY, "country-code", "it is not in the code list OOTS_Country")
    if query.jurisdiction_admin_l2 is not None and query.jurisdiction_admin_l2 not in codes("NUTS"):
        raise QueryRefused(EbCode.JURISDICTION, "jurisdiction-admin-l2", "it is not in the code list NUTS")


def _answer(catalogue: Catalogue, requirements: Iterable[Requirement]) -> Requirements | Refused:
    found = tuple(requirements)
    if not found:
        nothing = as_exception(EbCode.EMPTY_RESULT, EMPTY)
        return Refused(interface=catalogue.interface, exceptions=(nothing,))
    return Requirements(interface=catalogue.interface, requirements=found)


def _matches(framework: ReferenceFramework, query: RequirementsQuery) -> bool:
    return query.procedure_id in {None, framework.procedure} and _is_in(framework.jurisdiction, query)


def _holds(item: EvidenceTypeList, query: EvidenceTypesQuery) -> bool:
    return any(_is_in(jurisdiction, query) for jurisdiction in item.holds_in)


def _is_in(jurisdiction: Jurisdiction, query: RequirementsQuery | EvidenceTypesQuery) -> bool:
    # What holds in a country holds in its regions; what holds in a region, in the smaller ones within it.
    region, unit = jurisdiction.admin_unit_level2, jurisdiction.admin_unit_level3
    asked_region, asked_unit = query.jurisdiction_admin_l2, query.jurisdiction_admin_l3
    return (
        query.country_code in {None, jurisdiction.admin_unit_level1}
        and (asked_region is None or region is None or asked_region.startswith(region))
        and (asked_unit is None or unit in {None, asked_unit})
    )
