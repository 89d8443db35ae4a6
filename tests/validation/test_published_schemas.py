"""
Our schemas against the published ones of the 1.0 line, by behaviour: every small change of a document gets the same
verdict from both, but for what the table of verdicts explains.
"""

import pytest
from mutations import DOCUMENTS, mutations, reduced
from validated_vectors import line_of
from write_verdicts import PUBLISHED, committed, rows, written

from oots.edm.specification import V1_2, V2_0
from oots.validation.xsd import check_document

STALE = "a document was changed: run tests/validation/write_verdicts.py where the published schemas are"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_small_changes_get_the_verdict_of_the_table(name: str) -> None:
    table = {row["element"]: row for row in committed(name)}
    line, tried, wrong = line_of(name), dict.fromkeys(table, 0), []

    for path, change, document in mutations(reduced(name)):
        assert path in table, STALE
        row = table[path]
        tried[path] += 1
        expected = (change in row["valid"]) != (change in row.get("otherwise", {}))
        if (check_document(document, line) == ()) != expected:
            wrong.append(f"{path}, {change}: {'valid' if expected else 'invalid'} is expected")

    assert wrong == []
    assert tried == {path: row["changes"] for path, row in table.items()}, STALE


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_unchanged_documents_are_valid(name: str) -> None:
    assert check_document(reduced(name), line_of(name)) == ()


def test_the_table_refuses_and_lets_through_a_lot_in_both_lines() -> None:
    for line in (V1_2, V2_0):
        table = [row for name in DOCUMENTS if line_of(name) == line for row in committed(name)]
        tried, valid = sum(row["changes"] for row in table), sum(len(row["valid"]) for row in table)

        assert valid > 1000
        assert tried - valid > 2500


SLOW = [pytest.param(name, marks=() if name.startswith("error") else pytest.mark.nightly) for name in DOCUMENTS]


@pytest.mark.skipif(not PUBLISHED.is_dir(), reason="the published schemas are not here")
@pytest.mark.parametrize("name", SLOW)
def test_the_table_is_what_the_published_schemas_say(name: str) -> None:
    assert written(rows(name)) == written(committed(name)), STALE
