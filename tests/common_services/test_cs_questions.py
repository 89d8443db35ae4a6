from dataclasses import replace

import pytest

from oots.codes import DsdCode
from oots.common_services.answers import QuestionForUser
from oots.common_services.data_service_directory import write_question
from oots.common_services.interface import V1_0, V1_1, V1_2, V2_0
from oots.common_services.model import (
    ClassificationConcept,
    DataServiceEvidenceType,
    EvidenceProviderJurisdictionDetermination,
    JurisdictionLevel,
)
from oots.common_services.queries import DataServicesQuery
from oots.common_services.questions import answered, as_classification
from oots.edm.model import Distribution, Identifier, MultilingualString
from oots.errors import CallerError, LineCannotCarry, QueryRefused, UnreadableAnswer

REGION = "8c6ce681-350c-5639-a999-d4059599caff"
BEFORE_2007 = "ef6406a3-1156-5394-90c9-cbfcc1217114"
NAME = "128576f0-928d-5088-9d5c-4e8e80a5029f"
PLACE = "9919a99b-edc7-53ed-a331-dd7ea16d5e32"
RECORD = "cbb896c7-d58c-522e-b5f8-ad5be570ad6c"
LIST = "https://sr.acc.oots.tech.ec.europa.eu/codelists/AT/DemoBundesland"


def _concept(identifier: str, kind: str, scheme: str | None = None) -> ClassificationConcept:
    return ClassificationConcept(
        identifier=Identifier(value=identifier, scheme_id=scheme),
        type=kind,
        descriptions=(MultilingualString(text="Which one?", lang="EN"),),
        value_expression=LIST if kind == "codelist" else None,
    )


WHICH_REGION = _concept(REGION, "codelist", LIST)
WAS_BEFORE_2007 = _concept(BEFORE_2007, "boolean")
WHICH_NAME = _concept(NAME, "string")


def _place(level: JurisdictionLevel) -> EvidenceProviderJurisdictionDetermination:
    return EvidenceProviderJurisdictionDetermination(
        jurisdiction_context_id=PLACE,
        jurisdiction_contexts=(MultilingualString(text="Place of residence", lang="EN"),),
        jurisdiction_level=level,
    )


def _asks(
    interface: str, *questions: ClassificationConcept | EvidenceProviderJurisdictionDetermination
) -> QuestionForUser:
    return QuestionForUser(
        interface=interface,
        questions=questions,
        data_service=DataServiceEvidenceType(
            identifier=RECORD,
            classification="https://sr.example/evidencetypeclassifications/AT/0444376d-35f4-58f5-b995-2a4df619cb58",
            titles=(MultilingualString(text="Residence", lang="EN"),),
            distributions=(Distribution(format="application/pdf"),),
        ),
    )


def _query(interface: str = V2_0) -> DataServicesQuery:
    return DataServicesQuery(
        interface=interface,
        evidence_type_classification=(
            "https://sr.example/evidencetypeclassifications/AT/0444376d-35f4-58f5-b995-2a4df619cb58"
        ),
        country_code="AT",
    )


def _added(query: DataServicesQuery) -> dict[str, str]:
    before = dict(_query(query.interface).parameters())
    return {name: value for name, value in query.parameters() if name not in before}


def test_each_answer_becomes_a_parameter_under_the_id_of_its_question_in_the_order_of_the_directory() -> None:
    asked = _asks(V2_0, WHICH_REGION, WAS_BEFORE_2007, WHICH_NAME)

    query = answered(_query(), asked, {NAME: "Wien & Umgebung", BEFORE_2007: "false", REGION: "AT13"})

    assert list(_added(query).items()) == [(REGION, "AT13"), (BEFORE_2007, "false"), (NAME, "Wien & Umgebung")]


@pytest.mark.parametrize(
    ("interface", "extra"),
    [
        (V1_0, {"evidence-type-id": RECORD}),
        (V1_1, {"evidence-type-id": RECORD}),
        (V1_2, {}),
        (V2_0, {}),
    ],
)
def test_only_the_first_versions_say_again_which_entry_asked(interface: str, extra: dict[str, str]) -> None:
    query = answered(_query(interface), _asks(interface, WHICH_REGION), {REGION: "AT13"})

    assert _added(query) == {REGION: "AT13"} | extra


@pytest.mark.parametrize(
    ("level", "code", "parameters"),
    [
        (JurisdictionLevel.NUTS1, "BE1", {"jurisdiction-admin-l2": "BE1"}),
        (JurisdictionLevel.NUTS2, "AT13", {"jurisdiction-admin-l2": "AT13"}),
        (JurisdictionLevel.NUTS3, "AT130", {"jurisdiction-admin-l2": "AT130"}),
        (JurisdictionLevel.LAU, "11000000", {"jurisdiction-admin-l3": "11000000"}),
        (JurisdictionLevel.COUNTRY, "", {}),
    ],
)
def test_a_place_is_told_at_the_level_that_was_asked(
    level: JurisdictionLevel, code: str, parameters: dict[str, str]
) -> None:
    query = answered(_query(V1_2), _asks(V1_2, _place(level)), {PLACE: code})

    assert _added(query) == {"jurisdiction-context-id": PLACE} | parameters


@pytest.mark.parametrize(
    ("level", "code"),
    [
        (JurisdictionLevel.NUTS1, "BE10"),
        (JurisdictionLevel.NUTS2, "BE1"),
        (JurisdictionLevel.NUTS3, "at130"),
        (JurisdictionLevel.LAU, ""),
    ],
)
def test_a_place_of_another_level_is_no_answer(level: JurisdictionLevel, code: str) -> None:
    with pytest.raises(QueryRefused, match=f"no code of level {level.value}") as refused:
        answered(_query(V1_2), _asks(V1_2, _place(level)), {PLACE: code})

    assert (refused.value.parameter, refused.value.code) == (PLACE, DsdCode.ANSWER)


@pytest.mark.parametrize(
    ("answers", "parameter", "reason"),
    [
        ({REGION: "AT13"}, BEFORE_2007, "not answered"),
        ({REGION: "AT13", BEFORE_2007: ""}, BEFORE_2007, "not answered"),
        ({REGION: " ", BEFORE_2007: "true"}, REGION, "not answered"),
        ({REGION: "AT13", BEFORE_2007: "yes"}, BEFORE_2007, "neither true nor false"),
        ({REGION: "XX99", BEFORE_2007: "true"}, REGION, "no code of its list"),
    ],
)
def test_all_questions_are_answered_rightly_or_the_one_that_is_not_is_named(
    answers: dict[str, str], parameter: str, reason: str
) -> None:
    with pytest.raises(QueryRefused, match=reason) as refused:
        answered(_query(), _asks(V2_0, WHICH_REGION, WAS_BEFORE_2007), answers, codes={REGION: {"AT13", "AT33"}})

    assert refused.value.parameter == parameter
    assert "XX99" not in str(refused.value)


def test_what_was_not_asked_is_not_answered() -> None:
    with pytest.raises(CallerError, match="did not ask"):
        answered(_query(), _asks(V2_0, WHICH_REGION), {REGION: "AT13", NAME: "Wien"})


def test_a_further_round_keeps_what_was_answered_and_must_ask_something_new() -> None:
    once = answered(_query(), _asks(V2_0, WHICH_REGION), {REGION: "AT13"})

    twice = answered(once, _asks(V2_0, WHICH_NAME), {NAME: "Wien"})

    assert _added(twice) == {REGION: "AT13", NAME: "Wien"}
    with pytest.raises(UnreadableAnswer, match="asks again"):
        answered(once, _asks(V2_0, WHICH_REGION), {REGION: "AT33"})


def test_an_answer_is_repeated_in_the_evidence_request() -> None:
    chosen, said = as_classification(WHICH_REGION, "AT13"), as_classification(WAS_BEFORE_2007, "true")

    assert (chosen.supported_value, chosen.identifier.scheme_id, chosen.type) == ("AT13", LIST, "codelist")
    assert (said.supported_value, said.identifier.scheme_id, said.type) == (True, None, "boolean")
    assert chosen.descriptions == WHICH_REGION.descriptions


def test_a_code_list_that_names_no_scheme_is_its_own() -> None:
    nameless = replace(WHICH_REGION, identifier=Identifier(value=REGION))

    assert as_classification(nameless, "AT13").identifier.scheme_id == LIST
    assert as_classification(replace(WHICH_NAME, value_expression=LIST), "Wien").identifier.scheme_id is None


def test_a_request_cannot_repeat_an_answer_that_is_none() -> None:
    with pytest.raises(CallerError, match="neither true nor false"):
        as_classification(WAS_BEFORE_2007, "1")
    with pytest.raises(CallerError, match="type is none of"):
        as_classification(replace(WHICH_NAME, type=None), "x")


def test_a_directory_does_not_ask_what_nobody_could_answer() -> None:
    place = _place(JurisdictionLevel.NUTS2)
    with pytest.raises(CallerError, match="there is no question"):
        write_question(_asks(V2_0))
    with pytest.raises(CallerError, match="asked twice"):
        write_question(_asks(V2_0, WHICH_NAME, WHICH_NAME))
    with pytest.raises(CallerError, match="asked twice"):
        write_question(_asks(V2_0, WHICH_NAME, _concept(NAME.upper(), "string")))
    elsewhere = replace(place, jurisdiction_context_id=REGION)
    with pytest.raises(CallerError, match="stands once, and first"):
        write_question(_asks(V1_2, place, elsewhere))
    with pytest.raises(CallerError, match="brings its answer"):
        write_question(_asks(V2_0, replace(WHICH_NAME, supported_values=("x",))))
    with pytest.raises(CallerError, match="stands once, and first"):
        write_question(_asks(V1_2, WHICH_NAME, place))
    with pytest.raises(LineCannotCarry, match="R-DSD-ERR-S010"):
        write_question(_asks(V2_0, place))
