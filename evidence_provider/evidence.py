"""From a row of the register to an evidence: the document that travels, and its description in the response."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from evidence_provider.issued import IssuedDocument, issue
from evidence_provider.register import BirthRecord, RegisteredPerson
from evidence_provider.settings import DataService, ProviderSettings
from oots.edm.model import (
    Distribution,
    EvidenceDocument,
    EvidenceMetadata,
    EvidencePackage,
    EvidenceRequest,
    EvidenceType,
    NaturalPerson,
)

PDF: Final = "application/pdf"
"""The only form in which evidence is made here."""

FILE_NAME: Final = "birth-record.pdf"
"""The same for everybody: names of files end up in logs."""

TEST_FILE_NAME: Final = "system-check.pdf"

NewId = Callable[[], str]
"""Gives a bare UUID that was never used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A document that travels beside the response."""

    content_id: str
    """Without `cid:`."""
    document: IssuedDocument


def attach(
    person: RegisteredPerson, birth: BirthRecord, *, settings: ProviderSettings, now: datetime, new_id: NewId
) -> Attachment:
    """Draw the extract of a birth record and issue it under a new number."""
    # Not at the top: reportlab takes a tenth of a second to import.
    from evidence_provider.certificate import draw_birth_record

    number = new_id()
    document = issue(
        document_number=number,
        media_type=PDF,
        title=FILE_NAME,
        issuing_date=now.astimezone(UTC).date(),
        content=draw_birth_record(person, birth, authority=settings.names, document_number=number, issued_at=now),
    )
    return Attachment(content_id=_content_id(number, settings), document=document)


def attach_test_document(*, settings: ProviderSettings, now: datetime, new_id: NewId) -> Attachment:
    """Draw the document that answers a system check, and issue it under a new number."""
    from evidence_provider.system_check import draw_test_document

    number = new_id()
    document = issue(
        document_number=number,
        media_type=PDF,
        title=TEST_FILE_NAME,
        issuing_date=now.astimezone(UTC).date(),
        content=draw_test_document(document_number=number, issued_at=now),
    )
    return Attachment(content_id=_content_id(number, settings), document=document)


def _content_id(number: str, settings: ProviderSettings) -> str:
    # R-EDM-RESP-C042, as the first rule files had it: letters and digits in front of the @, no hyphens.
    return f"{number.replace('-', '')}@{settings.content_id_domain}"


def describe(
    attachment: Attachment,
    request: EvidenceRequest,
    *,
    subject: NaturalPerson,
    service: DataService,
    settings: ProviderSettings,
) -> EvidencePackage:
    """Describe an issued document as the evidence that was asked for."""
    document = attachment.document
    asked = request.evidence_type
    metadata = EvidenceMetadata(
        identifier=document.document_number,
        distribution=Distribution(format=document.media_type, languages=service.languages),
        is_about=_identified(subject),
        issuing_authority=settings.authority,
        is_conformant_to=EvidenceType(
            classification=asked.classification, titles=asked.titles, descriptions=asked.descriptions
        ),
        issuing_date=document.issuing_date,
    )
    main = EvidenceDocument(metadata=metadata, content_id=attachment.content_id, title=document.title)
    return EvidencePackage(main=main)


def _identified(subject: NaturalPerson) -> NaturalPerson:
    # The minimum data set as the request gave it, so that the requester recognises it (R-EDM-RESP-S041).
    return NaturalPerson(
        identifier=subject.identifier,
        family_name=subject.family_name,
        given_name=subject.given_name,
        date_of_birth=subject.date_of_birth,
        place_of_birth=subject.place_of_birth,
    )
