"""`docs/directory.md` is true: its settings are those there are, and its examples work."""

import re
import shlex
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from typer.testing import CliRunner

from oots import pki
from oots.cli import app
from oots.node.new_node import Plan, make_node
from oots.node.tables import DirectoryTable

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "directory.md").read_text(encoding="utf-8")
FIELDS = DirectoryTable.model_fields


def settings_rows() -> dict[str, str]:
    section = re.search(r"^## 1\. The settings\n(.*?)^## ", PAGE, re.MULTILINE | re.DOTALL)
    assert section is not None
    return dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", section[1], re.MULTILINE))


def test_the_page_has_every_key_and_no_others() -> None:
    assert list(settings_rows()) == list(FIELDS)


@pytest.mark.parametrize("key", FIELDS)
def test_the_page_says_what_holds_without_a_key(key: str) -> None:
    without, field = settings_rows()[key], FIELDS[key]

    if field.is_required():
        assert without == "needed"
    elif field.default is None:
        assert without == "a file in the data folder"
    else:
        default = str(field.default)
        assert without == (f'`"{default}"`' if isinstance(field.default, str) else f"`{default}`")


def test_the_examples_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime.now(UTC)
    plan = Plan(
        party_id="AP_FI_01",
        country="FI",
        authority="Authority",
        address="https://ap.example.fi/as4",
        first_port=8443,
        environment="acceptance",
    )
    make_node(tmp_path, plan, now=now, new_id=lambda: "11111111-1111-4111-8111-111111111111")
    key = pki.new_ec_key()
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "directory")])
    (tmp_path / "keys" / "directory.key").touch(0o600)
    (tmp_path / "keys" / "directory.key").write_bytes(pki.key_pem(key))
    certificate = pki.self_signed(name, key, (), now=now, days=30)
    (tmp_path / "keys" / "directory.crt").write_bytes(pki.certificate_pem(certificate))
    (settings,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    with (tmp_path / "oots.toml").open("a", encoding="utf-8") as file:
        file.write(settings)
    for seed in ("requirements.toml", "FI.toml"):
        (tmp_path / seed).write_bytes((ROOT / "directory" / "seeds" / seed).read_bytes())
    (commands,) = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    monkeypatch.chdir(tmp_path)

    outcomes = [CliRunner().invoke(app, shlex.split(line)[1:]) for line in commands.splitlines()]

    assert [outcome.exit_code for outcome in outcomes] == [0, 0]
    assert "Nothing was loaded" in outcomes[0].output
    assert "changes are loaded" in outcomes[1].output
