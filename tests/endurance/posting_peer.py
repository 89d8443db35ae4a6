"""
A peer whose messages the tests post themselves: to any process of a node, and with the receipts in hand.
"""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from oots.as4 import Accepted, Packed, pack, read_answer
from oots.codes import GATEWAY_ROLE, MIME_REGREP, PARTY_TYPE_OOTS, SERVICE, SERVICE_TYPE, Action
from oots.ebms.messages import PartInfo, Party, PartyId, Property, Service, UserMessage
from oots.net.client import ConnectionFailure, PeerClient
from oots.net.tls import TlsIdentity, client_context
from oots.spooled import Spooled
from oots.wssec.keys import OwnKeys
from tests.endurance.gateway_processes import GatewayNode
from tests.endurance.ledger import content_of

ACTION = Action.REQUEST.value
CORNER = PartyId(value="0245437-2", type="urn:cef.eu:names:identifier:EAS:0037")


@dataclass(frozen=True, slots=True, kw_only=True)
class PostingPeer:
    """Posts as the access point of `peer` would, straight to the processes of `node`."""

    peer: GatewayNode
    node: GatewayNode
    keys: OwnKeys
    recipient: x509.Certificate
    client: PeerClient

    @classmethod
    def of(cls, peer: GatewayNode, node: GatewayNode) -> "PostingPeer":
        """Take the keys of the peer."""
        own, theirs = peer.folder / "keys", node.folder / "keys"
        key = load_pem_private_key((own / "message.key").read_bytes(), password=None)
        assert isinstance(key, rsa.RSAPrivateKey)
        tls = client_context(
            TlsIdentity(certificate=own / "tls.crt", key=own / "tls.key"), trusted=[_certificate(theirs / "tls.crt")]
        )
        return cls(
            peer=peer,
            node=node,
            keys=OwnKeys(private_key=key, certificate=_certificate(own / "message.crt")),
            recipient=_certificate(theirs / "message.crt"),
            client=PeerClient(tls),
        )

    def pack(self, message_id: str) -> Packed:
        """Give a message as bytes."""
        message = UserMessage(
            message_id=message_id,
            timestamp=datetime.now(UTC),
            sender=_party(self.peer.party_id),
            receiver=_party(self.node.party_id),
            service=Service(value=SERVICE, type=SERVICE_TYPE),
            action=ACTION,
            conversation_id=str(uuid.uuid4()),
            properties=tuple(
                Property(name=name, value=CORNER.value, type=CORNER.type)
                for name in ("originalSender", "finalRecipient")
            ),
            parts=(PartInfo(content_id="request@peer.example", mime_type=MIME_REGREP),),
        )
        return pack(
            message,
            [Spooled(content_of(message_id))],
            compress=True,
            keys=self.keys,
            recipient=self.recipient,
            suffix=str(uuid.uuid4()),
        )

    async def post(self, packed: Packed, port: int) -> bytes | str:
        """Give the verified receipt, or why there is none."""
        address = f"https://localhost:{port}/as4"
        result = await self.client.post(address, content_type=packed.content_type, content=packed.content)
        if isinstance(result, ConnectionFailure):
            return "connection"
        if result.status != 200:
            return f"HTTP {result.status}"
        answer = read_answer(
            result.content_type, result.body, sent=packed, on_file=[self.recipient], now=datetime.now(UTC)
        )
        return answer.soap if isinstance(answer, Accepted) else answer.errors[0].code


def _party(party_id: str) -> Party:
    return Party(party_id=PartyId(value=party_id, type=PARTY_TYPE_OOTS), role=GATEWAY_ROLE)


def _certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())
