"""
What a report is: text that begins, grows by a document at a time, and ends.
"""

from typing import Protocol

from oots.validation.files.checked import Checked


class Report(Protocol):
    """One way to show findings."""

    def begin(self) -> str:
        """Give what stands before the first document."""

    def add(self, checked: Checked, /) -> str:
        """Give what is said about a document."""

    def pass_over(self, checked: Checked, /) -> str:
        """Give what is said about a file that is no document."""

    def end(self) -> str:
        """Give what stands behind the last document."""
