"""
The same rules of the same files in PyPI `elementpath`, to compare with: XPath in pure Python, without a stylesheet.

Files are read as we read them, each expression is compiled once, and rules are played as Schematron says.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from elementpath import DocumentNode, ElementPathTypeError, XPathContext, XPathToken, get_node_tree
from elementpath.xpath31 import XPath31Parser

from oots.validation.code_lists import code_list
from oots.validation.schematron.contexts import selection
from oots.validation.schematron.expressions import variables
from oots.validation.schematron.reading import read_rules
from oots.validation.schematron.rule_sets import RuleSet
from oots.validation.schematron.rules import Let, Pattern, Rule
from oots.xml import parse

_CODEPOINTS: Final = "http://www.w3.org/2005/xpath-functions/collation/codepoint"
"""How texts are compared; otherwise it wants a locale that few machines have."""

_Variables = dict[str, Any]
_Lets = tuple[tuple[str, XPathToken], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    context: XPathToken
    lets: _Lets
    breaches: tuple[tuple[str, XPathToken], ...]
    """What is true of a node that breaks the assertion, with its id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pattern:
    lets: _Lets
    rules: tuple[_Rule, ...]


class ElementpathRules:
    """A rule set, compiled for elementpath."""

    def __init__(self, rule_set: RuleSet) -> None:
        """Compile; assertions that ask a key are left out, because keys belong to XSLT."""
        self.left_out: set[str] = set()
        """Ids of those."""
        schema = read_rules(rule_set.path, rule_set.path.parent)
        self._parser = XPath31Parser(namespaces=dict(schema.prefixes), strict=False, default_collation=_CODEPOINTS)
        _know_code_lists(self._parser, rule_set.line)
        self._lets = self._compiled_lets(schema.lets)
        self._patterns = [self._pattern(pattern) for pattern in schema.patterns]

    def check(self, document: bytes) -> frozenset[str]:
        """Give the ids of the rules that a document breaks."""
        tree = get_node_tree(parse(document).getroottree())
        assert isinstance(tree, DocumentNode)  # of a whole document
        variables = _bound(self._lets, tree, tree, {})
        return frozenset(rule for pattern in self._patterns for rule in _broken(pattern, tree, variables))

    def _pattern(self, pattern: Pattern) -> _Pattern:
        return _Pattern(lets=self._compiled_lets(pattern.lets), rules=tuple(map(self._rule, pattern.rules)))

    def _rule(self, rule: Rule) -> _Rule:
        lets = self._compiled_lets(rule.lets)
        unknown = {let.name for let in rule.lets} - {name for name, _ in lets}
        breaches = []
        for assertion in rule.assertions:
            function = "boolean" if assertion.is_report else "not"
            test = self._compiled(f"{function}(({assertion.test.text}))", unknown)
            if test is None:
                self.left_out.add(assertion.id)
            else:
                breaches.append((assertion.id, test))
        context = self._parser.parse(selection(rule.context.text))
        return _Rule(context=context, lets=lets, breaches=tuple(breaches))

    def _compiled_lets(self, lets: tuple[Let, ...]) -> _Lets:
        unknown: set[str] = set()
        known = []
        for let in lets:
            value = self._compiled(let.value.text, unknown)
            if value is None:
                unknown.add(let.name)
            else:
                known.append((let.name, value))
        return tuple(known)

    def _compiled(self, expression: str, unknown: set[str]) -> XPathToken | None:
        if not unknown.isdisjoint(variables(expression)):
            return None
        try:
            return self._parser.parse(expression)
        except ElementPathTypeError:
            return None


def _know_code_lists(parser: XPath31Parser, line: str) -> None:
    # elementpath counts the arguments of a plain function; those of a method it gets wrong.
    def listed(name: str, values: Any) -> bool:
        codes = code_list(name, line).codes
        every = values if isinstance(values, list) else [values]
        return any(getattr(value, "string_value", value) in codes for value in every)

    def column(name: str, column: str) -> list[str]:
        return list(code_list(name, line).column(column))

    parser.external_function(listed, "listed", "code", ("xs:string", "item()*", "xs:boolean"))
    parser.external_function(column, "column", "code", ("xs:string", "xs:string", "xs:string*"))


def _broken(pattern: _Pattern, tree: DocumentNode, known: _Variables) -> Iterator[str]:
    of_pattern = _bound(pattern.lets, tree, tree, known)
    taken: set[int] = set()
    for rule in pattern.rules:
        nodes = [
            node for node in rule.context.select(XPathContext(tree, variables=of_pattern)) if id(node) not in taken
        ]
        taken.update(map(id, nodes))
        for node in nodes:
            of_rule = _bound(rule.lets, tree, node, of_pattern)
            for assertion, test in rule.breaches:
                if test.evaluate(XPathContext(tree, item=node, variables=of_rule)) is True:
                    yield assertion


def _bound(lets: _Lets, tree: DocumentNode, node: Any, known: _Variables) -> _Variables:
    bound = dict(known)
    for name, value in lets:
        bound[name] = value.evaluate(XPathContext(tree, item=node, variables=bound))
    return bound
