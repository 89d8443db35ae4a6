"""
X11: every evidence is about the person that the request is about.

An identifier decides when both sides have one (edm.md 7.7); names and birth date that differ beside it are told only.
"""

import unicodedata
from collections.abc import Iterator

from oots.edm.model import EvidenceRequest, EvidenceResponse, LegalPerson, NaturalPerson, Person
from oots.validation.cross.breaches import fatal, warning
from oots.validation.cross.identifiers import same_identifier
from oots.validation.findings import Finding


def x11_subject(request: EvidenceRequest, response: EvidenceResponse) -> Iterator[Finding]:
    """Compare `IsAbout` of every main evidence with the subject of the request."""
    for package in response.evidences:
        yield from _subject(package.main.metadata.is_about, request.subject)


def _subject(subject: Person | None, asked: Person) -> Iterator[Finding]:
    if subject is None:
        yield fatal("X11", "the evidence does not say whom it is about", "IsAbout")
    elif isinstance(subject, NaturalPerson) and isinstance(asked, NaturalPerson):
        yield from _natural_person(subject, asked)
    elif isinstance(subject, LegalPerson) and isinstance(asked, LegalPerson):
        yield from _legal_person(subject, asked)
    else:
        yield fatal("X11", "the evidence is about another kind of person than the request", "IsAbout")


def _natural_person(subject: NaturalPerson, asked: NaturalPerson) -> Iterator[Finding]:
    same_names = _comparable(subject) == _comparable(asked)
    if subject.identifier is None or asked.identifier is None:
        if not same_names:
            yield fatal("X11", "the evidence is about a person with other names or another birth date", "IsAbout")
    elif not same_identifier(subject.identifier, asked.identifier):
        yield fatal("X11", "the evidence is about a person with another identifier", "IsAbout/Identifier")
    elif not same_names:
        yield warning("X11", "the identifier is the same, names or birth date are not", "IsAbout")


def _legal_person(subject: LegalPerson, asked: LegalPerson) -> Iterator[Finding]:
    same_name = _folded(subject.legal_name) == _folded(asked.legal_name)
    if subject.legal_person_identifier is None or asked.legal_person_identifier is None:
        if not same_name:
            yield fatal("X11", "the evidence is about an organisation with another name", "IsAbout")
    elif not same_identifier(subject.legal_person_identifier, asked.legal_person_identifier):
        yield fatal("X11", "the evidence is about an organisation with another identifier", "IsAbout")
    elif not same_name:
        yield warning("X11", "the identifier is the same, the name is not", "IsAbout")


def _comparable(person: NaturalPerson) -> tuple[object, ...]:
    return _folded(person.family_name), _folded(person.given_name), person.date_of_birth


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())
