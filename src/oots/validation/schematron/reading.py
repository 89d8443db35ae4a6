"""
Reads a rule file into `rules.Schema`, and refuses what reaches outside of the document.

Queries are XPath 2 or 3.  Phases are not: all patterns are active.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from oots.errors import UnusableRules
from oots.validation.findings import Severity
from oots.validation.schematron.assembling import FILE, SCH, Folder, assemble, file_of
from oots.validation.schematron.expressions import ExpressionRefused, questions, without_reach
from oots.validation.schematron.rules import Assertion, Expression, Let, Pattern, Rule, Schema
from oots.xml import XML, Element

XSL: Final = "http://www.w3.org/1999/XSL/Transform"

_BINDINGS: Final = frozenset({"xslt2", "xslt3", "xpath2", "xpath3", "xpath31"})
_SEVERITIES: Final = {
    "fatal": Severity.FATAL,
    "error": Severity.FATAL,
    "warning": Severity.WARNING,
    "warn": Severity.WARNING,
    "caution": Severity.CAUTION,
    "info": Severity.INFO,
    "information": Severity.INFO,
}
_DECLARATIONS: Final = frozenset({f"{{{XSL}}}key", f"{{{XSL}}}function"})
_INSIDE: Final = frozenset(
    f"{{{XSL}}}{name}"
    for name in ("choose", "for-each", "if", "key", "function", "otherwise", "param", "sequence", "text", "value-of",
                 "variable", "when")
)  # fmt: skip
"""What `xsl:key` and `xsl:function` may be made of."""
_CHILDREN: Final = {
    f"{SCH}schema": {"diagnostics", "let", "ns", "p", "pattern", "phase", "properties", "title"},
    f"{SCH}pattern": {"let", "p", "param", "rule", "title"},
    f"{SCH}rule": {"assert", "let", "p", "report"},
}
"""What may stand where, once everything is included and instantiated.  What is not known is not passed over."""
_EVALUATED: Final = frozenset({"select", "test", "match", "use"})
_ATTRIBUTES: Final = _EVALUATED | {"name", "as", FILE}
_PREFIX: Final = re.compile(r"[^\W\d][\w.-]*")


def read_rules(path: Path, root: Path) -> Schema:
    """Read a rule file, and what it takes in from the folder `root`; raises `UnusableRules`."""
    folder = Folder(root=root.resolve())
    schema = assemble(path, folder)
    binding = schema.get("queryBinding", "xslt")
    if binding not in _BINDINGS:
        raise UnusableRules(
            f"{folder.source(schema)}: the queryBinding is {binding!r}, and only XPath 2 and 3 are spoken"
        )
    return _Reading(schema, folder).schema()


class _Reading:
    """What is known while one file is read: the prefixes, the functions, and the documents that were met."""

    def __init__(self, root: Element, folder: Folder) -> None:
        self.root = root
        self.folder = folder
        self.prefixes = dict(self.prefix(ns) for ns in root.iterchildren(f"{SCH}ns"))
        self.declared = [child for child in root if child.tag in _DECLARATIONS]
        self.functions = frozenset(str(child.get("name")) for child in self.declared)
        self.diagnostics = {diagnostic.get("id"): diagnostic for diagnostic in root.iter(f"{SCH}diagnostic")}
        self.documents: dict[Path, tuple[str, Element]] = {}
        self.asked: set[tuple[str, str | None]] = set()

    def schema(self) -> Schema:
        self.refuse_unknown()
        lets = self.lets(self.root)
        patterns = tuple(self.pattern(pattern) for pattern in self.root.iterchildren(f"{SCH}pattern"))
        declarations = tuple(self.declaration(element) for element in self.declared)
        return Schema(
            prefixes=self.prefixes,
            lets=lets,
            patterns=patterns,
            declarations=declarations,
            documents=dict(self.documents.values()),
            asked=frozenset(self.asked),
        )

    def refuse_unknown(self) -> None:
        for parent in self.root.iter(*_CHILDREN):
            for child in parent.iterchildren(f"{SCH}*", f"{{{XSL}}}*"):
                known = child.tag.removeprefix(SCH) in _CHILDREN[parent.tag]
                if not known and not (parent is self.root and child.tag in _DECLARATIONS):
                    raise UnusableRules(f"{self.folder.source(child)}: {child.tag} is not known here")

    def prefix(self, element: Element) -> tuple[str, str]:
        prefix, uri = self.required(element, "prefix"), self.required(element, "uri")
        if not _PREFIX.fullmatch(prefix) or (prefix == "xml") is not (uri == XML):
            raise UnusableRules(f"{self.folder.source(element)}: {prefix!r} cannot be a prefix")
        return prefix, uri

    def pattern(self, element: Element) -> Pattern:
        rules = tuple(self.rule(rule) for rule in element.iterchildren(f"{SCH}rule"))
        return Pattern(lets=self.lets(element), rules=rules)

    def rule(self, element: Element) -> Rule:
        return Rule(
            context=self.expression(element, "context"),
            lets=self.lets(element),
            assertions=tuple(
                self.assertion(child, element) for child in element.iterchildren(f"{SCH}assert", f"{SCH}report")
            ),
        )

    def assertion(self, element: Element, rule: Element) -> Assertion:
        source = self.folder.source(element)
        return Assertion(
            id=" ".join((element.get("id") or "").split()) or str(source),
            severity=_severity(element, rule),
            test=self.expression(element, "test"),
            is_report=element.tag == f"{SCH}report",
            message=(*self.text(element), *self.diagnosed(element)),
        )

    def diagnosed(self, element: Element) -> Iterator[str | Expression]:
        for name in (element.get("diagnostics") or "").split():
            if name not in self.diagnostics:
                raise UnusableRules(f"{self.folder.source(element)}: there is no diagnostic {name!r}")
            yield " "
            yield from self.text(self.diagnostics[name])

    def text(self, element: Element) -> Iterator[str | Expression]:
        yield element.text or ""
        for child in element:
            if child.tag == f"{SCH}value-of":
                yield self.expression(child, "select")
            elif child.tag == f"{SCH}name":
                path = self.expression(child, "path") if child.get("path") else None
                yield Expression(text=f"name({path.text if path else ''})", source=self.folder.source(child))
            elif isinstance(child.tag, str):
                yield from self.text(child)
            yield child.tail or ""

    def lets(self, element: Element) -> tuple[Let, ...]:
        return tuple(
            Let(name=self.required(let, "name"), value=self.expression(let, "value"))
            for let in element.iterchildren(f"{SCH}let")
        )

    def expression(self, element: Element, attribute: str) -> Expression:
        return Expression(
            text=self.checked(self.required(element, attribute), element), source=self.folder.source(element)
        )

    def checked(self, text: str, element: Element) -> str:
        try:
            checked = without_reach(text, self.prefixes, self.functions, lambda href: self.document(href, element))
            self.asked.update(questions(checked, self.prefixes))
        except ExpressionRefused as error:
            raise UnusableRules(f"{self.folder.source(element)}: {error}") from error
        return checked

    def document(self, href: str, element: Element) -> str:
        path, root = self.folder.read(href, file_of(element), self.folder.source(element))
        del root.attrib[FILE]
        name, _ = self.documents.setdefault(path, (f"oots-sch:document-{len(self.documents) + 1}", root))
        return f"${name}"

    def declaration(self, element: Element) -> Element:
        for part in element.iter("*"):
            # Other attributes may be evaluated, too: `_select`, `use-when`, `expand-text`.
            unknown = [] if part.tag in _INSIDE else [str(part.tag)]
            unknown += [str(name) for name in part.attrib if name not in _ATTRIBUTES]
            if unknown:
                where, names = self.folder.source(element), ", ".join(unknown)
                raise UnusableRules(f"{where}: these may not stand in a function of rules: {names}")
            for name in _EVALUATED.intersection(map(str, part.attrib)):
                part.set(name, self.checked(str(part.get(name)), part))
        return element

    def required(self, element: Element, attribute: str) -> str:
        value = element.get(attribute)
        if value is None or not value.strip():
            name = element.tag.removeprefix(SCH)
            raise UnusableRules(f"{self.folder.source(element)}: sch:{name} has no {attribute}")
        return str(value)


def _severity(element: Element, rule: Element) -> Severity:
    # Published files say it in `role` or in `flag`; what they do not say is fatal.
    for said in (element.get("role"), element.get("flag"), rule.get("role"), rule.get("flag")):
        severity = _SEVERITIES.get((said or "").strip().lower())
        if severity is not None:
            return severity
    return Severity.FATAL
