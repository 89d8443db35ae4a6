"""
What a rule file says, as values: patterns of rules of assertions, after everything is included and instantiated.

How the file is read is in `reading`, and how it becomes a stylesheet in `stylesheet`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from oots.validation.findings import Severity
from oots.xml import Element


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where something stands."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """XPath, or an XSLT pattern, that reaches nothing but the document."""

    text: str
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Let:
    """A variable."""

    name: str
    value: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """One statement about the nodes of a rule."""

    id: str
    severity: Severity
    test: Expression
    is_report: bool
    """A report speaks up when its test is true, an assertion when it is not."""
    message: tuple[str | Expression, ...]
    """Text, and what is evaluated into it; only files of others have the latter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What holds for the nodes of one context."""

    context: Expression
    lets: tuple[Let, ...]
    assertions: tuple[Assertion, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """Rules of which the first that matches takes the node."""

    lets: tuple[Let, ...]
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """A rule file and all that it includes."""

    prefixes: Mapping[str, str]
    lets: tuple[Let, ...]
    patterns: tuple[Pattern, ...]
    declarations: tuple[Element, ...]
    """`xsl:key` and `xsl:function`, as they are written."""
    documents: Mapping[str, Element]
    """The documents that the rules look into, by the name of the variable that holds them."""
    asked: frozenset[tuple[str, str | None]]
    """Names of the code lists that the rules ask, each with a column whose values they want, or without."""
