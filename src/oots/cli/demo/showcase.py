"""
What the demo's pages show, as values.  Whoever runs the demo fills them; how they look is in `pages`.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from evidence_requester.states import State
from oots.cli.demo.timeline import Timeline
from oots.edm.model import MultilingualString


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberState:
    """One of the two, and what runs for it."""

    country: str
    """In English."""
    party_id: str
    """Of its Access Point; also the `node` of its events."""
    roles: tuple[str, ...]
    """What runs there, in words: `access point`."""
    running_since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDocument:
    """A document that came back, and what its register says about it."""

    number: str
    """Identifier of the evidence, printed on the document."""
    title: str
    media_type: str
    content: bytes
    sha256: str
    """Of the bytes that arrived, in hexadecimal."""
    issued_sha256: str | None
    """What the register entered when it made the document of that number."""
    issuing_authority: tuple[MultilingualString, ...]
    issuing_date: date | None

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self.content)

    @property
    def is_as_issued(self) -> bool:
        """Tell whether it is, byte for byte, what the register made."""
        return self.sha256 == self.issued_sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownExchange:
    """One exchange as it stands now."""

    id: str
    conversation_id: str
    state: State
    procedure: str
    """Code: `S1`."""
    evidence_type: str
    """Title: `Birth record`."""
    specification: str
    """Identifier of the line."""
    partner: str
    """Party id of the provider's Access Point."""
    opened_at: datetime
    total_ms: float | None = None
    """From the press of the button to the end; None while it runs."""
    failure: str | None = None
    """Why there is no document, in words."""
    document: ShownDocument | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Showcase:
    """Everything there is to see."""

    story: str
    """What happens here, in a sentence or two."""
    requester: MemberState
    provider: MemberState
    timeline: Timeline
    exchanges: Callable[[], Sequence[ShownExchange]]
    """Gives them as they are now, in any order."""
    run_again: Callable[[], Awaitable[object]]
    """Makes one more exchange and returns at its end; raises `OotsError`.  Never called twice at a time."""

    def newest_first(self) -> list[ShownExchange]:
        """Give the exchanges, the last one first."""
        return sorted(self.exchanges(), key=lambda exchange: exchange.opened_at, reverse=True)
