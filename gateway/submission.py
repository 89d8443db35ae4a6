"""
From a back end's submission to a packed message in the mailbox.  No HTTP here.
"""

import hashlib
import logging
import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from cryptography import x509

from gateway.journal import ids_of
from gateway.outbox import Outbox
from gateway.outgoing import submitted
from gateway.settings import Backend, Settings
from gateway.tokens import must_submit
from oots.as4 import pack
from oots.ebms.envelope import read_envelope
from oots.ebms.messages import PartInfo, PartyId, Property, UserMessage
from oots.ebms.pmode import FOUR_CORNERS, PMode
from oots.ebms.schema import check_messaging
from oots.errors import CallerError, EbmsError, MimeInconsistency, OperatorError
from oots.mime.header_fields import read_media_type
from oots.net.gateway_api import MessageStatus, Submission, submission_json
from oots.spooled import NewSpooled, Spooled

MAX_TEXT: Final = 1024
_KEYS: Final = uuid.UUID("1d7c1c1e-6a5e-4b52-9a0c-5f4b7a0e2b63")
"""Namespace of idempotency keys."""
_MESSAGE_ID: Final = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?")

log = logging.getLogger(__name__)


class Submissions:
    """Packs what back ends submit, once: every attempt to send it posts the same bytes."""

    def __init__(
        self,
        settings: Settings,
        outbox: Outbox,
        *,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
        new_spooled: NewSpooled,
    ) -> None:
        self._settings = settings
        self._outbox = outbox
        self._now = now
        self._new_id = new_id
        self._new_spooled = new_spooled

    def submit(
        self, submission: Submission, contents: Sequence[Spooled], *, backend: Backend, idempotency_key: str | None
    ) -> MessageStatus:
        """
        Pack a message and put it into the mailbox; a repeated submission changes nothing.

        It is known again by its MessageId, or by the key, which stands for one.  Raises `CallerError` for what cannot
        be sent, `NotAllowed` for what this back end may not send, `OperatorError` when a certificate has expired.
        """
        check(submission)
        must_submit(backend, submission.action)
        message_id = self._message_id(submission, backend, idempotency_key)
        digest = digest_of(submission, contents)
        known = self._outbox.submission(message_id, digest, backend=backend.name)
        if known is not None:
            return known
        now = self._now()
        pmode, recipient = self._agreed(submission, now)
        packed = pack(
            user_message(submission, pmode, message_id=message_id, now=now),
            contents,
            compress=pmode.compress,
            keys=self._settings.keyring.own,
            recipient=recipient,
            suffix=self._new_id(),
            new_spooled=self._new_spooled,
        )
        # What leaves follows the schema, or it does not leave: then the fault is ours.
        check_messaging(read_envelope(packed.soap).messaging)
        status = self._outbox.accept(submitted(packed, pmode, backend=backend.name, digest=digest, now=now))
        log.info(
            "message %r of conversation %r submitted",
            message_id,
            submission.conversation_id,
            extra=ids_of(packed.message),
        )
        return status

    def _message_id(self, submission: Submission, backend: Backend, idempotency_key: str | None) -> str:
        given = submission.message_id
        if idempotency_key is None:
            return given or f"{self._new_id()}@{self._settings.own.value}"
        message_id = f"{uuid_of(idempotency_key, backend=backend.name)}@{self._settings.own.value}"
        if given not in {None, message_id}:
            raise CallerError("message_id and Idempotency-Key name two different messages: give one of them")
        return message_id

    def _agreed(self, submission: Submission, now: datetime) -> tuple[PMode, x509.Certificate]:
        try:
            pmode = self._settings.pmodes.match_outgoing(submission.receiver, submission.action)
            recipient = self._settings.keyring.certificates_of(submission.receiver).encryption
        except EbmsError as error:
            raise CallerError(error.detail) from error
        _check_valid(recipient, f"the encryption certificate of {submission.receiver.value!r}", now)
        _check_valid(self._settings.keyring.own.certificate, "our signing certificate", now)
        return pmode, recipient


def uuid_of(idempotency_key: str, *, backend: str) -> uuid.UUID:
    """Give what stands for a key of one back end: always the same, and another one for every other back end."""
    # Some clients write it as a structured field, between quotes, and some do not.
    bare = idempotency_key.strip('"')
    return uuid.uuid5(_KEYS, f"{backend}\n{bare}")


def user_message(submission: Submission, pmode: PMode, *, message_id: str, now: datetime) -> UserMessage:
    """Give the header of a submission: its corners first among the properties, the rest from the P-Mode."""
    corners = zip(FOUR_CORNERS, (submission.original_sender, submission.final_recipient), strict=True)
    return UserMessage(
        message_id=message_id,
        timestamp=now,
        sender=pmode.initiator,
        receiver=pmode.responder,
        service=pmode.service,
        action=submission.action,
        conversation_id=submission.conversation_id,
        properties=(
            *(Property(name=name, value=party.value, type=party.type) for name, party in corners),
            *submission.properties,
        ),
        parts=tuple(
            PartInfo(content_id=part.content_id, mime_type=part.mime_type, properties=part.properties)
            for part in submission.parts
        ),
        ref_to_message_id=submission.ref_to_message_id,
        agreement=pmode.agreement,
    )


def digest_of(submission: Submission, contents: Sequence[Spooled]) -> str:
    """Give what tells two submissions apart: their values, but for the MessageId, and the bytes of their contents."""
    digest = hashlib.sha256(submission_json().dump_json(replace(submission, message_id=None)))
    for content in contents:
        inner = hashlib.sha256()
        for chunk in content.chunks():
            inner.update(chunk)
        digest.update(inner.digest())
    return digest.hexdigest()


def check(submission: Submission) -> None:
    """Raise `CallerError`, naming the field, for what a header cannot carry."""
    for name in ("message_id", "ref_to_message_id"):
        value = getattr(submission, name)
        if value is not None and not _MESSAGE_ID.fullmatch(value):
            raise CallerError(f"{name} is not 1 to 255 printable ASCII characters without blanks around them")
    for name in ("action", "conversation_id"):
        _check_text(name, getattr(submission, name))
    for name in ("receiver", "original_sender", "final_recipient"):
        _check_party(name, getattr(submission, name))
    _check_properties("properties", submission.properties)
    taken = {item.name.lower() for item in submission.properties} & {name.lower() for name in FOUR_CORNERS}
    if taken:
        raise CallerError("properties: originalSender and finalRecipient have fields of their own")
    for number, part in enumerate(submission.parts):
        _check_media_type(f"parts.{number}.mime_type", part.mime_type)
        _check_properties(f"parts.{number}.properties", part.properties)


def _check_party(name: str, party: PartyId) -> None:
    _check_text(f"{name}.value", party.value)
    if party.type is not None:
        _check_text(f"{name}.type", party.type)


def _check_properties(name: str, properties: Sequence[Property]) -> None:
    if len({item.name.lower() for item in properties}) != len(properties):
        raise CallerError(f"{name}: a name stands twice")
    for number, item in enumerate(properties):
        _check_text(f"{name}.{number}.name", item.name)
        _check_text(f"{name}.{number}.value", item.value)
        if item.type is not None:
            _check_text(f"{name}.{number}.type", item.type)


def _check_text(name: str, value: str) -> None:
    if not value or len(value) > MAX_TEXT or value != value.strip() or not value.isprintable():
        raise CallerError(f"{name} is empty, longer than {MAX_TEXT} characters, not printable, or has blanks around it")


def _check_media_type(name: str, value: str) -> None:
    _check_text(name, value)
    try:
        read_media_type(value)
    except MimeInconsistency as error:
        raise CallerError(f"{name}: {error.detail}") from error


def _check_valid(certificate: x509.Certificate, what: str, now: datetime) -> None:
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise OperatorError(f"{what} is not valid now: it has to be replaced")
