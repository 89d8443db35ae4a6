"""Backups and restores in a process of their own, which is killed when they have come so far."""

import os
import signal
from itertools import count
from pathlib import Path

from oots.node.backup import Tell, back_up
from oots.node.restore import restore
from tests.node.node_folders import read
from tests.node.stored_nodes import NOW


def killed_backup(folder: Path, variables: dict[str, str], target: Path, step: int) -> None:
    back_up(read(folder, variables), target, now=NOW, tell=kill_at(step))


def killed_restore(folder: Path, variables: dict[str, str], source: Path, step: int) -> None:
    restore(read(folder, variables), source, tell=kill_at(step))


def kill_at(step: int) -> Tell:
    """Let the process end, without a chance to do anything about it, the `step`th time that it says how far it is."""
    steps = count(1)

    def tell(*_: object) -> None:
        if next(steps) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    return tell
