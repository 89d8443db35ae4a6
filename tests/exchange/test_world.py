"""The demo's world coming up and going down: what it needs, and that nothing stays behind."""

import asyncio
import socket
import tempfile
import time
from contextlib import closing
from pathlib import Path

import pytest

from evidence_provider.register import write_register
from evidence_requester.states import Event as Happening
from oots.cli.demo.run import StoryFailed, Storyteller
from oots.cli.demo.timeline import Timeline
from oots.cli.demo.world import FIRST_PORT, PORTS, ports_from, running_world
from oots.errors import OperatorError
from oots.journal.events import EventName
from oots.net.portal_client import PortalClient
from tests.evidence_requester.exchanges_of_the_story import an_exchange
from tests.exchange.play import remember

pytestmark = pytest.mark.anyio


@pytest.fixture
def spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the folder in which the world makes its own one."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture(autouse=True)
def nothing_unhandled_and_nobody_named() -> None:
    """Not here: these tests have no world to look at afterwards."""


def a_timeline() -> Timeline:
    return Timeline(lambda _: None)


def inside(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def must_be_free(ports: tuple[int, ...]) -> None:
    for port in ports:
        socket.create_server(("127.0.0.1", port)).close()


def test_ports_follow_the_first_or_are_any_that_are_free() -> None:
    assert ports_from(FIRST_PORT) == tuple(range(8700, 8709))
    assert len(set(ports_from(0))) == PORTS


async def test_when_the_world_is_over_nothing_is_left(spool: Path) -> None:
    ports = ports_from(0)[1:]

    async with running_world(ports, record=a_timeline().record, people=10):
        assert len(inside(spool)) == 1

    assert inside(spool) == []
    must_be_free(ports)


async def test_a_port_that_is_taken_ends_the_world_before_it_began(spool: Path) -> None:
    ports = ports_from(0)[1:]

    with closing(socket.create_server(("127.0.0.1", ports[-1]))), pytest.raises(OperatorError, match=str(ports[-1])):
        async with running_world(ports, record=a_timeline().record, people=10):
            pytest.fail("the world runs, with a port that is not its own")

    assert inside(spool) == []
    must_be_free(ports)


@pytest.mark.usefixtures("spool")
async def test_a_portal_that_waits_for_an_answer_is_let_go() -> None:
    async with running_world(ports_from(0)[1:], record=a_timeline().record, people=10) as world:
        node, exchange = world.portugal, an_exchange()
        remember(node, exchange, Happening.GATEWAY_ACCEPTED)
        portal = PortalClient(node.requester_url, node.requester_token)
        waiting = asyncio.create_task(portal.exchange(exchange.id, wait=25))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        started = time.monotonic()

    assert (await waiting)["state"] == "sent"
    assert time.monotonic() - started < 15
    await portal.aclose()


@pytest.mark.usefixtures("spool")
async def test_a_story_is_told_as_often_as_one_likes_and_shown() -> None:
    timeline = a_timeline()
    async with running_world(ports_from(0)[1:], record=timeline.record, people=10) as world:
        teller = Storyteller(world, timeline)

        first, second = await teller.tell(), await teller.tell()

        shown = {exchange.id: exchange for exchange in teller.showcase().exchanges()}
    assert first.exchange_id != second.exchange_id
    assert set(shown) == {first.exchange_id, second.exchange_id}
    assert shown[first.exchange_id].document == first.document
    assert first.document.is_as_issued
    assert first.document.number != second.document.number
    delivered = [step for step in timeline.steps if step.event.name is EventName.EVIDENCE_DELIVERED]
    assert [step.event.exchange_id for step in delivered] == [first.exchange_id, second.exchange_id]


@pytest.mark.usefixtures("spool")
async def test_a_story_that_fails_says_how_and_is_shown_all_the_same() -> None:
    timeline = a_timeline()
    async with running_world(ports_from(0)[1:], record=timeline.record, people=10) as world:
        write_register(world.finland.provider.settings.register, [], [])
        teller = Storyteller(world, timeline)

        with pytest.raises(StoryFailed, match="'failed' instead of 'available': not_matched EDM:ERR:0004 the document"):
            await teller.tell()

        (shown,) = teller.showcase().exchanges()
    assert (shown.failure, shown.document, shown.total_ms) == ("not_matched", None, None)
