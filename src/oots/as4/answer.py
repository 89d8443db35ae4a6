"""
What travels back in the HTTP response: receipts and errors, packed by the receiver and checked by the sender.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from oots.as4.message import Packed, Received
from oots.dsig import Reference
from oots.ebms.envelope import read_envelope, write_body, write_envelope, write_messaging
from oots.ebms.messages import (
    ErrorReport,
    ErrorSignal,
    Message,
    Receipt,
    UserMessage,
    read_messaging,
    write_error,
    write_receipt,
)
from oots.ebms.schema import check_messaging
from oots.errors import EbmsError, InvalidReceipt, OotsError
from oots.mime.multipart import split
from oots.spooled import Spooled
from oots.wssec.keys import OwnKeys
from oots.wssec.signature import sign, verify


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The peer has our message: its receipt was verified against what we sent."""

    receipt: Receipt
    certificate: x509.Certificate
    soap: bytes
    """The receipt as it came; with the message as sent, the proof of delivery."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """
    The peer reports errors.

    phase4 and others send errors unsigned: a `Complaint` is a reason to act, never a proof that nothing was delivered.
    """

    errors: tuple[ErrorReport, ...]


def pack_receipt(received: Received, *, keys: OwnKeys, message_id: str, suffix: str, now: datetime) -> bytes:
    """Give a signed non-repudiation receipt: it repeats the references that were verified, and nothing else."""
    receipt = Receipt(
        message_id=message_id,
        timestamp=now,
        ref_to_message_id=received.message.message_id,
        references=received.references,
    )
    return _signed(write_receipt(receipt), keys, suffix)


def pack_error(error: EbmsError, *, keys: OwnKeys, message_id: str, suffix: str, now: datetime) -> bytes:
    """Give a signed error signal."""
    return _signed(write_error(error, message_id=message_id, timestamp=now), keys, suffix)


def read_answer(
    content_type: str, body: bytes, *, sent: Packed, on_file: Sequence[x509.Certificate], now: datetime
) -> Accepted | Complaint:
    """
    Read what a peer answered to `sent`.

    `on_file` are the signing certificates of the responder.  Raises `InvalidReceipt` for anything that is neither an
    error signal nor a receipt that proves that this very message arrived.
    """
    try:
        package = split(content_type, [body], new_spooled=Spooled)
        envelope = read_envelope(package.root, body_is_empty=False)
        message = read_messaging(envelope.messaging)
        if isinstance(message, Receipt):
            check_messaging(envelope.messaging)
            signed = verify(envelope.root, envelope.security, {}, on_file=on_file, now=now)
            signed.must_cover([envelope.messaging, envelope.body], ())
            _check_receipt(message, sent)
            return Accepted(receipt=message, certificate=signed.certificate, soap=package.root)
    except InvalidReceipt:
        raise
    except OotsError as error:
        raise InvalidReceipt(f"the answer is no valid receipt: {error}") from error
    return Complaint(errors=_errors(message, sent))


def _errors(message: Message, sent: Packed) -> tuple[ErrorReport, ...]:
    if isinstance(message, UserMessage) or not isinstance(message, ErrorSignal):
        raise InvalidReceipt("the answer is a user message; a receipt is expected")
    if message.ref_to_message_id not in {None, sent.message.message_id}:
        raise InvalidReceipt("the answer is an error about another message")
    return message.errors


def _check_receipt(receipt: Receipt, sent: Packed) -> None:
    if receipt.ref_to_message_id != sent.message.message_id:
        raise InvalidReceipt("the receipt is for another message")
    if len(receipt.references) != len(sent.references) or not all(
        _is_repeated(reference, receipt.references) for reference in sent.references
    ):
        raise InvalidReceipt("the receipt does not repeat exactly the references that we signed")


def _is_repeated(reference: Reference, repeated: Sequence[Reference]) -> bool:
    return sum(reference.proves(item) for item in repeated) == 1


def _signed(unit: str, keys: OwnKeys, suffix: str) -> bytes:
    messaging, body = write_messaging(unit, suffix=suffix), write_body(suffix=suffix)
    signature = sign([body, messaging], {}, keys=keys, suffix=suffix)
    return write_envelope(messaging, body, security=signature.text)
