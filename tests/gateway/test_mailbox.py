import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest
from durable_mailboxes import NewDurableMailbox
from gateway_nodes import World
from messages import NOW, REQUEST, an_incoming, an_outgoing

from gateway import memory_mailbox
from gateway.durable_mailbox import DurableMailbox
from gateway.incoming import LEASE, Incoming
from gateway.journal import Journal
from gateway.mailbox import MEMORY, AlreadySubmitted, Mailbox
from gateway.memory_mailbox import MemoryMailbox
from gateway.outgoing import Outgoing
from gateway.states import NoAnswer, ReceiptAccepted
from oots.errors import DamagedContent, NotFound, TransportRefusal, ValueInconsistent
from oots.journal.events import Event, EventName
from oots.spooled import Spooled


@pytest.fixture
def events() -> list[Event]:
    return []


@pytest.fixture
def journal(events: list[Event]) -> Journal:
    return Journal(node="AP_FI_01", record=events.append)


@pytest.fixture
def in_memory(journal: Journal) -> MemoryMailbox:
    return MemoryMailbox(journal, max_messages=3)


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def mailbox(request: pytest.FixtureRequest, journal: Journal) -> Mailbox:
    """Give an empty mailbox: each test that asks for one runs with every kind."""
    if request.param == "memory":
        empty: MemoryMailbox = request.getfixturevalue("in_memory")
        return empty
    new_mailbox: NewDurableMailbox = request.getfixturevalue(f"new_{request.param}_mailbox")
    return new_mailbox(journal, max_messages=3)


def forget(mailbox: Mailbox, now: datetime) -> None:
    """Let a durable mailbox do what one in memory does with every message."""
    if isinstance(mailbox, DurableMailbox):
        mailbox.forget(now)


@pytest.fixture
def outgoing(world: World) -> Callable[..., Outgoing]:
    return partial(an_outgoing, world)


@pytest.fixture
def incoming(world: World) -> Callable[..., Incoming]:
    return partial(an_incoming, world)


def is_gone(content: Spooled) -> bool:
    """Tell whether the bytes are no more: a blob says so, what was in memory is empty."""
    try:
        return content.read() == b""
    except DamagedContent:
        return True


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
    assert second.packed.content.read() == first.packed.content.read() != b""
    assert replace(second.packed, content=first.packed.content) == first.packed
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
    assert is_gone(message.packed.content)


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

    forget(mailbox, NOW + MEMORY * 2)
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
    assert is_gone(payload.content)
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
        forget(mailbox, NOW + age)
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


def test_what_cannot_be_remembered_in_memory_is_not_taken(
    in_memory: MemoryMailbox, incoming: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory_mailbox, "REMEMBERED", 1)
    for number in range(3):
        in_memory.keep(incoming(f"m{number}"))
        in_memory.acknowledge(f"m{number}", NOW)

    with pytest.raises(TransportRefusal, match="full"):
        in_memory.keep(incoming("m4"))


def test_what_waits_is_not_forgotten(mailbox: Mailbox, incoming: Take) -> None:
    mailbox.keep(incoming("m0"))
    forget(mailbox, NOW + 2 * MEMORY)
    mailbox.keep(incoming("m1", now=NOW + 2 * MEMORY))

    assert len(mailbox.deliver(REQUEST, NOW, limit=5)) == 2


def test_nothing_is_kept_that_the_journal_did_not_take(incoming: Take, outgoing: Make) -> None:
    def refuse(_: Event) -> None:
        raise OSError("the journal is full")

    mailbox = MemoryMailbox(Journal(node="AP_FI_01", record=refuse), max_messages=3)
    with pytest.raises(OSError, match="journal"):
        mailbox.keep(incoming())
    with pytest.raises(OSError, match="journal"):
        mailbox.accept(outgoing())

    assert mailbox.deliver(REQUEST, NOW, limit=1) == ()
    assert mailbox.due(NOW, limit=1) == ()


def test_who_waits_too_long_for_another_is_told_to_come_again(incoming: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_mailbox, "WAIT_SECONDS", 0.1)
    began, may_end = threading.Event(), threading.Event()

    def slow(_: Event) -> None:
        began.set()
        may_end.wait(10)

    mailbox = MemoryMailbox(Journal(node="AP_FI_01", record=slow), max_messages=3)
    thread = threading.Thread(target=mailbox.keep, args=(incoming(),))
    thread.start()
    began.wait(10)
    with pytest.raises(TransportRefusal, match="busy") as refusal:
        mailbox.keep(incoming())
    may_end.set()
    thread.join()

    assert refusal.value.status == 503
