"""
User messages: from values to the bytes of an HTTP request, and back.  Receipts and errors are in `answer`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509

from oots.as4.compression import deflate, inflate
from oots.as4.keyring import Keyring
from oots.codes import MIME_GZIP, MIME_OCTETS
from oots.dsig import Reference
from oots.ebms.envelope import Envelope, read_envelope, write_body, write_envelope, write_messaging
from oots.ebms.messages import (
    MAX_PARTS,
    PartInfo,
    UserMessage,
    read_messaging,
    write_user_message,
)
from oots.ebms.pmode import PMode, PModes
from oots.ebms.schema import check_messaging
from oots.errors import (
    CallerError,
    EbmsError,
    ExternalPayloadError,
    InvalidHeader,
    MalformedXml,
    ValueInconsistent,
)
from oots.mime.multipart import Package, Part, join, split
from oots.spooled import NewSpooled, Spooled
from oots.wssec.attachments import Attachment
from oots.wssec.encryption import decrypt, encrypt
from oots.wssec.keys import OwnKeys
from oots.wssec.signature import Signed, sign, verify

MAX_AGE: Final = timedelta(days=7)
"""Older messages are refused: MessageIds are only remembered for so long, and a replay must not outlive the memory."""
MAX_AHEAD: Final = timedelta(minutes=15)

# WSS4J decodes a cid: URL as a form field, so that `+` and `%` would come out as something else.
_CONTENT_ID: Final = re.compile(r"[A-Za-z0-9._@-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """One payload: how it is announced, and its bytes as the business application knows them."""

    part: PartInfo
    content: Spooled


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A user message ready to be posted, now or again: the bytes stay the same for every attempt."""

    message: UserMessage
    content_type: str
    content: Spooled
    references: tuple[Reference, ...]
    """What the receipt has to repeat."""
    soap: bytes
    """The envelope as it goes out: with the receipt, the proof of what was delivered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A user message that a peer pushed to us: every field is covered by its signature."""

    message: UserMessage
    payloads: tuple[Payload, ...]
    """In the order of PartInfo; the first is the leading document."""
    references: tuple[Reference, ...]
    certificate: x509.Certificate
    """Of the signer."""
    soap: bytes
    """The envelope as it came: with the receipt, the evidence of what was received."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one message may cost us."""

    max_payload_bytes: int = 500 << 20
    """Of one payload, inflated."""


def pack(
    message: UserMessage,
    contents: Sequence[Spooled],
    *,
    compress: bool,
    keys: OwnKeys,
    recipient: x509.Certificate,
    suffix: str,
    new_spooled: NewSpooled = Spooled,
) -> Packed:
    """
    Package, sign and encrypt a user message; `contents` stand in the order of `message.parts`.

    `suffix` makes the ids inside unique, and the boundary: random, of letters, digits and `-`.
    Raises `CallerError` when parts and contents do not match, or no peer could read them.
    """
    _check_parts(message, contents, compress=compress)

    # (1) Compress what the P-Mode says; the property belongs to the MSH alone.
    message = replace(message, parts=tuple(replace(part, compressed=compress) for part in message.parts))
    plain = {
        part.content_id: _to_attach(content, compress=compress, new_spooled=new_spooled)
        for part, content in zip(message.parts, contents, strict=True)
    }

    # (2) The header, and the attachments encrypted.
    messaging = write_messaging(write_user_message(message), suffix=suffix)
    body = write_body(suffix=suffix)
    security, parts = "", []
    if plain:
        encrypted = encrypt(plain, recipient=recipient, suffix=suffix, new_spooled=new_spooled)
        security = encrypted.text
        parts = [
            Part(content_id=name, media_type=MIME_OCTETS, content=content)
            for name, content in encrypted.contents.items()
        ]

    # (3) A signature over the header, the empty Body and all attachments as they were before: the profile signs first,
    #     and a receiver, reading from the top, decrypts first.
    signature = sign([body, messaging], plain, keys=keys, suffix=suffix)
    soap = write_envelope(messaging, body, security=security + signature.text)

    # (4) One MIME package, written once.
    content = new_spooled()
    content_type = join(soap, f"soap-{suffix}", parts, boundary=f"oots-{suffix}", into=content)
    return Packed(
        message=message, content_type=content_type, content=content, references=signature.references, soap=soap
    )


def unpack(
    content_type: str,
    chunks: Iterable[bytes],
    *,
    keyring: Keyring,
    pmodes: PModes,
    now: datetime,
    limits: Limits = Limits(),
    new_spooled: NewSpooled = Spooled,
) -> Received:
    """
    Open a message that a peer Access Point pushed to us.

    Returns only what its signature covers.  Raises the `EbmsError` the peer should be told, or a `SoapFault`.
    """
    # (1) Take the MIME package apart; the root part is the SOAP envelope.
    package = split(content_type, chunks, new_spooled=new_spooled)
    envelope = _envelope(package.root)

    # (2) Read eb:Messaging, and find the P-Mode that both sides agreed on.
    message = _user_message(envelope)
    try:
        pmode = pmodes.match_incoming(message)
        received = _open(envelope, message, package, pmode=pmode, keyring=keyring, now=now, new_spooled=new_spooled)

        # (5) Inflate last and within limits: only a verified peer gets to spend our memory.
        max_bytes = min(limits.max_payload_bytes, pmode.max_payload_bytes or limits.max_payload_bytes)
        payloads = tuple(_payloads(message, received.attachments, max_bytes, new_spooled))
    except EbmsError as error:
        error.ref_to_message_id = message.message_id
        raise
    return Received(
        message=message,
        payloads=payloads,
        references=received.signed.references,
        certificate=received.signed.certificate,
        soap=package.root,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    attachments: Mapping[str, Attachment]
    signed: Signed


def _open(
    envelope: Envelope,
    message: UserMessage,
    package: Package,
    *,
    pmode: PMode,
    keyring: Keyring,
    now: datetime,
    new_spooled: NewSpooled,
) -> _Opened:
    check_messaging(envelope.messaging)
    attachments = _announced(message, package)

    # (3) Decrypt before verifying: the eDelivery profile signs first, then encrypts.
    plain = decrypt(envelope.security, attachments, keys=keyring.own, new_spooled=new_spooled)

    # (4) Verify with the certificates on file for the P-Mode's party; one that merely came along proves nothing.
    #     What was signed must be the very eb:Messaging that we read in (2), the Body, and all attachments.
    on_file = keyring.certificates_of(pmode.initiator.party_id).signing
    signed = verify(envelope.root, envelope.security, plain, on_file=on_file, now=now)
    signed.must_cover([envelope.messaging, envelope.body], plain)
    _check_age(message, now)
    return _Opened(attachments=plain, signed=signed)


def _envelope(root: bytes) -> Envelope:
    try:
        return read_envelope(root)
    except MalformedXml as error:
        raise InvalidHeader(f"the SOAP part: {error}") from error


def _user_message(envelope: Envelope) -> UserMessage:
    message = read_messaging(envelope.messaging)
    if not isinstance(message, UserMessage):
        raise ValueInconsistent("a signal message was pushed; receipts and errors are answers here")
    return message


def _announced(message: UserMessage, package: Package) -> dict[str, Attachment]:
    """Give the attachments by content id, in the order of PartInfo; refuses one more or one less than announced."""
    names = [part.content_id for part in message.parts]
    if sorted(names) != sorted(package.parts):
        raise ExternalPayloadError(
            f"{len(names)} parts are announced and {len(package.parts)} came, or their Content-IDs differ"
        )
    return {
        name: Attachment(content=package.parts[name].content, mime_type=package.parts[name].media_type)
        for name in names
    }


def _check_age(message: UserMessage, now: datetime) -> None:
    if not now - MAX_AGE <= message.timestamp <= now + MAX_AHEAD:
        raise ValueInconsistent(
            f"eb:Timestamp is further from our clock than {MAX_AGE.days} days back or {MAX_AHEAD} ahead"
        )


def _check_parts(message: UserMessage, contents: Sequence[Spooled], *, compress: bool) -> None:
    if len(contents) != len(message.parts) or len(contents) > MAX_PARTS:
        raise CallerError(f"{len(message.parts)} parts are announced, {len(contents)} given, {MAX_PARTS} possible")
    content_ids = [part.content_id for part in message.parts]
    if len(set(content_ids)) != len(content_ids) or not all(map(_CONTENT_ID.fullmatch, content_ids)):
        raise CallerError("content ids of parts must differ, and consist of letters, digits and the characters . _ @ -")
    if compress and not all(part.mime_type for part in message.parts):
        raise CallerError("a part without MIME type cannot be compressed: its receiver would refuse it")


def _to_attach(content: Spooled, *, compress: bool, new_spooled: NewSpooled) -> Attachment:
    # Uncompressed, the wire type is neutral, as with Domibus: an XML type would have the attachment canonicalised.
    if not compress:
        return Attachment(content=content, mime_type=MIME_OCTETS)
    return Attachment(content=new_spooled().write_all(deflate(content)), mime_type=MIME_GZIP)


def _payloads(
    message: UserMessage, attachments: Mapping[str, Attachment], max_bytes: int, new_spooled: NewSpooled
) -> Iterator[Payload]:
    for part in message.parts:
        content = attachments[part.content_id].content
        if part.compressed:
            content = new_spooled().write_all(inflate(content, max_bytes=max_bytes))
        elif content.size > max_bytes:
            raise ValueInconsistent(f"a payload has more than {max_bytes} bytes")
        yield Payload(part=part, content=content)
