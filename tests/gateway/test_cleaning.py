"""What is old goes, by a job that comes up again."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from gateway_nodes import BACKEND, World
from mailboxes import NewMailbox
from messages import NOW, REQUEST, an_incoming, an_outgoing
from sqlalchemy import func, select

from gateway.cleaning import CLEAN, EVERY, Cleaning
from gateway.journal import Journal
from gateway.mailbox import MEMORY, Mailbox
from gateway.pushing import PUSH
from gateway.states import ReceiptAccepted
from gateway.tables import EVENTS, JOB
from oots.errors import NotFound
from oots.journal.retention import Retention
from oots.work import State

SILENT = Journal(node="AP_FI_01", record=lambda _: None)
YEAR = timedelta(days=372)
"""Twelve months of 31 days."""


@pytest.fixture
def mailbox(new_mailbox: NewMailbox) -> Mailbox:
    return new_mailbox(SILENT)


@pytest.fixture
def clean(mailbox: Mailbox) -> Callable[[datetime], State]:
    """Do the job once, at a time."""

    def at(now: datetime) -> State:
        cleaning = Cleaning(mailbox, Retention(), now=lambda: now)
        cleaning.schedule()
        with mailbox.jobs.database.writing() as connection:
            (job,) = mailbox.jobs.claim(connection, [CLEAN], owner="me")
        return cleaning(job)

    return at


Clean = Callable[[datetime], State]


def events(mailbox: Mailbox) -> int:
    with mailbox.stores.database.reading() as connection:
        return connection.scalars(select(func.count()).select_from(EVENTS.event)).one()


def test_what_is_over_is_forgotten_and_the_journal_keeps_its_year(mailbox: Mailbox, clean: Clean, world: World) -> None:
    mailbox.inbox.keep(an_incoming(world))
    mailbox.inbox.acknowledge("m1@pt.example", NOW, actions=REQUEST)
    mailbox.outbox.accept(an_outgoing(world))
    (posted,) = mailbox.outbox.due(NOW, limit=1)
    mailbox.outbox.conclude(posted, ReceiptAccepted(soap=b"r"), NOW)

    clean(NOW + MEMORY * 2)

    with pytest.raises(NotFound):
        mailbox.outbox.status("m1@pt.example", backend=BACKEND.name)
    assert events(mailbox) == 5


def test_the_journal_goes_when_its_year_is_over(mailbox: Mailbox, clean: Clean, world: World) -> None:
    mailbox.inbox.keep(an_incoming(world))
    mailbox.inbox.keep(an_incoming(world, "m2", now=NOW + timedelta(days=1)))

    clean(NOW + YEAR + timedelta(hours=1))

    assert events(mailbox) == 1


def test_it_comes_up_again_and_there_is_one(mailbox: Mailbox, clean: Clean) -> None:
    assert clean(NOW) is State.WAITING
    for _ in range(2):
        Cleaning(mailbox, Retention(), now=lambda: NOW).schedule()

    with mailbox.jobs.database.reading() as connection:
        (row,) = connection.execute(select(JOB)).all()
        now = mailbox.jobs.database.now(connection)
    assert EVERY - timedelta(minutes=1) < row.run_at - now <= EVERY


def test_one_that_died_is_tried_again_after_a_start(mailbox: Mailbox) -> None:
    cleaning = Cleaning(mailbox, Retention(), now=lambda: NOW)
    cleaning.schedule()
    with mailbox.jobs.database.writing() as connection:
        (job,) = mailbox.jobs.claim(connection, [CLEAN], owner="me")
        mailbox.jobs.fail(connection, job, "a fault")

    cleaning.schedule()

    with mailbox.jobs.database.writing() as connection:
        assert len(mailbox.jobs.claim(connection, [CLEAN], owner="me")) == 1


def test_dead_notices_stay_for_operators_until_their_message_was_fetched(
    mailbox: Mailbox, clean: Clean, world: World
) -> None:
    for message_id in ("m1", "m2"):
        mailbox.inbox.keep(an_incoming(world, message_id))
        with mailbox.jobs.database.writing() as connection:
            mailbox.jobs.enqueue(connection, PUSH, message_id)
            (job,) = mailbox.jobs.claim(connection, [PUSH], owner="me")
            mailbox.jobs.fail(connection, job, "nobody there")
    mailbox.inbox.acknowledge("m1", NOW, actions=REQUEST)

    clean(NOW)

    with mailbox.jobs.database.reading() as connection:
        assert [dead.key for dead in mailbox.jobs.dead(connection)] == ["m2"]
