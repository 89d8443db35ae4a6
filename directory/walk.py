"""
What a requester would see: from a procedure in one country to the providers in another, question by question.

The questions are those that its client would ask, in line 2.0; they are decided here as for anybody.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from directory.answers import Answer, decide
from directory.catalogue import Catalogue
from oots.common_services.answers import Question, QuestionForUser, Requirements
from oots.common_services.interface import V2_0
from oots.common_services.model import EvidenceType, Requirement
from oots.common_services.queries import QUERY_ID, DataServicesQuery, EvidenceTypesQuery, Query, RequirementsQuery
from oots.common_services.questions import answered, question_id
from oots.errors import QueryRefused

MOST_ROUNDS: Final = 3
"""In which a client answers questions about one evidence type before it gives up (common-services.md 8)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One question to a directory, and its answer."""

    query: Query = field(repr=False)
    answer: Answer

    @property
    def address(self) -> str:
        """The GET, short enough to be read; what a user answered is left out."""
        shown = [
            f"{name}={_short(name, value)}"
            for name, value in self.query.parameters()
            if name not in {answer.concept for answer in getattr(self.query, "answers", ())}
        ]
        return f"GET /{self.query.service.value}/rest/search?{'&'.join(shown)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfType:
    """The way to the providers of one evidence type."""

    evidence_type: EvidenceType
    rounds: tuple[Step, ...]
    """The first question, and then the same with answers."""

    @property
    def last(self) -> Answer:
        """Where the way ends, or stands still."""
        return self.rounds[-1].answer


@dataclass(frozen=True, slots=True, kw_only=True)
class OfRequirement:
    """What proves one requirement, and who provides it."""

    requirement: Requirement
    lists: Step
    types: tuple[OfType, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """All of it."""

    requirements: Step
    proofs: tuple[OfRequirement, ...]

    @property
    def questions(self) -> tuple[Question, ...]:
        """All that a user is asked on the way, each once."""
        found: dict[str, Question] = {}
        for proof in self.proofs:
            for of_type in proof.types:
                for step in of_type.rounds:
                    if isinstance(step.answer, QuestionForUser):
                        found.update((question_id(question), question) for question in step.answer.questions)
        return tuple(found.values())


def walk(catalogue: Catalogue, *, procedure: str, asking: str, giving: str, answers: Mapping[str, str]) -> Walk:
    """
    Go the whole way; `answers` are those of the user, by question.

    Raises `QueryRefused` for codes that have the form of none.
    """
    first = _ask(RequirementsQuery(interface=V2_0, procedure_id=procedure, country_code=asking), catalogue)
    return Walk(requirements=first, proofs=tuple(_proofs(first.answer, catalogue, giving, answers)))


def _proofs(answer: Answer, catalogue: Catalogue, giving: str, answers: Mapping[str, str]) -> Iterator[OfRequirement]:
    for requirement in answer.requirements if isinstance(answer, Requirements) else ():
        query = EvidenceTypesQuery(requirement_id=requirement.identifier, country_code=giving)
        lists = _ask(query, catalogue)
        # A type that stands in several lists is asked about once.
        types = {item.classification: item for item in _types(lists.answer)}
        yield OfRequirement(
            requirement=requirement,
            lists=lists,
            types=tuple(_of_type(item, catalogue, giving, answers) for item in types.values()),
        )


def _types(answer: Answer) -> Iterator[EvidenceType]:
    for requirement in answer.requirements if isinstance(answer, Requirements) else ():
        for item in requirement.evidence_type_lists:
            yield from item.evidence_types


def _of_type(evidence_type: EvidenceType, catalogue: Catalogue, giving: str, answers: Mapping[str, str]) -> OfType:
    query = DataServicesQuery(evidence_type_classification=evidence_type.classification, country_code=giving)
    rounds = [_ask(query, catalogue)]
    while isinstance(asked := rounds[-1].answer, QuestionForUser) and len(rounds) <= MOST_ROUNDS:
        given = {question_id(item): answers.get(question_id(item), "") for item in asked.questions}
        if not all(given.values()):
            break
        try:
            query = answered(query, asked, given)
        except QueryRefused:
            break
        rounds.append(_ask(query, catalogue))
    return OfType(evidence_type=evidence_type, rounds=tuple(rounds))


def _short(name: str, value: str) -> str:
    if name == QUERY_ID:
        return f"…{value[value.rindex(':') :]}"
    return f"…/{'/'.join(value.split('/')[-2:])}" if value.startswith("https://") else value


def _ask(query: Query, catalogue: Catalogue) -> Step:
    return Step(query=query, answer=decide(query, catalogue))
