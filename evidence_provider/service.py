"""
What a provider does: takes requests from its Access Point, has each answered, and sends the answer back, once.

A request is in the database and in the journal before anything interprets it, and only then acknowledged; what follows
is the job of `answering`.  Decisions are in `incoming`, `answer` and `matching`.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Final

from anyio import CancelScope, to_thread
from anyio.from_thread import BlockingPortal

from evidence_provider.answering import ANSWER, Answering
from evidence_provider.books import Books
from evidence_provider.cleaning import CLEAN, Cleaning
from evidence_provider.responding import Responder
from evidence_provider.settings import ProviderSettings
from evidence_provider.taking import Taking
from oots.codes import Action
from oots.ebms.messages import PartyId
from oots.errors import CallerError
from oots.journal.retention import Retention
from oots.journal.stores import Stores
from oots.net.collecting import collect
from oots.net.gateway_client import Delivery, GatewayClient
from oots.validation.message_rules import MessageRules
from oots.work import Backlog, Jobs, Worker

log = logging.getLogger(__name__)

MAX_REQUEST_BYTES: Final = 4 << 20


class Provider:
    """One evidence provider behind one Access Point; any number of processes may share its stores."""

    def __init__(
        self,
        settings: ProviderSettings,
        gateway: GatewayClient,
        stores: Stores,
        rules: MessageRules,
        *,
        access_point: PartyId,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
        retention: Retention,
    ) -> None:
        self.settings = settings
        self._gateway = gateway
        self._books = Books.of(stores, node=access_point.value, now=now)
        self.issued = self._books.issued
        self._taking = Taking(self._books)
        self._responder = Responder(settings, rules, access_point=access_point, now=now, new_id=new_id)
        self._cleaning = Cleaning(self._books, retention)
        self._worker: Worker | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Take requests and answer them while the context is open; on leaving, what is in hand is finished first."""
        await to_thread.run_sync(self._cleaning.schedule)
        collecting = CancelScope()
        work = asyncio.create_task(self._work(collecting))
        try:
            yield
        finally:
            collecting.cancel()
            await work

    def backlog(self) -> Backlog:
        """Count what there is to do."""
        with self._books.stores.database.reading() as connection:
            return self._books.jobs.backlog(connection)

    @property
    def jobs(self) -> Jobs:
        """What there is to do."""
        return self._books.jobs

    def is_working(self) -> bool:
        """Tell whether the threads that answer requests are there."""
        return self._worker is not None and self._worker.is_working()

    async def _work(self, collecting: CancelScope) -> None:
        # Tasks run in threads; whatever speaks to the access point runs in this event loop.
        async with BlockingPortal() as portal:
            answering = Answering(self._books, self._responder, partial(portal.call, self._gateway.submit))
            self._worker = worker = Worker(self._books.jobs, {ANSWER: answering, CLEAN: self._cleaning})
            worker.start()
            with collecting:
                await collect(self._gateway, [Action.REQUEST.value], self._take)
            if not await to_thread.run_sync(worker.stop):
                log.warning("the provider stops before everything in hand was finished: that is done after a start")
            await portal.stop(cancel_remaining=True)

    async def _take(self, delivery: Delivery) -> None:
        # A message that comes again, because its acknowledgement got lost, is only acknowledged again.
        if not await to_thread.run_sync(self._books.requests.is_known, delivery.message_id):
            await self._fetch(delivery)
        await self._gateway.acknowledge(delivery.message_id)

    async def _fetch(self, delivery: Delivery) -> None:
        try:
            payload = await self._gateway.payload(delivery.message_id, 0, max_bytes=MAX_REQUEST_BYTES)
        except CallerError as error:
            await to_thread.run_sync(self._taking.keep_unreadable, delivery, str(error))
        else:
            await to_thread.run_sync(self._taking.keep, delivery, payload)
