"""
The world of the demo: two nodes, each with access point, requester and provider, on loopback ports of one process.

Tests run the same world.  What happens in it is decided by whoever opened it.
"""

import asyncio
import secrets
import socket
import tempfile
import uuid
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

from evidence_provider.app import create_app as create_provider
from evidence_provider.invented_people import make_register
from evidence_provider.service import Provider
from evidence_provider.settings import ProviderSettings
from evidence_requester.app import create_app as create_requester
from evidence_requester.service import Requester
from evidence_requester.settings import RequesterSettings
from gateway.app import serving
from gateway.settings import Backend, Listener, Settings, token_hash
from oots.as4 import Keyring, PeerCertificates
from oots.cli.demo.pki import LOOPBACK, DemoKeys, make_keys
from oots.cli.demo.story import FINLAND, MUNICIPALITY, PORTUGAL, STUDY_GRANTS, finnish_register, portuguese_register
from oots.codes import Action
from oots.ebms.messages import PartyId
from oots.ebms.pmode import oots_pmodes
from oots.edm.model import Agent
from oots.journal.events import Record
from oots.net.server import running
from oots.store.database import open_database
from oots.store.durability import Durability
from oots.store.migrate import upgrade
from oots.store.node_keys import NodeKeys
from oots.validation.message_rules import MessageRules
from oots.validation.schematron.pool import WorkerPool

FIRST_PORT: Final = 8700
"""The pages; the services of the nodes have the ports that follow."""
PORTS: Final = 9
_PER_NODE: Final = 4

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberStateNode:
    """One running node."""

    party: PartyId
    country: str
    requester: Requester
    requester_url: str
    requester_token: str
    provider: Provider
    provider_token: str
    """What the provider shows its access point."""
    running_since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Both nodes."""

    portugal: MemberStateNode
    finland: MemberStateNode


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What a node is going to be, before anything runs."""

    party: PartyId
    country: str
    agent: Agent
    provider: ProviderSettings
    ports: tuple[int, ...]

    @property
    def peer_address(self) -> str:
        return f"https://{LOOPBACK}:{self.ports[0]}/as4"


@asynccontextmanager
async def running_world(ports: tuple[int, ...], *, record: Record, people: int = 3000) -> AsyncIterator[World]:
    """
    Run both nodes while the context is open; `ports` are eight, four for each.

    Raises `OperatorError` when a port is taken.  On leaving nothing is left: no port, no file, no key.
    """
    with ExitStack() as files:
        folder = Path(files.enter_context(tempfile.TemporaryDirectory(prefix="oots-demo-")))
        # Threads of our own: whoever leaves now waits for them, so that nothing writes into a folder that is gone.
        threads = files.enter_context(ThreadPoolExecutor())
        keys = threads.submit(make_keys, [PORTUGAL.value, FINLAND.value], now=_now())
        registers = threads.submit(_make_registers, folder, people)
        workers = WorkerPool()
        files.callback(workers.close)
        loading = threads.submit(workers.start)
        made, *_ = await asyncio.gather(
            asyncio.wrap_future(keys), asyncio.wrap_future(registers), asyncio.wrap_future(loading)
        )
        portugal = _Plan(
            party=PORTUGAL,
            country="Portugal",
            agent=MUNICIPALITY,
            provider=portuguese_register(folder / "pt.db"),
            ports=ports[:_PER_NODE],
        )
        finland = _Plan(
            party=FINLAND,
            country="Finland",
            agent=STUDY_GRANTS,
            provider=finnish_register(folder / "fi.db"),
            ports=ports[_PER_NODE : 2 * _PER_NODE],
        )
        rules = MessageRules(workers)
        async with _leaving_together(
            _running_node(portugal, finland, made, folder, rules, record),
            _running_node(finland, portugal, made, folder, rules, record),
        ) as nodes:
            yield World(portugal=nodes[0], finland=nodes[1])


def ports_from(first: int) -> tuple[int, ...]:
    """Give the ports of pages and nodes: `first` and the following ones, or, for 0, any that are free now."""
    if first:
        return tuple(range(first, first + PORTS))
    with ExitStack() as held:
        sockets = [held.enter_context(socket.create_server((LOOPBACK, 0))) for _ in range(PORTS)]
        return tuple(item.getsockname()[1] for item in sockets)


def _now() -> datetime:
    return datetime.now(UTC)


def _new_id() -> str:
    return str(uuid.uuid4())


def _make_registers(folder: Path, people: int) -> None:
    make_register(folder / "fi.db", people=people)
    make_register(folder / "pt.db", people=10, seed=2)


@asynccontextmanager
async def _running_node(
    plan: _Plan, peer: _Plan, keys: DemoKeys, folder: Path, rules: MessageRules, record: Record
) -> AsyncIterator[MemberStateNode]:
    requester_token, provider_token, api_token = (secrets.token_urlsafe(32) for _ in range(3))
    stores = {
        package: await asyncio.to_thread(_made, folder / plan.party.value, package)
        for package in ("gateway", "evidence_requester", "evidence_provider")
    }
    async with AsyncExitStack() as services:
        backends = _backends(requester_token, provider_token)
        settings = _gateway_settings(plan, peer, keys, folder, backends, stores["gateway"])
        gateway = await services.enter_async_context(serving(settings, now=_now, new_id=_new_id, record=record))
        requester = create_requester(
            RequesterSettings(
                agent=plan.agent,
                access_point=plan.party,
                gateway_url=gateway.backends.url,
                gateway_token=requester_token,
                api_token=api_token,
                spool_folder=folder,
            ),
            durability=stores["evidence_requester"],
            rules=rules,
            record=record,
            now=_now,
            new_id=_new_id,
        )
        provider = create_provider(
            plan.provider,
            durability=stores["evidence_provider"],
            rules=rules,
            access_point=plan.party,
            gateway_url=gateway.backends.url,
            gateway_token=provider_token,
            record=record,
            now=_now,
            new_id=_new_id,
            spool_folder=folder,
        )
        async with _leaving_together(
            running(requester, host=LOOPBACK, port=plan.ports[2]),
            running(provider, host=LOOPBACK, port=plan.ports[3]),
        ) as (portal_door, _):
            try:
                yield MemberStateNode(
                    party=plan.party,
                    country=plan.country,
                    requester=requester.state.requester,
                    requester_url=portal_door.url,
                    requester_token=api_token,
                    provider=provider.state.provider,
                    provider_token=provider_token,
                    running_since=_now(),
                )
            finally:
                await requester.state.requester.exchanges.let_go()


def _made(folder: Path, package: str) -> Durability:
    """Make the database of one service of a node, and the keys of what it keeps: they end with the demo."""
    folder.mkdir(exist_ok=True)
    keys = NodeKeys.new(_now())
    durability = Durability(
        database=f"sqlite:///{folder / package}.db", blob_folder=folder / f"{package}-blobs", keys=lambda: keys
    )
    database = open_database(durability.database)
    try:
        upgrade(database, package)
    finally:
        database.close()
    return durability


@asynccontextmanager
async def _leaving_together(*contexts: AbstractAsyncContextManager[_T]) -> AsyncIterator[list[_T]]:
    """Enter one after the other, and leave all at once: a server takes a moment to say goodbye."""
    async with AsyncExitStack() as entered:
        stacks = [await entered.enter_async_context(AsyncExitStack()) for _ in contexts]
        values = [await stack.enter_async_context(context) for stack, context in zip(stacks, contexts, strict=True)]
        try:
            yield values
        finally:
            # With `return_exceptions`, none is left alone when another fails, or when we are told to hurry.
            for outcome in await asyncio.gather(*(stack.aclose() for stack in stacks), return_exceptions=True):
                if outcome is not None:
                    raise outcome


def _backends(requester_token: str, provider_token: str) -> tuple[Backend, ...]:
    requests, answers = frozenset({Action.REQUEST.value}), frozenset({Action.RESPONSE.value, Action.EXCEPTION.value})
    return (
        Backend(name="requester", token_sha256=token_hash(requester_token), submits=requests, receives=answers),
        Backend(name="provider", token_sha256=token_hash(provider_token), submits=answers, receives=requests),
    )


def _gateway_settings(
    plan: _Plan,
    peer: _Plan,
    keys: DemoKeys,
    folder: Path,
    backends: tuple[Backend, ...],
    durability: Durability,
) -> Settings:
    own, other = keys.nodes[plan.party.value], keys.nodes[peer.party.value]
    certificates = PeerCertificates(signing=(other.message.certificate,), encryption=other.message.certificate)
    return Settings(
        own=plan.party,
        keyring=Keyring(own=own.message, peers={peer.party: certificates}),
        pmodes=oots_pmodes(plan.party, [(peer.party, peer.peer_address)], own_address=plan.peer_address),
        tls=own.tls,
        tls_trusted=(keys.root,),
        tls_pinned={peer.party: (other.tls_certificate,)},
        peer_listener=Listener(host=LOOPBACK, port=plan.ports[0]),
        backend_listener=Listener(host=LOOPBACK, port=plan.ports[1]),
        backends=backends,
        durability=durability,
        spool_folder=folder,
    )
