"""
What a provider does: takes requests from its Access Point, has each answered, and sends the answer back, once.

Decisions are in `incoming`, `answer` and `matching`.  A request is journalled before anything interprets it.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from evidence_provider.answer import Answer, answer, refuse
from evidence_provider.incoming import LINES, Unanswerable, check_answerable, property_of, read_incoming
from evidence_provider.issued import IssueBook
from evidence_provider.register import Register
from evidence_provider.settings import ProviderSettings
from oots.codes import MIME_REGREP, Action
from oots.ebms.messages import PartyId, Property
from oots.edm.documents import identify_request, write
from oots.edm.model import ErrorResponse, EvidenceRequest
from oots.errors import CallerError, EdmException, InvalidRequest, OotsError, QueryFailure
from oots.journal.events import Component, Event, EventName, Record
from oots.net.gateway_client import Delivery, GatewayClient, Submission, SubmittedPart
from oots.spooled import Spooled
from oots.validation.xsd import check_bytes

log = logging.getLogger(__name__)

MAX_REQUEST_BYTES: Final = 4 << 20
_POLL_SECONDS: Final = 20.0
_PAUSE_SECONDS: Final = 1.0


class Provider:
    """One evidence provider behind one Access Point."""

    def __init__(
        self,
        settings: ProviderSettings,
        gateway: GatewayClient,
        *,
        access_point: PartyId,
        record: Record,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self.settings = settings
        self.issued = IssueBook()
        self._register = Register(settings.register)
        self._gateway = gateway
        self._access_point = access_point
        self._record = record
        self._now = now
        self._new_id = new_id
        self._seen: set[str] = set()

    async def collect(self) -> None:
        """Take requests from the Access Point, for ever."""
        while True:
            try:
                for delivery in await self._gateway.deliveries([Action.REQUEST.value], wait=_POLL_SECONDS):
                    await self._take(delivery)
            except OotsError as error:
                log.warning("cannot collect requests from the gateway: %s", error)
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _take(self, delivery: Delivery) -> None:
        try:
            raw = (await self._gateway.payload(delivery.message_id, 0, max_bytes=MAX_REQUEST_BYTES)).read()
        except CallerError as error:
            self._tell(EventName.MESSAGE_UNREADABLE, delivery, {"reason": str(error)})
        else:
            self._tell(EventName.REQUEST_RECEIVED, delivery, {"bytes": str(len(raw))}, {"request.xml": raw})
            await self._answer(delivery, raw)
        await self._gateway.acknowledge(delivery.message_id)

    async def _answer(self, delivery: Delivery, raw: bytes) -> None:
        try:
            check_answerable(delivery)
        except Unanswerable as error:
            log.warning("message %s gets no answer: %s", delivery.message_id, error)
            self._tell(EventName.REQUEST_REJECTED, delivery, {"reason": str(error)})
            return
        made, document = await asyncio.to_thread(self._make_answer, delivery, raw)
        await self._send(delivery, made, document)

    def _make_answer(self, delivery: Delivery, raw: bytes) -> tuple[Answer, bytes]:
        """Answer a request, and give the answer with its bytes; runs in a thread."""
        try:
            made = self._answer_request(read_incoming(delivery, raw))
            document = _checked_bytes(made)
        except EdmException as error:
            made, document = self._refusal(error, raw)
        except Exception:
            log.exception("message %s could not be answered", delivery.message_id)
            made, document = self._refusal(QueryFailure("the request could not be processed"), raw)
        self._tell_outcome(delivery, made)
        return made, document

    def _refusal(self, error: EdmException, raw: bytes) -> tuple[Answer, bytes]:
        identity = identify_request(raw)
        if identity.id is None:
            # Without the id of the request only EDM:ERR:0003 may be said (R-EDM-ERR-C025).
            error = InvalidRequest(error.detail, rules=error.rules)
        refused = refuse(
            error,
            request_id=identity.id,
            specification=LINES[0],
            requester=identity.requester,
            settings=self.settings,
            now=self._now(),
            new_id=self._new_id,
        )
        return Answer(document=refused), write(refused)

    def _answer_request(self, request: EvidenceRequest) -> Answer:
        replayed = request.id in self._seen
        self._seen.add(request.id)
        made = answer(
            request,
            replayed=replayed,
            register=self._register,
            settings=self.settings,
            now=self._now(),
            new_id=self._new_id,
        )
        for attachment in made.attachments:
            self.issued.enter(attachment.document)
        return made

    async def _send(self, delivery: Delivery, made: Answer, document: bytes) -> None:
        is_error = isinstance(made.document, ErrorResponse)
        header = self._header(delivery, made, Action.EXCEPTION if is_error else Action.RESPONSE)
        contents = [Spooled(document), *(attachment.document.content for attachment in made.attachments)]
        try:
            message_id = await self._gateway.submit(header, contents)
        except OotsError as error:
            log.error("the answer to message %s could not be sent: %s", delivery.message_id, error)
            self._tell(EventName.ANSWER_NOT_SENT, delivery, {"reason": str(error)}, {"answer.xml": document})
            return
        name = EventName.ERROR_SENT if is_error else EventName.RESPONSE_SENT
        self._tell(name, delivery, {}, {"answer.xml": document}, message_id=message_id, action=header.action)

    def _header(self, delivery: Delivery, made: Answer, action: Action) -> Submission:
        """Address an answer: the way back, with the identifiers of the request (as4.md 2.4)."""
        exchange_id = property_of(delivery, "ExchangeId")
        properties = [Property(name="SpecificationId", value=made.document.specification)]
        if exchange_id is not None:
            properties.insert(0, Property(name="ExchangeId", value=exchange_id))
        corners = {item.name: PartyId(value=item.value, type=item.type) for item in delivery.properties}
        identifier = self.settings.identifier
        regrep = SubmittedPart(
            content_id=f"regrep-{self._new_id()}@{self.settings.content_id_domain}", mime_type=MIME_REGREP
        )
        evidence = (
            SubmittedPart(content_id=attachment.content_id, mime_type=attachment.document.media_type)
            for attachment in made.attachments
        )
        return Submission(
            message_id=f"{self._new_id()}@{self._access_point.value.lower().replace('_', '-')}",
            action=action.value,
            conversation_id=delivery.conversation_id,
            receiver=delivery.sender,
            original_sender=PartyId(value=identifier.value, type=identifier.scheme_id),
            final_recipient=corners["originalSender"],
            properties=tuple(properties),
            parts=(regrep, *evidence),
        )

    def _tell_outcome(self, delivery: Delivery, made: Answer) -> None:
        if made.identity_match is not None:
            rung = made.identity_match.rung.name.lower().replace("_", " ")
            self._tell(EventName.IDENTITY_MATCH, delivery, {"rung": rung, "hits": made.identity_match.hits})

    def _tell(
        self,
        name: EventName,
        delivery: Delivery,
        facts: Mapping[str, str],
        documents: Mapping[str, bytes] | None = None,
        *,
        message_id: str | None = None,
        action: str | None = None,
    ) -> None:
        self._record(
            Event(
                at=self._now(),
                node=self._access_point.value,
                component=Component.PROVIDER,
                name=name,
                message_id=message_id or delivery.message_id,
                conversation_id=delivery.conversation_id,
                exchange_id=property_of(delivery, "ExchangeId"),
                action=action or delivery.action,
                facts=facts,
                documents=documents or {},
            )
        )


def _checked_bytes(made: Answer) -> bytes:
    document = write(made.document)
    breaches = check_bytes(document)
    if breaches:
        # What we send is valid, or it is not sent: this is a fault of ours.
        log.error("an answer of ours breaks its schema: %s, %s", breaches[0].location, breaches[0].message)
        raise QueryFailure("the answer could not be written")
    return document
