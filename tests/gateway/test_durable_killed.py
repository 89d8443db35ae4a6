"""Killed before any step, a mailbox has all of a message or nothing, and loses nothing that it promised."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

HERE: Final = Path(__file__).parent


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        ("keep", {"nothing", "stored", "replied"}),
        ("keep-large", {"nothing", "stored", "replied"}),
        ("accept", {"nothing", "stored", "replied"}),
        ("send", {"submitted", "sending", "acknowledged"}),
    ],
)
def test_nothing_is_lost_and_nothing_comes_twice(act: str, expected: set[str], quick_folder: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.gateway.killed_mailbox", act, str(quick_folder)],
        cwd=HERE.parents[1],
        env=os.environ | {"PYTHONPATH": str(HERE)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    looks = Counter(ran.stdout.splitlines())
    assert set(looks) == expected
    assert looks.total() > 15
