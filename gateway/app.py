"""
One access point, put together by hand: mailbox, receiver, sender, and its two doors.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from gateway.backend_app import BackendDoor
from gateway.bell import Bell
from gateway.journal import Journal
from gateway.mailbox import Mailbox
from gateway.opening import opened
from gateway.peer_app import create_peer_app
from gateway.receiver import Receiver
from gateway.sender import Sender
from gateway.settings import Settings
from gateway.submission import Submissions
from oots.journal.events import Record
from oots.net.client import PeerClient
from oots.net.server import Bound, running
from oots.net.tls import client_context, server_context
from oots.store.sealed_file import new_spooled


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """Where a running gateway is reached."""

    peers: Bound
    backends: Bound


@asynccontextmanager
async def serving(
    settings: Settings, *, now: Callable[[], datetime], new_id: Callable[[], str], record: Record
) -> AsyncIterator[Serving]:
    """
    Run an access point while the context is open.

    `new_id` gives random text of letters, digits and `-`; `record` is called from several threads.  On leaving, posts
    and requests in hand come to their end.  Raises `OperatorError` for keys, ports and a database that cannot be used.
    """
    async with (
        opened(settings, now=now, record=record) as (mailbox, journal),
        _doors(settings, mailbox, journal, now=now, new_id=new_id) as doors,
    ):
        yield doors


@asynccontextmanager
async def _doors(
    settings: Settings, mailbox: Mailbox, journal: Journal, *, now: Callable[[], datetime], new_id: Callable[[], str]
) -> AsyncIterator[Serving]:
    spooled = new_spooled(settings.spool_folder, memory_bytes=settings.memory_bytes)
    due, arrived = Bell(), Bell()

    receiver = Receiver(settings, mailbox, journal, now=now, new_id=new_id, new_spooled=spooled)
    peer_app = create_peer_app(receiver, settings, new_spooled=spooled, arrived=arrived)

    submissions = Submissions(settings, mailbox, now=now, new_id=new_id, new_spooled=spooled)
    backend_door = BackendDoor(settings, mailbox, submissions, now=now, new_spooled=spooled, due=due, arrived=arrived)

    tls = server_context(settings.tls, trusted=settings.tls_trusted)
    async with (
        running(peer_app, host=settings.peer_listener.host, port=settings.peer_listener.port, tls=tls) as peers,
        running(
            backend_door.create_app(), host=settings.backend_listener.host, port=settings.backend_listener.port
        ) as backends,
        # Closed before the doors: a peer that stops at the same time would wait for connections that we keep open.
        aclosing(PeerClient(client_context(settings.tls, trusted=settings.tls_trusted))) as client,
        Sender(settings, mailbox, client, bell=due, now=now).running(),
    ):
        try:
            yield Serving(peers=peers, backends=backends)
        finally:
            # Back ends that wait for deliveries are let go first: nothing new comes in for them.
            arrived.close()
