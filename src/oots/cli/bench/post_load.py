"""
The client of `oots bench gateway`: requests that were written beforehand, over connections that are kept open.

It does next to nothing, since it shares the machine with the server that is measured: bytes out, bytes in.
"""

import asyncio
import re
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import uvloop

from oots.errors import OperatorError

HOST: Final = "127.0.0.1"

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_SECONDS: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back for one request."""

    status: int
    body: bytes
    seconds: float
    """From the first byte out to the last byte in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """All requests, once the connections stood."""

    wall_seconds: float
    cpu_seconds: float
    """Of the server."""
    answers: tuple[Answer, ...]
    """In the order of the requests."""


def request_bytes(path: str, content_type: str, body: bytes) -> bytes:
    """Give a whole POST."""
    fields = {"Host": HOST, "Content-Type": content_type, "Content-Length": len(body)}
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
    return "\r\n".join(lines).encode("ascii") + body


def post_all(
    port: int,
    requests: Sequence[bytes],
    *,
    connections: int,
    tls: ssl.SSLContext,
    cpu_seconds: Callable[[], float],
) -> Load:
    """
    Post all requests, each connection one after the other; `cpu_seconds` says what the server has used so far.

    Raises `OperatorError` when the server breaks off, or takes minutes.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        try:
            return runner.run(_post_all(port, requests, connections=connections, tls=tls, cpu_seconds=cpu_seconds))
        except (OSError, EOFError) as error:  # TimeoutError is among them
            raise OperatorError(f"the server breaks off: {type(error).__name__} {error}") from error


async def _post_all(
    port: int,
    requests: Sequence[bytes],
    *,
    connections: int,
    tls: ssl.SSLContext,
    cpu_seconds: Callable[[], float],
) -> Load:
    opened = [await asyncio.open_connection(HOST, port, ssl=tls) for _ in range(connections)]
    answers: dict[int, Answer] = {}
    numbers = iter(range(len(requests)))
    try:
        async with asyncio.timeout(_SECONDS):
            cpu, wall = cpu_seconds(), time.perf_counter()
            await asyncio.gather(*(_post_some(*ends, requests, numbers, answers) for ends in opened))
            wall, cpu = time.perf_counter() - wall, cpu_seconds() - cpu
    finally:
        for _, writer in opened:
            writer.transport.abort()
    in_order = tuple(answers[number] for number in range(len(requests)))
    return Load(wall_seconds=wall, cpu_seconds=cpu, answers=in_order)


async def _post_some(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    requests: Sequence[bytes],
    numbers: Iterator[int],
    answers: dict[int, Answer],
) -> None:
    for number in numbers:
        start = time.perf_counter()
        writer.write(requests[number])
        status, body = await _answer(reader)
        answers[number] = Answer(status=status, body=body, seconds=time.perf_counter() - start)


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = _LENGTH.search(head)
    if length is None:
        raise OperatorError("the server gives an answer without a length")
    return int(head.split()[1]), await reader.readexactly(int(length[1]))
