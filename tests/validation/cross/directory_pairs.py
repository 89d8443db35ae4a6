"""Pairs of requests and what the directory and the broker answered."""

from dataclasses import replace
from typing import Any, Final

from oots.edm.model import (
    DistributedAs,
    EvidenceProviderClassification,
    EvidenceRequest,
    Identifier,
    LevelOfAssurance,
)
from oots.validation.cross.directory import (
    Discovery,
    PublishedService,
    Question,
    x20_discovered,
    x21_level_of_assurance,
    x22_questions,
)
from oots.validation.findings import Severity
from tests.validation.cross.messages import OTHER_UUID, Exchange
from tests.validation.cross.pairs import row

REGION: Final = Identifier(value=OTHER_UUID, scheme_id="https://sr.oots.tech.ec.europa.eu/codelists/FI/Regions")
CODE: Final = EvidenceProviderClassification(identifier=REGION, type="codelist", supported_value="FI1")


def published(on: Exchange, **changes: Any) -> PublishedService:
    offered = tuple(replace(form, associated_documents=()) for form in on.request.evidence_type.distributions)
    found = PublishedService(
        evidence_type=replace(on.request.evidence_type, distributions=offered), publisher=on.request.provider
    )
    return replace(found, **changes)


def discovery(on: Exchange, **changes: Any) -> Discovery:
    found = Discovery(published=published(on), requirements=on.request.requirements, procedure=on.request.procedure)
    return replace(found, **changes)


def evidence_type_published(on: Exchange, **changes: Any) -> Discovery:
    service = published(on)
    return discovery(on, published=replace(service, evidence_type=replace(service.evidence_type, **changes)))


def answering(on: Exchange, *answers: EvidenceProviderClassification) -> EvidenceRequest:
    return replace(on.request, provider_classifications=answers)


PAIRS: Final = (
    row(
        "X20",
        "the data service is another one",
        lambda on, found: x20_discovered(on.request, found),
        discovery,
        lambda on: evidence_type_published(on, identifier=OTHER_UUID),
    ),
    row(
        "X20",
        "the evidence type is another one",
        lambda on, found: x20_discovered(on.request, found),
        discovery,
        lambda on: evidence_type_published(on, classification="https://other.example"),
    ),
    row(
        "X20",
        "the title was invented",
        lambda on, found: x20_discovered(on.request, found),
        discovery,
        lambda on: evidence_type_published(on, titles=()),
    ),
    row(
        "X20",
        "the form is not offered",
        lambda on, found: x20_discovered(on.request, found),
        discovery,
        lambda on: evidence_type_published(on, distributions=(DistributedAs(format="image/png"),)),
    ),
    row(
        "X20",
        "the provider is no publisher",
        lambda on, found: x20_discovered(on.request, found),
        discovery,
        lambda on: discovery(on, published=published(on, publisher=on.request.requester)),
    ),
    row(
        "X20",
        "the name of the provider was invented",
        lambda on, found: x20_discovered(on.request, found),
        discovery,
        lambda on: discovery(on, published=published(on, publisher=replace(on.request.provider, names=()))),
    ),
    row(
        "X20",
        "the requirement is none of the procedure's",
        lambda on, found: x20_discovered(on.request, found),
        discovery,
        lambda on: discovery(on, requirements=()),
    ),
    row(
        "X20",
        "the procedure is another one",
        lambda on, found: x20_discovered(on.request, found),
        discovery,
        lambda on: discovery(on, procedure="V2"),
    ),
    row(
        "X21",
        "the user was not identified surely enough",
        lambda on, asked: x21_level_of_assurance(
            asked, published(on, level_of_assurance=LevelOfAssurance.SUBSTANTIAL), Severity.FATAL
        ),
        lambda on: replace(
            on.request, subject=replace(on.request.subject, level_of_assurance=LevelOfAssurance.SUBSTANTIAL)
        ),
        lambda on: replace(on.request, subject=replace(on.request.subject, level_of_assurance=LevelOfAssurance.LOW)),
    ),
    row(
        "X22",
        "a question is left unanswered",
        lambda _, request: x22_questions(request, (Question(identifier=REGION, type="codelist"),)),
        lambda on: answering(on, CODE),
        answering,
    ),
    row(
        "X22",
        "a question is answered that nobody asked",
        lambda _, request: x22_questions(request, ()),
        answering,
        lambda on: answering(on, CODE),
    ),
    row(
        "X22",
        "a question is answered twice",
        lambda _, request: x22_questions(request, (Question(identifier=REGION, type="codelist"),)),
        lambda on: answering(on, CODE),
        lambda on: answering(on, CODE, replace(CODE, supported_value="FI2")),
    ),
)
