from edm_strategies import errors, requests, responses
from hypothesis import assume, given, settings

from oots.edm import documents
from oots.edm.model import ErrorResponse, EvidenceRequest, EvidenceResponse, NaturalPerson


@settings(deadline=None)
@given(requests)
def test_a_request_that_is_written_is_read_back(request: EvidenceRequest) -> None:
    assume(_has_gender(request.representative))

    assert documents.read(documents.write(request)) == request


def _has_gender(representative: object) -> bool:
    # R-EDM-REQ-C126 wants a gender with an eIDAS identifier; generated schemes are hardly ever `eidas`.
    return not isinstance(representative, NaturalPerson) or (
        representative.identifier is None or representative.identifier.scheme_id != "eidas"
    )


@settings(deadline=None)
@given(responses)
def test_a_response_that_is_written_is_read_back(response: EvidenceResponse) -> None:
    assert documents.read(documents.write(response)) == response


@settings(deadline=None)
@given(errors)
def test_an_error_response_that_is_written_is_read_back(error: ErrorResponse) -> None:
    assert documents.read(documents.write(error)) == error
