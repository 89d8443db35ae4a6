"""The demo's world, running once for each module; after each test, a look at what was logged and journalled."""

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing

import pytest

from oots.cli.demo.world import ports_from, running_world
from tests.exchange.play import Journal, Play, traces_of_people


@pytest.fixture(scope="module")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(scope="module")
async def play() -> AsyncIterator[Play]:
    journal = Journal()
    async with (
        running_world(ports_from(0)[1:], record=journal.record, people=600) as world,
        aclosing(Play(world, journal)) as play,
    ):
        yield play


@pytest.fixture(autouse=True)
def nothing_unhandled_and_nobody_named(play: Play, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.INFO)
    before = len(play.journal.events)
    yield
    records = [*caplog.get_records("setup"), *caplog.get_records("call")]
    assert [record.getMessage() for record in records if record.levelno >= logging.ERROR or record.exc_info] == []
    facts = [f"{name} {value}" for event in play.journal.events[before:] for name, value in event.facts.items()]
    assert traces_of_people(*(record.getMessage() for record in records), *facts) == []
