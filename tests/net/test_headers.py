"""The header of a message as back ends know it is the one that the access point packs."""

from dataclasses import replace
from datetime import UTC, datetime

from gateway.submission import user_message
from oots.codes import MIME_REGREP, PARTY_TYPE_OOTS, Action
from oots.ebms.messages import PartyId, Property
from oots.ebms.pmode import oots_pmodes
from oots.net.gateway_api import DeliveredPart, Delivery, Submission, SubmittedPart
from oots.net.headers import delivered_header, submitted_header

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
ALPHA, BETA = (PartyId(value=f"AP_{name}_01", type=PARTY_TYPE_OOTS) for name in ("AA", "BB"))
SUBMISSION = Submission(
    message_id="m1@alpha",
    action=Action.REQUEST.value,
    conversation_id="4c1f6e7a-9df8-4b53-8a6e-1b8bd9b7a001",
    receiver=BETA,
    original_sender=PartyId(value="1", type="urn:one"),
    final_recipient=PartyId(value="2", type="urn:two"),
    properties=(Property(name="ExchangeId", value="9f0e1c52-0a0f-4c87-8d3a-3f6f6a7b2002"),),
    parts=(
        SubmittedPart(content_id="a@alpha", mime_type=MIME_REGREP),
        SubmittedPart(content_id="b@alpha", mime_type="text/plain", properties=(Property(name="x", value="y"),)),
    ),
    ref_to_message_id="m0@beta",
)


def test_what_is_submitted_has_the_header_that_the_access_point_makes() -> None:
    pmodes = oots_pmodes(ALPHA, [(BETA, "https://beta.example/as4")], own_address="https://alpha.example/as4")
    pmode = pmodes.match_outgoing(BETA, SUBMISSION.action)

    packed = user_message(SUBMISSION, pmode, message_id="m1@alpha", now=NOW)

    assert submitted_header(SUBMISSION, sender=ALPHA, at=NOW) == replace(packed, agreement=None)


def test_what_is_delivered_has_the_header_that_was_submitted() -> None:
    sent = submitted_header(replace(SUBMISSION, ref_to_message_id=None), sender=ALPHA, at=NOW)
    delivery = Delivery(
        message_id=sent.message_id,
        timestamp=sent.timestamp,
        sender=ALPHA,
        receiver=BETA,
        action=sent.action,
        conversation_id=sent.conversation_id,
        properties=sent.properties,
        parts=tuple(
            DeliveredPart(content_id=part.content_id, mime_type=part.mime_type, size=1, properties=part.properties)
            for part in sent.parts
        ),
        certificate="",
    )

    assert delivered_header(delivery) == sent
