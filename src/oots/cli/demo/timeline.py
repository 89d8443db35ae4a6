"""
The timeline of a demo run: what the services record, in order and with milliseconds.  Printing and pages are elsewhere.
"""

import threading
import time
from collections import defaultdict
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


_SENTENCES: Mapping[EventName, str] = {
    EventName.EXPLICIT_REQUEST_GIVEN: "the person pressed “Request this document” (procedure {procedure})",
    EventName.REQUEST_SENT: "gave the request to its access point",
    EventName.REQUEST_REFUSED: "could not send the request: {reason}",
    EventName.REQUEST_RECEIVED: "took the request from its access point",
    EventName.REQUEST_REJECTED: "refuses the request: {code}{reason} {detail}",
    EventName.IDENTITY_MATCH: "looked for the person in the register: {hits} found, by {rung}",
    EventName.EVIDENCE_ISSUED: "made the document from the register's row",
    EventName.RESPONSE_SENT: "gave the response to its access point",
    EventName.ERROR_SENT: "gave the error response to its access point",
    EventName.ANSWER_NOT_SENT: "could not send its answer: {reason}",
    EventName.RESPONSE_RECEIVED: "took the response from its access point",
    EventName.ERROR_RECEIVED: "took an error response from its access point",
    EventName.RULES_BROKEN: "found broken rules, and goes on: {rules}",
    EventName.RESPONSE_REFUSED: "refuses the answer: {reason}",
    EventName.EVIDENCE_DELIVERED: "gave the document to the procedure, and forgot it",
    EventName.EVIDENCE_DELETED: "forgot the document, which nobody fetched",
    EventName.EXCHANGE_EXPIRED: "forgot the request, to which no answer came",
    EventName.KEY_ROTATED: "wraps what it stores with a new key",
    EventName.MESSAGE_UNREADABLE: "cannot read what it got: {reason}",
    EventName.AS4_SUBMITTED: "packed, signed and encrypted {action}",
    EventName.AS4_SENT: "sends {action} to {to}",
    EventName.AS4_RECEIPT: "has the signed receipt of {to} for {action}",
    EventName.AS4_RETRY: "will send {action} again: {code}",
    EventName.AS4_FAILURE: "gave up sending {action}: {code}",
    EventName.AS4_RECEIVED: "decrypted, verified and kept {action} of {from}",
    EventName.AS4_DUPLICATE: "has {action} already, and repeats its receipt",
    EventName.AS4_REFUSED: "refuses a message: {code} {detail}",
    EventName.AS4_DELIVERED: "forgot the payloads of {action}: its back end has them",
}

COMPONENTS: Mapping[Component, str] = {
    Component.REQUESTER: "requester",
    Component.PROVIDER: "provider",
    Component.GATEWAY: "access point",
}


def in_words(event: Event) -> str:
    """Say what happened, in one line without time and place."""
    known = defaultdict(str, event.facts, action=event.action or "a message")
    return _SENTENCES[event.name].format_map(known).strip()
