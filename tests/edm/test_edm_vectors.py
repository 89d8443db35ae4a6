from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from edm_vectors import (
    BIRTH_RECORD,
    BIRTH_RECORD_IN_1_2,
    DEFERRED,
    EVERY_SLOT,
    EVERY_SLOT_IN_1_2,
    PREVIEW_REQUIRED,
    UNREADABLE_REQUEST,
    VECTORS,
    WITH_TRANSLATION,
    comparable,
    vector,
)

from oots.codes import EdmCode
from oots.edm import documents
from oots.edm.model import (
    AgentClassification,
    ClassificationNode,
    ErrorResponse,
    ErrorSeverity,
    EvidenceRequest,
    EvidenceResponse,
    Identifier,
    LegalPerson,
    MultilingualString,
    NaturalPerson,
    ResponseStatus,
)
from oots.edm.specification import SPECIFICATIONS

NAMES = sorted(path.name for path in VECTORS.iterdir())


def request(name: str) -> EvidenceRequest:
    document = documents.read(vector(name))
    assert isinstance(document, EvidenceRequest)
    return document


def response(name: str) -> EvidenceResponse:
    document = documents.read(vector(name))
    assert isinstance(document, EvidenceResponse)
    return document


def error(name: str) -> ErrorResponse:
    document = documents.read(vector(name))
    assert isinstance(document, ErrorResponse)
    return document


@pytest.mark.parametrize("name", NAMES)
def test_a_document_is_written_as_it_was_read_whatever_its_form(name: str) -> None:
    # The odd prefixes say the same as the birth record, so that is what is written.
    expected = vector(BIRTH_RECORD if name == "request-in-odd-prefixes" else name)

    assert comparable(documents.write(documents.read(vector(name)))) == comparable(expected)


@pytest.mark.parametrize("name", NAMES)
def test_what_a_document_says_is_the_same_after_it_was_written(name: str) -> None:
    found = documents.read(vector(name))

    assert documents.read(documents.write(found)) == found


def test_both_lines_have_vectors_of_every_kind() -> None:
    found = Counter((type(document), document.specification) for document in map(documents.read, map(vector, NAMES)))

    assert found.total() >= 40
    for kind in (EvidenceRequest, EvidenceResponse, ErrorResponse):
        assert all(found[kind, line] >= 5 for line in SPECIFICATIONS)


def test_prefixes_order_and_comments_make_no_difference() -> None:
    assert request("request-in-odd-prefixes") == request(BIRTH_RECORD)


def test_a_request_says_who_asks_whom_about_whom_and_what() -> None:
    found = request(BIRTH_RECORD)

    assert found.id == "urn:uuid:1f4e7c0a-52b8-4d7e-9a55-60a2b7a90c01"
    assert found.issue_date_time == datetime(2026, 11, 23, 9, 30, 0, 250_000, tzinfo=UTC)
    assert (found.procedure, found.possibility_for_preview, found.explicit_request_given) == ("S1", False, True)
    assert found.requester.identifier.value == "CM-EXEMPLO"
    assert found.requester.classification is AgentClassification.EVIDENCE_REQUESTER
    assert found.provider.identifier == Identifier(
        value="003700000000", scheme_id="urn:cef.eu:names:identifier:EAS:0037"
    )
    assert isinstance(found.subject, NaturalPerson)
    assert (found.subject.family_name, found.subject.date_of_birth) == ("Esimerkki", date(1990, 1, 1))
    assert [form.format for form in found.evidence_type.distributions] == ["application/pdf"]
    assert found.representative is None
    assert found.preview_location is None


def test_a_request_for_a_company_says_who_acts_for_it() -> None:
    found = request(EVERY_SLOT)

    assert isinstance(found.subject, LegalPerson)
    assert isinstance(found.representative, NaturalPerson)
    assert found.representative.sector_specific_attributes[0].value == "X1"
    assert [agent.identifier.value for agent in found.intermediaries] == ["NO-CENTRAL"]
    assert [answer.supported_value for answer in found.provider_classifications] == ["AT33", True]
    assert found.preview_location == "https://preview.register.example/p/9c1f?a=1&b=2"


def test_a_request_of_line_1_2_says_the_same_in_its_own_form() -> None:
    found, in_2_0 = request(BIRTH_RECORD_IN_1_2), request(BIRTH_RECORD)
    wish = replace(in_2_0.evidence_type.distributions[0], languages=())

    assert found == replace(
        in_2_0,
        id=found.id,
        specification="oots-edm:v1.2",
        evidence_type=replace(in_2_0.evidence_type, distributions=(wish,)),
    )


def test_a_request_of_line_1_2_can_say_what_2_0_does_not_know() -> None:
    found = request(EVERY_SLOT_IN_1_2)

    assert (found.procedure, found.language) == ("X1", "PT")
    assert found.preview_location is not None
    assert found.return_location is None
    assert [wish.transformation is not None for wish in found.evidence_type.distributions] == [True]
    assert isinstance(found.representative, LegalPerson)
    assert found.representative.legal_phone_number == "+351000000"
    assert found.representative.sector_specific_attributes[0].value == "X1,X2"


def test_a_response_ties_companions_to_their_main_evidence() -> None:
    [package] = response(WITH_TRANSLATION).evidences

    assert package.main.content_id == "ote-1@register.example"
    assert package.main.metadata.issuing_date == date(2026, 11, 23)
    assert [companion.classification for companion in package.companions] == [ClassificationNode.TRANSLATION]
    assert [document.title for document in package.documents] == ["Väestörekisterin ote.pdf", "Extract.pdf"]


def test_a_deferred_response_says_when_to_ask_again() -> None:
    found = response(DEFERRED)

    assert found.status is ResponseStatus.UNAVAILABLE
    assert found.available_at == datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
    assert found.evidences == ()


def test_an_error_response_can_send_the_user_to_a_preview() -> None:
    [report] = error(PREVIEW_REQUIRED).exceptions

    assert report.code is EdmCode.AUTHORIZATION
    assert report.severity is ErrorSeverity.PREVIEW_REQUIRED
    assert report.preview_location == "https://preview.register.example/p/9c1f"
    assert report.preview_description[1] == MultilingualString(text="Veja a sua certidão", lang="PT")


def test_an_error_response_may_lack_what_its_request_lacked() -> None:
    found = error(UNREADABLE_REQUEST)

    assert (found.request_id, found.requester) == (None, None)
    assert [report.code for report in found.exceptions] == [EdmCode.INVALID_REQUEST, EdmCode.QUERY]


def test_written_documents_bind_the_prefixes_that_the_rules_compare_as_text() -> None:
    written = documents.write(documents.read(vector(UNREADABLE_REQUEST)))

    assert written.startswith(b"<?xml version='1.0' encoding='UTF-8'?>\n<query:QueryResponse ")
    assert b'xsi:type="rs:InvalidRequestExceptionType"' in written
    assert b'xsi:type="query:QueryExceptionType"' in written
    assert b'xmlns:rs="urn:oasis:names:tc:ebxml-regrep:xsd:rs:4.0"' in written
