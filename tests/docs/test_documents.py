"""What README and docs say is true: paths exist, commands exist, and the printed output is what the demo prints."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.main import get_command

from oots.cli import app

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
PATH = re.compile(r"`((?:src|docs|tests|schemas|gateway|evidence_provider|evidence_requester|docker|\.ci)/[\w./-]*)`")
MODULE = re.compile(r"`((?:oots|gateway|evidence_provider|evidence_requester)(?:\.(?!toml`)[a-z_0-9]+)+)`")


def document(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_path_that_a_document_names_exists(path: Path) -> None:
    named = PATH.findall(path.read_text(encoding="utf-8"))

    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_module_that_a_document_names_exists(path: Path) -> None:
    def exists(name: str) -> bool:
        parts = name.split(".")
        base = ROOT / "src" if parts[0] == "oots" else ROOT
        at = base.joinpath(*parts)
        if at.is_dir() or at.with_suffix(".py").is_file():
            return True
        module = at.parent.with_suffix(".py")
        return (
            module.is_file() and re.search(rf"^(def|class) {parts[-1]}\b", module.read_text(), re.MULTILINE) is not None
        )

    assert [name for name in MODULE.findall(path.read_text(encoding="utf-8")) if not exists(name)] == []


def test_the_documents_that_the_readme_sends_to_are_all_there_are() -> None:
    named = set(re.findall(r"`docs/([\w-]+\.md)`", document("README.md")))

    assert named == {path.name for path in (ROOT / "docs").glob("*.md")}


def test_the_readme_lists_the_commands_that_the_program_has() -> None:
    listed = re.findall(r"^\| `oots ([a-z]+)", document("README.md"), re.MULTILINE)

    assert set(listed) == set(_commands())


def test_every_make_target_that_a_document_names_exists() -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", document("Makefile"), re.MULTILINE))
    named = {name for path in DOCUMENTS for name in re.findall(r"make ([a-z0-9]+)\b", _code(path))}

    assert named <= targets


def test_every_option_that_the_readme_names_exists() -> None:
    options = {name for command in _commands().values() for parameter in command.params for name in parameter.opts}

    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", _code(ROOT / "README.md"))) <= options


@pytest.mark.parametrize("name", ["demo", "init", "serve", "doctor", "validate", "backup", "restore", "bench"])
def test_help_says_what_every_option_is_for(name: str) -> None:
    command = _commands()[name]

    assert command.help
    assert [parameter.name for parameter in command.params if not getattr(parameter, "help", None)] == []


def test_the_demo_prints_what_the_readme_shows() -> None:
    shown = re.search(r"```\n(Making keys.*?)\n```", document("README.md"), re.DOTALL)
    printed = subprocess.run(
        [sys.executable, "-m", "oots", "demo", "--once", "--port", "0"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout

    assert shown is not None
    assert _masked(printed) == _masked(shown[1])


def test_make_help_lists_every_target_of_the_contract() -> None:
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    for target in ("setup", "demo", "test", "lint", "types", "bench", "interop", "nightly"):
        assert re.search(rf"^  {target} ", listed, re.MULTILINE)


def _commands() -> dict[str, typer.core.TyperCommand]:
    return get_command(app).commands  # type: ignore[attr-defined, no-any-return]


def _code(path: Path) -> str:
    return "\n".join(re.findall(r"`[^`\n]+`|```.*?```", path.read_text(encoding="utf-8"), re.DOTALL))


def _masked(text: str) -> list[str]:
    """Numbers and identifiers differ from run to run, and the two nodes run at the same time."""
    without_ids = re.sub(r"\b[0-9a-f]{8}\b|\b[0-9a-f]{64}\b", "…", text.strip())
    return sorted(re.sub(r"\s*\d+(\.\d+)?", " N", line) for line in without_ids.splitlines())
