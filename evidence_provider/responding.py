"""
From the bytes of a request to everything that goes back: document, attachments, header.  Nothing is kept or sent here.

Every request that can be answered is: what is wrong with it, or with us, becomes an error response.  Only where the
rules give no verdict nothing is said, and the request waits.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from evidence_provider.answer import Answer, answer, refuse
from evidence_provider.evidence import NewId
from evidence_provider.incoming import property_of, read_incoming
from evidence_provider.register import Register
from evidence_provider.requests import RequestIds
from evidence_provider.settings import ProviderSettings
from oots.codes import MIME_REGREP, Action
from oots.ebms.messages import PartyId, Property
from oots.edm.documents import write
from oots.edm.lines import answer_line
from oots.edm.model import ErrorResponse
from oots.edm.request import Identity
from oots.edm.specification import SPECIFICATIONS
from oots.errors import (
    CallerError,
    CheckTookTooLong,
    EdmException,
    InvalidRequest,
    NotChecked,
    QueryFailure,
    TimeBudgetExceeded,
)
from oots.net.gateway_api import Delivery, Submission, SubmittedPart
from oots.net.headers import submitted_header
from oots.validation.findings import Finding
from oots.validation.message_rules import MessageRules, fatal_ones, rules_of

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer as it will be sent."""

    answer: Answer
    document: bytes
    """The answer's document, written, and valid by schema and rules of its line."""
    header: Submission
    findings: tuple[Finding, ...] = ()
    """What is wrong with a request that was answered all the same."""


class Responder:
    """Answers requests by the register of the settings; threads may share it."""

    def __init__(
        self,
        settings: ProviderSettings,
        rules: MessageRules,
        *,
        access_point: PartyId,
        now: Callable[[], datetime],
        new_id: NewId,
    ) -> None:
        self._settings = settings
        self._rules = rules
        self._access_point = access_point
        self._register = Register(settings.register)
        self._message_id_domain: Final = access_point.value.lower().replace("_", "-")
        self._now = now
        self._new_id = new_id

    def respond(self, delivery: Delivery, raw: bytes, *, identity: Identity, replayed: bool) -> Reply:
        """
        Answer an answerable request, of which `identity` could be read; `replayed` says that its id was seen before.

        Also for a fault of ours: the requester gets `EDM:ERR:0008`, and we the traceback.  A check that is stopped for
        time is not tried again, since what stopped it may be the request: the requester gets `EDM:ERR:0005`.  Raises
        `NotChecked` when there is no verdict for a reason of ours: the same may be tried again.
        """
        try:
            return self._answered(delivery, raw, replayed=replayed)
        except EdmException as error:
            refusal = error
        except CheckTookTooLong as error:
            refusal = TimeBudgetExceeded(str(error))
        except NotChecked:
            raise
        except CallerError as error:
            # An answer repeats parts of its request; the schema lets some through that cannot be repeated.
            refusal = InvalidRequest(f"the answer cannot repeat what the request says: {error}")
        except Exception:
            ids = RequestIds.of(delivery)
            log.exception("message %s could not be answered", ids.message_id, extra=ids.extra)
            refusal = QueryFailure("the request could not be processed")
        return self._refusal(delivery, refusal, identity)

    def _answered(self, delivery: Delivery, raw: bytes, *, replayed: bool) -> Reply:
        incoming = read_incoming(delivery, raw, rules=self._rules, now=self._now())
        made = answer(
            incoming.request,
            replayed=replayed,
            register=self._register,
            settings=self._settings,
            now=self._now(),
            new_id=self._new_id,
        )
        header = self._header(delivery, made)
        sent = submitted_header(header, sender=self._access_point, at=self._now())
        self._must_be_kept(self._rules.of_header(sent, made.document.specification), delivery)
        document = self._checked_bytes(made, delivery)
        return Reply(answer=made, document=document, header=header, findings=incoming.findings)

    def _refusal(self, delivery: Delivery, error: EdmException, identity: Identity) -> Reply:
        # The header repeats what that of the request says, and just that may be what is wrong: it has no second look.
        try:
            made = self._refused(delivery, error, identity)
            document = self._checked_bytes(made, delivery)
        except (EdmException, CallerError):
            # What the requester calls itself may be nothing that an answer can repeat (edm.md 10.3).
            made = self._refused(delivery, error, replace(identity, requester=None))
            document = self._checked_bytes(made, delivery)
        return Reply(answer=made, document=document, header=self._header(delivery, made))

    def _refused(self, delivery: Delivery, error: EdmException, identity: Identity) -> Answer:
        if identity.id is None or identity.requester is None:
            # Without them only EDM:ERR:0003 may be said (R-EDM-ERR-C025).
            error = InvalidRequest(error.detail, rules=error.rules)
        document = refuse(
            error,
            request_id=identity.id,
            specification=answer_line(property_of(delivery, "SpecificationId"), identity.specification),
            requester=identity.requester,
            settings=self._settings,
            now=self._now(),
            new_id=self._new_id,
        )
        return Answer(document=document)

    def _checked_bytes(self, made: Answer, delivery: Delivery) -> bytes:
        document = write(made.document)
        self._must_be_kept(self._rules.of_document(document), delivery)
        return document

    def _must_be_kept(self, findings: tuple[Finding, ...], delivery: Delivery) -> None:
        fatal = fatal_ones(findings)
        if fatal:
            # What we send is valid, or it is not sent: this is a fault of ours.
            ids = RequestIds.of(delivery)
            broken = ", ".join(rules_of(fatal))
            log.error("the answer to message %s breaks rules: %s", ids.message_id, broken, extra=ids.extra)
            raise QueryFailure("the answer could not be written")

    def _header(self, delivery: Delivery, made: Answer) -> Submission:
        """Address an answer: the way back, with the identifiers of the request that its line has a place for."""
        specification = made.document.specification
        known = {"ExchangeId": property_of(delivery, "ExchangeId"), "SpecificationId": specification}
        names = SPECIFICATIONS[specification].message_properties
        corners = {item.name: PartyId(value=item.value, type=item.type) for item in delivery.properties}
        identifier = self._settings.identifier
        action = Action.EXCEPTION if isinstance(made.document, ErrorResponse) else Action.RESPONSE
        return Submission(
            message_id=f"{self._new_id()}@{self._message_id_domain}",
            action=action.value,
            conversation_id=delivery.conversation_id,
            receiver=delivery.sender,
            original_sender=PartyId(value=identifier.value, type=identifier.scheme_id),
            final_recipient=corners["originalSender"],
            properties=tuple(
                Property(name=name, value=value) for name, value in known.items() if value and name in names
            ),
            parts=self._parts(made),
        )

    def _parts(self, made: Answer) -> tuple[SubmittedPart, ...]:
        content_id = f"regrep-{self._new_id()}@{self._settings.content_id_domain}"
        evidence = (
            SubmittedPart(content_id=attachment.content_id, mime_type=attachment.document.media_type)
            for attachment in made.attachments
        )
        return (SubmittedPart(content_id=content_id, mime_type=MIME_REGREP), *evidence)
