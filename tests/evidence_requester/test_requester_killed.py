"""Killed before any step, a requester sends every request once, and hands over every document that it acknowledged."""

import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("act", "expected"),
    [("ask", {"nothing", "pending", "sent"}), ("answer", {"sent", "available", "delivered"})],
)
def test_nothing_is_lost_and_nothing_happens_twice(act: str, expected: set[str], quick_folder: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.evidence_requester.killed_requester", act, str(quick_folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    looks = Counter(ran.stdout.splitlines())
    assert set(looks) == expected
    assert looks.total() > 40
