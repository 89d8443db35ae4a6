"""
One access point, put together by hand: mailbox, receiver, sender, and its two doors.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from starlette.types import ASGIApp

from gateway import stored
from gateway.backend_app import BackendDoor
from gateway.journal import Journal
from gateway.mailbox import Mailbox
from gateway.opening import opened
from gateway.peer_app import create_peer_app
from gateway.receiver import Receiver
from gateway.sender import Sender
from gateway.settings import Settings
from gateway.submission import Submissions
from gateway.trust import Trust, TrustInUse
from oots.health import Vitals
from oots.journal.events import Component, Record
from oots.net import gateway_api
from oots.net.behind_proxy import BehindProxy
from oots.net.client import PeerClient
from oots.net.server import Bound, running
from oots.net.tls import TlsIdentity
from oots.store.sealed_file import new_spooled
from oots.work.loop_bell import Bell


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """Where a running gateway is reached."""

    peers: Bound
    backends: Bound
    trust: Callable[[TlsIdentity, Sequence[x509.Certificate]], Awaitable[None]]
    """Lets another certificate of ours, and others that we trust, count for new connections (`TrustInUse.replace`)."""


@asynccontextmanager
async def serving(
    settings: Settings, *, now: Callable[[], datetime], new_id: Callable[[], str], record: Record
) -> AsyncIterator[Serving]:
    """
    Run an access point while the context is open.

    `new_id` gives random text of letters, digits and `-`; `record` is called from several threads.  On leaving, posts
    and requests in hand come to their end.  Raises `OperatorError` for keys, ports and a database that cannot be used.
    """
    stored.prepare_json()
    gateway_api.prepare_json()
    vitals = Vitals(Component.GATEWAY)
    async with (
        opened(settings, now=now, record=vitals.counting(record), vitals=vitals) as (mailbox, journal),
        _doors(settings, mailbox, journal, vitals, now=now, new_id=new_id) as doors,
    ):
        yield doors


@asynccontextmanager
async def _doors(
    settings: Settings,
    mailbox: Mailbox,
    journal: Journal,
    vitals: Vitals,
    *,
    now: Callable[[], datetime],
    new_id: Callable[[], str],
) -> AsyncIterator[Serving]:
    trust = Trust.of(settings.tls, settings.tls_trusted)
    spooled = new_spooled(settings.spool_folder, memory_bytes=settings.memory_bytes)
    due, arrived = Bell(), Bell()

    receiver = Receiver(settings, mailbox.inbox, journal, now=now, new_id=new_id, new_spooled=spooled)
    peer_app = create_peer_app(receiver, settings, new_spooled=spooled, arrived=arrived)

    submissions = Submissions(settings, mailbox.outbox, now=now, new_id=new_id, new_spooled=spooled)
    backend_door = BackendDoor(settings, mailbox, submissions, now=now, new_spooled=spooled, due=due, arrived=arrived)
    backend_app = backend_door.create_app()
    vitals.mount(backend_app)

    client = PeerClient(trust.client)
    trusting = TrustInUse(trust, client)
    vitals.watch_certificates(
        lambda: {"message": settings.keyring.own.certificate, "tls": trusting.now.certificate}, now
    )
    async with (
        _peer_door(peer_app, settings, trusting, now) as peers,
        running(backend_app, host=settings.backend_listener.host, port=settings.backend_listener.port) as backends,
        # Closed before the doors: a peer that stops at the same time would wait for connections that we keep open.
        aclosing(client),
        Sender(settings, mailbox.outbox, client, bell=due, now=now).running(),
    ):
        try:
            yield Serving(peers=peers, backends=backends, trust=trusting.replace)
        finally:
            vitals.stop()
            # Back ends that wait for deliveries are let go first: nothing new comes in for them.
            arrived.close()


def _peer_door(
    app: ASGIApp, settings: Settings, trust: TrustInUse, now: Callable[[], datetime]
) -> AbstractAsyncContextManager[Bound]:
    host, port = settings.peer_listener.host, settings.peer_listener.port
    if settings.proxy is None:
        return running(app, host=host, port=port, tls=lambda: trust.now.server)
    behind = BehindProxy(app, settings.proxy, clients=lambda: trust.now.clients, now=now)
    return running(behind, host=host, port=port)
