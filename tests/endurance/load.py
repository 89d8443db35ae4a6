"""
Load on a node that may lose any of its processes at any time: a peer that posts, back ends on both sides.

Everybody tries again until there is an answer, as real peers and back ends do; some give up after their first attempt.
"""

import asyncio
import random
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from oots.as4 import Packed
from oots.codes import MIME_REGREP, PARTY_TYPE_OOTS
from oots.ebms.messages import PartyId
from oots.errors import NotFound, OperatorError
from oots.net.gateway_client import GatewayClient, Submission, SubmittedPart
from oots.spooled import Spooled
from tests.cli.node_processes import token
from tests.endurance.gateway_processes import GatewayNode, GatewayProcess
from tests.endurance.ledger import Direction, Ledger, content_of
from tests.endurance.posting_peer import ACTION, CORNER, PostingPeer

AGAIN_SECONDS = 0.2
GIVE_UP = 0.1
TWICE_AT_ONCE = 0.15
"""Part of the messages that are posted twice at the same time."""
COME_AGAIN, NOT_NOW = "HTTP 503", "not now"
"""What a peer is told, and a back end."""


@dataclass(slots=True, kw_only=True)
class Load:
    """Everybody around the node under test."""

    peer: PostingPeer
    processes: Sequence[GatewayProcess]
    """Of the node."""
    peers_gateway: GatewayProcess
    ledger: Ledger
    chance: random.Random
    pause: float
    """Seconds between two messages of one poster."""
    expected: Callable[[str], bool]
    """Says of a reason to try again whether it may be one."""
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    back_ends_are_there: asyncio.Event = field(default_factory=asyncio.Event)
    """Those of the node."""
    asked_to_come_again: asyncio.Event = field(default_factory=asyncio.Event)
    """The peer was told so."""

    async def post_messages(self) -> None:
        """Be the peer, until it is told to stop."""
        way = self.ledger.inward
        while not self.stopping.is_set():
            message_id = f"{uuid.uuid4()}@peer"
            packed = await asyncio.to_thread(self.peer.pack, message_id)
            way.offered.add(message_id)
            times = 2 if self.chance.random() < TWICE_AT_ONCE else 1
            await asyncio.gather(
                *(self._post_until_known(packed, self.chance.random() < GIVE_UP) for _ in range(times))
            )
            await asyncio.sleep(self.pause)

    async def submit_messages(self) -> None:
        """Be a back end of the node that has something to send, until it is told to stop."""
        way = self.ledger.outward
        clients = self._clients("requester")
        while not self.stopping.is_set():
            message_id = f"{uuid.uuid4()}@node"
            way.offered.add(message_id)
            gives_up = self.chance.random() < GIVE_UP
            await self._submit_until_known(clients, message_id, gives_up)
            await asyncio.sleep(self.pause)
        await _close(clients)

    async def take_deliveries(self) -> None:
        """Be a back end of the node, until it is cancelled."""
        clients = self._clients("provider")
        try:
            while True:
                await self.back_ends_are_there.wait()
                await self._take_some(self.chance.choice(clients), self.ledger.inward)
        finally:
            await _close(clients)

    async def take_deliveries_of_peer(self) -> None:
        """Be a back end of the peer, until it is cancelled."""
        client = _client(self.peers_gateway, self.peer.peer, "provider")
        try:
            while True:
                await self._take_some(client, self.ledger.outward)
        finally:
            await client.aclose()

    async def states(self) -> dict[str, str]:
        """Ask how the sending of every accepted message ended."""
        (client, *others) = self._clients("requester")
        try:
            return {name: (await client.status(name)).state for name in self.ledger.outward.promised}
        finally:
            await _close([client, *others])

    async def _post_until_known(self, packed: Packed, gives_up: bool) -> None:
        while True:
            receipt = await self.peer.post(packed, self.chance.choice(self.processes).peer_port)
            if isinstance(receipt, bytes):
                self.ledger.inward.promise(packed.message.message_id, receipt)
                return
            self._again(self.ledger.inward, receipt)
            if gives_up:
                return
            await asyncio.sleep(AGAIN_SECONDS)

    async def _submit_until_known(self, clients: Sequence[GatewayClient], message_id: str, gives_up: bool) -> None:
        while True:
            if await self._submit(self.chance.choice(clients), message_id) or gives_up:
                return
            await asyncio.sleep(AGAIN_SECONDS)

    async def _submit(self, client: GatewayClient, message_id: str) -> bool:
        try:
            await client.submit(
                Submission(
                    message_id=message_id,
                    action=ACTION,
                    conversation_id="5a3b8ee9-6b5c-4d3c-8d7e-3f5a0c3d9f10",
                    receiver=PartyId(value=self.peer.peer.party_id, type=PARTY_TYPE_OOTS),
                    original_sender=CORNER,
                    final_recipient=CORNER,
                    parts=(SubmittedPart(content_id="request@node.example", mime_type=MIME_REGREP),),
                ),
                [Spooled(content_of(message_id))],
            )
        except OperatorError as error:
            self._again(self.ledger.outward, _reason(error))
            return False
        self.ledger.outward.promise(message_id, b"")
        return True

    async def _take_some(self, client: GatewayClient, way: Direction) -> None:
        asked_at = time.monotonic()
        try:
            for delivery in await client.deliveries([ACTION], wait=1.0):
                content = await client.payload(delivery.message_id, 0, max_bytes=1 << 20)
                way.deliver(delivery.message_id, content.read(), asked_at=asked_at)
                await client.acknowledge(delivery.message_id)
                way.acknowledged[delivery.message_id] = time.monotonic()
        except NotFound:
            # Our lease ran out, and another one has acknowledged it.
            self.ledger.retried["taken by another"] += 1
        except OperatorError as error:
            self._again(way, _reason(error))
            await asyncio.sleep(AGAIN_SECONDS)

    def _again(self, way: Direction, reason: str) -> None:
        self.ledger.retried[reason] += 1
        if reason == COME_AGAIN:
            self.asked_to_come_again.set()
        if not self.expected(reason):
            way.wrong.append(f"the answer was {reason}")

    def _clients(self, back_end: str) -> list[GatewayClient]:
        return [_client(process, self.peer.node, back_end) for process in self.processes]


def only_connections_break(reason: str) -> bool:
    """Say that nothing but a dead process is a reason to try again."""
    return reason == "connection"


def not_now(reason: str) -> bool:
    """Say that a gateway may ask its peers and back ends to come again later, and tell them nothing else."""
    return reason in {COME_AGAIN, NOT_NOW}


def _reason(error: OperatorError) -> str:
    sentences = {"does not answer": "connection", "cannot do this now": NOT_NOW}
    return next((reason for text, reason in sentences.items() if text in str(error)), str(error))


def _client(process: GatewayProcess, node: GatewayNode, back_end: str) -> GatewayClient:
    return GatewayClient(f"http://127.0.0.1:{process.backend_port}", token(node.folder, back_end))


async def _close(clients: Sequence[GatewayClient]) -> None:
    for client in clients:
        await client.aclose()
