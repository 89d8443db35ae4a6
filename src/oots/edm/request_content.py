"""What the elements of an evidence request hold in each line, beside its slots, with the official rules (edm.md 3)."""

from dataclasses import dataclass, replace
from typing import Final

EIDAS_GENDERS: Final = frozenset({"Male", "Female", "Unspecified"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRules:
    """The official rules for a person, by what they ask for; what has no rule here may be left out."""

    level_present: str | None = None
    level_listed: str | None = None
    scheme: str | None = None
    """The identifier that eIDAS gives has a scheme."""
    birth_date: str | None = None
    """There is no zone behind the date."""
    gender: str | None = None
    """Whom eIDAS identified says one of `EIDAS_GENDERS`, `Unspecified` if need be."""
    genders_are_listed: bool = False
    """The schema itself has no gender but those of `EIDAS_GENDERS`."""
    legal_identifier: str | None = None
    """An organisation has the identifier that eIDAS gives."""
    other_scheme: str | None = None
    """Further identifiers of an organisation have a scheme."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonPlace:
    """A part that a person has in a request: the slots of `query:Query` for it, and the rules there."""

    field: str
    """Of `EvidenceRequest`."""
    natural_slot: str
    legal_slot: str
    natural: PersonRules
    legal: PersonRules


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestContent:
    """What a request of one line may say, and how."""

    has_language: bool
    """`@xml:lang` on the request: the language that the user prefers."""
    distributed_as: frozenset[str]
    """Children of `sdg:DistributedAs`."""
    max_distributions: int | None
    """How many forms of the evidence may be asked for at once."""
    subject: PersonPlace
    representative: PersonPlace


_SUBJECT: Final = PersonPlace(
    field="subject",
    natural_slot="NaturalPerson",
    legal_slot="LegalPerson",
    natural=PersonRules(
        level_present="R-EDM-REQ-C036",
        level_listed="R-EDM-REQ-C037",
        scheme="R-EDM-REQ-C041",
        birth_date="R-EDM-REQ-C043",
    ),
    legal=PersonRules(
        level_present="R-EDM-REQ-C047",
        level_listed="R-EDM-REQ-C048",
        scheme="R-EDM-REQ-C052",
        legal_identifier="R-EDM-REQ-C049",
        other_scheme="R-EDM-REQ-C054",
    ),
)
_REPRESENTATIVE: Final = PersonPlace(
    field="representative",
    natural_slot="AuthorizedRepresentative",
    legal_slot="AuthorizedRepresentativeLegalPerson",
    natural=PersonRules(
        level_present="R-EDM-REQ-C058",
        level_listed="R-EDM-REQ-C059",
        scheme="R-EDM-REQ-C062",
        birth_date="R-EDM-REQ-C064",
        gender="R-EDM-REQ-C126",
    ),
    legal=PersonRules(
        level_present="R-EDM-REQ-C082",
        level_listed="R-EDM-REQ-C083",
        scheme="R-EDM-REQ-C086",
        legal_identifier="R-EDM-REQ-C084",
        other_scheme="R-EDM-REQ-C088",
    ),
)

CONTENT_V2_0: Final = RequestContent(
    # Only prose forbids the attribute: reading drops it, writing refuses it.
    has_language=False,
    distributed_as=frozenset({"Format", "Language", "ConformsTo", "AssociatedDocumentRequest"}),
    max_distributions=None,
    subject=_SUBJECT,
    representative=_REPRESENTATIVE,
)
CONTENT_V1_2: Final = RequestContent(
    has_language=True,
    distributed_as=frozenset({"Format", "ConformsTo", "Transformation"}),
    max_distributions=1,
    subject=replace(_SUBJECT, natural=replace(_SUBJECT.natural, genders_are_listed=True)),
    representative=replace(
        _REPRESENTATIVE, natural=replace(_REPRESENTATIVE.natural, gender=None, genders_are_listed=True)
    ),
)
