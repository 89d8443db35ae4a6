"""Killed before any step, a provider answers every request it has acknowledged, and every request once."""

import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]


def test_nothing_is_lost_and_nothing_happens_twice(quick_folder: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.evidence_provider.killed_provider", str(quick_folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    looks = Counter(ran.stdout.splitlines())
    assert set(looks) == {"nothing", "received", "answered", "sent"}
    assert looks.total() > 40
