"""Our client finds the whole way through our directory: procedure, requirements, lists, questions, provider."""

import pytest

from oots.common_services.answers import DataServices, QuestionForUser, Refused, Requirements
from oots.common_services.interface import V1_0, V1_2, V2_0, Service
from oots.common_services.queries import DataServicesQuery, EvidenceTypesQuery, RequirementsQuery
from oots.common_services.questions import answered, question_id
from oots.net.directory import DirectoryClient
from oots.net.directory_http import DirectoryHttp
from oots.net.instances import Addressing, Instances
from tests.directory.desks import BEFORE_2007, DEGREE, INSTITUTION, PLACE_OF_RESIDENCE, Desk, utc_now

pytestmark = pytest.mark.anyio

ANSWERS = {
    INSTITUTION: "UPD",
    BEFORE_2007: "false",
    "8c6ce681-350c-5639-a999-d4059599caff": "AT33",
    PLACE_OF_RESIDENCE: "AT33",
}


@pytest.mark.parametrize("version", [V1_0, V1_2, V2_0])
@pytest.mark.parametrize(
    ("procedure", "asking", "giving", "expected"),
    [("T1", "FI", "PT", {"UPD"}), ("V1", "FI", "AT", {"ZPR-NORD-DEMO", "ZPR-SUED-DEMO", "REG-WEST-DEMO"})],
)
async def test_a_requester_finds_every_provider(
    desk: Desk, version: str, procedure: str, asking: str, giving: str, expected: set[str]
) -> None:
    http = DirectoryHttp()
    fixed = {service: f"{str(desk.http.base_url).rstrip('/')}/{service.value}" for service in Service}
    client = DirectoryClient(
        http, Instances(Addressing(country=asking, fixed=fixed), now=utc_now), trust=desk.trust, now=utc_now
    )
    found: set[str] = set()

    query = RequirementsQuery(interface=version, procedure_id=procedure, country_code=asking)
    requirements = (await client.requirements(query)).answer
    assert isinstance(requirements, Requirements)
    for requirement in requirements.requirements:
        asked = EvidenceTypesQuery(interface=version, requirement_id=requirement.identifier, country_code=giving)
        lists = (await client.evidence_types(asked)).answer
        if isinstance(lists, Refused):
            assert not requirement.identifier.endswith(DEGREE)
            continue
        for item in lists.requirements[0].evidence_type_lists:
            for evidence_type in item.evidence_types:
                found |= await providers(client, evidence_type.classification, giving, version)
    await client.aclose()

    assert found == expected


async def providers(client: DirectoryClient, classification: str, country: str, version: str) -> set[str]:
    query = DataServicesQuery(interface=version, evidence_type_classification=classification, country_code=country)
    answer = (await client.data_services(query)).answer
    if isinstance(answer, QuestionForUser):
        given = {question_id(question): ANSWERS[question_id(question)] for question in answer.questions}
        answer = (await client.data_services(answered(query, answer, given))).answer
    if isinstance(answer, Refused):
        return set()
    assert isinstance(answer, DataServices)
    return {service.publisher.identifier.value for record in answer.data_services for service in record.access_services}
