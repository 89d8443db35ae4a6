"""
The provider's answer to one request: evidence, an empty list, or a refusal.  Pure but for the register that it reads.

Whether a request id was seen before, and what becomes of the answer, is decided by whoever collects messages.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from evidence_provider.evidence import PDF, Attachment, NewId, attach, attach_test_document, describe
from evidence_provider.matching import IdentityMatch, Match, NoMatch, match, remembered
from evidence_provider.register import Register, RegisteredPerson
from evidence_provider.settings import DataService, ProviderSettings
from oots.codes import SYSTEM_CHECK
from oots.edm.error import exception_report
from oots.edm.model import (
    Agent,
    AgentClassification,
    ErrorResponse,
    EvidenceRequest,
    EvidenceResponse,
    LevelOfAssurance,
    NaturalPerson,
)
from oots.errors import (
    AuthenticationRefused,
    EdmException,
    InvalidRequest,
    ObjectNotFound,
    UnresolvedReference,
    UnsupportedCapability,
)

NOT_EXACTLY_ONE: Final = "the document could not be provided for this person"
"""Said for nobody and for several alike: a requester must not learn who is in the register."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes back: the EDM document, and the documents that it describes."""

    document: EvidenceResponse | ErrorResponse
    attachments: tuple[Attachment, ...] = ()
    identity_match: IdentityMatch | None = None
    """How the search for the person ended, for the journal; missing when the request did not get so far."""


def answer(
    request: EvidenceRequest,
    *,
    replayed: bool,
    register: Register,
    settings: ProviderSettings,
    now: datetime,
    new_id: NewId,
) -> Answer:
    """
    Answer a request that is valid by schema and rules.

    `replayed` says that its id was seen before.  Never raises an `EdmException`: it becomes the answer.
    """
    identity_match = None
    attachments: tuple[Attachment, ...]
    try:
        # (1) May we look at the request, and do we serve what it asks for?
        _must_be_new(request, replayed=replayed)
        service = _data_service(request, settings)
        subject = _subject(request)
        _must_be_possible(request)

        if request.procedure == SYSTEM_CHECK:
            # Nobody is looked for: the test document is the same for all.
            attachments = (attach_test_document(settings=settings, now=now, new_id=new_id),)
        else:
            # (2) Exactly one person, identified surely enough, or nobody (IR 16(3)).
            _must_be_sure(subject, service)
            found = match(subject, register=register, country=settings.country)
            identity_match = remembered(found)
            person = _exactly_one(found)

            # (3) The document is made now.  A person without a birth record is no error: there are no evidences.
            birth = register.birth_record_of(person)
            attachments = () if birth is None else (attach(person, birth, settings=settings, now=now, new_id=new_id),)
    except EdmException as error:
        refusal = refuse(
            error,
            request_id=request.id,
            specification=request.specification,
            requester=request.requester,
            settings=settings,
            now=now,
            new_id=new_id,
        )
        return Answer(document=refusal, identity_match=identity_match)

    response = EvidenceResponse(
        request_id=request.id,
        response_id=new_id(),
        specification=request.specification,
        issue_date_time=now,
        provider=settings.agent(AgentClassification.EVIDENCE_PROVIDER),
        requester=_named(request.requester),
        evidences=tuple(
            describe(attachment, request, subject=subject, service=service, settings=settings)
            for attachment in attachments
        ),
    )
    return Answer(document=response, attachments=attachments, identity_match=identity_match)


def refuse(
    error: EdmException,
    *,
    request_id: str | None,
    specification: str,
    requester: Agent | None,
    settings: ProviderSettings,
    now: datetime,
    new_id: NewId,
) -> ErrorResponse:
    """
    Say no, with a reason.

    Id and requester may be missing only beside an `InvalidRequest` that could not be read so far (R-EDM-ERR-C025).
    """
    return ErrorResponse(
        request_id=request_id,
        response_id=new_id(),
        specification=specification,
        error_provider=settings.agent(AgentClassification.ERROR_PROVIDER),
        exceptions=(exception_report(error, now),),
        requester=None if requester is None else _named(requester),
    )


def _must_be_new(request: EvidenceRequest, *, replayed: bool) -> None:
    if replayed:
        detail = "a request identifier is used once, and this one was used before (TDD 4.4)"
        raise InvalidRequest(detail, rules=("X24",))
    if request.preview_location is not None:
        raise InvalidRequest("PreviewLocation was not issued by this provider")


def _data_service(request: EvidenceRequest, settings: ProviderSettings) -> DataService:
    if request.provider.identifier != settings.identifier:
        raise UnresolvedReference("the EvidenceProvider of the request is not served here")
    asked = request.evidence_type
    # A system check concerns nobody, so it never reaches a register; and nobody's request ends at the test document.
    served = settings.data_services
    if request.procedure == SYSTEM_CHECK:
        served = () if settings.system_check is None else (settings.system_check,)
    service = next((service for service in served if service.identifier == asked.identifier), None)
    if service is None:
        raise UnresolvedReference("the data service of the EvidenceRequest is not known here")
    if asked.classification != service.classification:
        raise UnresolvedReference("the data service provides another EvidenceTypeClassification than the request names")
    if not service.requirements.issuperset(requirement.identifier for requirement in request.requirements):
        raise UnresolvedReference("the evidence type does not prove a Requirement of the request")
    return service


def _subject(request: EvidenceRequest) -> NaturalPerson:
    if not isinstance(request.subject, NaturalPerson):
        raise ObjectNotFound("this evidence type is about natural persons only")
    if request.representative is not None:
        raise UnsupportedCapability("requests by a representative are not supported")
    return request.subject


def _must_be_possible(request: EvidenceRequest) -> None:
    if not any(distribution.format == PDF for distribution in request.evidence_type.distributions):
        raise UnsupportedCapability(f"the evidence is available as {PDF} only")
    # Without a preview space nothing may be released that the user can look at first (SDGR 14(3)(f)).
    if request.possibility_for_preview:
        raise UnsupportedCapability("this provider has no preview space, and PossibilityForPreview is true")


def _must_be_sure(subject: NaturalPerson, service: DataService) -> None:
    rising = list(LevelOfAssurance)
    reached = subject.level_of_assurance
    if reached is None or rising.index(reached) < rising.index(service.level_of_assurance):
        raise AuthenticationRefused(f"the evidence needs LevelOfAssurance {service.level_of_assurance.value} or higher")


def _exactly_one(found: Match | NoMatch) -> RegisteredPerson:
    if isinstance(found, NoMatch):
        raise ObjectNotFound(NOT_EXACTLY_ONE)
    return found.person


def _named(requester: Agent) -> Agent:
    # In answers the requester has neither address nor classification (R-EDM-RESP-S028).
    return Agent(identifier=requester.identifier, names=requester.names)
