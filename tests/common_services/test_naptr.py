"""The name of an instance's records, and the choice among them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oots.common_services.interface import Service
from oots.common_services.naptr import (
    MAX_URI_CHARACTERS,
    Environment,
    NaptrRecord,
    choose,
    record_name,
)
from oots.errors import NoDirectory

NAME = "fi.eb.v2.cs.acc.oots.tech.ec.europa.eu"


def record(regexp: str, *, order: int = 100, preference: int = 10, flags: str = "U") -> NaptrRecord:
    return NaptrRecord(order=order, preference=preference, flags=flags, regexp=regexp)


@pytest.mark.parametrize(
    ("service", "version", "environment", "name"),
    [
        (Service.EVIDENCE_BROKER, "oots-cs:v2.0", Environment.ACCEPTANCE, NAME),
        (
            Service.DATA_SERVICE_DIRECTORY,
            "oots-cs:v1.2",
            Environment.PRODUCTION,
            "fi.dsd.v1.cs.prod.oots.tech.ec.europa.eu",
        ),
        (Service.EVIDENCE_BROKER, "oots-cs:v2.0", Environment.TESTING, NAME.replace("acc", "testing")),
    ],
)
def test_the_name_holds_country_service_major_version_and_environment(
    service: Service, version: str, environment: Environment, name: str
) -> None:
    assert record_name(service, country="FI", version=version, environment=environment) == name


@pytest.mark.parametrize(
    ("country", "version"),
    [("fi", "oots-cs:v2.0"), ("F", "oots-cs:v2.0"), ("A.", "oots-cs:v2.0"), ("FI\n", "oots-cs:v2.0"), ("FI", "v2.0")],
)
def test_what_is_no_country_or_version_never_becomes_part_of_a_name(country: str, version: str) -> None:
    with pytest.raises(ValueError, match="no name can be made"):
        record_name(Service.EVIDENCE_BROKER, country=country, version=version, environment=Environment.ACCEPTANCE)


def test_order_counts_before_preference() -> None:
    records = [
        record("!.*!https://c.example/!", order=2, preference=1),
        record("!.*!https://b.example/!", order=1, preference=9),
        record("!.*!https://a.example/!", order=1, preference=8),
    ]

    assert choose(NAME, records) == "https://a.example"


def test_the_path_comes_from_the_record_and_ends_without_a_slash() -> None:
    assert choose(NAME, [record("!.*!https://cs.example:8443/a/eb//!")]) == "https://cs.example:8443/a/eb"


@pytest.mark.parametrize("flags", ["S", "A", "P", "", "UU", "SU"])
def test_only_terminal_records_count(flags: str) -> None:
    with pytest.raises(NoDirectory, match=f"no usable record for {NAME}"):
        choose(NAME, [record("!.*!https://a.example/!", flags=flags)])


@pytest.mark.parametrize(
    "regexp",
    [
        "",
        "!!!",
        "!.*!!",
        "!.*!https://a.example/",
        "!^.*$!https://a.example/!",
        "!.*!https://a.example/!i",
        "/.*/https:\\/\\/a.example/",
        "!.*!https://a.example/!\n",
    ],
)
def test_a_regexp_of_another_form_is_passed_over(regexp: str) -> None:
    records = [record(regexp, order=1), record("!.*!https://next.example/eb!", order=2)]

    assert choose(NAME, records) == "https://next.example/eb"


@pytest.mark.parametrize(
    "uri",
    [
        "http://a.example/eb",
        "http://127.0.0.1/eb",
        "file:///etc/passwd",
        "ftp://a.example/",
        "https:///eb",
        "https://me:secret@a.example/",
        "https://a.example/eb?x=1",
        "https://a.example/eb#x",
        "https://a.example:99999/",
        "https://[::1/",
        "https://a.example/e b",
        "https://a.example/\x00",
        "https://ä.example/",
        "https://a.example/" + "x" * MAX_URI_CHARACTERS,
        "a.example/eb",
    ],
)
def test_a_record_that_leads_to_something_else_than_a_base_url_is_refused(uri: str) -> None:
    with pytest.raises(NoDirectory, match="expected: https://host/path") as refused:
        choose(NAME, [record(f"!.*!{uri}!")])

    assert len(str(refused.value)) < 500


@given(st.lists(st.builds(record, st.text(), order=st.integers(0, 9), flags=st.sampled_from(["U", "u", "S"]))))
def test_whatever_dns_says_ends_in_a_url_or_a_sentence(records: list[NaptrRecord]) -> None:
    try:
        outcome = choose(NAME, records)
    except NoDirectory as error:
        outcome = str(error)

    assert outcome.startswith(("https://", "DNS has no usable record", "DNS leads from"))
