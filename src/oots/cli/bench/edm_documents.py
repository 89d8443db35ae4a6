"""
A request and a response as an authority would send them, in either line.  They are about nobody.
"""

from datetime import UTC, date, datetime
from typing import Final

from oots.edm.documents import write
from oots.edm.model import (
    Address,
    Agent,
    AgentClassification,
    ClassificationNode,
    DataServiceEvidenceType,
    DistributedAs,
    Distribution,
    EvidenceDocument,
    EvidenceMetadata,
    EvidencePackage,
    EvidenceRequest,
    EvidenceResponse,
    EvidenceType,
    Identifier,
    LevelOfAssurance,
    MultilingualString,
    NaturalPerson,
    Period,
    Requirement,
)
from oots.edm.specification import V2_0

_REPOSITORY: Final = "https://sr.oots.tech.ec.europa.eu"
_EVIDENCE_TYPE: Final = f"{_REPOSITORY}/evidencetypeclassifications/oots/3f2b8a5e-5d0c-4b6f-9a55-0f1f3d8a7c11"
_NOW: Final = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
_REQUEST_ID: Final = "urn:uuid:5b0b2a6e-3c1e-4d6b-8f4a-9f0d6c6f2a10"
_TITLE: Final = (MultilingualString(text="Certificate of birth", lang="EN"),)


def _agent(code: str, name: str, country: str, classification: AgentClassification) -> Agent:
    return Agent(
        identifier=Identifier(value=code, scheme_id="urn:cef.eu:names:identifier:EAS:0007"),
        names=(MultilingualString(text=name, lang="EN"),),
        address=Address(admin_unit_level1=country, full_address="Main Street 1", post_city_name="Capital"),
        classification=classification,
    )


_REQUESTER: Final = _agent("2021001234", "University of the Bench", "SE", AgentClassification.EVIDENCE_REQUESTER)
_PROVIDER: Final = _agent("2021005678", "Register of the Bench", "FI", AgentClassification.EVIDENCE_PROVIDER)
_SUBJECT: Final = NaturalPerson(
    family_name="Example",
    given_name="Person",
    date_of_birth=date(2000, 2, 29),
    identifier=Identifier(value="SE/FI/19000229-0000", scheme_id="eidas"),
    level_of_assurance=LevelOfAssurance.HIGH,
    place_of_birth="Somewhere",
)


def request(line: str) -> bytes:
    """Give a request, in full: every mandatory part, and the optional ones that most requests have."""
    return write(
        EvidenceRequest(
            id=_REQUEST_ID,
            specification=line,
            issue_date_time=_NOW,
            procedure="R1",
            possibility_for_preview=True,
            explicit_request_given=True,
            requirements=(
                Requirement(
                    identifier=f"{_REPOSITORY}/requirements/8a1d1f5e-96b1-4b0f-8d7a-2b6e1b8f6c01",
                    names=(MultilingualString(text="Proof of birth", lang="EN"),),
                ),
            ),
            requester=_REQUESTER,
            provider=_PROVIDER.echoed(),
            subject=_SUBJECT,
            evidence_type=DataServiceEvidenceType(
                identifier="0c7d9f6e-1f43-4b1d-8a54-1d8c9e0b7a22",
                classification=_EVIDENCE_TYPE,
                titles=_TITLE,
                distributions=(DistributedAs(format="application/pdf", languages=("EN",) if line == V2_0 else ()),),
            ),
        )
    )


def response(line: str) -> bytes:
    """Give a response with three evidences."""
    return write(
        EvidenceResponse(
            request_id=_REQUEST_ID,
            response_id="7d3c6a10-52f9-4b5f-9b1e-6f7a8b9c0d33",
            specification=line,
            issue_date_time=_NOW,
            provider=_PROVIDER,
            requester=_REQUESTER.echoed(),
            evidences=tuple(_package(number) for number in range(3)),
        )
    )


def _package(number: int) -> EvidencePackage:
    return EvidencePackage(
        main=EvidenceDocument(
            metadata=EvidenceMetadata(
                identifier=f"11111111-2222-4333-8444-55555555555{number}",
                distribution=Distribution(format="application/pdf", languages=("EN",)),
                is_about=_SUBJECT.echoed(),
                issuing_authority=_PROVIDER.echoed(),
                is_conformant_to=EvidenceType(classification=_EVIDENCE_TYPE, titles=_TITLE),
                issuing_date=date(2026, 5, 4),
                validity_period=Period(start_date=date(2026, 5, 4), end_date=date(2027, 5, 3)),
            ),
            content_id=f"evidence{number}@bench.example",
            title=f"certificate-{number}.pdf",
            classification=ClassificationNode.MAIN_EVIDENCE,
        )
    )
