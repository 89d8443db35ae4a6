from typing import Any

import pytest
from cs_strategies import ALL_INTERFACES

from oots.codes import DsdCode, EbCode
from oots.common_services.interface import (
    DATA_SERVICES,
    EVIDENCE_TYPES,
    REQUIREMENTS,
    V1_0,
    V1_1,
    V1_2,
    V2_0,
    Service,
    negotiate,
)
from oots.common_services.queries import (
    MAX_ANSWERS,
    ConceptAnswer,
    DataServicesQuery,
    EvidenceTypesQuery,
    Query,
    RequirementsQuery,
    read_query,
)
from oots.errors import CallerError, QueryRefused

EB, DSD = Service.EVIDENCE_BROKER, Service.DATA_SERVICE_DIRECTORY
HOST = "https://sr.acc.oots.tech.ec.europa.eu"
REQUIREMENT = f"{HOST}/requirements/df81cba1-1936-46fe-ad4b-53254b79bf55"
CLASSIFICATION = f"{HOST}/evidencetypeclassifications/AT/0444376d-35f4-58f5-b995-2a4df619cb58"
CONCEPT = "8c6ce681-350c-5639-a999-d4059599caff"
HOSTILE = ["", " ", "FI'--", "<FI/>", "%46%49", "FI\n", "FI,AT", "ＦＩ", "x" * 5000]


def test_the_queries_have_the_ids_and_parameters_of_the_standard() -> None:
    assert RequirementsQuery(procedure_id="R1", country_code="AT", return_incomplete=True).parameters() == (
        ("queryId", "urn:fdc:oots:eb:ebxml-regrep:queries:requirements-by-procedure-and-jurisdiction"),
        ("procedure-id", "R1"),
        ("country-code", "AT"),
        ("return-incomplete", "true"),
    )
    assert EvidenceTypesQuery(requirement_id=REQUIREMENT).parameters() == (
        ("queryId", "urn:fdc:oots:eb:ebxml-regrep:queries:evidence-types-by-requirement-and-jurisdiction"),
        ("requirement-id", REQUIREMENT),
    )
    answers = (ConceptAnswer(concept=CONCEPT, value="AT13"),)
    query = DataServicesQuery(
        evidence_type_classification=CLASSIFICATION,
        country_code="AT",
        specification="oots-edm:v2.0",
        answers=answers,
    )
    assert query.parameters() == (
        ("queryId", "urn:fdc:oots:dsd:ebxml-regrep:queries:dataservices-by-evidencetype-and-jurisdiction"),
        ("evidence-type-classification", CLASSIFICATION),
        ("country-code", "AT"),
        ("specification", "oots-edm:v2.0"),
        (CONCEPT, "AT13"),
    )


def test_a_query_without_parameters_asks_for_the_whole_catalogue() -> None:
    assert RequirementsQuery().parameters() == (("queryId", REQUIREMENTS),)


_PLACE: dict[str, str] = {"jurisdiction_admin_l2": "AT13", "jurisdiction_admin_l3": "11000000"}
_QUERIES: dict[type[Query], dict[str, str]] = {
    RequirementsQuery: {},
    EvidenceTypesQuery: {"requirement_id": REQUIREMENT},
    DataServicesQuery: {"evidence_type_classification": CLASSIFICATION, "country_code": "AT"},
}


@pytest.mark.parametrize(
    ("query", "extra", "versions"),
    [
        (RequirementsQuery, _PLACE, {V1_0, V1_1, V1_2}),
        (RequirementsQuery, {"return_incomplete": True}, {V2_0}),
        (EvidenceTypesQuery, _PLACE, {V1_0, V1_1}),
        (DataServicesQuery, _PLACE, {V1_0, V1_1, V1_2}),
        (DataServicesQuery, {"jurisdiction_context_id": CONCEPT}, {V1_0, V1_1, V1_2}),
        (DataServicesQuery, {"evidence_type_id": CONCEPT}, {V1_0, V1_1}),
        (DataServicesQuery, {"specification": "oots-edm:v1.2"}, {V1_1, V1_2, V2_0}),
    ],
)
def test_a_parameter_is_sent_in_the_versions_that_have_it_only(
    query: type[Query], extra: dict[str, Any], versions: set[str]
) -> None:
    sent = {interface for interface in ALL_INTERFACES if _is_sent(query, interface, extra)}

    assert sent == versions


def _is_sent(query: type[Query], interface: str, extra: dict[str, Any]) -> bool:
    try:
        made = query(interface=interface, **_QUERIES[query], **extra)
    except QueryRefused:
        return False
    return {name.replace("-", "_") for name, _ in made.parameters()} >= set(extra)


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        (RequirementsQuery, "procedure_id", EbCode.PROCEDURE),
        (RequirementsQuery, "country_code", EbCode.COUNTRY),
        (RequirementsQuery, "jurisdiction_admin_l2", EbCode.JURISDICTION),
        (RequirementsQuery, "jurisdiction_admin_l3", EbCode.JURISDICTION),
        (EvidenceTypesQuery, "requirement_id", EbCode.PARAMETERS),
        (EvidenceTypesQuery, "country_code", EbCode.COUNTRY),
        (DataServicesQuery, "evidence_type_classification", DsdCode.PARAMETERS),
        (DataServicesQuery, "country_code", DsdCode.PARAMETERS),
        (DataServicesQuery, "evidence_type_id", DsdCode.PARAMETERS),
        (DataServicesQuery, "jurisdiction_context_id", DsdCode.PARAMETERS),
        (DataServicesQuery, "jurisdiction_admin_l2", DsdCode.ANSWER),
        (DataServicesQuery, "jurisdiction_admin_l3", DsdCode.ANSWER),
    ],
)
def test_a_value_that_cannot_be_right_is_refused_by_the_name_of_its_parameter(
    query: type[Query], field: str, code: EbCode | DsdCode, value: str
) -> None:
    with pytest.raises(QueryRefused) as refused:
        query(interface=V1_0, **(_QUERIES[query] | {field: value}))

    assert refused.value.parameter == field.replace("_", "-")
    assert refused.value.code is code
    assert not value.strip() or value not in str(refused.value)


@pytest.mark.parametrize("value", ["oots-edm:v2", "oots-edm:v2.0 ", "OOTS-EDM:v2.0", "2.0"])
def test_a_specification_is_a_version_of_the_exchange_data_model(value: str) -> None:
    with pytest.raises(QueryRefused, match=r"^specification: no version like oots-edm:v2\.0"):
        DataServicesQuery(evidence_type_classification=CLASSIFICATION, country_code="AT", specification=value)


def test_greece_is_el() -> None:
    assert RequirementsQuery(country_code="EL").country_code == "EL"
    with pytest.raises(QueryRefused, match="that of Greece is EL"):
        RequirementsQuery(country_code="GR")


@pytest.mark.parametrize("segment", ["AT", "EU", "oots"])
def test_an_evidence_type_may_be_of_a_country_of_the_union_or_of_the_system(segment: str) -> None:
    url = CLASSIFICATION.replace("/AT/", f"/{segment}/")

    assert DataServicesQuery(evidence_type_classification=url, country_code="AT").evidence_type_classification == url


def test_a_version_that_is_not_spoken_cannot_be_asked() -> None:
    with pytest.raises(CallerError, match=r"interface is none of oots-cs:v1\.0"):
        RequirementsQuery(interface="oots-cs:v3.0")


def _with_answers(*answers: tuple[str, str]) -> DataServicesQuery:
    return DataServicesQuery(
        evidence_type_classification=CLASSIFICATION,
        country_code="AT",
        answers=tuple(ConceptAnswer(concept=concept, value=value) for concept, value in answers),
    )


@pytest.mark.parametrize(
    ("answers", "parameter", "code"),
    [
        ([("country-code", "AT")], "answers", DsdCode.PARAMETERS),
        ([(CONCEPT, "AT13"), (CONCEPT.upper(), "AT33")], "answers", DsdCode.PARAMETERS),
        ([(f"{n:08x}{CONCEPT[8:]}", "AT13") for n in range(MAX_ANSWERS + 1)], "answers", DsdCode.PARAMETERS),
        ([(CONCEPT, "")], CONCEPT, DsdCode.ANSWER),
        ([(CONCEPT, " ")], CONCEPT, DsdCode.ANSWER),
        ([(CONCEPT, "a\nb")], CONCEPT, DsdCode.ANSWER),
        ([(CONCEPT, "a" * 257)], CONCEPT, DsdCode.ANSWER),
    ],
)
def test_an_answer_of_the_user_has_the_name_of_a_concept_once_and_a_value(
    answers: list[tuple[str, str]], parameter: str, code: DsdCode
) -> None:
    with pytest.raises(QueryRefused) as refused:
        _with_answers(*answers)

    assert (refused.value.parameter, refused.value.code) == (parameter, code)


def test_as_many_answers_as_may_be_are_sent() -> None:
    values = ["x", *["x" * 256] * (MAX_ANSWERS - 1)]

    query = _with_answers(*((f"{n:08x}{CONCEPT[8:]}", value) for n, value in enumerate(values)))

    assert len(query.parameters()) == 3 + MAX_ANSWERS


def test_what_a_user_answered_is_not_in_the_text_of_a_query() -> None:
    query = DataServicesQuery(
        interface=V1_0,
        evidence_type_classification=CLASSIFICATION,
        country_code="AT",
        jurisdiction_admin_l3="11000000",
        answers=(ConceptAnswer(concept=CONCEPT, value="Vienna"),),
    )

    assert "Vienna" not in repr(query)
    assert "11000000" not in repr(query)


_EB1, _EB2, _DSD = ("queryId", REQUIREMENTS), ("queryId", EVIDENCE_TYPES), ("queryId", DATA_SERVICES)


@pytest.mark.parametrize(
    ("service", "parameters", "parameter", "code"),
    [
        (EB, [], "queryId", EbCode.QUERY),
        (EB, [("queryId", "urn:x")], "queryId", EbCode.QUERY),
        (EB, [_DSD], "queryId", EbCode.QUERY),
        (DSD, [_EB1], "queryId", DsdCode.QUERY),
        (DSD, [], "queryId", DsdCode.QUERY),
        (EB, [_EB1, _EB1], "queryId", EbCode.PARAMETERS),
        (EB, [_EB1, ("country-code", "FI"), ("country-code", "FI")], "country-code", EbCode.PARAMETERS),
        (EB, [_EB1, ("wrong-key", "FI")], "wrong-key", EbCode.PARAMETERS),
        (EB, [_EB1, ("<script>", "FI")], "(unreadable name)", EbCode.PARAMETERS),
        (EB, [_EB1, ("startIndex", "0")], "startIndex", EbCode.PARAMETERS),
        (EB, [_EB1, ("requirement-id", REQUIREMENT)], "requirement-id", EbCode.PARAMETERS),
        (EB, [_EB1, ("Country-Code", "FI")], "Country-Code", EbCode.PARAMETERS),
        (EB, [_EB1, (CONCEPT, "AT13")], CONCEPT, EbCode.PARAMETERS),
        (EB, [_EB1, ("return-incomplete", "1")], "return-incomplete", EbCode.PARAMETERS),
        (EB, [_EB1, ("jurisdiction-admin-l2", "AT13")], "jurisdiction-admin-l2", EbCode.PARAMETERS),
        (EB, [_EB1, ("country-code", "fi")], "country-code", EbCode.COUNTRY),
        (EB, [_EB2, ("country-code", "FI")], "requirement-id", EbCode.UNKNOWN_REQUIREMENT),
        (DSD, [_DSD, ("country-code", "FI")], "evidence-type-classification", DsdCode.PARAMETERS),
        (DSD, [_DSD, ("evidence-type-classification", CLASSIFICATION)], "country-code", DsdCode.PARAMETERS),
    ],
)
def test_a_directory_tells_which_parameter_it_does_not_take(
    service: Service, parameters: list[tuple[str, str]], parameter: str, code: EbCode | DsdCode
) -> None:
    with pytest.raises(QueryRefused) as refused:
        read_query(parameters, service, interface=V2_0)

    assert (refused.value.parameter, refused.value.code) == (parameter, code)


def test_an_old_version_has_no_incomplete_requirements_even_when_nobody_wants_them() -> None:
    with pytest.raises(QueryRefused, match="return-incomplete"):
        read_query([_EB1, ("return-incomplete", "false")], EB, interface=V1_2)


@pytest.mark.parametrize(
    ("fields", "version"),
    [
        ([], V1_0),
        ([""], V1_0),
        (["oots-cs:v2.0"], V2_0),
        (["oots-cs:v1.2, oots-cs:v2.0"], V2_0),
        (["oots-cs:v2.0,oots-cs:v1.2"], V2_0),
        (["oots-cs:v1.1", "oots-cs:v1.2"], V1_2),
        (["oots-cs:v9.0", "oots-cs:v1.0"], V1_0),
    ],
)
def test_the_highest_version_that_both_speak_is_answered_and_the_first_one_without_a_wish(
    fields: list[str], version: str
) -> None:
    assert negotiate(fields, EB) == version


@pytest.mark.parametrize(("service", "code"), [(EB, EbCode.PARAMETERS), (DSD, DsdCode.PARAMETERS)])
@pytest.mark.parametrize("field", ["oots-cs:v3.0", "OOTS-CS:V2.0", "*", "oots-edm:v2.0", "oots-cs:v2.0;q=1"])
def test_a_version_that_nobody_speaks_is_refused(service: Service, code: EbCode | DsdCode, field: str) -> None:
    with pytest.raises(QueryRefused) as refused:
        negotiate([field], service)

    assert (refused.value.parameter, refused.value.code) == ("Accept-Version", code)
