"""
Contexts of rules, which are XSLT patterns, as expressions that select the nodes that they match.
"""

import re
from collections.abc import Iterator
from typing import Final

from oots.validation.schematron.expressions import NAME, tokens

_OPENING: Final = frozenset("([{")
_CLOSING: Final = frozenset(")]}")
_SET_OPERATORS: Final = frozenset({"|", "union", "except", "intersect"})
_ROOTED: Final = frozenset({"key", "id", "element-with-id", "doc", "document"})
"""Functions with which a pattern may begin."""


def selection(context: str) -> str:
    """
    Turn the context of a rule, an XSLT pattern, into the expression that selects what it matches, from the document.

    XSLT defines a match so: what `//(pattern)` selects.  Selecting is faster than asking every node.
    """
    written: list[str] = []
    for operator, operand in _operands(context):
        written += [operator, _from_the_document(operand)]
    return " ".join(written).strip()


def last_names(context: str) -> frozenset[str | None]:
    """Give the local names of the nodes that a context may match; None among them stands for any."""
    return frozenset(_last_name(operand) for _, operand in _operands(context))


def may_share(names: frozenset[str | None], others: frozenset[str | None]) -> bool:
    """Tell whether two contexts may match the same node, by their last names."""
    return None in names or None in others or not names.isdisjoint(others)


def _operands(context: str) -> Iterator[tuple[str, str]]:
    depth, start, operator, is_begun = 0, 0, "", False
    for token in tokens(context):
        if token.text in _CLOSING:
            depth -= 1
        # Behind a slash, and at the beginning, `union` is the name of an element.
        if depth == 0 and token.text in _SET_OPERATORS and (is_begun or token.text == "|"):
            yield operator, context[start : token.start].strip()
            operator, start, is_begun = token.text, token.end, False
        else:
            is_begun = token.text not in ("/", "//", "::", "@", ":")
        if token.text in _OPENING:
            depth += 1
    yield operator, context[start:].strip()


def _from_the_document(operand: str) -> str:
    first, second, *_ = (*(token.text for token in tokens(operand)), "", "")
    if first in ("/", "//", "$") or (first in _ROOTED and second == "("):
        return operand
    if first == ".":
        return f"/descendant-or-self::node()/(. | @*)/{operand}"
    if first == "(":
        return f"//({operand})"
    return f"//{operand}"


def _last_name(operand: str) -> str | None:
    # `…/a:b[…]` gives `b`, `…/@c[…]` gives `@c`, and anything less plain gives None.
    depth, step = 0, ""
    for token in tokens(operand):
        if token.text in _CLOSING:
            depth -= 1
        elif depth == 0 and token.text in ("/", "//"):
            step = ""
        elif depth == 0 and token.text != "[":
            step += token.text
        if token.text in _OPENING:
            depth += 1
    plain = re.fullmatch(rf"(@?)(?:{NAME}:)?({NAME})", step)
    return plain[1] + plain[2] if plain else None
