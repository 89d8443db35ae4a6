"""
What a worker and whoever started it say to each other: frames of JSON, with the bytes of a document behind it.

Nothing is unpickled: a worker has read hostile documents.
"""

import json
import socket
import struct
from collections.abc import Iterable
from typing import Any, Final

from oots.validation.findings import Finding, Layer, Severity

_SIZES: Final = struct.Struct(">II")
_MAX_BYTES: Final = 64 << 20


class WorkerGone(Exception):
    """The other end is not there any more."""


def send(connection: socket.socket, said: dict[str, Any], document: bytes = b"") -> None:
    """Send one frame; raises `WorkerGone`, and `TimeoutError` when the other end does not take it."""
    text = json.dumps(said).encode()
    try:
        connection.sendall(_SIZES.pack(len(text), len(document)) + text + document)
    except ConnectionError as error:
        raise WorkerGone from error


def receive(connection: socket.socket) -> tuple[dict[str, Any], bytes]:
    """Wait for one frame; raises `WorkerGone`, and `TimeoutError` as the socket has it."""
    of_text, of_document = _SIZES.unpack(_exactly(connection, _SIZES.size))
    if of_text + of_document > _MAX_BYTES:
        raise WorkerGone
    said = json.loads(_exactly(connection, of_text))
    return said, _exactly(connection, of_document)


def _exactly(connection: socket.socket, size: int) -> bytes:
    read = bytearray()
    while len(read) < size:
        try:
            piece = connection.recv(min(size - len(read), 1 << 20))
        except ConnectionError as error:
            raise WorkerGone from error
        if not piece:
            raise WorkerGone
        read += piece
    return bytes(read)


def written(findings: Iterable[Finding]) -> list[list[str]]:
    """Write findings for a frame."""
    return [[one.rule, one.severity.value, one.layer.value, one.location, one.message] for one in findings]


def read(findings: list[list[str]]) -> tuple[Finding, ...]:
    """Read the findings of a frame."""
    return tuple(
        Finding(rule=rule, severity=Severity(severity), layer=Layer(layer), location=location, message=message)
        for rule, severity, layer, location, message in findings
    )
