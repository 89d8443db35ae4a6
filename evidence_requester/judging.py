"""
The job that judges one answer, and lets its exchange take what follows from it: all of that in one transaction.

It runs in threads, in any process of the requester, and may be killed anywhere.  Decisions are in `answer`.
"""

import logging
from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection

from evidence_requester.answer import (
    Ignored,
    Verdict,
    exchange_id_of,
    judge,
    line_of_header,
    not_expected,
    refused,
)
from evidence_requester.answers import AnswerState, Taken
from evidence_requester.books import Books
from evidence_requester.exchange import Exchange, ReceivedDocument
from evidence_requester.journal import log_fields
from evidence_requester.states import Event
from oots.edm.documents import read_answer
from oots.edm.model import ErrorResponse, EvidenceDocument, EvidenceResponse
from oots.errors import CallerError, CheckOverloaded, NotChecked, OotsError
from oots.net.gateway_api import Delivery
from oots.net.headers import delivered_header
from oots.store.blobs import BlobRef
from oots.validation.cross import part_of
from oots.validation.cross.registry_objects import x15_registry_objects
from oots.validation.findings import Finding, Layer, Severity
from oots.validation.message_rules import MessageRules, notable
from oots.work import Job
from oots.work import State as JobState
from oots.xml import parse

JUDGE: Final = "judge"
"""Kind of the job; its key is the MessageId of the answer."""

Brought = Sequence[tuple[ReceivedDocument, BlobRef]]
"""The documents of an answer, with where their bytes are."""

log = logging.getLogger(__name__)


class Judging:
    """The task; threads and processes may share what it works on."""

    def __init__(self, books: Books, rules: MessageRules) -> None:
        self._books = books
        self._rules = rules

    def __call__(self, job: Job) -> JobState:
        """Do the job."""
        taken = self._books.answers.taken(job.key)
        if taken is None:
            return self._nothing_to_do(job)
        try:
            document = read_answer(taken.document)
        except OotsError as error:
            return self._unreadable(job, taken, str(error))
        delivery = taken.delivery
        exchange = self._books.exchanges.correlate(
            exchange_id_of(delivery), document.request_id, delivery.conversation_id
        )
        if exchange is None:
            return self._ignore(job, taken, "the answer belongs to no exchange of ours")
        verdict = judge(exchange, delivery, document)
        if isinstance(verdict, Ignored):
            return self._ignore(job, taken, verdict.reason)
        broken = notable((*verdict.findings, *self._breaches(taken, document)))
        if broken:
            _log_breaches(delivery, broken)
        return self._conclude(job, exchange, taken, *_with_documents(verdict, document, taken), broken=broken)

    def _breaches(self, taken: Taken, document: EvidenceResponse | ErrorResponse) -> tuple[Finding, ...]:
        """Play the rules of its line on an answer: whatever they find, it is as usable as before (flows.md 3.6)."""
        delivery = taken.delivery
        try:
            of_header = self._rules.of_header(delivered_header(delivery), line_of_header(delivery, document))
            of_document = self._rules.of_document(taken.document)
        except CheckOverloaded:
            raise
        except NotChecked as error:
            return (_unchecked(error),)
        return (*of_header, *of_document, *x15_registry_objects(parse(taken.document)))

    def _conclude(
        self, job: Job, exchange: Exchange, taken: Taken, verdict: Verdict, brought: Brought, *, broken: str
    ) -> JobState:
        books = self._books
        with books.stores.database.writing() as connection:
            ended = books.jobs.finish(connection, job)
            # Two answers may be judged at once: the exchange is looked at again, now that nobody else can move it.
            state = books.exchanges.lock(connection, exchange.id).state
            if state.is_unanswered:
                if broken:
                    books.journal(connection).rules_broken(exchange, taken.delivery, broken)
                self._move(connection, exchange, taken, verdict, brought)
            else:
                self._refuse(connection, taken, not_expected(state).reason, taken.document)
        return ended

    def _move(
        self, connection: Connection, exchange: Exchange, taken: Taken, verdict: Verdict, brought: Brought
    ) -> None:
        books, now, message_id = self._books, self._books.now(), taken.delivery.message_id
        request = books.exchanges.note_sent(connection, exchange.id, now=now)
        if request is not None:
            # It is answered, so it was sent, though the access point had no time to say so.
            books.journal(connection).sent(exchange, request)
        books.exchanges.move(connection, exchange.id, verdict.event, now=now, failure=verdict.failure)
        if verdict.event is Event.ANSWER_REFUSED:
            self._refuse(connection, taken, (verdict.failure and verdict.failure.detail) or "", None)
            return
        books.answers.end(connection, message_id, AnswerState.USED, now=now, handed_on={blob.id for _, blob in brought})
        if brought:
            books.documents.keep(connection, exchange.id, brought, taken.key, now=now)

    def _ignore(self, job: Job, taken: Taken, reason: str) -> JobState:
        with self._books.stores.database.writing() as connection:
            ended = self._books.jobs.finish(connection, job)
            self._refuse(connection, taken, reason, taken.document)
        return ended

    def _unreadable(self, job: Job, taken: Taken, reason: str) -> JobState:
        _log_refusal(taken.delivery, reason)
        books = self._books
        with books.stores.database.writing() as connection:
            ended = books.jobs.finish(connection, job)
            books.answers.end(connection, taken.delivery.message_id, AnswerState.UNREADABLE, now=books.now())
            books.journal(connection).unreadable(taken.delivery, reason, taken.document)
        return ended

    def _refuse(self, connection: Connection, taken: Taken, reason: str, document: bytes | None) -> None:
        _log_refusal(taken.delivery, reason)
        books = self._books
        books.answers.end(connection, taken.delivery.message_id, AnswerState.REFUSED, now=books.now())
        books.journal(connection).refused(taken.delivery, reason, document)

    def _nothing_to_do(self, job: Job) -> JobState:
        """End a job whose answer is over: somebody gave it up."""
        with self._books.stores.database.writing() as connection:
            return self._books.jobs.finish(connection, job)


def _with_documents(
    verdict: Verdict, document: EvidenceResponse | ErrorResponse, taken: Taken
) -> tuple[Verdict, Brought]:
    """Give the documents that are to be handed over, or refuse the answer when one could not be taken."""
    if verdict.event is not Event.EVIDENCE_CAME or not isinstance(document, EvidenceResponse):
        return verdict, ()
    numbers = {part.content_id: number for number, part in enumerate(taken.delivery.parts) if number}
    try:
        return verdict, [
            _brought(item, taken, numbers[part_of(item, numbers) or item.content_id])
            for package in document.evidences
            for item in package.documents
        ]
    except CallerError as error:
        return Verdict(event=Event.ANSWER_REFUSED, failure=refused(str(error))), ()


def _brought(item: EvidenceDocument, taken: Taken, number: int) -> tuple[ReceivedDocument, BlobRef]:
    # That there is such a part was found out when the answer was judged (X14).
    if number in taken.missing:
        raise CallerError(taken.missing[number])
    metadata, blob = item.metadata, taken.payloads[number]
    document = ReceivedDocument(
        identifier=metadata.identifier,
        title=item.title,
        media_type=metadata.distribution.format if metadata.distribution else "application/octet-stream",
        size=blob.size,
        sha256=blob.sha256,
        issuing_date=metadata.issuing_date.isoformat() if metadata.issuing_date else None,
        issuing_authority=metadata.issuing_authority.names if metadata.issuing_authority else (),
    )
    return document, blob


def _unchecked(error: NotChecked) -> Finding:
    return Finding(
        rule="not-checked", severity=Severity.WARNING, layer=Layer.SCHEMATRON, location="", message=str(error)
    )


def _log_breaches(delivery: Delivery, broken: str) -> None:
    log.warning("message %s breaks rules: %s", delivery.message_id, broken, extra=log_fields(delivery))


def _log_refusal(delivery: Delivery, reason: str) -> None:
    log.warning(
        "message %s of conversation %s: %s",
        delivery.message_id,
        delivery.conversation_id,
        reason,
        extra=log_fields(delivery),
    )
