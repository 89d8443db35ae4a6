"""
Posting packed AS4 messages to peers.  What an answer means, and when to try again, is decided by the gateway.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import httpx

from oots.net.addresses import check_address
from oots.net.bodies import read_pieces
from oots.spooled import Spooled

CONNECT_SECONDS: Final = 10.0
READ_SECONDS: Final = 60.0
POST_SECONDS: Final = 600.0
"""Most time for one post as a whole: 100 MB over a line of 1.5 Mbit/s."""

MAX_ANSWER_BYTES: Final = 1 << 20
"""Largest answer that is read.  A receipt for 28 payloads has about 20 kB."""

_MAX_PEERS_AT_ONCE: Final = 100
_KEEP_ALIVE_SECONDS: Final = 2.0
"""Shorter than servers keep idle connections: a post that meets a closing one waits for its next attempt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostResult:
    """What a peer answered over HTTP."""

    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionFailure:
    """No answer came; the peer may have the message all the same (EBMS:0005)."""

    reason: str


class PeerClient:
    """Connections to peers, kept open between posts.  To be made and closed in a running event loop."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self._pool = _Pool(tls)
        self._left: set[_Pool] = set()
        """Those whose last posts are under way."""

    async def renew(self, tls: ssl.SSLContext) -> None:
        """Let another context count for posts that begin from now on; those under way come to their end as they are."""
        left, self._pool = self._pool, _Pool(tls)
        self._left = {pool for pool in self._left if pool.posts} | {left}
        await left.leave()

    async def aclose(self) -> None:
        """Close all connections."""
        for pool in (self._pool, *self._left):
            await pool.http.aclose()

    async def post(self, address: str, *, content_type: str, content: Spooled) -> PostResult | ConnectionFailure:
        """
        Post `content`; the same bytes for every attempt.

        Raises `OperatorError` when the address is neither https nor on this machine.
        """
        check_address(address)
        try:
            async with asyncio.timeout(POST_SECONDS), self._pool.in_use() as http:
                return await _post(http, address, content_type, content)
        except TimeoutError:
            return ConnectionFailure(reason=f"no answer within {POST_SECONDS:.0f} s")
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError) as error:
            return ConnectionFailure(reason=f"{type(error).__name__}: {str(error)[:200]}")


class _Pool:
    """Connections under one context; once it is left, they are closed after the last post."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self.http = httpx.AsyncClient(
            verify=tls,
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
            limits=httpx.Limits(max_connections=_MAX_PEERS_AT_ONCE, keepalive_expiry=_KEEP_ALIVE_SECONDS),
            headers={"User-Agent": "oots", "Accept-Encoding": "identity"},
        )
        self.posts = 0
        self._is_left = False

    @asynccontextmanager
    async def in_use(self) -> AsyncIterator[httpx.AsyncClient]:
        self.posts += 1
        try:
            yield self.http
        finally:
            self.posts -= 1
            await self._close_if_done()

    async def leave(self) -> None:
        self._is_left = True
        await self._close_if_done()

    async def _close_if_done(self) -> None:
        if self._is_left and not self.posts:
            await self.http.aclose()


async def _post(
    http: httpx.AsyncClient, address: str, content_type: str, content: Spooled
) -> PostResult | ConnectionFailure:
    # Many firewalls of member states refuse chunked requests: the length is always said.
    headers = {"Content-Type": content_type, "Content-Length": str(content.size)}
    async with http.stream("POST", address, headers=headers, content=read_pieces(content)) as answer:
        body = b""
        async for chunk in answer.aiter_raw():
            body += chunk
            if len(body) > MAX_ANSWER_BYTES:
                return ConnectionFailure(reason=f"the answer has more than {MAX_ANSWER_BYTES} bytes")
        return PostResult(status=answer.status_code, content_type=answer.headers.get("content-type", ""), body=body)
