"""Connections as they are taken."""

import asyncio
import socket

import pytest

from oots.net.accepting import Acceptor

pytestmark = pytest.mark.anyio


class Spoken(asyncio.Protocol):
    """Looks at its socket."""

    def __init__(self) -> None:
        self.gone = asyncio.Event()
        self.no_delay = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        option = transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        self.no_delay.set_result(bool(option))

    def connection_lost(self, _: Exception | None) -> None:
        self.gone.set()


async def test_the_end_of_an_answer_does_not_wait_for_the_client() -> None:
    spoken = Spoken()
    acceptor = Acceptor(lambda *_: spoken, None)  # type: ignore[arg-type, return-value]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        acceptor.listen(listener)
        _, writer = await asyncio.open_connection(*listener.getsockname())
        no_delay = await spoken.no_delay
        writer.close()
        acceptor.stop()
        await acceptor.close()

    assert no_delay
