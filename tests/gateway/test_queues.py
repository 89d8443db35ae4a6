"""How much waits, and how much may."""

import threading
from datetime import timedelta

import pytest
from gateway_nodes import World
from mailboxes import NewMailbox
from messages import NOW, REQUEST, an_incoming, an_outgoing
from sqlalchemy import event

from gateway.journal import Journal
from gateway.queues import Queues
from gateway.room import SHARE
from gateway.states import NoAnswer
from oots.errors import TransportRefusal

SILENT = Journal(node="AP_FI_01", record=lambda _: None)
MINUTE = timedelta(minutes=1)


def test_an_empty_mailbox_has_nothing_to_count(new_mailbox: NewMailbox) -> None:
    assert new_mailbox(SILENT).queues(NOW) == Queues(
        outgoing=0, outgoing_since=None, overdue_since=None, incoming=0, incoming_since=None, damaged=0
    )


def test_what_waits_is_counted_with_the_age_of_the_oldest(new_mailbox: NewMailbox, world: World) -> None:
    mailbox = new_mailbox(SILENT)
    for number in range(2):
        mailbox.outbox.accept(an_outgoing(world, f"o{number}", now=NOW + number * MINUTE))
        mailbox.inbox.keep(an_incoming(world, f"i{number}", now=NOW + number * MINUTE))
    mailbox.inbox.acknowledge("i0", NOW, actions=REQUEST)

    queues = mailbox.queues(NOW + 2 * MINUTE)

    assert (queues.outgoing, queues.outgoing_since, queues.overdue_since) == (2, NOW, NOW)
    assert (queues.incoming, queues.incoming_since) == (1, NOW + MINUTE)


def test_what_is_posted_or_waits_for_its_time_is_not_overdue(new_mailbox: NewMailbox, world: World) -> None:
    mailbox = new_mailbox(SILENT)
    mailbox.outbox.accept(an_outgoing(world))
    (posted,) = mailbox.outbox.due(NOW, limit=1)
    posting = mailbox.queues(NOW + 10 * MINUTE)
    mailbox.outbox.conclude(posted, NoAnswer(code="EBMS:0005", detail=""), NOW)

    assert posting.overdue_since is None
    assert mailbox.queues(NOW + MINUTE / 2).overdue_since is None
    assert mailbox.queues(NOW + 2 * MINUTE).overdue_since == NOW + MINUTE


def test_a_mailbox_with_much_room_is_not_counted_for_every_message(
    new_sqlite_mailbox: NewMailbox, world: World
) -> None:
    mailbox = new_sqlite_mailbox(SILENT, max_messages=10 * SHARE)
    counts: list[str] = []
    writer = mailbox.stores.database._engines.writer
    event.listen(writer, "before_cursor_execute", lambda *args: counts.append(args[2]) if "count(" in args[2] else None)

    for number in range(10):
        mailbox.inbox.keep(an_incoming(world, f"m{number}"))

    assert len(counts) == 1


@pytest.mark.parametrize("processes", [1, 3])
def test_a_mailbox_takes_little_more_than_it_may(new_mailbox: NewMailbox, world: World, processes: int) -> None:
    most = 30
    mailboxes = [new_mailbox(SILENT, max_messages=most) for _ in range(processes)]
    taken, lock = [0], threading.Lock()

    def fill(number: int) -> None:
        for count in range(2 * most):
            try:
                mailboxes[number].inbox.keep(an_incoming(world, f"m{number}-{count}"))
            except TransportRefusal:
                return
            with lock:
                taken[0] += 1

    threads = [threading.Thread(target=fill, args=(number,)) for number in range(processes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most <= taken[0] <= most + (processes - 1) * most // SHARE
    assert mailboxes[0].queues(NOW).incoming == taken[0]
