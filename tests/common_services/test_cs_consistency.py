from dataclasses import replace

import pytest

from oots.common_services.consistency import (
    inconsistencies_of_data_service,
    inconsistencies_of_requirement,
)
from oots.common_services.model import (
    AccessService,
    AdditionalJurisdictionClassification,
    ClassificationConcept,
    DataServiceEvidenceType,
    EvidenceType,
    EvidenceTypeList,
    Jurisdiction,
    Publisher,
    ReferenceFramework,
    Requirement,
)
from oots.edm.model import Address, Identifier, MultilingualString

SR = "https://sr.demo.oots.tech.ec.europa.eu"
REGIONS = f"{SR}/codelists/PT/DemoRegiao"
NAMED = (MultilingualString(text="Demo", lang="EN"),)
TEST_REQUIREMENT = f"{SR}/requirements/00000000-0000-0000-0000-000000000000"


def _in(country: str, *codes: str, scheme: str = REGIONS) -> Jurisdiction:
    regions = tuple(AdditionalJurisdictionClassification(list_id=scheme, code=code) for code in codes)
    return Jurisdiction(admin_unit_level1=country, regions=regions)


def _list(name: str, jurisdiction: Jurisdiction, *types: str) -> EvidenceTypeList:
    return EvidenceTypeList(
        identifier=name,
        evidence_types=tuple(EvidenceType(classification=item, titles=NAMED) for item in types),
        jurisdictions=(jurisdiction,),
    )


def _requirement(
    *lists: EvidenceTypeList, procedure: str = "T1", identifier: str = f"{SR}/requirements/1"
) -> Requirement:
    framework = ReferenceFramework(identifier="1", procedure=procedure, jurisdiction=_in("FI"))
    return Requirement(identifier=identifier, names=NAMED, reference_frameworks=(framework,), evidence_type_lists=lists)


def _rules(requirement: Requirement, **more: bool) -> list[str]:
    found = inconsistencies_of_requirement(requirement, {REGIONS: {"PT11", "PT20"}}, **more)
    return [item.rule for item in found]


@pytest.mark.parametrize(
    ("none", "some", "rules"),
    [
        (_in("PT"), _in("PT"), ["CSX-05"]),
        (_in("PT", "PT20"), _in("PT"), ["CSX-05"]),
        (_in("PT", "PT20"), _in("PT", "PT11", "PT20"), ["CSX-05"]),
        (_in("PT", "PT20"), _in("PT", "PT11"), []),
        (_in("PT"), _in("FI"), []),
    ],
)
def test_csx_05_a_country_does_not_say_of_one_place_that_it_has_evidence_and_none(
    none: Jurisdiction, some: Jurisdiction, rules: list[str]
) -> None:
    assert _rules(_requirement(_list("a", none), _list("b", some, "x"))) == rules
    assert _rules(_requirement(_list("b", some, "x"), _list("a", none))) == rules


def test_csx_05_several_ways_to_prove_something_do_not_contradict_each_other() -> None:
    assert _rules(_requirement(_list("a", _in("PT"), "x"), _list("b", _in("PT"), "y"))) == []


@pytest.mark.parametrize(
    "place", [_in("FI", "PT20"), _in("PT", "PT99"), _in("PT", "PT20", scheme=f"{SR}/lists/PT/DemoRegiao")]
)
def test_csx_04_a_region_is_of_a_list_of_its_country(place: Jurisdiction) -> None:
    assert _rules(_requirement(_list("a", place, "x"))) == ["CSX-04"]


def test_csx_04_a_list_that_is_not_at_hand_is_not_judged() -> None:
    elsewhere = _in("AT", "AT13", scheme=f"{SR}/codelists/AT/DemoBundesland")

    assert _rules(_requirement(_list("a", elsewhere, "x"))) == []


@pytest.mark.parametrize(
    ("identifier", "procedure", "in_production", "rules"),
    [
        (TEST_REQUIREMENT, "T1", True, ["CSX-06"]),
        (TEST_REQUIREMENT.replace("0000-0000-0000-000000000000", "ffff-ffff-ffff-ffffffffffff"), "T1", True, []),
        (f"{SR}/requirements/ffffffff-ffff-ffff-ffff-ffffffffffff", "T1", True, ["CSX-06"]),
        (TEST_REQUIREMENT, "00", True, []),
        (TEST_REQUIREMENT, "T1", False, []),
    ],
)
def test_csx_06_a_test_requirement_is_of_procedure_00_in_production(
    identifier: str, procedure: str, in_production: bool, rules: list[str]
) -> None:
    requirement = _requirement(procedure=procedure, identifier=identifier)

    assert _rules(requirement, in_production=in_production) == rules


CONCEPT = ClassificationConcept(
    identifier=Identifier(value="8c6ce681-350c-5639-a999-d4059599caff", scheme_id=REGIONS),
    type="codelist",
    descriptions=NAMED,
    value_expression=REGIONS,
)


def _record(*concepts: ClassificationConcept, jurisdiction: Jurisdiction | None = None) -> DataServiceEvidenceType:
    publisher = Publisher(
        identifier=Identifier(value="REG", scheme_id="x"),
        names=NAMED,
        address=Address(admin_unit_level1="PT"),
        jurisdiction=jurisdiction,
        concepts=concepts,
    )
    gateway = Identifier(value="AP", scheme_id="x")
    return DataServiceEvidenceType(
        identifier="1",
        classification="x",
        titles=NAMED,
        access_services=(AccessService(identifier=gateway, publisher=publisher, conforms_to=("oots-edm:v2.0",)),),
        classifications=(CONCEPT,),
    )


@pytest.mark.parametrize(
    ("record", "rules"),
    [
        (_record(replace(CONCEPT, supported_values=("PT20",))), []),
        (_record(), ["CSX-02"]),
        (_record(replace(CONCEPT, supported_values=("PT99",))), ["CSX-03"]),
        (_record(replace(CONCEPT, supported_values=("PT20",)), jurisdiction=_in("FI", "PT20")), ["CSX-04"]),
    ],
)
def test_csx_02_03_04_what_tells_providers_apart_is_said_of_each_in_codes_of_its_list(
    record: DataServiceEvidenceType, rules: list[str]
) -> None:
    found = inconsistencies_of_data_service(record, {REGIONS: {"PT11", "PT20"}})

    assert [item.rule for item in found] == rules
