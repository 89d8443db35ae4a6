"""What `[common_services]` in `oots.toml` comes to, and everything that is complained about."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from oots import pki
from oots.common_services.freshness import CacheTimes
from oots.common_services.interface import V1_2, V2_0, Service
from oots.common_services.naptr import Environment
from oots.net.common_services import CommonServices
from oots.net.name_servers import NameServer
from oots.node.services import Service as OfNode
from oots.node.settings import read_node
from tests.node.node_folders import NOW, change, complaints_of, read

TABLE = """
[common_services]
country = "FI"
trusted_files = ["keys/directory-root.crt"]
"""

FILES = '\ntrusted_files = ["keys/directory-root.crt"]'


@pytest.fixture
def asking(folder: Path) -> Path:
    """Give a node that asks directories."""
    root = pki.new_authority("root", now=datetime.now(UTC))
    (folder / "keys" / "directory-root.crt").write_bytes(pki.certificate_pem(root.certificate))
    with (folder / "oots.toml").open("a", encoding="utf-8") as file:
        file.write(TABLE)
    return folder


def add(folder: Path, line: str) -> None:
    change(folder / "oots.toml", '\ncountry = "FI"\ntrusted', f'\n{line}\ncountry = "FI"\ntrusted')


def settings(folder: Path) -> CommonServices:
    found = read(folder).common_services
    assert found is not None
    return found


def test_a_country_and_a_root_are_enough(asking: Path) -> None:
    found = settings(asking)

    assert found.addressing.environment is Environment.ACCEPTANCE
    assert (found.addressing.country, found.addressing.own_instance_only) == ("FI", False)
    assert (found.addressing.fixed, found.addressing.name_servers) == ({}, ())
    assert [root.subject.rfc4514_string() for root in found.trust.roots] == ["CN=root"]
    assert (found.trust.organizational_unit, found.trust.common_name_prefix) == ("OOTS", "EC-OOTS-CS")
    assert (found.interface, found.tls_trusted) == (V2_0, ())
    assert found.times == CacheTimes(fresh=timedelta(hours=1), stale=timedelta(days=3))


def test_a_node_may_ask_nobody(folder: Path) -> None:
    assert read(folder).common_services is None


def test_everything_can_be_set(asking: Path) -> None:
    for line in (
        'environment = "testing"',
        "own_instance_only = true",
        'evidence_broker_url = "https://directory.example/eb/"',
        'data_service_directory_url = "http://127.0.0.1:8450/dsd"',
        'name_servers = ["192.0.2.1", "[2001:db8::1]:5353"]',
        'interface = "oots-cs:v1.2"',
        'signer_unit = ""',
        'signer_name = "Directory"',
        'tls_trusted_files = ["keys/directory-root.crt"]',
        "fresh_seconds = 60",
        "stale_seconds = 60",
    ):
        add(asking, line)

    found = settings(asking)

    assert found.addressing.environment is Environment.TESTING
    assert found.addressing.own_instance_only
    assert found.addressing.fixed == {
        Service.EVIDENCE_BROKER: "https://directory.example/eb",
        Service.DATA_SERVICE_DIRECTORY: "http://127.0.0.1:8450/dsd",
    }
    assert found.addressing.name_servers == (
        NameServer(address="192.0.2.1"),
        NameServer(address="2001:db8::1", port=5353),
    )
    assert found.interface == V1_2
    assert (found.trust.organizational_unit, found.trust.common_name_prefix) == (None, "Directory")
    assert len(found.tls_trusted) == 1
    assert found.times == CacheTimes(fresh=timedelta(minutes=1), stale=timedelta(minutes=1))


def test_a_variable_overrides_it(asking: Path) -> None:
    found = read(asking, {"OOTS_COMMON_SERVICES__COUNTRY": "AT"}).common_services

    assert found is not None
    assert found.addressing.country == "AT"


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('environment = "prod"', "environment: input should be 'acceptance', 'production' or 'testing'"),
        ('environment = "production"', "environment: is 'production', and that of the node is 'acceptance'"),
        ('evidence_broker_url = "http://a.example"', "evidence_broker_url: 'http://a.example' is not https"),
        ('data_service_directory_url = "x"', "data_service_directory_url: 'x' is no address"),
        ('name_servers = ["dns.example"]', "name_servers: 'dns.example' is no name server"),
        ('interface = "oots-cs:v3.0"', "interface: input should be"),
        ('tls_trusted_files = ["oots.toml"]', "tls_trusted_files: oots.toml holds no certificate"),
        ("fresh_seconds = 90_000", "fresh_seconds: input should be less than or equal to 86400"),
        ("stale_seconds = 10", "stale_seconds: is less than fresh_seconds"),
        ('trusted = ["x"]', "trusted: is not known here; is 'trusted_files' meant?"),
    ],
)
def test_what_is_wrong_is_complained_about(asking: Path, line: str, complaint: str) -> None:
    add(asking, line)

    (found,) = complaints_of(asking)
    assert found.startswith(f"oots.toml: common_services.{complaint}")


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('\ncountry = "FI"\ntrusted', '\ncountry = "GR"\ntrusted', "country: is 'GR'; expected: EL"),
        ('\ncountry = "FI"\ntrusted', "\ntrusted", "country: is missing; expected: our country as OOTS codes it"),
        (FILES, "\ntrusted_files = []", "trusted_files: tuple should have at least 1 item"),
        (FILES, '\ntrusted_files = ["keys/no.crt"]', "trusted_files: keys/no.crt cannot be read"),
    ],
)
def test_what_is_missing_is_complained_about(asking: Path, old: str, new: str, complaint: str) -> None:
    change(asking / "oots.toml", old, new)

    (found,) = complaints_of(asking)
    assert found.startswith(f"oots.toml: common_services.{complaint}")


def test_a_node_in_production_asks_production_only(asking: Path) -> None:
    change(asking / "oots.toml", 'environment = "acceptance"', 'environment = "production"')
    assert settings(asking).addressing.environment is Environment.PRODUCTION

    add(asking, 'environment = "acceptance"')

    (found,) = complaints_of(asking)
    assert "common_services.environment: is 'acceptance', and that of the node is 'production'" in found


def test_only_the_requester_needs_it(asking: Path) -> None:
    (asking / "keys" / "directory-root.crt").unlink()

    node = read_node(asking / "oots.toml", {}, now=NOW, services=[OfNode.PROVIDER])

    assert node.common_services is None
