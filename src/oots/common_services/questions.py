"""
From a user's answers to the next query of the Data Service Directory, and to what the evidence request repeats of them.

`DSD:ERR:0005` asks; how a question is put to a person is the portal's business.  Answers are personal: none stands in
an error text.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final

from oots.codes import DsdCode
from oots.common_services.answers import Question, QuestionForUser
from oots.common_services.interface import DATA_SERVICES, interface_of
from oots.common_services.model import (
    ClassificationConcept,
    EvidenceProviderJurisdictionDetermination,
    JurisdictionLevel,
)
from oots.common_services.queries import ConceptAnswer, DataServicesQuery
from oots.edm.model import EvidenceProviderClassification, Identifier
from oots.errors import CallerError, QueryRefused, UnreadableAnswer

BOOLEANS: Final = {"true": True, "false": False}
"""How a yes or no is written in a query."""

_CODES: Final = {
    JurisdictionLevel.NUTS1: re.compile(r"[A-Z]{2}[A-Z0-9]"),
    JurisdictionLevel.NUTS2: re.compile(r"[A-Z]{2}[A-Z0-9]{2}"),
    JurisdictionLevel.NUTS3: re.compile(r"[A-Z]{2}[A-Z0-9]{3}"),
    JurisdictionLevel.LAU: re.compile(r".+"),
}
"""Which form a place has; the country is in the query already."""


def question_id(question: Question) -> str:
    """Give the UUID under which a question is answered."""
    match question:
        case ClassificationConcept():
            return question.identifier.value
        case EvidenceProviderJurisdictionDetermination():
            return question.jurisdiction_context_id


def answered(
    query: DataServicesQuery,
    asked: QuestionForUser,
    answers: Mapping[str, str],
    *,
    codes: Mapping[str, Collection[str]] | None = None,
) -> DataServicesQuery:
    """
    Give the query again with the answers to all of its questions, by `question_id`; a boolean is `true` or `false`.

    `codes` has those of the code lists that are known, by `question_id`.  Raises `QueryRefused`, whose `parameter` is
    the question that is not answered, or not rightly; `UnreadableAnswer` when the directory asks what it was told.
    """
    named = {question_id(question): question for question in asked.questions}
    if not answers.keys() <= named.keys():
        raise CallerError("something is answered that the directory did not ask")
    known = {answer.concept for answer in query.answers} | {query.jurisdiction_context_id}
    if known & named.keys():
        raise UnreadableAnswer("the directory asks again what it was told")
    for name, question in named.items():
        value = answers.get(name, "")
        _check(question, value, (codes or {}).get(name))
        query = _with_answer(query, question, value)
    if "evidence-type-id" in interface_of(query.interface).parameters[DATA_SERVICES]:
        query = replace(query, evidence_type_id=asked.data_service.identifier)
    return query


def _check(question: Question, value: str, codes: Collection[str] | None) -> None:
    if isinstance(question, EvidenceProviderJurisdictionDetermination):
        form = _CODES.get(question.jurisdiction_level)
        if form is not None and not form.fullmatch(value):
            reason = f"no code of level {question.jurisdiction_level.value}"
            raise QueryRefused(DsdCode.ANSWER, question_id(question), reason)
        return
    if not value.strip():
        raise QueryRefused(DsdCode.ANSWER, question_id(question), "the question is not answered")
    if question.type == "boolean" and value not in BOOLEANS:
        raise QueryRefused(DsdCode.ANSWER, question_id(question), "neither true nor false")
    if codes is not None and value not in codes:
        raise QueryRefused(DsdCode.ANSWER, question_id(question), "no code of its list")


def _with_answer(query: DataServicesQuery, question: Question, value: str) -> DataServicesQuery:
    if isinstance(question, ClassificationConcept):
        answer = ConceptAnswer(concept=question_id(question), value=value)
        return replace(query, answers=(*query.answers, answer))
    query = replace(query, jurisdiction_context_id=question.jurisdiction_context_id)
    match question.jurisdiction_level:
        case JurisdictionLevel.COUNTRY:
            return query
        case JurisdictionLevel.LAU:
            return replace(query, jurisdiction_admin_l3=value)
        case _:
            return replace(query, jurisdiction_admin_l2=value)


def as_classification(concept: ClassificationConcept, value: str) -> EvidenceProviderClassification:
    """
    Give an answer as slot EvidenceProviderClassification of an evidence request repeats it.

    Raises `CallerError` for a concept or an answer that a request cannot carry.
    """
    if concept.type == "boolean" and value not in BOOLEANS:
        raise CallerError("the answer to a question of type boolean is neither true nor false")
    # R-EDM-REQ asks for the scheme of a code list, which answers of 1.x leave out: it is the URL of the list.
    scheme = concept.identifier.scheme_id
    if scheme is None and concept.type == "codelist":
        scheme = concept.value_expression
    return EvidenceProviderClassification(
        identifier=Identifier(value=concept.identifier.value, scheme_id=scheme),
        type=concept.type or "",
        supported_value=BOOLEANS[value] if concept.type == "boolean" else value,
        descriptions=concept.descriptions,
        value_expression=concept.value_expression,
    )
