"""
What a check found, in the form that every check of this package gives and `oots validate` prints.  No check is here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class Severity(Enum):
    """How bad it is.  Only what is fatal makes a document invalid."""

    FATAL = "fatal"
    WARNING = "warning"
    CAUTION = "caution"
    INFO = "info"


class Layer(Enum):
    """Which kind of check found it."""

    XML = "xml"
    XSD = "xsd"
    SCHEMATRON = "schematron"
    CODE_LIST = "codelist"
    CROSS = "cross"
    HEADER = "header"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """
    One thing that is wrong.

    It goes into logs and into answers abroad: neither message nor location holds a value from the document.  The one
    exception is what `explained` gives, for the terminal of the document's owner.
    """

    rule: str
    """Official id of a rule; id of a cross-document check (`X11`); or the clause of XML Schema that is broken."""
    severity: Severity
    layer: Layer
    location: str
    """Line and path in the document; empty when it is about the whole."""
    message: str


def is_valid(findings: Iterable[Finding]) -> bool:
    """Tell whether nothing fatal was found."""
    return all(finding.severity is not Severity.FATAL for finding in findings)
