"""
What `oots validate` says on stderr beside its report: how far it is, what it passed over, and the sum.
"""

import sys
from collections import Counter
from typing import TYPE_CHECKING, Final

import typer

if TYPE_CHECKING:
    from oots.validation.files.checked import Checked

_STEP: Final = 100
"""Files after which those who read no terminal are told."""

_VERDICTS: Final = ("valid", "not valid", "could not be checked", "passed over")
_VALID, _INVALID, _UNREADABLE, _PASSED_OVER = _VERDICTS

_ERASED: Final = "\r\x1b[K"


class Progress:
    """Says how far the checks are: at a terminal as they go, elsewhere now and then."""

    def __init__(self, files: int) -> None:
        self._files = files
        self._done = 0
        self._at_terminal = sys.stderr.isatty()
        self._counts: Counter[str] = Counter()

    def done(self) -> None:
        """Say that one more file is done."""
        self._done += 1
        if self._files > 1 and self._at_terminal:
            typer.echo(f"{_ERASED}{self._done} of {self._files} files", err=True, nl=False)
        elif self._done % _STEP == 0:
            typer.echo(f"{self._done} of {self._files} files", err=True)

    def make_room(self) -> None:
        """Erase the line, because something else is printed."""
        if self._files > 1 and self._at_terminal:
            typer.echo(_ERASED, err=True, nl=False)

    def count(self, checked: "Checked") -> None:
        """Take a verdict."""
        verdict = _VALID if checked.is_valid else _INVALID
        self._counts[verdict if checked.has_verdict else _UNREADABLE] += 1

    def passed_over(self, checked: "Checked") -> None:
        """Say that a file of a folder is no document."""
        from oots.validation.reports.printable import printable

        self._counts[_PASSED_OVER] += 1
        self.make_room()
        typer.echo(printable(f"passed over {checked.file}: {checked.findings[0].message}"), err=True)

    def sum_up(self) -> None:
        """Say how many there were."""
        self.make_room()
        if self._counts.total() > 1:
            counted = ", ".join(f"{self._counts[verdict]} {verdict}" for verdict in _VERDICTS if self._counts[verdict])
            typer.echo(counted, err=True)
