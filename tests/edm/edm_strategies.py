"""Any request that a line can carry, and what answers share with it, for Hypothesis."""

import re
from datetime import UTC, date, datetime
from typing import Any

from hypothesis import strategies as st

from oots.edm.model import (
    Address,
    Agent,
    AgentClassification,
    ClassificationNode,
    DataServiceEvidenceType,
    DistributedAs,
    EvidenceProviderClassification,
    EvidenceRequest,
    Identifier,
    LegalPerson,
    LevelOfAssurance,
    MultilingualString,
    NaturalPerson,
    Requirement,
    SectorSpecificAttribute,
)
from oots.edm.specification import V1_2, V2_0

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
EIDAS_GENDERS = ["Male", "Female", "Unspecified"]


def natural_persons(
    gender: st.SearchStrategy[str | None], identifier: st.SearchStrategy[Identifier | None]
) -> st.SearchStrategy[NaturalPerson]:
    return st.builds(
        NaturalPerson,
        family_name=texts,
        given_name=texts,
        date_of_birth=days,
        identifier=identifier,
        level_of_assurance=st.sampled_from(LevelOfAssurance),
        birth_name=maybe(texts),
        place_of_birth=maybe(texts),
        current_address=maybe(addresses),
        gender=gender,
        nationality=maybe(texts),
        country_of_birth=maybe(texts),
        town_of_birth=maybe(texts),
        country_of_residence=maybe(texts),
        phone_number=maybe(texts),
        email_address=maybe(texts),
        sector_specific_attributes=some(attributes),
    )


eidas_identifiers = st.builds(Identifier, value=texts, scheme_id=st.just("eidas"))
_listed_genders = st.sampled_from(EIDAS_GENDERS)
# 1.2 has a list in its schema; 2.0 has a rule for representatives whom eIDAS identified.
_people_of = {
    V1_2: natural_persons(maybe(_listed_genders), maybe(identifiers | eidas_identifiers)),
    V2_0: natural_persons(maybe(texts), maybe(identifiers | eidas_identifiers)),
}
_representatives_of = {
    V1_2: _people_of[V1_2],
    V2_0: natural_persons(maybe(texts), maybe(identifiers)) | natural_persons(_listed_genders, eidas_identifiers),
}
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
persons = _people_of[V2_0] | legal_persons
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
_wishes_of = {
    V1_2: some(
        st.builds(DistributedAs, format=texts, conforms_to=maybe(texts))
        | st.builds(DistributedAs, format=texts, conforms_to=texts, transformation=texts),
        least=1,
        most=1,
    ),
    V2_0: some(
        st.builds(
            DistributedAs,
            format=texts,
            languages=some(languages),
            conforms_to=maybe(texts),
            associated_documents=some(st.sampled_from(COMPANIONS)),
        ),
        least=1,
    ),
}
_locations_of: dict[str, st.SearchStrategy[tuple[str | None, str | None]]] = {
    V1_2: st.tuples(maybe(urls), st.none()),
    V2_0: st.just((None, None)) | st.tuples(urls, urls),
}
requirements = st.builds(Requirement, identifier=texts, names=some(strings, least=1), descriptions=some(strings))


def requests_of(line: str) -> st.SearchStrategy[EvidenceRequest]:
    return _locations_of[line].flatmap(lambda locations: _requests_with(line, *locations))


def _requests_with(line: str, preview: str | None, back: str | None) -> st.SearchStrategy[EvidenceRequest]:
    return st.builds(
        EvidenceRequest,
        id=urns,
        specification=st.just(line),
        issue_date_time=moments,
        procedure=texts,
        possibility_for_preview=st.booleans(),
        explicit_request_given=st.booleans(),
        requirements=some(requirements, least=1),
        requester=agents(AgentClassification.EVIDENCE_REQUESTER, addresses),
        intermediaries=some(platforms),
        provider=named_agents,
        subject=_people_of[line] | legal_persons,
        representative=maybe(_representatives_of[line] | legal_persons),
        evidence_type=st.builds(
            DataServiceEvidenceType,
            identifier=uuids,
            classification=texts,
            titles=some(strings, least=1),
            descriptions=some(strings),
            distributions=_wishes_of[line],
        ),
        provider_classifications=some(provider_classifications),
        preview_location=st.just(preview),
        return_location=st.just(back),
        language=maybe(languages) if line == V1_2 else st.none(),
    )


requests = requests_of(V1_2) | requests_of(V2_0)
