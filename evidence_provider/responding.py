"""
From the bytes of a request to everything that goes back: document, attachments, header.  Nothing is kept or sent here.

Every request that can be answered is: what is wrong with it, or with us, becomes an error response.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from evidence_provider.answer import Answer, answer, refuse
from evidence_provider.evidence import NewId
from evidence_provider.incoming import LINES, property_of, read_incoming
from evidence_provider.register import Register
from evidence_provider.requests import RequestIds
from evidence_provider.settings import ProviderSettings
from oots.codes import MIME_REGREP, Action
from oots.ebms.messages import PartyId, Property
from oots.edm.documents import write
from oots.edm.model import ErrorResponse
from oots.edm.request import Identity
from oots.errors import CallerError, EdmException, InvalidRequest, OotsError, QueryFailure
from oots.net.gateway_api import Delivery, Submission, SubmittedPart
from oots.validation.xsd import check_bytes

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer as it will be sent."""

    answer: Answer
    document: bytes
    """The answer's document, written, and valid by its schema."""
    header: Submission


class Responder:
    """Answers requests by the register of the settings; threads may share it."""

    def __init__(
        self, settings: ProviderSettings, *, access_point: PartyId, now: Callable[[], datetime], new_id: NewId
    ) -> None:
        self._settings = settings
        self._register = Register(settings.register)
        self._message_id_domain: Final = access_point.value.lower().replace("_", "-")
        self._now = now
        self._new_id = new_id

    def respond(self, delivery: Delivery, raw: bytes, *, identity: Identity, replayed: bool) -> Reply:
        """
        Answer an answerable request, of which `identity` could be read; `replayed` says that its id was seen before.

        Also for a fault of ours: the requester gets `EDM:ERR:0008`, and we the traceback.
        """
        made, document = self._made(delivery, raw, identity=identity, replayed=replayed)
        return Reply(answer=made, document=document, header=self._header(delivery, made))

    def _made(self, delivery: Delivery, raw: bytes, *, identity: Identity, replayed: bool) -> tuple[Answer, bytes]:
        try:
            made = answer(
                read_incoming(delivery, raw),
                replayed=replayed,
                register=self._register,
                settings=self._settings,
                now=self._now(),
                new_id=self._new_id,
            )
            return made, _checked_bytes(made)
        except EdmException as error:
            refusal = error
        except CallerError as error:
            # An answer repeats parts of its request; the schema lets some through that cannot be repeated.
            refusal = InvalidRequest(f"the answer cannot repeat what the request says: {error}")
        except Exception:
            ids = RequestIds.of(delivery)
            log.exception("message %s could not be answered", ids.message_id, extra=ids.extra)
            refusal = QueryFailure("the request could not be processed")
        return self._refusal(refusal, identity)

    def _refusal(self, error: EdmException, identity: Identity) -> tuple[Answer, bytes]:
        try:
            made = self._refused(error, identity)
            return made, _checked_bytes(made)
        except OotsError:
            # What the requester calls itself may be nothing that an answer can repeat (edm.md 10.3).
            made = self._refused(error, replace(identity, requester=None))
            return made, _checked_bytes(made)

    def _refused(self, error: EdmException, identity: Identity) -> Answer:
        if identity.id is None or identity.requester is None:
            # Without them only EDM:ERR:0003 may be said (R-EDM-ERR-C025).
            error = InvalidRequest(error.detail, rules=error.rules)
        document = refuse(
            error,
            request_id=identity.id,
            specification=LINES[0],
            requester=identity.requester,
            settings=self._settings,
            now=self._now(),
            new_id=self._new_id,
        )
        return Answer(document=document)

    def _header(self, delivery: Delivery, made: Answer) -> Submission:
        """Address an answer: the way back, with the identifiers of the request (as4.md 2.4)."""
        exchange_id = property_of(delivery, "ExchangeId")
        properties = [Property(name="SpecificationId", value=made.document.specification)]
        if exchange_id is not None:
            properties.insert(0, Property(name="ExchangeId", value=exchange_id))
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
            properties=tuple(properties),
            parts=self._parts(made),
        )

    def _parts(self, made: Answer) -> tuple[SubmittedPart, ...]:
        content_id = f"regrep-{self._new_id()}@{self._settings.content_id_domain}"
        evidence = (
            SubmittedPart(content_id=attachment.content_id, mime_type=attachment.document.media_type)
            for attachment in made.attachments
        )
        return (SubmittedPart(content_id=content_id, mime_type=MIME_REGREP), *evidence)


def _checked_bytes(made: Answer) -> bytes:
    document = write(made.document)
    breaches = check_bytes(document)
    if breaches:
        # What we send is valid, or it is not sent: this is a fault of ours.
        log.error("an answer of ours breaks its schema: %s, %s", breaches[0].location, breaches[0].message)
        raise QueryFailure("the answer could not be written")
    return document
