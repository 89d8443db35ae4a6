"""One exchange in each line, whose messages agree; the tests of X1 to X27 change one thing at a time."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, TypeVar

from oots.codes import MIME_REGREP, PARTY_TYPE_OOTS
from oots.ebms.messages import PartInfo, PartyId, Property
from oots.edm.documents import read
from oots.edm.model import (
    ClassificationNode,
    Document,
    ErrorResponse,
    EvidenceRequest,
    EvidenceResponse,
    Identifier,
    NaturalPerson,
)
from oots.edm.specification import SPECIFICATIONS, V1_2, V2_0
from oots.validation.cross.header import Header
from oots.validation.cross.headers import action_of
from tests.validation.validated_vectors import vector

LINES: Final = (V1_2, V2_0)
ASKING = PartyId(value="AP_PT_01", type=PARTY_TYPE_OOTS)
ASKED = PartyId(value="AP_FI_01", type=PARTY_TYPE_OOTS)
ELSEWHERE = PartyId(value="AP_SE_01", type=PARTY_TYPE_OOTS)
CONVERSATION: Final = "9f0e1c52-0a0f-4c87-8d3a-3f6f6a7b2001"
EXCHANGE: Final = "9f0e1c52-0a0f-4c87-8d3a-3f6f6a7b2002"
OTHER_UUID: Final = "00000000-0000-4000-8000-0000000000ff"
OTHER_ID: Final = f"urn:uuid:{OTHER_UUID}"
SECOND_ID: Final = "urn:uuid:00000000-0000-4000-8000-000000000002"
ANOTHER = Identifier(value="ANOTHER", scheme_id="urn:oasis:names:tc:ebcore:partyid-type:unregistered:PT")
LOCATION: Final = "https://preview.register.example/s/1f0d"

_T = TypeVar("_T", EvidenceRequest, EvidenceResponse, ErrorResponse)

_REQUEST = {V1_2: "request-for-a-birth-record-in-1.2", V2_0: "request-for-a-birth-record"}
_RESPONSE = {V1_2: "response-with-a-document-in-1.2", V2_0: "response-with-a-translation"}
_INVITATION = {V1_2: "error-preview-required-in-1.2", V2_0: "error-preview-required"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What is sent when a provider answers at once, and what when it sends the user to a preview first."""

    line: str
    request: EvidenceRequest
    """Rules a preview out."""
    response: EvidenceResponse
    first: EvidenceRequest
    """Allows a preview."""
    invitation: ErrorResponse
    """Answers `first`."""
    second: EvidenceRequest
    """Follows the preview."""

    def header(self, document: Document) -> Header:
        """Give the header that a document of this exchange travels under."""
        asks = isinstance(document, EvidenceRequest)
        corners = (self.request.requester.identifier, self.request.provider.identifier)
        original_sender, final_recipient = corners if asks else reversed(corners)
        values = {
            "originalSender": (original_sender.value, original_sender.scheme_id),
            "finalRecipient": (final_recipient.value, final_recipient.scheme_id),
            "ExchangeId": (EXCHANGE, None),
            "SpecificationId": (self.line, None),
        }
        names = SPECIFICATIONS[self.line].message_properties
        return Header(
            message_id="1@ap-pt.example" if asks else "2@ap-fi.example",
            timestamp=self.request.issue_date_time + timedelta(seconds=0 if asks else 20),
            sender=ASKING if asks else ASKED,
            receiver=ASKED if asks else ASKING,
            action=action_of(document).value,
            conversation_id=CONVERSATION,
            properties=tuple(Property(name=name, value=values[name][0], type=values[name][1]) for name in names),
            parts=(PartInfo(content_id="document@ap.example", mime_type=MIME_REGREP), *_evidences(document)),
        )


def exchange(line: str) -> Exchange:
    """Give the exchange in a line."""
    request = _asking_for_a_translation(_read(_REQUEST[line], EvidenceRequest))
    response = _read(_RESPONSE[line], EvidenceResponse)
    invitation = _read(_INVITATION[line], ErrorResponse)
    first = replace(request, possibility_for_preview=True)
    report = replace(invitation.exceptions[0], preview_location=LOCATION)
    return Exchange(
        line=line,
        request=request,
        response=replace(
            response,
            request_id=request.id,
            issue_date_time=request.issue_date_time + timedelta(seconds=10),
        ),
        first=first,
        invitation=replace(
            invitation,
            request_id=first.id,
            requester=request.requester.echoed(),
            error_provider=replace(invitation.error_provider, identifier=request.provider.identifier),
            exceptions=(report,),
        ),
        second=replace(
            first,
            id=SECOND_ID,
            issue_date_time=first.issue_date_time + timedelta(minutes=2),
            preview_location=LOCATION,
            return_location=None if line == V1_2 else "https://portal.example/back",
        ),
    )


def main_changed(response: EvidenceResponse, **changes: object) -> EvidenceResponse:
    """Give a response whose first evidence is described otherwise."""
    first, *others = response.evidences
    metadata = replace(first.main.metadata, **changes)  # type: ignore[arg-type]  # of as many types as there are fields
    return replace(response, evidences=(replace(first, main=replace(first.main, metadata=metadata)), *others))


def subject_changed(response: EvidenceResponse, **changes: object) -> EvidenceResponse:
    """Give a response whose first evidence is about somebody else."""
    subject = response.evidences[0].main.metadata.is_about
    assert isinstance(subject, NaturalPerson)
    return main_changed(response, is_about=replace(subject, **changes))  # type: ignore[arg-type]


def with_property(header: Header, name: str, value: str | None) -> Header:
    """Give a header with a property of another value, or without it."""
    kept = tuple(item for item in header.properties if item.name != name)
    return replace(header, properties=kept if value is None else (*kept, Property(name=name, value=value)))


def _asking_for_a_translation(request: EvidenceRequest) -> EvidenceRequest:
    if request.specification == V1_2:
        return request
    forms = [
        replace(form, associated_documents=(ClassificationNode.TRANSLATION,))
        for form in request.evidence_type.distributions
    ]
    return replace(request, evidence_type=replace(request.evidence_type, distributions=tuple(forms)))


def _evidences(document: Document) -> Iterator[PartInfo]:
    for package in document.evidences if isinstance(document, EvidenceResponse) else ():
        for item in package.documents:
            assert item.metadata.distribution is not None
            yield PartInfo(content_id=item.content_id, mime_type=item.metadata.distribution.format)


def _read(name: str, kind: type[_T]) -> _T:
    document = read(vector(name).encode())
    assert isinstance(document, kind)
    return document
