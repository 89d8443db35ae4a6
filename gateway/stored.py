"""
What rows keep of a message: texts encrypted, and as JSON.  Which rows, and when, stands in `outbox` and `inbox`.

A row of one release is read by the next: fields may only be added, with a default.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any, Final, Never, Self

from pydantic import TypeAdapter
from sqlalchemy import Row

from gateway.incoming import Incoming
from gateway.outgoing import Outgoing
from gateway.states import State
from oots.as4 import Packed, Payload
from oots.dsig import Reference
from oots.ebms.messages import UserMessage
from oots.ebms.pmode import PMode
from oots.net.gateway_api import SendingFailure, Step
from oots.spooled import Spooled
from oots.store.blobs import Blob, BlobRef, BlobStore
from oots.store.sealed_columns import open_sealed, seal
from oots.store.secret_key import DataKey

SET_ASIDE: Final = timedelta(minutes=10)
"""How long a message rests whose row cannot be read; then it is looked at again: an operator may have restored it."""

AnyRow = Row[*tuple[Any, ...]]

_OUTGOING: Final = "outgoing"
_INCOMING: Final = "incoming"
_PAYLOAD: Final = "payload"

MOST_IN_A_ROW: Final = 64 << 10
"""
Bytes of a payload that stands in its row; a larger one is a blob.  A file of its own, with its name on disk, takes more
time than all the rows of a message; large ones would make the database slow to copy and its log long.
"""


# --- on its way out ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingHeader:
    """What is needed, beside the packed bytes, to post a message again and to check its receipt."""

    message: UserMessage
    pmode: PMode
    """As it was when the message was submitted: its attempts are those that were promised then."""
    content_type: str
    references: tuple[Reference, ...]
    soap: str

    @classmethod
    def of(cls, outgoing: Outgoing) -> Self:
        """Take it from a message."""
        packed = outgoing.packed
        return cls(
            message=packed.message,
            pmode=outgoing.pmode,
            content_type=packed.content_type,
            references=packed.references,
            soap=packed.soap.decode(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What its back end may ask about a message that is sent."""

    history: tuple[Step, ...]
    failure: SendingFailure | None


def prepare_json() -> None:
    """
    Make what reads and writes JSON here, before several threads need it.

    pydantic parses our sources for the descriptions of fields, and CPython 3.11 cannot do that in two threads at once.
    """
    for prepare in (_header_json, _progress_json, _user_message_json, _references_json):
        prepare()


@cache
def _header_json() -> TypeAdapter[OutgoingHeader]:
    return TypeAdapter(OutgoingHeader)


@cache
def _progress_json() -> TypeAdapter[Progress]:
    return TypeAdapter(Progress)


def write_outgoing(message: Outgoing, blob: BlobRef, key: DataKey) -> dict[str, object]:
    """Give the columns of a new row."""
    header = _header_json().dump_json(OutgoingHeader.of(message))
    return {
        "message_id": message.message_id,
        "backend": message.backend,
        "digest": message.digest,
        "submitted_at": message.submitted_at,
        "header": seal(key, header, table=_OUTGOING, row=message.message_id, column="header"),
        "blob_id": blob.id,
        "size": blob.size,
        "sha256": blob.sha256,
        **write_progress(message, key),
    }


def read_outgoing(row: AnyRow, key: DataKey) -> Outgoing:
    """Give the message of a row, still without its content; raises `DamagedContent`."""
    sealed = open_sealed(key, row.header, table=_OUTGOING, row=row.message_id, column="header")
    header, progress = _header_json().validate_json(sealed), read_progress(row, key)
    return Outgoing(
        packed=Packed(
            message=header.message,
            content_type=header.content_type,
            content=Spooled(),
            references=header.references,
            soap=header.soap.encode(),
        ),
        pmode=header.pmode,
        backend=row.backend,
        digest=row.digest,
        submitted_at=row.submitted_at,
        state=State(row.state),
        attempts=row.attempts,
        due_at=row.due_at,
        failure=progress.failure,
        history=progress.history,
    )


def write_progress(message: Outgoing, key: DataKey) -> dict[str, object]:
    """Give the columns that events change."""
    progress = _progress_json().dump_json(Progress(history=message.history, failure=message.failure))
    return {
        "state": message.state.value,
        "attempts": message.attempts,
        "due_at": message.due_at,
        "progress": seal(key, progress, table=_OUTGOING, row=message.message_id, column="progress"),
    }


def read_progress(row: AnyRow, key: DataKey) -> Progress:
    """Give what its back end may ask; raises `DamagedContent`."""
    sealed = open_sealed(key, row.progress, table=_OUTGOING, row=row.message_id, column="progress")
    return _progress_json().validate_json(sealed)


# --- that came in -----------------------------------------------------------------------------------------------------


@cache
def _user_message_json() -> TypeAdapter[UserMessage]:
    return TypeAdapter(UserMessage)


@cache
def _references_json() -> TypeAdapter[tuple[Reference, ...]]:
    return TypeAdapter(tuple[Reference, ...])


def write_incoming(message: Incoming, key: DataKey) -> dict[str, object]:
    """Give the columns of a new row."""
    header = _user_message_json().dump_json(message.message)
    return {
        "message_id": message.message_id,
        "signed": _references_json().dump_python(message.references, mode="json"),
        "receipt": message.receipt,
        "fingerprint": message.fingerprint,
        "action": message.message.action,
        "header": seal(key, header, table=_INCOMING, row=message.message_id, column="header"),
        "kept_at": message.kept_at,
    }


def read_incoming(row: AnyRow, message: UserMessage, *, payloads: tuple[Payload, ...] = ()) -> Incoming:
    """Give what a row keeps of a message, but for what is encrypted: that is handed in."""
    return Incoming(
        message=message,
        references=_references_json().validate_python(row.signed),
        fingerprint=row.fingerprint,
        receipt=row.receipt,
        payloads=payloads,
        soap=b"",
        kept_at=row.kept_at,
    )


def read_user_message(row: AnyRow, key: DataKey) -> UserMessage:
    """Give the header of the message of a row; raises `DamagedContent`."""
    sealed = open_sealed(key, row.header, table=_INCOMING, row=row.message_id, column="header")
    return _user_message_json().validate_json(sealed)


# --- payloads ---------------------------------------------------------------------------------------------------------


class SealedContent(Spooled):
    """A payload of a row, decrypted each time that it is read."""

    __slots__ = ("_key", "_place", "_sealed")

    def __init__(self, sealed: bytes, key: DataKey, *, size: int, place: str) -> None:
        super().__init__()
        self.size = size
        self._sealed, self._key, self._place = sealed, key, place

    def write(self, data: bytes) -> Never:
        """Refuse."""
        raise ValueError(f"a payload that is kept takes no more bytes: {len(data)} were offered")

    def chunks(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Give the bytes `[start:stop]`; raises `DamagedContent`."""
        yield open_sealed(self._key, self._sealed, table=_PAYLOAD, row=self._place, column="content")[start:stop]


Content = Blob | SealedContent
"""What a payload is read from; both give a part of it as well."""


def is_small(content: Spooled) -> bool:
    """Tell whether a payload stands in its row."""
    return content.size <= MOST_IN_A_ROW


def write_payloads(message: Incoming, number: int, blobs: Sequence[BlobRef], key: DataKey) -> list[dict[str, object]]:
    """Give the rows of a message's payloads; `number` is that of its row, `blobs` are its large ones, in order."""
    large = iter(blobs)
    rows: list[dict[str, object]] = []
    for index, payload in enumerate(message.payloads):
        row = {"message_number": number, "number": index}
        if is_small(payload.content):
            rows.append(row | _in_row(payload.content.read(), key, place=_place(message.message_id, index)))
        else:
            blob = next(large)
            rows.append(row | {"blob_id": blob.id, "content": None, "size": blob.size, "sha256": blob.sha256})
    return rows


def read_payload(row: AnyRow, message_id: str, key: DataKey, blobs: BlobStore) -> Content:
    """Give the content of a row; raises `DamagedContent` when its file is gone."""
    if row.blob_id is not None:
        return blobs.open(BlobRef(id=row.blob_id, size=row.size, sha256=row.sha256), key)
    return SealedContent(row.content, key, size=row.size, place=_place(message_id, row.number))


def _in_row(content: bytes, key: DataKey, *, place: str) -> dict[str, object]:
    return {
        "blob_id": None,
        "content": seal(key, content, table=_PAYLOAD, row=place, column="content"),
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def _place(message_id: str, number: int) -> str:
    return f"{message_id} {number}"
