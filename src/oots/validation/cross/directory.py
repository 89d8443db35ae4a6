"""
A request against what the Evidence Broker and the Data Service Directory said: X20 to X22.

The values here are the few that are compared; how those services are asked and answer is no matter of this module.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from oots.codes import SYSTEM_CHECK
from oots.edm.model import (
    Agent,
    DataServiceEvidenceType,
    DistributedAs,
    EvidenceRequest,
    Identifier,
    LevelOfAssurance,
    Requirement,
)
from oots.validation.cross.breaches import breach, fatal
from oots.validation.cross.identifiers import essence
from oots.validation.findings import Finding, Severity

_RISING: Final = tuple(LevelOfAssurance)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """`sdg:EvidenceProviderClassification` of the directory: what it has to know before it names a provider."""

    identifier: Identifier
    type: str
    """`string`, `boolean` or `codelist`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedService:
    """`sdg:DataServiceEvidenceType` as the directory publishes it, with one of its publishers."""

    evidence_type: DataServiceEvidenceType
    """Its distributions are the forms that can be had."""
    publisher: Agent
    """The provider."""
    level_of_assurance: LevelOfAssurance | None = None
    """The lowest with which a user may have been identified; None asks for none."""
    questions: tuple[Question, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """What a requester was told, and makes its request of."""

    published: PublishedService
    requirements: tuple[Requirement, ...]
    """All that the Evidence Broker gives for `procedure`."""
    procedure: str


def check_discovery(request: EvidenceRequest, discovery: Discovery) -> tuple[Finding, ...]:
    """Hold a request against what it was made of, before it is sent; a level that is too low is a warning only."""
    service = discovery.published
    return (
        *x20_discovered(request, discovery),
        *x21_level_of_assurance(request, service, Severity.WARNING),
        *x22_questions(request, service.questions),
    )


def check_service(request: EvidenceRequest, service: PublishedService) -> tuple[Finding, ...]:
    """Hold a request that came against what its provider publishes; EDM:ERR:0001 answers X21 (flows.md 2.f)."""
    return (*x21_level_of_assurance(request, service, Severity.FATAL), *x22_questions(request, service.questions))


def x20_discovered(request: EvidenceRequest, discovery: Discovery) -> Iterator[Finding]:
    """X20: what a request asks for, and whom, was copied from the answers of the directory and the broker."""
    yield from _evidence_type(request.evidence_type, discovery.published.evidence_type)
    publisher = discovery.published.publisher
    if request.provider.identifier != publisher.identifier or not set(request.provider.names) <= set(publisher.names):
        yield fatal("X20", "the provider is not the publisher that the directory names", "EvidenceProvider")
    if not set(request.requirements) <= set(discovery.requirements):
        yield fatal("X20", "a requirement is none that the broker gives for the procedure", "Requirements")
    # The system check tries out a way, on behalf of no procedure.
    if request.procedure not in (discovery.procedure, SYSTEM_CHECK):
        yield fatal("X20", "the procedure is not the one that the requirements were asked for", "Procedure")


def _evidence_type(asked: DataServiceEvidenceType, published: DataServiceEvidenceType) -> Iterator[Finding]:
    if asked.identifier != published.identifier:
        yield fatal("X20", "the data service is not the one that the directory names", "EvidenceRequest/Identifier")
    if asked.classification != published.classification:
        location = "EvidenceRequest/EvidenceTypeClassification"
        yield fatal("X20", "the evidence type is not the one that the directory names", location)
    if not set(asked.titles) <= set(published.titles):
        yield fatal("X20", "a title is none of the directory's", "EvidenceRequest/Title")
    for form in asked.distributions:
        if not any(_is_offered(form, offer) for offer in published.distributions):
            yield fatal("X20", "a form is none that the directory offers", "EvidenceRequest/DistributedAs")


def _is_offered(form: DistributedAs, offer: DistributedAs) -> bool:
    # Format, language and data model are those of one and the same distribution; 1.x publishes no languages.
    return (
        essence(form.format) == essence(offer.format)
        and form.conforms_to == offer.conforms_to
        and form.transformation == offer.transformation
        and (not offer.languages or set(form.languages) <= set(offer.languages))
    )


def x21_level_of_assurance(
    request: EvidenceRequest, service: PublishedService, severity: Severity
) -> Iterator[Finding]:
    """X21: who logged in, the representative if there is one, was identified as surely as the data service wants."""
    user = request.representative or request.subject
    if service.level_of_assurance is None:
        return
    if user.level_of_assurance is None or _rank(user.level_of_assurance) < _rank(service.level_of_assurance):
        message = f"the data service asks for the level of assurance {service.level_of_assurance.value}"
        yield breach("X21", severity, message, "LevelOfAssurance")


def _rank(level: LevelOfAssurance) -> int:
    return _RISING.index(level)


def x22_questions(request: EvidenceRequest, questions: Collection[Question]) -> Iterator[Finding]:
    """X22: the request answers each question of the directory, and no other."""
    answered = [Question(identifier=item.identifier, type=item.type) for item in request.provider_classifications]
    location = "EvidenceProviderClassification"
    if set(answered) - set(questions):
        yield fatal("X22", "the request answers a question that the directory did not ask", location)
    if set(questions) - set(answered):
        yield fatal("X22", "the request leaves a question of the directory unanswered", location)
    if len(set(answered)) < len(answered):
        yield fatal("X22", "the request answers a question twice", location)
