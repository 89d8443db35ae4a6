"""
Data services with their providers and questions, as the Data Service Directory gives them in each line.

Which providers an answer of the user leaves is decided in `data_service_directory`.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from directory import declarations
from directory.declarations import Contents, MemberState
from directory.naming import Naming
from directory.regions import code_list, jurisdictions, level_of
from directory.texts import strings
from oots.common_services.answers import Question
from oots.common_services.model import (
    AccessService,
    ClassificationConcept,
    DataServiceEvidenceType,
    EvidenceProviderJurisdictionDetermination,
    Jurisdiction,
    Publisher,
    SupportedValue,
)
from oots.edm.model import Address, Distribution, Identifier

EvidenceTypeKey = tuple[str, str]
"""What names an evidence type in every line: the segment of its URL, and its UUID."""

_LINE_1: Final = "oots-edm:v1."


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One way to an authority, and when it is the right one."""

    access_service: AccessService
    speaks: tuple[str, ...]
    """All versions of the exchange data model, even where the line has place for one."""
    answers: Mapping[str, frozenset[str]]
    """By the UUID of each question: the answers, as a query has them, for which it is this authority."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One data service."""

    record: DataServiceEvidenceType
    """Without providers."""
    questions: tuple[Question, ...]
    codes: Mapping[str, frozenset[str]]
    """By the UUID of each question that is not open: all answers that it can have."""
    providers: tuple[Provider, ...]


def offers_of(contents: Contents, naming: Naming) -> Mapping[tuple[EvidenceTypeKey, str], tuple[Offer, ...]]:
    """Give all data services that the line can carry, by evidence type and country."""
    found: dict[tuple[EvidenceTypeKey, str], list[Offer]] = defaultdict(list)
    for state in contents.member_states.values():
        types = {item.id: item for item in state.evidence_types}
        for declared in state.data_services:
            evidence_type = types[declared.evidence_type]
            key = key_of(evidence_type, state)
            found[key, state.country].append(_Writing(state, naming).offer(declared, evidence_type, key))
    return {key: tuple(offers) for key, offers in found.items()}


def key_of(evidence_type: declarations.EvidenceType, state: MemberState) -> EvidenceTypeKey:
    """Give what names an evidence type in every line."""
    return evidence_type.segment or state.country, evidence_type.id


class _Writing:
    """The parts of one member state's data services, in one line."""

    def __init__(self, state: MemberState, naming: Naming) -> None:
        self._state = state
        self._naming = naming
        self._concepts = {item.id: item for item in state.concepts}
        self._access_services = {item.id: item for item in state.access_services}
        self._publishers = {item.id: item for item in state.publishers}

    def offer(
        self, declared: declarations.DataService, evidence_type: declarations.EvidenceType, key: EvidenceTypeKey
    ) -> Offer:
        """Give a data service."""
        concepts = [self._concepts[uuid] for uuid in declared.concepts]
        # The question about a place stands first: that is where lines 1.x have it.
        about_place = [item for item in concepts if self._asks_for_place(item)][:1]
        others = [item for item in concepts if item not in about_place]
        questions: list[Question] = [*map(self._determination, about_place), *map(self._concept, others)]
        return Offer(
            record=DataServiceEvidenceType(
                identifier=declared.id,
                classification=self._naming.evidence_type(*key),
                titles=strings(declared.title or evidence_type.title),
                descriptions=strings(declared.description or evidence_type.description),
                distributions=self._distributions(declared),
                authentication_level_of_assurance=declared.level_of_assurance,
                jurisdiction_determination=next(map(self._determination, about_place), None),
                classifications=tuple(map(self._concept, others)),
            ),
            questions=tuple(questions),
            codes=dict(self._codes(concepts)),
            providers=tuple(
                provider for item in declared.provisions for provider in self._providers(item, about_place, others)
            ),
        )

    def _asks_for_place(self, concept: declarations.ClassificationConcept) -> bool:
        if not self._naming.is_line_1 or concept.jurisdiction_context is None or concept.code_list is None:
            return False
        return level_of(code_list(self._state, concept.code_list)) is not None

    def _determination(self, concept: declarations.ClassificationConcept) -> EvidenceProviderJurisdictionDetermination:
        assert concept.jurisdiction_context is not None
        assert concept.code_list is not None
        level = level_of(code_list(self._state, concept.code_list))
        assert level is not None
        return EvidenceProviderJurisdictionDetermination(
            jurisdiction_context_id=concept.jurisdiction_context.id,
            jurisdiction_contexts=strings(concept.jurisdiction_context.question),
            jurisdiction_level=level,
        )

    def _concept(
        self, concept: declarations.ClassificationConcept, values: tuple[SupportedValue, ...] = ()
    ) -> ClassificationConcept:
        url = self._naming.code_list(self._state.country, concept.code_list) if concept.code_list else None
        return ClassificationConcept(
            identifier=Identifier(value=concept.id, scheme_id=url),
            type=concept.type,
            descriptions=strings(concept.question),
            value_expression=url,
            supported_values=values,
        )

    def _codes(self, concepts: list[declarations.ClassificationConcept]) -> Iterator[tuple[str, frozenset[str]]]:
        for concept in concepts:
            if concept.code_list is not None:
                yield self._question_id(concept), frozenset(code_list(self._state, concept.code_list).codes)
            elif concept.type == "boolean":
                yield concept.id, frozenset({"true", "false"})

    def _question_id(self, concept: declarations.ClassificationConcept) -> str:
        if self._asks_for_place(concept) and concept.jurisdiction_context is not None:
            return concept.jurisdiction_context.id
        return concept.id

    def _distributions(self, declared: declarations.DataService) -> tuple[Distribution, ...]:
        with_language = self._naming.has("DistributedAs/Language")
        forms = (
            Distribution(
                format=item.format,
                languages=item.languages if with_language else (),
                conforms_to=self._naming.data_model(item.data_model) if item.data_model else None,
            )
            for item in declared.distributions
        )
        # Without languages two forms may be the same.
        return tuple(dict.fromkeys(forms))

    def _providers(
        self,
        declared: declarations.Provision,
        about_place: list[declarations.ClassificationConcept],
        others: list[declarations.ClassificationConcept],
    ) -> Iterator[Provider]:
        access_service = self._access_services[declared.access_service]
        publisher = self._publishers[declared.publisher]
        concepts = tuple(self._concept(item, declared.values[item.id]) for item in others)
        answers = {item.id: frozenset(map(_as_answer, declared.values[item.id])) for item in others}
        speaks = self._speaks(access_service)
        if not speaks:
            return
        for jurisdiction, place in self._places(publisher, declared, about_place):
            yield Provider(
                access_service=AccessService(
                    identifier=Identifier(value=access_service.id, scheme_id=access_service.scheme),
                    names=strings(access_service.name) if self._naming.has("AccessService/Name") else (),
                    conforms_to=speaks,
                    publisher=self._publisher(publisher, jurisdiction, concepts),
                ),
                speaks=access_service.conforms_to,
                answers={**place, **answers},
            )

    def _speaks(self, access_service: declarations.AccessService) -> tuple[str, ...]:
        versions = access_service.conforms_to
        if not self._naming.is_line_1:
            return versions
        # Who speaks no line 1.x is of no use to whoever asks in one; 1.0 has place for one version.
        of_line_1 = sorted((item for item in versions if item.startswith(_LINE_1)), key=_minor)
        if not of_line_1 or self._naming.has("several AccessService/ConformsTo"):
            return versions if of_line_1 else ()
        return (of_line_1[-1],)

    def _places(
        self,
        publisher: declarations.Publisher,
        declared: declarations.Provision,
        about_place: list[declarations.ClassificationConcept],
    ) -> Iterator[tuple[Jurisdiction, Mapping[str, frozenset[str]]]]:
        for concept in about_place:
            assert concept.code_list is not None
            for code in declared.values[concept.id]:
                [jurisdiction] = jurisdictions(self._state, {concept.code_list: (str(code),)}, self._naming)
                yield jurisdiction, {self._question_id(concept): frozenset({str(code)})}
        if not about_place:
            # Where its regions cannot be named the country can: unlike a list, it promises nothing by it.
            everywhere = (Jurisdiction(admin_unit_level1=self._state.country),)
            for jurisdiction in jurisdictions(self._state, publisher.regions, self._naming) or everywhere:
                yield jurisdiction, {}

    def _publisher(
        self,
        declared: declarations.Publisher,
        jurisdiction: Jurisdiction,
        concepts: tuple[ClassificationConcept, ...],
    ) -> Publisher:
        address = declared.address
        return Publisher(
            identifier=Identifier(value=declared.id, scheme_id=declared.scheme),
            names=strings(declared.name),
            descriptions=strings(declared.description) if self._naming.has("Publisher/Description") else (),
            address=Address(
                admin_unit_level1=address.country or self._state.country,
                full_address=address.full_address,
                locator_designator=address.locator_designator,
                post_code=address.post_code,
                post_city_name=address.post_city_name,
                thoroughfare=address.thoroughfare,
            ),
            jurisdiction=jurisdiction,
            concepts=concepts,
        )


def _as_answer(value: bool | str) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else value


def _minor(version: str) -> int:
    return int(version.removeprefix(_LINE_1))


def with_providers(offer: Offer, providers: tuple[Provider, ...]) -> DataServiceEvidenceType:
    """Give the record of an offer with some of its providers."""
    return replace(offer.record, access_services=tuple(item.access_service for item in providers))
