"""
A node, or some of its services, in this process: until a signal says stop, and with the peers as the file has them.

The services speak only HTTP to each other, so that each may just as well have a process of its own.
"""

import asyncio
import logging
import signal
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from directory.app import create_app as create_directory
from evidence_provider.app import create_app as create_provider
from evidence_requester.app import create_app as create_requester
from gateway.app import Serving, serving
from oots.journal.events import Record
from oots.net.server import running
from oots.node.behind_gateway import ProviderService, RequesterService
from oots.node.directory_settings import DirectoryService
from oots.node.gateway_settings import GatewayService
from oots.node.rereading import read_connections_again
from oots.node.rule_workers import running_rules
from oots.node.settings import Node
from oots.store.durable import usable
from oots.validation.message_rules import MessageRules

_STOP: Final = (signal.SIGTERM, signal.SIGINT)

log = logging.getLogger(__name__)


async def serve(node: Node, *, record: Record) -> None:
    """
    Run until SIGTERM or SIGINT; what is in hand is finished first, unless a second signal ends it at once.

    SIGHUP reads the peers again, our TLS certificate and key, and the roots.  Raises `OperatorError` for what cannot be
    started.
    """
    loop = asyncio.get_running_loop()
    signals: asyncio.Queue[int] = asyncio.Queue()
    for number in (*_STOP, signal.SIGHUP):
        loop.add_signal_handler(number, signals.put_nowait, number)
    async with running_node(node, record=record) as started:
        log.info("%s is ready (%s): %s", node.party.value, node.environment, ", ".join(started.addresses))
        while await signals.get() == signal.SIGHUP:
            if node.gateway and started.gateway:
                await read_connections_again(node.gateway, started.gateway.trust, _now())
        log.info("%s stops: what is in hand is finished first", node.party.value)
        _let_the_next_signal_end_it()
    log.info("%s has stopped", node.party.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningNode:
    """The services of a node, while they run."""

    addresses: tuple[str, ...]
    """Where each listens."""
    gateway: Serving | None


@asynccontextmanager
async def running_node(node: Node, *, record: Record) -> AsyncIterator[RunningNode]:
    """Run the services of a node while the context is open."""
    for complaint in node.warnings:
        log.warning("%s", complaint)
    async with AsyncExitStack() as services:
        addresses, gateway = [], None
        if node.gateway:
            gateway = await _start_gateway(node.gateway, services, record)
            addresses.append(f"peers {gateway.peers.url}{node.gateway.settings.path}")
            addresses.append(f"back ends {gateway.backends.url}")
        if node.directory:
            addresses.append(await _start_directory(node.directory, services))
        if node.requester or node.provider:
            checking = await services.enter_async_context(running_rules(node.rule_workers))
            if node.requester:
                addresses.append(await _start_requester(node.requester, checking.rules, services, record))
            if node.provider:
                addresses.append(await _start_provider(node.provider, checking.rules, node, services, record))
            await checking.loading
        yield RunningNode(addresses=tuple(addresses), gateway=gateway)


async def _start_gateway(gateway: GatewayService, services: AsyncExitStack, record: Record) -> Serving:
    spool = gateway.settings.spool_folder
    if spool is not None:
        with usable(spool):
            spool.mkdir(mode=0o700, exist_ok=True)
    return await services.enter_async_context(serving(gateway.settings, now=_now, new_id=_new_id, record=record))


async def _start_requester(
    requester: RequesterService, rules: MessageRules, services: AsyncExitStack, record: Record
) -> str:
    app = create_requester(
        requester.settings,
        durability=requester.durability,
        rules=rules,
        retention=requester.retention,
        record=record,
        now=_now,
        new_id=_new_id,
    )
    listener = requester.listener
    bound = await services.enter_async_context(running(app, host=listener.host, port=listener.port))
    # Portals that wait for an answer are let go first, or the server would wait for them.
    services.push_async_callback(app.state.requester.exchanges.let_go)
    return f"portals {bound.url}"


async def _start_provider(
    provider: ProviderService, rules: MessageRules, node: Node, services: AsyncExitStack, record: Record
) -> str:
    app = create_provider(
        provider.settings,
        durability=provider.durability,
        rules=rules,
        retention=provider.retention,
        access_point=node.party,
        gateway_url=provider.gateway_url,
        gateway_token=provider.gateway_token,
        record=record,
        now=_now,
        new_id=_new_id,
    )
    listener = provider.listener
    bound = await services.enter_async_context(running(app, host=listener.host, port=listener.port))
    return f"provider {bound.url}"


async def _start_directory(directory: DirectoryService, services: AsyncExitStack) -> str:
    app = create_directory(directory.settings, now=_now)
    listener = directory.listener
    bound = await services.enter_async_context(running(app, host=listener.host, port=listener.port))
    return f"directory {bound.url}"


def _let_the_next_signal_end_it() -> None:
    for number in _STOP:
        asyncio.get_running_loop().remove_signal_handler(number)
        signal.signal(number, signal.SIG_DFL)


def _now() -> datetime:
    return datetime.now(UTC)


def _new_id() -> str:
    return str(uuid.uuid4())
