"""
Taking connections from a listening socket: how many, and under which TLS context.  What is said on them is not known.

asyncio's own servers keep one context for ever, and do not count who has not finished TLS yet.
"""

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final

from oots.net.http_protocol import BoundedHttpProtocol
from oots.net.room import Place, Room, source_of

MAX_CONNECTIONS: Final = 384
"""Open at once, those included that have not finished TLS: more than the requests that are served, for idle ones."""

MAX_CONNECTIONS_OF_SOURCE: Final = 128
"""From one address; several access points may share one."""

HANDSHAKE_SECONDS: Final = 10.0
"""From the start of a connection until TLS stands."""

GOODBYE_SECONDS: Final = 1.0
"""How long a client may take to answer the end of TLS: one that keeps an idle connection in a pool never does."""

_PAUSE_SECONDS: Final = 1.0
"""After the system had no room for another connection."""

log = logging.getLogger(__name__)


Connect = Callable[[Callable[[], None], Callable[[], bool]], BoundedHttpProtocol]
"""Makes what speaks on a connection: from what to call when a request has come, and what to ask with each request: may
another one follow?"""


class Acceptor:
    """Takes the connections of one server, and knows them until they end."""

    def __init__(self, connect: Connect, tls: Callable[[], ssl.SSLContext] | None) -> None:
        """Take `tls` as what gives the context that counts now."""
        self._connect = connect
        self._tls = tls
        # Without TLS all clients are on this machine, and have one address.
        of_source = MAX_CONNECTIONS if tls is None else MAX_CONNECTIONS_OF_SOURCE
        self._room = Room(places=MAX_CONNECTIONS, places_of_source=of_source)
        self._connections: set[asyncio.Task[None]] = set()
        self._listeners: list[socket.socket] = []
        self._pause: asyncio.TimerHandle | None = None

    def listen(self, listener: socket.socket) -> None:
        """Begin to take connections."""
        listener.setblocking(False)
        self._listeners.append(listener)
        asyncio.get_running_loop().add_reader(listener, self._accept, listener)

    def stop(self) -> None:
        """Take no further connections, and end those on which nothing has been asked yet."""
        self._stop_listening()
        self._room.empty(only_silent=True)

    async def close(self) -> None:
        """End all connections."""
        self._room.empty(only_silent=False)
        if self._connections:
            # TLS that is not read from, because a body was not wanted, would not notice.
            _, late = await asyncio.wait(self._connections, timeout=2 * GOODBYE_SECONDS)
            for serving in late:
                serving.cancel()

    def _accept(self, listener: socket.socket) -> None:
        # One at a time: a flood must not keep the loop to itself.
        try:
            connection, (host, *_) = listener.accept()
        except (BlockingIOError, ConnectionError):
            return
        except OSError as error:
            log.error("no connection can be taken: %s", error)
            self._rest()
            return
        connection.setblocking(False)
        source = source_of(host)
        if not self._room.has_place_for(source):
            connection.close()
            return
        self._admit(connection, source)

    def _admit(self, connection: socket.socket, source: str) -> None:
        def forget(serving: asyncio.Task[None]) -> None:
            self._room.leave(place)
            self._connections.discard(serving)

        place = Place(source=source, put_out=partial(_hang_up, connection))
        serving = asyncio.create_task(self._serve(connection, place))
        self._room.enter(place)
        self._connections.add(serving)
        serving.add_done_callback(forget)

    async def _serve(self, connection: socket.socket, place: Place) -> None:
        context = self._tls and self._tls()
        spoken = self._connect(lambda: self._room.heard(place), lambda: not self._tls or self._tls() is context)
        limits = {"ssl_handshake_timeout": HANDSHAKE_SECONDS, "ssl_shutdown_timeout": GOODBYE_SECONDS}
        try:
            # asyncio does so where it makes the socket.  Without, the end of an answer waits 40 ms for the client.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            transport, _ = await asyncio.get_running_loop().connect_accepted_socket(
                lambda: spoken, connection, ssl=context, **(limits if context else {})
            )
        except ssl.SSLCertVerificationError as error:
            log.info("a client at %s was refused: %s", place.source, error.verify_message)
            return
        except OSError:
            return
        try:
            await spoken.gone.wait()
        finally:
            transport.abort()

    def _rest(self) -> None:
        listeners = list(self._listeners)
        self._stop_listening()

        def go_on() -> None:
            for listener in listeners:
                self.listen(listener)

        self._pause = asyncio.get_running_loop().call_later(_PAUSE_SECONDS, go_on)

    def _stop_listening(self) -> None:
        if self._pause:
            self._pause.cancel()
            self._pause = None
        for listener in self._listeners:
            asyncio.get_running_loop().remove_reader(listener)
        self._listeners.clear()


def _hang_up(connection: socket.socket) -> None:
    # Not by ending a task or a transport: asyncio forgets to close what has not begun its handshake.  Seen from the
    # loop the client has gone, which is an everyday matter in each state.
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
