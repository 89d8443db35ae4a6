"""
What comes of checking a file, and what may be told about it before: values only.
"""

from dataclasses import dataclass, replace
from typing import Final

from oots.validation.cross import Message
from oots.validation.files.headers import FoundHeader
from oots.validation.findings import Finding, Layer, Severity, is_valid
from oots.validation.schematron.rule_sets import Kind
from oots.xml import Element

_UNREADABLE: Final = "unreadable"
_NOT_CHECKED: Final = "not-checked"
_NOT_COMPARED: Final = "not-compared"
_NOT_LOOKED_AT: Final = "not-looked-at"
_LINE_ASSUMED: Final = "line-assumed"

ABOUT_CHECKING: Final = frozenset({_UNREADABLE, _NOT_CHECKED, _NOT_COMPARED, _NOT_LOOKED_AT, _LINE_ASSUMED})
"""What findings are called that are about no rule, but about what could be checked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A document, and what was found in it."""

    file: str
    kind: Kind | None
    """None when it cannot be told."""
    line: str | None
    """The line whose rules were played."""
    findings: tuple[Finding, ...]
    has_verdict: bool = True
    """False when it could not be read, or its rules not be played to the end."""
    is_known: bool = True
    """False for what is well-formed and none of the documents checked here."""
    element: Element | None = None
    """Its root element, to show what was found there."""

    @property
    def is_valid(self) -> bool:
        """Tell whether everything was checked, and nothing fatal found."""
        return self.has_verdict and is_valid(self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is told about the documents that are checked, and need not be found out."""

    kind: Kind | None = None
    is_message: bool = False
    """They are whole AS4 messages."""
    line: str | None = None
    header: FoundHeader | None = None
    """The header that goes with the document."""
    header_file: str = ""
    """Where that header is."""
    others: tuple[Message, ...] = ()
    """Messages of the same exchange."""

    @property
    def compares(self) -> bool:
        """Tell whether there is something to compare with."""
        return self.header is not None or bool(self.others)


def unreadable(file: str, reason: str, *, is_known: bool = True) -> Checked:
    """Say that there is nothing to check."""
    finding = Finding(rule=_UNREADABLE, severity=Severity.FATAL, layer=Layer.XML, location="", message=reason)
    return Checked(file=file, kind=None, line=None, findings=(finding,), has_verdict=False, is_known=is_known)


def without_verdict(checked: Checked, reason: str) -> Checked:
    """Say that the rules were not played to the end."""
    finding = Finding(rule=_NOT_CHECKED, severity=Severity.FATAL, layer=Layer.SCHEMATRON, location="", message=reason)
    return replace(checked, findings=(*checked.findings, finding), has_verdict=False)


def not_looked_at(reason: str) -> Finding:
    """Say what of a message could not be looked at, which makes it no worse."""
    return Finding(rule=_NOT_LOOKED_AT, severity=Severity.INFO, layer=Layer.HEADER, location="", message=reason)


def line_assumed(reason: str) -> Finding:
    """Say that a document may follow another line than the one whose rules it was held against."""
    return Finding(rule=_LINE_ASSUMED, severity=Severity.INFO, layer=Layer.XML, location="", message=reason)


def other_line(kind: Kind) -> Finding:
    """Say that header and document name different lines (X27), where the document cannot be read for comparison."""
    return Finding(
        rule="X27",
        severity=Severity.FATAL if kind is Kind.REQUEST else Severity.WARNING,
        layer=Layer.CROSS,
        location="eb:Property[@name='SpecificationId']",
        message="the header does not name the line that the document names",
    )


def not_compared(reason: str, rule: str = _NOT_COMPARED) -> Finding:
    """Say that a check across documents, or all of them, could not be made."""
    return Finding(rule=rule, severity=Severity.INFO, layer=Layer.CROSS, location="", message=reason)
