"""
One exchange with PyPI `as4`, timed.  A script for the interpreter of the environment that has it; never imported.

Answers each line of JSON on standard input with one: first the keys of both ends, then payloads, each with how long to
measure.  The profile is Peppol's, the only one there is: its payloads travel in a StandardBusinessDocument.
"""

import base64
import json
import sys
import time
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Self

from as4 import AS4LocalPrivateKey, SecurityPolicy, pinned_certificates  # type: ignore[import-not-found]
from as4.peppol import (  # type: ignore[import-not-found]
    BusdoxDocidQnsDocumentIdentifier,
    PeppolAS4MessageBuilderArgs,
    PeppolAS4Profile,
    PeppolReceivingExchange,
    PeppolSendingExchange,
    create_peppol_external_party,
    create_peppol_internal_party,
)
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

DOCUMENT_TYPE = "urn:example:transcript-of-records::TranscriptOfRecords##urn:example:oots::2.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One end, as itself and as the other sees it."""

    internal: Any
    external: Any
    certificate: x509.Certificate

    @classmethod
    def read(cls, name: str, pem: dict[str, str]) -> Self:
        """Read key and certificate from PEM."""
        certificate = x509.load_pem_x509_certificate(pem["certificate"].encode())
        key = AS4LocalPrivateKey(load_pem_private_key(pem["key"].encode(), None))
        return cls(
            internal=create_peppol_internal_party(name, certificate, key),
            external=create_peppol_external_party(name, certificate),
            certificate=certificate,
        )


def exchange(sender: Party, receiver: Party, payload: bytes) -> None:
    """Send `payload` from one to the other, and the receipt back."""
    arguments = PeppolAS4MessageBuilderArgs(
        sender="0216:003700000001",
        recipient="0216:003700000002",
        document_type_identifier=BusdoxDocidQnsDocumentIdentifier.from_identifier_value(DOCUMENT_TYPE),
        document_identification_instance_identifier="1",
        process_identifier="urn:example:process",
        c1_country_id="FI",
    )
    sending = PeppolSendingExchange(
        profile=PeppolAS4Profile, local_party=sender.internal, remote_party=receiver.external
    )
    headers, body = sending.build(payload, arguments)
    receiving = PeppolReceivingExchange(profile=PeppolAS4Profile, local_party=receiver.internal)
    policy = SecurityPolicy(signer_resolver=pinned_certificates(sender.certificate))
    receiving.receive(headers, body, security_policy=policy)
    _, signal = receiving.build_signal()
    sending.mark_sent().receive_signal(signal)
    if not (receiving.successful and sending.successful):
        raise RuntimeError("the exchange failed")


def timed(sender: Party, receiver: Party, payload: bytes, seconds: float) -> list[float]:
    """Repeat the exchange for so many seconds, at least once."""
    runs: list[float] = []
    until = time.perf_counter() + seconds
    while not runs or time.perf_counter() < until:
        start = time.process_time()
        exchange(sender, receiver, payload)
        runs.append(time.process_time() - start)
    return runs


def main() -> None:
    """Serve until standard input ends."""
    keys = json.loads(sys.stdin.readline())
    sender, receiver = (Party.read(name, keys[name]) for name in ("sender", "receiver"))
    print(json.dumps({"version": version("as4")}), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        runs = timed(sender, receiver, base64.b64decode(order["payload"]), order["seconds"])
        print(json.dumps({"runs": runs}), flush=True)


if __name__ == "__main__":
    main()
