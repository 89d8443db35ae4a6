"""
A limit for the bodies that portals send: they are read into memory before anybody asks for the token.
"""

from http import HTTPStatus
from typing import Final

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BYTES: Final = 256 << 10
"""A request has about 2 kB."""


class BoundedBody:
    """Stops reading what is larger; whoever reads gets the exception that answers with 413."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a call on."""
        size = 0

        async def bounded() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > MAX_BYTES:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"more than {MAX_BYTES} bytes are not taken")
            return message

        await self._app(scope, bounded, send)
