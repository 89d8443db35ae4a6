from collections.abc import Callable
from dataclasses import replace

import pytest
from cs_strategies import ALL_INTERFACES

from oots.codes import DsdCode, EbCode
from oots.common_services.answers import DataServices, Refused, Requirements
from oots.common_services.data_service_directory import read_data_services, write_data_services
from oots.common_services.evidence_broker import write_requirements
from oots.common_services.interface import INTERFACES, V1_0, V1_1, V1_2, V2_0
from oots.common_services.model import (
    AccessService,
    AdditionalJurisdictionClassification,
    DataServiceEvidenceType,
    EvidenceProviderJurisdictionDetermination,
    EvidenceType,
    EvidenceTypeList,
    Jurisdiction,
    JurisdictionLevel,
    Publisher,
    ReferenceFramework,
    Requirement,
)
from oots.common_services.query_response import as_exception, write_refusal
from oots.edm.model import Address, Distribution, Identifier, MultilingualString
from oots.errors import CallerError, LineCannotCarry

TEXT = (MultilingualString(text="Demo", lang="EN"),)
ONLY_1 = {V1_0, V1_1, V1_2}
ONLY_2 = {V2_0}

FINLAND = Jurisdiction(admin_unit_level1="FI")
REGION = replace(FINLAND, regions=(AdditionalJurisdictionClassification(list_id="https://sr.example/x", code="1"),))
FRAMEWORK = ReferenceFramework(identifier="1", procedure="T1", jurisdiction=FINLAND)
EVIDENCE_TYPE = EvidenceType(classification="https://sr.example/e", titles=TEXT)
LIST = EvidenceTypeList(identifier="1", evidence_types=(EVIDENCE_TYPE,))
REQUIREMENT = Requirement(
    identifier="https://sr.example/r", names=TEXT, reference_frameworks=(FRAMEWORK,), evidence_type_lists=(LIST,)
)
PUBLISHER = Publisher(
    identifier=Identifier(value="REG", scheme_id="urn:x"),
    names=TEXT,
    address=Address(admin_unit_level1="FI"),
    jurisdiction=FINLAND,
)
ACCESS_SERVICE = AccessService(
    identifier=Identifier(value="AP", scheme_id="urn:x"), publisher=PUBLISHER, conforms_to=("oots-edm:v1.2",)
)
FORM = Distribution(format="application/xml", conforms_to="https://sr.example/m")
RECORD = DataServiceEvidenceType(
    identifier="1",
    classification="https://sr.example/e",
    titles=TEXT,
    distributions=(FORM,),
    access_services=(ACCESS_SERVICE,),
)


def _with_framework(jurisdiction: Jurisdiction) -> Requirement:
    return replace(REQUIREMENT, reference_frameworks=(replace(FRAMEWORK, jurisdiction=jurisdiction),))


def _with_list(**changes: object) -> Requirement:
    return replace(REQUIREMENT, evidence_type_lists=(replace(LIST, **changes),))  # type: ignore[arg-type]


def _with_type(**changes: object) -> Requirement:
    return _with_list(evidence_types=(replace(EVIDENCE_TYPE, **changes),))  # type: ignore[arg-type]


def _with_access(**changes: object) -> DataServiceEvidenceType:
    return replace(RECORD, access_services=(replace(ACCESS_SERVICE, **changes),))  # type: ignore[arg-type]


def _write(value: Requirement | DataServiceEvidenceType, interface: str) -> bytes:
    if isinstance(value, Requirement):
        return write_requirements(Requirements(interface=interface, requirements=(value,)))
    return write_data_services(DataServices(interface=interface, data_services=(value,)))


DETERMINATION = EvidenceProviderJurisdictionDetermination(
    jurisdiction_context_id="1", jurisdiction_contexts=TEXT, jurisdiction_level=JurisdictionLevel.LAU
)


@pytest.mark.parametrize(
    ("value", "versions", "place"),
    [
        (REQUIREMENT, {*ONLY_1, *ONLY_2}, ""),
        (RECORD, {*ONLY_1, *ONLY_2}, ""),
        (replace(REQUIREMENT, descriptions=TEXT), ONLY_2, "Requirement/Description"),
        (_with_framework(replace(FINLAND, admin_unit_level2="FI1")), ONLY_1, "Jurisdiction/AdminUnitLevel2"),
        (_with_framework(replace(FINLAND, admin_unit_level3="091")), ONLY_1, "Jurisdiction/AdminUnitLevel3"),
        (_with_framework(REGION), ONLY_2, "Jurisdiction/AdditionalJurisdictionClassification"),
        (_with_list(jurisdictions=(FINLAND,)), ONLY_2, "EvidenceTypeList/Jurisdiction"),
        (_with_list(evidence_types=()), ONLY_2, "EvidenceTypeList/MatchType"),
        (_with_type(jurisdictions=(FINLAND,)), ONLY_1, "EvidenceType/Jurisdiction"),
        (_with_type(structured_formats=("application/xml",)), ONLY_2, "StructuredEvidenceTypeDistribution"),
        (replace(RECORD, distributions=(replace(FORM, languages=("FI",)),)), ONLY_2, "DistributedAs/Language"),
        (
            replace(RECORD, distributions=(replace(FORM, transformation="https://sr.example/m/x"),)),
            ONLY_1,
            "DistributedAs/Transformation",
        ),
        (_with_access(names=TEXT), ONLY_2, "AccessService/Name"),
        (_with_access(publisher=replace(PUBLISHER, descriptions=TEXT)), ONLY_2, "Publisher/Description"),
        (_with_access(conforms_to=("oots-edm:v1.2", "oots-edm:v2.0")), {V1_1, V1_2, V2_0}, "one version only"),
        (
            replace(RECORD, jurisdiction_determination=DETERMINATION),
            ONLY_1,
            "DataServiceEvidenceType/EvidenceProviderJurisdictionDetermination",
        ),
    ],
)
def test_a_version_writes_what_it_has_a_place_for_and_says_what_it_has_not(
    value: Requirement | DataServiceEvidenceType, versions: set[str], place: str
) -> None:
    for interface in ALL_INTERFACES:
        if interface in versions:
            assert _write(value, interface)
            continue
        with pytest.raises(LineCannotCarry, match=place) as refused:
            _write(value, interface)
        assert refused.value.line == interface


@pytest.mark.parametrize(
    ("record", "text"),
    [
        (replace(RECORD, distributions=()), "R-DSD-RESP-S027"),
        (replace(RECORD, access_services=()), "R-DSD-RESP-S014"),
        (_with_access(conforms_to=()), "R-DSD-RESP-C015"),
        (_with_access(publisher=replace(PUBLISHER, address=None)), "R-DSD-RESP-C018"),
        (_with_access(publisher=replace(PUBLISHER, jurisdiction=None)), "R-DSD-RESP-C018"),
    ],
)
def test_a_directory_does_not_write_what_only_foreign_answers_lack(record: DataServiceEvidenceType, text: str) -> None:
    with pytest.raises(CallerError, match=text):
        _write(record, V2_0)


def test_a_transformation_is_of_a_data_model() -> None:
    cut = Distribution(format="application/xml", transformation="https://sr.example/m/x")

    with pytest.raises(LineCannotCarry, match="R-DSD-RESP-C040"):
        _write(replace(RECORD, distributions=(cut,)), V1_2)


def _refusal(interface: str) -> bytes:
    return write_refusal(Refused(interface=interface, exceptions=(as_exception(EbCode.EMPTY_RESULT),)))


@pytest.mark.parametrize(
    "write", [_refusal, lambda interface: _write(REQUIREMENT, interface), lambda interface: _write(RECORD, interface)]
)
def test_every_answer_says_its_version_but_that_of_1_0(write: Callable[[str], bytes]) -> None:
    for interface in INTERFACES:
        assert (f"<rim:Value>{interface}</rim:Value>".encode() in write(interface)) is (interface != V1_0)
    with pytest.raises(CallerError, match="interface is none of"):
        write("oots-cs:v3.0")


@pytest.mark.parametrize("code", [*EbCode, *DsdCode])
def test_an_exception_is_written_in_the_words_of_its_code_list(code: EbCode | DsdCode) -> None:
    body = write_refusal(Refused(interface=V2_0, exceptions=(as_exception(code, "here"),))).decode()

    severity = (
        "urn:sr.oots.tech.ec.europa.eu:codes:ErrorSeverity:DSDErrorResponse:AdditionalInput"
        if code is DsdCode.ADDITIONAL_INPUT
        else "urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Error"
    )
    assert f'xsi:type="{code.exception_type}"' in body
    assert f'severity="{severity}"' in body
    assert f'message="{code.message}"' in body
    assert f'code="{code.value}"' in body
    assert 'detail="here"' in body


def test_a_refusal_says_something() -> None:
    with pytest.raises(CallerError, match="at least one exception"):
        write_refusal(Refused(interface=V2_0, exceptions=()))
    nameless = replace(as_exception(EbCode.QUERY), code=None)
    with pytest.raises(CallerError, match="written with a code"):
        write_refusal(Refused(interface=V2_0, exceptions=(nameless,)))


def test_registry_objects_of_one_answer_have_different_ids_and_the_same_answer_is_the_same_bytes() -> None:
    answer = DataServices(interface=V2_0, data_services=(RECORD, RECORD))
    body = write_data_services(answer)

    ids = [piece.partition('"')[0] for piece in body.decode().split('<rim:RegistryObject id="')[1:]]
    assert len(set(ids)) == 2
    assert write_data_services(answer) == body
    assert read_data_services(body, V2_0) == answer
