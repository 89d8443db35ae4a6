"""
Telling another system, by a small signed POST, that something waits for it (Standard Webhooks).

Not what it is told, nor when, nor how often: a notice that failed is tried again by whoever sent it.
"""

import asyncio
import base64
import hashlib
import hmac
import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import httpx

from oots.errors import OotsError
from oots.net.addresses import check_address

SECONDS: Final = 10.0
"""Most time for one notice as a whole."""

_MAX_AT_ONCE: Final = 10


class NotNotified(OotsError):
    """Nobody answered, or not with success; the text says which, and never quotes the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What is posted, and where."""

    url: str
    """Redirects from there are not followed."""
    key: bytes = field(repr=False)
    """Shared with whoever is told."""
    id: str
    """The same whenever the notice is tried again; without a full stop."""
    body: bytes
    """JSON."""


class Notifier:
    """Posts notices.  To be made and closed in a running event loop."""

    def __init__(self) -> None:
        self._http = httpx.AsyncClient(
            # The roots of this machine: what is told is often within an organisation that has its own.
            verify=ssl.create_default_context(),
            trust_env=False,
            follow_redirects=False,
            timeout=SECONDS,
            limits=httpx.Limits(max_connections=_MAX_AT_ONCE, max_keepalive_connections=0),
            headers={"User-Agent": "oots", "Content-Type": "application/json"},
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def notify(self, notice: Notice) -> None:
        """
        Post a notice; when this returns, it was answered with success.

        Raises `NotNotified` when it was not, `OperatorError` when the address is neither https nor on this machine.
        """
        check_address(notice.url)
        try:
            async with asyncio.timeout(SECONDS):
                status = await self._post(notice)
        except TimeoutError as error:
            raise NotNotified(f"no answer within {SECONDS:.0f} s") from error
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError) as error:
            raise NotNotified(f"{type(error).__name__}: {str(error)[:200]}") from error
        if not httpx.codes.is_success(status):
            raise NotNotified(f"it was answered with HTTP {status}")

    async def _post(self, notice: Notice) -> int:
        headers = signed_headers(notice, now=datetime.now(UTC))
        # Of the answer only the status counts: nothing else is read.
        async with self._http.stream("POST", notice.url, content=notice.body, headers=headers) as answer:
            return answer.status_code


def signed_headers(notice: Notice, *, now: datetime) -> dict[str, str]:
    """Give the fields that prove who posts a notice, and when: HMAC-SHA-256 over id, time and body."""
    at = str(int(now.timestamp()))
    signed = b".".join((notice.id.encode(), at.encode(), notice.body))
    signature = hmac.new(notice.key, signed, hashlib.sha256).digest()
    return {
        "webhook-id": notice.id,
        "webhook-timestamp": at,
        "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
    }
