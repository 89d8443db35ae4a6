"""
The timeline of a demo run: what the services record, in order and with milliseconds.  Printing and pages are elsewhere.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from oots.journal.events import Component, Event, EventName


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One event, and how long after the start of the exchange it happened."""

    number: int
    at_ms: float
    event: Event

    def as_json(self) -> dict[str, object]:
        """Give the step as `oots demo --json` writes it."""
        return {
            "at_ms": round(self.at_ms, 1),
            "component": f"{self.event.component.value} {self.event.node}",
            "event": self.event.name.value,
            "message_id": self.event.message_id,
            "exchange_id": self.event.exchange_id,
        }


class Timeline:
    """Collects steps; services in any thread may record."""

    def __init__(self, tell: Callable[[Step], None]) -> None:
        self._tell = tell
        self._lock = threading.Lock()
        self._started = time.perf_counter()
        self.steps: list[Step] = []

    def start(self) -> None:
        """Set the clock to zero: the exchange begins."""
        self._started = time.perf_counter()

    @property
    def elapsed_ms(self) -> float:
        """Milliseconds since the start."""
        return (time.perf_counter() - self._started) * 1000

    def record(self, event: Event) -> None:
        """Take an event of a service."""
        with self._lock:
            step = Step(number=len(self.steps) + 1, at_ms=self.elapsed_ms, event=event)
            self.steps.append(step)
        self._tell(step)


_WORDS: Mapping[EventName, str] = {
    EventName.EXPLICIT_REQUEST_GIVEN: 'the person pressed "Request this document"',
    EventName.REQUEST_SENT: "handed the request to its access point",
    EventName.REQUEST_REFUSED: "could not send the request",
    EventName.REQUEST_RECEIVED: "received the request",
    EventName.REQUEST_REJECTED: "refuses the request",
    EventName.IDENTITY_MATCH: "looked for the person in the register",
    EventName.EVIDENCE_ISSUED: "made the document from the register's row",
    EventName.RESPONSE_SENT: "handed the response to its access point",
    EventName.ERROR_SENT: "handed the error response to its access point",
    EventName.ANSWER_NOT_SENT: "could not send its answer",
    EventName.RESPONSE_RECEIVED: "received the response",
    EventName.ERROR_RECEIVED: "received an error response",
    EventName.RESPONSE_REFUSED: "refuses the answer",
    EventName.EVIDENCE_DELIVERED: "gave the document to the procedure",
    EventName.MESSAGE_UNREADABLE: "received a document that it cannot read",
    EventName.AS4_SUBMITTED: "packed, signed and encrypted",
    EventName.AS4_SENT: "sends",
    EventName.AS4_RECEIPT: "holds the signed receipt for",
    EventName.AS4_RETRY: "will send again",
    EventName.AS4_FAILURE: "gave up sending",
    EventName.AS4_RECEIVED: "decrypted, verified and kept",
    EventName.AS4_DUPLICATE: "has it already, repeats the receipt",
    EventName.AS4_REFUSED: "refuses",
    EventName.AS4_DELIVERED: "was relieved of it by its back end",
}

COMPONENTS: Mapping[Component, str] = {
    Component.REQUESTER: "requester",
    Component.PROVIDER: "provider",
    Component.GATEWAY: "access point",
}


def in_words(event: Event) -> str:
    """Say what happened, in one line without the time."""
    facts = ", ".join(f"{name} {value}" for name, value in event.facts.items())
    parts = [_WORDS[event.name], event.action or "", f"({facts})" if facts else ""]
    return " ".join(part for part in parts if part)
