"""
Checks of an answer against the request it answers (edm.md 7.7, flows.md 3.6), under the ids given there.

What breaks the correlation, concerns another person, or cannot be handed over is fatal.  All else is a warning, because
a formal breach makes no document useless.  Headers (X2, X3) and what was answered before are looked at elsewhere.
"""

import unicodedata
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from typing import Final
from urllib.parse import unquote

from oots.codes import EdmCode
from oots.edm.model import (
    Agent,
    ErrorResponse,
    EvidenceDocument,
    EvidencePackage,
    EvidenceRequest,
    EvidenceResponse,
    Identifier,
    LegalPerson,
    NaturalPerson,
)
from oots.validation.findings import Finding, Layer, Severity

Answer = EvidenceResponse | ErrorResponse


def check_answer(request: EvidenceRequest, answer: Answer, parts: Mapping[str, str | None]) -> tuple[Finding, ...]:
    """
    Compare an answer with its request; nothing fatal means that it may be used.

    `parts` gives the media type of every part of the message but the first, by Content-ID.
    """
    found = [finding for check in _OF_EVERY_ANSWER for finding in check(request, answer)]
    if isinstance(answer, EvidenceResponse):
        for package in answer.evidences:
            found.extend(_x11_subject(request, package))
            found.extend(_x12_evidence_type(request, package))
        found.extend(_x14_parts(answer, parts))
    return tuple(found)


def _fatal(rule: str, message: str, location: str = "") -> Finding:
    return Finding(rule=rule, severity=Severity.FATAL, layer=Layer.CROSS, location=location, message=message)


def _warning(rule: str, message: str, location: str = "") -> Finding:
    return Finding(rule=rule, severity=Severity.WARNING, layer=Layer.CROSS, location=location, message=message)


def _x1_request_id(request: EvidenceRequest, answer: Answer) -> Iterator[Finding]:
    if answer.request_id is None:
        # R-EDM-ERR-C025.  With EDM:ERR:0003 the id could not be read there, and the header alone correlates.
        if all(report.code is not EdmCode.INVALID_REQUEST for report in answer.exceptions):
            yield _fatal("X1", "there is no requestId, and no EDM:ERR:0003 that would explain it", "@requestId")
    elif answer.request_id.casefold() != request.id.casefold():
        yield _fatal("X1", "requestId is not the id of the request", "@requestId")


def _x4_specification(request: EvidenceRequest, answer: Answer) -> Iterator[Finding]:
    if answer.specification != request.specification:
        message = f"the request follows {request.specification}, the answer another line"
        yield _fatal("X4", message, "SpecificationIdentifier")


def _x5_requester(request: EvidenceRequest, answer: Answer) -> Iterator[Finding]:
    if answer.requester is not None and not _same_agent(answer.requester, request.requester):
        yield _fatal("X5", "the answer is for another requester", "EvidenceRequester")


def _x6_provider(request: EvidenceRequest, answer: Answer) -> Iterator[Finding]:
    # An error may come from anyone on the way.
    if isinstance(answer, EvidenceResponse) and not _same_agent(answer.provider, request.provider):
        yield _fatal("X6", "the answer comes from another provider than the one asked", "EvidenceProvider")


_OF_EVERY_ANSWER: Final[tuple[Callable[[EvidenceRequest, Answer], Iterable[Finding]], ...]] = (
    _x1_request_id,
    _x4_specification,
    _x5_requester,
    _x6_provider,
)


def _same_agent(found: Agent, expected: Agent) -> bool:
    return _same_identifier(found.identifier, expected.identifier)


def _same_identifier(found: Identifier, expected: Identifier) -> bool:
    # An answer without the scheme is in breach, and still names the same value.
    return found.value == expected.value and found.scheme_id in (None, expected.scheme_id)


# --- each evidence ----------------------------------------------------------------------------------------------------


def _x11_subject(request: EvidenceRequest, package: EvidencePackage) -> Iterator[Finding]:
    subject, asked = package.main.metadata.is_about, request.subject
    if subject is None:
        yield _fatal("X11", "the evidence does not say whom it is about", "IsAbout")
    elif isinstance(subject, NaturalPerson) and isinstance(asked, NaturalPerson):
        yield from _natural_person(subject, asked)
    elif isinstance(subject, LegalPerson) and isinstance(asked, LegalPerson):
        yield from _legal_person(subject, asked)
    else:
        yield _fatal("X11", "the evidence is about another kind of person than the request", "IsAbout")


def _natural_person(subject: NaturalPerson, asked: NaturalPerson) -> Iterator[Finding]:
    same_data = _comparable(subject) == _comparable(asked)
    if subject.identifier is None or asked.identifier is None:
        if not same_data:
            yield _fatal("X11", "the evidence is about a person with other names or another birth date", "IsAbout")
    elif not _same_identifier(subject.identifier, asked.identifier):
        yield _fatal("X11", "the evidence is about a person with another identifier", "IsAbout/Identifier")
    elif not same_data:
        yield _warning("X11", "the identifier is the same, names or birth date are not", "IsAbout")


def _legal_person(subject: LegalPerson, asked: LegalPerson) -> Iterator[Finding]:
    same_name = _folded(subject.legal_name) == _folded(asked.legal_name)
    if subject.legal_person_identifier is None or asked.legal_person_identifier is None:
        if not same_name:
            yield _fatal("X11", "the evidence is about an organisation with another name", "IsAbout")
    elif not _same_identifier(subject.legal_person_identifier, asked.legal_person_identifier):
        yield _fatal("X11", "the evidence is about an organisation with another identifier", "IsAbout")
    elif not same_name:
        yield _warning("X11", "the identifier is the same, the name is not", "IsAbout")


def _comparable(person: NaturalPerson) -> tuple[object, ...]:
    return _folded(person.family_name), _folded(person.given_name), person.date_of_birth


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def _x12_evidence_type(request: EvidenceRequest, package: EvidencePackage) -> Iterator[Finding]:
    evidence_type = package.main.metadata.is_conformant_to
    if evidence_type is None or evidence_type.classification != request.evidence_type.classification:
        yield _warning("X12", "the evidence is of another type than the one asked for", "IsConformantTo")


# --- documents and parts ----------------------------------------------------------------------------------------------


def _x14_parts(response: EvidenceResponse, parts: Mapping[str, str | None]) -> Iterator[Finding]:
    referenced: set[str] = set()
    for package in response.evidences:
        for document in package.documents:
            content_id = part_of(document, parts)
            if content_id is None:
                yield _fatal("X14", "a document has no part in the message", "RepositoryItemRef")
                continue
            if content_id in referenced:
                yield _fatal("X14", "two documents claim the same part of the message", "RepositoryItemRef")
            referenced.add(content_id)
            yield from _media_type(document, parts[content_id])
    if set(parts) - referenced:
        yield _warning("X14", "the message has a part that no document refers to")


def part_of(document: EvidenceDocument, parts: Container[str]) -> str | None:
    """Give the Content-ID of the part that a document refers to, if it is one of `parts`."""
    # Some write the Content-ID into the URL as it is, some percent-encoded (edm.md 2.2.3).
    for candidate in (document.content_id, unquote(document.content_id)):
        if candidate in parts:
            return candidate
    return None


def _media_type(document: EvidenceDocument, found: str | None) -> Iterator[Finding]:
    distribution = document.metadata.distribution
    if distribution is None or found is None:
        yield _warning("X14", "the media type of a document is not known", "Distribution/Format")
    elif _essence(found) != _essence(distribution.format):
        yield _warning("X14", "a part has another media type than its description", "Distribution/Format")


def _essence(media_type: str) -> str:
    return media_type.partition(";")[0].strip().lower()
