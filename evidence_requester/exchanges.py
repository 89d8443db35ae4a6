"""
The store of journeys and exchanges: one method for each sentence we say about it.  In memory, until it has a database.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from evidence_requester.exchange import Exchange, Journey
from evidence_requester.states import Event, State, after
from oots.errors import CallerError, NotFound


class Exchanges:
    """Used from one event loop: every method runs without a break, which makes it one transaction."""

    def __init__(self, *, max_exchanges: int) -> None:
        self._journeys: dict[str, Journey] = {}
        self._exchanges: dict[str, Exchange] = {}
        self._by_request_id: dict[str, str] = {}
        self._changed = asyncio.Condition()
        self._nobody_waits = False
        self._max_exchanges = max_exchanges

    def open_journey(self, journey: Journey) -> None:
        """Remember a journey."""
        if len(self._journeys) >= self._max_exchanges:
            raise CallerError("too many journeys are open")
        self._journeys[journey.id] = journey

    def journey(self, journey_id: str) -> Journey:
        """Give a journey; raises `NotFound`."""
        try:
            return self._journeys[journey_id]
        except KeyError:
            raise NotFound("there is no journey with that identifier") from None

    def open(self, exchange: Exchange) -> None:
        """Remember a new exchange."""
        if len(self._exchanges) >= self._max_exchanges:
            raise CallerError("too many exchanges are kept")
        self._exchanges[exchange.id] = exchange
        self._by_request_id[exchange.request.id.casefold()] = exchange.id

    def exchange(self, exchange_id: str) -> Exchange:
        """Give an exchange; raises `NotFound`."""
        try:
            return self._exchanges[exchange_id]
        except KeyError:
            raise NotFound("there is no exchange with that identifier") from None

    def ids(self) -> tuple[str, ...]:
        """Give the ids of all exchanges, oldest first."""
        return tuple(self._exchanges)

    def correlate(self, exchange_id: str | None, request_id: str | None) -> Exchange | None:
        """Give the exchange that an answer belongs to: by ExchangeId, else by the request it repeats (flows.md 2.h)."""
        if exchange_id is not None:
            return self._exchanges.get(exchange_id)
        found = self._by_request_id.get((request_id or "").casefold())
        return None if found is None else self._exchanges[found]

    async def move(
        self, exchange_id: str, event: Event, change: Callable[[Exchange], Exchange] = lambda exchange: exchange
    ) -> Exchange:
        """Take an exchange to the state after `event`, with `change` made to it, and wake who waits for it."""
        exchange = self.exchange(exchange_id)
        moved = replace(change(exchange), state=after(exchange.state, event))
        self._exchanges[exchange_id] = moved
        async with self._changed:
            self._changed.notify_all()
        return moved

    async def waiting(self) -> tuple[Exchange, ...]:
        """Give the exchanges whose request is on its way."""
        return tuple(exchange for exchange in self._exchanges.values() if exchange.state is State.SENT)

    async def wait_until_answered(self, exchange_id: str, *, seconds: float) -> Exchange:
        """Give the exchange as soon as the provider answered, or as it is after `seconds`."""

        def is_answered() -> bool:
            return self._nobody_waits or self.exchange(exchange_id).state not in {State.PENDING, State.SENT}

        self.exchange(exchange_id)
        try:
            async with asyncio.timeout(seconds), self._changed:
                await self._changed.wait_for(is_answered)
        except TimeoutError:
            pass
        return self.exchange(exchange_id)

    async def let_go(self) -> None:
        """Answer all who wait for an exchange, as it is: the requester is about to stop."""
        self._nobody_waits = True
        async with self._changed:
            self._changed.notify_all()
