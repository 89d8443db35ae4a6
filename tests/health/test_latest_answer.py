"""One question at a time, however many ask, and nobody waits for what hangs."""

import asyncio

import pytest

from oots.health.latest import Latest

pytestmark = pytest.mark.anyio


class Question:
    def __init__(self) -> None:
        self.asked = 0
        self.may_answer = asyncio.Event()

    async def ask(self) -> int:
        self.asked += 1
        number = self.asked
        await self.may_answer.wait()
        return number


async def test_many_who_ask_at_once_cost_one_question() -> None:
    question = Question()
    latest = Latest(question.ask)
    asking = [asyncio.create_task(latest.get()) for _ in range(100)]
    await asyncio.sleep(0.01)
    question.may_answer.set()

    assert await asyncio.gather(*asking) == [1] * 100


async def test_an_answer_counts_while_it_is_fresh() -> None:
    question = Question()
    question.may_answer.set()
    latest = Latest(question.ask, fresh_seconds=60)

    assert [await latest.get() for _ in range(3)] == [1, 1, 1]


async def test_an_old_answer_is_asked_for_again() -> None:
    question = Question()
    question.may_answer.set()
    latest = Latest(question.ask, fresh_seconds=0)

    assert [await latest.get(), await latest.get()] == [1, 2]


async def test_a_question_that_hangs_is_not_asked_twice_and_is_waited_for_once() -> None:
    question = Question()
    latest = Latest(question.ask, patience_seconds=0.2)
    with pytest.raises(TimeoutError):
        await latest.get()

    began = asyncio.get_running_loop().time()
    for _ in range(20):
        with pytest.raises(TimeoutError):
            await latest.get()

    assert question.asked == 1
    assert asyncio.get_running_loop().time() - began < 0.2


async def test_what_hung_and_then_came_counts() -> None:
    question = Question()
    latest = Latest(question.ask, patience_seconds=0.01)
    with pytest.raises(TimeoutError):
        await latest.get()
    question.may_answer.set()
    await asyncio.sleep(0.01)

    assert await latest.get() == 1


async def test_who_goes_away_takes_the_answer_from_nobody() -> None:
    question = Question()
    latest = Latest(question.ask)
    first, second = asyncio.create_task(latest.get()), asyncio.create_task(latest.get())
    await asyncio.sleep(0.01)
    first.cancel()
    await asyncio.sleep(0.01)
    question.may_answer.set()

    assert await second == 1
