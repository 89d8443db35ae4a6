"""
Exchanges in the database: one method for each sentence we say about them.  What names a person is encrypted.

Each exchange has a data key for its request and for what was said about its failure.  The documents that came are in
`documents`.  Why an exchange moves on is decided elsewhere; that it may, by `states`.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final

from anyio import to_thread
from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, select, update

from evidence_requester.documents import Documents
from evidence_requester.exchange import Button, Exchange, Failure, OpenExchange, Prepared, Standing
from evidence_requester.states import Event, State, after
from evidence_requester.tables import EXCHANGE, UNSETTLED
from evidence_requester.waiting import Waiting
from oots.codes import EdmCode
from oots.ebms.messages import PartyId
from oots.edm.documents import read_request
from oots.errors import NotFound
from oots.journal.stores import Stores
from oots.net.gateway_api import Submission, submission_json
from oots.store.database import after_commit
from oots.store.sealed_columns import open_sealed, seal
from oots.store.secret_key import DataKey

BATCH: Final = 500
"""Exchanges that are forgotten in one transaction."""

_EDM_CODES: Final = {code.value: code for code in EdmCode}


class Exchanges:
    """The exchanges of one database.  Methods that take a connection belong to a transaction of their caller."""

    def __init__(self, stores: Stores, documents: Documents) -> None:
        self._stores = stores
        self._documents = documents
        self._waiting = Waiting()

    # --- looking ------------------------------------------------------------------------------------------------------

    def exchange(self, exchange_id: str) -> Exchange:
        """Give an exchange; raises `NotFound`."""
        with self._stores.database.reading() as connection:
            return Exchange(**self._fields(connection, _found(connection, exchange_id)))

    def ids(self) -> tuple[str, ...]:
        """Give the ids of all exchanges, oldest first."""
        with self._stores.database.reading() as connection:
            return tuple(connection.scalars(select(EXCHANGE.c.id).order_by(EXCHANGE.c.number)))

    def state(self, exchange_id: str) -> State:
        """Give the state of an exchange, which costs less than all of it; raises `NotFound`."""
        with self._stores.database.reading() as connection:
            return State(_found(connection, exchange_id).state)

    def count_by_state(self) -> Mapping[State, int]:
        """Count the exchanges in each state."""
        counted = select(EXCHANGE.c.state, func.count()).group_by(EXCHANGE.c.state)
        with self._stores.database.reading() as connection:
            found = {row[0]: row[1] for row in connection.execute(counted)}
        return {state: found.get(state.value, 0) for state in State}

    async def wait_until_answered(self, exchange_id: str, *, seconds: float) -> Exchange:
        """Give an exchange once nobody need wait for its answer, or as it is after `seconds`; raises `NotFound`."""
        await self._waiting.until(exchange_id, lambda: self.state(exchange_id).is_settled, seconds=seconds)
        return await to_thread.run_sync(self.exchange, exchange_id)

    async def let_go(self) -> None:
        """Answer all who wait for an exchange, as it is: the requester is about to stop."""
        self._waiting.let_go()

    def correlate(
        self, exchange_id: str | None, request_id: str | None = None, conversation_id: str | None = None
    ) -> Exchange | None:
        """
        Give the exchange that an answer belongs to: by ExchangeId, else by the request it repeats (flows.md 2.h).

        An answer that names neither is for the one exchange of its conversation that waits; line 1.2 has no better.
        It is an `OpenExchange` when an answer would still be one.
        """
        with self._stores.database.reading() as connection:
            rows = connection.execute(select(EXCHANGE).where(*_named(exchange_id, request_id, conversation_id))).all()
            if len(rows) != 1:
                return None
            row = rows[0]
            fields = self._fields(connection, row)
            if row.request is None:
                return Exchange(**fields)
            key = self._stores.keys.load(connection, _scope(row.id))
        return OpenExchange(**fields, request=read_request(_opened(key, row, "request")))

    def prepared(self, exchange_id: str) -> Prepared | None:
        """Give the request of an exchange as it is to be sent, or None when no answer to it would be one any more."""
        with self._stores.database.reading() as connection:
            row = _find(connection, exchange_id)
            if row is None or row.request is None:
                return None
            key = self._stores.keys.load(connection, _scope(row.id))
            return Prepared(
                exchange=Exchange(**self._fields(connection, row)),
                header=submission_json().validate_json(_opened(key, row, "header")),
                document=_opened(key, row, "request"),
            )

    def by_button(self, connection: Connection, journey_id: str, key: str) -> tuple[str, str] | None:
        """Give the id of the exchange that the same button opened before, and what was asked for then."""
        where = (EXCHANGE.c.journey_id == journey_id, EXCHANGE.c.idempotency_key == key)
        row = connection.execute(select(EXCHANGE.c.id, EXCHANGE.c.wish).where(*where)).one_or_none()
        return None if row is None else (row.id, row.wish)

    def unsettled(self, connection: Connection, *, journey_id: str | None = None) -> int:
        """Count the exchanges that wait for an answer, of one journey or of all."""
        of_journey = [] if journey_id is None else [EXCHANGE.c.journey_id == journey_id]
        counted = select(func.count()).select_from(EXCHANGE).where(UNSETTLED, *of_journey)
        return connection.scalars(counted).one()

    # --- changing -----------------------------------------------------------------------------------------------------

    def open(
        self,
        connection: Connection,
        exchange: OpenExchange,
        header: Submission,
        document: bytes,
        *,
        button: Button | None = None,
    ) -> None:
        """Keep a new exchange, with its request as it is to be sent."""
        key = self._stores.keys.create(connection, _scope(exchange.id), now=exchange.opened_at)
        row = {
            "id": exchange.id,
            "journey_id": exchange.conversation_id,
            "idempotency_key": button.key if button else None,
            "wish": button.wish if button else None,
            "request_id": exchange.request_id,
            "message_id": exchange.message_id,
            "access_point": exchange.access_point.value,
            "access_point_type": exchange.access_point.type,
            "procedure": exchange.procedure,
            "evidence_type": exchange.evidence_type,
            "specification": exchange.specification,
            "state": State.PENDING.value,
            "opened_at": exchange.opened_at,
            "header": _sealed(key, exchange.id, "header", submission_json().dump_json(header)),
            "request": _sealed(key, exchange.id, "request", document),
        }
        connection.execute(insert(EXCHANGE), row)

    def lock(self, connection: Connection, exchange_id: str) -> Standing:
        """Let nobody else move the exchange before the transaction is over; raises `NotFound`."""
        row = _locked(connection, exchange_id)
        since = row.settled_at or row.opened_at
        return Standing(state=State(row.state), since=since, is_over=row.ended_at is not None)

    def note_sent(self, connection: Connection, exchange_id: str, *, now: datetime) -> bytes | None:
        """Note that our access point has the request; gives it when that was not known before."""
        row = _locked(connection, exchange_id)
        if row.sent_at is not None or row.request is None:
            return None
        connection.execute(update(EXCHANGE).where(EXCHANGE.c.id == exchange_id).values(sent_at=now))
        return _opened(self._stores.keys.load(connection, _scope(exchange_id)), row, "request")

    def move(
        self,
        connection: Connection,
        exchange_id: str,
        event: Event,
        *,
        now: datetime,
        failure: Failure | None = None,
    ) -> None:
        """
        Take an exchange to the state after `event`; what was asked goes when an answer would not be one any more.

        Raises `NotFound`, and `CallerError` when the event cannot happen.
        """
        state = after(self.lock(connection, exchange_id).state, event)
        columns: dict[str, Any] = {"state": state.value, **self._of_failure(connection, exchange_id, failure)}
        if state.is_settled:
            columns["settled_at"] = now
        if not state.is_unanswered:
            columns |= {"header": None, "request": None}
        connection.execute(update(EXCHANGE).where(EXCHANGE.c.id == exchange_id).values(columns))
        after_commit(connection, partial(self._waiting.ring, exchange_id))

    def end(self, connection: Connection, exchange_id: str, *, now: datetime) -> None:
        """Erase what can still be read of an exchange that is in a final state."""
        connection.execute(update(EXCHANGE).where(EXCHANGE.c.id == exchange_id).values(detail=None, ended_at=now))
        self._stores.keys.erase(connection, _scope(exchange_id))

    def purge(self, connection: Connection, opened_before: datetime) -> int:
        """Forget some exchanges that are over; give how many, 0 at the end."""
        is_over = EXCHANGE.c.ended_at.is_not(None)
        old = select(EXCHANGE.c.number).where(is_over, EXCHANGE.c.opened_at < opened_before).limit(BATCH)
        numbers = connection.scalars(old).all()
        connection.execute(delete(EXCHANGE).where(EXCHANGE.c.number.in_(numbers)))
        return len(numbers)

    # ------------------------------------------------------------------------------------------------------------------

    def _fields(self, connection: Connection, row: Row[Any]) -> dict[str, Any]:
        same = ("id", "request_id", "message_id", "procedure", "evidence_type", "specification", "opened_at")
        return {name: getattr(row, name) for name in same} | {
            "conversation_id": row.journey_id,
            "access_point": PartyId(value=row.access_point, type=row.access_point_type),
            "state": State(row.state),
            "failure": self._failure(connection, row),
            "documents": self._documents.of(connection, row.id),
        }

    def _failure(self, connection: Connection, row: Row[Any]) -> Failure | None:
        if row.code is None:
            return None
        detail = None
        if row.detail is not None:
            detail = _opened(self._stores.keys.load(connection, _scope(row.id)), row, "detail").decode()
        return Failure(code=row.code, edm_code=_EDM_CODES.get(row.edm_code), detail=detail)

    def _of_failure(self, connection: Connection, exchange_id: str, failure: Failure | None) -> dict[str, Any]:
        if failure is None:
            return {"code": None, "edm_code": None, "detail": None}
        detail = None
        if failure.detail is not None:
            key = self._stores.keys.load(connection, _scope(exchange_id))
            detail = _sealed(key, exchange_id, "detail", failure.detail.encode())
        return {
            "code": failure.code,
            "edm_code": failure.edm_code.value if failure.edm_code else None,
            "detail": detail,
        }


def _scope(exchange_id: str) -> str:
    return f"exchange {exchange_id}"


def _named(
    exchange_id: str | None, request_id: str | None, conversation_id: str | None
) -> tuple[ColumnElement[bool], ...]:
    if exchange_id is not None:
        return (EXCHANGE.c.id == exchange_id,)
    if request_id is not None:
        return (EXCHANGE.c.request_id == request_id.casefold(),)
    return (EXCHANGE.c.journey_id == conversation_id, UNSETTLED)


def _find(connection: Connection, exchange_id: str) -> Row[Any] | None:
    return connection.execute(select(EXCHANGE).where(EXCHANGE.c.id == exchange_id)).one_or_none()


def _found(connection: Connection, exchange_id: str) -> Row[Any]:
    return _there(_find(connection, exchange_id))


def _locked(connection: Connection, exchange_id: str) -> Row[Any]:
    return _there(
        connection.execute(select(EXCHANGE).where(EXCHANGE.c.id == exchange_id).with_for_update()).one_or_none()
    )


def _there(row: Row[Any] | None) -> Row[Any]:
    if row is None:
        raise NotFound("there is no exchange with that identifier")
    return row


def _sealed(key: DataKey, exchange_id: str, column: str, content: bytes) -> bytes:
    return seal(key, content, table="exchange", row=exchange_id, column=column)


def _opened(key: DataKey, row: Row[Any], column: str) -> bytes:
    return open_sealed(key, getattr(row, column), table="exchange", row=row.id, column=column)
