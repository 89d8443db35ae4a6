"""
Whose schemas and rules a document is checked against: here those of this project, in `published` those of others.
"""

from typing import Protocol

from oots.validation.findings import Finding
from oots.validation.schematron.rule_sets import Kind, RuleSet, rule_sets
from oots.validation.xsd import check_document, check_header
from oots.xml import Element


class RuleBook(Protocol):
    """Schemas and rules for all kinds of documents."""

    @property
    def every(self) -> tuple[RuleSet, ...]:
        """All its rule sets."""

    def covers(self, kind: Kind, /) -> bool:
        """Tell whether there is anything to check a kind of document with."""

    def schema_findings(self, element: Element, kind: Kind, line: str | None, /) -> tuple[Finding, ...]:
        """Check a document, or `eb:Messaging`, against the schema."""

    def rule_sets(self, kind: Kind, line: str | None) -> tuple[RuleSet, ...]:
        """Give the rule sets for a kind of document; a signal has no line, and no rules."""


class OwnRules:
    """The schemas and rules of this project, for both lines."""

    def __init__(self, *, explains: bool) -> None:
        """`explains` says whether schema errors are told at length, and quote the document."""
        self.every = rule_sets()
        self._explains = explains

    def covers(self, _: Kind, /) -> bool:
        """All kinds have schema and rules."""
        return True

    def schema_findings(self, element: Element, kind: Kind, line: str | None) -> tuple[Finding, ...]:
        """Check a document, or `eb:Messaging`, against the schema of its line."""
        if kind is Kind.HEADER:
            found = check_header(element)
        else:
            assert line is not None  # only a signal has none
            found = check_document(element, line)
        return self._explained(element, kind, line) if found and self._explains else found

    def rule_sets(self, kind: Kind, line: str | None) -> tuple[RuleSet, ...]:
        """Give the one of a kind and a line."""
        return tuple(one for one in self.every if one.kind is kind and one.line == line)

    def _explained(self, element: Element, kind: Kind, line: str | None) -> tuple[Finding, ...]:
        from oots.validation.explained import explain_document, explain_header

        if line is None or kind is Kind.HEADER:
            return explain_header(element)
        return explain_document(element, line)
