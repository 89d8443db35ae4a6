"""Runs `oots validate` in this process, on documents of the tables of changes and on vectors."""

import json
from pathlib import Path
from typing import Any, Final

from typer.testing import CliRunner, Result

from oots.cli import app

TESTS: Final = Path(__file__).parents[1]
BASES: Final = TESTS / "conformance" / "bases"
VECTORS: Final = TESTS / "vectors"
REFERENCE: Final = TESTS.parents[1] / "shared" / "reference"
"""Published artefacts of line 1.0, where they are beside this checkout."""

REQUEST: Final = BASES / "request-of-a-natural-person-2.0.xml"
RESPONSE: Final = BASES / "response-with-evidence-2.0.xml"
HEADER: Final = BASES / "header-of-a-request-2.0.xml"


def validate(*arguments: str | Path, stdin: bytes | None = None) -> Result:
    """Run the command."""
    return CliRunner().invoke(app, ["validate", *map(str, arguments)], input=stdin, catch_exceptions=False)


def found(*arguments: str | Path, stdin: bytes | None = None) -> list[dict[str, Any]]:
    """Run the command, and give the documents of its JSON."""
    documents: list[dict[str, Any]] = json.loads(validate("--format", "json", *arguments, stdin=stdin).stdout)[
        "documents"
    ]
    return documents


def only(*arguments: str | Path, stdin: bytes | None = None) -> dict[str, Any]:
    """Run the command, and give the one document of its JSON."""
    (document,) = found(*arguments, stdin=stdin)
    return document


def rules(document: dict[str, Any], severity: str = "fatal") -> set[str]:
    """Name the rules that a document breaks."""
    return {finding["rule"] for finding in document["findings"] if finding["severity"] == severity}


def changed(path: Path, old: str, new: str) -> bytes:
    """Give a document with the first occurrence replaced; it must be there."""
    text = path.read_text("utf-8")
    assert old in text, f"{path.name} does not contain {old!r}"
    return text.replace(old, new, 1).encode()
