"""
Findings as JUnit XML, which systems for continuous integration show; values from documents do not stand in it.

A document is a test case.  What is fatal fails it, what could not be checked is an error, and all else is its output.
"""

from collections.abc import Iterable
from typing import Final

from lxml import etree

from oots.validation.files.checked import Checked
from oots.validation.files.detecting import NAMES
from oots.validation.findings import Finding, Severity
from oots.validation.reports.printable import file_name, printable
from oots.xml import Element

_SUITE: Final = "oots validate"
_COUNTED: Final = {"tests": "testcase", "failures": "failure", "errors": "error", "skipped": "skipped"}
_MAX_NAMED: Final = 5
"""Rules in the one line that a list of failures shows."""


class JunitReport:
    """One test suite; how many fail stands at its beginning, so it is written at the end."""

    def __init__(self) -> None:
        self._suite = etree.Element("testsuite", name=_SUITE)

    def begin(self) -> str:
        """Nothing can be written yet."""
        return ""

    def add(self, checked: Checked) -> str:
        """Take a document."""
        case = self._case(checked)
        if checked.is_valid:
            _add(case, "system-out", None, checked.findings)
        else:
            fatal = [finding for finding in checked.findings if finding.severity is Severity.FATAL]
            others = [finding for finding in checked.findings if finding.severity is not Severity.FATAL]
            _add(case, "failure" if checked.has_verdict else "error", _named(fatal), fatal)
            _add(case, "system-out", None, others)
        return ""

    def pass_over(self, checked: Checked) -> str:
        """Take a file that is no document: it is there, and skipped."""
        etree.SubElement(self._case(checked), "skipped", message=printable(checked.findings[0].message))
        return ""

    def end(self) -> str:
        """Give everything."""
        for name, tag in _COUNTED.items():
            self._suite.set(name, str(sum(1 for _ in self._suite.iter(tag))))
        suites = etree.Element("testsuites")
        suites.append(self._suite)
        written = etree.tostring(suites, encoding="unicode", pretty_print=True)
        return f'<?xml version="1.0" encoding="UTF-8"?>\n{written}'

    def _case(self, checked: Checked) -> Element:
        name = printable(file_name(checked.file))
        return etree.SubElement(self._suite, "testcase", name=name, classname=_class_of(checked))


def _class_of(checked: Checked) -> str:
    kind = NAMES[checked.kind] if checked.kind else "unknown"
    return f"oots.{kind}" + (f".{checked.line.removeprefix('oots-edm:')}" if checked.line else "")


def _add(case: Element, tag: str, message: str | None, findings: Iterable[Finding]) -> None:
    text = "\n".join(_line(finding) for finding in findings)
    if not text:
        return
    element = etree.SubElement(case, tag)
    if message is not None:
        element.set("message", message)
    element.text = text


def _named(findings: list[Finding]) -> str:
    rules = list(dict.fromkeys(printable(finding.rule) for finding in findings))
    rest = len(rules) - _MAX_NAMED
    return ", ".join(rules[:_MAX_NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _line(finding: Finding) -> str:
    where = f" at {finding.location}" if finding.location else ""
    return printable(f"{finding.severity.value} {finding.rule}{where}: {finding.message}")
