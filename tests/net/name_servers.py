"""
Name servers for tests: a real one, Debian's nsd, with a zone of its own; and one that answers whatever a test wants.
"""

import asyncio
import os
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from itertools import count
from pathlib import Path
from typing import Final

import dns.message
import dns.query
import pytest

from oots.common_services.naptr import ZONE
from oots.net.name_servers import NameServer

CONFIGURATION = """
server:
    ip-address: {address}@{port}
    server-count: 1
    username: ""
    chroot: ""
    zonesdir: "{folder}"
    database: ""
    logfile: "{folder}/nsd.log"
    pidfile: ""
    xfrdfile: "{folder}/xfrd.state"
    xfrdir: "{folder}"
    zonelistfile: "{folder}/zone.list"
remote-control:
    control-enable: no
zone:
    name: {zone}
    zonefile: zone
"""
HEAD: Final = """
$ORIGIN {zone}.
$TTL 300
@ SOA ns hostmaster 1 3600 600 86400 300
@ NS ns
ns A 127.0.0.1
"""
PORT: Final = 5300

_started = count()


def own_address() -> str:
    """
    Give an address of loopback that no other name server of the tests has, in this process or another.

    nsd cannot choose a free port, and two of them would share one without a word.
    """
    number = os.getpid()
    return f"127.{53 + next(_started) % 200}.{number // 250 % 250 + 1}.{number % 250 + 1}"


def find_nsd() -> str:
    # Where Debian has it is not in everybody's PATH.
    found = shutil.which("nsd") or shutil.which("nsd", path="/usr/sbin")
    if found is None:
        pytest.skip("needs the name server nsd (Debian package nsd)")
    return found


@contextmanager
def running_nsd(records: str, folder: Path) -> Iterator[NameServer]:
    """Serve the zone of OOTS with these records; names in them are relative to it."""
    server = NameServer(address=own_address(), port=PORT)
    folder.mkdir(exist_ok=True)
    (folder / "zone").write_text(HEAD.format(zone=ZONE) + records)
    configuration = folder / "nsd.conf"
    configuration.write_text(CONFIGURATION.format(address=server.address, port=PORT, folder=folder, zone=ZONE))
    process = subprocess.Popen([find_nsd(), "-d", "-c", configuration], stderr=subprocess.DEVNULL)
    try:
        _wait_for(server, folder)
        yield server
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(server: NameServer, folder: Path) -> None:
    question = dns.message.make_query(ZONE, "SOA")
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            if dns.query.tcp(question, server.address, port=server.port, timeout=1).answer:
                return
        except OSError:
            time.sleep(0.02)
    pytest.fail(f"nsd does not serve the zone: {(folder / 'nsd.log').read_text()}")


class _Liar(asyncio.DatagramProtocol):
    def __init__(self, answer: Callable[[bytes], list[bytes]]) -> None:
        self._answer = answer

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        for answer in self._answer(data):
            self._transport.sendto(answer, addr)


@asynccontextmanager
async def lying(answer: Callable[[bytes], list[bytes]]) -> AsyncIterator[NameServer]:
    """Answer questions over UDP with whatever `answer` makes of them; over TCP nobody is there."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: _Liar(answer), local_addr=("127.0.0.1", 0), family=socket.AF_INET
    )
    try:
        yield NameServer(address="127.0.0.1", port=transport.get_extra_info("sockname")[1])
    finally:
        transport.close()
