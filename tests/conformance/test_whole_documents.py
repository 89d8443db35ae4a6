"""Whole documents of the data model pass the schema and the rules of their line: our own, and the published ones."""

from pathlib import Path

import pytest

from oots.edm import documents
from oots.edm.model import ErrorResponse, EvidenceRequest, EvidenceResponse
from oots.validation.findings import is_valid
from oots.xml import parse
from tests.conformance.changes import Line
from tests.conformance.checked import findings, schema_findings
from tests.edm.edm_vectors import VECTORS, vector
from tests.edm.published_examples import EXAMPLES, upgraded

# The rules compare the types of slots with their prefixes, as text.
NAMES = sorted({path.name for path in VECTORS.iterdir()} - {"request-in-odd-prefixes"})
LINES: tuple[Line, ...] = ("1.2", "2.0")
KINDS = {EvidenceRequest: "request", EvidenceResponse: "response", ErrorResponse: "error"}


@pytest.mark.parametrize("name", NAMES)
def test_a_vector_passes_the_schema_and_the_rules(name: str) -> None:
    _must_pass(vector(name), "1.2" if name.endswith("-in-1.2") else "2.0")


@pytest.mark.skipif(not EXAMPLES, reason="the published examples are not beside this checkout")
@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_upgraded_example_passes_the_schema_and_the_rules(example: Path, line: Line) -> None:
    _must_pass(upgraded(example, f"oots-edm:v{line}"), line)


def _must_pass(document: bytes, line: Line) -> None:
    kind = KINDS[type(documents.read(document))]
    for written in (document, documents.write(documents.read(document))):
        assert schema_findings(parse(written), kind, line) == ()
        assert is_valid(findings(parse(written), kind, line))
