"""
The Access Point that posts in `oots bench gateway`: its keys, how the node is introduced to it, its messages.
"""

import ssl
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

from cryptography import x509

from oots import pki
from oots.as4 import Accepted, Packed, pack, read_answer
from oots.cli.bench.ends import RSA_BITS
from oots.cli.bench.post_load import HOST
from oots.codes import GATEWAY_ROLE, MIME_REGREP, MIME_SOAP, PARTY_TYPE_OOTS, SERVICE, SERVICE_TYPE, Action
from oots.ebms.messages import PartInfo, Party, PartyId, Property, Service, UserMessage
from oots.errors import OperatorError
from oots.net.tls import TlsIdentity, client_context
from oots.spooled import Spooled
from oots.wssec.keys import OwnKeys

PARTY: Final = "AP_BENCH_PEER"
PATH: Final = "/as4"

_TABLE: Final = f"""
[[peer]]
party_id = "{PARTY}"
address = "https://{HOST}:1{PATH}"
signing_certificates = ["peers/{PARTY}.crt"]
encryption_certificate = "peers/{PARTY}.crt"
tls_certificates = ["peers/{PARTY}-tls.crt"]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayPeer:
    """Knows one node, and is known to it."""

    keys: OwnKeys
    tls: TlsIdentity
    node: Party
    node_certificate: x509.Certificate
    """With which it signs receipts, and to which messages are encrypted."""
    node_tls_certificate: x509.Certificate

    @classmethod
    def of(cls, folder: Path, party_id: str) -> Self:
        """Make one that knows the node in `folder`, and whom the node knows from its next start on."""
        now = datetime.now(UTC)
        authority = pki.new_authority("bench", now=now)
        key, tls_key = pki.new_rsa_key(RSA_BITS), pki.new_ec_key()
        certificate = pki.issue_message_certificate(authority, PARTY, key, now=now)
        tls_certificate = pki.issue_tls_certificate(authority, PARTY, tls_key, [HOST], now=now)
        (folder / "peers" / f"{PARTY}.crt").write_bytes(pki.certificate_pem(certificate))
        (folder / "peers" / f"{PARTY}-tls.crt").write_bytes(pki.certificate_pem(tls_certificate))
        with (folder / "peers.toml").open("a", encoding="utf-8") as peers:
            peers.write(_TABLE)
        return cls(
            keys=OwnKeys(private_key=key, certificate=certificate),
            tls=TlsIdentity(certificate=pki.certificate_pem(tls_certificate), key=pki.key_pem(tls_key)),
            node=_party(party_id),
            node_certificate=_read(folder / "keys" / "message.crt"),
            node_tls_certificate=_read(folder / "keys" / "tls.crt"),
        )

    def client_context(self) -> ssl.SSLContext:
        """Give the TLS context with which it connects to the node."""
        return client_context(self.tls, trusted=[self.node_tls_certificate])

    def pack(self, payload: bytes) -> Packed:
        """Give one more message with `payload`."""
        identifier = str(uuid.uuid4())
        message = UserMessage(
            message_id=f"{identifier}@{PARTY}",
            timestamp=datetime.now(UTC),
            sender=_party(PARTY),
            receiver=self.node,
            service=Service(value=SERVICE, type=SERVICE_TYPE),
            action=Action.REQUEST.value,
            conversation_id=identifier,
            properties=(
                Property(name="originalSender", value="003700000001"),
                Property(name="finalRecipient", value="003700000002"),
                Property(name="ExchangeId", value=identifier),
                Property(name="SpecificationId", value="oots-edm:v2.0"),
            ),
            parts=(PartInfo(content_id=f"{identifier}@bench", mime_type=MIME_REGREP),),
        )
        return pack(
            message,
            [Spooled(payload)],
            compress=True,
            keys=self.keys,
            recipient=self.node_certificate,
            suffix=identifier,
        )

    def check_receipt(self, sent: Packed, answer: bytes) -> None:
        """Raise an `OotsError` unless the answer is a receipt that proves that this message arrived."""
        found = read_answer(MIME_SOAP, answer, sent=sent, on_file=[self.node_certificate], now=datetime.now(UTC))
        if not isinstance(found, Accepted):
            raise OperatorError(f"the gateway refuses a message: {found.errors[0].code}")


def _party(value: str) -> Party:
    return Party(party_id=PartyId(value=value, type=PARTY_TYPE_OOTS), role=GATEWAY_ROLE)


def _read(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())
