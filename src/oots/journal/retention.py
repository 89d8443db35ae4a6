"""
How long a node keeps what (flows.md 7.3).  Values only: each service deletes its own, by jobs of its own.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from oots.errors import OperatorError

LEAST_MONTHS: Final = 12
"""Of the journal (Regulation (EU) 2022/1463, Article 17(4)); national law may ask for more."""

_MONTH: Final = timedelta(days=31)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """The schedule of one node.  Content in hand goes with its purpose; what stands here is the longest it may stay."""

    months: int = LEAST_MONTHS
    """Of the journal, and of the ids of requests that were seen."""
    evidence: timedelta = timedelta(hours=24)
    """Of a received document that no procedure has fetched."""

    def __post_init__(self) -> None:
        if self.months < LEAST_MONTHS:
            raise OperatorError(f"retention_months is {self.months}: the law asks for {LEAST_MONTHS} at least")

    def journal_begins(self, now: datetime) -> datetime:
        """Give the instant before which events of the journal, and ids of seen requests, are deleted."""
        return now - self.months * _MONTH

    def exchanges_begin(self, now: datetime) -> datetime:
        """Give the instant before which rows of exchanges, without personal data, are deleted: a month later."""
        return now - (self.months + 1) * _MONTH
