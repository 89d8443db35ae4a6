"""What only a mailbox on disk can do: outlive its process, share its stores, and be unreadable for others."""

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from durable_mailboxes import NewDurableMailbox
from gateway_nodes import World
from messages import NOW, REQUEST, an_incoming, an_outgoing
from sqlalchemy import select

from gateway import outgoing as outgoings
from gateway.durable_mailbox import DurableMailbox
from gateway.durable_outgoing import LEASE
from gateway.incoming import Incoming
from gateway.journal import Journal
from gateway.mailbox import MEMORY
from gateway.states import ReceiptAccepted, Refused
from gateway.tables import DATA_KEY, EVENTS, METADATA
from oots.errors import NotFound, ValueInconsistent
from oots.journal.events import Event, EventName
from oots.journal.table import EventLog
from oots.store.blobs import BlobStore
from oots.store.database import open_database
from oots.store.migrate import WrongSchema, require_current
from tests.store.databases import NewUrl
from tests.store.schema import assert_migrated_as_declared

NEW = NewDurableMailbox
SILENT = Journal(node="AP_FI_01", record=lambda _: None)
MARKER = b"Zyrianova-Quetzalcoatl"


def files_with(marker: bytes, folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and marker in path.read_bytes()]


def blobs_in(folder: Path) -> int:
    return sum(path.is_file() for path in (folder / "blobs").rglob("*"))


def test_the_migrated_schema_is_the_declared_one(new_url: NewUrl) -> None:
    migrated, declared = open_database(new_url()), open_database(new_url())

    assert_migrated_as_declared(migrated, declared, package="gateway", metadata=METADATA)

    migrated.close()
    declared.close()


def test_a_database_without_tables_is_refused_with_what_to_do(new_url: NewUrl) -> None:
    database = open_database(new_url())

    with pytest.raises(WrongSchema, match="gateway needs 0001; run `oots db upgrade`"):
        require_current(database, "gateway")

    database.close()


def test_what_came_in_is_there_after_a_restart(new_durable_mailbox: NEW, world: World) -> None:
    message = an_incoming(world, content=b"evidence" * 20_000)
    new_durable_mailbox(SILENT).keep(message)

    mailbox = new_durable_mailbox(SILENT)
    (delivered,) = mailbox.deliver(REQUEST, NOW, limit=5)

    assert delivered.message == message.message
    assert delivered.delivery() == replace(message, payloads=delivered.payloads).delivery()
    assert mailbox.payload(message.message_id, 0).content.read() == b"evidence" * 20_000
    assert mailbox.keep(a_copy(message)) == b"first"
    mailbox.acknowledge(message.message_id, NOW)
    assert new_durable_mailbox(SILENT).keep(a_copy(message)) == b"first"
    assert new_durable_mailbox(SILENT).deliver(REQUEST, NOW + timedelta(days=1), limit=5) == ()
    with pytest.raises(ValueInconsistent):
        new_durable_mailbox(SILENT).keep(an_incoming(world, content=b"other"))


def a_copy(message: Incoming) -> Incoming:
    return replace(message, receipt=b"second")


def test_what_was_accepted_is_sent_after_a_restart(new_durable_mailbox: NEW, world: World) -> None:
    message = an_outgoing(world)
    content = message.packed.content.read()
    new_durable_mailbox(SILENT).accept(message)

    (first,) = new_durable_mailbox(SILENT).due(NOW, limit=5)
    mailbox = new_durable_mailbox(SILENT)
    assert mailbox.due(NOW + LEASE / 2, limit=5) == ()
    (second,) = mailbox.due(NOW + LEASE, limit=5)

    assert first.packed.content.read() == second.packed.content.read() == content
    assert second.packed.content_type == message.packed.content_type
    assert (second.attempts, second.pmode) == (2, message.pmode)
    assert mailbox.conclude(first, ReceiptAccepted(soap=b"r"), NOW) is None
    assert mailbox.conclude(second, Refused(code="EBMS:0004", detail="why"), NOW) is not None
    status = new_durable_mailbox(SILENT).status(message.message_id)
    assert (status.state, status.failure and status.failure.detail) == ("failed", "why")
    assert [step.state for step in status.history] == ["submitted", "sending", "sending", "failed"]


def test_a_lease_is_extended_while_its_process_lives(new_durable_mailbox: NEW, world: World) -> None:
    posting, other = new_durable_mailbox(SILENT), new_durable_mailbox(SILENT)
    posting.accept(an_outgoing(world))
    posting.due(NOW, limit=1)

    posting.renew(NOW + LEASE / 2)
    other.renew(NOW + LEASE)
    assert other.due(NOW + LEASE, limit=1) == ()

    posting.renew(NOW + outgoings.LEASE)
    assert len(other.due(NOW + outgoings.LEASE, limit=1)) == 1


def test_of_copies_that_come_at_once_one_is_kept_and_all_get_its_receipt(
    new_durable_mailbox: NEW, world: World, quick_folder: Path
) -> None:
    mailboxes = [new_durable_mailbox(SILENT) for _ in range(4)]
    message, receipts = an_incoming(world), []
    start = threading.Barrier(len(mailboxes))

    def keep(mailbox: DurableMailbox, number: int) -> None:
        # Each has payloads of its own, as if it had been unpacked by itself.
        copy = replace(an_incoming(world), references=message.references, receipt=f"receipt {number}".encode())
        start.wait(10)
        receipts.append(mailbox.keep(copy))

    threads = [threading.Thread(target=keep, args=(mailbox, number)) for number, mailbox in enumerate(mailboxes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(receipts) == 4
    assert len(set(receipts)) == 1
    assert len(mailboxes[0].deliver(REQUEST, NOW, limit=5)) == 1
    assert blobs_in(quick_folder) == 1


def test_events_are_in_the_database_with_what_circulated(new_durable_mailbox: NEW, world: World) -> None:
    told: list[Event] = []
    mailbox = new_durable_mailbox(Journal(node="AP_FI_01", record=told.append))
    message = an_incoming(world)
    mailbox.keep(message)
    mailbox.acknowledge(message.message_id, NOW)

    stores = mailbox._stores
    with stores.database.reading() as connection:
        rows = connection.execute(select(EVENTS.event).order_by(EVENTS.event.c.number)).all()
        documents = [stores.events.documents(connection, row.number) for row in rows]
    assert [(row.name, row.message_id, row.at, row.facts) for row in rows] == [
        (event.name.value, event.message_id, event.at, dict(event.facts)) for event in told
    ]
    assert documents == [{"soap.xml": b"<soap/>", "receipt.xml": b"first"}, {}]


def test_an_event_whose_transaction_fails_is_neither_written_nor_told(
    new_durable_mailbox: NEW, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Event] = []
    mailbox = new_durable_mailbox(Journal(node="AP_FI_01", record=told.append))

    append = EventLog.append

    def append_and_fail(*arguments: Any) -> None:
        append(*arguments)
        raise OSError("no room")

    with monkeypatch.context() as patch:
        patch.setattr(EventLog, "append", append_and_fail)
        with pytest.raises(OSError, match="no room"):
            mailbox.keep(an_incoming(world))

    assert told == scopes(mailbox) == []
    assert mailbox.deliver(REQUEST, NOW, limit=5) == ()
    assert mailbox.keep(an_incoming(world)) == b"first"
    assert [event.name for event in told] == [EventName.AS4_RECEIVED]


def test_whoever_cannot_hear_of_an_event_changes_nothing(new_durable_mailbox: NEW, world: World) -> None:
    def deaf(_: Event) -> None:
        raise RuntimeError

    mailbox = new_durable_mailbox(Journal(node="AP_FI_01", record=deaf))

    assert mailbox.keep(an_incoming(world)) == b"first"


def test_a_marker_stands_nowhere_on_disk(new_sqlite_mailbox: NEW, world: World, quick_folder: Path) -> None:
    mailbox = new_sqlite_mailbox(SILENT)
    content = MARKER * 10_000
    mailbox.keep(an_incoming(world, content=content, soap=MARKER))
    mailbox.accept(an_outgoing(world, content=content))
    (posted,) = mailbox.due(NOW, limit=1)
    assert mailbox.payload("m1@pt.example", 0).content.read() == content
    assert blobs_in(quick_folder) == 2
    assert files_with(MARKER, quick_folder) == []

    mailbox.acknowledge("m1@pt.example", NOW)
    mailbox.conclude(posted, Refused(code="EBMS:0004", detail=MARKER.decode()), NOW)

    assert blobs_in(quick_folder) == 0
    assert files_with(MARKER, quick_folder) == []


def test_the_key_of_content_is_erased_when_a_back_end_has_it(new_durable_mailbox: NEW, world: World) -> None:
    mailbox = new_durable_mailbox(SILENT)
    mailbox.keep(an_incoming(world))
    mailbox.acknowledge("m1@pt.example", NOW)

    assert [scope for scope in scopes(mailbox) if not scope.startswith("event ")] == []


def test_forgetting_leaves_nothing_but_the_journal(new_durable_mailbox: NEW, world: World) -> None:
    mailbox = new_durable_mailbox(SILENT)
    mailbox.keep(an_incoming(world))
    mailbox.acknowledge("m1@pt.example", NOW)
    mailbox.accept(an_outgoing(world))
    (posted,) = mailbox.due(NOW, limit=1)
    mailbox.conclude(posted, ReceiptAccepted(soap=b"r"), NOW)

    assert mailbox.forget(NOW + MEMORY) == 0
    assert mailbox.forget(NOW + MEMORY + timedelta(seconds=1)) == 2

    with pytest.raises(NotFound):
        mailbox.status("m1@pt.example")
    assert {scope.split()[0] for scope in scopes(mailbox)} == {"event"}


def test_a_message_whose_payload_is_damaged_does_not_keep_others_back(
    new_durable_mailbox: NEW, world: World, quick_folder: Path
) -> None:
    mailbox = new_durable_mailbox(SILENT)
    mailbox.keep(an_incoming(world, "damaged"))
    for blob in (quick_folder / "blobs").rglob("*"):
        if blob.is_file():
            blob.unlink()
    mailbox.keep(an_incoming(world, "whole"))

    assert [message.message_id for message in mailbox.deliver(REQUEST, NOW, limit=5)] == ["whole"]


def test_files_without_a_row_are_swept_and_others_stay(
    new_durable_mailbox: NEW, world: World, quick_folder: Path
) -> None:
    mailbox = new_durable_mailbox(SILENT)
    mailbox.keep(an_incoming(world))
    mailbox.accept(an_outgoing(world))
    with mailbox._stores.database.writing() as connection:
        key = mailbox._stores.keys.create(connection, "nobody", now=NOW)
    BlobStore(quick_folder / "blobs").write([b"orphan"], key)

    assert [mailbox.sweep(unnamed_for=timedelta(0)) for _ in range(3)] == [0, 1, 0]
    assert blobs_in(quick_folder) == 2


def scopes(mailbox: DurableMailbox) -> list[str]:
    with mailbox._stores.database.reading() as connection:
        return list(connection.scalars(select(DATA_KEY.c.scope)))
