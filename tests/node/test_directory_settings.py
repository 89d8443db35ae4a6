"""A directory of one's own is described in the settings, runs beside the other services or alone, and is filled."""

import socket
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from typer.testing import CliRunner, Result

from oots import pki
from oots.cli import app
from oots.common_services.certificate_path import Trust
from oots.common_services.interface import REQUIREMENTS
from oots.common_services.signature import verify_detached
from oots.journal.events import Event
from oots.node.services import Service
from oots.node.serving import running_node
from tests.node.node_folders import NOW, change, complaints_of, make, read, write_private

TABLE = """
[directory]
repository = "https://sr.acc.oots.tech.ec.europa.eu"

[directory.signing_key]
key_file = "keys/directory.key"
certificate_file = "keys/directory.crt"

[directory.listener]
port = {port}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a node with a directory."""
    make(tmp_path)
    write_key(tmp_path, pki.new_ec_key())
    with (tmp_path / "oots.toml").open("a") as file:
        file.write(TABLE.format(port=8460))
    return tmp_path


def write_key(folder: Path, key: pki.PrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "directory")])
    certificate = pki.self_signed(name, key, (), now=NOW, days=30)
    write_private(folder / "keys" / "directory.key", pki.key_pem(key))
    (folder / "keys" / "directory.crt").write_bytes(pki.certificate_pem(certificate))
    return certificate


def load(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["directory", "load", "--config", str(folder / "oots.toml"), *arguments])


def nothing(_: Event) -> None:
    pass


def test_a_directory_has_a_database_in_the_data_folder_that_is_no_secret(folder: Path) -> None:
    node = read(folder)

    assert node.directory is not None
    assert node.directory.settings.database == f"sqlite:///{folder}/data/directory.db"
    assert Service.DIRECTORY not in node.durabilities


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            'sr.acc.oots.tech.ec.europa.eu"\n\n[directory.s',
            'sr.oots.tech.ec.europa.eu"\n\n[directory.s',
            "another environment",
        ),
        (
            'https://sr.acc.oots.tech.ec.europa.eu"\n\n[directory.s',
            'http://sr.example.fi"\n\n[directory.s',
            "no Semantic Repository",
        ),
        ('certificate_file = "keys/directory.crt"', "", "needs key_file and certificate_file"),
        ("port = 8460", "port = 8443", "has this port already"),
        ("port = 8460", 'port = 8460\nhost = "0.0.0.0"', "there is no TLS here"),
        ("[directory]\n", '[directory]\ndatabase = "sqlite:///data/gateway.db"\n', "each service has a database"),
        ("[directory]\n", '[directory]\ncolour = "blue"\n', "is not known here"),
    ],
)
def test_what_is_wrong_is_told(folder: Path, old: str, new: str, expected: str) -> None:
    change(folder / "oots.toml", old, new)

    assert any(expected in line and line.startswith("oots.toml: directory") for line in complaints_of(folder))


@pytest.mark.parametrize(
    "key", [ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048)], ids=["P-384", "RSA"]
)
def test_answers_are_signed_on_p_256_only(folder: Path, key: pki.PrivateKey) -> None:
    write_key(folder, key)

    assert any("P-256" in line for line in complaints_of(folder))


def test_seeds_are_loaded_into_the_database_of_the_settings(folder: Path) -> None:
    shown, done = load(folder, "--demo"), load(folder, "--demo", "--yes")
    upgraded = CliRunner().invoke(app, ["db", "upgrade", "--config", str(folder / "oots.toml")])

    assert (shown.exit_code, done.exit_code, upgraded.exit_code) == (0, 0, 0)
    assert "Nothing was loaded" in shown.output
    assert "changes are loaded" in done.output
    assert "directory: nothing to do" in upgraded.output


def test_a_node_without_a_directory_has_none_to_load_into(tmp_path: Path) -> None:
    make(tmp_path)

    refused = load(tmp_path, "--demo", "--yes")

    assert refused.exit_code == 1
    assert "has no table [directory]" in refused.output


@pytest.mark.anyio
async def test_it_runs_alone_and_signs_with_its_key(tmp_path: Path) -> None:
    make(tmp_path)
    certificate = write_key(tmp_path, pki.new_ec_key())
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    text = (tmp_path / "oots.toml").read_text()
    node_table = text[text.index("[node]") : text.index("[gateway]")]
    (tmp_path / "oots.toml").write_text(node_table + TABLE.format(port=port))
    assert load(tmp_path, "--demo", "--yes").exit_code == 0

    async with running_node(read(tmp_path), record=nothing) as running, httpx.AsyncClient(trust_env=False) as http:
        [address] = running.addresses
        url = address.removeprefix("directory ")
        answer = await http.get(f"{url}/eb/rest/search", params={"queryId": REQUIREMENTS})
        ready = await http.get(f"{url}/health/ready")

    verified = verify_detached(
        answer.content, answer.headers, trust=Trust(roots=(certificate,)), at=NOW + timedelta(minutes=1)
    )
    assert verified.certificate == certificate
    assert ready.json()["ready"] is True
