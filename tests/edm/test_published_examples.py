from dataclasses import replace
from pathlib import Path

import pytest
from edm_vectors import comparable
from published_examples import EXAMPLES, LINES, upgraded

from oots.edm import documents
from oots.edm.model import Document, ErrorResponse, EvidenceRequest, EvidenceResponse
from oots.edm.specification import V1_2, V2_0

pytestmark = pytest.mark.skipif(not EXAMPLES, reason="the published examples are not beside this checkout")


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_upgraded_example_is_written_as_it_was_read(example: Path, line: str) -> None:
    document = upgraded(example, line)

    assert comparable(documents.write(documents.read(document))) == comparable(document)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_says_the_same_in_both_lines_but_for_what_only_the_older_has(example: Path) -> None:
    older, newer = (documents.read(upgraded(example, line)) for line in (V1_2, V2_0))

    assert _as_2_0_says_it(older) == newer


def _as_2_0_says_it(document: Document) -> Document:
    match document:
        case EvidenceRequest(evidence_type=asked):
            [form] = asked.distributions
            asked = replace(asked, distributions=(replace(form, transformation=None),))
            return replace(document, specification=V2_0, language=None, evidence_type=asked)
        case EvidenceResponse(evidences=(package,)):
            metadata = package.main.metadata
            assert metadata.distribution is not None
            metadata = replace(metadata, distribution=replace(metadata.distribution, transformation=None))
            package = replace(package, main=replace(package.main, metadata=metadata))
            return replace(document, specification=V2_0, evidences=(package,))
        case _:
            assert isinstance(document, ErrorResponse)
            return replace(document, specification=V2_0)
