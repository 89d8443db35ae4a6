"""`oots keys`: what it prints, and that no key is among it."""

import base64
from pathlib import Path

import pytest

from tests.cli.test_backup_command import folder, oots
from tests.node.node_folders import change, read

__all__ = ["folder"]


def test_a_rotation_is_told_with_what_it_means_for_backups(folder: Path) -> None:
    old = read(folder).keys().current.id

    result = oots(folder, "keys rotate")

    current = read(folder).keys().current.id
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        f"{current} is the current key.",
        "gateway: 0 data keys are wrapped with it now.",
        "provider: 0 data keys are wrapped with it now.",
        f"Copy {folder / 'keys' / 'at-rest.json'} to where you keep it safe.",
        f"Backups from before still need the keys that they name.  Kept for that: {old}.",
        "When no such backup is needed any more, in an hour or later: oots keys retire ID",
    ]


def test_a_rotation_is_finished_without_a_new_key(folder: Path) -> None:
    current = read(folder).keys().current.id

    result = oots(folder, "keys rotate", "--finish")

    assert result.exit_code == 0
    assert read(folder).keys().current.id == current
    assert "Backups" not in result.stdout


def test_a_list_names_keys_and_shows_none(folder: Path) -> None:
    oots(folder, "keys rotate")
    keys = read(folder).keys()

    result = oots(folder, "keys list")

    lines = result.stdout.splitlines()
    assert [line.split()[:2] for line in lines] == [
        [keys.current.id, "current"],
        [keys.others[0].id, "older"],
        [keys.search.id, "search"],
    ]
    assert lines[0].endswith("wraps data keys: 0 of the gateway, 0 of the provider")
    for key in (keys.current, *keys.others, keys.search):
        assert base64.b64encode(key.secret.reveal()).decode() not in result.stdout


def test_a_key_is_not_retired_right_after_a_rotation(folder: Path) -> None:
    old = read(folder).keys().current.id
    oots(folder, "keys rotate")

    result = oots(folder, "keys retire", old)

    assert result.exit_code == 1
    assert "cannot be retired within 1:00:00 after a rotation: try later" in result.stderr


@pytest.mark.parametrize("command", ["keys rotate", "keys rotate --finish", "keys retire 1"])
def test_keys_in_the_environment_are_changed_there(folder: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    monkeypatch.setenv("OOTS_NODE__KEYS", (folder / "keys" / "at-rest.json").read_text())
    change(folder / "oots.toml", 'key_file = "keys/at-rest.json"', "")

    result = oots(folder, command)

    assert result.exit_code == 1
    assert "the keys are in the variable OOTS_NODE__KEYS, which no command can change" in result.stderr
