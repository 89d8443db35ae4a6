"""
Our messages before phase4's eyes, and phase4's before ours: signed, encrypted, acknowledged on both sides.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from oots.as4 import (
    Accepted,
    Complaint,
    Keyring,
    Packed,
    PeerCertificates,
    Received,
    pack,
    pack_error,
    pack_receipt,
    read_answer,
    unpack,
)
from oots.codes import MIME_SOAP, Action
from oots.ebms.messages import UserMessage
from oots.ebms.pmode import PModes, oots_pmodes
from oots.errors import EbmsError, FailedAuthentication
from oots.spooled import Spooled
from oots.wssec.keys import fingerprint
from tests.interop.identities import World
from tests.interop.letters import PDF, REGREP, a_letter
from tests.interop.phase4_peer import Delivered, OutgoingPayload, Phase4Peer, Sent
from tests.interop.wire import Body, Reply, door, post

pytestmark = pytest.mark.interop

COMPRESSED = pytest.mark.parametrize("compress", [True, False], ids=["compressed", "uncompressed"])


@pytest.fixture
def keyring(world: World) -> Keyring:
    """Hold our keys, and phase4's certificate on file."""
    theirs = world.theirs.keys.certificate
    on_file = PeerCertificates(signing=(theirs,), encryption=theirs)
    return Keyring(own=world.ours.keys, peers={world.theirs.party_id: on_file})


@pytest.fixture
def pmodes(world: World) -> PModes:
    """Agree with phase4 on the P-Modes of OOTS."""
    return oots_pmodes(world.ours.party_id, [(world.theirs.party_id, "")], own_address="")


# --- ours to phase4 ---------------------------------------------------------------------------------------------------


def push(phase4: Phase4Peer, world: World, letter: UserMessage, *, compress: bool = True) -> tuple[Packed, Reply]:
    """Pack a message of ours and post it to phase4."""
    packed = pack(
        letter,
        [Spooled(REGREP), Spooled(PDF)],
        compress=compress,
        keys=world.ours.keys,
        recipient=world.theirs.keys.certificate,
        suffix=letter.conversation_id,
    )
    body = Body(content_type=packed.content_type, content=packed.content.read())
    return packed, post(phase4.receive(), body)


def answer_to(packed: Packed, reply: Reply, world: World) -> Accepted | Complaint:
    """Read phase4's answer as our gateway would."""
    on_file = [world.theirs.keys.certificate]
    return read_answer(reply.body.content_type, reply.body.content, sent=packed, on_file=on_file, now=datetime.now(UTC))


@COMPRESSED
def test_phase4_delivers_our_message_byte_for_byte(phase4: Phase4Peer, world: World, *, compress: bool) -> None:
    letter = a_letter(world.ours, world.theirs, timestamp=datetime.now(UTC))

    push(phase4, world, letter, compress=compress)

    delivered = phase4.delivered(letter.message_id)
    assert delivered is not None, phase4.log()
    assert delivered.payloads == (REGREP, PDF)
    assert_same_header(delivered, letter)
    assert [payload["compressed"] for payload in delivered.header["payloads"]] == [compress, compress]


def test_our_signature_covers_all_that_phase4_delivers(phase4: Phase4Peer, world: World) -> None:
    letter = a_letter(world.ours, world.theirs, timestamp=datetime.now(UTC))

    packed, _ = push(phase4, world, letter)

    delivered = phase4.delivered(letter.message_id)
    assert delivered is not None, phase4.log()
    signed = delivered.header["signedReferences"]
    assert signed == [reference.uri for reference in packed.references]
    assert signed[2:] == [f"cid:{part.content_id}" for part in letter.parts]
    assert all(uri.startswith("#") for uri in signed[:2])
    assert delivered.header["signerSha256"] == fingerprint(world.ours.keys.certificate)


@COMPRESSED
def test_phase4s_receipt_proves_that_our_message_arrived(phase4: Phase4Peer, world: World, *, compress: bool) -> None:
    letter = a_letter(world.ours, world.theirs, timestamp=datetime.now(UTC))

    packed, reply = push(phase4, world, letter, compress=compress)

    answer = answer_to(packed, reply, world)
    assert isinstance(answer, Accepted)
    assert answer.receipt.ref_to_message_id == letter.message_id
    assert answer.certificate == world.theirs.keys.certificate
    assert reply.status == 200


def test_phase4s_error_is_understood(phase4: Phase4Peer, world: World) -> None:
    letter = a_letter(world.ours, world.theirs, timestamp=datetime.now(UTC))
    strange = replace(letter, action="SubmitObjectsRequest")

    packed, reply = push(phase4, world, strange)

    answer = answer_to(packed, reply, world)
    assert isinstance(answer, Complaint)
    assert [error.code for error in answer.errors] == ["EBMS:0010"]
    assert phase4.delivered(strange.message_id) is None


def assert_same_header(delivered: Delivered, letter: UserMessage) -> None:
    """Compare what phase4 read with what we wrote."""
    header = delivered.header
    assert header["messageId"] == letter.message_id
    assert header["refToMessageId"] is None
    assert header["conversationId"] == letter.conversation_id
    assert header["agreementRef"] is None
    assert header["service"] == {"type": letter.service.type, "value": letter.service.value}
    assert header["action"] == letter.action
    for name, party in [("from", letter.sender), ("to", letter.receiver)]:
        assert header[name] == {"type": party.party_id.type, "value": party.party_id.value, "role": party.role}
    assert header["properties"] == [
        {"name": item.name, "type": item.type, "value": item.value} for item in letter.properties
    ]
    assert [(payload["cid"], payload["mimeType"]) for payload in header["payloads"]] == [
        (part.content_id, part.mime_type) for part in letter.parts
    ]


# --- phase4 to ours ---------------------------------------------------------------------------------------------------


def pushed_by(
    phase4: Phase4Peer, letter: UserMessage, answer: Callable[[Body], Reply], *, compress: bool = True
) -> Sent:
    """Have phase4 push a message to a door of ours."""
    payloads = [
        OutgoingPayload(content=content, part=part, compress=compress)
        for content, part in zip([REGREP, PDF], letter.parts, strict=True)
    ]
    with door(answer) as url:
        return phase4.send(letter, payloads, url=url)


def reply_with(soap: bytes) -> Reply:
    """Answer as our gateway does."""
    return Reply(status=200, body=Body(content_type=f"{MIME_SOAP}; charset=utf-8", content=soap))


@COMPRESSED
def test_we_open_phase4s_message_and_phase4_accepts_our_receipt(
    phase4: Phase4Peer, world: World, keyring: Keyring, pmodes: PModes, *, compress: bool
) -> None:
    now = datetime.now(UTC)
    letter = a_letter(world.theirs, world.ours, action=Action.RESPONSE, timestamp=now)
    opened: list[Received] = []

    def answer(body: Body) -> Reply:
        received = unpack(body.content_type, [body.content], keyring=keyring, pmodes=pmodes, now=now)
        opened.append(received)
        return reply_with(pack_receipt(received, keys=keyring.own, message_id="r1@ours", suffix="r1", now=now))

    sent = pushed_by(phase4, letter, answer, compress=compress)

    received = opened[0]
    announced = tuple(replace(part, compressed=compress) for part in letter.parts)
    assert received.message == replace(letter, timestamp=received.message.timestamp, parts=announced)
    assert [payload.content.read() for payload in received.payloads] == [REGREP, PDF]
    assert received.certificate == world.theirs.keys.certificate
    assert sent == Sent(
        result="SUCCESS",
        message_id=letter.message_id,
        signal_id="r1@ours",
        ref_to_message_id=letter.message_id,
        receipt=True,
        signature_checked=True,
        signer_sha256=fingerprint(world.ours.keys.certificate),
        references_match=True,
        complaints=(),
        errors=(),
        failure=None,
    )


def test_phase4_understands_our_error(phase4: Phase4Peer, world: World, keyring: Keyring, pmodes: PModes) -> None:
    now = datetime.now(UTC)
    letter = a_letter(world.theirs, world.ours, timestamp=now)
    stranger = replace(keyring, peers={})

    def answer(body: Body) -> Reply:
        with pytest.raises(FailedAuthentication) as refusal:
            unpack(body.content_type, [body.content], keyring=stranger, pmodes=pmodes, now=now)
        error: EbmsError = refusal.value
        return reply_with(pack_error(error, keys=keyring.own, message_id="e1@ours", suffix="e1", now=now))

    sent = pushed_by(phase4, letter, answer)

    assert (sent.result, sent.errors) == ("AS4_ERROR_MESSAGE_RECEIVED", ("EBMS:0101",))
    assert (sent.ref_to_message_id, sent.signature_checked) == (letter.message_id, True)
