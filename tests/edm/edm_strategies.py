"""Any value that line 2.0 can carry, for Hypothesis."""

import re
from datetime import UTC, date, datetime
from typing import Any

from hypothesis import strategies as st

from oots.codes import EdmCode
from oots.edm.model import (
    Address,
    Agent,
    AgentClassification,
    ClassificationNode,
    DataServiceEvidenceType,
    DistributedAs,
    Distribution,
    ErrorResponse,
    ErrorSeverity,
    EvidenceDocument,
    EvidenceMetadata,
    EvidencePackage,
    EvidenceProviderClassification,
    EvidenceRequest,
    EvidenceResponse,
    EvidenceType,
    ExceptionReport,
    Identifier,
    LegalPerson,
    LevelOfAssurance,
    MultilingualString,
    NaturalPerson,
    Period,
    Requirement,
    ResponseStatus,
    SectorSpecificAttribute,
)
from oots.edm.specification import V2_0

COMPANIONS = [node for node in ClassificationNode if node is not ClassificationNode.MAIN_EVIDENCE]


def _without_blurred_blanks(text: str) -> str:
    # Reading takes blanks away at the ends, and collapses them in tokens.
    return re.sub(" +", " ", text).strip(" ") or "-"


texts = st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn"]), min_size=1, max_size=6).map(
    _without_blurred_blanks
)
languages = st.sampled_from(["EN", "FI", "PT", "en"])
uuids = st.uuids().map(str)
urns = st.uuids().map(lambda value: f"urn:uuid:{value}")
urls = texts.map(lambda text: f"https://{text}")
days = st.dates(min_value=date(1, 1, 1))
moments = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def some(strategy: st.SearchStrategy[Any], *, least: int = 0, most: int = 2) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(strategy, min_size=least, max_size=most).map(tuple)


strings = st.builds(MultilingualString, text=texts, lang=languages)
identifiers = st.builds(Identifier, value=texts, scheme_id=texts)
addresses = st.builds(
    Address,
    admin_unit_level1=texts,
    admin_unit_level2=maybe(texts),
    full_address=maybe(texts),
    locator_designator=maybe(texts),
    post_code=maybe(texts),
    post_city_name=maybe(texts),
    thoroughfare=maybe(texts),
)
named_agents = st.builds(Agent, identifier=identifiers, names=some(strings, least=1))


def agents(
    classification: AgentClassification, address: st.SearchStrategy[Address | None] | None = None
) -> st.SearchStrategy[Agent]:
    return st.builds(
        Agent,
        identifier=identifiers,
        names=some(strings, least=1),
        address=maybe(addresses) if address is None else address,
        classification=st.just(classification),
    )


platforms = agents(AgentClassification.INTERMEDIARY_PLATFORM)
attributes = st.builds(SectorSpecificAttribute, name=texts, uri=texts, value=texts)
natural_persons = st.builds(
    NaturalPerson,
    family_name=texts,
    given_name=texts,
    date_of_birth=days,
    identifier=maybe(identifiers),
    level_of_assurance=st.sampled_from(LevelOfAssurance),
    birth_name=maybe(texts),
    place_of_birth=maybe(texts),
    current_address=maybe(addresses),
    gender=maybe(texts),
    nationality=maybe(texts),
    country_of_birth=maybe(texts),
    town_of_birth=maybe(texts),
    country_of_residence=maybe(texts),
    phone_number=maybe(texts),
    email_address=maybe(texts),
    sector_specific_attributes=some(attributes),
)
legal_persons = st.builds(
    LegalPerson,
    legal_name=texts,
    legal_person_identifier=identifiers,
    level_of_assurance=st.sampled_from(LevelOfAssurance),
    identifiers=some(identifiers),
    registered_address=maybe(addresses),
    legal_phone_number=maybe(texts),
    legal_email_address=maybe(texts),
    sector_specific_attributes=some(attributes),
)
persons = natural_persons | legal_persons
provider_classifications = st.builds(
    EvidenceProviderClassification,
    identifier=identifiers,
    type=st.sampled_from(["string", "codelist"]),
    supported_value=texts,
    descriptions=some(strings),
    value_expression=maybe(texts),
) | st.builds(
    EvidenceProviderClassification,
    identifier=st.builds(Identifier, value=texts),
    type=st.just("boolean"),
    supported_value=st.booleans(),
    descriptions=some(strings),
)
evidence_types = st.builds(
    DataServiceEvidenceType,
    identifier=uuids,
    classification=texts,
    titles=some(strings, least=1),
    descriptions=some(strings),
    distributions=some(
        st.builds(
            DistributedAs,
            format=texts,
            languages=some(languages),
            conforms_to=maybe(texts),
            associated_documents=some(st.sampled_from(COMPANIONS)),
        ),
        least=1,
    ),
)
_locations: st.SearchStrategy[tuple[str | None, str | None]] = st.just((None, None)) | st.tuples(urls, urls)
requests = _locations.flatmap(
    lambda locations: st.builds(
        EvidenceRequest,
        id=urns,
        specification=st.just(V2_0),
        issue_date_time=moments,
        procedure=texts,
        possibility_for_preview=st.booleans(),
        explicit_request_given=st.booleans(),
        requirements=some(
            st.builds(Requirement, identifier=texts, names=some(strings, least=1), descriptions=some(strings)), least=1
        ),
        requester=agents(AgentClassification.EVIDENCE_REQUESTER, addresses),
        intermediaries=some(platforms),
        provider=named_agents,
        subject=persons,
        representative=maybe(persons),
        evidence_type=evidence_types,
        provider_classifications=some(provider_classifications),
        preview_location=st.just(locations[0]),
        return_location=st.just(locations[1]),
    )
)

distributions = st.builds(Distribution, format=texts, languages=some(languages), conforms_to=maybe(texts))
main_documents = st.builds(
    EvidenceDocument,
    metadata=st.builds(
        EvidenceMetadata,
        identifier=uuids,
        distribution=distributions,
        is_about=persons.map(lambda person: person.echoed()),
        issuing_authority=named_agents
        | st.builds(Agent, identifier=identifiers, names=some(strings, least=1), address=addresses),
        is_conformant_to=st.builds(
            EvidenceType, classification=texts, titles=some(strings, least=1), descriptions=some(strings)
        ),
        issuing_date=days,
        validity_period=maybe(st.builds(Period, start_date=days, end_date=days)),
    ),
    content_id=texts,
    title=texts,
)
companions = st.builds(
    EvidenceDocument,
    metadata=st.builds(
        EvidenceMetadata,
        identifier=uuids,
        distribution=maybe(st.builds(Distribution, format=texts, languages=some(languages))),
    ),
    content_id=texts,
    title=texts,
    classification=st.sampled_from(COMPANIONS),
)
packages = st.builds(EvidencePackage, main=main_documents, companions=some(companions))
_answers: dict[str, st.SearchStrategy[Any]] = {
    "request_id": urns,
    "response_id": uuids,
    "specification": st.just(V2_0),
    "issue_date_time": moments,
    "provider": agents(AgentClassification.EVIDENCE_PROVIDER),
    "requester": named_agents,
    "intermediaries": some(platforms),
}
responses = st.builds(EvidenceResponse, **_answers, evidences=some(packages)) | st.builds(
    EvidenceResponse, **_answers, status=st.just(ResponseStatus.UNAVAILABLE), available_at=moments
)

reports = st.builds(
    ExceptionReport,
    code=st.sampled_from(EdmCode),
    severity=st.sampled_from(ErrorSeverity),
    message=texts,
    timestamp=moments,
    detail=maybe(texts),
    preview_location=maybe(urls),
    preview_description=some(strings),
)
errors = st.builds(
    ErrorResponse,
    request_id=urns,
    response_id=uuids,
    specification=st.just(V2_0),
    error_provider=agents(AgentClassification.ERROR_PROVIDER),
    exceptions=some(reports, least=1),
    requester=maybe(named_agents),
)
