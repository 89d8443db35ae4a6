"""`oots doctor` on a node that does not run: what it prints, as lines and as JSON, and its exit code."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from oots.cli import app
from tests.cli.node_processes import init

OF_A_DATABASE = ("database", "keys", "payloads", "jobs")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("examined") / "node"
    init(folder, "AP_FI_01", "FI")
    return folder


def doctor(folder: Path, *options: str, **variables: str) -> Result:
    return CliRunner().invoke(
        app, ["doctor", "--config", str(folder / "oots.toml"), *options], env=variables, catch_exceptions=False
    )


def test_a_node_that_does_not_run_has_no_failure(folder: Path) -> None:
    result = doctor(folder)

    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == f"ok    settings: {folder / 'oots.toml'} is complete: AP_FI_01, acceptance"
    assert "warn  gateway: does not run" in lines
    assert "      oots serve gateway" in lines
    assert "warn  system check: is not made while a service does not run" in lines


def test_json_says_the_same(folder: Path) -> None:
    found = json.loads(doctor(folder, "--json").stdout)

    assert found["well"] is True
    assert [check["name"] for check in found["checks"]] == [
        "settings",
        "data folder",
        "disk",
        *(f"{service} {what}" for service in ("gateway", "requester", "provider") for what in OF_A_DATABASE),
        "requester token",
        "provider token",
        "message certificate",
        "TLS certificate",
        "clock",
        "gateway",
        "requester",
        "provider",
        "system check",
    ]
    assert {check["status"] for check in found["checks"]} <= {"ok", "warn"}
    assert all((check["advice"] is None) == (check["status"] == "ok") for check in found["checks"])


def test_a_failure_is_an_exit_code_of_one(folder: Path) -> None:
    result = doctor(folder, "--json", OOTS_NODE__ENVIRONMENT="test")

    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert found["well"] is False
    assert [(check["name"], check["status"]) for check in found["checks"]] == [("settings", "fail")]
    assert found["checks"][0]["text"].startswith("OOTS_NODE__ENVIRONMENT: ")
