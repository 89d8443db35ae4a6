"""
Reading the body of a request: within a number of bytes, and only from a client that keeps sending.

What counts is the time that we wait for the client: it does not pay for a slow disk of ours.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from http import HTTPStatus
from typing import Final

from starlette.requests import ClientDisconnect, Request

from oots.errors import TransportRefusal
from oots.net.bodies import write_pieces

SILENCE_SECONDS: Final = 30.0
"""How long a client may send nothing in the middle of a body."""

LEAST_BYTES_PER_SECOND: Final = 1024.0
"""On average, once `SILENCE_SECONDS` have passed: a slow line has many times as much."""

BODY_SECONDS: Final = 600.0
"""Most time for a body as a whole: as long as our own posts may take."""


async def read_body(request: Request, write: Callable[[bytes], object], *, max_bytes: int) -> None:
    """
    Hand the body to `write`, in threads and in pieces.

    Raises `TransportRefusal` as soon as it is known to be larger than `max_bytes`, or does not come.
    """
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced) > max_bytes:
        raise _too_large(max_bytes)
    await write_pieces(write, _bounded(request.stream(), max_bytes))


async def _bounded(chunks: AsyncIterator[bytes], max_bytes: int) -> AsyncIterator[bytes]:
    size, waited = 0, 0.0
    loop = asyncio.get_running_loop()
    try:
        while True:
            began = loop.time()
            async with asyncio.timeout(min(SILENCE_SECONDS, _patience(size) - waited)):
                chunk = await anext(chunks, None)
            waited += loop.time() - began
            if chunk is None:
                return
            size += len(chunk)
            if size > max_bytes:
                raise _too_large(max_bytes)
            yield chunk
    except TimeoutError as error:
        raise TransportRefusal(HTTPStatus.REQUEST_TIMEOUT, "the body does not come") from error
    except ClientDisconnect as error:
        raise TransportRefusal(HTTPStatus.BAD_REQUEST, "the body broke off") from error


def _patience(size: int) -> float:
    """Give how many seconds in all we may have waited for so many bytes."""
    return min(SILENCE_SECONDS + size / LEAST_BYTES_PER_SECOND, BODY_SECONDS)


def _too_large(max_bytes: int) -> TransportRefusal:
    return TransportRefusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"more than {max_bytes} bytes are not taken")
