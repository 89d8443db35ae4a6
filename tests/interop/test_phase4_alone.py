"""
phase4 with itself: that the witness is sound, before it is asked about us.
"""

from datetime import UTC, datetime

import httpx
import pytest
from lxml import etree

from oots.ebms.envelope import write_body, write_envelope, write_messaging
from oots.ebms.messages import write_user_message
from oots.wssec.keys import fingerprint
from oots.xml import WSSE
from tests.interop.identities import World, anonymous_tls
from tests.interop.letters import PDF, REGREP, a_letter
from tests.interop.phase4_peer import OutgoingPayload, Phase4Peer
from tests.interop.wire import Body, post

pytestmark = pytest.mark.interop


def test_phase4_receives_what_phase4_sends(phase4: Phase4Peer, world: World) -> None:
    letter = a_letter(world.theirs, world.theirs, timestamp=datetime.now(UTC))
    payloads = [OutgoingPayload(content=c, part=p) for c, p in zip([REGREP, PDF], letter.parts, strict=True)]

    sent = phase4.send(letter, payloads, url=phase4.receive())

    assert (sent.result, sent.receipt, sent.signature_checked) == ("SUCCESS", True, True)
    assert sent.references_match
    assert sent.signer_sha256 == fingerprint(world.theirs.keys.certificate)
    delivered = phase4.delivered(letter.message_id)
    assert delivered is not None
    assert delivered.payloads == (REGREP, PDF)


def test_phase4_receives_what_phase4_sends_over_mutual_tls(phase4: Phase4Peer, world: World) -> None:
    letter = a_letter(world.theirs, world.theirs, timestamp=datetime.now(UTC), parts=1)
    url = phase4.receive(tls=True)

    sent = phase4.send(letter, [OutgoingPayload(content=REGREP, part=letter.parts[0])], url=url)

    assert url.startswith("https:")
    assert sent.result == "SUCCESS"


def test_the_access_point_lets_nobody_in_without_a_client_certificate(phase4: Phase4Peer, world: World) -> None:
    url = phase4.receive(tls=True)

    with pytest.raises(httpx.TransportError):
        post(url, Body(content_type="application/soap+xml", content=b""), tls=anonymous_tls(world.authority))


def test_the_access_point_refuses_a_party_that_it_does_not_know(phase4: Phase4Peer, world: World) -> None:
    letter = a_letter(world.theirs, world.theirs, timestamp=datetime.now(UTC), parts=1)
    payload = OutgoingPayload(content=REGREP, part=letter.parts[0])

    sent = phase4.send(letter, [payload], url=phase4.receive(), sender="AP_ZZ_01")

    assert (sent.result, sent.errors) == ("AS4_ERROR_MESSAGE_RECEIVED", ("EBMS:0010",))


def test_the_access_point_refuses_a_message_signed_by_another_party(phase4: Phase4Peer, world: World) -> None:
    letter = a_letter(world.theirs, world.theirs, timestamp=datetime.now(UTC), parts=1)
    payload = OutgoingPayload(content=REGREP, part=letter.parts[0])

    sent = phase4.send(letter, [payload], url=phase4.receive(), sender=world.ours.party_id.value)

    assert (sent.result, sent.errors) == ("AS4_ERROR_MESSAGE_RECEIVED", ("EBMS:0101",))
    assert phase4.delivered(letter.message_id) is None


def test_the_access_point_refuses_a_message_without_a_signature(phase4: Phase4Peer, world: World) -> None:
    letter = a_letter(world.ours, world.theirs, timestamp=datetime.now(UTC), parts=0)
    messaging = write_messaging(write_user_message(letter), suffix="unsigned")
    envelope = etree.fromstring(write_envelope(messaging, write_body(suffix="unsigned"), security=""))
    etree.strip_elements(envelope, f"{{{WSSE}}}Security")

    reply = post(phase4.receive(), Body(content_type="application/soap+xml", content=etree.tostring(envelope)))

    assert b'errorCode="EBMS:0103"' in reply.body.content
    assert phase4.delivered(letter.message_id) is None
