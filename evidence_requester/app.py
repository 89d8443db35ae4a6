"""
Builds the requester's ASGI application, by hand and top to bottom.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager, closing
from datetime import datetime
from typing import Final

from fastapi import FastAPI

from evidence_requester import api
from evidence_requester.asking import wish_json
from evidence_requester.documents import document_json
from evidence_requester.exchanges import Exchanges
from evidence_requester.journeys import person_json
from evidence_requester.problems import answer_problems
from evidence_requester.service import Requester
from evidence_requester.settings import RequesterSettings
from evidence_requester.tables import DATA_KEY, EVENTS
from oots import __version__
from oots.health import Figure, Vitals
from oots.journal.events import Component, Record
from oots.journal.retention import Retention
from oots.journal.stores import open_stores
from oots.net.gateway_api import prepare_json
from oots.net.gateway_client import GatewayClient
from oots.store.durability import Durability
from oots.store.sealed_file import new_spooled
from oots.validation.message_rules import MessageRules

MAX_BODY_BYTES: Final = 256 << 10
"""Of what a portal sends: it is read before anybody looks at the token.  A request has about 2 kB."""

SHORTEST: Final = Retention()
"""What the law asks for, and no more."""


def create_app(
    settings: RequesterSettings,
    *,
    durability: Durability,
    rules: MessageRules,
    record: Record,
    now: Callable[[], datetime],
    new_id: Callable[[], str],
    retention: Retention = SHORTEST,
) -> FastAPI:
    """
    Give the application; while it runs, it sends requests and collects answers from its Access Point.

    `record` is told of events once they are committed, from several threads.  The database is opened at once, and
    closed when the application has ended.  Raises `OperatorError` when it has another schema, or cannot be opened.
    """
    for prepare in (prepare_json, wish_json, person_json, document_json):
        prepare()
    vitals = Vitals(Component.REQUESTER)
    stores = open_stores(
        durability,
        "evidence_requester",
        data_key=DATA_KEY,
        events=EVENTS,
        outside=vitals.counting(record),
        now=now,
    )
    gateway = GatewayClient(
        settings.gateway_url, settings.gateway_token, new_spooled=new_spooled(settings.spool_folder)
    )
    requester = Requester(settings, gateway, stores, rules, now=now, new_id=new_id, retention=retention)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        with closing(stores):
            async with aclosing(gateway), requester.running():
                yield

    app = FastAPI(title="oots evidence requester", version=__version__, lifespan=lifespan, max_body_size=MAX_BODY_BYTES)
    app.state.requester = requester
    app.include_router(api.router)
    answer_problems(app)

    vitals.watch_stores(stores, durability)
    vitals.watch_jobs(requester.jobs, requester.is_working)
    vitals.watch_gateway(settings.gateway_url)
    vitals.watch_rules(rules.workers)
    vitals.ask("exchanges", lambda: by_state(requester.exchanges))
    vitals.mount(app)
    return app


def by_state(exchanges: Exchanges) -> Sequence[Figure]:
    """Give how many exchanges are in each state."""
    counted = exchanges.count_by_state().items()
    return [Figure(name="oots_exchanges", label=state.value, value=count) for state, count in counted]
