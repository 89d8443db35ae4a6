"""Killed at any step, a store has all of a message or nothing of it, and a rotation loses no key."""

import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]


def looks(act: str, folder: Path) -> Counter[str]:
    """Kill an act at every step, and give what was left each time; fails when a message became unreadable."""
    command = [sys.executable, "-m", "tests.store.killed", act, str(folder)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return Counter(ran.stdout.splitlines())


def test_a_message_is_stored_as_a_whole_or_not_and_what_is_left_over_is_swept(tmp_path: Path) -> None:
    found = looks("store", tmp_path)

    assert set(found) == {"nothing", "unfinished file", "orphan", "message"}
    assert found.total() > 15


def test_keys_are_rotated_and_retired_without_losing_a_message(tmp_path: Path) -> None:
    found = looks("rotate", tmp_path)

    assert set(found) == {"1 keys, 1 in use", "2 keys, 1 in use", "2 keys, 2 in use"}
    assert found.total() > 50
