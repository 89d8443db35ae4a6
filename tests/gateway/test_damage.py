"""A message that cannot be read holds up nobody, is seen by operators, and comes back when they have helped."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from gateway_nodes import BACKEND, World
from mailboxes import NewMailbox
from messages import LARGE, NOW, REQUEST, an_incoming, an_outgoing
from sqlalchemy import delete, insert, select, update

from gateway.journal import Journal
from gateway.mailbox import Mailbox
from gateway.stored import SET_ASIDE
from gateway.tables import DATA_KEY, PAYLOAD
from oots.errors import DamagedContent
from oots.journal.events import Event, EventName


@pytest.fixture
def events() -> list[Event]:
    return []


@pytest.fixture
def mailbox(new_mailbox: NewMailbox, events: list[Event]) -> Mailbox:
    return new_mailbox(Journal(node="AP_FI_01", record=events.append))


def lose_keys(mailbox: Mailbox) -> Callable[[], None]:
    """Take all data keys away; what is returned puts them back."""
    with mailbox.stores.database.writing() as connection:
        rows = [row._asdict() for row in connection.execute(select(DATA_KEY))]
        connection.execute(delete(DATA_KEY))

    def restore() -> None:
        with mailbox.stores.database.writing() as connection:
            connection.execute(insert(DATA_KEY), rows)

    return restore


def lose_blobs(folder: Path) -> None:
    for path in (folder / "blobs").rglob("*"):
        if path.is_file():
            path.unlink()


def test_a_message_that_came_in_and_is_damaged_rests_and_is_counted(
    mailbox: Mailbox, world: World, quick_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    mailbox.inbox.keep(an_incoming(world, "damaged", content=LARGE))
    lose_blobs(quick_folder)
    mailbox.inbox.keep(an_incoming(world, "whole"))

    assert [message.message_id for message in mailbox.inbox.deliver(REQUEST, NOW, limit=5)] == ["whole"]
    assert "message 'damaged' cannot be delivered" in caplog.text
    mailbox.inbox.acknowledge("whole", NOW, actions=REQUEST)
    assert mailbox.inbox.deliver(REQUEST, NOW + SET_ASIDE / 2, limit=5) == ()
    assert caplog.text.count("cannot be delivered") == 1
    queues = mailbox.queues(NOW)
    assert (queues.incoming, queues.damaged) == (1, 1)


def test_a_payload_whose_row_was_altered_is_not_given(mailbox: Mailbox, world: World) -> None:
    mailbox.inbox.keep(an_incoming(world, content=b"evidence"))
    with mailbox.stores.database.writing() as connection:
        sealed: bytes = connection.scalars(select(PAYLOAD.c.content)).one()
        connection.execute(update(PAYLOAD).values(content=sealed[:-1] + bytes([sealed[-1] ^ 1])))

    payload = mailbox.inbox.payload("m1@pt.example", 0, actions=REQUEST)
    with pytest.raises(DamagedContent):
        payload.content.read()


def test_a_message_that_came_in_is_delivered_once_its_key_is_back(mailbox: Mailbox, world: World) -> None:
    mailbox.inbox.keep(an_incoming(world))
    restore = lose_keys(mailbox)
    mailbox.inbox.deliver(REQUEST, NOW, limit=5)
    restore()

    assert len(mailbox.inbox.deliver(REQUEST, NOW + SET_ASIDE, limit=5)) == 1
    mailbox.inbox.acknowledge("m1@pt.example", NOW, actions=REQUEST)
    assert mailbox.queues(NOW).damaged == 0


def test_a_message_to_be_sent_without_its_bytes_fails_by_its_p_mode(
    mailbox: Mailbox, world: World, quick_folder: Path, events: list[Event]
) -> None:
    mailbox.outbox.accept(an_outgoing(world))
    lose_blobs(quick_folder)

    assert mailbox.outbox.due(NOW, limit=5) == ()
    assert mailbox.outbox.next_due_at() == NOW + timedelta(seconds=60)
    assert mailbox.outbox.due(NOW + timedelta(seconds=60), limit=5) == ()
    status = mailbox.outbox.status("m1@pt.example", backend=BACKEND.name)
    assert (status.state, status.attempts) == ("failed", 2)
    assert status.failure is not None
    assert "cannot be used for payloads: the file" in status.failure.detail
    assert [event.name for event in events] == [
        EventName.AS4_SUBMITTED,
        EventName.AS4_RETRY,
        EventName.AS4_FAILURE,
    ]


def test_a_message_to_be_sent_without_its_key_rests_and_goes_once_it_is_back(mailbox: Mailbox, world: World) -> None:
    mailbox.outbox.accept(an_outgoing(world))
    restore = lose_keys(mailbox)

    assert mailbox.outbox.due(NOW, limit=5) == ()
    assert mailbox.queues(NOW).damaged == 1
    assert mailbox.outbox.due(NOW + SET_ASIDE / 2, limit=5) == ()
    restore()
    (message,) = mailbox.outbox.due(NOW + SET_ASIDE, limit=5)
    assert message.attempts == 1
    assert mailbox.queues(NOW).damaged == 0
