"""
What rows keep of a message: texts encrypted, and as JSON.  Which rows, and when, stands in `outbox` and `inbox`.

A row of one release is read by the next: fields may only be added, with a default.
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any, Final, Self

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
from oots.store.blobs import BlobRef
from oots.store.sealed_columns import open_sealed, seal
from oots.store.secret_key import DataKey

SET_ASIDE: Final = timedelta(minutes=10)
"""How long a message rests whose row cannot be read; then it is looked at again: an operator may have restored it."""

AnyRow = Row[*tuple[Any, ...]]

_OUTGOING: Final = "outgoing"
_INCOMING: Final = "incoming"


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
