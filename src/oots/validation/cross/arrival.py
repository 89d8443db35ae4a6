"""What only the receiver knows: the time (X23), and what came before (X24)."""

from collections.abc import Container, Iterator
from datetime import datetime, timedelta
from typing import Final

from oots.edm.model import EvidenceRequest, EvidenceResponse
from oots.validation.cross.breaches import fatal, warning
from oots.validation.findings import Finding

TOLERANCE: Final = timedelta(minutes=5)
"""How far the clocks of two states may differ (edm.md 7.7)."""

OLDEST: Final = timedelta(days=1)
"""A message in transit is given up long before: both round trips of a preview take an hour, retries less than a day."""


def x23_issue_date_time(document: EvidenceRequest | EvidenceResponse, *, received_at: datetime) -> Iterator[Finding]:
    """X23: the document was issued before it came, and not long before.  Inferred, so a warning; errors do not say."""
    age = received_at - document.issue_date_time
    if age < -TOLERANCE:
        yield warning("X23", "IssueDateTime lies in the future", "IssueDateTime")
    elif age > OLDEST:
        yield warning("X23", f"IssueDateTime lies more than {OLDEST.days} day back", "IssueDateTime")


def x24_request_id(request: EvidenceRequest, *, seen: Container[str]) -> Iterator[Finding]:
    """X24: no request came under this id before; `seen` holds ids in lower case."""
    if request.id.casefold() in seen:
        yield fatal("X24", "a request with this id came before", "@id")
