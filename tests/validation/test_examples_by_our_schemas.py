"""The published examples of line 1.0 under our schemas: line 1.2 takes them, line 2.0 minds what it took out."""

from pathlib import Path

import pytest

from oots.edm.specification import V1_2, V2_0
from oots.validation.explained import explain

EXAMPLES = Path(__file__).parents[3] / "shared" / "reference" / "examples" / "Exchange"
WHOLE = sorted(EXAMPLES.glob("*/*/*full example.xml"))

pytestmark = pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the published examples are not here")


def test_there_are_requests_responses_and_errors() -> None:
    assert len(WHOLE) == 5


@pytest.mark.parametrize("example", WHOLE, ids=lambda path: path.name)
def test_line_1_2_takes_what_line_1_0_took(example: Path) -> None:
    assert explain(example.read_bytes(), V1_2) == ()


@pytest.mark.parametrize("example", WHOLE, ids=lambda path: path.name)
def test_line_2_0_minds_nothing_but_transformations(example: Path) -> None:
    data = example.read_bytes()

    messages = [finding.message for finding in explain(data, V2_0)]

    assert len(messages) == data.count(b"</sdg:Transformation>")
    assert all(message.startswith("sdg:Transformation is not known in") for message in messages)
