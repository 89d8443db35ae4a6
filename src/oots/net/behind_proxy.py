"""
An application behind a reverse proxy that ends TLS for it: who is the proxy, and which certificate its client showed.

TLS would have refused a connection; here a request is refused, with 403 and one sentence.
"""

import base64
import hmac
import logging
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import unquote_to_bytes

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from oots.errors import OperatorError, TransportRefusal
from oots.net.http_protocol import with_client_certificate
from oots.net.trusted_clients import TrustedClients

TOKEN_HEADER: Final = "X-OOTS-Proxy-Token"  # noqa: S105  a name, not the secret
"""With it the proxy proves that it is the one: other users of the machine can connect as well."""

MIN_TOKEN_LENGTH: Final = 32

MAX_CERTIFICATE_BYTES: Final = 16 << 10
"""As the header has it; a certificate for a key of 4096 bits has about 3 KiB."""

_TOKEN: Final = re.compile(rf"[!-~]{{{MIN_TOKEN_LENGTH},}}")
_RFC_9440: Final = "client-cert"
_BYTE_SEQUENCE: Final = re.compile(rb":([A-Za-z0-9+/]+={0,2}):")
_PEM: Final = re.compile(
    rb"-----BEGIN CERTIFICATE-----\r?\n((?:[A-Za-z0-9+/]{1,76}={0,2}\r?\n)+)-----END CERTIFICATE-----(?:\r?\n)?"
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """What we agreed with the proxy."""

    token: str = field(repr=False)
    """What it sends in `TOKEN_HEADER`, with every request."""
    certificate_header: str = "X-SSL-Client-Cert"
    """Where it puts its client's certificate: as URL-encoded PEM, or as RFC 9440 says in a `Client-Cert`."""

    def __post_init__(self) -> None:
        if not _TOKEN.fullmatch(self.token):
            raise OperatorError(
                f"the token of the proxy: {MIN_TOKEN_LENGTH} ASCII characters are the least, and none of them a space"
            )
        if self.certificate_header.lower() == TOKEN_HEADER.lower():
            raise OperatorError(f"the certificate cannot come in {TOKEN_HEADER}, where the token is")


class BehindProxy:
    """Lets requests through to an application: those of the proxy, for clients that TLS would have let in."""

    def __init__(
        self, app: ASGIApp, proxy: Proxy, *, clients: Callable[[], TrustedClients], now: Callable[[], datetime]
    ) -> None:
        """Take `clients` as what gives the trust that counts now."""
        self._app = app
        self._proxy = proxy
        self._clients = clients
        self._now = now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http":
            try:
                scope = self._opened(scope)
            except TransportRefusal as refusal:
                log.warning("a request through the proxy is refused with HTTP %d: %s", refusal.status, refusal.reason)
                await PlainTextResponse(refusal.reason, refusal.status)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _opened(self, scope: Scope) -> Scope:
        token_header, certificate_header = TOKEN_HEADER.lower(), self._proxy.certificate_header.lower()
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        if not self._is_ours(_values(headers, token_header)):
            raise TransportRefusal(HTTPStatus.FORBIDDEN, "this port is for the reverse proxy only")

        der = _certificate(_values(headers, certificate_header), in_pem=certificate_header != _RFC_9440)
        self._clients().check(_loaded(der), now=self._now())

        # What the application does not know it cannot tell.
        secret = {token_header.encode(), certificate_header.encode()}
        kept = [(name, value) for name, value in headers if name not in secret]
        return with_client_certificate({**scope, "headers": kept}, der)

    def _is_ours(self, tokens: list[bytes]) -> bool:
        return len(tokens) == 1 and hmac.compare_digest(tokens[0], self._proxy.token.encode())


def _values(headers: Iterable[tuple[bytes, bytes]], wanted: str) -> list[bytes]:
    return [value for name, value in headers if name == wanted.encode()]


def _certificate(values: list[bytes], *, in_pem: bool) -> bytes:
    if not values:
        raise TransportRefusal(HTTPStatus.FORBIDDEN, "a client certificate is needed")
    if len(values) > 1 or len(values[0]) > MAX_CERTIFICATE_BYTES:
        raise _unreadable()
    found = _PEM.fullmatch(unquote_to_bytes(values[0])) if in_pem else _BYTE_SEQUENCE.fullmatch(values[0])
    if not found:
        raise _unreadable()
    try:
        return base64.b64decode(b"".join(found[1].split()), validate=True)
    except ValueError as error:
        raise _unreadable() from error


def _loaded(der: bytes) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(der)
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise _unreadable() from error


def _unreadable() -> TransportRefusal:
    return TransportRefusal(HTTPStatus.FORBIDDEN, "the client certificate cannot be read: one is expected")
