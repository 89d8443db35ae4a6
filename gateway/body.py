"""
Reading the body of a request: within a number of bytes, and only from a client that keeps sending.
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
    size = 0
    try:
        while True:
            async with asyncio.timeout(SILENCE_SECONDS):
                chunk = await anext(chunks, None)
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


def _too_large(max_bytes: int) -> TransportRefusal:
    return TransportRefusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"more than {max_bytes} bytes are not taken")
