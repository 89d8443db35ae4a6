"""The Evidence Broker finds what is declared, and filters as the Commission's instance does."""

import pytest

from oots.common_services.answers import Refused, Requirements
from oots.common_services.interface import V1_0, V1_1, V1_2, V2_0
from oots.common_services.model import EvidenceTypeList, Jurisdiction, Requirement
from oots.common_services.queries import EvidenceTypesQuery
from tests.directory.desks import (
    BIRTH,
    CITIZENSHIP,
    DEGREE,
    DOMICILE,
    REPOSITORY,
    REPOSITORY_1,
    TEST,
    Desk,
    requirement,
)

TRANSCRIPT = "f56ad8cf-268a-4542-8193-216dcecd5676"


def given(answer: Requirements | Refused) -> dict[str, Requirement]:
    assert isinstance(answer, Requirements), answer
    assert not answer.set_aside
    return {item.identifier.rpartition("/")[2]: item for item in answer.requirements}


def lists_of(answer: Requirements | Refused) -> dict[str, EvidenceTypeList]:
    [found] = given(answer).values()
    return {item.identifier[:8]: item for item in found.evidence_type_lists}


@pytest.mark.assertion("S-03")
def test_a_procedure_has_all_its_requirements_each_with_the_declarations_that_match(desk: Desk) -> None:
    found = given(desk.requirements(procedure_id="T1", country_code="FI"))

    assert set(found) == {DEGREE, TRANSCRIPT}
    for item in found.values():
        assert [(framework.procedure, framework.jurisdiction) for framework in item.reference_frameworks] == [
            ("T1", Jurisdiction(admin_unit_level1="FI"))
        ]
        assert not item.evidence_type_lists


@pytest.mark.assertion("S-03")
def test_a_country_alone_gives_all_its_procedures(desk: Desk) -> None:
    found = given(desk.requirements(country_code="PT"))

    procedures = {
        framework.procedure
        for item in found.values()
        for framework in item.reference_frameworks
        if framework.jurisdiction.admin_unit_level1 == "PT"
    }
    assert set(found) == {TEST, DEGREE, BIRTH, CITIZENSHIP}
    assert procedures == {"00", "T2", "S1"}


@pytest.mark.assertion("S-03")
def test_without_parameters_everything_is_given(desk: Desk) -> None:
    found = given(desk.requirements())

    assert len(found) == 7
    assert {framework.jurisdiction.admin_unit_level1 for framework in found[TEST].reference_frameworks} == {
        "AT",
        "FI",
        "PT",
    }


def test_requirements_that_nobody_declares_are_given_when_asked_for(desk: Desk) -> None:
    found = given(desk.requirements(procedure_id="R1", country_code="AT", return_incomplete=True))

    assert len(found) == 7
    assert [uuid for uuid, item in found.items() if item.reference_frameworks] == [BIRTH]


@pytest.mark.assertion("S-03")
def test_lists_are_filtered_by_country_and_declarations_are_not(desk: Desk) -> None:
    [found] = given(desk.evidence_types(DEGREE, country_code="PT")).values()

    assert {item.identifier[:8] for item in found.evidence_type_lists} == {"55d80238", "1b8e8800"}
    assert {item.jurisdiction.admin_unit_level1 for item in found.reference_frameworks} == {"FI", "PT"}


@pytest.mark.assertion("S-03")
def test_without_a_country_the_lists_of_all_come(desk: Desk) -> None:
    assert set(lists_of(desk.evidence_types(DEGREE))) == {"55d80238", "1b8e8800", "857c96b6"}


def test_a_list_has_all_types_that_are_needed_together(desk: Desk) -> None:
    found = lists_of(desk.evidence_types(DEGREE, country_code="PT"))

    together, supplement = found["55d80238"], found["1b8e8800"]
    assert [item.classification.split("/")[-2] for item in together.evidence_types] == ["PT", "PT"]
    assert together.evidence_types[1].structured_formats == ("application/json",)
    assert [item.classification.split("/")[-2] for item in supplement.evidence_types] == ["oots"]


def test_a_state_may_say_that_it_has_no_such_evidence_in_a_region(desk: Desk) -> None:
    [found] = lists_of(desk.evidence_types(DOMICILE, country_code="PT")).values()

    assert found.is_no_match
    assert found.match_descriptions[0].text == "The autonomous region issues no such document."
    assert [(region.list_id, region.code) for region in found.jurisdictions[0].regions] == [
        (f"{REPOSITORY}/codelists/PT/DemoRegiao", "PT20")
    ]


def test_a_state_that_says_nothing_is_another_case(desk: Desk) -> None:
    answer = desk.evidence_types(CITIZENSHIP, country_code="FI")

    assert isinstance(answer, Refused)
    assert (answer.code, answer.exceptions[0].detail) == ("EB:ERR:0001", "EMPTY_RESULT")


@pytest.mark.parametrize("repository", [REPOSITORY, REPOSITORY_1, "HTTPS://SR.demo.oots.tech.ec.europa.eu"])
def test_a_requirement_is_known_by_its_name_in_either_line(desk: Desk, repository: str) -> None:
    query = EvidenceTypesQuery(requirement_id=requirement(BIRTH.upper(), repository), country_code="AT")
    answer = desk.ask(query)

    assert isinstance(answer, Requirements)
    assert answer.requirements[0].identifier == requirement(BIRTH)


@pytest.mark.assertion("S-05")
@pytest.mark.parametrize("version", [V1_0, V1_1, V1_2])
def test_lines_1_name_no_environment_and_no_list_of_a_member_state(desk: Desk, version: str) -> None:
    found = given(desk.requirements(version=version))

    assert all(item.identifier.startswith(f"{REPOSITORY_1}/") for item in found.values())
    assert not any(item.descriptions for item in found.values())
    [in_tyrol] = found["8fc2d46a-3443-4a7c-adef-550ce659a5cc"].reference_frameworks
    assert in_tyrol.jurisdiction == Jurisdiction(admin_unit_level1="AT", admin_unit_level2="AT33")


@pytest.mark.assertion("S-05")
@pytest.mark.parametrize("version", [V1_0, V1_1, V1_2])
def test_in_lines_1_types_say_where_they_hold_and_nobody_says_that_there_is_none(desk: Desk, version: str) -> None:
    found = lists_of(desk.evidence_types(DEGREE, country_code="PT", version=version))
    nothing = desk.evidence_types(DOMICILE, country_code="PT", version=version)

    assert all(not item.jurisdictions for item in found.values())
    assert {evidence.jurisdictions for item in found.values() for evidence in item.evidence_types} == {
        (Jurisdiction(admin_unit_level1="PT"),)
    }
    assert isinstance(nothing, Refused)
    assert nothing.code == "EB:ERR:0001"


@pytest.mark.parametrize(("region", "is_found"), [("AT33", True), ("AT332", True), ("AT13", False), ("AT3", False)])
def test_what_holds_in_a_region_is_found_from_within_it(desk: Desk, region: str, is_found: bool) -> None:
    answer = desk.requirements(procedure_id="X1", country_code="AT", jurisdiction_admin_l2=region, version=V1_2)

    assert isinstance(answer, Requirements) is is_found


def test_the_version_is_said_from_1_1_on(desk: Desk) -> None:
    for version in (V1_1, V1_2, V2_0):
        assert given(desk.requirements(version=version))
