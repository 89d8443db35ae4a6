"""Small rule files of the tests, and what they find in small documents."""

from pathlib import Path

from oots.edm.specification import V2_0
from oots.validation.findings import Finding
from oots.validation.schematron.checker import Checker
from oots.validation.schematron.rule_sets import Kind, RuleSet

HEAD = (
    '<sch:schema xmlns:sch="http://purl.oclc.org/dsdl/schematron" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"'
    ' queryBinding="xslt3">\n'
    '<sch:ns prefix="n" uri="urn:example:n"/><sch:ns prefix="code" uri="urn:oots:codelists"/>\n'
)


def schema(content: str) -> str:
    """Put the beginning and the end of a rule file around its content, which begins on line 3."""
    return f"{HEAD}{content}</sch:schema>"


def pattern(*rules: str) -> str:
    return f"<sch:pattern>{''.join(rules)}</sch:pattern>"


def rule(context: str, *content: str) -> str:
    return f'<sch:rule context="{context}">{"".join(content)}</sch:rule>'


def reports(rule_id: str, test: str = "true()", text: str = "Found.") -> str:
    return f'<sch:report id="{rule_id}" test="{test}">{text}</sch:report>'


def found(folder: Path, content: str, document: str, **files: str) -> tuple[Finding, ...]:
    """Write a rule file, others beside it, and play it on a document."""
    for name, text in files.items():
        (folder / f"{name}.sch").write_text(text, encoding="utf-8")
    (folder / "main.sch").write_text(schema(content), encoding="utf-8")
    return Checker().check(document.encode(), RuleSet(kind=Kind.REQUEST, line=V2_0, folder=folder, file="main.sch"))


def found_at(folder: Path, content: str, document: str, **files: str) -> list[tuple[str, str]]:
    """The same, as ids and locations."""
    return [(finding.rule, finding.location) for finding in found(folder, content, document, **files)]
