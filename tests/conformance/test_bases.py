"""The base documents are valid: what a changed one breaks, the change has broken."""

import pytest

from tests.conformance.changes import BASES, BOTH, Line, base_document
from tests.conformance.checked import findings, schema_findings

NAMES = sorted({path.stem.rpartition("-")[0] for path in BASES.glob("*.xml")})


@pytest.mark.parametrize("line", BOTH)
@pytest.mark.parametrize("base", NAMES)
def test_a_base_passes_the_schema_and_every_rule(base: str, line: Line) -> None:
    document = base_document(base, line)

    assert schema_findings(document, base, line) == ()
    assert findings(document, base, line) == ()
