"""`oots jobs`: the dead are shown, revived and removed by their numbers."""

from pathlib import Path

import pytest

from tests.cli.test_backup_command import folder, oots
from tests.node.stored_nodes import StoredNode
from tests.node.test_database_checks import die

__all__ = ["folder"]


@pytest.fixture
def job_id(folder: Path) -> int:
    return die(StoredNode(folder=folder), "deliver")


def test_a_dead_job_is_listed_with_its_error(folder: Path, job_id: int) -> None:
    lines = oots(folder, "jobs list").stdout.splitlines()

    at = lines.index("provider: 0 to do now, 0 later, 0 in hand, 1 dead")
    assert lines[at + 1].startswith(f"  {job_id}  deliver of m1@alpha at step begin, dead since ")
    assert lines[at + 2] == "      the portal is not there"


def test_a_dead_job_is_tried_again(folder: Path, job_id: int) -> None:
    result = oots(folder, "jobs revive", "provider", str(job_id))

    assert (result.exit_code, result.stdout) == (0, f"job {job_id} of the provider is tried again\n")
    assert "provider: 1 to do now, 0 later, 0 in hand, 0 dead" in oots(folder, "jobs list").stdout


def test_a_dead_job_is_removed(folder: Path, job_id: int) -> None:
    result = oots(folder, "jobs discard", "provider", str(job_id))

    assert (result.exit_code, result.stdout) == (0, f"job {job_id} of the provider is gone\n")
    assert "provider: 0 to do now, 0 later, 0 in hand, 0 dead" in oots(folder, "jobs list").stdout


@pytest.mark.parametrize("command", ["jobs revive", "jobs discard"])
def test_what_is_not_dead_is_left_alone(folder: Path, job_id: int, command: str) -> None:
    result = oots(folder, command, "provider", str(job_id + 1))

    assert (result.exit_code, result.stderr) == (1, f"there is no dead job {job_id + 1}\n")


def test_a_service_that_is_not_in_the_settings_is_told(folder: Path) -> None:
    result = oots(folder, "jobs revive", "requester", "1")

    assert (result.exit_code, result.stderr) == (1, "this node has no requester\n")
