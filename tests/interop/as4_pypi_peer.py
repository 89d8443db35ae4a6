"""
PyPI `as4` as an Access Point.  A script for the interpreter of the environment that has it; never imported.

Answers each line of JSON on standard input with one.  Its one profile is Peppol's: it builds messages of that profile
only; it reads ours below the profile, where there is no StandardBusinessDocument to look for, and one payload at most.
"""

import base64
import json
import sys
from typing import Any

from as4 import AS4LocalPrivateKey, AS4ParseContext, SecurityPolicy, pinned_certificates
from as4.core.message import AS4Message
from as4.core.receipt import AS4Receipt
from as4.peppol import (
    BusdoxDocidQnsDocumentIdentifier,
    PeppolAS4MessageBuilderArgs,
    PeppolAS4Profile,
    PeppolSendingExchange,
    create_peppol_external_party,
    create_peppol_internal_party,
)
from as4.utils.mime_handler import MIMEHandler
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

DOCUMENT_TYPE = "urn:example:evidence::Evidence##urn:example:oots::2.0"
Order = dict[str, Any]


class Peer:
    """One Access Point and the peer it knows."""

    def __init__(self, keys: Order) -> None:
        certificate, self.known = (
            x509.load_pem_x509_certificate(keys[name].encode()) for name in ("certificate", "known")
        )
        key = AS4LocalPrivateKey(load_pem_private_key(keys["key"].encode(), None))
        self.own = create_peppol_internal_party(keys["party_id"], certificate, key)
        self.other = create_peppol_external_party(keys["known_party_id"], self.known)
        self.sending: PeppolSendingExchange | None = None

    def send(self, order: Order) -> Order:
        """Build a message."""
        arguments = PeppolAS4MessageBuilderArgs(
            sender="0216:003700000001",
            recipient="0216:003700000002",
            document_type_identifier=BusdoxDocidQnsDocumentIdentifier.from_identifier_value(DOCUMENT_TYPE),
            document_identification_instance_identifier="1",
            process_identifier="urn:example:process",
            c1_country_id="FI",
        )
        self.sending = PeppolSendingExchange(profile=PeppolAS4Profile, local_party=self.own, remote_party=self.other)
        headers, body = self.sending.build(base64.b64decode(order["payload"]), arguments)
        self.sending.mark_sent()
        return {"content_type": headers["Content-Type"], "body": base64.b64encode(body).decode()}

    def judge(self, order: Order) -> Order:
        """Judge the signal that answers the message that was built."""
        assert self.sending is not None
        self.sending.receive_signal(base64.b64decode(order["answer"]))
        errors = [error.error_code for error in self.sending.errors]
        return {"acknowledged": self.sending.successful, "errors": errors}

    def receive(self, order: Order) -> Order:
        """Read a message: verify its signature and its digests, decrypt, inflate; and answer it."""
        request = MIMEHandler.payload_from_request(
            {"Content-Type": order["content_type"]}, base64.b64decode(order["body"])
        )
        policy = SecurityPolicy(signer_resolver=pinned_certificates(self.known))
        message = AS4Message.parse(
            AS4ParseContext(local_party=self.own, security_policy=policy), *PeppolAS4Profile.unpack_message(request)
        )
        headers, answer = AS4Receipt.for_message(message, self.own).get_request_data()
        return {
            "error": None if message.parse_error is None else str(message.parse_error),
            "message_id": message.message_id,
            "payloads": [base64.b64encode(content).decode() for content in message.decrypted_data.values()],
            "content_type": headers["Content-Type"],
            "answer": base64.b64encode(answer).decode(),
        }


def main() -> None:
    """Serve until standard input ends."""
    peer = Peer(json.loads(sys.stdin.readline()))
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        answer = {"send": peer.send, "judge": peer.judge, "receive": peer.receive}[order["do"]](order)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
