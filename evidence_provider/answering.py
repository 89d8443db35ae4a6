"""
The job that answers one request: step `begin` decides and keeps the answer, step `send` hands it to the access point.

It runs in threads, in any process of the provider, and may be killed anywhere.  What is decided is committed together
with everything that follows from it; what is sent is what was committed, under its own MessageId, so that the access
point knows a repetition when it sees one.
"""

import logging
from collections.abc import Callable, Sequence
from typing import Final

from evidence_provider.books import Books
from evidence_provider.incoming import Unanswerable, check_answerable
from evidence_provider.requests import Prepared, Received
from evidence_provider.responding import Responder
from evidence_provider.states import State
from oots.edm.documents import identify_request
from oots.errors import CallerError, OotsError, StoreUnavailable
from oots.net.gateway_api import Submission
from oots.spooled import Spooled
from oots.work import Job
from oots.work import State as JobState

ANSWER: Final = "answer"
"""Kind of the job; its key is the MessageId of the request."""

_SEND: Final = "send"

Submit = Callable[[Submission, Sequence[Spooled]], str]
"""Hands a message to the access point and gives its MessageId, as `GatewayClient.submit` does; from any thread."""

log = logging.getLogger(__name__)


class Answering:
    """The task; threads and processes may share what it works on."""

    def __init__(self, books: Books, responder: Responder, submit: Submit) -> None:
        self._books = books
        self._responder = responder
        self._submit = submit

    def __call__(self, job: Job) -> JobState:
        """Do the job from the step at which it is."""
        return self._send(job) if job.step == _SEND else self._begin(job)

    def _begin(self, job: Job) -> JobState:
        received = self._books.requests.received(job.key)
        if received is None:
            return self._nothing_to_do(job)
        try:
            check_answerable(received.delivery)
        except Unanswerable as error:
            return self._leave_unanswered(job, received, error)
        return self._answer(job, received)

    def _answer(self, job: Job, received: Received) -> JobState:
        books, stores = self._books, self._books.stores
        # (1) A request id is used once, also by a request that is refused (TDD 4.4).
        identity = identify_request(received.document)
        replayed = identity.id is not None and books.seen.has(identity.id)

        # (2) Decide, in memory.
        reply = self._responder.respond(received.delivery, received.document, identity=identity, replayed=replayed)

        # (3) Keep the answer with all that follows from it, before anybody else sees it.
        contents = [attachment.document.content for attachment in reply.answer.attachments]
        with stores.written(contents, received.key) as blobs, stores.database.writing() as connection:
            if not replayed and identity.id and not books.seen.enter(connection, identity.id, now=books.now()):
                # Another request with this id was answered meanwhile: this one is begun again, and refused.
                stores.delete_after_commit(connection, [blob.id for blob in blobs])
                return books.jobs.postpone(connection, job, stores.database.now(connection))
            kept = books.jobs.step(connection, job, _SEND)
            books.requests.keep_answer(
                connection, received, reply.header, reply.document, request_id=identity.id, attachments=blobs
            )
            for attachment in reply.answer.attachments:
                books.issued.enter(connection, attachment.document, now=books.now())
            journal = books.journal(connection)
            journal.rules_broken(received.ids, reply.findings)
            journal.answered(received.ids, reply.answer)
        return self._send(kept)

    def _leave_unanswered(self, job: Job, received: Received, error: Unanswerable) -> JobState:
        ids = received.ids
        log.warning("message %s gets no answer: %s", ids.message_id, error, extra=ids.extra)
        with self._books.stores.database.writing() as connection:
            ended = self._books.jobs.finish(connection, job)
            self._books.requests.end(connection, job.key, State.UNANSWERABLE, now=self._books.now())
            self._books.journal(connection).unanswerable(ids, str(error))
        return ended

    def _send(self, job: Job) -> JobState:
        prepared = self._books.requests.prepared(job.key)
        if prepared is None:
            return self._nothing_to_do(job)
        try:
            message_id = self._submit(prepared.header, prepared.contents)
        except StoreUnavailable:
            # Our own disk is away: the worker waits for it, however long that takes.
            raise
        except CallerError as error:
            return self._give_up(job, prepared, error)
        except OotsError as error:
            return self._send_later(job, prepared, error)
        with self._books.stores.database.writing() as connection:
            ended = self._books.jobs.finish(connection, job)
            self._books.requests.end(connection, job.key, State.SENT, now=self._books.now())
            journal = self._books.journal(connection)
            journal.sent(prepared.ids, prepared.header, prepared.document, message_id=message_id)
        return ended

    def _give_up(self, job: Job, prepared: Prepared, error: CallerError) -> JobState:
        """The access point refuses the answer: it would refuse it again."""
        ids = prepared.ids
        log.error("the answer to message %s is refused: %s", ids.message_id, error, extra=ids.extra)
        with self._books.stores.database.writing() as connection:
            ended = self._books.jobs.finish(connection, job)
            self._books.requests.end(connection, job.key, State.NOT_SENT, now=self._books.now())
            self._books.journal(connection).not_sent(ids, str(error), prepared.document)
        return ended

    def _send_later(self, job: Job, prepared: Prepared, error: OotsError) -> JobState:
        """The access point is away: try again, or, after the last time, say that the answer is not sent."""
        ids = prepared.ids
        log.warning("the answer to message %s cannot be sent now: %s", ids.message_id, error, extra=ids.extra)
        with self._books.stores.database.writing() as connection:
            state = self._books.jobs.retry(connection, job, str(error))
            if state is JobState.DEAD:
                self._books.requests.put_aside(connection, job.key)
                self._books.journal(connection).not_sent(ids, str(error), prepared.document)
        return state

    def _nothing_to_do(self, job: Job) -> JobState:
        """End a job whose request is over: somebody gave it up."""
        with self._books.stores.database.writing() as connection:
            return self._books.jobs.finish(connection, job)
