"""The bell of an event loop: whom it wakes, from where, and when it does not matter any more."""

import asyncio
import threading
import time

import pytest

from oots.work.loop_bell import Bell, heard

pytestmark = pytest.mark.anyio


async def seconds_until_heard(event: asyncio.Event, seconds: float = 10) -> float:
    began = time.monotonic()
    await heard(event, seconds)
    return time.monotonic() - began


async def test_everybody_who_listens_is_woken() -> None:
    bell = Bell()
    waiting = [asyncio.create_task(seconds_until_heard(bell.listen())) for _ in range(3)]
    await asyncio.sleep(0)

    bell.ring()

    assert max(await asyncio.gather(*waiting)) < 1


async def test_a_ring_between_listening_and_waiting_is_not_missed_and_one_before_is_over() -> None:
    bell = Bell()
    bell.ring()
    event = bell.listen()
    assert await seconds_until_heard(event, 0.05) >= 0.05

    bell.ring()

    assert await seconds_until_heard(event) < 1


async def test_a_thread_may_ring_for_those_who_listen_in_the_loop() -> None:
    bell = Bell()
    event = bell.listen()

    thread = threading.Thread(target=bell.ring_from_thread)
    thread.start()

    assert await seconds_until_heard(event) < 1
    thread.join()


def test_a_ring_for_nobody_is_none() -> None:
    bell = Bell()
    bell.ring_from_thread()

    async def listen() -> None:
        bell.listen()

    asyncio.run(listen())
    bell.ring_from_thread()


async def test_a_bell_that_is_closed_rings_once_more() -> None:
    bell = Bell()
    event = bell.listen()

    bell.close()

    assert bell.closed
    assert await seconds_until_heard(event) < 1
