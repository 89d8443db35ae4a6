"""
The door of a real access point for its back ends, over HTTP.  The peer and the network are in the test's hands.
"""

import asyncio
import shutil
import tempfile
import uuid
import weakref
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from gateway.backend_app import BackendDoor
from gateway.incoming import LEASE, Incoming
from gateway.mailbox import Mailbox
from gateway.outgoing import Outgoing
from gateway.settings import Backend, Settings, token_hash
from gateway.states import Refused
from gateway.submission import Submissions
from gateway.tables import DATA_KEY, EVENTS
from oots.as4 import Payload
from oots.codes import Action
from oots.ebms.messages import PartInfo, Property, UserMessage
from oots.journal.stores import new_stores
from oots.net.gateway_client import Submission
from oots.net.server import running
from oots.net.tls import TlsIdentity
from oots.spooled import Spooled
from oots.store.database import open_database
from oots.store.durability import Durability
from oots.store.migrate import upgrade
from oots.store.node_keys import NodeKeys
from oots.work.loop_bell import Bell
from tests.as4.parties import NOW, AccessPoint, a_user_message

TOKEN = "a token that only back ends know"
ACTIONS = frozenset(action.value for action in Action)
KEYS = NodeKeys.new(NOW)


def _new_place(owner: object) -> Durability:
    """Give an empty database, and room for payloads, in memory where there is any; both go with their owner."""
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="oots-test-", dir=memory if memory.is_dir() else None))
    weakref.finalize(owner, shutil.rmtree, folder)
    (folder / "gateway.db").write_bytes(_empty_database())
    return Durability(database=f"sqlite:///{folder}/gateway.db", blob_folder=folder / "blobs", keys=lambda: KEYS)


@cache
def _empty_database() -> bytes:
    # To copy one takes a moment, to make one half a second.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "gateway.db"
        database = open_database(f"sqlite:///{path}")
        upgrade(database, "gateway")
        database.close()
        return path.read_bytes()


async def until(is_so: Callable[[], object]) -> None:
    """Wait, some seconds at most, until something is so."""
    async with asyncio.timeout(10):
        while not is_so():  # noqa: ASYNC110  what is waited for may happen in a thread
            await asyncio.sleep(0.005)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A message that a back end submitted, as its peer would read it."""

    message: UserMessage
    contents: tuple[bytes, ...]
    outgoing: Outgoing

    def property(self, name: str) -> Property | None:
        return self.message.property(name)


@dataclass(slots=True, kw_only=True)
class Network:
    """What goes wrong between a back end and its access point."""

    failures: dict[str, int] = field(default_factory=dict)
    """How many of the next requests to a path that ends like this are answered with 503."""
    reply: asyncio.Event = field(default_factory=asyncio.Event)
    """While it is not set, no submission is answered, though it is taken."""

    def fails(self, path: str) -> bool:
        for end in self.failures:
            if path.endswith(end) and self.failures[end] > 0:
                self.failures[end] -= 1
                return True
        return False


class BackDoor:
    """The access point `own`, as far as its back ends know it; its only peer is `peer`."""

    def __init__(self, own: AccessPoint, peer: AccessPoint) -> None:
        self.own = own
        self.peer = peer
        self.network = Network()
        self.network.reply.set()
        self.clock = NOW
        durability = _new_place(self)
        stores = new_stores(
            open_database(durability.database), durability, data_key=DATA_KEY, events=EVENTS, outside=lambda _: None
        )
        weakref.finalize(self, stores.close)
        self.mailbox = Mailbox(stores, node=own.party_id.value, max_messages=100)
        self._arrived = Bell()
        settings = Settings(
            own=own.party_id,
            keyring=own.keyring,
            pmodes=own.pmodes,
            tls=TlsIdentity(certificate=b"", key=b""),
            tls_trusted=(),
            backends=(Backend(name="all", token_sha256=token_hash(TOKEN), submits=ACTIONS, receives=ACTIONS),),
            durability=durability,
        )
        submissions = Submissions(
            settings, self.mailbox.outbox, now=self.now, new_id=lambda: str(uuid.uuid4()), new_spooled=Spooled
        )
        self._app = BackendDoor(
            settings, self.mailbox, submissions, now=self.now, new_spooled=Spooled, due=Bell(), arrived=self._arrived
        ).create_app()

    def now(self) -> datetime:
        return self.clock

    @asynccontextmanager
    async def open(self, *, port: int = 0) -> AsyncIterator[str]:
        """Give the address while the door is open."""
        async with running(self, host="127.0.0.1", port=port) as bound:
            try:
                yield bound.url
            finally:
                self._arrived.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, unless the network fails."""
        if scope["type"] == "http" and self.network.fails(scope["path"]):
            await PlainTextResponse("bad gateway", 503)(scope, receive, send)
            return

        async def reply(message: Any) -> None:
            if scope["type"] == "http" and scope["path"] == "/messages":
                await self.network.reply.wait()
            await send(message)

        await self._app(scope, receive, reply)

    # --- as the peer --------------------------------------------------------------------------------------------------

    def deliver(self, header: Submission, contents: Sequence[bytes]) -> UserMessage:
        """Have a message of the peer come in, with the header that it would submit."""
        corners = (("originalSender", header.original_sender), ("finalRecipient", header.final_recipient))
        message = replace(
            a_user_message(self.peer, self.own, message_id=header.message_id, action=header.action),
            timestamp=self.clock,
            conversation_id=header.conversation_id,
            properties=(
                *(Property(name=name, value=party.value, type=party.type) for name, party in corners),
                *header.properties,
            ),
            parts=tuple(PartInfo(content_id=part.content_id, mime_type=part.mime_type) for part in header.parts),
        )
        payloads = zip(message.parts, contents, strict=True)
        incoming = Incoming(
            message=message,
            references=(),
            fingerprint="",
            receipt=b"",
            payloads=tuple(Payload(part=part, content=Spooled(content)) for part, content in payloads),
            soap=b"",
            kept_at=self.clock,
        )
        self.mailbox.inbox.keep(incoming)
        self._arrived.ring()
        return message

    async def sent(self) -> Sent:
        """Give the next message that the back end submitted; it is then on its way for ever."""
        due: list[Outgoing] = []

        def is_there() -> list[Outgoing]:
            due.extend(self.mailbox.outbox.due(self.clock, limit=1))
            return due

        await until(is_there)
        received = self.peer.unpack(due[0].packed, now=self.clock)
        contents = tuple(payload.content.read() for payload in received.payloads)
        return Sent(message=received.message, contents=contents, outgoing=due[0])

    def give_up(self, sent: Sent) -> None:
        """Have the peer refuse a message for good."""
        self.mailbox.outbox.conclude(sent.outgoing, Refused(code="EBMS:0101", detail="not on file"), self.clock)

    # --- as time ------------------------------------------------------------------------------------------------------

    def let_leases_run_out(self) -> None:
        """Let so much time pass that what was not acknowledged is delivered again."""
        self.clock += LEASE + timedelta(seconds=1)
        # Those of what is sent do not: the access point lives.
        self.mailbox.outbox.renew(self.clock)
        self._arrived.ring()

    async def acknowledged(self, message: UserMessage) -> None:
        """Wait until the back end has acknowledged a message."""
        await until(lambda: not self.is_waiting(message))

    def is_waiting(self, message: UserMessage) -> bool:
        """Tell whether no back end has acknowledged a message yet."""
        return self.mailbox.inbox.waits(message.message_id)
