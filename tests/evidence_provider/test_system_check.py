"""Procedure 00: a test document for everybody, without a look at the register, and nothing else."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path

import pytest

from evidence_provider.answer import Answer, answer
from evidence_provider.demo import BIRTH_RECORDS, demo_settings
from evidence_provider.register import Register
from evidence_provider.settings import DataService, ProviderSettings
from evidence_provider.system_check import draw_test_document
from oots.codes import EdmCode
from oots.edm.model import (
    Address,
    Agent,
    AgentClassification,
    DataServiceEvidenceType,
    DistributedAs,
    ErrorResponse,
    EvidenceRequest,
    EvidenceResponse,
    Identifier,
    LevelOfAssurance,
    MultilingualString,
    NaturalPerson,
    Requirement,
)

NOW = datetime(2026, 11, 25, 23, 30, tzinfo=UTC)
TEST_SERVICE = DataService(
    identifier="437658d4-ff9b-5e29-9f50-d9fb0fad5f77",
    classification="https://sr.example/evidencetypeclassifications/FI/abfe8e53-d5d8-5e24-9222-d4bf470be791",
    requirements=frozenset({"https://sr.example/requirements/00000000-0000-0000-0000-000000000000"}),
    level_of_assurance=LevelOfAssurance.LOW,
    languages=("EN",),
)
NOBODY = NaturalPerson(
    family_name="Test",
    given_name="System Check",
    date_of_birth=date(1900, 1, 1),
    level_of_assurance=LevelOfAssurance.LOW,
)


@pytest.fixture
def provider(tmp_path: Path) -> ProviderSettings:
    # There is no register: a look at it would end in EDM:ERR:0008.
    return replace(demo_settings(tmp_path / "no-register.db"), system_check=TEST_SERVICE)


def counting() -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"00000000-0000-4000-8000-{next(numbers):012}"


def answer_to(provider: ProviderSettings, *, procedure: str, service: DataService) -> Answer:
    request = EvidenceRequest(
        id="urn:uuid:5b0a7d34-9f0e-4f0b-8d2e-0d6f7f4b2a11",
        specification="oots-edm:v2.0",
        issue_date_time=NOW,
        procedure=procedure,
        possibility_for_preview=False,
        explicit_request_given=True,
        requirements=tuple(
            Requirement(identifier=identifier, names=(MultilingualString(text="Requirement", lang="EN"),))
            for identifier in service.requirements
        ),
        requester=Agent(
            identifier=Identifier(value="TEST", scheme_id="urn:oasis:names:tc:ebcore:partyid-type:unregistered:PT"),
            names=(MultilingualString(text="Test", lang="EN"),),
            address=Address(admin_unit_level1="PT"),
            classification=AgentClassification.EVIDENCE_REQUESTER,
        ),
        provider=provider.authority,
        subject=NOBODY,
        evidence_type=DataServiceEvidenceType(
            identifier=service.identifier,
            classification=service.classification,
            titles=(MultilingualString(text="Document", lang="EN"),),
            distributions=(DistributedAs(format="application/pdf"),),
        ),
    )
    register = Register(provider.register)
    return answer(request, replayed=False, register=register, settings=provider, now=NOW, new_id=counting())


def refusal_of(given: Answer) -> EdmCode:
    assert isinstance(given.document, ErrorResponse)
    assert given.attachments == ()
    return given.document.exceptions[0].code


def test_a_system_check_is_answered_with_the_test_document(provider: ProviderSettings) -> None:
    given = answer_to(provider, procedure="00", service=TEST_SERVICE)

    (attachment,) = given.attachments
    assert isinstance(given.document, EvidenceResponse)
    assert given.document.evidences[0].main.content_id == attachment.content_id
    assert attachment.document.title == "system-check.pdf"
    assert attachment.document.content.read().startswith(b"%PDF-")
    assert given.identity_match is None


def test_a_system_check_gets_no_real_document(provider: ProviderSettings) -> None:
    assert refusal_of(answer_to(provider, procedure="00", service=BIRTH_RECORDS)) is EdmCode.UNRESOLVED_REFERENCE


def test_nobody_gets_the_test_document_for_a_procedure(provider: ProviderSettings) -> None:
    assert refusal_of(answer_to(provider, procedure="S1", service=TEST_SERVICE)) is EdmCode.UNRESOLVED_REFERENCE


def test_a_provider_without_a_system_check_knows_no_such_service(provider: ProviderSettings) -> None:
    provider = replace(provider, system_check=None)

    assert refusal_of(answer_to(provider, procedure="00", service=TEST_SERVICE)) is EdmCode.UNRESOLVED_REFERENCE


def test_the_same_number_and_time_give_the_same_document() -> None:
    documents = {draw_test_document(document_number=number, issued_at=NOW) for number in ("a", "a", "b")}

    assert len(documents) == 2
