"""
Findings as text for a person who is tired: the verdict first, then what is wrong, where, and what would be right.

It quotes the document, for whoever has it at the terminal.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from textwrap import wrap
from typing import Final

from oots.validation.files.checked import ABOUT_CHECKING, Checked
from oots.validation.findings import Finding, Layer, Severity
from oots.validation.reports.places import place_of
from oots.validation.reports.printable import printable
from oots.validation.schematron.rule_sets import Kind

WIDTH: Final = 100
"""Characters of a line; names of files, and places, are not broken."""

Emphasise = Callable[[str, str], str]
"""Gives a word a look: `good`, `bad`, `doubtful` or `quiet`."""

_KINDS: Final = {
    Kind.REQUEST: "evidence request",
    Kind.RESPONSE: "evidence response",
    Kind.ERROR: "evidence error response",
    Kind.HEADER: "ebMS header",
}
_LOOKS: Final = {
    Severity.FATAL: "bad",
    Severity.WARNING: "doubtful",
    Severity.CAUTION: "doubtful",
    Severity.INFO: "quiet",
}
_ORDER: Final = tuple(_LOOKS)
_INDENT: Final = " " * 10
_LAYERS_OF_RULES: Final = (Layer.SCHEMATRON, Layer.CODE_LIST)


class TextReport:
    """Text, document by document."""

    def __init__(self, emphasise: Emphasise = lambda word, _: word) -> None:
        self._emphasise = emphasise

    def begin(self) -> str:
        """Nothing stands before the first document."""
        return ""

    def add(self, checked: Checked) -> str:
        """Give the lines about a document."""
        findings = sorted(_gathered(checked.findings), key=lambda finding: _ORDER.index(finding.severity))
        told = [self._verdict(checked), *(line for finding in findings for line in self._told(finding, checked))]
        return "\n".join(told) + ("\n\n" if findings else "\n")

    def pass_over(self, _: Checked, /) -> str:
        """Nothing is told about a file that is no document: it is told beside the report."""
        return ""

    def end(self) -> str:
        """Nothing stands behind the last one: how many there were is told beside the report."""
        return ""

    def _verdict(self, checked: Checked) -> str:
        word, look = ("valid", "good") if checked.is_valid else ("not valid", "bad")
        if not checked.has_verdict:
            word = "could not be checked"
        about = [_KINDS[checked.kind]] if checked.kind else []
        about += [checked.line.removeprefix("oots-edm:")] if checked.line else []
        about += [_counted(checked.findings)] if checked.findings and checked.has_verdict else []
        brackets = f" ({', '.join(about)})" if about else ""
        return f"{printable(checked.file)}: {self._emphasise(word, look)}{brackets}"

    def _told(self, finding: Finding, checked: Checked) -> Iterator[str]:
        severity = self._emphasise(f"{finding.severity.value:8}", _LOOKS[finding.severity])
        yield ""
        yield f"  {severity}{printable(finding.rule)}"
        place = place_of(checked.element, finding.location) if checked.element is not None else None
        if finding.location:
            line = f"line {place.line}, " if place else ""
            yield f"  where   {line}{printable(finding.location)}"
        if place is not None and place.found is not None:
            yield f"  found   {place.found}"
        label = "right" if _says_what_is_right(finding) else "what"
        yield from _paragraph(f"  {label:8}", printable(finding.message))


def _gathered(findings: Iterable[Finding]) -> Iterable[Finding]:
    # What was not compared is told once for each thing that it would have needed.
    gathered: dict[object, Finding] = {}
    for number, finding in enumerate(findings):
        is_gathered = finding.severity is Severity.INFO and finding.layer is Layer.CROSS
        key = finding.message if is_gathered else number
        before = gathered.get(key)
        gathered[key] = replace(before, rule=f"{before.rule}, {finding.rule}") if before else finding
    return gathered.values()


def _says_what_is_right(finding: Finding) -> bool:
    # The sentence of a rule is about what should be; all others are about what is.
    if finding.rule in ABOUT_CHECKING:
        return False
    return finding.layer in _LAYERS_OF_RULES or finding.location.startswith("/")


def _paragraph(label: str, text: str) -> Iterable[str]:
    return wrap(text, WIDTH, initial_indent=label, subsequent_indent=_INDENT, break_long_words=False) or [label]


def _counted(findings: Iterable[Finding]) -> str:
    counts = Counter(finding.severity for finding in findings)
    return ", ".join(f"{counts[severity]} {severity.value}" for severity in _ORDER if counts[severity])
