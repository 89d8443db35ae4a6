"""
Asking: a journey, or an exchange with its request and the job that sends it, is in the database, or nothing is.

Everything is decided before the transaction; what goes out is what was kept.
"""

import hashlib
import logging
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Final

from pydantic import TypeAdapter
from sqlalchemy import Connection

from evidence_requester.books import Books
from evidence_requester.errors import Conflict, RequestingDisabled
from evidence_requester.exchange import Button, Exchange, Journey, OpenExchange, Wish
from evidence_requester.expiring import END_JOURNEY, EXPIRE, LONGEST_JOURNEY
from evidence_requester.request import open_exchange, submission
from evidence_requester.sending import SEND
from evidence_requester.settings import RequesterSettings
from oots.codes import SYSTEM_CHECK
from oots.edm.documents import read_request, write
from oots.edm.model import NaturalPerson
from oots.errors import CallerError, InvalidRequest
from oots.net.gateway_api import Submission
from oots.net.headers import submitted_header
from oots.validation.message_rules import MAX_NAMED, MessageRules, fatal_ones, rules_of

log = logging.getLogger(__name__)


class Asking:
    """Opens journeys and exchanges; threads may share it."""

    def __init__(
        self,
        books: Books,
        settings: RequesterSettings,
        rules: MessageRules,
        *,
        new_id: Callable[[], str],
        held_for: timedelta,
    ) -> None:
        """`held_for` is how long an exchange may wait for anything."""
        self._books = books
        self._rules = rules
        self._settings = settings
        self._new_id = new_id
        self._held_for = held_for
        self._message_id_domain: Final = settings.access_point.value.lower().replace("_", "-")

    def open_journey(self, procedure: str, subject: NaturalPerson) -> Journey:
        """Begin a journey of one authenticated person through one procedure; raises `RequestingDisabled`."""
        self._must_be_enabled(procedure)
        books = self._books
        journey = Journey(id=self._new_id(), procedure=procedure, subject=subject)
        with books.stores.database.writing() as connection:
            if books.journeys.in_hand(connection) >= self._settings.max_exchanges:
                raise CallerError("too many journeys are open")
            books.journeys.open(connection, journey, now=books.now())
            over_at = books.stores.database.now(connection) + LONGEST_JOURNEY
            books.jobs.enqueue(connection, END_JOURNEY, journey.id, run_at=over_at)
        return journey

    def ask(self, journey_id: str, wish: Wish, *, idempotency_key: str | None = None) -> Exchange:
        """
        Open the exchange of a person who explicitly asked for something, and have its request sent.

        The same key gives the same exchange again.  Raises `Conflict` when it was used for something else, and when the
        journey is over; `NotFound`, `CallerError` when the request cannot be built or breaks a rule,
        `NotChecked` when the rules gave no verdict, `RequestingDisabled`.
        """
        button = None if idempotency_key is None else Button(key=_sha256(idempotency_key.encode()), wish=_digest(wish))
        with self._books.stores.database.reading() as connection:
            before = self._opened_before(connection, journey_id, button)
        exchange_id = before or self._open(self._books.journeys.journey(journey_id), wish, button)
        return self._books.exchanges.exchange(exchange_id)

    def _open(self, journey: Journey, wish: Wish, button: Button | None) -> str:
        self._must_be_enabled(journey.procedure)
        exchange = self._exchange(journey, wish)
        header = submission(exchange, content_id=f"regrep-{self._new_id()}@requester")
        document = self._checked_bytes(exchange, header)

        books = self._books
        with books.stores.database.writing() as connection:
            books.journeys.lock(connection, journey.id)
            before = self._opened_before(connection, journey.id, button)
            if before is not None:
                return before
            if books.exchanges.unsettled(connection) >= self._settings.max_exchanges:
                raise CallerError("too many exchanges wait for their answers")
            books.exchanges.open(connection, exchange, header, document, button=button)
            books.journal(connection).asked(exchange)
            books.jobs.enqueue(connection, SEND, exchange.id)
            over_at = books.stores.database.now(connection) + self._held_for
            books.jobs.enqueue(connection, EXPIRE, exchange.id, run_at=over_at)
        return exchange.id

    def _exchange(self, journey: Journey, wish: Wish) -> OpenExchange:
        return open_exchange(
            journey,
            wish,
            requester=self._settings.agent,
            request_id=self._new_id(),
            exchange_id=self._new_id(),
            message_id=f"{self._new_id()}@{self._message_id_domain}",
            now=self._books.now(),
        )

    def _checked_bytes(self, exchange: OpenExchange, header: Submission) -> bytes:
        # What we send is valid, or it is not sent: a breach is a fault of ours, or of what the portal gave us.
        document = write(exchange.request)
        message = submitted_header(header, sender=self._settings.access_point, at=self._books.now())
        of_header = self._rules.of_header(message, exchange.specification)
        fatal = fatal_ones(of_header + self._rules.of_document(document))
        if fatal:
            broken = ", ".join(rules_of(fatal))
            log.warning("request %s breaks rules: %s", exchange.message_id, broken, extra=exchange.log_fields)
            said = (f"{item.rule}: {item.location}: {item.message}" for item in fatal[:MAX_NAMED])
            raise CallerError("; ".join(said))
        try:
            read_request(document)
        except InvalidRequest as error:
            raise CallerError("; ".join((*error.rules, error.detail))) from error
        return document

    def _opened_before(self, connection: Connection, journey_id: str, button: Button | None) -> str | None:
        found = button and self._books.exchanges.by_button(connection, journey_id, button.key)
        if not button or not found:
            return None
        exchange_id, wish = found
        if wish != button.wish:
            raise Conflict("the Idempotency-Key was used in this journey before, for another request")
        return exchange_id

    def _must_be_enabled(self, procedure: str) -> None:
        if not self._settings.requesting_enabled and procedure != SYSTEM_CHECK:
            raise RequestingDisabled(
                "this node does not send requests for people yet: its operator has not set requesting_enabled; "
                f"only procedure {SYSTEM_CHECK} passes"
            )


@cache
def wish_json() -> TypeAdapter[Wish]:
    """Give the writer of a wish, for its digest."""
    return TypeAdapter(Wish)


def _digest(wish: Wish) -> str:
    return _sha256(wish_json().dump_json(wish))


def _sha256(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()
