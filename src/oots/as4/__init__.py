"""
AS4 messages: the one place where MIME, ebMS and WS-Security meet.

    pack      a user message and its payloads  ->  the bytes and the Content-Type of an HTTP request
    unpack    those                            ->  `Received`: only what the peer's signature covers
    pack_receipt, pack_error                   ->  the body of the HTTP response
    read_answer   that body                    ->  a checked receipt, or what the peer complains about

No network, no storage, no clock: the gateway has those.
"""

from oots.as4.answer import Accepted, Complaint, pack_error, pack_receipt, read_answer
from oots.as4.keyring import Keyring, PeerCertificates
from oots.as4.message import Limits, Packed, Payload, Received, pack, unpack

__all__ = [
    "Accepted",
    "Complaint",
    "Keyring",
    "Limits",
    "Packed",
    "Payload",
    "PeerCertificates",
    "Received",
    "pack",
    "pack_error",
    "pack_receipt",
    "read_answer",
    "unpack",
]
