"""
The rules that documents are held against: their names, how bad a breach is in each line, and what they say.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from oots.validation.cross.catalogue import CHECKS, CrossCheck
from oots.validation.findings import Severity
from oots.validation.reports.printable import printable
from oots.validation.schematron.reading import read_rules
from oots.validation.schematron.rule_sets import RuleSet
from oots.validation.schematron.rules import Assertion

PUBLISHED: Final = "published"
"""What stands for the line of rules that somebody else has published: a checkout does not say it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRule:
    """One rule."""

    rule: str
    sentence: str
    severities: dict[str, Severity] = field(default_factory=dict)
    """By line, such as `v2.0`."""


def list_rules(rule_sets: Iterable[RuleSet]) -> tuple[ListedRule, ...]:
    """Give the rules of rule sets in the order of their names; raises `UnusableRules`."""
    listed: dict[tuple[str, str], ListedRule] = {}
    for rule_set in rule_sets:
        line = PUBLISHED if rule_set.file else rule_set.line.removeprefix("oots-edm:")
        for assertion in _assertions(rule_set):
            sentence = _sentence(assertion)
            rule = listed.setdefault((assertion.id, sentence), ListedRule(rule=assertion.id, sentence=sentence))
            rule.severities[line] = assertion.severity
    return tuple(sorted(listed.values(), key=lambda rule: rule.rule))


def list_cross_checks() -> tuple[ListedRule, ...]:
    """Give the checks across documents, by number, each as bad as a breach can be."""
    return tuple(_of_check(check) for check in CHECKS)


def as_text(rules: Iterable[ListedRule]) -> str:
    """Write rules for a person."""
    return "".join(f"{rule.rule:18} {_lines(rule)}\n{'':18} {printable(rule.sentence)}\n" for rule in rules)


def as_json(rules: Iterable[ListedRule]) -> str:
    """Write rules for a program."""
    written = [
        {
            "rule": rule.rule,
            "lines": {line: severity.value for line, severity in rule.severities.items()},
            "sentence": rule.sentence,
        }
        for rule in rules
    ]
    return json.dumps({"rules": written}, indent=2) + "\n"


def _of_check(check: CrossCheck) -> ListedRule:
    is_fatal = Severity.FATAL in (check.of_request, check.of_answer)
    severity = Severity.FATAL if is_fatal else Severity.WARNING
    lines = {line.removeprefix("oots-edm:"): severity for line in check.lines}
    return ListedRule(rule=check.rule, sentence=check.sentence, severities=lines)


def _assertions(rule_set: RuleSet) -> Iterator[Assertion]:
    schema = read_rules(rule_set.path, rule_set.folder or rule_set.path.parent)
    for pattern in schema.patterns:
        for rule in pattern.rules:
            yield from rule.assertions


def _sentence(assertion: Assertion) -> str:
    parts = (part if isinstance(part, str) else "…" for part in assertion.message)
    return " ".join("".join(parts).split())


def _lines(rule: ListedRule) -> str:
    return ", ".join(f"{line} {severity.value}" for line, severity in rule.severities.items())
