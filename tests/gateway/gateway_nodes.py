"""
Two access points of two member states, with keys, P-Modes and TLS of a throw-away authority.
"""

import asyncio
import shutil
import socket
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from gateway.app import serving
from gateway.settings import Backend, Listener, Settings, token_hash
from oots import pki
from oots.as4 import Keyring, Packed, PeerCertificates, pack
from oots.codes import GATEWAY_ROLE, MIME_REGREP, PARTY_TYPE_OOTS, SERVICE, SERVICE_TYPE, Action
from oots.ebms.envelope import read_envelope
from oots.ebms.messages import (
    ErrorReport,
    ErrorSignal,
    PartInfo,
    Party,
    PartyId,
    Property,
    Service,
    UserMessage,
    read_messaging,
)
from oots.ebms.pmode import PMode, PModes
from oots.journal.events import Event, EventName
from oots.net.client import PeerClient, PostResult
from oots.net.gateway_client import GatewayClient, MessageStatus, Submission, SubmittedPart
from oots.net.server import Bound
from oots.net.tls import TlsIdentity, client_context
from oots.spooled import Spooled
from oots.store.database import open_database
from oots.store.durability import Durability
from oots.store.migrate import upgrade
from oots.store.node_keys import NodeKeys
from oots.wssec.keys import OwnKeys
from oots.wssec.signature import verify

PORTUGAL = PartyId(value="AP_PT_01", type=PARTY_TYPE_OOTS)
FINLAND = PartyId(value="AP_FI_01", type=PARTY_TYPE_OOTS)
TOKEN = "a token that only back ends know"
ACTIONS = frozenset(action.value for action in Action)
BACKEND = Backend(name="all", token_sha256=token_hash(TOKEN), submits=ACTIONS, receives=ACTIONS)
KEYS = NodeKeys.new(datetime(2026, 5, 1, tzinfo=UTC))
CONVERSATION = "5a3b8ee9-6b5c-4d3c-8d7e-3f5a0c3d9f10"

_EMPTY = "empty.db"

_numbers = count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Keys and certificates of one access point."""

    keys: OwnKeys
    tls: TlsIdentity
    tls_certificate: x509.Certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    authority: pki.Authority
    identities: dict[PartyId, Identity]
    folder: Path
    """For databases and payloads of gateways."""

    def keyring(self, own: PartyId) -> Keyring:
        peers = {
            party_id: PeerCertificates(signing=(identity.keys.certificate,), encryption=identity.keys.certificate)
            for party_id, identity in self.identities.items()
            if party_id != own
        }
        return Keyring(own=self.identities[own].keys, peers=peers)

    def new_durability(self) -> Durability:
        """Give a place for a gateway that is new: an empty database, and no payloads."""
        folder = self.folder / str(next(_numbers))
        folder.mkdir()
        # To copy an empty database takes a moment, to make one half a second.
        shutil.copy(self.folder / _EMPTY, folder / "gateway.db")
        return Durability(database=f"sqlite:///{folder}/gateway.db", blob_folder=folder / "blobs", keys=lambda: KEYS)


@dataclass(slots=True, kw_only=True)
class Node:
    """One gateway, running, as its back end and its journal see it."""

    settings: Settings
    client: GatewayClient
    peers: Bound
    backends: Bound
    events: list[Event] = field(default_factory=list)

    def happened(self, *names: EventName) -> list[Event]:
        return [event for event in self.events if event.name in names]

    @property
    def address(self) -> str:
        return self.peers.url + self.settings.path


def new_world(folder: Path) -> World:
    now = datetime.now(UTC)
    database = open_database(f"sqlite:///{folder / _EMPTY}")
    upgrade(database, "gateway")
    database.close()
    authority = pki.new_authority("test authority", now=now)
    return World(
        authority=authority,
        identities={party_id: new_identity(authority, party_id.value) for party_id in (PORTUGAL, FINLAND)},
        folder=folder,
    )


def new_identity(authority: pki.Authority, name: str, key: rsa.RSAPrivateKey | None = None) -> Identity:
    now = datetime.now(UTC)
    key, tls_key = key or pki.new_rsa_key(2048), pki.new_ec_key()
    tls = pki.issue_tls_certificate(authority, name, tls_key, ["127.0.0.1"], now=now)
    return Identity(
        keys=OwnKeys(private_key=key, certificate=pki.issue_message_certificate(authority, name, key, now=now)),
        tls=TlsIdentity(certificate=pki.certificate_pem(tls), key=pki.key_pem(tls_key)),
        tls_certificate=tls,
    )


def a_free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def pmodes(own: PartyId, addresses: dict[PartyId, str], retry_after_seconds: tuple[float, ...] = (0.0,)) -> PModes:
    parties = {party_id: Party(party_id=party_id, role=GATEWAY_ROLE) for party_id in addresses}
    return PModes(
        own,
        (
            PMode(
                initiator=parties[initiator],
                responder=parties[responder],
                service=Service(value=SERVICE, type=SERVICE_TYPE),
                action=action.value,
                address=addresses[responder],
                retry_after_seconds=retry_after_seconds,
            )
            for initiator in parties
            for responder in parties
            if initiator != responder
            for action in Action
        ),
    )


def settings_of(
    world: World,
    own: PartyId,
    ports: dict[PartyId, int],
    *,
    retry_after_seconds: tuple[float, ...] = (0.0, 0.2, 0.4),
    **changes: Any,
) -> Settings:
    addresses = {party_id: f"https://127.0.0.1:{port}/as4" for party_id, port in ports.items()}
    settings = Settings(
        own=own,
        keyring=world.keyring(own),
        pmodes=pmodes(own, addresses, retry_after_seconds),
        tls=world.identities[own].tls,
        tls_trusted=(world.authority.certificate,),
        peer_listener=Listener(port=ports[own]),
        backends=(BACKEND,),
        durability=changes.pop("durability", None) or world.new_durability(),
    )
    return replace(settings, **changes)


@asynccontextmanager
async def node(settings: Settings, *, now: Callable[[], datetime] | None = None) -> AsyncIterator[Node]:
    events: list[Event] = []
    clock = now or (lambda: datetime.now(UTC))
    async with serving(settings, now=clock, new_id=lambda: str(uuid.uuid4()), record=events.append) as bound:
        client = GatewayClient(bound.backends.url, TOKEN)
        try:
            yield Node(settings=settings, client=client, peers=bound.peers, backends=bound.backends, events=events)
        finally:
            await client.aclose()


def a_submission(**changes: Any) -> Submission:
    return replace(
        Submission(
            action=Action.REQUEST.value,
            conversation_id=CONVERSATION,
            receiver=FINLAND,
            original_sender=PartyId(value="500000000", type="urn:cef.eu:names:identifier:EAS:9946"),
            final_recipient=PartyId(value="0245437-2", type="urn:cef.eu:names:identifier:EAS:0037"),
            properties=(
                Property(name="ExchangeId", value="6b2f0a1c-7a43-4f3b-9d3e-111111111111"),
                Property(name="SpecificationId", value="oots-edm:v2.0"),
            ),
            parts=(SubmittedPart(content_id="request@pt.example", mime_type=MIME_REGREP),),
        ),
        **changes,
    )


def packed(
    world: World,
    *,
    message_id: str = "m1@pt.example",
    contents: Sequence[bytes] = (b"<query/>",),
    sender: PartyId = PORTUGAL,
    keys: OwnKeys | None = None,
    **changes: Any,
) -> Packed:
    """Give a message from Portugal to Finland, as bytes."""
    message = UserMessage(
        message_id=message_id,
        timestamp=datetime.now(UTC),
        sender=Party(party_id=sender, role=GATEWAY_ROLE),
        receiver=Party(party_id=FINLAND, role=GATEWAY_ROLE),
        service=Service(value=SERVICE, type=SERVICE_TYPE),
        action=Action.REQUEST.value,
        conversation_id=CONVERSATION,
        properties=(
            Property(name="originalSender", value="500000000"),
            Property(name="finalRecipient", value="0245437-2"),
        ),
        parts=tuple(
            PartInfo(content_id=f"part{number}@pt.example", mime_type=MIME_REGREP) for number in range(len(contents))
        ),
    )
    return pack(
        replace(message, **changes),
        [Spooled(content) for content in contents],
        compress=True,
        keys=keys or world.identities[PORTUGAL].keys,
        recipient=world.identities[FINLAND].keys.certificate,
        suffix=str(uuid.uuid4()),
    )


async def post(world: World, address: str, message: Packed, *, identity: Identity | None = None) -> PostResult:
    """Post a message the way a peer does, Portugal when no other is named."""
    return await post_bytes(world, address, message.content_type, message.content.read(), identity=identity)


async def post_bytes(
    world: World, address: str, content_type: str, body: bytes, *, identity: Identity | None = None
) -> PostResult:
    tls = (identity or world.identities[PORTUGAL]).tls
    client = PeerClient(client_context(tls, trusted=[world.authority.certificate]))
    try:
        result = await client.post(address, content_type=content_type, content=Spooled(body))
    finally:
        await client.aclose()
    assert isinstance(result, PostResult), result
    return result


def error_in(world: World, result: PostResult) -> ErrorReport:
    """Give the one ebMS error of an answer that Finland signed."""
    assert result.content_type == "application/soap+xml; charset=utf-8"
    envelope = read_envelope(result.body)
    signal = read_messaging(envelope.messaging)
    assert isinstance(signal, ErrorSignal)
    certificate = world.identities[FINLAND].keys.certificate
    signed = verify(envelope.root, envelope.security, {}, on_file=[certificate], now=datetime.now(UTC))
    signed.must_cover([envelope.messaging, envelope.body], ())
    (error,) = signal.errors
    assert error.ref_to_message_in_error == signal.ref_to_message_id
    return error


async def finished(sender: Node, message_id: str) -> MessageStatus:
    """Wait until the sending of a message is over."""
    for _ in range(1000):
        status = await sender.client.status(message_id)
        if status.state in {"acknowledged", "failed"}:
            return status
        await asyncio.sleep(0.02)
    pytest.fail("the message is still under way")


async def happens(node: Node, name: EventName) -> None:
    """Wait until something stands in the journal."""
    for _ in range(1000):
        if node.happened(name):
            return
        await asyncio.sleep(0.02)
    pytest.fail(f"{name} does not happen")
