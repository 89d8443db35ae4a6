from answer_strategies import errors, responses
from edm_strategies import requests
from hypothesis import given, settings

from oots.edm import documents
from oots.edm.model import ErrorResponse, EvidenceRequest, EvidenceResponse
from oots.xml import canonical, parse


@settings(deadline=None)
@given(requests)
def test_a_request_that_is_written_is_read_back(request: EvidenceRequest) -> None:
    assert documents.read(documents.write(request)) == request


@settings(deadline=None)
@given(requests)
def test_a_request_that_is_read_is_written_as_it_was(request: EvidenceRequest) -> None:
    document = documents.write(request)

    assert canonical(parse(documents.write(documents.read(document)))) == canonical(parse(document))


@settings(deadline=None)
@given(responses)
def test_a_response_that_is_written_is_read_back(response: EvidenceResponse) -> None:
    assert documents.read(documents.write(response)) == response


@settings(deadline=None)
@given(responses)
def test_a_response_that_is_read_is_written_as_it_was(response: EvidenceResponse) -> None:
    document = documents.write(response)

    assert canonical(parse(documents.write(documents.read(document)))) == canonical(parse(document))


@settings(deadline=None)
@given(errors)
def test_an_error_response_that_is_written_is_read_back(error: ErrorResponse) -> None:
    assert documents.read(documents.write(error)) == error


@settings(deadline=None)
@given(errors)
def test_an_error_response_that_is_read_is_written_as_it_was(error: ErrorResponse) -> None:
    document = documents.write(error)

    assert canonical(parse(documents.write(documents.read(document)))) == canonical(parse(document))
