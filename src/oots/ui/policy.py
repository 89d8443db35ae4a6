"""
What keeps our pages from other sites: the headers of every response, and who may press a button.  No page lives here.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# `data:` is for the empty icon in the frame, without which browsers ask for /favicon.ico.
PAGE_POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Content security policy of everything that has none of its own."""

FOREIGN_POLICY: Final = "default-src 'none'; frame-ancestors 'none'; sandbox"
"""Content security policy of bytes that others made: whatever they hold, it runs nothing and reaches nothing."""

GUARDS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": PAGE_POLICY,
    "X-Content-Type-Options": "nosniff",
    # Not `no-referrer`: with it browsers say `Origin: null` even when a form of our own is sent.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Guarded:
    """An application whose responses all carry `GUARDS`, where they do not say something stricter themselves."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and complete the headers of its response."""

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in GUARDS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_guarded)


def comes_from_another_site(headers: Headers) -> bool:
    """
    Tell whether a page of another site made the browser send this request.

    Every browser of today says so in one of two headers; what has neither is no browser, and carries nobody's session.
    """
    fetch_site = headers.get("sec-fetch-site")
    if fetch_site is not None:
        return fetch_site not in {"same-origin", "none"}
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")
