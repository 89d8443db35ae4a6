"""
The job that sends one request: step `begin` hands it to the access point, step `watch` waits for what becomes of it.

It runs in threads, in any process of the requester, and may be killed anywhere.  What is handed over is what was kept,
under the MessageId of the exchange, so that the access point knows a repetition when it sees one.  The answer can
overtake everything here: then the exchange is where the answer brought it, and stays there.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection

from evidence_requester.books import Books
from evidence_requester.exchange import Exchange, Failure, Prepared
from evidence_requester.states import Event, State
from oots.errors import CallerError, NotFound, OotsError, StoreUnavailable
from oots.net.gateway_api import MessageStatus, SendingFailure, Submission
from oots.spooled import Spooled
from oots.work import Job
from oots.work import State as JobState

SEND: Final = "send"
"""Kind of the job; its key is the ExchangeId."""

PATIENCE: Final = timedelta(minutes=4)
"""How long an access point may be away: a request that leaves later would be answered after T1 (flows.md 3.5)."""

PAUSES: Final = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds before each look at what became of a request; the last one again and again."""

_BEGIN: Final = "begin"
_WATCH: Final = "watch"

Submit = Callable[[Submission, Sequence[Spooled]], str]
"""Hands a message to the access point, as `GatewayClient.submit` does; from any thread."""

Status = Callable[[str], MessageStatus]
"""Asks the access point for a message, as `GatewayClient.status` does; from any thread."""

log = logging.getLogger(__name__)


class Sending:
    """The task; threads and processes may share what it works on."""

    def __init__(self, books: Books, submit: Submit, status: Status) -> None:
        self._books = books
        self._submit = submit
        self._status = status

    def __call__(self, job: Job) -> JobState:
        """Do the job from the step at which it is."""
        return self._watch(job) if job.step == _WATCH else self._begin(job)

    # --- step `begin` -------------------------------------------------------------------------------------------------

    def _begin(self, job: Job) -> JobState:
        prepared = self._books.exchanges.prepared(job.key)
        if prepared is None or prepared.exchange.state is State.UNDELIVERABLE:
            return self._nothing_to_do(job)
        try:
            self._submit(prepared.header, [Spooled(prepared.document)])
        except StoreUnavailable:
            # Our own disk is away: the worker waits for it, however long that takes.
            raise
        except CallerError as error:
            return self._refused(job, prepared.exchange, error)
        except OotsError as error:
            return self._away(job, prepared.exchange, error)
        return self._accepted(job, prepared)

    def _accepted(self, job: Job, prepared: Prepared) -> JobState:
        books, exchange = self._books, prepared.exchange
        with books.stores.database.writing() as connection:
            waiting = self._look_later(connection, job)
            if books.exchanges.note_sent(connection, exchange.id, now=books.now()):
                books.journal(connection).sent(exchange, prepared.document)
            if books.exchanges.lock(connection, exchange.id).state is State.PENDING:
                books.exchanges.move(connection, exchange.id, Event.GATEWAY_ACCEPTED, now=books.now())
        return waiting

    def _refused(self, job: Job, exchange: Exchange, error: CallerError) -> JobState:
        """The access point refuses the request: it would refuse it again."""
        log.warning("request %s is refused: %s", exchange.message_id, error, extra=exchange.log_fields)
        is_first = exchange.state is State.PENDING
        with self._books.stores.database.writing() as connection:
            ended = self._books.jobs.finish(connection, job)
            event = Event.GATEWAY_REFUSED if is_first else Event.SENDING_FAILED
            self._give_up(connection, exchange, event, detail=str(error), reason=str(error))
        return ended

    def _away(self, job: Job, exchange: Exchange, error: OotsError) -> JobState:
        """The access point is away: try again, as long as somebody may wait for an answer."""
        log.warning("request %s cannot be sent now: %s", exchange.message_id, error, extra=exchange.log_fields)
        books = self._books
        with books.stores.database.writing() as connection:
            if books.now() - exchange.opened_at >= PATIENCE:
                state = books.jobs.finish(connection, job)
            else:
                state = books.jobs.retry(connection, job, str(error))
            if state is not JobState.WAITING:
                self._give_up(connection, exchange, Event.SENDING_FAILED, detail=str(error), reason=str(error))
        return state

    # --- step `watch` -------------------------------------------------------------------------------------------------

    def _watch(self, job: Job) -> JobState:
        prepared = self._books.exchanges.prepared(job.key)
        if prepared is None or prepared.exchange.state is not State.SENT:
            return self._nothing_to_do(job)
        exchange = prepared.exchange
        try:
            status = self._status(exchange.message_id)
        except StoreUnavailable:
            raise
        except NotFound:
            return self._send_again(job, exchange)
        except OotsError as error:
            log.warning(
                "cannot learn the state of request %s: %s", exchange.message_id, error, extra=exchange.log_fields
            )
            return self._later(job)
        match status.state:
            case "acknowledged":
                return self._nothing_to_do(job)
            case "failed":
                return self._failed(job, exchange, status.failure)
        return self._later(job)

    def _send_again(self, job: Job, exchange: Exchange) -> JobState:
        """The access point has lost the request: its database was put back to an earlier state."""
        log.warning(
            "the access point does not know request %s any more, and gets it again",
            exchange.message_id,
            extra=exchange.log_fields,
        )
        with self._books.stores.database.writing() as connection:
            begun = self._books.jobs.step(connection, job, _BEGIN)
        return self._begin(begun)

    def _failed(self, job: Job, exchange: Exchange, failure: SendingFailure | None) -> JobState:
        detail = None if failure is None else f"{failure.code}: {failure.detail}"
        # Only the code: the rest may be in the words of the peer.
        reason = f"the access point gave it up: {failure.code if failure else 'no reason given'}"
        log.warning("request %s is not delivered: %s", exchange.message_id, reason, extra=exchange.log_fields)
        with self._books.stores.database.writing() as connection:
            ended = self._books.jobs.finish(connection, job)
            self._give_up(connection, exchange, Event.SENDING_FAILED, detail=detail, reason=reason)
        return ended

    def _later(self, job: Job) -> JobState:
        with self._books.stores.database.writing() as connection:
            return self._look_later(connection, job)

    def _look_later(self, connection: Connection, job: Job) -> JobState:
        looks = job.data.get("looks", 0)
        pause = timedelta(seconds=PAUSES[min(looks, len(PAUSES) - 1)])
        until = self._books.stores.database.now(connection) + pause
        return self._books.jobs.postpone(connection, job, until, step=_WATCH, data={"looks": looks + 1})

    # ------------------------------------------------------------------------------------------------------------------

    def _give_up(
        self, connection: Connection, exchange: Exchange, event: Event, *, detail: str | None, reason: str
    ) -> None:
        """Say that the request is not delivered, unless an answer proves that it is."""
        books = self._books
        if books.exchanges.lock(connection, exchange.id).state.is_settled:
            return
        failure = Failure(code="undeliverable", detail=detail)
        books.exchanges.move(connection, exchange.id, event, now=books.now(), failure=failure)
        books.journal(connection).not_sent(exchange, reason)

    def _nothing_to_do(self, job: Job) -> JobState:
        """End a job: the request arrived, or its exchange needs no sending any more."""
        with self._books.stores.database.writing() as connection:
            return self._books.jobs.finish(connection, job)
