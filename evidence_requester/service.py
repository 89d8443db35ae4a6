"""
What a requester does: opens journeys, asks, collects the answers from its Access Point, hands documents over.

Decisions are in `request`, `answer` and `states`; HTTP towards the portal is in `api`.
"""

import asyncio
import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from evidence_requester.answer import Ignored, Verdict, exchange_id_of, judge, refused
from evidence_requester.exchange import Exchange, Failure, Journey, ReceivedDocument, Wish
from evidence_requester.exchanges import Exchanges
from evidence_requester.request import open_exchange, submission
from evidence_requester.settings import RequesterSettings
from evidence_requester.states import Event as Happening
from evidence_requester.states import State
from oots.codes import SYSTEM_CHECK, Action
from oots.edm.documents import read_answer, read_request, write
from oots.edm.model import ErrorResponse, EvidenceDocument, EvidenceRequest, EvidenceResponse, NaturalPerson
from oots.errors import CallerError, InvalidRequest, NotFound, OotsError, OperatorError
from oots.journal.events import Component, Event, EventName, Record
from oots.net.collecting import collect
from oots.net.gateway_client import Delivery, GatewayClient, SendingFailure
from oots.spooled import Spooled
from oots.validation.cross import part_of
from oots.validation.xsd import check_bytes

log = logging.getLogger(__name__)

ANSWERS: Final = (Action.RESPONSE.value, Action.EXCEPTION.value)
MAX_REGREP_BYTES: Final = 4 << 20
"""Of an answer's leading document; the evidence is not in it."""
_PAUSE_SECONDS: Final = 1.0


class RequestingDisabled(OperatorError):
    """The node is new: whoever runs it has not let it send requests for people (flows.md 7.6)."""


class Requester:
    """One evidence requester behind one Access Point."""

    def __init__(
        self,
        settings: RequesterSettings,
        gateway: GatewayClient,
        *,
        record: Record,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self.settings = settings
        self.exchanges = Exchanges(max_exchanges=settings.max_exchanges)
        self._gateway = gateway
        self._record = record
        self._now = now
        self._new_id = new_id

    def open_journey(self, procedure: str, subject: NaturalPerson) -> Journey:
        """Begin a journey of one authenticated person through one procedure; raises `RequestingDisabled`."""
        self._must_be_enabled(procedure)
        journey = Journey(id=self._new_id(), procedure=procedure, subject=subject)
        self.exchanges.open_journey(journey)
        return journey

    async def ask(self, journey_id: str, wish: Wish) -> Exchange:
        """
        Send the evidence request of a person who explicitly asked for it.

        Raises `CallerError` when the request cannot be built, `RequestingDisabled` when it may not be sent; whatever
        goes wrong later is told by the exchange.
        """
        journey = self.exchanges.journey(journey_id)
        self._must_be_enabled(journey.procedure)
        exchange = open_exchange(
            journey,
            wish,
            requester=self.settings.agent,
            request_id=self._new_id(),
            exchange_id=self._new_id(),
            message_id=f"{self._new_id()}@{self.settings.access_point.value.lower().replace('_', '-')}",
            now=self._now(),
        )
        document = await asyncio.to_thread(_checked_bytes, exchange.request)
        self.exchanges.open(exchange)
        self._tell(EventName.EXPLICIT_REQUEST_GIVEN, exchange, {"procedure": exchange.request.procedure})
        return await self._send(exchange, document)

    async def acknowledge(self, exchange_id: str) -> Exchange:
        """Note that the procedure has the documents, and forget ours."""
        exchange = await self.exchanges.move(exchange_id, Happening.ACKNOWLEDGED)
        for document in exchange.documents:
            document.content.close()
        self._tell(EventName.EVIDENCE_DELIVERED, exchange, {"documents": str(len(exchange.documents))})
        return exchange

    def document(self, exchange_id: str, number: int) -> ReceivedDocument:
        """Give a document of an exchange; raises `NotFound`, also after it was acknowledged."""
        exchange = self.exchanges.exchange(exchange_id)
        if exchange.state is not State.RECEIVED or not 0 <= number < len(exchange.documents):
            raise NotFound("there is no such document, or it was handed over before")
        return exchange.documents[number]

    async def collect(self) -> None:
        """Take answers from the Access Point, for ever."""
        await collect(self._gateway, ANSWERS, self._take)

    async def watch(self) -> None:
        """Notice requests that the Access Point gave up on, for ever."""
        while True:
            await asyncio.sleep(_PAUSE_SECONDS)
            for exchange in await self.exchanges.waiting():
                try:
                    await self._notice_failure(exchange)
                except OotsError as error:
                    log.warning("cannot learn the state of message %s: %s", exchange.message_id, error)
                except Exception:
                    log.exception("cannot learn the state of message %s", exchange.message_id)

    def _must_be_enabled(self, procedure: str) -> None:
        if not self.settings.requesting_enabled and procedure != SYSTEM_CHECK:
            raise RequestingDisabled(
                "this node does not send requests for people yet: its operator has not set requesting_enabled; "
                f"only procedure {SYSTEM_CHECK} passes"
            )

    async def _send(self, exchange: Exchange, document: bytes) -> Exchange:
        header = submission(exchange, content_id=f"regrep-{self._new_id()}@requester")
        try:
            await self._gateway.submit(header, [Spooled(document)])
        except OotsError as error:
            self._tell(EventName.REQUEST_REFUSED, exchange, {"reason": str(error)})
            event = Happening.GATEWAY_REFUSED if isinstance(error, CallerError) else Happening.SENDING_FAILED
            return await self._unless_answered(exchange, event, Failure(code="undeliverable", detail=str(error)))
        self._tell(EventName.REQUEST_SENT, exchange, {}, {"request.xml": document})
        return await self._unless_answered(exchange, Happening.GATEWAY_ACCEPTED)

    async def _unless_answered(self, exchange: Exchange, event: Happening, failure: Failure | None = None) -> Exchange:
        # The answer can overtake the reply of our own gateway.
        exchange = self.exchanges.exchange(exchange.id)
        if exchange.state is not State.PENDING:
            return exchange
        return await self.exchanges.move(exchange.id, event, lambda item: replace(item, failure=failure))

    async def _notice_failure(self, exchange: Exchange) -> None:
        status = await self._gateway.status(exchange.message_id)
        if status.state == "failed" and self.exchanges.exchange(exchange.id).state is State.SENT:
            failure = Failure(code="undeliverable", detail=_in_words(status.failure))
            await self.exchanges.move(
                exchange.id, Happening.SENDING_FAILED, lambda item: replace(item, failure=failure)
            )

    async def _take(self, delivery: Delivery) -> None:
        """Journal an answer as it came, judge it, and only then relieve the Access Point of it."""
        try:
            raw = (await self._gateway.payload(delivery.message_id, 0, max_bytes=MAX_REGREP_BYTES)).read()
        except CallerError as error:
            self._refuse(delivery, EventName.MESSAGE_UNREADABLE, str(error), None)
        else:
            is_error = delivery.action == Action.EXCEPTION.value
            name = EventName.ERROR_RECEIVED if is_error else EventName.RESPONSE_RECEIVED
            self._tell_delivery(name, delivery, {"bytes": str(len(raw))}, {"answer.xml": raw})
            await self._judge(delivery, raw)
        await self._gateway.acknowledge(delivery.message_id)

    async def _judge(self, delivery: Delivery, raw: bytes) -> None:
        try:
            document = await asyncio.to_thread(read_answer, raw)
        except OotsError as error:
            self._refuse(delivery, EventName.MESSAGE_UNREADABLE, str(error), raw)
            return
        exchange = self.exchanges.correlate(exchange_id_of(delivery), document.request_id)
        if exchange is None:
            self._refuse(delivery, EventName.RESPONSE_REFUSED, "the answer belongs to no exchange of ours", raw)
            return
        verdict = judge(exchange, delivery, document)
        if isinstance(verdict, Ignored):
            self._refuse(delivery, EventName.RESPONSE_REFUSED, verdict.reason, raw)
            return
        breaches = await asyncio.to_thread(check_bytes, raw)
        for finding in (*breaches, *verdict.findings):
            log.warning("message %s: %s (%s)", delivery.message_id, finding.rule, finding.severity.value)
        await self._conclude(exchange, delivery, document, verdict)

    async def _conclude(
        self, exchange: Exchange, delivery: Delivery, document: EvidenceResponse | ErrorResponse, verdict: Verdict
    ) -> None:
        documents: tuple[ReceivedDocument, ...] = ()
        if verdict.event is Happening.EVIDENCE_CAME and isinstance(document, EvidenceResponse):
            try:
                documents = await self._fetch(delivery, document)
            except CallerError as error:
                verdict = Verdict(event=Happening.ANSWER_REFUSED, failure=refused(str(error)))
        await self.exchanges.move(
            exchange.id, verdict.event, lambda item: replace(item, failure=verdict.failure, documents=documents)
        )
        if verdict.event is Happening.ANSWER_REFUSED and verdict.failure is not None:
            self._refuse(delivery, EventName.RESPONSE_REFUSED, verdict.failure.detail or "", None)

    async def _fetch(self, delivery: Delivery, response: EvidenceResponse) -> tuple[ReceivedDocument, ...]:
        numbers = {part.content_id: number for number, part in enumerate(delivery.parts) if number}
        fetched = []
        for package in response.evidences:
            for item in package.documents:
                # That there is such a part was found out when the answer was judged (X14).
                number = numbers[part_of(item, numbers) or item.content_id]
                content = await self._gateway.payload(
                    delivery.message_id, number, max_bytes=self.settings.max_document_bytes
                )
                fetched.append(await asyncio.to_thread(_received, item, content))
        return tuple(fetched)

    def _refuse(self, delivery: Delivery, name: EventName, reason: str, raw: bytes | None) -> None:
        log.warning("message %s of conversation %s: %s", delivery.message_id, delivery.conversation_id, reason)
        self._tell_delivery(name, delivery, {"reason": reason}, {} if raw is None else {"answer.xml": raw})

    def _tell(
        self,
        name: EventName,
        exchange: Exchange,
        facts: Mapping[str, str],
        documents: Mapping[str, bytes] | None = None,
    ) -> None:
        self._record(
            Event(
                at=self._now(),
                node=self.settings.access_point.value,
                component=Component.REQUESTER,
                name=name,
                message_id=exchange.message_id,
                conversation_id=exchange.conversation_id,
                exchange_id=exchange.id,
                facts=facts,
                documents=documents or {},
            )
        )

    def _tell_delivery(
        self, name: EventName, delivery: Delivery, facts: Mapping[str, str], documents: Mapping[str, bytes]
    ) -> None:
        self._record(
            Event(
                at=self._now(),
                node=self.settings.access_point.value,
                component=Component.REQUESTER,
                name=name,
                message_id=delivery.message_id,
                conversation_id=delivery.conversation_id,
                exchange_id=exchange_id_of(delivery),
                action=delivery.action,
                facts=facts,
                documents=documents,
            )
        )


def _in_words(failure: SendingFailure | None) -> str | None:
    return None if failure is None else f"{failure.code}: {failure.detail}"


def _checked_bytes(request: EvidenceRequest) -> bytes:
    # What we send is valid, or it is not sent: a breach is a fault of ours, or of what the portal gave us.
    document = write(request)
    breaches = check_bytes(document)
    if breaches:
        raise CallerError("; ".join(f"{finding.location}: {finding.message}" for finding in breaches[:5]))
    try:
        read_request(document)
    except InvalidRequest as error:
        raise CallerError("; ".join((*error.rules, error.detail))) from error
    return document


def _received(item: EvidenceDocument, content: Spooled) -> ReceivedDocument:
    running = hashlib.sha256()
    for chunk in content.chunks():
        running.update(chunk)
    metadata = item.metadata
    return ReceivedDocument(
        identifier=metadata.identifier,
        title=item.title,
        media_type=metadata.distribution.format if metadata.distribution else "application/octet-stream",
        sha256=running.hexdigest(),
        issuing_date=metadata.issuing_date.isoformat() if metadata.issuing_date else None,
        issuing_authority=metadata.issuing_authority.names if metadata.issuing_authority else (),
        content=content,
    )
