from cs_strategies import (
    QUERIES,
    data_services_of,
    evidence_types_of,
    interfaces,
    queries_of,
    questions_of,
    refusals_of,
    requirements_of,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from oots.common_services.answers import DataServices, QuestionForUser, Refused, Requirements
from oots.common_services.data_service_directory import (
    read_data_services,
    write_data_services,
    write_question,
)
from oots.common_services.evidence_broker import read_evidence_types, read_requirements, write_requirements
from oots.common_services.queries import Query, read_query
from oots.common_services.query_response import write_refusal


@settings(max_examples=50)
@given(interfaces.flatmap(requirements_of))
def test_requirements_that_are_written_are_read_back(answer: Requirements) -> None:
    assert read_requirements(write_requirements(answer), answer.interface) == answer


@settings(max_examples=50)
@given(interfaces.flatmap(evidence_types_of))
def test_evidence_types_that_are_written_are_read_back(answer: Requirements) -> None:
    assert read_evidence_types(write_requirements(answer), answer.interface) == answer


@settings(max_examples=50)
@given(interfaces.flatmap(data_services_of))
def test_data_services_that_are_written_are_read_back(answer: DataServices) -> None:
    assert read_data_services(write_data_services(answer), answer.interface) == answer


@settings(max_examples=50)
@given(interfaces.flatmap(questions_of))
def test_a_question_that_is_written_is_read_back(answer: QuestionForUser) -> None:
    assert read_data_services(write_question(answer), answer.interface) == answer


@settings(max_examples=50)
@given(interfaces.flatmap(refusals_of))
def test_a_refusal_that_is_written_is_read_back(answer: Refused) -> None:
    body = write_refusal(answer)

    assert read_requirements(body, answer.interface) == answer
    assert read_data_services(body, answer.interface) == answer


@given(st.one_of(*map(queries_of, QUERIES)))
def test_a_query_is_read_back_from_its_parameters_whatever_their_order(query: Query) -> None:
    parameters = query.parameters()

    assert read_query(parameters, query.service, interface=query.interface) == query
    assert set(read_query(parameters[::-1], query.service, interface=query.interface).parameters()) == set(parameters)
