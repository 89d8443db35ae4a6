"""How long a client may take for a body: silence, a rate that is too low, and an end in any case."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from starlette.requests import Request

from gateway import body
from gateway.body import read_body
from oots.errors import TransportRefusal

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def faster(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second of the text takes ten milliseconds here."""
    monkeypatch.setattr(body, "SILENCE_SECONDS", 0.3)
    monkeypatch.setattr(body, "LEAST_BYTES_PER_SECOND", 102_400.0)
    monkeypatch.setattr(body, "BODY_SECONDS", 1.5)


def request_of(pieces: AsyncIterator[bytes]) -> Request:
    async def receive() -> dict[str, Any]:
        piece = await anext(pieces, None)
        return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}

    return Request({"type": "http", "headers": []}, receive)


async def sent(pieces: Sequence[bytes], *, every: float) -> AsyncIterator[bytes]:
    for piece in pieces:
        await asyncio.sleep(every)
        yield piece


async def seconds_until_refused(pieces: AsyncIterator[bytes]) -> float:
    loop = asyncio.get_running_loop()
    began = loop.time()
    with pytest.raises(TransportRefusal, match="the body does not come") as refused:
        await read_body(request_of(pieces), lambda _: None, max_bytes=100 << 20)
    assert refused.value.status == 408
    return loop.time() - began


async def test_who_sends_a_byte_now_and_then_is_refused_as_soon_as_who_sends_nothing() -> None:
    trickling = await seconds_until_refused(sent([b"x"] * 100, every=0.1))
    silent = await seconds_until_refused(sent([b"x"], every=60))

    assert trickling == pytest.approx(0.3, abs=0.15)
    assert silent == pytest.approx(0.3, abs=0.15)


async def test_who_sends_enough_may_take_longer_but_not_for_ever() -> None:
    assert await seconds_until_refused(sent([b"x" * 50_000] * 100, every=0.05)) == pytest.approx(1.5, abs=0.3)


async def test_a_slow_line_is_fast_enough() -> None:
    read: list[bytes] = []

    await read_body(request_of(sent([b"x" * 20_000] * 10, every=0.05)), read.append, max_bytes=100 << 20)

    assert sum(map(len, read)) == 200_000


async def test_a_slow_disk_of_ours_is_not_the_clients_fault() -> None:
    async def taken_slowly(pieces: Sequence[bytes]) -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    pieces = [b"x" * (256 << 10)] * 4
    read: list[bytes] = []

    def write(piece: bytes) -> None:
        # In a thread, as the disk would be.
        import time

        time.sleep(0.5)
        read.append(piece)

    await read_body(request_of(taken_slowly(pieces)), write, max_bytes=100 << 20)

    assert read == pieces
