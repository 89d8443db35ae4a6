"""What the checks of this project find in a document of the tables of changes; each process compiles the rules once."""

from functools import cache
from typing import Final

from lxml import etree

from oots.validation.findings import Finding
from oots.validation.schematron.checker import Checker
from oots.validation.schematron.rule_sets import Kind, RuleSet
from oots.validation.schematron.stylesheet import NOT_EVALUATED
from oots.validation.xsd import check_document, check_header
from oots.xml import Element
from tests.conformance.changes import Line

KINDS: Final = {
    "request": Kind.REQUEST,
    "response": Kind.RESPONSE,
    "error": Kind.ERROR,
    "header": Kind.HEADER,
}
"""By the first word of a base's name."""


def broken_rules(document: Element, base: str, line: Line) -> frozenset[str]:
    """Play the rules of a base's kind on it, or on a changed one, and give the ids of those that it breaks."""
    return frozenset(finding.rule for finding in findings(document, base, line))


def findings(document: Element, base: str, line: Line) -> tuple[Finding, ...]:
    """Play the rules of a base's kind on it, or on a changed one."""
    rule_set = RuleSet(kind=_kind(base), line=f"oots-edm:v{line}")
    found = _checker().check(etree.tostring(document), rule_set)
    # That would count as a breach, and so a rule that is written wrongly would look as if it refused.
    assert [finding.rule for finding in found if NOT_EVALUATED in finding.message] == []
    return found


def schema_findings(document: Element, base: str, line: Line) -> tuple[Finding, ...]:
    """Check a base, or a changed one, against the schema."""
    if _kind(base) is Kind.HEADER:
        return check_header(document)
    return check_document(document, f"oots-edm:v{line}")


def _kind(base: str) -> Kind:
    return KINDS[base.partition("-")[0]]


@cache
def _checker() -> Checker:
    return Checker()
