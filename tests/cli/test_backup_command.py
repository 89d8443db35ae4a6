"""`oots backup` and `oots restore`: what an operator is told, and the exit codes."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from oots.cli import app
from oots.node.databases import databases_of
from tests.cli.node_processes import init
from tests.node.node_folders import read
from tests.node.stored_nodes import without_requester


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    init(tmp_path / "node", "AP_FI_01", "FI")
    without_requester(tmp_path / "node" / "oots.toml")
    return tmp_path / "node"


def oots(folder: Path, command: str, *arguments: str | Path) -> Result:
    return CliRunner().invoke(
        app, [*command.split(), *map(str, arguments), "--config", str(folder / "oots.toml")], catch_exceptions=False
    )


def test_a_backup_says_where_it_is_and_what_is_not_in_it(folder: Path, tmp_path: Path) -> None:
    result = oots(folder, "backup", tmp_path / "backup")

    assert result.exit_code == 0
    assert f"The backup is in {tmp_path / 'backup'}: 2 files, " in result.stdout
    assert "Keys, secrets and settings are not in it." in result.stdout
    assert read(folder).keys().search.id in result.stdout
    assert result.stderr.splitlines() == ["database of the gateway: done", "database of the provider: done"]


def test_a_backup_that_is_not_made_says_why(folder: Path) -> None:
    result = oots(folder, "backup", folder)

    assert result.exit_code == 1
    assert result.stderr == f"No backup was made: {folder} is not empty: each backup gets a folder of its own\n"


def test_a_restore_says_what_is_lost_and_what_comes_next(folder: Path, tmp_path: Path) -> None:
    oots(folder, "backup", tmp_path / "backup")
    for database in databases_of(read(folder)):
        assert database.file is not None
        database.file.unlink()

    result = oots(folder, "restore", tmp_path / "backup")

    assert result.exit_code == 0
    made_at = json.loads((tmp_path / "backup" / "manifest.json").read_text())["made_at"][:19].replace("T", " ")
    assert f"gateway: 0 rows and 0 payloads, as they were on {made_at} UTC" in result.stdout
    assert f"What came after {made_at} UTC is lost here" in result.stdout
    assert "Peers may also send again what they sent since" in result.stdout
    assert result.stdout.splitlines()[-1] == "Then: oots doctor, oots serve."
    assert oots(folder, "db upgrade").stdout.count("nothing to do") == 2


def test_a_restore_that_is_refused_says_why(folder: Path, tmp_path: Path) -> None:
    result = oots(folder, "restore", tmp_path)

    assert result.exit_code == 1
    assert "is no backup: manifest.json cannot be read" in result.stderr
