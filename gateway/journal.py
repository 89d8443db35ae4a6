"""
What the gateway writes into the journal: identifiers and short facts of messages, and the envelopes that circulated.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypedDict

from gateway.incoming import Incoming
from gateway.outgoing import Outgoing
from gateway.states import DeliveredBefore, Outcome, ReceiptAccepted
from oots.ebms.messages import UserMessage
from oots.journal.events import Component, Event, EventName, Record

MAX_BYTES: Final = 1 << 20
"""Messages below this size are recorded as they were sent; of larger ones the envelope proves what was in them."""


class Ids(TypedDict):
    """By what a message is found again, in the journal and, as `extra` of a line, in the log."""

    message_id: str
    conversation_id: str
    exchange_id: str | None


def ids_of(message: UserMessage) -> Ids:
    """Give the identifiers of a message."""
    exchange_id = message.property("ExchangeId")
    return Ids(
        message_id=message.message_id,
        conversation_id=message.conversation_id,
        exchange_id=None if exchange_id is None else exchange_id.value,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """Tells `record` what happens.  That is called from several threads, and must not call back."""

    node: str
    """Party id of this access point."""
    record: Record

    def submitted(self, message: Outgoing) -> None:
        """A back end submitted a message."""
        self._tell(EventName.AS4_SUBMITTED, message.packed.message, message.submitted_at)

    def sent(self, message: Outgoing, at: datetime) -> None:
        """An attempt begins.  Every attempt posts the same bytes: they are recorded once."""
        documents = {"soap.xml": message.packed.soap} if message.attempts == 1 else {}
        if documents and message.packed.content.size < MAX_BYTES:
            documents["message.mime"] = message.packed.content.read()
        self._tell(EventName.AS4_SENT, message.packed.message, at, {"attempt": str(message.attempts)}, documents)

    def concluded(self, message: Outgoing, outcome: Outcome, at: datetime) -> None:
        """An attempt ended.  What a peer writes into an error stays out of it: only codes are known to be harmless."""
        facts = {"attempt": str(message.attempts)}
        documents: dict[str, bytes] = {}
        match outcome:
            case ReceiptAccepted():
                name, documents = EventName.AS4_RECEIPT, {"receipt.xml": outcome.soap}
            case DeliveredBefore():
                name, facts["proof"] = EventName.AS4_RECEIPT, "none"
            case _ if message.failure is not None:
                name, facts["code"] = EventName.AS4_FAILURE, message.failure.code
            case _:
                name, facts["code"] = EventName.AS4_RETRY, outcome.code
        self._tell(name, message.packed.message, at, facts, documents)

    def received(self, message: Incoming) -> None:
        """A peer's message was kept, and will be acknowledged."""
        facts = {"certificate": message.fingerprint, "parts": str(len(message.payloads))}
        documents = {"soap.xml": message.soap, "receipt.xml": message.receipt}
        self._tell(EventName.AS4_RECEIVED, message.message, message.kept_at, facts, documents)

    def duplicate(self, message: Incoming) -> None:
        """A message came that we had already; it gets its first receipt again."""
        self._tell(EventName.AS4_DUPLICATE, message.message, message.kept_at)

    def delivered(self, message: Incoming, at: datetime) -> None:
        """A back end has a message."""
        self._tell(EventName.AS4_DELIVERED, message.message, at)

    def refused(self, code: str, detail: str, *, message_id: str | None, at: datetime) -> None:
        """A peer's message was refused: nothing about it, its MessageId included, is known to be true."""
        event = Event(
            at=at,
            node=self.node,
            component=Component.GATEWAY,
            name=EventName.AS4_REFUSED,
            message_id=message_id,
            facts={"code": code, "detail": detail},
        )
        self.record(event)

    def _tell(
        self,
        name: EventName,
        message: UserMessage,
        at: datetime,
        facts: Mapping[str, str] | None = None,
        documents: Mapping[str, bytes] | None = None,
    ) -> None:
        parties = {"from": message.sender.party_id.value, "to": message.receiver.party_id.value}
        event = Event(
            at=at,
            node=self.node,
            component=Component.GATEWAY,
            name=name,
            **ids_of(message),
            action=message.action,
            facts=parties | dict(facts or {}),
            documents=documents or {},
        )
        self.record(event)
