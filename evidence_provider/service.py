"""
What a provider does: takes requests from its Access Point, has each answered, and sends the answer back, once.

Decisions are in `incoming`, `answer` and `matching`.  A request is journalled before anything interprets it.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from evidence_provider.answer import Answer, answer, refuse
from evidence_provider.evidence import Attachment
from evidence_provider.incoming import LINES, Unanswerable, check_answerable, property_of, read_incoming
from evidence_provider.issued import IssueBook
from evidence_provider.register import Register
from evidence_provider.settings import ProviderSettings
from oots.codes import MIME_REGREP, Action
from oots.ebms.messages import PartyId, Property
from oots.edm.documents import identify_request, write
from oots.edm.model import ErrorResponse, EvidenceRequest
from oots.edm.request import Identity
from oots.errors import CallerError, EdmException, InvalidRequest, OotsError, QueryFailure
from oots.journal.events import Component, Event, EventName, Record
from oots.net.collecting import collect
from oots.net.gateway_client import Delivery, GatewayClient, Submission, SubmittedPart
from oots.spooled import Spooled
from oots.validation.xsd import check_bytes

log = logging.getLogger(__name__)

MAX_REQUEST_BYTES: Final = 4 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answered:
    """An answer until the Access Point has it: every attempt hands over the same."""

    header: Submission
    document: bytes
    attachments: tuple[Attachment, ...]


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
        self._in_hand: dict[str, _Answered | None] = {}

    async def collect(self) -> None:
        """Take requests from the Access Point, for ever."""
        await collect(self._gateway, [Action.REQUEST.value], self._take)

    async def _take(self, delivery: Delivery) -> None:
        # A request that comes again, because the Access Point was away before it had the answer, is not answered anew:
        # it would meet its own id.  Submitting the same answer again changes nothing there.
        if delivery.message_id not in self._in_hand:
            self._in_hand[delivery.message_id] = await self._read_and_answer(delivery)
        answered = self._in_hand[delivery.message_id]
        if answered is not None:
            await self._send(delivery, answered)
            self._in_hand[delivery.message_id] = None
        await self._gateway.acknowledge(delivery.message_id)
        del self._in_hand[delivery.message_id]

    async def _read_and_answer(self, delivery: Delivery) -> _Answered | None:
        try:
            raw = (await self._gateway.payload(delivery.message_id, 0, max_bytes=MAX_REQUEST_BYTES)).read()
        except CallerError as error:
            self._tell(EventName.MESSAGE_UNREADABLE, delivery, {"reason": str(error)})
            return None
        self._tell(EventName.REQUEST_RECEIVED, delivery, {"bytes": str(len(raw))}, {"request.xml": raw})
        try:
            check_answerable(delivery)
        except Unanswerable as error:
            log.warning("message %s gets no answer: %s", delivery.message_id, error)
            self._tell(EventName.REQUEST_REJECTED, delivery, {"reason": str(error)})
            return None
        made, document = await asyncio.to_thread(self._make_answer, delivery, raw)
        self._tell_outcome(delivery, made)
        return _Answered(header=self._header(delivery, made), document=document, attachments=made.attachments)

    def _make_answer(self, delivery: Delivery, raw: bytes) -> tuple[Answer, bytes]:
        """Answer a request, and give the answer with its bytes; runs in a thread."""
        try:
            made = self._answer_request(read_incoming(delivery, raw))
            return made, _checked_bytes(made)
        except EdmException as error:
            refusal = error
        except CallerError as error:
            # An answer repeats parts of its request; the schema lets some through that cannot be repeated.
            refusal = InvalidRequest(f"the answer cannot repeat what the request says: {error}")
        except Exception:
            log.exception("message %s could not be answered", delivery.message_id)
            refusal = QueryFailure("the request could not be processed")
        return self._refusal(refusal, identify_request(raw))

    def _refusal(self, error: EdmException, identity: Identity) -> tuple[Answer, bytes]:
        if identity.id is not None:
            self._seen.add(identity.id.casefold())
        try:
            made = self._refused(error, identity)
            return made, _checked_bytes(made)
        except OotsError:
            # What the requester calls itself may be nothing that an answer can repeat (edm.md 10.3).
            made = self._refused(error, replace(identity, requester=None))
            return made, _checked_bytes(made)

    def _refused(self, error: EdmException, identity: Identity) -> Answer:
        if identity.id is None or identity.requester is None:
            # Without them only EDM:ERR:0003 may be said (R-EDM-ERR-C025).
            error = InvalidRequest(error.detail, rules=error.rules)
        document = refuse(
            error,
            request_id=identity.id,
            specification=LINES[0],
            requester=identity.requester,
            settings=self.settings,
            now=self._now(),
            new_id=self._new_id,
        )
        return Answer(document=document)

    def _answer_request(self, request: EvidenceRequest) -> Answer:
        request_id = request.id.casefold()
        replayed = request_id in self._seen
        self._seen.add(request_id)
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

    async def _send(self, delivery: Delivery, answered: _Answered) -> None:
        header, document = answered.header, answered.document
        contents = [Spooled(document), *(attachment.document.content for attachment in answered.attachments)]
        try:
            message_id = await self._gateway.submit(header, contents)
        except OotsError as error:
            log.error("the answer to message %s could not be sent: %s", delivery.message_id, error)
            self._tell(EventName.ANSWER_NOT_SENT, delivery, {"reason": str(error)}, {"answer.xml": document})
            if isinstance(error, CallerError):
                return
            raise
        name = EventName.ERROR_SENT if header.action == Action.EXCEPTION.value else EventName.RESPONSE_SENT
        self._tell(name, delivery, {}, {"answer.xml": document}, message_id=message_id, action=header.action)

    def _header(self, delivery: Delivery, made: Answer) -> Submission:
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
        action = Action.EXCEPTION if isinstance(made.document, ErrorResponse) else Action.RESPONSE
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
        for attachment in made.attachments:
            issued = attachment.document
            facts = {"document": issued.document_number, "sha256": issued.sha256, "bytes": str(issued.content.size)}
            self._tell(EventName.EVIDENCE_ISSUED, delivery, facts)
        if isinstance(made.document, ErrorResponse):
            report = made.document.exceptions[0]
            self._tell(EventName.REQUEST_REJECTED, delivery, {"code": report.code.value, "detail": report.detail or ""})

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
