import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from gateway_nodes import FINLAND, PORTUGAL, World, packed, pmodes

from gateway import mailbox as mailboxes
from gateway.incoming import LEASE, Incoming, kept
from gateway.journal import Journal
from gateway.mailbox import MEMORY, AlreadySubmitted, Mailbox
from gateway.outgoing import Outgoing, submitted
from gateway.states import NoAnswer, ReceiptAccepted
from oots.as4 import Payload, Received
from oots.codes import Action
from oots.errors import NotFound, TransportRefusal, ValueInconsistent
from oots.journal.events import Event, EventName
from oots.spooled import Spooled

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
REQUEST = [Action.REQUEST.value]


@pytest.fixture
def events() -> list[Event]:
    return []


@pytest.fixture
def mailbox(events: list[Event]) -> Mailbox:
    return Mailbox(Journal(node="AP_FI_01", record=events.append), max_messages=3)


@pytest.fixture
def outgoing(world: World) -> Callable[..., Outgoing]:
    pmode = pmodes(PORTUGAL, {PORTUGAL: "https://pt.example", FINLAND: "https://fi.example"}, (0.0, 60.0))

    def make(message_id: str = "m1@pt.example", *, digest: str = "d", now: datetime = NOW) -> Outgoing:
        message = packed(world, message_id=message_id)
        return submitted(message, pmode.match_outgoing(FINLAND, REQUEST[0]), digest=digest, now=now)

    return make


@pytest.fixture
def incoming(world: World) -> Callable[..., Incoming]:
    def make(
        message_id: str = "m1@pt.example", *, content: bytes = b"x", receipt: bytes = b"receipt", now: datetime = NOW
    ) -> Incoming:
        sent = packed(world, message_id=message_id, contents=[content], timestamp=NOW)
        received = Received(
            message=sent.message,
            payloads=tuple(Payload(part=part, content=Spooled(content)) for part in sent.message.parts),
            references=sent.references,
            certificate=world.identities[PORTUGAL].keys.certificate,
            soap=b"<soap/>",
        )
        return kept(received, receipt, now)

    return make


Make = Callable[..., Outgoing]
Take = Callable[..., Incoming]


# --- out --------------------------------------------------------------------------------------------------------------


def test_a_submission_is_accepted_once(mailbox: Mailbox, outgoing: Make, events: list[Event]) -> None:
    mailbox.accept(outgoing())
    (taken,) = mailbox.due(NOW, limit=5)

    assert mailbox.accept(outgoing()).state == "sending"
    assert mailbox.submission("m1@pt.example", "d") == mailbox.status("m1@pt.example")
    assert taken.message_id == "m1@pt.example"
    assert [event.name for event in events] == [EventName.AS4_SUBMITTED, EventName.AS4_SENT]


def test_another_submission_under_the_same_id_is_refused(mailbox: Mailbox, outgoing: Make) -> None:
    mailbox.accept(outgoing())

    with pytest.raises(AlreadySubmitted, match="another message was submitted"):
        mailbox.accept(outgoing(digest="other"))


def test_what_is_due_is_given_to_one_only(mailbox: Mailbox, outgoing: Make) -> None:
    for number in range(3):
        mailbox.accept(outgoing(f"m{number}@pt.example"))

    first, second = mailbox.due(NOW, limit=2), mailbox.due(NOW, limit=2)

    assert [message.message_id for message in first + second] == [f"m{number}@pt.example" for number in range(3)]
    assert mailbox.due(NOW, limit=2) == ()


def test_an_attempt_without_receipt_is_due_again_with_the_same_bytes(mailbox: Mailbox, outgoing: Make) -> None:
    mailbox.accept(outgoing())
    (first,) = mailbox.due(NOW, limit=1)
    mailbox.conclude(first, NoAnswer(code="EBMS:0005", detail=""), NOW)

    assert mailbox.next_due_at() == NOW + timedelta(seconds=60)
    assert mailbox.due(NOW + timedelta(seconds=59), limit=1) == ()
    (second,) = mailbox.due(NOW + timedelta(seconds=60), limit=1)
    assert second.packed is first.packed
    assert (first.attempts, second.attempts) == (1, 2)


def test_who_lost_the_lease_changes_nothing(mailbox: Mailbox, outgoing: Make, events: list[Event]) -> None:
    mailbox.accept(outgoing())
    (slow,) = mailbox.due(NOW, limit=1)
    (quick,) = mailbox.due(NOW + timedelta(hours=1), limit=1)

    assert mailbox.conclude(slow, ReceiptAccepted(soap=b"r"), NOW) is None
    assert mailbox.status("m1@pt.example").state == "sending"
    ended = mailbox.conclude(quick, ReceiptAccepted(soap=b"r"), NOW)
    assert ended is not None
    assert ended.status() == mailbox.status("m1@pt.example")
    assert mailbox.conclude(quick, ReceiptAccepted(soap=b"r"), NOW) is None
    assert [event.name for event in events[2:]] == [EventName.AS4_SENT, EventName.AS4_RECEIPT]


def test_what_is_over_is_never_due_and_its_bytes_are_gone(mailbox: Mailbox, outgoing: Make) -> None:
    mailbox.accept(outgoing())
    (message,) = mailbox.due(NOW, limit=1)
    mailbox.conclude(message, ReceiptAccepted(soap=b"r"), NOW)

    assert mailbox.due(NOW + timedelta(days=1), limit=1) == ()
    assert mailbox.next_due_at() is None
    assert message.packed.content.read() == b""


def test_the_bytes_are_in_the_journal_once(mailbox: Mailbox, outgoing: Make, events: list[Event]) -> None:
    mailbox.accept(outgoing())
    (message,) = mailbox.due(NOW, limit=1)
    mailbox.conclude(message, NoAnswer(code="EBMS:0005", detail="no route to Maria"), NOW)
    mailbox.due(NOW + timedelta(seconds=60), limit=1)

    sent = [event for event in events if event.name is EventName.AS4_SENT]
    assert [sorted(event.documents) for event in sent] == [["message.mime", "soap.xml"], []]
    assert [event.facts["attempt"] for event in sent] == ["1", "2"]
    assert all("Maria" not in str(event.facts) for event in events)


def test_a_mailbox_that_is_full_takes_nothing_more(mailbox: Mailbox, outgoing: Make) -> None:
    for number in range(3):
        mailbox.accept(outgoing(f"m{number}@pt.example"))

    with pytest.raises(TransportRefusal, match="full") as refusal:
        mailbox.accept(outgoing("m4@pt.example"))
    assert refusal.value.status == 503


def test_what_was_over_long_ago_is_forgotten_and_makes_room(mailbox: Mailbox, outgoing: Make) -> None:
    for number in range(3):
        mailbox.accept(outgoing(f"m{number}@pt.example"))
    for message in mailbox.due(NOW, limit=2):
        mailbox.conclude(message, ReceiptAccepted(soap=b"r"), NOW)

    mailbox.accept(outgoing("m4@pt.example", now=NOW + MEMORY * 2))

    for number in range(2):
        with pytest.raises(NotFound, match="forgotten"):
            mailbox.status(f"m{number}@pt.example")
    assert mailbox.status("m2@pt.example").state == "submitted"


# --- in ---------------------------------------------------------------------------------------------------------------


def test_a_copy_gets_the_first_receipt(mailbox: Mailbox, incoming: Take, events: list[Event]) -> None:
    first = incoming(receipt=b"first")

    assert (mailbox.keep(first), mailbox.keep(replace(first, receipt=b"second"))) == (b"first", b"first")
    assert [event.name for event in events] == [EventName.AS4_RECEIVED, EventName.AS4_DUPLICATE]
    assert events[0].documents == {"soap.xml": b"<soap/>", "receipt.xml": b"first"}


def test_other_digests_under_a_known_id_are_refused(mailbox: Mailbox, incoming: Take) -> None:
    mailbox.keep(incoming(content=b"x"))

    with pytest.raises(ValueInconsistent) as refusal:
        mailbox.keep(incoming(content=b"y"))
    assert refusal.value.ref_to_message_id == "m1@pt.example"


def test_messages_are_delivered_by_action_oldest_first(mailbox: Mailbox, incoming: Take) -> None:
    for message_id in ("b", "a", "c"):
        mailbox.keep(incoming(message_id))

    assert mailbox.deliver(["ExecuteQueryResponse"], NOW, limit=5) == ()
    assert [message.message_id for message in mailbox.deliver(REQUEST, NOW, limit=2)] == ["b", "a"]
    assert [message.message_id for message in mailbox.deliver(REQUEST, NOW, limit=2)] == ["c"]


def test_a_delivery_that_nobody_acknowledges_is_given_again_after_its_lease(mailbox: Mailbox, incoming: Take) -> None:
    mailbox.keep(incoming())
    mailbox.deliver(REQUEST, NOW, limit=1)

    assert mailbox.deliver(REQUEST, NOW + LEASE / 2, limit=1) == ()
    assert len(mailbox.deliver(REQUEST, NOW + LEASE, limit=1)) == 1


def test_an_acknowledged_message_is_not_delivered_again_and_its_payloads_are_gone(
    mailbox: Mailbox, incoming: Take, events: list[Event]
) -> None:
    mailbox.keep(incoming())
    payload = mailbox.payload("m1@pt.example", 0)
    mailbox.acknowledge("m1@pt.example", NOW)
    mailbox.acknowledge("m1@pt.example", NOW)

    assert mailbox.deliver(REQUEST, NOW + LEASE, limit=1) == ()
    with pytest.raises(NotFound):
        mailbox.payload("m1@pt.example", 0)
    assert payload.content.read() == b""
    assert [event.name for event in events] == [EventName.AS4_RECEIVED, EventName.AS4_DELIVERED]


@pytest.mark.parametrize("number", [-1, 1])
def test_there_are_only_the_payloads_that_came(mailbox: Mailbox, incoming: Take, number: int) -> None:
    mailbox.keep(incoming())

    with pytest.raises(NotFound, match="has no payload"):
        mailbox.payload("m1@pt.example", number)


def test_what_never_came_is_not_found(mailbox: Mailbox) -> None:
    with pytest.raises(NotFound):
        mailbox.acknowledge("m9@pt.example", NOW)
    with pytest.raises(NotFound):
        mailbox.payload("m9@pt.example", 0)
    with pytest.raises(NotFound):
        mailbox.status("m9@pt.example")


def test_ids_are_remembered_as_long_as_a_copy_could_be_accepted(
    mailbox: Mailbox, incoming: Take, events: list[Event]
) -> None:
    first = incoming("m0")
    mailbox.keep(first)
    mailbox.acknowledge("m0", NOW)
    for number, age in enumerate([timedelta(), MEMORY, MEMORY + timedelta(seconds=1)], 1):
        mailbox.keep(incoming(f"m{number}", now=NOW + age))
        mailbox.acknowledge(f"m{number}", NOW)
        mailbox.keep(replace(first, kept_at=NOW + age))

    copies = [event.name for event in events if event.message_id == "m0"]
    assert copies == [
        EventName.AS4_RECEIVED,
        EventName.AS4_DELIVERED,
        EventName.AS4_DUPLICATE,
        EventName.AS4_DUPLICATE,
        EventName.AS4_RECEIVED,
    ]


def test_what_cannot_be_remembered_is_not_taken(
    mailbox: Mailbox, incoming: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailboxes, "REMEMBERED", 1)
    for number in range(3):
        mailbox.keep(incoming(f"m{number}"))
        mailbox.acknowledge(f"m{number}", NOW)

    with pytest.raises(TransportRefusal, match="full"):
        mailbox.keep(incoming("m4"))


def test_what_waits_is_not_forgotten(mailbox: Mailbox, incoming: Take) -> None:
    mailbox.keep(incoming("m0"))
    mailbox.keep(incoming("m1", now=NOW + 2 * MEMORY))

    assert len(mailbox.deliver(REQUEST, NOW, limit=5)) == 2


def test_nothing_is_kept_that_the_journal_did_not_take(incoming: Take, outgoing: Make) -> None:
    def refuse(_: Event) -> None:
        raise OSError("the journal is full")

    mailbox = Mailbox(Journal(node="AP_FI_01", record=refuse), max_messages=3)
    with pytest.raises(OSError, match="journal"):
        mailbox.keep(incoming())
    with pytest.raises(OSError, match="journal"):
        mailbox.accept(outgoing())

    assert mailbox.deliver(REQUEST, NOW, limit=1) == ()
    assert mailbox.due(NOW, limit=1) == ()


def test_who_waits_too_long_for_another_is_told_to_come_again(incoming: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailboxes, "WAIT_SECONDS", 0.1)
    began, may_end = threading.Event(), threading.Event()

    def slow(_: Event) -> None:
        began.set()
        may_end.wait(10)

    mailbox = Mailbox(Journal(node="AP_FI_01", record=slow), max_messages=3)
    thread = threading.Thread(target=mailbox.keep, args=(incoming(),))
    thread.start()
    began.wait(10)
    with pytest.raises(TransportRefusal, match="busy") as refusal:
        mailbox.keep(incoming())
    may_end.set()
    thread.join()

    assert refusal.value.status == 503
