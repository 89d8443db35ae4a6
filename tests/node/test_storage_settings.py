"""Where the settings say that services keep things, and with which keys; and what they may not say."""

import json
from pathlib import Path

import pytest

from oots.journal.retention import Retention
from oots.node.services import Service
from tests.node.node_folders import change, complaints_of, read, write_private

PASSWORD = "correct-horse"
URL = f"postgresql+psycopg://oots:{PASSWORD}@db/provider"


def test_each_service_has_a_database_and_blobs_of_its_own_in_the_data_folder(folder: Path) -> None:
    durabilities = read(folder).durabilities

    assert list(durabilities) == [Service.GATEWAY, Service.REQUESTER, Service.PROVIDER]
    for service, durability in durabilities.items():
        assert durability.database == f"sqlite:///{folder}/data/{service.value}.db"
        assert durability.blob_folder == folder / "data" / f"{service.value}-blobs"


def test_a_database_with_a_password_stands_in_a_variable_or_a_file_of_its_own(folder: Path) -> None:
    write_private(folder / "secrets" / "provider.url", URL.encode() + b"\n")
    change(folder / "oots.toml", "[provider]", '[provider]\ndatabase_file = "secrets/provider.url"')

    durabilities = read(folder, {"OOTS_REQUESTER__DATABASE": URL.replace("provider", "requester")}).durabilities

    assert durabilities[Service.PROVIDER].database == URL
    assert durabilities[Service.REQUESTER].database.endswith("/requester")
    assert PASSWORD not in repr(read(folder))


def test_a_database_without_a_password_may_stand_in_the_settings(folder: Path) -> None:
    change(folder / "oots.toml", "[provider]", '[provider]\ndatabase = "postgresql+psycopg://oots@db/provider"')

    assert read(folder).durabilities[Service.PROVIDER].database == "postgresql+psycopg://oots@db/provider"


def test_a_path_begins_at_the_settings_file(folder: Path) -> None:
    change(folder / "oots.toml", "[provider]", '[provider]\ndatabase = "sqlite:///data/mine.db"')

    assert read(folder).durabilities[Service.PROVIDER].database == f"sqlite:///{folder}/data/mine.db"


@pytest.mark.parametrize(
    "url", [URL, f"postgresql+psycopg://oots@db/provider?password={PASSWORD}", f"postgresql://o:{PASSWORD}/!@db/x"]
)
def test_a_password_in_the_settings_is_refused_and_not_repeated(folder: Path, url: str) -> None:
    change(folder / "oots.toml", "[provider]", f'[provider]\ndatabase = "{url}"')

    (complaint,) = complaints_of(folder)

    assert complaint.startswith("oots.toml: provider.database: is a secret")
    assert complaint.endswith("name that in 'database_file', or into the variable OOTS_PROVIDER__DATABASE")
    assert PASSWORD not in complaint


@pytest.mark.parametrize(
    "url",
    ["gateway", "mysql://oots@db/x", "sqlite://", "sqlite:///:memory:", "postgresql+psycopg://db", "://", "a://b:c"],
)
def test_what_is_no_database_is_refused(folder: Path, url: str) -> None:
    (complaint,) = complaints_of(folder, {"OOTS_PROVIDER__DATABASE": url})

    assert complaint.startswith("OOTS_PROVIDER__DATABASE: ")
    assert complaint.endswith("expected: `postgresql+psycopg://user@host/name`, or `sqlite:///path`")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("sqlite:///data/gateway.db", None),
        ("sqlite:///data/../data/gateway.db", None),
        ("postgresql+psycopg://a@db/oots", "postgresql+psycopg://b:pw@db:5432/oots"),
        ("postgresql+psycopg://a@/oots?host=/run/db", "postgresql+psycopg://b@/oots?host=/run/db"),
    ],
)
def test_two_services_do_not_share_a_database(folder: Path, one: str, other: str | None) -> None:
    variables = {"OOTS_PROVIDER__DATABASE": one} | ({"OOTS_GATEWAY__DATABASE": other} if other else {})

    assert complaints_of(folder, variables) == [
        "OOTS_PROVIDER__DATABASE: is also that of the gateway: each service has a database and blobs of its own"
    ]


def test_two_services_do_not_share_their_blobs(folder: Path) -> None:
    (folder / "data" / "gateway-blobs").mkdir()
    (folder / "data" / "provider-blobs").symlink_to("gateway-blobs")

    assert len(complaints_of(folder)) == 1


def test_keys_may_come_from_the_environment(folder: Path) -> None:
    in_file = read(folder).keys()
    text = (folder / "keys" / "at-rest.json").read_text()
    change(folder / "oots.toml", 'key_file = "keys/at-rest.json"', "")

    node = read(folder, {"OOTS_NODE__KEYS": json.dumps(json.loads(text))})

    assert node.key_file is None
    assert node.keys().current.secret.reveal() == in_file.current.secret.reveal()
    assert node.durabilities[Service.PROVIDER].keys() == node.keys()


def test_keys_are_in_one_place(folder: Path) -> None:
    text = (folder / "keys" / "at-rest.json").read_text()
    assert complaints_of(folder, {"OOTS_NODE__KEYS": text}) == [
        "oots.toml: node.key_file: is there beside the variable OOTS_NODE__KEYS: the keys are in one place"
    ]

    change(folder / "oots.toml", 'key_file = "keys/at-rest.json"', "")
    assert complaints_of(folder) == [
        "oots.toml: node.key_file: is missing; expected: a file that holds keys, or OOTS_NODE__KEYS"
    ]
    assert complaints_of(folder, {"OOTS_NODE__KEYS": PASSWORD}) == [
        "OOTS_NODE__KEYS: its text does not hold the keys of a node: it is no JSON"
    ]


def test_keys_do_not_stand_in_the_settings(folder: Path) -> None:
    change(folder / "oots.toml", "[node]", f"[node]\nkeys = '{PASSWORD}'")

    (complaint,) = complaints_of(folder)

    assert "name that in 'key_file', or into the variable OOTS_NODE__KEYS" in complaint
    assert PASSWORD not in complaint


def test_the_journal_is_kept_for_twelve_months_or_more(folder: Path) -> None:
    assert read(folder).retention == Retention(months=12)

    node = read(folder, {"OOTS_NODE__RETENTION_MONTHS": "36"})

    assert node.provider is not None
    assert node.requester is not None
    assert node.provider.retention == node.requester.retention == node.retention == Retention(months=36)
    (complaint,) = complaints_of(folder, {"OOTS_NODE__RETENTION_MONTHS": "11"})
    assert complaint.startswith("OOTS_NODE__RETENTION_MONTHS: input should be greater than or equal to 12")
