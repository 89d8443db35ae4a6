"""Every published rule of a line is in our rule files as it is known, and has a row in the tables of changes."""

from collections import Counter

import pytest

from oots.validation.schematron.rule_sets import Kind
from tests.conformance.changes import BOTH, Line
from tests.conformance.rule_files import assertions, kind_of, published_rules
from tests.conformance.tables import ROWS

SETS = [pytest.param(kind, line, id=f"{kind.value}-{line}") for kind in Kind for line in BOTH]


def written(kind: Kind, line: Line) -> dict[str, str]:
    """Give the severities of the rules that our files must have."""
    return {
        rule.rule: rule.lines[line].severity
        for rule in published_rules()
        if kind_of(rule.rule) == kind and rule.lines[line].is_written
    }


@pytest.mark.parametrize(("kind", "line"), SETS)
def test_the_rule_files_hold_every_known_rule_with_its_severity_and_no_other(kind: Kind, line: Line) -> None:
    found = {rule: {item.severity for item in items} for rule, items in assertions(kind, line).items()}

    assert found == {rule: {severity} for rule, severity in written(kind, line).items()}


@pytest.mark.parametrize(("kind", "line"), SETS)
def test_every_rule_of_our_files_has_a_row_in_the_tables_of_changes(kind: Kind, line: Line) -> None:
    rows = {row.rule for row in ROWS if line in row.lines}

    assert written(kind, line).keys() - rows == set()


def test_no_row_is_of_a_rule_that_its_line_does_not_have() -> None:
    known = {(rule.rule, line) for rule in published_rules() for line in BOTH if rule.lines[line].is_written}

    assert {(row.rule, line) for row in ROWS for line in row.lines} - known == set()


def test_no_rule_is_listed_twice() -> None:
    assert [rule for rule, times in Counter(rule.rule for rule in published_rules()).items() if times > 1] == []


@pytest.mark.parametrize(("kind", "line"), SETS)
def test_sentences_are_plain(kind: Kind, line: Line) -> None:
    for rule, items in assertions(kind, line).items():
        for item in items:
            assert item.sentence.endswith((".", ".)")), rule
            assert len(item.sentence) < 250, rule
