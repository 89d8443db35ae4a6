from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from gateway_nodes import BACKEND, World
from mailboxes import NewMailbox
from messages import LARGE, NOW, REQUEST, an_incoming, an_outgoing

from gateway.incoming import LEASE, Incoming
from gateway.journal import Journal
from gateway.mailbox import MEMORY, Mailbox
from gateway.outbox import AlreadySubmitted
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
def mailbox(new_mailbox: NewMailbox, journal: Journal) -> Mailbox:
    """Give an empty mailbox, on either database."""
    return new_mailbox(journal, max_messages=3)


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
    mailbox.outbox.accept(outgoing())
    (taken,) = mailbox.outbox.due(NOW, limit=5)

    assert mailbox.outbox.accept(outgoing()).state == "sending"
    assert mailbox.outbox.submission("m1@pt.example", "d", backend=BACKEND.name) == mailbox.outbox.status(
        "m1@pt.example", backend=BACKEND.name
    )
    assert taken.message_id == "m1@pt.example"
    assert [event.name for event in events] == [EventName.AS4_SUBMITTED, EventName.AS4_SENT]


def test_another_submission_under_the_same_id_is_refused(mailbox: Mailbox, outgoing: Make) -> None:
    mailbox.outbox.accept(outgoing())

    with pytest.raises(AlreadySubmitted, match="another message was submitted"):
        mailbox.outbox.accept(outgoing(digest="other"))


def test_what_is_due_is_given_to_one_only(mailbox: Mailbox, outgoing: Make) -> None:
    for number in range(3):
        mailbox.outbox.accept(outgoing(f"m{number}@pt.example"))

    first, second = mailbox.outbox.due(NOW, limit=2), mailbox.outbox.due(NOW, limit=2)

    assert [message.message_id for message in first + second] == [f"m{number}@pt.example" for number in range(3)]
    assert mailbox.outbox.due(NOW, limit=2) == ()


def test_an_attempt_without_receipt_is_due_again_with_the_same_bytes(mailbox: Mailbox, outgoing: Make) -> None:
    mailbox.outbox.accept(outgoing())
    (first,) = mailbox.outbox.due(NOW, limit=1)
    mailbox.outbox.conclude(first, NoAnswer(code="EBMS:0005", detail=""), NOW)

    assert mailbox.outbox.next_due_at() == NOW + timedelta(seconds=60)
    assert mailbox.outbox.due(NOW + timedelta(seconds=59), limit=1) == ()
    (second,) = mailbox.outbox.due(NOW + timedelta(seconds=60), limit=1)
    assert second.packed.content.read() == first.packed.content.read() != b""
    assert replace(second.packed, content=first.packed.content) == first.packed
    assert (first.attempts, second.attempts) == (1, 2)


def test_who_lost_the_lease_changes_nothing(mailbox: Mailbox, outgoing: Make, events: list[Event]) -> None:
    mailbox.outbox.accept(outgoing())
    (slow,) = mailbox.outbox.due(NOW, limit=1)
    (quick,) = mailbox.outbox.due(NOW + timedelta(hours=1), limit=1)

    assert mailbox.outbox.conclude(slow, ReceiptAccepted(soap=b"r"), NOW) is None
    assert mailbox.outbox.status("m1@pt.example", backend=BACKEND.name).state == "sending"
    ended = mailbox.outbox.conclude(quick, ReceiptAccepted(soap=b"r"), NOW)
    assert ended is not None
    assert ended.status() == mailbox.outbox.status("m1@pt.example", backend=BACKEND.name)
    assert mailbox.outbox.conclude(quick, ReceiptAccepted(soap=b"r"), NOW) is None
    assert [event.name for event in events[2:]] == [EventName.AS4_SENT, EventName.AS4_RECEIPT]


def test_what_is_over_is_never_due_and_its_bytes_are_gone(mailbox: Mailbox, outgoing: Make) -> None:
    mailbox.outbox.accept(outgoing())
    (message,) = mailbox.outbox.due(NOW, limit=1)
    mailbox.outbox.conclude(message, ReceiptAccepted(soap=b"r"), NOW)

    assert mailbox.outbox.due(NOW + timedelta(days=1), limit=1) == ()
    assert mailbox.outbox.next_due_at() is None
    assert is_gone(message.packed.content)


def test_the_bytes_are_in_the_journal_once(mailbox: Mailbox, outgoing: Make, events: list[Event]) -> None:
    mailbox.outbox.accept(outgoing())
    (message,) = mailbox.outbox.due(NOW, limit=1)
    mailbox.outbox.conclude(message, NoAnswer(code="EBMS:0005", detail="no route to Maria"), NOW)
    mailbox.outbox.due(NOW + timedelta(seconds=60), limit=1)

    sent = [event for event in events if event.name is EventName.AS4_SENT]
    assert [sorted(event.documents) for event in sent] == [["message.mime", "soap.xml"], []]
    assert [event.facts["attempt"] for event in sent] == ["1", "2"]
    assert all("Maria" not in str(event.facts) for event in events)


def test_a_mailbox_that_is_full_takes_nothing_more(mailbox: Mailbox, outgoing: Make) -> None:
    for number in range(3):
        mailbox.outbox.accept(outgoing(f"m{number}@pt.example"))

    with pytest.raises(TransportRefusal, match="full") as refusal:
        mailbox.outbox.accept(outgoing("m4@pt.example"))
    assert refusal.value.status == 503


def test_what_was_over_long_ago_is_forgotten_and_makes_room(mailbox: Mailbox, outgoing: Make) -> None:
    for number in range(3):
        mailbox.outbox.accept(outgoing(f"m{number}@pt.example"))
    for message in mailbox.outbox.due(NOW, limit=2):
        mailbox.outbox.conclude(message, ReceiptAccepted(soap=b"r"), NOW)

    mailbox.forget(NOW + MEMORY * 2)
    mailbox.outbox.accept(outgoing("m4@pt.example", now=NOW + MEMORY * 2))

    for number in range(2):
        with pytest.raises(NotFound, match="forgotten"):
            mailbox.outbox.status(f"m{number}@pt.example", backend=BACKEND.name)
    assert mailbox.outbox.status("m2@pt.example", backend=BACKEND.name).state == "submitted"


# --- in ---------------------------------------------------------------------------------------------------------------


def test_a_copy_gets_the_first_receipt(mailbox: Mailbox, incoming: Take, events: list[Event]) -> None:
    first = incoming(receipt=b"first")

    assert (mailbox.inbox.keep(first), mailbox.inbox.keep(replace(first, receipt=b"second"))) == (b"first", b"first")
    assert [event.name for event in events] == [EventName.AS4_RECEIVED, EventName.AS4_DUPLICATE]
    assert events[0].documents == {"soap.xml": b"<soap/>", "receipt.xml": b"first"}


def test_other_digests_under_a_known_id_are_refused(mailbox: Mailbox, incoming: Take) -> None:
    mailbox.inbox.keep(incoming(content=b"x"))

    with pytest.raises(ValueInconsistent) as refusal:
        mailbox.inbox.keep(incoming(content=b"y"))
    assert refusal.value.ref_to_message_id == "m1@pt.example"


def test_messages_are_delivered_by_action_oldest_first(mailbox: Mailbox, incoming: Take) -> None:
    for message_id in ("b", "a", "c"):
        mailbox.inbox.keep(incoming(message_id))

    assert mailbox.inbox.deliver(["ExecuteQueryResponse"], NOW, limit=5) == ()
    assert [message.message_id for message in mailbox.inbox.deliver(REQUEST, NOW, limit=2)] == ["b", "a"]
    assert [message.message_id for message in mailbox.inbox.deliver(REQUEST, NOW, limit=2)] == ["c"]


def test_a_delivery_that_nobody_acknowledges_is_given_again_after_its_lease(mailbox: Mailbox, incoming: Take) -> None:
    mailbox.inbox.keep(incoming())
    mailbox.inbox.deliver(REQUEST, NOW, limit=1)

    assert mailbox.inbox.deliver(REQUEST, NOW + LEASE / 2, limit=1) == ()
    assert len(mailbox.inbox.deliver(REQUEST, NOW + LEASE, limit=1)) == 1


def test_an_acknowledged_message_is_not_delivered_again_and_its_payloads_are_gone(
    mailbox: Mailbox, incoming: Take, events: list[Event]
) -> None:
    mailbox.inbox.keep(incoming(content=LARGE))
    payload = mailbox.inbox.payload("m1@pt.example", 0, actions=REQUEST)
    mailbox.inbox.acknowledge("m1@pt.example", NOW, actions=REQUEST)
    mailbox.inbox.acknowledge("m1@pt.example", NOW, actions=REQUEST)

    assert mailbox.inbox.deliver(REQUEST, NOW + LEASE, limit=1) == ()
    with pytest.raises(NotFound):
        mailbox.inbox.payload("m1@pt.example", 0, actions=REQUEST)
    assert is_gone(payload.content)
    assert [event.name for event in events] == [EventName.AS4_RECEIVED, EventName.AS4_DELIVERED]


@pytest.mark.parametrize("number", [-1, 1])
def test_there_are_only_the_payloads_that_came(mailbox: Mailbox, incoming: Take, number: int) -> None:
    mailbox.inbox.keep(incoming())

    with pytest.raises(NotFound, match="has no payload"):
        mailbox.inbox.payload("m1@pt.example", number, actions=REQUEST)


def test_what_never_came_is_not_found(mailbox: Mailbox) -> None:
    with pytest.raises(NotFound):
        mailbox.inbox.acknowledge("m9@pt.example", NOW, actions=REQUEST)
    with pytest.raises(NotFound):
        mailbox.inbox.payload("m9@pt.example", 0, actions=REQUEST)
    with pytest.raises(NotFound):
        mailbox.outbox.status("m9@pt.example", backend=BACKEND.name)


def test_ids_are_remembered_as_long_as_a_copy_could_be_accepted(
    mailbox: Mailbox, incoming: Take, events: list[Event]
) -> None:
    first = incoming("m0")
    mailbox.inbox.keep(first)
    mailbox.inbox.acknowledge("m0", NOW, actions=REQUEST)
    for number, age in enumerate([timedelta(), MEMORY, MEMORY + timedelta(seconds=1)], 1):
        mailbox.forget(NOW + age)
        mailbox.inbox.keep(incoming(f"m{number}", now=NOW + age))
        mailbox.inbox.acknowledge(f"m{number}", NOW, actions=REQUEST)
        mailbox.inbox.keep(replace(first, kept_at=NOW + age))

    copies = [event.name for event in events if event.message_id == "m0"]
    assert copies == [
        EventName.AS4_RECEIVED,
        EventName.AS4_DELIVERED,
        EventName.AS4_DUPLICATE,
        EventName.AS4_DUPLICATE,
        EventName.AS4_RECEIVED,
    ]


def test_what_waits_is_not_forgotten(mailbox: Mailbox, incoming: Take) -> None:
    mailbox.inbox.keep(incoming("m0"))
    mailbox.forget(NOW + 2 * MEMORY)
    mailbox.inbox.keep(incoming("m1", now=NOW + 2 * MEMORY))

    assert len(mailbox.inbox.deliver(REQUEST, NOW, limit=5)) == 2
