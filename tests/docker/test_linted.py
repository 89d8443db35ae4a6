"""The files that no test can run here are read by programs that know their kind."""

import subprocess
import sysconfig
from pathlib import Path

import pytest

from tests.docker.image import DOCKER

PROGRAMS = Path(sysconfig.get_path("scripts"))
SCRIPTS = sorted(DOCKER.rglob("*.sh"))


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    assert findings("hadolint", DOCKER / "Dockerfile") == ""


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_shellcheck_finds_nothing_in_a_script(script: Path) -> None:
    assert findings("shellcheck", script) == ""


def test_compose_yaml_is_what_the_compose_specification_says() -> None:
    against = ("--builtin-schema", "vendor.compose-spec")

    assert findings("check-jsonschema", "--quiet", *against, DOCKER / "compose.yaml") == ""


def test_every_script_can_be_run() -> None:
    assert [path.name for path in SCRIPTS if not path.stat().st_mode & 0o100] == []
    assert {path.read_text().splitlines()[0] for path in SCRIPTS} == {"#!/bin/sh"}


def findings(program: str, *arguments: str | Path) -> str:
    """Give what a linter of the lock says; the exit code agrees with it."""
    if not (PROGRAMS / program).exists():
        pytest.skip(f"needs {program} (of the group lint)")
    done = subprocess.run(
        [PROGRAMS / program, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    said = done.stdout + done.stderr
    assert (done.returncode == 0) == (said == ""), said
    return said
