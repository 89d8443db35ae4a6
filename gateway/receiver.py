"""
What a peer's message is answered with: a receipt once it is kept, or an error.  No HTTP here, but for the status.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from gateway.inbox import Inbox
from gateway.incoming import kept
from gateway.journal import Journal, ids_of
from gateway.settings import Settings
from oots.as4 import Received, pack_error, pack_receipt, unpack
from oots.ebms.envelope import write_fault
from oots.errors import EbmsError, FailedAuthentication, OotsError, OperatorError, Other, SoapFault, TransportRefusal
from oots.spooled import NewSpooled, Spooled
from oots.wssec.keys import der

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A SOAP envelope, and the HTTP status it goes with."""

    status: int
    soap: bytes


class Receiver:
    """Opens what peers post.  Its methods take their time: they belong in a thread."""

    def __init__(
        self,
        settings: Settings,
        inbox: Inbox,
        journal: Journal,
        *,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
        new_spooled: NewSpooled,
    ) -> None:
        self._settings = settings
        self._inbox = inbox
        self._journal = journal
        self._now = now
        self._new_id = new_id
        self._new_spooled = new_spooled

    def receive(self, content_type: str, package: Spooled, client_certificate: bytes | None) -> Reply:
        """
        Take in a message, and give what its sender is told; a receipt only once the message is kept.

        Raises `TransportRefusal` when there is no room for it, `OperatorError` when the disk does not do its part.
        """
        try:
            received = self._unpack(content_type, package)
            self._check_connection(received, client_certificate)
            return Reply(status=HTTPStatus.OK, soap=self._keep(received))
        except EbmsError as error:
            return self._complaint(error)
        except SoapFault as fault:
            log.warning("a message is answered with a SOAP fault: %s", fault)
            self._note_refusal(fault.value, fault.reason, message_id=None, at=self._now())
            return Reply(status=HTTPStatus.INTERNAL_SERVER_ERROR, soap=write_fault(fault))
        except (TransportRefusal, OperatorError):
            raise
        except Exception:
            log.exception("a message could not be processed")
            return self._complaint(Other("the message could not be processed"))

    def _unpack(self, content_type: str, package: Spooled) -> Received:
        return unpack(
            content_type,
            package.chunks(),
            keyring=self._settings.keyring,
            pmodes=self._settings.pmodes,
            now=self._now(),
            limits=self._settings.limits,
            new_spooled=self._new_spooled,
        )

    def _check_connection(self, received: Received, client_certificate: bytes | None) -> None:
        """Whoever connects has to be who signs, for peers whose TLS certificates are on file."""
        pinned = self._settings.tls_pinned.get(received.message.sender.party_id)
        if pinned is not None and client_certificate not in {der(certificate) for certificate in pinned}:
            raise FailedAuthentication(
                "the TLS certificate of this connection is not the one on file for the sending party",
                ref_to_message_id=received.message.message_id,
            )

    def _keep(self, received: Received) -> bytes:
        now = self._now()
        receipt = pack_receipt(
            received,
            keys=self._settings.keyring.own,
            message_id=f"{self._new_id()}@{self._settings.own.value}",
            suffix=self._new_id(),
            now=now,
        )
        try:
            return self._inbox.keep(kept(received, receipt, now))
        except (TransportRefusal, OperatorError):
            # Its sender is told nothing about it, and sends it again; why stands in the next line.
            log.warning("message %r is not taken in now", received.message.message_id, extra=ids_of(received.message))
            raise

    def _complaint(self, error: EbmsError) -> Reply:
        log.warning(
            "message %r refused: %s %s",
            error.ref_to_message_id,
            error.code.value,
            error.detail,
            extra={"message_id": error.ref_to_message_id},
        )
        now = self._now()
        self._note_refusal(error.code.value, error.detail, message_id=error.ref_to_message_id, at=now)
        soap = pack_error(
            error,
            keys=self._settings.keyring.own,
            message_id=f"{self._new_id()}@{self._settings.own.value}",
            suffix=self._new_id(),
            now=now,
        )
        # as4.md 4.5: 200 for what is a message, 400 for what cannot be read as one; a fault of ours is no bad request.
        readable = error.ref_to_message_id is not None or isinstance(error, Other)
        return Reply(status=HTTPStatus.OK if readable else HTTPStatus.BAD_REQUEST, soap=soap)

    def _note_refusal(self, code: str, detail: str, *, message_id: str | None, at: datetime) -> None:
        try:
            self._journal.refused(code, detail, message_id=message_id, at=at)
        except Exception as error:
            # A refusal promises nothing: its sender is told the truth also when the journal cannot be written.
            log.error(
                "the refusal of message %r is not in the journal: %s",
                message_id,
                error if isinstance(error, OotsError) else type(error).__name__,
                extra={"message_id": message_id},
            )
