"""The Data Service Directory names providers, or asks what tells them apart, until it can."""

import pytest

from oots.common_services.answers import DataServices, QuestionForUser, Refused
from oots.common_services.interface import V1_0, V1_1, V1_2, V2_0
from oots.common_services.model import (
    ClassificationConcept,
    DataServiceEvidenceType,
    EvidenceProviderJurisdictionDetermination,
    Jurisdiction,
    JurisdictionLevel,
)
from oots.common_services.queries import ConceptAnswer
from oots.common_services.questions import question_id
from oots.edm.model import LevelOfAssurance
from tests.directory.desks import (
    AT_BIRTH,
    AT_RESIDENCE,
    BEFORE_2007,
    FEDERAL_STATE,
    FI_DEGREE,
    INSTITUTION,
    PLACE_OF_RESIDENCE,
    PT_BIRTH,
    PT_DIPLOMA,
    PT_TRANSCRIPT,
    REPOSITORY,
    REPOSITORY_1,
    SUPPLEMENT,
    Answer,
    Desk,
)


def answers(**values: str) -> tuple[ConceptAnswer, ...]:
    names = {"state": FEDERAL_STATE, "institution": INSTITUTION, "before": BEFORE_2007}
    return tuple(ConceptAnswer(concept=names[name], value=value) for name, value in values.items())


def record(answer: Answer) -> DataServiceEvidenceType:
    assert isinstance(answer, DataServices), answer
    assert not answer.set_aside
    [found] = answer.data_services
    return found


def publishers(answer: Answer) -> list[str]:
    return [item.publisher.identifier.value for item in record(answer).access_services]


def asked(answer: Answer) -> list[str]:
    assert isinstance(answer, QuestionForUser), answer
    return [question_id(question) for question in answer.questions]


def code(answer: Answer) -> str | None:
    assert isinstance(answer, Refused), answer
    return answer.code


def test_an_access_point_is_one_thing_and_the_provider_behind_it_another(desk: Desk) -> None:
    found = record(desk.data_services(AT_BIRTH, "AT"))

    assert {item.identifier.value for item in found.access_services} == {"AP_AT_DEMO"}
    assert [item.publisher.identifier.value for item in found.access_services] == ["ZPR-NORD-DEMO", "ZPR-SUED-DEMO"]
    assert found.authentication_level_of_assurance is LevelOfAssurance.HIGH
    assert found.distributions[0].languages == ("DE",)


def test_versions_of_the_data_model_belong_to_access_points(desk: Desk) -> None:
    both = record(desk.data_services(FI_DEGREE, "FI"))
    new = record(desk.data_services(FI_DEGREE, "FI", specification="oots-edm:v2.0"))
    nobody = desk.data_services(FI_DEGREE, "FI", specification="oots-edm:v3.0")

    assert [(item.identifier.value, item.conforms_to) for item in both.access_services] == [
        ("AP_FI_DEMO", ("oots-edm:v1.2", "oots-edm:v2.0")),
        ("AP_FI_OLD", ("oots-edm:v1.2",)),
    ]
    assert [item.identifier.value for item in new.access_services] == ["AP_FI_DEMO"]
    assert code(nobody) == "DSD:ERR:0001"


def test_models_of_structured_forms_are_urls_of_the_repository(desk: Desk) -> None:
    found = record(desk.data_services(FI_DEGREE, "FI"))

    assert [(form.format, form.conforms_to) for form in found.distributions] == [
        ("application/pdf", None),
        ("application/xml", f"{REPOSITORY}/datamodels/demo-degree-1.0.0"),
    ]


@pytest.mark.assertion("S-06")
def test_a_question_comes_first_with_its_code_list_and_without_providers(desk: Desk) -> None:
    answer = desk.data_services(AT_RESIDENCE, "AT")

    assert asked(answer) == [FEDERAL_STATE]
    assert isinstance(answer, QuestionForUser)
    [question] = answer.questions
    assert isinstance(question, ClassificationConcept)
    assert question.type == "codelist"
    assert question.value_expression == f"{REPOSITORY}/codelists/AT/DemoBundesland" == question.identifier.scheme_id
    assert [item.lang for item in question.descriptions] == ["EN", "DE"]
    assert not answer.data_service.access_services


@pytest.mark.assertion("S-06")
@pytest.mark.parametrize(("state", "provider"), [("AT13", "REG-WIEN-DEMO"), ("AT32", "REG-WEST-DEMO")])
def test_the_answer_selects_the_provider(desk: Desk, state: str, provider: str) -> None:
    answer = desk.data_services(AT_RESIDENCE, "AT", answers=answers(state=state))

    assert publishers(answer) == [provider]
    [concept] = record(answer).access_services[0].publisher.concepts
    assert state in concept.supported_values
    assert [item.identifier.value for item in record(answer).classifications] == [FEDERAL_STATE]


@pytest.mark.assertion("S-06")
def test_two_questions_come_at_once_and_one_answer_leaves_the_other(desk: Desk) -> None:
    assert asked(desk.data_services(PT_DIPLOMA, "PT")) == [INSTITUTION, BEFORE_2007]
    assert asked(desk.data_services(PT_DIPLOMA, "PT", answers=answers(institution="UPD"))) == [BEFORE_2007]
    assert asked(desk.data_services(PT_DIPLOMA, "PT", answers=answers(before="true"))) == [INSTITUTION]


@pytest.mark.assertion("S-06")
@pytest.mark.parametrize("before", ["false", "0"])
def test_all_answers_together_give_a_success(desk: Desk, before: str) -> None:
    answer = desk.data_services(PT_DIPLOMA, "PT", answers=answers(institution="UPD", before=before))

    assert publishers(answer) == ["UPD"]


@pytest.mark.assertion("S-06")
def test_answers_that_no_provider_is_there_for_leave_nobody(desk: Desk) -> None:
    answer = desk.data_services(PT_DIPLOMA, "PT", answers=answers(institution="UPD", before="true"))

    assert code(answer) == "DSD:ERR:0001"


@pytest.mark.assertion("S-06")
@pytest.mark.parametrize(
    "wrong", [answers(institution="XXX"), answers(institution="upd"), answers(before="perhaps", institution="UPD")]
)
def test_an_answer_that_the_question_does_not_have_is_asked_for_again(
    desk: Desk, wrong: tuple[ConceptAnswer, ...]
) -> None:
    assert code(desk.data_services(PT_DIPLOMA, "PT", answers=wrong)) == "DSD:ERR:0006"


def test_only_the_question_of_the_evidence_type_is_asked(desk: Desk) -> None:
    assert publishers(desk.data_services(PT_TRANSCRIPT, "PT", answers=answers(institution="ISD"))) == ["ISD"]


@pytest.mark.assertion("S-02")
@pytest.mark.parametrize(
    ("name", "country"),
    [(PT_BIRTH, "PT"), (SUPPLEMENT, "PT"), (AT_BIRTH, "FI"), (AT_BIRTH, "EU")],
    ids=["declared, not provided", "agreed by all", "of another country", "of no country"],
)
def test_a_type_that_nobody_provides_is_known_all_the_same(desk: Desk, name: str, country: str) -> None:
    assert code(desk.data_services(name, country)) == "DSD:ERR:0001"


# --- lines 1.x --------------------------------------------------------------------------------------------------------


@pytest.mark.assertion("S-05")
@pytest.mark.parametrize("version", [V1_0, V1_1, V1_2])
def test_lines_1_ask_for_the_place_itself(desk: Desk, version: str) -> None:
    answer = desk.data_services(AT_RESIDENCE, "AT", version=version)

    assert isinstance(answer, QuestionForUser)
    [question] = answer.questions
    assert isinstance(question, EvidenceProviderJurisdictionDetermination)
    assert question.jurisdiction_context_id == PLACE_OF_RESIDENCE
    assert question.jurisdiction_level is JurisdictionLevel.NUTS2


@pytest.mark.assertion("S-05")
@pytest.mark.parametrize("version", [V1_0, V1_1, V1_2])
def test_lines_1_name_the_region_of_the_provider(desk: Desk, version: str) -> None:
    answer = desk.data_services(
        AT_RESIDENCE,
        "AT",
        version=version,
        jurisdiction_context_id=PLACE_OF_RESIDENCE,
        jurisdiction_admin_l2="AT32",
    )

    assert publishers(answer) == ["REG-WEST-DEMO"]
    found = record(answer)
    publisher = found.access_services[0].publisher
    assert publisher.jurisdiction == Jurisdiction(admin_unit_level1="AT", admin_unit_level2="AT32")
    assert (publisher.concepts, publisher.descriptions, found.classifications) == ((), (), ())
    assert found.jurisdiction_determination is not None
    assert all(not form.languages for form in found.distributions)
    assert found.distributions[1].conforms_to == f"{REPOSITORY_1}/distributions/demo-residence-1.0.0"


@pytest.mark.assertion("S-05")
@pytest.mark.parametrize(
    ("version", "expected"), [(V1_0, ("oots-edm:v1.2",)), (V1_2, ("oots-edm:v1.2", "oots-edm:v2.0"))]
)
def test_line_1_0_has_place_for_one_version_of_the_data_model(
    desk: Desk, version: str, expected: tuple[str, ...]
) -> None:
    assert record(desk.data_services(FI_DEGREE, "FI", version=version)).access_services[0].conforms_to == expected


@pytest.mark.parametrize(
    "wrong",
    [
        {"jurisdiction_admin_l2": "AT22"},
        {"jurisdiction_admin_l2": "AT131"},
        {"jurisdiction_admin_l3": "90001"},
        {"jurisdiction_context_id": FEDERAL_STATE, "jurisdiction_admin_l2": "AT13"},
    ],
    ids=["without provider", "another level", "a municipality", "another question"],
)
def test_a_wrong_place_is_asked_for_again(desk: Desk, wrong: dict[str, str]) -> None:
    assert code(desk.data_services(AT_RESIDENCE, "AT", version=V1_2, **wrong)) == "DSD:ERR:0006"


def test_line_1_0_may_say_which_entry_it_answers(desk: Desk) -> None:
    entry = "cbb896c7-d58c-522e-b5f8-ad5be570ad6c"
    known = desk.data_services(
        AT_RESIDENCE, "AT", version=V1_0, evidence_type_id=entry.upper(), jurisdiction_admin_l2="AT13"
    )
    unknown = desk.data_services(AT_RESIDENCE, "AT", version=V1_0, evidence_type_id=INSTITUTION)

    assert record(known).identifier == entry
    assert code(unknown) == "DSD:ERR:0001"


def test_questions_that_are_no_places_are_the_same_in_all_lines(desk: Desk) -> None:
    for version in (V1_0, V2_0):
        assert asked(desk.data_services(PT_DIPLOMA, "PT", version=version)) == [INSTITUTION, BEFORE_2007]
