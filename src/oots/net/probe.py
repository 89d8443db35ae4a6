"""
One look at an address: who answers there, with which status and certificate.  What that means is decided elsewhere.
"""

import asyncio
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

import httpx

from oots.net.addresses import check_address


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Somebody answered."""

    status: int
    date: datetime | None
    """What the clock there says, to the second."""
    certificate: bytes | None
    """Of the server, as DER; missing over plain HTTP."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unseen:
    """Nobody answered, or nobody whom we trust."""

    reason: str


async def look(address: str, *, tls: ssl.SSLContext | None = None, seconds: float = 10.0) -> Seen | Unseen:
    """GET an address; raises `OperatorError` when it is neither https nor on this machine."""
    check_address(address)
    try:
        async with (
            asyncio.timeout(seconds),
            httpx.AsyncClient(verify=tls or False, trust_env=False, follow_redirects=False, timeout=seconds) as client,
            client.stream("GET", address, headers={"User-Agent": "oots"}) as answer,
        ):
            return Seen(status=answer.status_code, date=_date(answer), certificate=_certificate(answer))
    except TimeoutError:
        return Unseen(reason=f"no answer within {seconds:g} s")
    except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError) as error:
        return Unseen(reason=f"{type(error).__name__}: {str(error)[:200]}")


def _date(answer: httpx.Response) -> datetime | None:
    try:
        return parsedate_to_datetime(answer.headers["date"])
    except (KeyError, ValueError):
        return None


def _certificate(answer: httpx.Response) -> bytes | None:
    stream = answer.extensions.get("network_stream")
    tls = stream.get_extra_info("ssl_object") if stream is not None else None
    return tls.getpeercert(binary_form=True) if tls is not None else None
