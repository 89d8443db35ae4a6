"""
What is counted of the journal's events, as a table.  A label's values are a closed set: nothing that a message says can
become a new one, so there are as many time series as stand here, and none of them names anybody.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

from oots.codes import DUPLICATE_DETECTED, EbmsCode, EdmCode
from oots.journal.events import Component, Event, EventName

OTHER: Final = "other"
"""Stands for every value that is not in the set."""
NONE: Final = "none"

RUNGS: Final = ("eidas identifier", "names and birth date")
"""Ways to look for a person, as the provider's journal names them."""

_EBMS: Final = (*(code.value for code in EbmsCode), DUPLICATE_DETECTED)
_SOAP_FAULTS: Final = ("MustUnderstand", "VersionMismatch")
_EDM: Final = tuple(code.value for code in EdmCode)
_HITS: Final = {"0": "none", "1": "one", "many": "many"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A label, and where its value comes from; what is not among `values` counts as `other`."""

    name: str
    values: tuple[str, ...]
    of: Callable[[Event], str | None]

    def value(self, event: Event) -> str:
        """Give one of `values`, or `other`."""
        found = self.of(event)
        return found if found in self.values else OTHER

    @property
    def all_values(self) -> tuple[str, ...]:
        """Everything that `value` may give."""
        return tuple(dict.fromkeys((*self.values, OTHER)))


@dataclass(frozen=True, slots=True, kw_only=True)
class EventCounter:
    """Counts the events of some names."""

    name: str
    text: str
    events: Collection[EventName]
    labels: tuple[Label, ...] = ()
    only: Callable[[Event], bool] = lambda _: True


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDuration:
    """Measures from one event to another that belongs to it."""

    name: str
    text: str
    begin: EventName
    end: Collection[EventName]
    key: Callable[[Event], str | None]


def _code(event: Event) -> str:
    return event.facts.get("code", NONE)


_OUTCOME: Final = {
    Component.REQUESTER: (
        EventName.REQUEST_REFUSED,
        EventName.RESPONSE_RECEIVED,
        EventName.ERROR_RECEIVED,
        EventName.RESPONSE_REFUSED,
        EventName.MESSAGE_UNREADABLE,
        EventName.EVIDENCE_DELIVERED,
        EventName.EVIDENCE_DELETED,
        EventName.EXCHANGE_EXPIRED,
    ),
    Component.PROVIDER: (
        EventName.REQUEST_REJECTED,
        EventName.RESPONSE_SENT,
        EventName.ERROR_SENT,
        EventName.ANSWER_NOT_SENT,
        EventName.MESSAGE_UNREADABLE,
    ),
}


def _exchanges(component: Component, begin: EventName) -> tuple[EventCounter, ...]:
    outcomes = _OUTCOME[component]
    return (
        EventCounter(
            name="oots_requests_total",
            text="Evidence requests: sent by the requester, received by the provider.",
            events=[begin],
            labels=(Label(name="role", values=(component.value,), of=lambda event: event.component.value),),
        ),
        EventCounter(
            name="oots_outcomes_total",
            text="What became of requests, by the journal's event and the code of an error response.",
            events=outcomes,
            labels=(
                Label(name="outcome", values=tuple(name.value for name in outcomes), of=lambda event: event.name.value),
                Label(name="code", values=(NONE, *_EDM), of=_code),
            ),
        ),
    )


_GATEWAY: Final = (
    EventCounter(name="oots_as4_sent_total", text="Attempts to post a message.", events=[EventName.AS4_SENT]),
    EventCounter(
        name="oots_as4_receipts_total",
        text="Messages that a peer has, by what proves it.",
        events=[EventName.AS4_RECEIPT],
        labels=(Label(name="proof", values=("receipt", NONE), of=lambda event: event.facts.get("proof", "receipt")),),
    ),
    EventCounter(
        name="oots_as4_retries_total",
        text="Attempts that failed and will be repeated, by ebMS code.",
        events=[EventName.AS4_RETRY],
        labels=(Label(name="code", values=_EBMS, of=_code),),
    ),
    EventCounter(
        name="oots_as4_failures_total",
        text="Messages that were given up, by ebMS code.",
        events=[EventName.AS4_FAILURE],
        labels=(Label(name="code", values=_EBMS, of=_code),),
    ),
    EventCounter(
        name="oots_as4_receipt_missing_total",
        text="Messages that were given up because no receipt came.",
        events=[EventName.AS4_FAILURE],
        only=lambda event: _code(event) == EbmsCode.MISSING_RECEIPT.value,
    ),
    EventCounter(name="oots_as4_received_total", text="Messages taken in from peers.", events=[EventName.AS4_RECEIVED]),
    EventCounter(
        name="oots_as4_duplicates_total",
        text="Messages that came again, and got their first receipt again.",
        events=[EventName.AS4_DUPLICATE],
    ),
    EventCounter(
        name="oots_as4_refused_total",
        text="Messages of peers that were refused, by ebMS code or SOAP fault.",
        events=[EventName.AS4_REFUSED],
        labels=(Label(name="code", values=(*_EBMS, *_SOAP_FAULTS), of=_code),),
    ),
    EventCounter(
        name="oots_as4_delivered_total",
        text="Messages that a service behind the access point has taken.",
        events=[EventName.AS4_DELIVERED],
    ),
)

COUNTERS: Final = {
    Component.GATEWAY: _GATEWAY,
    Component.REQUESTER: _exchanges(Component.REQUESTER, EventName.REQUEST_SENT),
    Component.PROVIDER: (
        *_exchanges(Component.PROVIDER, EventName.REQUEST_RECEIVED),
        EventCounter(
            name="oots_match_total",
            text="Searches for a person in the register, by the rung that ended them and how many were found.",
            events=[EventName.IDENTITY_MATCH],
            labels=(
                Label(name="rung", values=RUNGS, of=lambda event: event.facts.get("rung")),
                Label(
                    name="result",
                    values=tuple(_HITS.values()),
                    of=lambda event: _HITS.get(event.facts.get("hits", "")),
                ),
            ),
        ),
    ),
}
"""By the component whose events they are."""

DURATIONS: Final = {
    Component.GATEWAY: (
        EventDuration(
            name="oots_as4_delivery_seconds",
            text="From the submission of a message to the peer's receipt.",
            begin=EventName.AS4_SUBMITTED,
            end=[EventName.AS4_RECEIPT],
            key=lambda event: event.message_id,
        ),
    ),
    Component.REQUESTER: (
        EventDuration(
            name="oots_roundtrip_seconds",
            text="From a request to its answer, where one process saw both.",
            begin=EventName.REQUEST_SENT,
            end=[EventName.RESPONSE_RECEIVED, EventName.ERROR_RECEIVED],
            key=lambda event: event.exchange_id,
        ),
    ),
    Component.PROVIDER: (),
}
