import asyncio
from pathlib import Path
from random import randbytes

import pytest
from gateway_nodes import FINLAND, PORTUGAL, World, a_submission, finished, happens, node, settings_of
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway import sender
from oots.ebms.messages import PartyId
from oots.journal.events import EventName
from oots.net.server import running
from oots.net.tls import server_context
from oots.spooled import Spooled

pytestmark = pytest.mark.anyio


def lose(blobs: Path) -> None:
    for path in blobs.rglob("*"):
        if path.is_file():
            path.unlink()


async def test_a_message_that_is_submitted_is_posted_at_once(
    world: World, ports: dict[PartyId, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "POLL_SECONDS", 60.0)
    async with (
        node(settings_of(world, PORTUGAL, ports)) as portugal,
        node(settings_of(world, FINLAND, ports)) as finland,
    ):
        # Now the sender sleeps: what it does not hear of within ten seconds, it was not told.
        await asyncio.sleep(0.1)
        await portugal.client.submit(a_submission(), [Spooled(b"<query/>")])
        assert await finland.client.deliveries(["ExecuteQueryRequest"], wait=10)


async def test_one_silent_peer_does_not_hold_up_the_others(world: World, ports: dict[PartyId, int]) -> None:
    async def silence(_: Request) -> Response:
        await asyncio.sleep(3)
        return Response()

    peer = Starlette(routes=[Route("/as4", silence, methods=["POST"])])
    tls = server_context(world.identities[FINLAND].tls, trusted=[world.authority.certificate])
    async with (
        running(peer, host="127.0.0.1", port=ports[FINLAND], tls=tls),
        node(settings_of(world, PORTUGAL, ports)) as portugal,
    ):
        for _ in range(3):
            await portugal.client.submit(a_submission(), [Spooled(b"<query/>")])
        async with asyncio.timeout(2):
            while len(portugal.happened(EventName.AS4_SENT)) < 3:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def test_a_gateway_stops_although_a_peer_is_silent(
    world: World, ports: dict[PartyId, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "GRACE_SECONDS", 0.2)
    asked = asyncio.Event()

    async def silence(_: Request) -> Response:
        asked.set()
        await asyncio.sleep(3)
        return Response()

    loop = asyncio.get_running_loop()
    peer = Starlette(routes=[Route("/as4", silence, methods=["POST"])])
    tls = server_context(world.identities[FINLAND].tls, trusted=[world.authority.certificate])
    async with running(peer, host="127.0.0.1", port=ports[FINLAND], tls=tls):
        async with node(settings_of(world, PORTUGAL, ports)) as portugal:
            await portugal.client.submit(a_submission(), [Spooled(b"<query/>")])
            await asked.wait()
            stopping = loop.time()
        assert loop.time() - stopping < 2

    assert [event.name for event in portugal.events] == [EventName.AS4_SUBMITTED, EventName.AS4_SENT]


async def test_bytes_that_were_lost_are_a_failure_that_says_so(world: World, ports: dict[PartyId, int]) -> None:
    settings = settings_of(world, PORTUGAL, ports, retry_after_seconds=(0.0, 0.5))
    async with node(settings) as portugal:
        message_id = await portugal.client.submit(a_submission(), [Spooled(randbytes(2 << 20))])
        await happens(portugal, EventName.AS4_RETRY)
        lose(settings.durability.blob_folder)
        async with node(settings_of(world, FINLAND, ports)) as finland:
            status = await finished(portugal, message_id)

    assert status.failure is not None
    assert "cannot be used for payloads: the file" in status.failure.detail
    assert finland.happened(EventName.AS4_RECEIVED) == []
