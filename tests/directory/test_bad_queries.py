"""Whatever is asked wrongly is refused with its code, signed, under status 200; nothing that was sent comes back."""

import pytest

from oots.codes import DsdCode, EbCode
from oots.common_services.answers import Refused
from oots.common_services.data_service_directory import read_data_services
from oots.common_services.evidence_broker import read_requirements
from oots.common_services.interface import DATA_SERVICES, EVIDENCE_TYPES, REQUIREMENTS, V1_0, V1_2, V2_0, Service
from tests.directory.desks import (
    AT_RESIDENCE,
    BIRTH,
    DEFAULT,
    FEDERAL_STATE,
    INSTITUTION,
    Desk,
    Parameters,
    evidence_type,
    requirement,
)

EB, DSD = Service.EVIDENCE_BROKER, Service.DATA_SERVICE_DIRECTORY
SQL = "' OR 1=1; DROP TABLE revision; --"
XML = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
SCRIPT = '"><script>alert(1)</script>'
ZERO = "T1\x00"
ONE = ("queryId", REQUIREMENTS)
TWO = ("queryId", EVIDENCE_TYPES)
THREE = ("queryId", DATA_SERVICES)
OF_BIRTH = ("requirement-id", requirement(BIRTH))
OF_RESIDENCE = ("evidence-type-classification", evidence_type(AT_RESIDENCE))
IN_AUSTRIA = ("country-code", "AT")
IN_ANOTHER = requirement(BIRTH, "https://sr.acc.oots.tech.ec.europa.eu")
NOBODY = "11111111-2222-4333-8444-555555555555"

REFUSED: list[tuple[Service, Parameters, str | None, EbCode | DsdCode]] = [
    # The query.
    (EB, [], V2_0, EbCode.QUERY),
    (EB, [("queryId", "")], V2_0, EbCode.QUERY),
    (EB, [("queryId", SQL)], V2_0, EbCode.QUERY),
    (EB, [THREE, OF_RESIDENCE, IN_AUSTRIA], V2_0, EbCode.QUERY),
    (EB, [("queryId", REQUIREMENTS.upper())], V2_0, EbCode.QUERY),
    (DSD, [], V2_0, DsdCode.QUERY),
    (DSD, [ONE], V2_0, DsdCode.QUERY),
    (DSD, [("queryId", XML)], V2_0, DsdCode.QUERY),
    # Names.
    (EB, [ONE, ("wrong-key", "1")], V2_0, EbCode.PARAMETERS),
    (EB, [ONE, ("Procedure-Id", "T1")], V2_0, EbCode.PARAMETERS),
    (EB, [ONE, (SCRIPT, "1")], V2_0, EbCode.PARAMETERS),
    (EB, [ONE, ONE], V2_0, EbCode.PARAMETERS),
    (EB, [ONE, ("procedure-id", "T1"), ("procedure-id", "T2")], V2_0, EbCode.PARAMETERS),
    (EB, [ONE, ("jurisdiction-admin-l2", "AT33")], V2_0, EbCode.PARAMETERS),
    (EB, [ONE, ("return-incomplete", "true")], V1_2, EbCode.PARAMETERS),
    (EB, [ONE, (FEDERAL_STATE, "AT13")], V2_0, EbCode.PARAMETERS),
    (DSD, [THREE, OF_RESIDENCE, IN_AUSTRIA, ("wrong-key", "1")], V2_0, DsdCode.PARAMETERS),
    (DSD, [THREE, OF_RESIDENCE, IN_AUSTRIA, (INSTITUTION, "UPD")], V2_0, DsdCode.PARAMETERS),
    (
        DSD,
        [THREE, OF_RESIDENCE, IN_AUSTRIA, (FEDERAL_STATE, "AT13"), (FEDERAL_STATE, "AT32")],
        V2_0,
        DsdCode.PARAMETERS,
    ),
    (
        DSD,
        [THREE, OF_RESIDENCE, IN_AUSTRIA, (FEDERAL_STATE, "AT13"), (FEDERAL_STATE.upper(), "AT32")],
        V2_0,
        DsdCode.PARAMETERS,
    ),
    (DSD, [THREE, OF_RESIDENCE, IN_AUSTRIA, ("specification", "oots-edm:v2.0")], V1_0, DsdCode.PARAMETERS),
    (DSD, [THREE, OF_RESIDENCE], V2_0, DsdCode.PARAMETERS),
    (DSD, [THREE, IN_AUSTRIA], V2_0, DsdCode.PARAMETERS),
    # Values.
    (EB, [ONE, ("procedure-id", "T99")], V2_0, EbCode.PROCEDURE),
    (EB, [ONE, ("procedure-id", "X8")], V2_0, EbCode.PROCEDURE),
    (EB, [ONE, ("procedure-id", "")], V2_0, EbCode.PROCEDURE),
    (EB, [ONE, ("procedure-id", SQL)], V2_0, EbCode.PROCEDURE),
    (EB, [ONE, ("procedure-id", ZERO)], V2_0, EbCode.PROCEDURE),
    (EB, [ONE, ("country-code", "GR")], V2_0, EbCode.COUNTRY),
    (EB, [ONE, ("country-code", "US")], V2_0, EbCode.COUNTRY),
    (EB, [ONE, ("country-code", "fi")], V2_0, EbCode.COUNTRY),
    (EB, [ONE, ("country-code", "FIN")], V2_0, EbCode.COUNTRY),
    (EB, [ONE, ("country-code", XML)], V2_0, EbCode.COUNTRY),
    (EB, [ONE, ("return-incomplete", "perhaps")], V2_0, EbCode.PARAMETERS),
    (EB, [ONE, ("jurisdiction-admin-l2", "AT99")], V1_2, EbCode.JURISDICTION),
    (EB, [ONE, ("jurisdiction-admin-l3", SQL)], V1_2, EbCode.JURISDICTION),
    (EB, [TWO], V2_0, EbCode.UNKNOWN_REQUIREMENT),
    (EB, [TWO, ("requirement-id", requirement(NOBODY))], V2_0, EbCode.UNKNOWN_REQUIREMENT),
    (EB, [TWO, ("requirement-id", IN_ANOTHER)], V2_0, EbCode.UNKNOWN_REQUIREMENT),
    (EB, [TWO, ("requirement-id", BIRTH)], V2_0, EbCode.PARAMETERS),
    (EB, [TWO, ("requirement-id", SQL)], V2_0, EbCode.PARAMETERS),
    (EB, [TWO, OF_BIRTH, ("country-code", "ZZ")], V2_0, EbCode.COUNTRY),
    (DSD, [THREE, OF_RESIDENCE, ("country-code", "ZZ")], V2_0, DsdCode.PARAMETERS),
    (DSD, [THREE, OF_RESIDENCE, ("country-code", SCRIPT)], V2_0, DsdCode.PARAMETERS),
    (DSD, [THREE, IN_AUSTRIA, (OF_RESIDENCE[0], evidence_type(f"AT/{NOBODY}"))], V2_0, DsdCode.UNKNOWN_EVIDENCE_TYPE),
    (DSD, [THREE, IN_AUSTRIA, (OF_RESIDENCE[0], XML)], V2_0, DsdCode.PARAMETERS),
    (DSD, [THREE, OF_RESIDENCE, IN_AUSTRIA, ("specification", "2.0")], V2_0, DsdCode.PARAMETERS),
    (DSD, [THREE, OF_RESIDENCE, IN_AUSTRIA, (FEDERAL_STATE, "")], V2_0, DsdCode.ANSWER),
    (DSD, [THREE, OF_RESIDENCE, IN_AUSTRIA, (FEDERAL_STATE, SCRIPT)], V2_0, DsdCode.ANSWER),
    (DSD, [THREE, OF_RESIDENCE, IN_AUSTRIA, (FEDERAL_STATE, "x" * 5000)], V2_0, DsdCode.ANSWER),
    # Versions.
    (EB, [ONE], "oots-cs:v3.0", EbCode.PARAMETERS),
    (EB, [ONE], "2.0", EbCode.PARAMETERS),
    (EB, [ONE], f"oots-cs:v9.9, {SQL}", EbCode.PARAMETERS),
    (DSD, [THREE, OF_RESIDENCE, IN_AUSTRIA], "oots-cs:v3.0", DsdCode.PARAMETERS),
]


@pytest.mark.assertion("S-01")
@pytest.mark.assertion("S-02")
@pytest.mark.assertion("S-08")
@pytest.mark.parametrize(("service", "parameters", "version", "code"), REFUSED, ids=range(len(REFUSED)))
def test_each_mistake_has_its_code_type_severity_and_message(
    desk: Desk, service: Service, parameters: Parameters, version: str | None, code: EbCode | DsdCode
) -> None:
    exception = desk.refused(service, parameters, version)

    assert exception["code"] == code.value, exception
    assert exception["type"] == code.exception_type
    assert exception["message"] == code.message
    assert exception["severity"] == "urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Error"
    assert len(exception["detail"]) < 200
    for fragment in ("DROP", "<", "script", "passwd", NOBODY):
        assert fragment not in exception["detail"]


@pytest.mark.assertion("S-02")
def test_every_code_can_be_reached() -> None:
    elsewhere = {EbCode.EMPTY_RESULT, DsdCode.NO_DATA_SERVICES, DsdCode.ADDITIONAL_INPUT}

    assert {code for *_, code in REFUSED} | elsewhere == {*EbCode, *DsdCode}


@pytest.mark.assertion("S-01")
@pytest.mark.parametrize("raw", ["%ff%fe=%c3%28&&&=", "queryId", "a=b;c=d", "%", "&" * 5000, "x=" + "y" * 20000])
def test_what_is_no_query_string_at_all_is_refused_like_any_other(desk: Desk, raw: str) -> None:
    assert desk.refused(EB, raw)["code"] in {EbCode.QUERY.value, EbCode.PARAMETERS.value}


def test_reserved_characters_may_stand_as_they_are_or_encoded(desk: Desk) -> None:
    raw = f"queryId={EVIDENCE_TYPES}&requirement-id={requirement(BIRTH)}&country-code=AT"

    assert desk.get(EB, raw).content == desk.get(EB, [TWO, OF_BIRTH, IN_AUSTRIA]).content


@pytest.mark.assertion("S-04")
@pytest.mark.parametrize(
    ("accepted", "given"),
    [
        (None, DEFAULT),
        ("", DEFAULT),
        (V2_0, V2_0),
        (V1_2, V1_2),
        (f"{V1_0}, {V2_0} ,{V1_2}", V2_0),
        (f"oots-cs:v3.0,{V1_2}", V1_2),
    ],
)
def test_the_highest_version_that_both_speak_is_given(desk: Desk, accepted: str | None, given: str) -> None:
    answer = desk.get(EB, [ONE], accepted)

    assert (b"SpecificationIdentifier" in answer.content) is (given != V1_0)
    assert not isinstance(read_requirements(answer.content, given), Refused)


@pytest.mark.assertion("S-04")
def test_a_refusal_is_in_the_version_that_was_asked_for(desk: Desk) -> None:
    for version in (V1_0, V1_2, V2_0):
        answer = desk.get(DSD, [THREE], version)
        assert isinstance(read_data_services(answer.content, version), Refused)


def test_only_get_is_spoken(desk: Desk) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert desk.http.request(method, "/eb/rest/search").status_code == 405
    assert desk.http.get("/sr/rest/search").status_code == 404
