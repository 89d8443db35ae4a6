"""
Running ASGI applications: several servers in one event loop, each a context.  Signals are left to whoever has the loop.
"""

import asyncio
import errno
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from oots.errors import OperatorError
from oots.net.accepting import Acceptor
from oots.net.addresses import is_loopback
from oots.net.http_protocol import BoundedHttpProtocol

KEEP_ALIVE_SECONDS: Final = 15
"""Longer than our clients keep a connection that they do not use: they never meet one that we are just closing."""

GRACE_SECONDS: Final = 20
"""How long requests in hand may take when a server is told to stop."""

MAX_REQUESTS: Final = 256
"""In hand at once; more are answered with 503."""

_BACKLOG: Final = 512
_MAX_PORT: Final = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """Where a server listens."""

    scheme: str
    host: str
    port: int

    @property
    def url(self) -> str:
        """The address, without a path."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


@asynccontextmanager
async def running(
    app: ASGIApp,
    *,
    host: str,
    port: int,
    tls: ssl.SSLContext | Callable[[], ssl.SSLContext] | None = None,
    max_requests: int = MAX_REQUESTS,
) -> AsyncIterator[Bound]:
    """
    Serve an ASGI application while the context is open; port 0 takes any that is free.

    `tls` is a context, or gives the one that counts now: a connection that began under another one ends with the next
    request on it.
    Raises `OperatorError` when the port is taken, when the application does not start, and for plain http on an address
    that others can reach.  On leaving, requests in hand are answered first.
    """
    if tls is None and not is_loopback(host):
        raise OperatorError(f"plain http is for loopback addresses only, not for {host}: configure TLS")
    with _listening_socket(host, port) as listener:
        server = _Server(_config(app), tls if callable(tls) or tls is None else lambda: tls, max_requests)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            await server.up_or_failed.wait()
            if not server.started:
                await serving
            yield Bound(scheme="http" if tls is None else "https", host=host, port=listener.getsockname()[1])
        finally:
            server.should_exit = True
            await _to_its_end(serving)


async def _to_its_end(serving: asyncio.Task[None]) -> None:
    # Whoever is told to stop while leaving still leaves: a server that is dropped half way loses the requests in hand,
    # and never tells its application that it is over.
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        await asyncio.wait({serving})
        raise


class _Server(uvicorn.Server):
    """uvicorn's server without its signal handlers, and with a way of its own to take connections."""

    def __init__(self, config: uvicorn.Config, tls: Callable[[], ssl.SSLContext] | None, max_requests: int) -> None:
        super().__init__(config)
        self.servers = []
        self.up_or_failed = asyncio.Event()
        self._max_requests = max_requests
        self._acceptor = Acceptor(self._connect, tls)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await self.lifespan.startup()
            if self.lifespan.should_exit:
                raise OperatorError("a server did not start; the log says why")
            for listener in sockets or ():
                self._acceptor.listen(listener)
            self.started = True
        finally:
            self.up_or_failed.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._acceptor.stop()
        try:
            await super().shutdown(sockets)
        finally:
            await self._acceptor.close()

    def _connect(self, heard: Callable[[], None], goes_on: Callable[[], bool]) -> BoundedHttpProtocol:
        return BoundedHttpProtocol(
            self.config,
            self.server_state,
            self.lifespan.state,
            max_requests=self._max_requests,
            heard=heard,
            goes_on=goes_on,
        )


def _config(app: ASGIApp) -> uvicorn.Config:
    config = uvicorn.Config(
        app,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    config.load()
    return config


def _listening_socket(host: str, port: int) -> socket.socket:
    if not 0 <= port <= _MAX_PORT:
        raise OperatorError(f"cannot listen on port {port}: ports go from 0 to {_MAX_PORT}")
    try:
        family, *_ = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        reason = "something listens there already; stop it, or choose another port" if taken else str(error)
        raise OperatorError(f"cannot listen on port {port} of {host}: {reason}") from error
