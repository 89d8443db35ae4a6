import hashlib
import logging
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from evidence_provider.answer import Answer, answer, refuse
from evidence_provider.demo import BIRTH_RECORDS, PROOF_OF_BIRTH
from evidence_provider.invented_people import DEMO_CITIZEN
from evidence_provider.matching import IdentityMatch, Rung
from evidence_provider.register import BirthRecord, Register, write_register
from evidence_provider.settings import ProviderSettings
from oots.codes import EdmCode
from oots.edm.error import read_error_response, write_error_response
from oots.edm.model import (
    Address,
    Agent,
    AgentClassification,
    ClassificationNode,
    DataServiceEvidenceType,
    DistributedAs,
    ErrorResponse,
    ErrorSeverity,
    EvidenceRequest,
    EvidenceResponse,
    Identifier,
    LegalPerson,
    LevelOfAssurance,
    MultilingualString,
    NaturalPerson,
    Requirement,
    ResponseStatus,
)
from oots.edm.response import read_evidence_response, write_evidence_response
from oots.errors import InvalidRequest

NOW = datetime(2026, 11, 25, 23, 30, tzinfo=UTC)
MUNICIPALITY = Agent(
    identifier=Identifier(value="CM-PORTO-DEMO", scheme_id="urn:oasis:names:tc:ebcore:partyid-type:unregistered:PT"),
    names=(MultilingualString(text="Câmara Municipal (demonstração)", lang="PT"),),
    address=Address(admin_unit_level1="PT"),
    classification=AgentClassification.EVIDENCE_REQUESTER,
)
CITIZEN = NaturalPerson(
    identifier=Identifier(value="FI/PT/7KQ2M9XW4TDR", scheme_id="eidas"),
    family_name="Kielonmäki",
    given_name="Aino Elviira",
    date_of_birth=date(1991, 5, 14),
    gender="Female",
    level_of_assurance=LevelOfAssurance.SUBSTANTIAL,
)
EVIDENCE_TYPE = DataServiceEvidenceType(
    identifier=BIRTH_RECORDS.identifier,
    classification=BIRTH_RECORDS.classification,
    titles=(MultilingualString(text="Extract of the population register: birth", lang="EN"),),
    distributions=(DistributedAs(format="application/pdf"),),
)


def a_request(settings: ProviderSettings, **changed: Any) -> EvidenceRequest:
    request = EvidenceRequest(
        id="urn:uuid:5b0a7d34-9f0e-4f0b-8d2e-0d6f7f4b2a11",
        specification="oots-edm:v2.0",
        issue_date_time=NOW,
        procedure="S1",
        possibility_for_preview=False,
        explicit_request_given=True,
        requirements=(
            Requirement(identifier=PROOF_OF_BIRTH, names=(MultilingualString(text="Proof of birth", lang="EN"),)),
        ),
        requester=MUNICIPALITY,
        provider=settings.authority,
        subject=CITIZEN,
        evidence_type=EVIDENCE_TYPE,
    )
    return replace(request, **changed)


def counting() -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"00000000-0000-4000-8000-{next(numbers):012}"


def answer_to(settings: ProviderSettings, *, replayed: bool = False, now: datetime = NOW, **changed: Any) -> Answer:
    return answer(
        a_request(settings, **changed),
        replayed=replayed,
        register=Register(settings.register),
        settings=settings,
        now=now,
        new_id=counting(),
    )


def refusal_of(given: Answer) -> tuple[EdmCode, str]:
    assert isinstance(given.document, ErrorResponse)
    assert given.attachments == ()
    (exception,) = given.document.exceptions
    assert exception.detail is not None
    return exception.code, exception.detail


def response_of(given: Answer) -> EvidenceResponse:
    assert isinstance(given.document, EvidenceResponse)
    return given.document


def test_the_birth_record_of_the_one_person_is_given(settings: ProviderSettings) -> None:
    given = answer_to(settings)

    response = response_of(given)
    (package,) = response.evidences
    (attachment,) = given.attachments
    assert response.status is ResponseStatus.SUCCESS
    assert package.companions == ()
    assert package.main.classification is ClassificationNode.MAIN_EVIDENCE
    number = package.main.metadata.identifier
    assert "-" in number
    assert package.main.content_id == attachment.content_id == f"{number.replace('-', '')}@dvv-demo.example"
    assert package.main.metadata.identifier == attachment.document.document_number
    assert attachment.document.media_type == "application/pdf"
    assert attachment.document.sha256 == hashlib.sha256(attachment.document.content.read()).hexdigest()
    assert attachment.document.content.read().startswith(b"%PDF-")


def test_a_response_is_addressed_as_the_data_model_wants_it(settings: ProviderSettings) -> None:
    response = response_of(answer_to(settings))

    assert response.request_id == "urn:uuid:5b0a7d34-9f0e-4f0b-8d2e-0d6f7f4b2a11"
    assert response.specification == "oots-edm:v2.0"
    assert response.issue_date_time == NOW
    assert response.requester == Agent(identifier=MUNICIPALITY.identifier, names=MUNICIPALITY.names)
    assert response.provider.identifier == Identifier(
        value="DVV-DEMO", scheme_id="urn:oasis:names:tc:ebcore:partyid-type:unregistered:FI"
    )
    assert response.provider.classification is AgentClassification.EVIDENCE_PROVIDER
    assert response.provider.address == Address(admin_unit_level1="FI")


def test_metadata_repeat_the_subject_and_type_of_the_request_and_nothing_more(settings: ProviderSettings) -> None:
    metadata = response_of(answer_to(settings)).evidences[0].main.metadata

    assert metadata.is_about == replace(CITIZEN, gender=None, level_of_assurance=None)
    assert metadata.is_conformant_to is not None
    assert metadata.is_conformant_to.classification == EVIDENCE_TYPE.classification
    assert metadata.is_conformant_to.titles == EVIDENCE_TYPE.titles
    assert metadata.issuing_authority == settings.authority
    assert metadata.issuing_date == date(2026, 11, 25)
    assert metadata.distribution is not None
    assert metadata.distribution.format == "application/pdf"
    assert metadata.distribution.languages == ("FI", "SV", "EN")


def test_the_spelling_of_the_request_is_echoed_and_that_of_the_register_is_printed(settings: ProviderSettings) -> None:
    response = response_of(answer_to(settings, subject=replace(CITIZEN, family_name="KIELONMÄKI")))

    about = response.evidences[0].main.metadata.is_about
    assert isinstance(about, NaturalPerson)
    assert about.family_name == "KIELONMÄKI"


def test_every_answer_and_document_has_an_identifier_of_its_own(settings: ProviderSettings) -> None:
    given = answer_to(settings)

    assert response_of(given).response_id != given.attachments[0].document.document_number


def test_the_issuing_date_is_the_day_printed_on_the_document(settings: ProviderSettings) -> None:
    after_midnight_in_helsinki = NOW.astimezone(timezone(timedelta(hours=2)))

    given = answer_to(settings, now=after_midnight_in_helsinki)

    assert after_midnight_in_helsinki.date() == date(2026, 11, 26)
    assert response_of(given).evidences[0].main.metadata.issuing_date == date(2026, 11, 25)


@pytest.mark.parametrize(
    "wanted",
    [
        DistributedAs(format="application/pdf", languages=("PT", "MT")),
        DistributedAs(
            format="application/pdf",
            associated_documents=(ClassificationNode.TRANSLATION, ClassificationNode.ANNEX),
        ),
    ],
)
def test_a_missing_language_or_companion_is_no_error(settings: ProviderSettings, wanted: DistributedAs) -> None:
    given = answer_to(settings, evidence_type=replace(EVIDENCE_TYPE, distributions=(wanted,)))

    assert len(response_of(given).evidences) == 1


def test_pdf_is_given_when_it_is_the_second_choice(settings: ProviderSettings) -> None:
    wanted = (DistributedAs(format="application/xml"), DistributedAs(format="application/pdf"))

    given = answer_to(settings, evidence_type=replace(EVIDENCE_TYPE, distributions=wanted))

    assert len(response_of(given).evidences) == 1


def test_a_replayed_request_is_invalid(settings: ProviderSettings) -> None:
    code, detail = refusal_of(answer_to(settings, replayed=True))

    assert code is EdmCode.INVALID_REQUEST
    assert "TDD 4.4" in detail


def test_a_second_request_of_a_preview_that_never_was_is_invalid(settings: ProviderSettings) -> None:
    given = answer_to(settings, possibility_for_preview=True, preview_location="https://preview.example/p/7f3c")

    assert refusal_of(given) == (EdmCode.INVALID_REQUEST, "PreviewLocation was not issued by this provider")


def test_a_request_for_another_provider_is_unresolved(settings: ProviderSettings) -> None:
    other = replace(settings.authority, identifier=replace(settings.identifier, value="OPINTO-DEMO"))
    other_scheme = replace(settings.authority, identifier=replace(settings.identifier, scheme_id="urn:other"))

    for provider in (other, other_scheme):
        code, detail = refusal_of(answer_to(settings, provider=provider))
        assert code is EdmCode.UNRESOLVED_REFERENCE
        assert "EvidenceProvider" in detail


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"identifier": "476c124c-12c2-5d1c-8a43-61e28b150c57"}, "data service"),
        ({"classification": BIRTH_RECORDS.classification.replace("/FI/", "/AT/")}, "EvidenceTypeClassification"),
    ],
)
def test_an_evidence_type_that_is_not_served_is_unresolved(
    settings: ProviderSettings, changed: dict[str, str], named: str
) -> None:
    code, detail = refusal_of(answer_to(settings, evidence_type=replace(EVIDENCE_TYPE, **changed)))

    assert code is EdmCode.UNRESOLVED_REFERENCE
    assert named in detail


def test_a_requirement_that_the_evidence_does_not_prove_is_unresolved(settings: ProviderSettings) -> None:
    other = Requirement(
        identifier=PROOF_OF_BIRTH.replace("df81", "ffff"), names=(MultilingualString(text="Other", lang="EN"),)
    )

    code, detail = refusal_of(answer_to(settings, requirements=(other,)))

    assert code is EdmCode.UNRESOLVED_REFERENCE
    assert "Requirement" in detail


@pytest.mark.parametrize("formats", [("application/xml",), ("image/png", "application/json"), ()])
def test_a_form_that_is_not_made_is_unsupported(settings: ProviderSettings, formats: tuple[str, ...]) -> None:
    wanted = tuple(DistributedAs(format=media_type) for media_type in formats)

    code, detail = refusal_of(answer_to(settings, evidence_type=replace(EVIDENCE_TYPE, distributions=wanted)))

    assert code is EdmCode.UNSUPPORTED_CAPABILITY
    assert "application/pdf" in detail


def test_what_the_user_may_look_at_first_is_never_answered_with_evidence(settings: ProviderSettings) -> None:
    code, detail = refusal_of(answer_to(settings, possibility_for_preview=True))

    assert code is EdmCode.UNSUPPORTED_CAPABILITY
    assert "PossibilityForPreview" in detail


def test_a_representative_is_unsupported(settings: ProviderSettings) -> None:
    code, _ = refusal_of(answer_to(settings, representative=CITIZEN))

    assert code is EdmCode.UNSUPPORTED_CAPABILITY


def test_a_legal_person_was_never_born(settings: ProviderSettings) -> None:
    company = LegalPerson(
        legal_name="Kielo Oy",
        legal_person_identifier=Identifier(value="FI/PT/1234567-8", scheme_id="eidas"),
        level_of_assurance=LevelOfAssurance.HIGH,
    )

    code, _ = refusal_of(answer_to(settings, subject=company))

    assert code is EdmCode.OBJECT_NOT_FOUND


@pytest.mark.parametrize("level", [LevelOfAssurance.LOW, None])
def test_too_low_a_level_of_assurance_is_refused(settings: ProviderSettings, level: LevelOfAssurance | None) -> None:
    code, detail = refusal_of(answer_to(settings, subject=replace(CITIZEN, level_of_assurance=level)))

    assert code is EdmCode.AUTHENTICATION
    assert "Substantial" in detail


def test_a_higher_level_of_assurance_than_needed_is_welcome(settings: ProviderSettings) -> None:
    given = answer_to(settings, subject=replace(CITIZEN, level_of_assurance=LevelOfAssurance.HIGH))

    assert len(response_of(given).evidences) == 1


def test_nobody_and_two_people_are_answered_with_the_same_document(settings: ProviderSettings) -> None:
    nobody = replace(CITIZEN, identifier=None, family_name="Olematon")
    two = replace(
        CITIZEN,
        identifier=None,
        family_name="Ylätalo",
        given_name="Mikko Juhani",
        date_of_birth=date(1987, 11, 2),
    )
    contradiction = replace(CITIZEN, given_name="Maija")

    answers = [answer_to(settings, subject=subject) for subject in (nobody, two, contradiction)]

    assert refusal_of(answers[0])[0] is EdmCode.OBJECT_NOT_FOUND
    assert answers[0].document == answers[1].document == answers[2].document


def test_a_person_without_a_birth_record_gets_an_empty_list(settings: ProviderSettings, tmp_path: Path) -> None:
    write_register(tmp_path / "register", [DEMO_CITIZEN], [])

    given = answer_to(replace(settings, register=tmp_path / "register"))

    response = response_of(given)
    assert response.status is ResponseStatus.SUCCESS
    assert response.evidences == ()
    assert given.attachments == ()


def test_a_register_that_cannot_be_read_is_a_failure_of_ours(settings: ProviderSettings, tmp_path: Path) -> None:
    code, detail = refusal_of(answer_to(replace(settings, register=tmp_path / "missing")))

    assert code is EdmCode.QUERY
    assert str(tmp_path) not in detail


def test_a_record_that_cannot_be_printed_is_a_failure_of_ours(settings: ProviderSettings, tmp_path: Path) -> None:
    person = replace(DEMO_CITIZEN, birth_name="Áŋŋel")
    birth = BirthRecord(register_number=person.register_number, record_number="S-1", entered_on=date(1991, 5, 20))
    write_register(tmp_path / "register", [person], [birth])

    code, detail = refusal_of(answer_to(replace(settings, register=tmp_path / "register")))

    assert code is EdmCode.QUERY
    assert "ŋ" not in detail


def test_a_refusal_says_who_refuses_what_and_when(settings: ProviderSettings) -> None:
    document = answer_to(settings, replayed=True).document

    assert isinstance(document, ErrorResponse)
    assert document.request_id == "urn:uuid:5b0a7d34-9f0e-4f0b-8d2e-0d6f7f4b2a11"
    assert document.specification == "oots-edm:v2.0"
    assert document.requester == Agent(identifier=MUNICIPALITY.identifier, names=MUNICIPALITY.names)
    assert document.error_provider == settings.agent(AgentClassification.ERROR_PROVIDER)
    assert document.error_provider.address == Address(admin_unit_level1="FI")
    (exception,) = document.exceptions
    assert exception.severity is ErrorSeverity.ERROR
    assert exception.message == EdmCode.INVALID_REQUEST.message
    assert exception.timestamp == NOW


def test_a_request_that_could_not_be_read_is_refused_without_id_and_requester(settings: ProviderSettings) -> None:
    document = refuse(
        InvalidRequest("slot Procedure is missing", rules=("R-EDM-REQ-S012", "R-EDM-REQ-S013")),
        request_id=None,
        specification="oots-edm:v2.0",
        requester=None,
        settings=settings,
        now=NOW,
        new_id=counting(),
    )

    assert document.request_id is None
    assert document.requester is None
    assert document.exceptions[0].detail == "R-EDM-REQ-S012, R-EDM-REQ-S013: slot Procedure is missing"


def test_every_kind_of_answer_can_be_written_and_read_again(settings: ProviderSettings, tmp_path: Path) -> None:
    write_register(tmp_path / "register", [DEMO_CITIZEN], [])
    evidence = response_of(answer_to(settings))
    nothing = response_of(answer_to(replace(settings, register=tmp_path / "register")))
    refusal = answer_to(settings, replayed=True).document

    assert read_evidence_response(write_evidence_response(evidence)) == evidence
    assert read_evidence_response(write_evidence_response(nothing)) == nothing
    assert isinstance(refusal, ErrorResponse)
    assert read_error_response(write_error_response(refusal)) == refusal


def test_only_the_rung_and_the_number_of_hits_are_remembered(settings: ProviderSettings) -> None:
    nobody = replace(CITIZEN, identifier=None, family_name="Olematon")
    two = replace(
        CITIZEN, identifier=None, family_name="Ylätalo", given_name="Mikko Juhani", date_of_birth=date(1987, 11, 2)
    )

    remembered = [answer_to(settings, subject=subject).identity_match for subject in (CITIZEN, nobody, two)]

    assert remembered == [
        IdentityMatch(rung=Rung.EIDAS_IDENTIFIER, hits="1"),
        IdentityMatch(rung=Rung.NAMES_AND_BIRTH_DATE, hits="0"),
        IdentityMatch(rung=Rung.NAMES_AND_BIRTH_DATE, hits="many"),
    ]
    assert answer_to(settings, replayed=True).identity_match is None


def test_no_log_and_no_refusal_names_the_person(settings: ProviderSettings, caplog: pytest.LogCaptureFixture) -> None:
    stranger = replace(CITIZEN, family_name="Olematon")
    with caplog.at_level(logging.DEBUG):
        answer_to(settings)
        told = caplog.text + repr(answer_to(settings, subject=stranger))

    for secret in ("Kielonmäki", "Olematon", "Aino", "1991", "7KQ2M9XW4TDR", "140591"):
        assert secret not in told


def test_a_provider_starts_without_the_library_that_draws() -> None:
    code = "import sys, evidence_provider.answer; sys.exit('reportlab' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
