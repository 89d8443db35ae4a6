"""
uvicorn's HTTP/1.1 protocol with what it lacks: the client's certificate, bounded headers, a lingering close.

No routes, no meaning.  Pinned to uvicorn's minor version (`pyproject.toml`): it builds on methods that uvicorn does not
promise to keep.
"""

import asyncio
from collections.abc import Callable, Mapping
from ssl import SSLObject
from typing import Any, Final

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

MAX_HEADER_BYTES: Final = 64 << 10
"""Request line and header fields together.  Signatures in header fields have 8 to 32 KiB."""

HEADER_SECONDS: Final = 10.0
"""From the start of a connection, or the first byte of a further request, until the headers are complete."""

LINGER_SECONDS: Final = 1.0
"""How long a client may go on sending after we answered: a connection closed at once would cost it the answer."""

_FRAMING_BYTES: Final = len(": \r\n")
_TLS: Final = "tls"
_CLIENT_CERTIFICATE: Final = "client_cert_der"
_TOO_LARGE: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-type: text/plain; charset=utf-8\r\ncontent-length: 23\r\nconnection: close\r\n\r\n"
    b"The headers are too big"
)


def client_certificate(scope: Mapping[str, Any]) -> bytes | None:
    """Give the certificate (DER) that the client of a request showed and TLS verified, if it had to show one."""
    der = scope.get("extensions", {}).get(_TLS, {}).get(_CLIENT_CERTIFICATE)
    return der if isinstance(der, bytes) else None


def with_client_certificate(scope: Mapping[str, Any], der: bytes) -> dict[str, Any]:
    """Give the scope of a request as if TLS had ended here, and its client had shown this certificate."""
    return {**scope, "extensions": {**scope.get("extensions", {}), _TLS: {_CLIENT_CERTIFICATE: der}}}


class BoundedHttpProtocol(HttpToolsProtocol):
    """One connection."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        *,
        max_requests: int,
        heard: Callable[[], None],
        goes_on: Callable[[], bool],
    ) -> None:
        """
        Prepare for a connection.

        `max_requests` may be in hand at once, on all connections; `heard` is called when a request has come; `goes_on`
        says whether another one may come on this connection.
        """
        super().__init__(config, server_state, app_state)
        self.gone = asyncio.Event()
        self._max_requests = max_requests
        self._heard = heard
        self._goes_on = goes_on

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        tls: SSLObject | None = transport.get_extra_info("ssl_object")
        self._certificate = None if tls is None else tls.getpeercert(binary_form=True)
        self._awaiting_headers = True
        self._header_bytes = 0
        self._unfinished_bytes = 0
        self._refused = False
        self._lingering: asyncio.TimerHandle | None = None
        self._headers_due: asyncio.TimerHandle | None = None
        self._start_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timers."""
        self.gone.set()
        self._stop_waiting()
        self._stop_lingering()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """
        Parse, and refuse a header line or trailer that does not end: the parser would collect it for ever.

        This is a rough count, up to one read too lenient; `_count` is exact, for lines that are complete.
        """
        if self._refused:
            return
        self._unfinished_bytes += len(data)
        if self._awaiting_headers and self._headers_due is None:
            self._start_waiting()
        super().data_received(data)
        if self._unfinished_bytes > MAX_HEADER_BYTES:
            self._refuse_headers()

    def send_400_response(self, msg: str) -> None:
        """Answer what cannot be parsed; a callback that found too many bytes looks just like that to uvicorn."""
        if self._header_bytes > MAX_HEADER_BYTES:
            self._refuse_headers()
        elif not self.transport.is_closing():
            super().send_400_response(msg)

    def on_message_begin(self) -> None:
        """Begin to count."""
        super().on_message_begin()
        self._header_bytes = self._unfinished_bytes = 0
        self.scope["extensions"] = {_TLS: {_CLIENT_CERTIFICATE: self._certificate}}

    def on_url(self, url: bytes) -> None:
        """Count."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count, and drop trailers: uvicorn would slip them in among the headers."""
        self._count(len(name) + len(value) + _FRAMING_BYTES)
        if self._awaiting_headers:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """End the wait for headers."""
        self._unfinished_bytes = 0
        self._awaiting_headers = False
        self._stop_waiting()
        self._heard()
        # uvicorn would count idle connections as well, and answer 503 because of them.
        self.limit_concurrency = 0 if len(self.tasks) >= self._max_requests else None
        super().on_headers_complete()
        if not self._goes_on():
            self.cycle.keep_alive = False

    def on_chunk_header(self) -> None:
        """Begin a chunk: what came before it is accounted for."""
        self._unfinished_bytes = 0

    def on_body(self, body: bytes) -> None:
        """Pass on; what is body is bounded by whoever reads it."""
        self._unfinished_bytes = max(0, self._unfinished_bytes - len(body))
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Be ready for the next request."""
        super().on_message_complete()
        self._awaiting_headers = True
        self._stop_lingering()
        if self.cycle.response_complete:
            self._start_waiting()

    def on_response_complete(self) -> None:
        """Let a client that was answered early send on for a while."""
        super().on_response_complete()
        if self.cycle.response_complete and self.cycle.more_body and not self.transport.is_closing():
            self._linger()

    def _count(self, size: int) -> None:
        self._header_bytes += size
        if self._header_bytes > MAX_HEADER_BYTES:
            raise ValueError("too many header bytes")

    def _refuse_headers(self) -> None:
        if self.transport.is_closing():
            return
        if self._answering():
            self.transport.abort()
        else:
            self._refused = True
            self.transport.write(_TOO_LARGE)
            self._linger()

    def _linger(self) -> None:
        self._lingering = self.loop.call_later(LINGER_SECONDS, self.transport.abort)

    def _start_waiting(self) -> None:
        self._stop_waiting()
        self._headers_due = self.loop.call_later(HEADER_SECONDS, self._headers_are_late)

    def _stop_waiting(self) -> None:
        if self._headers_due is not None:
            self._headers_due.cancel()
            self._headers_due = None

    def _stop_lingering(self) -> None:
        if self._lingering is not None:
            self._lingering.cancel()
            self._lingering = None

    def _headers_are_late(self) -> None:
        # A further request may begin to arrive while the one before it is still being answered.
        if self._answering():
            self._start_waiting()
        else:
            self.transport.abort()

    def _answering(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete
