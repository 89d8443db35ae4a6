"""What the image would hold: install.sh, run on exactly the files that a build would see."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.node_processes import environment
from tests.docker.image import ROOT, in_context

MODULES = "import importlib.util, sys; print(*(name for name in sys.argv[1:] if importlib.util.find_spec(name)))"


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy what .dockerignore lets into the build."""
    folder = tmp_path_factory.mktemp("context")
    for name in in_context():
        source, target = ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    return folder


def test_the_build_sees_no_keys_and_no_settings(context: Path) -> None:
    found = [path for path in context.rglob("*") if path.is_file()]
    suspicious = {".key", ".pem", ".crt", ".csr", ".token", ".p12", ".pgpass", ".password", ".db", ".env"}

    assert [path for path in found if path.suffix in suspicious or path.name == ".env"] == []
    assert [path for path in found if re.search(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\n", path.read_bytes())] == []


@pytest.mark.wheel
@pytest.mark.timeout(600)
def test_the_image_has_what_a_node_needs_and_no_more(context: Path, tmp_path: Path) -> None:
    installed = tmp_path / "oots"
    run(context / "docker/install.sh", context, installed, PYTHON=sys.executable)

    asked = ("oots", "gateway", "psycopg", "pip", "pytest", "mypy", "hatchling", "tests")
    assert run(installed / "bin/python", "-I", "-c", MODULES, *asked).split() == ["oots", "gateway", "psycopg"]
    assert run(installed / "bin/oots", "--version").startswith("oots ")


def run(*command: str | Path, **variables: str) -> str:
    """Run a command; give what it prints."""
    done = subprocess.run(
        command,
        env=environment(**variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
