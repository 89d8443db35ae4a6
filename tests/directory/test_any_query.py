"""Whatever is asked, the answer is signed, can be read, and has a code of the standard."""

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from directory.answers import Asked
from directory.seed_files import demo_seeds
from directory.service import Directory
from directory.settings import DirectorySettings
from oots.codes import DsdCode, EbCode
from oots.common_services.answers import Refused
from oots.common_services.data_service_directory import read_data_services
from oots.common_services.evidence_broker import read_requirements
from oots.common_services.interface import DATA_SERVICES, EVIDENCE_TYPES, INTERFACES, REQUIREMENTS, Service
from oots.common_services.signature import verify_detached
from oots.errors import UnreadableAnswer
from oots.store.database import open_database
from tests.directory.desks import (
    AT_RESIDENCE,
    BEFORE_2007,
    BIRTH,
    FEDERAL_STATE,
    INSTITUTION,
    PLACE_OF_RESIDENCE,
    PT_DIPLOMA,
    REPOSITORY,
    SigningIdentity,
    evidence_type,
    loaded,
    requirement,
    utc_now,
)

NAMES = sorted({name for item in INTERFACES.values() for names in item.parameters.values() for name in names})
VALUES = [
    *(
        "T1",
        "R1",
        "00",
        "FI",
        "AT",
        "PT",
        "EU",
        "AT13",
        "AT3",
        "true",
        "false",
        "UPD",
        "oots-edm:v2.0",
        "oots-edm:v1.2",
    ),
    *(requirement(BIRTH), evidence_type(AT_RESIDENCE), evidence_type(PT_DIPLOMA), PLACE_OF_RESIDENCE),
]
QUERY_IDS = st.sampled_from([REQUIREMENTS, EVIDENCE_TYPES, DATA_SERVICES]) | st.text(max_size=5)
PARAMETERS = st.tuples(
    st.sampled_from([*NAMES, FEDERAL_STATE, INSTITUTION, BEFORE_2007]) | st.text(max_size=20),
    st.sampled_from(VALUES) | st.text(max_size=20),
)
VERSIONS = st.lists(st.sampled_from([*INTERFACES, "oots-cs:v9.0"]) | st.text(max_size=10), max_size=2)
CODES = {"Success", *(code.value for code in EbCode), *(code.value for code in DsdCode)}


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory, identity: SigningIdentity) -> Directory:
    url = loaded(tmp_path_factory.mktemp("any"), demo_seeds())
    made = DirectorySettings(database=url, signer=identity.signer, repository=REPOSITORY)
    return Directory(made, open_database(url), now=utc_now)


@settings(max_examples=300)
@given(
    service=st.sampled_from(Service),
    query_id=QUERY_IDS,
    parameters=st.lists(PARAMETERS, max_size=5),
    versions=VERSIONS,
)
def test_any_query_has_an_answer(
    directory: Directory,
    identity: SigningIdentity,
    service: Service,
    query_id: str,
    parameters: list[tuple[str, str]],
    versions: list[str],
) -> None:
    asked = Asked(service=service, accept_version=tuple(versions), parameters=(("queryId", query_id), *parameters))

    signed = asyncio.run(directory.answer(asked))

    assert signed.outcome in CODES
    verify_detached(signed.body, signed.fields, trust=identity.trust, at=utc_now())
    read = read_requirements if service is Service.EVIDENCE_BROKER else read_data_services
    answers = [answer for version in INTERFACES if (answer := readable(read, signed.body, version))]
    assert answers
    is_refused = signed.outcome not in {"Success", DsdCode.ADDITIONAL_INPUT.value}
    assert all(isinstance(answer, Refused) is is_refused for answer in answers)


def readable(read: Callable[[bytes, str], object], body: bytes, version: str) -> object:
    """Give the answer, or nothing when it is in another version."""
    try:
        return read(body, version)
    except UnreadableAnswer:
        return None
