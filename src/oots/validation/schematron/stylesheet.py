"""
Writes a `rules.Schema` as a stylesheet that gives one line of text for each assertion that failed.

A line is rule, severity, layer, location and message, with tabs between them.
"""

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Final

from lxml import etree

from oots.validation.code_lists import CodeList, code_list
from oots.validation.findings import Layer
from oots.validation.published.lists import published_list
from oots.validation.schematron.contexts import last_names, may_share, selection
from oots.validation.schematron.expressions import CODE, asks_only_lists, variables
from oots.validation.schematron.reading import XSL, read_rules
from oots.validation.schematron.rules import Assertion, Expression, Let, Pattern, Rule, Schema, Source
from oots.xml import XML, Element

MAX_FINDINGS: Final = 50
"""Of one document and rule set; more tell nobody more."""

NOT_EVALUATED: Final = "The rule stumbles over this document, which is not as it expects"
"""What a finding adds to the sentence of a rule that gave no verdict."""

SOURCE: Final = "oots-source"
"""Target of the processing instructions that tell where the instruction below them comes from."""

_OURS: Final = "urn:oots:schematron"
_NAMESPACES: Final = {
    "xsl": XSL,
    "oots-sch": _OURS,
    "oots-code": CODE,
    "oots-xs": "http://www.w3.org/2001/XMLSchema",
    "oots-map": "http://www.w3.org/2005/xpath-functions/map",
}
_MAX_NAME: Final = 60


def compile_rules(path: Path, *, line: str, root: Path | None = None, lists: Path | None = None) -> str:
    """
    Compile a rule file into XSLT 3, complete in itself: code lists and documents that the rules look into are inside.

    `line` chooses the code lists, unless they are those of the folder `lists`; `root` is the folder beyond which
    nothing is read, that of the file when it is not told.  Raises `UnusableRules`, and `UnreadableCodeList` for a list
    that there is not.
    """
    schema = read_rules(path, root or path.parent)
    names = {name for name, _ in schema.asked}
    asked = {name: code_list(name, line) if lists is None else published_list(lists, name) for name in names}
    stylesheet = write_stylesheet(schema, asked)
    return etree.tostring(stylesheet, pretty_print=True, encoding="unicode")


def write_stylesheet(schema: Schema, lists: Mapping[str, CodeList]) -> Element:
    """Write the stylesheet of a rule file, with the code lists that it asks."""
    stylesheet = etree.Element(f"{{{XSL}}}stylesheet", nsmap={**_NAMESPACES, **schema.prefixes}, version="3.0")
    _add(stylesheet, "output", method="text")
    _lists(stylesheet, schema.asked, lists)
    for name, document in schema.documents.items():
        _document(stylesheet, name, document)
    stylesheet.extend(schema.declarations)
    _location(stylesheet, schema.prefixes)
    _lets(stylesheet, schema.lets)
    _main(stylesheet, len(schema.patterns))
    for number, pattern in enumerate(schema.patterns):
        _pattern(stylesheet, pattern, name=_pattern_name(number), prefixes=schema.prefixes)
    return stylesheet


def _lists(stylesheet: Element, asked: frozenset[tuple[str, str | None]], lists: Mapping[str, CodeList]) -> None:
    # Static: made when the stylesheet is compiled, and not once for each document.
    codes = (
        f"{_literal(name)}: oots-map:merge({_sequence(sorted(lists[name].codes))} ! oots-map:entry(., true()))"
        for name in {name for name, column in asked if column is None}
    )
    columns = (
        f"{_literal(f'{name}/{column}')}: {_sequence(lists[name].column(column))}"
        for name, column in asked
        if column is not None
    )
    for variable, entries in (("codes", codes), ("columns", columns)):
        _add(stylesheet, "variable", name=f"oots-code:{variable}", static="yes", select=f"map{{{', '.join(entries)}}}")
    listed = _function(
        stylesheet, "oots-code:listed", "oots-xs:boolean", list="oots-xs:string", value="oots-xs:anyAtomicType*"
    )
    _add(
        listed,
        "sequence",
        select="some $one in $value satisfies oots-map:contains($oots-code:codes($list), string($one))",
    )
    column = _function(stylesheet, "oots-code:column", "oots-xs:string*", list="oots-xs:string", name="oots-xs:string")
    _add(column, "sequence", select="$oots-code:columns($list || '/' || $name)")


def _document(stylesheet: Element, name: str, document: Element) -> None:
    copy = deepcopy(document)
    for element in copy.iter("*"):
        for attribute, value in element.attrib.items():
            # In a stylesheet braces mean that something is to be evaluated.
            element.set(attribute, str(value).replace("{", "{{").replace("}", "}}"))
    _add(stylesheet, "variable", name=name).append(copy)


def _location(stylesheet: Element, prefixes: Mapping[str, str]) -> None:
    known = ", ".join(f"{_literal(uri)}: {_literal(prefix)}" for uri, prefix in _by_uri(prefixes).items())
    _add(stylesheet, "variable", name="oots-sch:prefixes", static="yes", select=f"map{{{known}}}")
    name = _function(stylesheet, "oots-sch:name", "oots-xs:string", node="node()")
    _add(
        name,
        "sequence",
        select="($oots-sch:prefixes(string(namespace-uri($node))), '*:')[1]"
        f" || substring(local-name($node), 1, {_MAX_NAME})",
    )
    step = _function(stylesheet, "oots-sch:step", "oots-xs:string?", node="node()")
    _add(
        step,
        "sequence",
        select="if ($node instance of element()) then ("
        # Which of its siblings of that name it is, if there are others; the first of many is found at once.
        "let $before := count($node/preceding-sibling::*[node-name() = node-name($node)]),"
        " $is-one-of-many := $before or $node/following-sibling::*[node-name() = node-name($node)]"
        " return '/' || oots-sch:name($node) || (if ($is-one-of-many) then '[' || (1 + $before) || ']' else ''))"
        " else if ($node instance of attribute()) then '/@' || oots-sch:name($node)"
        " else if ($node instance of text()) then '/text()'"
        " else ()",
    )
    location = _function(stylesheet, "oots-sch:location", "oots-xs:string", node="node()")
    _add(location, "sequence", select="string-join($node/ancestor-or-self::node() ! oots-sch:step(.))")


def _by_uri(prefixes: Mapping[str, str]) -> dict[str, str]:
    return {uri: f"{prefix}:" for prefix, uri in prefixes.items()} | {XML: "xml:", "": ""}


def _main(stylesheet: Element, patterns: int) -> None:
    template = _add(stylesheet, "template", match="/")
    failed = _add(template, "variable", **{"name": "oots-sch:failed", "as": "array(*)*"})
    for number in range(patterns):
        _add(failed, "call-template", name=_pattern_name(number))
    _add(
        template,
        "value-of",
        separator="\n",
        select=f"subsequence($oots-sch:failed, 1, {MAX_FINDINGS}) !"
        " string-join((?2, ?3, ?4, oots-sch:location(?1), normalize-space(?5)), '\t')",
    )


# --- patterns ---------------------------------------------------------------------------------------------------------


def _pattern_name(number: int) -> str:
    return f"oots-sch:pattern-{number + 1}"


def _pattern(stylesheet: Element, pattern: Pattern, *, name: str, prefixes: Mapping[str, str]) -> None:
    template = _add(stylesheet, "template", name=name)
    _lets(template, pattern.lets)
    for rule, (variable, nodes) in zip(pattern.rules, _nodes(pattern.rules), strict=True):
        _written_in(template, rule.context.source)
        _add(template, "variable", name=variable, select=nodes)
        each = _add(template, "for-each", select=f"${variable}")
        for assertion in rule.assertions:
            _assertion(each, assertion, rule.lets, prefixes)


def _nodes(rules: tuple[Rule, ...]) -> Iterator[tuple[str, str]]:
    # A node is taken by the first rule that matches it: those before count that may match the same nodes.
    before: list[tuple[str, frozenset[str | None]]] = []
    for number, rule in enumerate(rules):
        variable, names = f"oots-sch:rule-{number + 1}", last_names(rule.context.text)
        taken = [f"${earlier}" for earlier, of_earlier in before if may_share(of_earlier, names)]
        selected = selection(rule.context.text)
        yield variable, f"({selected}) except ({' | '.join(taken)})" if taken else selected
        before.append((variable, names))


def _assertion(each: Element, assertion: Assertion, lets: tuple[Let, ...], prefixes: Mapping[str, str]) -> None:
    test = assertion.test.text
    layer = Layer.CODE_LIST if asks_only_lists(test, prefixes) else Layer.SCHEMATRON
    about = f"., {_literal(assertion.id)}, {_literal(assertion.severity.value)}, {_literal(layer.value)}"
    # A test may stumble over a document, such as one that has two elements where it counts on one: that is a breach,
    # and all other rules are still played.
    tried = _add(each, "try")
    _lets(tried, _used(lets, assertion))
    _written_in(tried, assertion.test.source)
    failed = _add(tried, "if", test=test if assertion.is_report else f"not(({test}))")
    _add(failed, "sequence", select=f"[{about}, {_message(assertion.message)}]")
    sentence = "".join(part for part in assertion.message if isinstance(part, str))
    stumbled = _add(tried, "catch", errors="*")
    _add(stumbled, "sequence", select=f"[{about}, {_literal(sentence)} || ' ({NOT_EVALUATED}.)']")


def _used(lets: tuple[Let, ...], assertion: Assertion) -> tuple[Let, ...]:
    # A variable belongs to the assertions that use it: one that stumbles then is a breach of theirs.
    expressions = [assertion.test, *(part for part in assertion.message if isinstance(part, Expression))]
    names = {name for expression in expressions for name in variables(expression.text)}
    used: list[Let] = []
    for let in reversed(lets):
        if let.name in names:
            used.insert(0, let)
            names.update(variables(let.value.text))
    return tuple(used)


def _message(parts: tuple[str | Expression, ...]) -> str:
    written = (
        _literal(part) if isinstance(part, str) else f"string-join(({part.text}) ! string(.), ' ')" for part in parts
    )
    return " || ".join(written)


def _lets(parent: Element, lets: tuple[Let, ...]) -> None:
    for let in lets:
        _written_in(parent, let.value.source)
        _add(parent, "variable", name=let.name, select=let.value.text)


# --- elements and literals --------------------------------------------------------------------------------------------


def _add(parent: Element, name: str, /, **attributes: str) -> Element:
    return etree.SubElement(parent, f"{{{XSL}}}{name}", attributes)


def _function(stylesheet: Element, name: str, as_: str, /, **parameters: str) -> Element:
    function = _add(stylesheet, "function", **{"name": name, "as": as_})
    for parameter, type_ in parameters.items():
        _add(function, "param", **{"name": parameter, "as": type_})
    return function


def _written_in(parent: Element, source: Source) -> None:
    parent.append(etree.ProcessingInstruction(SOURCE, str(source).replace("?>", "? >")))


def _sequence(values: Iterable[str]) -> str:
    return f"({', '.join(_literal(value) for value in values)})"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
