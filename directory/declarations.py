"""
What a directory holds, in the form in which it is declared: the requirements that all share, and each member state's.

The text below a key says what is expected there, and is shown to whoever wrote something else.  What the parts mean
together is judged in `consistency`; what is given out of them is made in `catalogue`.
"""

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from oots.edm.model import LevelOfAssurance

SHARED: Final = "requirements"
"""Name of the part of a directory that belongs to no member state."""

MOST: Final = 5000
"""Of one kind in one file.  The largest member state declares some hundred procedures."""


def _readable(text: str) -> str:
    if not text.isprintable() or text != text.strip():
        raise ValueError("has characters that cannot be printed, or blanks around it")
    return text


Readable = AfterValidator(_readable)

Uuid = Annotated[str, Field(pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Text = Annotated[str, Field(min_length=1, max_length=2000), Readable]
Code = Annotated[str, Field(min_length=1, max_length=100), Readable]
Language = Annotated[str, Field(pattern="^[A-Z]{2}$")]
Country = Annotated[str, Field(pattern="^[A-Z]{2}$")]
ShortName = Annotated[str, Field(pattern="^[A-Za-z0-9]{2,50}$")]
Model = Annotated[str, Field(pattern="^[A-Za-z0-9._-]{1,100}$")]
Specification = Annotated[str, Field(pattern=r"^oots-edm:v[0-9]{1,3}\.[0-9]{1,3}$")]
Texts = Annotated[dict[Language, Text], Field(min_length=1)]
MaybeTexts = dict[Language, Text]
Regions = dict[ShortName, Annotated[tuple[Code, ...], Field(min_length=1, max_length=MOST)]]


class Part(BaseModel):
    """A table that knows its keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class SharedRequirement(Part):
    """Something that procedures of any member state may want proved."""

    id: Uuid
    """the UUID that ends the requirement's URL, in lower case"""
    name: Texts
    """texts by language, such as { EN = "Proof of birth" }"""
    description: MaybeTexts = {}
    """texts by language"""


class SharedRequirements(Part):
    """The list on which all member states agree."""

    requirements: Annotated[tuple[SharedRequirement, ...], Field(min_length=1, max_length=MOST)]
    """one table [[requirements]] for each"""


class CodeList(Part):
    """A code list of the member state: regions, institutions."""

    short_name: ShortName
    """2 to 50 letters or digits: the end of its URL"""
    version: Annotated[int, Field(ge=1, le=1_000_000)]
    """a whole number, larger than before when the codes change"""
    territory: Literal["nuts", "lau"] | None = None
    """"nuts" or "lau" when its codes are such regions: lines 1.x then ask for the place itself"""
    codes: Annotated[dict[Code, Texts], Field(min_length=1, max_length=MOST)]
    """texts by language for each code, such as AT13 = { DE = "Wien" }"""


class JurisdictionContext(Part):
    """How lines 1.x ask for the place that a concept selects."""

    id: Uuid
    """a UUID of its own, in lower case"""
    question: Texts
    """texts by language, such as { EN = "Place of residence" }"""


class ClassificationConcept(Part):
    """A question that tells the providers of an evidence type apart."""

    id: Uuid
    """the UUID under which it is answered, in lower case"""
    type: Literal["string", "boolean", "codelist"]
    """"string", "boolean" or "codelist" """
    code_list: ShortName | None = None
    """short name of the code list that the answer is from; for type "codelist" only"""
    question: Texts
    """texts by language"""
    jurisdiction_context: JurisdictionContext | None = None
    """how lines 1.x ask for the same, when the code list is a territory"""


class ReferenceFramework(Part):
    """A procedure of the member state, and what it wants proved."""

    id: Uuid
    """a UUID, in lower case"""
    procedure: Annotated[str, Field(pattern="^([A-Z]+[1-9][0-9]*|00)$")]
    """code of the procedure, such as "T1" """
    requirements: Annotated[tuple[Uuid, ...], Field(min_length=1, max_length=MOST)]
    """UUIDs of the requirements, all of which have to be proved"""
    title: Texts
    """texts by language"""
    description: MaybeTexts = {}
    """texts by language"""
    regions: Regions = {}
    """codes by short name of their code list, when it holds in these regions only"""


class EvidenceType(Part):
    """A kind of evidence that the member state has."""

    id: Uuid
    """the UUID that ends the evidence type's URL, in lower case"""
    segment: Literal["EU", "oots"] | None = None
    """"EU" or "oots" for a type that is not the member state's own"""
    title: Texts
    """texts by language"""
    description: MaybeTexts = {}
    """texts by language"""
    structured_formats: tuple[Code, ...] = ()
    """media types of its structured forms"""


class EvidenceTypeList(Part):
    """One way to prove a requirement in the member state, or that there is none."""

    id: Uuid
    """a UUID, in lower case"""
    requirement: Uuid
    """UUID of the requirement that it proves"""
    name: Texts
    """texts by language"""
    evidence_types: Annotated[tuple[Uuid, ...], Field(max_length=MOST)] = ()
    """UUIDs of the evidence types, all of which are needed together"""
    no_match: MaybeTexts = {}
    """texts by language, instead of evidence types: why there is no such evidence"""
    regions: Regions = {}
    """codes by short name of their code list, when it holds in these regions only"""


class AccessService(Part):
    """An access point of the member state."""

    id: Code
    """its party id, such as "AP_FI_01" """
    scheme: Code
    """the type of the party id"""
    name: MaybeTexts = {}
    """texts by language"""
    conforms_to: Annotated[tuple[Specification, ...], Field(min_length=1, max_length=20)]
    """versions of the exchange data model that it speaks, such as ["oots-edm:v2.0"]"""


class Address(Part):
    """Where an authority is."""

    country: Country | None = None
    """OOTS code of the country when it is not that of the file"""
    full_address: Text | None = None
    """all of it in one line"""
    locator_designator: Text | None = None
    """number of the house"""
    post_code: Text | None = None
    """such as "1010" """
    post_city_name: Text | None = None
    """such as "Wien" """
    thoroughfare: Text | None = None
    """name of the street"""


class Publisher(Part):
    """An authority of the member state that provides evidence."""

    id: Code
    """its identifier"""
    scheme: Code
    """the type of the identifier"""
    name: Texts
    """texts by language"""
    description: MaybeTexts = {}
    """texts by language"""
    address: Address = Address()
    """where it is"""
    regions: Regions = {}
    """codes by short name of their code list, when it is there for these regions only"""


class Distribution(Part):
    """A form in which an evidence comes."""

    format: Code
    """media type"""
    languages: tuple[Language, ...] = ()
    """such as ["FI", "SV"]"""
    data_model: Model | None = None
    """name of the data model of a structured form, such as "demo-degree-1.0.0" """


class Provision(Part):
    """That an authority provides an evidence, through an access point."""

    access_service: Code
    """party id of one of [[access_services]]"""
    publisher: Code
    """identifier of one of [[publishers]]"""
    values: dict[Uuid, Annotated[tuple[bool | Code, ...], Field(min_length=1, max_length=MOST)]] = {}
    """by UUID of each concept: the answers for which it is this authority"""


class DataService(Part):
    """Who provides an evidence type, and in which forms."""

    id: Uuid
    """a UUID, in lower case"""
    evidence_type: Uuid
    """UUID of one of [[evidence_types]]"""
    title: MaybeTexts = {}
    """texts by language when they differ from those of the evidence type"""
    description: MaybeTexts = {}
    """texts by language when they differ from those of the evidence type"""
    level_of_assurance: LevelOfAssurance | None = None
    """"Low", "Substantial" or "High": how surely the user has to be identified"""
    concepts: Annotated[tuple[Uuid, ...], Field(max_length=20)] = ()
    """UUIDs of the questions that tell its providers apart"""
    distributions: Annotated[tuple[Distribution, ...], Field(min_length=1, max_length=100)]
    """one table [[data_services.distributions]] for each form"""
    provisions: Annotated[tuple[Provision, ...], Field(min_length=1, max_length=MOST)]
    """one table [[data_services.provisions]] for each provider"""


class MemberState(Part):
    """All that one member state declares to both services; a new file replaces it as a whole."""

    country: Country
    """OOTS code of the member state, such as "FI"; Greece is "EL" """
    code_lists: Annotated[tuple[CodeList, ...], Field(max_length=MOST)] = ()
    """one table [[code_lists]] for each"""
    concepts: Annotated[tuple[ClassificationConcept, ...], Field(max_length=MOST)] = ()
    """one table [[concepts]] for each"""
    reference_frameworks: Annotated[tuple[ReferenceFramework, ...], Field(max_length=MOST)] = ()
    """one table [[reference_frameworks]] for each"""
    evidence_types: Annotated[tuple[EvidenceType, ...], Field(max_length=MOST)] = ()
    """one table [[evidence_types]] for each"""
    evidence_type_lists: Annotated[tuple[EvidenceTypeList, ...], Field(max_length=MOST)] = ()
    """one table [[evidence_type_lists]] for each"""
    access_services: Annotated[tuple[AccessService, ...], Field(max_length=MOST)] = ()
    """one table [[access_services]] for each"""
    publishers: Annotated[tuple[Publisher, ...], Field(max_length=MOST)] = ()
    """one table [[publishers]] for each"""
    data_services: Annotated[tuple[DataService, ...], Field(max_length=MOST)] = ()
    """one table [[data_services]] for each"""


class Contents(Part):
    """All that a directory holds."""

    requirements: tuple[SharedRequirement, ...] = ()
    member_states: dict[Country, MemberState] = {}

    def with_part(self, part: SharedRequirements | MemberState) -> "Contents":
        """Give the same with one part replaced."""
        if isinstance(part, SharedRequirements):
            return self.model_copy(update={"requirements": part.requirements})
        return self.model_copy(update={"member_states": {**self.member_states, part.country: part}})


def name_of(part: SharedRequirements | MemberState) -> str:
    """Give the name under which a part is replaced."""
    return part.country if isinstance(part, MemberState) else SHARED
