"""`oots init`: what it makes, who may read it, and when it makes nothing."""

import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from typer.testing import CliRunner, Result

from oots.cli import app
from oots.node.certificates import encryption_fault, signing_fault
from oots.store.key_file import read_key_file

LAYOUT = {
    "FIRST-STEPS.md": 0o644,
    "data": 0o700,
    "data/gateway.db": 0o600,
    "data/provider.db": 0o600,
    "data/requester.db": 0o600,
    "keys": 0o700,
    "keys/at-rest.json": 0o600,
    "keys/message.crt": 0o644,
    "keys/message.csr": 0o644,
    "keys/message.key": 0o600,
    "keys/tls.crt": 0o644,
    "keys/tls.csr": 0o644,
    "keys/tls.key": 0o600,
    "oots.toml": 0o644,
    "peers": 0o700,
    "peers.toml": 0o644,
    "secrets": 0o700,
    "secrets/portal.token": 0o600,
    "secrets/provider.token": 0o600,
    "secrets/requester.token": 0o600,
}


def init(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["init", *map(str, arguments)], catch_exceptions=False)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "node"
    options = ("--party-id", "AP_EL_01", "--country", "EL", "--address", "https://ap.example.gr:444/as4")
    assert init(folder, *options, "--authority", 'Δήμος "Α"', "--port", "9000").exit_code == 0
    return folder


def test_a_new_node_has_these_files_and_nobody_else_reads_its_secrets(made: Path) -> None:
    found = {str(path.relative_to(made)): stat.S_IMODE(path.stat().st_mode) for path in made.rglob("*")}

    assert found == LAYOUT
    assert stat.S_IMODE(made.stat().st_mode) == 0o700


def test_keys_and_certificates_are_for_what_they_are_for(made: Path) -> None:
    keys = {
        name: load_pem_private_key((made / "keys" / f"{name}.key").read_bytes(), None) for name in ("message", "tls")
    }
    certificates = {name: x509.load_pem_x509_certificate((made / "keys" / f"{name}.crt").read_bytes()) for name in keys}

    assert isinstance(keys["message"], rsa.RSAPrivateKey)
    assert keys["message"].key_size == 3072
    assert isinstance(keys["tls"], ec.EllipticCurvePrivateKey)
    assert signing_fault(certificates["message"]) is None
    assert encryption_fault(certificates["message"]) is None
    names = certificates["tls"].extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["ap.example.gr", "localhost"]


@pytest.mark.parametrize("name", ["message", "tls"])
def test_a_request_asks_for_the_same_as_the_certificate_that_is_there(made: Path, name: str) -> None:
    request = x509.load_pem_x509_csr((made / "keys" / f"{name}.csr").read_bytes())
    certificate = x509.load_pem_x509_certificate((made / "keys" / f"{name}.crt").read_bytes())

    assert request.is_signature_valid
    assert request.public_key() == certificate.public_key()
    # X.509 says GR where OOTS says EL.
    assert (
        request.subject.rfc4514_string() == certificate.subject.rfc4514_string() == 'CN=AP_EL_01,O=Δήμος \\"Α\\",C=GR'
    )
    assert {item.oid for item in request.extensions} <= {item.oid for item in certificate.extensions}


def test_the_key_file_for_encryption_at_rest_can_be_read(made: Path) -> None:
    assert read_key_file(made / "keys" / "at-rest.json").current.id


def test_every_node_has_keys_and_tokens_of_its_own(made: Path, tmp_path: Path) -> None:
    init(tmp_path / "other")

    for name in (name for name, mode in LAYOUT.items() if mode == 0o600 and not name.startswith("data/")):
        assert (made / name).read_bytes() != (tmp_path / "other" / name).read_bytes()


def test_what_to_do_next_is_printed_and_written_in_the_folder(tmp_path: Path) -> None:
    printed = init(tmp_path / "node").stdout

    steps = (tmp_path / "node" / "FIRST-STEPS.md").read_text()
    assert str(tmp_path / "node" / "FIRST-STEPS.md") in printed
    for command in ("oots serve", "oots doctor"):
        assert command in printed
        assert command in steps
    assert 'party_id = "AP_XX_01"' in steps
    assert "requesting_enabled = true" in steps


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    assert init(tmp_path).exit_code == 0


def test_a_folder_with_anything_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")

    result = init(tmp_path)

    assert result.exit_code == 1
    assert "is not empty" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_file_in_the_way_is_told(tmp_path: Path) -> None:
    (tmp_path / "node").write_text("")

    result = init(tmp_path / "node")

    assert result.exit_code == 1
    assert "cannot be used" in result.stderr


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--party-id", 'AP "FI"'], "is no party id"),
        (["--country", "Finland"], "is no country code"),
        (["--authority", ""], "the name of the authority is empty"),
        (["--authority", "two\nlines"], "not printable"),
        (["--address", "http://ap.example.fi/as4"], "is not https"),
        (["--production"], "needs the address at which peers reach it"),
    ],
)
def test_what_makes_no_node_is_told_and_nothing_is_left(tmp_path: Path, options: list[str], reason: str) -> None:
    result = init(tmp_path / "node", *options)

    assert result.exit_code == 1
    assert reason in result.stderr
    assert not (tmp_path / "node").exists()
