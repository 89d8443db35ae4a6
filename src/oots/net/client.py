"""
Posting packed AS4 messages to peers.  What an answer means, and when to try again, is decided by the gateway.
"""

import asyncio
import ssl
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
        self._http = httpx.AsyncClient(
            verify=tls,
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
            limits=httpx.Limits(max_connections=_MAX_PEERS_AT_ONCE, keepalive_expiry=_KEEP_ALIVE_SECONDS),
            headers={"User-Agent": "oots", "Accept-Encoding": "identity"},
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def post(self, address: str, *, content_type: str, content: Spooled) -> PostResult | ConnectionFailure:
        """
        Post `content`; the same bytes for every attempt.

        Raises `OperatorError` when the address is neither https nor on this machine.
        """
        check_address(address)
        try:
            async with asyncio.timeout(POST_SECONDS):
                return await self._post(address, content_type, content)
        except TimeoutError:
            return ConnectionFailure(reason=f"no answer within {POST_SECONDS:.0f} s")
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError) as error:
            return ConnectionFailure(reason=f"{type(error).__name__}: {str(error)[:200]}")

    async def _post(self, address: str, content_type: str, content: Spooled) -> PostResult | ConnectionFailure:
        # Many firewalls of member states refuse chunked requests: the length is always said.
        headers = {"Content-Type": content_type, "Content-Length": str(content.size)}
        async with self._http.stream("POST", address, headers=headers, content=read_pieces(content)) as answer:
            body = b""
            async for chunk in answer.aiter_raw():
                body += chunk
                if len(body) > MAX_ANSWER_BYTES:
                    return ConnectionFailure(reason=f"the answer has more than {MAX_ANSWER_BYTES} bytes")
            return PostResult(status=answer.status_code, content_type=answer.headers.get("content-type", ""), body=body)
