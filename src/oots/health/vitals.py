"""
`Vitals`: the checks and numbers of one service, and the three routes at which they are seen.

The routes need no token, since probes have none.  They belong on listeners of this machine only, never on the one for
peers; nothing in their answers names a person, a message or a secret.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus

from cryptography import x509
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from oots.health import checks, sources
from oots.health.event_counts import EventCounts
from oots.health.figures import Ask, Figure, Figures
from oots.health.readiness import OK, STOPPING, Check, Readiness
from oots.journal.events import Component, Event, Record
from oots.journal.stores import Stores
from oots.store.durability import Durability
from oots.validation.schematron.pool import WorkerPool
from oots.work import Jobs

_FOR_NOBODY_TO_KEEP = {"Cache-Control": "no-store"}


class Vitals:
    """Made before anything else of a service, told of its parts as they come, and mounted at last."""

    def __init__(self, component: Component | None) -> None:
        """`component` says whose events are counted; it is missing for a service without a journal."""
        self._events = EventCounts(component)
        self._figures = Figures()
        self._readiness = Readiness()
        # Several services may run in one process: each has its own.
        self.registry = CollectorRegistry()
        for collector in (self._events, self._figures):
            self.registry.register(collector)
        ProcessCollector(registry=self.registry)
        self.ask("clock", sources.clock_source())

    # --- what there is to look at -------------------------------------------------------------------------------------

    def counting(self, record: Record) -> Record:
        """Give what counts an event, and then tells `record` of it."""

        def counted(event: Event) -> None:
            self._events.record(event)
            record(event)

        return counted

    def check(self, check: Check) -> None:
        """Look at this when somebody asks whether the service is ready."""
        self._readiness.add(check)

    def ask(self, source: str, ask: Ask) -> None:
        """Ask this, in a thread, when somebody wants numbers."""
        self._figures.add(source, ask)

    def watch_stores(self, stores: Stores, durability: Durability) -> None:
        """Look at the database, the payloads and the keys of the service."""
        self.check(checks.database_check(stores.database, stores.events.tables))
        self.check(checks.folder_check(durability.blob_folder))
        self.check(checks.keys_check(durability.keys))
        self.ask("database", sources.database_source(stores.database))
        self.ask("payloads", sources.payloads_source(durability.blob_folder))

    def watch_jobs(self, jobs: Jobs, is_working: Callable[[], bool]) -> None:
        """Look at the jobs of the service, and whether somebody does them in this process."""
        self.check(checks.worker_check(is_working))
        self.check(checks.jobs_check(jobs))
        self.ask("jobs", sources.jobs_source(jobs))

    def watch_gateway(self, base_url: str) -> None:
        """Look at the access point that the service sends and collects by."""
        self.check(checks.gateway_check(base_url))

    def watch_rules(self, workers: WorkerPool) -> None:
        """Look at the workers that check documents by the rules."""
        self.check(checks.rules_check(workers))

    def watch_certificates(
        self, certificates: Callable[[], Mapping[str, x509.Certificate]], now: Callable[[], datetime]
    ) -> None:
        """Tell how long the certificates that are in use last, by names of our own for them."""
        self.ask("certificates", sources.certificates_source(certificates, now))

    def stop(self) -> None:
        """Answer from now on that the service is not ready: it is about to end."""
        self._readiness.stop()

    # --- where it is seen ---------------------------------------------------------------------------------------------

    def mount(self, app: Starlette) -> None:
        """Add the routes `/health/live`, `/health/ready` and `/metrics`."""
        for path, route in (
            ("/health/live", _live),
            ("/health/ready", self._ready),
            ("/metrics", self._metrics),
        ):
            app.add_route(path, route, methods=["GET"], include_in_schema=False)

    async def _ready(self, _: Request) -> Response:
        found = await self._readiness.look()
        ready = all(outcome == OK for outcome in found.values())
        status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
        return JSONResponse({"ready": ready, "checks": dict(found)}, status, _FOR_NOBODY_TO_KEEP)

    async def _metrics(self, _: Request) -> Response:
        found = await self._readiness.look()
        passed = (
            Figure(name="oots_check_ok", label=name, value=float(outcome == OK))
            for name, outcome in found.items()
            if name != STOPPING
        )
        await self._figures.ask(*passed)
        return Response(
            generate_latest(self.registry), headers=_FOR_NOBODY_TO_KEEP, media_type=CONTENT_TYPE_PLAIN_0_0_4
        )


async def _live(_: Request) -> Response:
    """Say that the event loop turns.  Nothing is looked at: who restarts us for a slow disk makes it worse."""
    return JSONResponse({"status": "live"}, headers=_FOR_NOBODY_TO_KEEP)
