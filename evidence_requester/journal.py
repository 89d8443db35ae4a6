"""
What a requester writes into the journal: one method for each thing that may happen to an exchange (flows.md 6.2).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from evidence_requester.answer import exchange_id_of
from evidence_requester.exchange import Exchange
from oots.codes import Action
from oots.journal.events import Component, Event, EventName, Record
from oots.net.gateway_api import Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """The journal as one transaction has it."""

    node: str
    """Party id of the access point."""
    record: Record
    at: datetime

    # --- of exchanges -------------------------------------------------------------------------------------------------

    def asked(self, exchange: Exchange) -> None:
        """The person pressed "Request this document"."""
        self._tell(EventName.EXPLICIT_REQUEST_GIVEN, exchange, {"procedure": exchange.procedure})

    def sent(self, exchange: Exchange, document: bytes) -> None:
        """Our access point has the request."""
        self._tell(EventName.REQUEST_SENT, exchange, {}, {"request.xml": document})

    def not_sent(self, exchange: Exchange, reason: str) -> None:
        """Our access point does not take the request, is away, or gave it up."""
        self._tell(EventName.REQUEST_REFUSED, exchange, {"reason": reason})

    def delivered(self, exchange: Exchange, documents: int) -> None:
        """The procedure has the documents; ours are erased."""
        self._tell(EventName.EVIDENCE_DELIVERED, exchange, {"documents": str(documents)})

    def deleted(self, exchange: Exchange, documents: int) -> None:
        """Nobody fetched the documents in time; they are erased."""
        self._tell(EventName.EVIDENCE_DELETED, exchange, {"documents": str(documents)})

    def expired(self, exchange: Exchange) -> None:
        """No answer came in time; what was asked is erased."""
        self._tell(EventName.EXCHANGE_EXPIRED, exchange, {})

    # --- of answers ---------------------------------------------------------------------------------------------------

    def received(self, delivery: Delivery, document: bytes, missing: Mapping[int, str]) -> None:
        """An answer came: its first part is recorded as it came, before anything interprets it."""
        is_error = delivery.action == Action.EXCEPTION.value
        name = EventName.ERROR_RECEIVED if is_error else EventName.RESPONSE_RECEIVED
        facts = {"bytes": str(len(document))}
        if missing:
            facts["missing"] = "; ".join(f"part {number}: {reason}" for number, reason in missing.items())
        self._tell_of(name, delivery, facts, {"answer.xml": document})

    def rules_broken(self, exchange: Exchange, delivery: Delivery, broken: str) -> None:
        """An answer to an exchange breaks rules."""
        ids = {**log_fields(delivery), "exchange_id": exchange.id}
        self._record(EventName.RULES_BROKEN, {"rules": broken}, {}, **ids, action=delivery.action)

    def unreadable(self, delivery: Delivery, reason: str, document: bytes | None = None) -> None:
        """A message came whose first part cannot be taken, or not be read."""
        self._tell_of(EventName.MESSAGE_UNREADABLE, delivery, {"reason": reason}, _answer(document))

    def refused(self, delivery: Delivery, reason: str, document: bytes | None = None) -> None:
        """An answer belongs to no exchange that waits for it, or cannot be used."""
        self._tell_of(EventName.RESPONSE_REFUSED, delivery, {"reason": reason}, _answer(document))

    def given_up(self, message_id: str, reason: str) -> None:
        """An answer is erased that nobody could judge."""
        self._record(EventName.RESPONSE_REFUSED, {"reason": reason}, message_id=message_id)

    # ------------------------------------------------------------------------------------------------------------------

    def _tell(
        self,
        name: EventName,
        exchange: Exchange,
        facts: Mapping[str, str],
        documents: Mapping[str, bytes] | None = None,
    ) -> None:
        self._record(name, facts, documents, **exchange.log_fields)

    def _tell_of(
        self, name: EventName, delivery: Delivery, facts: Mapping[str, str], documents: Mapping[str, bytes]
    ) -> None:
        self._record(name, facts, documents, **log_fields(delivery), action=delivery.action)

    def _record(
        self,
        name: EventName,
        facts: Mapping[str, str],
        documents: Mapping[str, bytes] | None = None,
        **ids: str | None,
    ) -> None:
        self.record(
            Event(
                at=self.at,
                node=self.node,
                component=Component.REQUESTER,
                name=name,
                facts=facts,
                documents=documents or {},
                **ids,
            )
        )


def log_fields(delivery: Delivery) -> Mapping[str, str | None]:
    """Give what a line of the log about an answer has as `extra`."""
    return {
        "message_id": delivery.message_id,
        "conversation_id": delivery.conversation_id,
        "exchange_id": exchange_id_of(delivery),
    }


def _answer(document: bytes | None) -> Mapping[str, bytes]:
    return {} if document is None else {"answer.xml": document}
