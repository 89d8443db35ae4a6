"""
The settings of a requester: values only; the process that starts it reads them from wherever they are.
"""

from dataclasses import dataclass, field
from pathlib import Path

from oots.ebms.messages import PartyId
from oots.edm.model import Agent


@dataclass(frozen=True, slots=True, kw_only=True)
class RequesterSettings:
    """Everything that tells one evidence requester from another."""

    agent: Agent
    """The authority that asks, with address, classified ER."""
    access_point: PartyId
    """Our own Access Point (corner C2)."""
    gateway_url: str
    gateway_token: str = field(repr=False)
    api_token: str = field(repr=False)
    """What the portal has to present."""
    requesting_enabled: bool = True
    """Whether requests for people are sent; a new node's settings file says no until its operator decides."""
    max_document_bytes: int = 100 << 20
    """Of one received document."""
    spool_folder: Path | None = None
    """For documents beyond 1 MiB, encrypted; a private temporary folder when it is not set."""
    max_exchanges: int = 10_000
    """That wait for their answers at the same time; and as many journeys are open."""
