"""
Evidence requests, responses and error responses as values, the same for every line (TDD 4.5; edm.md 2, 3 and 10.2).

Reading and writing stand in `request`, `response` and `error`.  RegRep has no part in these values: no slots, and no
ids of registry objects, which mean nothing outside one document.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Final

from oots.codes import EdmCode
from oots.errors import CallerError


class AgentClassification(Enum):
    """Code list AgentClassification."""

    EVIDENCE_REQUESTER = "ER"
    INTERMEDIARY_PLATFORM = "IP"
    EVIDENCE_PROVIDER = "EP"
    ERROR_PROVIDER = "ERRP"


class LevelOfAssurance(Enum):
    """Code list LevelsOfAssurance; in rising order."""

    LOW = "Low"
    SUBSTANTIAL = "Substantial"
    HIGH = "High"


class ClassificationNode(Enum):
    """What a document of a response is; the last three are what an `sdg:AssociatedDocumentRequest` may ask for."""

    MAIN_EVIDENCE = "MainEvidence"
    ANNEX = "Annex"
    HUMAN_READABLE_VERSION = "HumanReadableVersion"
    TRANSLATION = "Translation"


class ResponseStatus(Enum):
    """`@status` of an evidence response; an error response always has Failure."""

    SUCCESS = "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Success"
    UNAVAILABLE = "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Unavailable"


class ErrorSeverity(Enum):
    """Code list ErrorSeverity, without the value that only the Data Service Directory may use."""

    ERROR = "urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Error"
    PREVIEW_REQUIRED = "urn:sr.oots.tech.ec.europa.eu:codes:ErrorSeverity:EDMErrorResponse:PreviewRequired"


class PreviewMethod(Enum):
    """How line 1.2 wants the user sent to the preview space; in 2.0 it is always GET."""

    GET = "GET"
    POST = "POST"
    PUT = "PUT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """A value, and the scheme it belongs to.  Only foreign answers, and concepts without code list, lack the scheme."""

    value: str
    scheme_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MultilingualString:
    """A text in one language, `EN` or `FI`.  Only a foreign answer lacks the language."""

    text: str
    lang: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """`sdg:AddressType`; `admin_unit_level1` is the country, level 2 a NUTS code."""

    admin_unit_level1: str
    admin_unit_level2: str | None = None
    full_address: str | None = None
    locator_designator: str | None = None
    post_code: str | None = None
    post_city_name: str | None = None
    thoroughfare: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """
    `sdg:Agent`: an authority, or a platform that works for one.

    Where it stands decides whether it has an address and a classification (edm.md 3.3).
    """

    identifier: Identifier
    names: tuple[MultilingualString, ...]
    address: Address | None = None
    classification: AgentClassification | None = None

    def echoed(self) -> "Agent":
        """As the other side's document repeats it: identifier and names only."""
        return Agent(identifier=self.identifier, names=self.names)


@dataclass(frozen=True, slots=True, kw_only=True)
class SectorSpecificAttribute:
    """A named value beside the minimum data set; `PowerOfRepresentationScope` names the procedures of a mandate."""

    name: str
    uri: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NaturalPerson:
    """
    `sdg:PersonType`: the subject of an evidence, or who acts for it.

    A request always says how surely the person was identified; a response never does.
    """

    family_name: str
    given_name: str
    date_of_birth: date
    identifier: Identifier | None = None
    level_of_assurance: LevelOfAssurance | None = None
    birth_name: str | None = None
    place_of_birth: str | None = None
    current_address: Address | None = None
    gender: str | None = None
    nationality: str | None = None
    country_of_birth: str | None = None
    town_of_birth: str | None = None
    country_of_residence: str | None = None
    phone_number: str | None = None
    email_address: str | None = None
    sector_specific_attributes: tuple[SectorSpecificAttribute, ...] = ()

    def echoed(self) -> "NaturalPerson":
        """As a response repeats the subject: who it is, and nothing else (R-EDM-RESP-S041)."""
        return NaturalPerson(
            family_name=self.family_name,
            given_name=self.given_name,
            date_of_birth=self.date_of_birth,
            identifier=self.identifier,
            place_of_birth=self.place_of_birth,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalPerson:
    """`sdg:LegalPersonType`: an organisation as the subject, or acting for it."""

    legal_name: str
    legal_person_identifier: Identifier | None
    level_of_assurance: LevelOfAssurance | None = None
    identifiers: tuple[Identifier, ...] = ()
    """Further ones, by schemes such as VAT or LEI."""
    registered_address: Address | None = None
    legal_phone_number: str | None = None
    legal_email_address: str | None = None
    sector_specific_attributes: tuple[SectorSpecificAttribute, ...] = ()

    def echoed(self) -> "LegalPerson":
        """As a response repeats the subject: which one it is, and nothing else (R-EDM-RESP-S042)."""
        return LegalPerson(legal_name=self.legal_name, legal_person_identifier=self.legal_person_identifier)


Person = NaturalPerson | LegalPerson

QUESTION_TYPES: Final = frozenset({"string", "boolean", "codelist"})
URN_UUID: Final = re.compile(r"urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
"""How a request is identified (R-EDM-REQ-S004)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """What the procedure needs proved, as the Evidence Broker names it."""

    identifier: str
    """URL in the Semantic Repository."""
    names: tuple[MultilingualString, ...]
    descriptions: tuple[MultilingualString, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceProviderClassification:
    """The user's answer to one question of the Data Service Directory."""

    identifier: Identifier
    type: str
    """`string`, `boolean` or `codelist`."""
    supported_value: str | bool
    descriptions: tuple[MultilingualString, ...] = ()
    value_expression: str | None = None
    """URL of the code list."""

    def __post_init__(self) -> None:
        """Refuse an answer that is not of the type of its question."""
        if self.type not in QUESTION_TYPES:
            raise CallerError(f"type is none of {', '.join(sorted(QUESTION_TYPES))}")
        if (self.type == "boolean") is not isinstance(self.supported_value, bool):
            raise CallerError("supported_value is not of the type of the question")


@dataclass(frozen=True, slots=True, kw_only=True)
class DistributedAs:
    """One wanted form of an evidence; several, which only line 2.0 has, are a preference and fallbacks."""

    format: str
    """Media type."""
    languages: tuple[str, ...] = ()
    """Line 2.0; 1.2 has one language for the whole request."""
    conforms_to: str | None = None
    """Data model of a structured form."""
    transformation: str | None = None
    """Line 1.2: URL of a subset of that data model, which 2.0 names in `conforms_to`."""
    associated_documents: tuple[ClassificationNode, ...] = ()
    """Line 2.0."""

    def __post_init__(self) -> None:
        """Refuse a wish for what comes anyway."""
        if ClassificationNode.MAIN_EVIDENCE in self.associated_documents:
            raise CallerError("associated_documents cannot ask for the main evidence")


@dataclass(frozen=True, slots=True, kw_only=True)
class DataServiceEvidenceType:
    """The evidence that is asked for, as the Data Service Directory describes it."""

    identifier: str
    """UUID of the directory's entry."""
    classification: str
    """URL of the evidence type in the Semantic Repository."""
    titles: tuple[MultilingualString, ...]
    distributions: tuple[DistributedAs, ...]
    descriptions: tuple[MultilingualString, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRequest:
    """One evidence type, about one subject, asked from one provider (TDD 4.5.1)."""

    id: str
    """`urn:uuid:…`; answers repeat it."""
    specification: str
    """Line of the exchange data model, such as `oots-edm:v2.0`."""
    issue_date_time: datetime
    procedure: str
    possibility_for_preview: bool
    explicit_request_given: bool
    requirements: tuple[Requirement, ...]
    requester: Agent
    provider: Agent
    subject: Person
    evidence_type: DataServiceEvidenceType
    intermediaries: tuple[Agent, ...] = ()
    representative: Person | None = None
    provider_classifications: tuple[EvidenceProviderClassification, ...] = ()
    preview_location: str | None = None
    """Only in the second request of a preview: where the provider sent the user."""
    return_location: str | None = None
    """Line 2.0: where the provider sends the user back to; in 1.2 the portal appends it to the preview location."""
    language: str | None = None
    """Line 1.2: the language that the user prefers, such as `EN`; 2.0 has languages for each form of the evidence."""

    def __post_init__(self) -> None:
        """Refuse what no line can carry."""
        if not URN_UUID.fullmatch(self.id):
            raise CallerError("the id of a request is not urn:uuid: and a UUID (R-EDM-REQ-S004)")
        if not self.requirements:
            raise CallerError("a request has at least one requirement")
        if self.requester.address is None:
            raise CallerError("the requester of a request has no address (R-EDM-REQ-C073)")
        for name in ("preview_location", "return_location"):
            location = getattr(self, name)
            if location is not None and not location.startswith("https://"):
                raise CallerError(f"{name} does not start with https://")


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """The form in which a document comes."""

    format: str
    """Media type."""
    languages: tuple[str, ...] = ()
    conforms_to: str | None = None
    """Data model of a structured form."""
    transformation: str | None = None
    """Line 1.2: URL of a subset of that data model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceType:
    """The kind of evidence that a document conforms to."""

    classification: str
    """URL of the evidence type in the Semantic Repository."""
    titles: tuple[MultilingualString, ...]
    descriptions: tuple[MultilingualString, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """First and last day of validity."""

    start_date: date
    end_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceMetadata:
    """
    `sdg:Evidence`: what is known about one document.

    The main evidence says all of it; a companion its identifier and distribution only.
    """

    identifier: str
    """A bare UUID, new for every document of every response."""
    distribution: Distribution | None
    is_about: Person | None = None
    issuing_authority: Agent | None = None
    is_conformant_to: EvidenceType | None = None
    issuing_date: date | None = None
    validity_period: Period | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceDocument:
    """A document of a response: its description, and which part of the message carries it."""

    metadata: EvidenceMetadata
    content_id: str
    """Content-ID of the MIME part, without `cid:`."""
    title: str
    """File name, or a name for people."""
    classification: ClassificationNode = ClassificationNode.MAIN_EVIDENCE


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidencePackage:
    """One evidence with the documents that accompany it."""

    main: EvidenceDocument
    companions: tuple[EvidenceDocument, ...] = ()
    """Line 2.0; in 1.2 each document is an evidence of its own."""

    @property
    def documents(self) -> tuple[EvidenceDocument, ...]:
        """The main evidence first."""
        return (self.main, *self.companions)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceResponse:
    """
    The provider's answer (TDD 4.5.2): evidences; none, when nothing is released; or when to ask again.
    """

    request_id: str
    response_id: str
    """A bare UUID, new for every answer."""
    specification: str
    issue_date_time: datetime
    provider: Agent
    requester: Agent
    status: ResponseStatus = ResponseStatus.SUCCESS
    intermediaries: tuple[Agent, ...] = ()
    available_at: datetime | None = None
    """Set exactly when the status is Unavailable."""
    evidences: tuple[EvidencePackage, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionReport:
    """One `rs:Exception`: why there is no evidence, or where the user has to look at it first."""

    code: EdmCode
    severity: ErrorSeverity
    message: str
    timestamp: datetime
    detail: str | None = None
    preview_location: str | None = None
    preview_method: PreviewMethod = PreviewMethod.GET
    """Says something beside a location only."""
    preview_description: tuple[MultilingualString, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorResponse:
    """The provider's refusal, or its invitation to a preview (TDD 4.5.3)."""

    request_id: str | None
    """Missing only when the request was too broken to have one."""
    response_id: str
    """A bare UUID, new for every answer."""
    specification: str
    error_provider: Agent
    exceptions: tuple[ExceptionReport, ...]
    requester: Agent | None = None


Document = EvidenceRequest | EvidenceResponse | ErrorResponse
