"""Each row of the tables of changes: the rule refuses the one document, and accepts its neighbour."""

import pytest

from tests.conformance import schema_rows
from tests.conformance.changes import Line, Row, base_document
from tests.conformance.checked import broken_rules, schema_findings
from tests.conformance.tables import ROWS


def in_each_line(rows: tuple[Row, ...]) -> list[object]:
    """Give every row once for each of its lines, under a name for people."""
    return [
        pytest.param(row, line, id=f"{row.rule} in {line}: {row.refused.name}") for row in rows for line in row.lines
    ]


@pytest.mark.parametrize(("row", "line"), in_each_line(ROWS))
def test_the_rule_and_its_companions_refuse_the_changed_document(row: Row, line: Line) -> None:
    changed = row.refused.of(base_document(row.base, line))

    assert broken_rules(changed, row.base, line) == {row.rule} | row.companions


@pytest.mark.parametrize(("row", "line"), in_each_line(ROWS))
def test_the_rule_accepts_the_nearest_change(row: Row, line: Line) -> None:
    changed = row.accepted.of(base_document(row.base, line))

    assert broken_rules(changed, row.base, line) <= row.companions


@pytest.mark.parametrize(("row", "line"), in_each_line(schema_rows.ROWS))
def test_the_schema_enforces_what_no_rule_file_has(row: Row, line: Line) -> None:
    base = base_document(row.base, line)

    assert schema_findings(row.refused.of(base), row.base, line) != ()
    assert schema_findings(row.accepted.of(base), row.base, line) == ()
