"""
Findings as JSON, in the form of the command-line contract; values from documents do not stand in it.
"""

import json
from typing import Any

from oots.validation.files.checked import Checked
from oots.validation.files.detecting import NAMES
from oots.validation.reports.printable import file_name


class JsonReport:
    """One object, written document by document, so that thousands need no memory."""

    def __init__(self) -> None:
        self._is_first = True

    def begin(self) -> str:
        """Open the object."""
        return '{"documents":['

    def add(self, checked: Checked) -> str:
        """Give a document."""
        separator = "\n" if self._is_first else ",\n"
        self._is_first = False
        # ASCII: nothing of a file's name, or of a sentence, reaches a terminal as a command.
        return separator + json.dumps(_written(checked))

    def pass_over(self, _: Checked, /) -> str:
        """Nothing stands here about a file that is no document."""
        return ""

    def end(self) -> str:
        """Close the object."""
        return "\n]}\n"


def _written(checked: Checked) -> dict[str, Any]:
    return {
        "file": file_name(checked.file),
        "kind": checked.kind and NAMES[checked.kind],
        "line": checked.line and checked.line.removeprefix("oots-edm:"),
        "valid": checked.is_valid,
        "findings": [
            {
                "rule": finding.rule,
                "severity": finding.severity.value,
                "layer": finding.layer.value,
                "location": finding.location,
                "message": finding.message,
            }
            for finding in checked.findings
        ],
    }
