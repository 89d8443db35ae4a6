import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from gateway_nodes import BACKEND, FINLAND, PORTUGAL, World, a_submission, settings_of
from mailboxes import NewMailbox

from gateway.journal import Journal
from gateway.outbox import AlreadySubmitted
from gateway.settings import Backend
from gateway.submission import Submissions
from gateway.tokens import NotAllowed
from oots.as4 import unpack
from oots.ebms.messages import PartyId, Property
from oots.errors import CallerError, OperatorError
from oots.journal.events import Event
from oots.net.gateway_client import Submission, SubmittedPart
from oots.spooled import Spooled


class Desk:
    """Portugal's submissions, with the mailbox behind them."""

    def __init__(self, world: World, new_mailbox: NewMailbox, now: datetime) -> None:
        self.now = now
        self.events: list[Event] = []
        self.mailbox = new_mailbox(Journal(node=PORTUGAL.value, record=self.events.append))
        settings = settings_of(world, PORTUGAL, {PORTUGAL: 1, FINLAND: 2})
        self.submissions = Submissions(
            settings,
            self.mailbox.outbox,
            now=lambda: self.now,
            new_id=lambda: str(uuid.uuid4()),
            new_spooled=Spooled,
        )

    def submit(
        self,
        submission: Submission,
        contents: Sequence[bytes] = (b"<query/>",),
        *,
        backend: Backend = BACKEND,
        key: str | None = None,
    ) -> str:
        spooled = [Spooled(content) for content in contents]
        return self.submissions.submit(submission, spooled, backend=backend, idempotency_key=key).message_id


@pytest.fixture
def desk(world: World, new_sqlite_mailbox: NewMailbox) -> Desk:
    return Desk(world, new_sqlite_mailbox, datetime.now(UTC))


def test_what_is_packed_is_what_was_submitted(desk: Desk, world: World) -> None:
    submission = a_submission(
        message_id="m1@pt.example",
        ref_to_message_id="m0@fi.example",
        parts=(SubmittedPart(content_id="a@x", mime_type="a/b", properties=(Property(name="P", value="v"),)),),
    )
    desk.submit(submission, [b"content"])
    (message,) = desk.mailbox.outbox.due(desk.now, limit=1)

    finnish = settings_of(world, FINLAND, {PORTUGAL: 1, FINLAND: 2})
    received = unpack(
        message.packed.content_type,
        message.packed.content.chunks(),
        keyring=finnish.keyring,
        pmodes=finnish.pmodes,
        now=desk.now,
    )
    header = received.message
    assert (header.message_id, header.ref_to_message_id) == ("m1@pt.example", "m0@fi.example")
    assert (header.sender.party_id, header.receiver.party_id) == (PORTUGAL, FINLAND)
    assert header.properties[:2] == (
        Property(name="originalSender", value="500000000", type="urn:cef.eu:names:identifier:EAS:9946"),
        Property(name="finalRecipient", value="0245437-2", type="urn:cef.eu:names:identifier:EAS:0037"),
    )
    assert header.properties[2:] == submission.properties
    assert header.parts[0].properties == (Property(name="P", value="v"),)
    assert received.payloads[0].content.read() == b"content"


def test_a_message_without_id_gets_one_of_ours(desk: Desk) -> None:
    first, second = desk.submit(a_submission()), desk.submit(a_submission())

    assert first != second
    assert first.endswith("@AP_PT_01")


def test_the_same_submission_again_changes_nothing(desk: Desk) -> None:
    submission = a_submission(message_id="m1@pt.example")
    desk.submit(submission)
    desk.now += timedelta(hours=1)
    desk.submit(submission)

    assert len(desk.events) == 1


@pytest.mark.parametrize(
    ("changes", "content"), [({}, b"<other/>"), ({"conversation_id": "another"}, b"<query/>")], ids=["bytes", "header"]
)
def test_another_one_under_the_same_id_is_refused(desk: Desk, changes: dict[str, Any], content: bytes) -> None:
    submission = a_submission(message_id="m1@pt.example")
    desk.submit(submission)

    with pytest.raises(AlreadySubmitted):
        desk.submit(replace(submission, **changes), [content])


def test_the_same_key_is_the_same_message_and_another_key_another(desk: Desk) -> None:
    first = desk.submit(a_submission(), key="k")

    assert desk.submit(a_submission(), key="k") == first
    assert desk.submit(a_submission(), key='"k"') == first
    assert desk.submit(a_submission(message_id=first), key="k") == first
    assert desk.submit(a_submission(), key="other") != first
    assert first.endswith("@AP_PT_01")
    assert len(desk.events) == 2


def test_another_submission_under_the_same_key_is_refused(desk: Desk) -> None:
    desk.submit(a_submission(), key="k")

    with pytest.raises(AlreadySubmitted):
        desk.submit(a_submission(), [b"<other/>"], key="k")


def test_a_key_and_a_message_id_that_are_not_the_same_are_refused(desk: Desk) -> None:
    with pytest.raises(CallerError, match="name two different messages"):
        desk.submit(a_submission(message_id="m1@pt.example"), key="k")


def test_back_ends_do_not_meet_under_one_key_or_id(desk: Desk) -> None:
    other = replace(BACKEND, name="other")
    message_id = desk.submit(a_submission(), key="k")

    assert desk.submit(a_submission(), key="k", backend=other) != message_id
    with pytest.raises(AlreadySubmitted):
        desk.submit(a_submission(message_id=message_id), backend=other)


def test_a_back_end_sends_only_what_its_token_is_good_for(desk: Desk) -> None:
    backend = replace(BACKEND, submits=frozenset({"ExecuteQueryResponse"}))

    with pytest.raises(NotAllowed, match="not good for submitting action 'ExecuteQueryRequest'"):
        desk.submit(a_submission(), backend=backend)


def test_bytes_cannot_move_from_one_payload_to_the_next_unnoticed(desk: Desk) -> None:
    parts = tuple(SubmittedPart(content_id=f"{number}@x", mime_type="a/b") for number in range(2))
    submission = a_submission(message_id="m1@pt.example", parts=parts)
    desk.submit(submission, [b"ab", b"c"])

    with pytest.raises(AlreadySubmitted):
        desk.submit(submission, [b"a", b"bc"])


@pytest.mark.parametrize(
    "changes", [{"action": "DestroyQueryRequest"}, {"receiver": PartyId(value="AP_XX_99")}], ids=["action", "receiver"]
)
def test_without_a_p_mode_nothing_is_sent(desk: Desk, changes: dict[str, Any]) -> None:
    submission = a_submission(**changes)

    with pytest.raises(CallerError, match="no P-Mode"):
        desk.submit(submission, backend=replace(BACKEND, submits=frozenset({submission.action})))


PARTY = PartyId(value="x")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"message_id": "ä@pt.example"}, "message_id"),
        ({"message_id": "x" * 256}, "message_id"),
        ({"message_id": ""}, "message_id"),
        ({"ref_to_message_id": " m@x"}, "ref_to_message_id"),
        ({"action": ""}, "action"),
        ({"conversation_id": "a\0b"}, "conversation_id"),
        ({"conversation_id": "x" * 1025}, "conversation_id"),
        ({"receiver": PartyId(value="")}, "receiver.value"),
        ({"receiver": PartyId(value="x", type="")}, "receiver.type"),
        ({"original_sender": PartyId(value=" x")}, "original_sender.value"),
        ({"final_recipient": PartyId(value="x\ny")}, "final_recipient.value"),
        ({"properties": (Property(name="a", value=""),)}, "properties.0.value"),
        ({"properties": (Property(name="a", value="b", type="\ud800"),)}, "properties.0.type"),
        ({"properties": (Property(name="a", value="b"), Property(name="A", value="c"))}, "properties"),
        ({"properties": (Property(name="originalsender", value="b"),)}, "properties"),
        ({"parts": (SubmittedPart(content_id="a", mime_type="nothing"),)}, "parts.0.mime_type"),
        ({"parts": (SubmittedPart(content_id="a b", mime_type="a/b"),)}, "content ids"),
        ({"parts": ()}, "0 parts are announced, 1 given"),
    ],
)
def test_what_a_header_cannot_carry_is_refused_with_the_name_of_the_field(
    desk: Desk, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(CallerError, match=f"^{field}"):
        desk.submit(a_submission(**changes))


def test_part_properties_are_checked_too(desk: Desk) -> None:
    part = SubmittedPart(content_id="a", mime_type="a/b", properties=(Property(name="\n", value="x"),))

    with pytest.raises(CallerError, match=r"^parts\.0\.properties\.0\.name"):
        desk.submit(a_submission(parts=(part,)))


def test_nothing_is_encrypted_for_a_certificate_that_expired(desk: Desk) -> None:
    desk.now += timedelta(days=60)

    with pytest.raises(OperatorError, match="the encryption certificate of 'AP_FI_01' is not valid now"):
        desk.submit(a_submission())
