"""Whoever keeps a directory sees what would change before it does, and all that is wrong at once."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from oots.cli import app
from oots.store.database import open_database
from oots.store.migrate import upgrade

WRONG = """
country = "SE"
[[reference_frameworks]]
id = "x"
"""


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/directory.sqlite"


def load(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["directory", "load", *arguments])


def test_what_would_change_is_shown_first_and_done_when_told_so(database: str) -> None:
    shown = load("--demo", "--database", database)
    done = load("--demo", "--database", database, "--yes")
    again = load("--demo", "--database", database, "--yes")

    assert shown.exit_code == done.exit_code == again.exit_code == 0
    assert "FI reference_frameworks + 4d01a8dd-30cf-555e-bb0b-e5317e0f6a59" in shown.output
    assert shown.output.endswith("Nothing was loaded: say --yes to do it.\n")
    assert done.output.splitlines()[:-1] == shown.output.splitlines()[:-1]
    assert done.output.endswith("changes are loaded.\n")
    assert again.output == "Nothing changes: all of it is there already.\n"


def test_a_wrong_seed_is_told_line_by_line_and_changes_nothing(database: str, tmp_path: Path) -> None:
    (tmp_path / "SE.toml").write_text(WRONG)

    refused = load(str(tmp_path / "SE.toml"), "--demo", "--database", database, "--yes")
    afterwards = load("--demo", "--database", database)

    assert refused.exit_code == 1
    lines = refused.output.splitlines()
    assert len(lines) == 4
    assert all("SE.toml: reference_frameworks[1] (x)" in line for line in lines)
    assert "FI reference_frameworks + 4d01a8dd" in afterwards.output


def test_nothing_to_load_is_a_mistake(database: str) -> None:
    assert load("--database", database).exit_code == 2


def test_a_database_of_another_service_is_left_alone(database: str) -> None:
    opened = open_database(database)
    upgrade(opened, "gateway")
    opened.close()

    refused = load("--demo", "--database", database, "--yes")

    assert refused.exit_code == 1
    assert "another service, or a newer program" in refused.output
