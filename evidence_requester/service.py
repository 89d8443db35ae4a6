"""
What a requester does: opens journeys, asks, takes the answers from its Access Point, hands documents over.

Whatever is promised is in the database first; what follows is done by jobs: `sending`, `judging`, `expiring`,
`cleaning`.  Decisions are in `request`, `answer` and `states`; HTTP towards the portal is in `api`.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Final

from anyio import CancelScope, to_thread
from anyio.from_thread import BlockingPortal

from evidence_requester.asking import Asking
from evidence_requester.books import Books
from evidence_requester.cleaning import CLEAN, Cleaning
from evidence_requester.exchange import Exchange, Journey, ReceivedDocument, Wish
from evidence_requester.expiring import END_JOURNEY, EXPIRE, EndingJourneys, Expiring
from evidence_requester.handover import Handover
from evidence_requester.judging import JUDGE, Judging
from evidence_requester.sending import SEND, Sending
from evidence_requester.settings import RequesterSettings
from evidence_requester.taking import Taking
from oots.codes import Action
from oots.edm.model import NaturalPerson
from oots.errors import CallerError
from oots.journal.retention import Retention
from oots.journal.stores import Stores
from oots.net.collecting import collect
from oots.net.gateway_client import Delivery, GatewayClient
from oots.spooled import Spooled
from oots.validation.message_rules import MessageRules
from oots.work import Backlog, Jobs, Task, Worker

log = logging.getLogger(__name__)

ANSWERS: Final = (Action.RESPONSE.value, Action.EXCEPTION.value)
MAX_REGREP_BYTES: Final = 4 << 20
"""Of an answer's leading document; the evidence is not in it."""


class Requester:
    """One evidence requester behind one Access Point; any number of processes may share its stores."""

    def __init__(
        self,
        settings: RequesterSettings,
        gateway: GatewayClient,
        stores: Stores,
        rules: MessageRules,
        *,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
        retention: Retention,
    ) -> None:
        self.settings = settings
        self._gateway = gateway
        self._rules = rules
        self._books = Books.of(stores, node=settings.access_point.value, now=now)
        self.journeys = self._books.journeys
        self.exchanges = self._books.exchanges
        self._asking = Asking(self._books, settings, rules, new_id=new_id, held_for=retention.evidence)
        self._taking = Taking(self._books)
        self._handover = Handover(self._books)
        self._expiring = Expiring(self._books, retention.evidence)
        self._cleaning = Cleaning(self._books, retention)
        self._worker: Worker | None = None

    # --- for the portal -----------------------------------------------------------------------------------------------

    async def open_journey(self, procedure: str, subject: NaturalPerson) -> Journey:
        """Begin a journey of one authenticated person through one procedure; raises `RequestingDisabled`."""
        return await to_thread.run_sync(self._asking.open_journey, procedure, subject)

    async def ask(self, journey_id: str, wish: Wish, *, idempotency_key: str | None = None) -> Exchange:
        """
        Have the evidence request sent of a person who explicitly asked for it; the same key gives the same exchange.

        Raises what `Asking.ask` raises; whatever goes wrong later is told by the exchange.
        """
        return await to_thread.run_sync(partial(self._asking.ask, journey_id, wish, idempotency_key=idempotency_key))

    async def document(self, exchange_id: str, number: int) -> tuple[ReceivedDocument, Spooled]:
        """Give a document of an exchange; raises `NotFound`, also after it was acknowledged."""
        return await to_thread.run_sync(self._books.documents.open, exchange_id, number)

    async def acknowledge(self, exchange_id: str) -> Exchange:
        """Note that the procedure has the documents, and erase ours; raises `NotFound`, `CallerError`."""
        return await to_thread.run_sync(self._handover.acknowledge, exchange_id)

    # --- for whoever looks after it -----------------------------------------------------------------------------------

    def backlog(self) -> Backlog:
        """Count what there is to do."""
        with self._books.stores.database.reading() as connection:
            return self._books.jobs.backlog(connection)

    @property
    def jobs(self) -> Jobs:
        """What there is to do."""
        return self._books.jobs

    def is_working(self) -> bool:
        """Tell whether the threads that do the jobs are there."""
        return self._worker is not None and self._worker.is_working()

    # --- what it does by itself ---------------------------------------------------------------------------------------

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Send requests and take answers while the context is open; on leaving, what is in hand is finished first."""
        await to_thread.run_sync(self._cleaning.schedule)
        collecting = CancelScope()
        work = asyncio.create_task(self._work(collecting))
        try:
            yield
        finally:
            collecting.cancel()
            await work

    async def _work(self, collecting: CancelScope) -> None:
        # Tasks run in threads; whatever speaks to the access point runs in this event loop.
        async with BlockingPortal() as portal:
            self._worker = worker = Worker(self._books.jobs, self._tasks(portal))
            worker.start()
            with collecting:
                await collect(self._gateway, ANSWERS, self._take)
            if not await to_thread.run_sync(worker.stop):
                log.warning("the requester stops before everything in hand was finished: that is done after a start")
            await portal.stop(cancel_remaining=True)

    def _tasks(self, portal: BlockingPortal) -> Mapping[str, Task]:
        submit, status = partial(portal.call, self._gateway.submit), partial(portal.call, self._gateway.status)
        return {
            SEND: Sending(self._books, submit, status),
            JUDGE: Judging(self._books, self._rules),
            EXPIRE: self._expiring,
            END_JOURNEY: EndingJourneys(self._books),
            CLEAN: self._cleaning,
        }

    async def _take(self, delivery: Delivery) -> None:
        # A message that comes again, because its acknowledgement got lost, is only acknowledged again.
        if not await to_thread.run_sync(self._books.answers.is_known, delivery.message_id):
            await self._fetch(delivery)
        await self._gateway.acknowledge(delivery.message_id)

    async def _fetch(self, delivery: Delivery) -> None:
        try:
            leading = await self._gateway.payload(delivery.message_id, 0, max_bytes=MAX_REGREP_BYTES)
        except CallerError as error:
            await to_thread.run_sync(self._taking.keep_unreadable, delivery, str(error))
            return
        payloads, missing = await self._fetch_payloads(delivery)
        document = await to_thread.run_sync(leading.read)
        try:
            await to_thread.run_sync(self._taking.keep, delivery, document, payloads, missing)
        finally:
            for content in (leading, *payloads.values()):
                content.close()

    async def _fetch_payloads(self, delivery: Delivery) -> tuple[dict[int, Spooled], dict[int, str]]:
        """Fetch all parts but the first, and say why some cannot be had."""
        payloads: dict[int, Spooled] = {}
        missing: dict[int, str] = {}
        for number in range(1, len(delivery.parts)):
            try:
                payloads[number] = await self._gateway.payload(
                    delivery.message_id, number, max_bytes=self.settings.max_document_bytes
                )
            except CallerError as error:
                missing[number] = str(error)
        return payloads, missing
