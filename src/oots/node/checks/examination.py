"""
All checks of a node, in the order in which their failures explain each other.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from pathlib import Path

from oots.node.checks.certificates import check_certificates_of, check_own_certificates
from oots.node.checks.check import Check, Status, fail, ok
from oots.node.checks.databases import check_databases
from oots.node.checks.loopback import check_loopback
from oots.node.checks.machine import check_clock, check_folder
from oots.node.checks.peers import drift_of, judge, look_at
from oots.node.checks.services import check_services
from oots.node.checks.tokens import check_tokens
from oots.node.complaints import SettingsRefused
from oots.node.services import Service
from oots.node.settings import Node, read_node


async def examine(path: Path, environ: Mapping[str, str], *, now: Callable[[], datetime]) -> AsyncIterator[Check]:
    """Give what is to be said about the node of a settings file, as it is found out."""
    try:
        node = read_node(path, environ, now=now())
    except SettingsRefused as error:
        for complaint in error.complaints:
            yield fail("settings", str(complaint), "correct it: nothing else is looked at before")
        return
    yield ok("settings", f"{path} is complete: {node.party.value}, {node.environment}")
    for check in check_folder(node):
        yield check
    for check in await asyncio.to_thread(list, check_databases(node)):
        yield check
    for check in check_tokens(node):
        yield check
    services = await check_services(node)
    if node.gateway:
        async for check in _of_access_point(node, services, now):
            yield check
    else:
        yield check_clock(node, now(), ())
    for check in services.values():
        yield check
    running = all(check.status is Status.OK for check in services.values())
    yield await check_loopback(node, running=running)


async def _of_access_point(
    node: Node, services: Mapping[Service, Check], now: Callable[[], datetime]
) -> AsyncIterator[Check]:
    gateway = node.gateway
    assert gateway is not None, "asked by whoever has one"
    for check in check_own_certificates(gateway, now()):
        yield check
    ours = services[Service.GATEWAY].status is Status.OK
    # Our own door is looked at while it is open, and our own clock agrees with itself.
    peers = [peer for peer in gateway.peers.peers.peers if ours or peer.party != node.party]
    found = await look_at(gateway, peers)
    drifts = (drift_of(seen, now()) for peer, seen in zip(peers, found, strict=True) if peer.party != node.party)
    yield check_clock(node, now(), [drift for drift in drifts if drift is not None])
    for peer, seen in zip(peers, found, strict=True):
        yield check_certificates_of(peer, now())
        yield judge(peer, seen)
