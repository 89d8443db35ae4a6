"""What is shipped: a wheel in an empty environment runs the demo."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    _run(
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(folder),
        str(ROOT),
    )
    return next(folder.glob("oots-*.whl"))


@pytest.mark.wheel
def test_the_wheel_carries_all_packages_schemas_and_pages(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()

    for name in (
        "oots/__init__.py",
        "gateway/app.py",
        "evidence_provider/app.py",
        "evidence_requester/app.py",
        "directory/app.py",
        "directory/seeds/FI.toml",
        "directory/templates/walk.html",
        "oots/_schemas/edm/edm-1.2.xsd",
        "oots/_schemas/edm/edm-2.0.xsd",
        "oots/_schemas/sdg/sdg-common.xsd",
        "oots/_schemas/genericode/genericode.xsd",
        "oots/_schemas/codelists/EAS-1.2.gc",
        "oots/_schemas/codelists/NUTS.gc",
        "oots/_schemas/ebms/ebms-header.xsd",
        "oots/ui/static/oots.css",
        "oots/cli/demo/templates/overview.html",
    ):
        assert name in names
    assert not [name for name in names if name.startswith(("tests", "docs", "src"))]


@pytest.mark.wheel
@pytest.mark.timeout(600)
def test_the_demo_runs_from_the_wheel_in_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    environment = tmp_path / "venv"
    _run(sys.executable, "-m", "venv", str(environment))
    python = str(environment / "bin" / "python")
    # The versions of the lock, without what only tests and linters need.
    _run(python, "-m", "pip", "install", "--quiet", "--constraint", str(_constraints(tmp_path)), str(wheel))

    printed = _run(str(environment / "bin" / "oots"), "demo", "--once", "--port", "0", cwd=tmp_path)

    assert "as the register issued it" in printed


def _constraints(folder: Path) -> Path:
    pinned = [line.split(" ")[0] for line in (ROOT / "requirements.lock").read_text().splitlines() if "==" in line]
    file = folder / "constraints.txt"
    file.write_text("\n".join(pinned) + "\n")
    return file


def _run(*command: str, cwd: Path | None = None) -> str:
    done = subprocess.run(
        command, check=False, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=500
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
