"""
XPath as text: just enough of its grammar to refuse what reaches outside, and to see what an expression asks for.

Whether an expression is right is for Saxon to say.  Contexts of rules are turned into expressions in `contexts`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

CODE: Final = "urn:oots:codelists"
"""Namespace of the functions that ask a code list: `code:listed(list, value)` and `code:column(list, column)`."""

FN: Final = "http://www.w3.org/2005/xpath-functions"

_WITHOUT_REACH: Final = frozenset(
    {
        FN,
        CODE,
        "http://www.w3.org/2001/XMLSchema",
        "http://www.w3.org/2005/xpath-functions/array",
        "http://www.w3.org/2005/xpath-functions/map",
        "http://www.w3.org/2005/xpath-functions/math",
    }
)
"""Namespaces whose functions see the document and nothing else, but for those below."""

_REACHING: Final = frozenset(
    {
        "available-environment-variables", "collection", "doc", "doc-available", "document", "environment-variable",
        "function-lookup", "json-doc", "load-xquery-module", "parse-xml", "parse-xml-fragment", "stream-available",
        "system-property", "transform", "unparsed-text", "unparsed-text-available", "unparsed-text-lines",
        "uri-collection",
    }
)  # fmt: skip
"""Functions that open files or addresses, look at the process, or run what they are given."""

_OF_A_DOCUMENT: Final = frozenset({"doc", "document"})

NAME: Final = r"[^\W\d][\w.\-\u00b7]*"
_TOKEN: Final = re.compile(
    rf"""(?P<space>\s+)
       | (?P<comment>\(:)
       | (?P<string>"(?:[^"]|"")*"|'(?:[^']|'')*')
       | (?P<qualified>Q\{{[^{{}}]*\}})
       | (?P<number>\.?\d[\w.]*)
       | (?P<name>{NAME}(?::{NAME})?)
       | (?P<symbol>//|::|\|\||<<|>>|:=|=>|.)""",
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGE: Final = re.compile(r"\(:|:\)")


class ExpressionRefused(ValueError):
    """An expression may not be used; the text says why, and whoever caught it says where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A piece of an expression that is neither blank nor comment."""

    kind: str
    text: str
    start: int
    end: int


def tokens(expression: str) -> list[Token]:
    """Take an expression apart; raises `ExpressionRefused` for a comment or string without an end."""
    return list(_tokens(expression))


def _tokens(expression: str) -> Iterator[Token]:
    position = 0
    while position < len(expression):
        found = _TOKEN.match(expression, position)
        assert found is not None  # the last alternative takes any character
        kind, end = str(found.lastgroup), found.end()
        if kind == "comment":
            end = _end_of_comment(expression, end)
        elif found[0] in ("'", '"'):
            raise ExpressionRefused("a string has no end")
        elif kind != "space":
            yield Token(kind=kind, text=found[0], start=position, end=end)
        position = end


def _end_of_comment(expression: str, position: int) -> int:
    depth = 1
    while depth:
        edge = _COMMENT_EDGE.search(expression, position)
        if edge is None:
            raise ExpressionRefused("a comment has no end")
        depth += 1 if edge[0] == "(:" else -1
        position = edge.end()
    return position


# --- what reaches outside ---------------------------------------------------------------------------------------------


def without_reach(
    expression: str, prefixes: Mapping[str, str], own: frozenset[str], document: Callable[[str], str]
) -> str:
    """
    Give an expression that sees the document, the code lists and the rules only.

    `prefixes` are those declared, and `own` names the functions that the rules declare.  `document('…')` with a
    literal becomes what the function `document` gives for it.  Raises `ExpressionRefused` for any other reach.
    """
    found = tokens(expression)
    written: list[str] = []
    position = 0
    for index, token in enumerate(found):
        if token.kind == "qualified":
            raise ExpressionRefused("names are written with a prefix, not with Q{…}")
        if token.kind != "name" or not _is_function(found, index):
            continue
        prefix, _, local = token.text.rpartition(":")
        namespace = prefixes.get(prefix) if prefix else FN
        if namespace == FN and local in _OF_A_DOCUMENT and (name := _only_literal(found, index + 1)) is not None:
            written += [expression[position : token.start], document(name)]
            position = found[index + 3].end
        elif namespace == FN and local in _REACHING:
            raise ExpressionRefused(f"the function {local}() reaches outside the document; only doc('…') may")
        elif namespace not in _WITHOUT_REACH and token.text not in own:
            raise ExpressionRefused(f"the function {token.text}() is none that rules may use")
    return "".join([*written, expression[position:]])


def questions(expression: str, prefixes: Mapping[str, str]) -> Iterator[tuple[str, str | None]]:
    """
    Give what an expression asks the code lists: the name of a list, and that of a column where it asks for one.

    Raises `ExpressionRefused` where these are no literals: lists are chosen when rules are compiled.
    """
    found = tokens(expression)
    for index, token in enumerate(found):
        prefix, _, local = token.text.rpartition(":")
        if token.kind != "name" or prefixes.get(prefix) != CODE or not _is_function(found, index):
            continue
        name, column = _literal(found, index + 2), _literal(found, index + 4)
        if name is None or (local == "column" and column is None):
            raise ExpressionRefused(
                f"{token.text}() takes the name of a code list, and of a column, as it is, in quotes"
            )
        yield name, column if local == "column" else None


def asks_only_lists(expression: str, prefixes: Mapping[str, str]) -> bool:
    """Tell whether an expression calls functions of code lists, and no others."""
    found = tokens(expression)
    called = [token.text for index, token in enumerate(found) if token.kind == "name" and _is_function(found, index)]
    return (
        bool(called)
        and all(prefixes.get(name.rpartition(":")[0]) == CODE for name in called)
        and all(token.text != "$" for token in found)
    )


def variables(expression: str) -> Iterator[str]:
    """Name the variables that an expression refers to."""
    found = tokens(expression)
    for index, token in enumerate(found):
        if token.text == "$" and index + 1 < len(found):
            yield found[index + 1].text


_NO_FUNCTIONS: Final = frozenset(
    {
        "and", "array", "as", "attribute", "cast", "castable", "comment", "div", "document-node", "element", "else",
        "empty-sequence", "eq", "every", "except", "for", "function", "ge", "gt", "idiv", "if", "in", "instance",
        "intersect", "is", "item", "le", "let", "lt", "map", "mod", "namespace-node", "ne", "node", "of", "or",
        "processing-instruction", "return", "satisfies", "schema-attribute", "schema-element", "some", "text", "then",
        "to", "treat", "union",
    }
)  # fmt: skip
"""Words that stand before a parenthesis without being called: operators, kinds of nodes, types, keywords."""


def _is_function(found: list[Token], index: int) -> bool:
    # `name(` calls, and `name#2` gives the function itself.  A keyword is a function only with a prefix.
    after = _text(found, index + 1)
    return after in ("(", "#") and found[index].text not in _NO_FUNCTIONS and _text(found, index - 1) != "$"


def _only_literal(found: list[Token], index: int) -> str | None:
    return _literal(found, index + 1) if _text(found, index) == "(" and _text(found, index + 2) == ")" else None


def _literal(found: list[Token], index: int) -> str | None:
    if index >= len(found) or found[index].kind != "string":
        return None
    quote = found[index].text[0]
    return found[index].text[1:-1].replace(quote * 2, quote)


def _text(found: list[Token], index: int) -> str:
    return found[index].text if 0 <= index < len(found) else ""
