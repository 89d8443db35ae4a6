"""
What the common services know, as values, the same for every version of their interface (TDD 3.1.3, 3.2.3).

Whole answers stand in `answers`; reading and writing in `requirement` and `data_service`.  RegRep has no part in these
values: the ids of its objects are new in every answer.
"""

from dataclasses import dataclass
from datetime import date
from enum import Enum

from oots.edm import model as edm
from oots.edm.model import Address, Distribution, Identifier, LevelOfAssurance, MultilingualString
from oots.errors import CallerError


@dataclass(frozen=True, slots=True, kw_only=True)
class AdditionalJurisdictionClassification:
    """A region, by a code list of the member state."""

    list_id: str
    """URL of the list in the Semantic Repository."""
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Jurisdiction:
    """
    Where something holds: a country, or regions of it.

    Lines 1.x name regions by NUTS and LAU codes, 2.0 by lists of the member state.  Codes of one list are alternatives,
    each further list narrows.
    """

    admin_unit_level1: str
    """Country, such as `FI`; `EL` is Greece."""
    admin_unit_level2: str | None = None
    admin_unit_level3: str | None = None
    regions: tuple[AdditionalJurisdictionClassification, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceFramework:
    """A member state's declaration of one of its procedures."""

    identifier: str
    """A bare UUID, given by the member state."""
    procedure: str
    """`RelatedTo`: code of the procedure, such as `T1`."""
    jurisdiction: Jurisdiction
    titles: tuple[MultilingualString, ...] = ()
    descriptions: tuple[MultilingualString, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceType:
    """A kind of evidence, by its URL in the Semantic Repository, with which the Data Service Directory is asked."""

    classification: str
    titles: tuple[MultilingualString, ...]
    descriptions: tuple[MultilingualString, ...] = ()
    jurisdictions: tuple[Jurisdiction, ...] = ()
    """Lines 1.x; in 2.0 the list says where it holds."""
    structured_formats: tuple[str, ...] = ()
    """Line 2.0: media types of its structured forms; none means that it is for people to read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceTypeList:
    """
    One way to prove a requirement: all evidence types of a list together; the lists of a country are alternatives.

    A list without evidence types is the country's statement that it issues none: `NoMatch`.
    """

    identifier: str
    """A bare UUID."""
    names: tuple[MultilingualString, ...] = ()
    evidence_types: tuple[EvidenceType, ...] = ()
    match_descriptions: tuple[MultilingualString, ...] = ()
    """Why there is none."""
    jurisdictions: tuple[Jurisdiction, ...] = ()
    """Line 2.0; in 1.x each evidence type says where it holds."""

    def __post_init__(self) -> None:
        """Refuse a list that says both."""
        if self.evidence_types and self.match_descriptions:
            raise CallerError("match_descriptions say why there is no evidence type, and there is one (CSX-05)")

    @property
    def is_no_match(self) -> bool:
        """The country says that it has no evidence to prove the requirement with."""
        return not self.evidence_types

    @property
    def holds_in(self) -> frozenset[Jurisdiction]:
        """Where the list holds, whichever element of it says so."""
        return frozenset(self.jurisdictions).union(*(item.jurisdictions for item in self.evidence_types))


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """
    What a procedure needs proved.

    An answer about procedures has no lists; one about evidence types has those of the country that was asked for, and
    the declarations of every country.
    """

    identifier: str
    """URL in the Semantic Repository."""
    names: tuple[MultilingualString, ...]
    descriptions: tuple[MultilingualString, ...] = ()
    """Line 2.0."""
    reference_frameworks: tuple[ReferenceFramework, ...] = ()
    evidence_type_lists: tuple[EvidenceTypeList, ...] = ()

    def asked(self) -> edm.Requirement:
        """As an evidence request names it."""
        return edm.Requirement(identifier=self.identifier, names=self.names, descriptions=self.descriptions)


class JurisdictionLevel(Enum):
    """Code list JurisdictionLevel of lines 1.x: how finely a user has to say where."""

    COUNTRY = "Country"
    NUTS1 = "NUTS1"
    NUTS2 = "NUTS2"
    NUTS3 = "NUTS3"
    LAU = "LAU"


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceProviderJurisdictionDetermination:
    """Lines 1.x: that the provider depends on a place, such as that of birth."""

    jurisdiction_context_id: str
    """A bare UUID."""
    jurisdiction_contexts: tuple[MultilingualString, ...]
    """The question, in each of its languages."""
    jurisdiction_level: JurisdictionLevel


SupportedValue = str | bool | date


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassificationConcept:
    """
    What tells the providers of an evidence type apart: a question of the evidence type, a property of a publisher.

    Elements `EvidenceProviderClassification` and `ClassificationConcept`; they belong together by their identifier.
    """

    identifier: Identifier
    """A bare UUID; the scheme is the URL of the code list."""
    type: str | None
    """`string`, `boolean` or `codelist`; foreign answers have it in other spellings, or not at all."""
    descriptions: tuple[MultilingualString, ...]
    """The question, in each of its languages."""
    value_expression: str | None = None
    """URL of the code list."""
    supported_values: tuple[SupportedValue, ...] = ()
    """The answers that a publisher is there for, all of one kind; a question has none."""

    def __post_init__(self) -> None:
        """Refuse values of several kinds: the schema has a place for one."""
        if len({type(value) for value in self.supported_values}) > 1:
            raise CallerError("supported_values are not all of one kind")


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """An evidence provider: corner 4, whom a request names in its body.  Never the party of an AS4 message."""

    identifier: Identifier
    names: tuple[MultilingualString, ...]
    address: Address | None
    """Only foreign answers lack it."""
    jurisdiction: Jurisdiction | None
    """Only foreign answers lack it."""
    descriptions: tuple[MultilingualString, ...] = ()
    """Line 2.0."""
    concepts: tuple[ClassificationConcept, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessService:
    """An access point, corner 3, as far as it works for one provider; messages are addressed to it."""

    identifier: Identifier
    """Party id and its type."""
    publisher: Publisher
    conforms_to: tuple[str, ...]
    """Versions of the exchange data model that it speaks; foreign answers may lack them."""
    names: tuple[MultilingualString, ...] = ()
    """Line 2.0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataServiceEvidenceType:
    """An evidence type, the forms in which it comes, and who provides it."""

    identifier: str
    """A bare UUID; an evidence request repeats it."""
    classification: str
    """URL in the Semantic Repository."""
    titles: tuple[MultilingualString, ...]
    descriptions: tuple[MultilingualString, ...] = ()
    distributions: tuple[Distribution, ...] = ()
    access_services: tuple[AccessService, ...] = ()
    """None where the directory first has a question."""
    authentication_level_of_assurance: LevelOfAssurance | None = None
    """How surely the user has to be identified, at least."""
    jurisdiction_determination: EvidenceProviderJurisdictionDetermination | None = None
    """Lines 1.x."""
    classifications: tuple[ClassificationConcept, ...] = ()
    """The questions that tell its providers apart."""

    def reduced(self) -> "DataServiceEvidenceType":
        """As it stands beside a question: without providers, and what tells them apart."""
        return DataServiceEvidenceType(
            identifier=self.identifier,
            classification=self.classification,
            titles=self.titles,
            descriptions=self.descriptions,
            distributions=self.distributions,
            authentication_level_of_assurance=self.authentication_level_of_assurance,
        )

    def asked(self, *forms: Distribution) -> edm.DataServiceEvidenceType:
        """As an evidence request names it, with the wanted forms in order of preference, each as it is offered."""
        if not forms or any(form not in self.distributions for form in forms):
            raise CallerError("a form is asked for that the data service does not offer")
        return edm.DataServiceEvidenceType(
            identifier=self.identifier,
            classification=self.classification,
            titles=self.titles,
            descriptions=self.descriptions,
            distributions=tuple(
                edm.DistributedAs(
                    format=form.format,
                    languages=form.languages,
                    conforms_to=form.conforms_to,
                    transformation=form.transformation,
                )
                for form in forms
            ),
        )
