"""What a mailbox does because it is on disk: outlive its process, share its stores, and be unreadable for others."""

import shutil
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from gateway_nodes import BACKEND, World
from mailboxes import NewMailbox, stores_of
from messages import LARGE, NOW, REQUEST, an_incoming, an_outgoing
from sqlalchemy import insert, select, update

from gateway import migrations
from gateway import outgoing as outgoings
from gateway.incoming import Incoming
from gateway.journal import Journal
from gateway.mailbox import MEMORY, Mailbox
from gateway.outbox import LEASE
from gateway.states import ReceiptAccepted, Refused
from gateway.stored import MOST_IN_A_ROW, write_incoming
from gateway.tables import DATA_KEY, EVENTS, INCOMING, METADATA, OUTGOING, PAYLOAD
from oots.errors import NotFound, StoreUnavailable, ValueInconsistent
from oots.journal.events import Event, EventName
from oots.journal.table import EventLog
from oots.spooled import Spooled
from oots.store.blobs import BlobStore
from oots.store.database import open_database
from oots.store.migrate import WrongSchema, require_current, upgrade
from oots.store.secret_key import DataKey, SecretKey
from tests.store.databases import NewUrl
from tests.store.full_disk import files_no_larger_than
from tests.store.schema import assert_migrated_as_declared

NEW = NewMailbox
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

    with pytest.raises(WrongSchema, match="gateway needs 0003; run `oots db upgrade`"):
        require_current(database, "gateway")

    database.close()


def test_messages_from_before_back_ends_had_names_are_sent_on_and_asked_by_nobody(
    new_mailbox: NEW, world: World
) -> None:
    mailbox = new_mailbox(SILENT)
    mailbox.outbox.accept(an_outgoing(world))
    with mailbox.stores.database.writing() as connection:
        connection.execute(update(OUTGOING).values(backend=None))

    with pytest.raises(NotFound):
        mailbox.outbox.status("m1@pt.example", backend=BACKEND.name)
    (message,) = mailbox.outbox.due(NOW, limit=1)
    assert message.backend is None
    assert mailbox.outbox.conclude(message, ReceiptAccepted(soap=b"r"), NOW) is not None


def test_the_database_itself_keeps_the_journal_from_changes(new_mailbox: NEW, world: World) -> None:
    mailbox = new_mailbox(SILENT)
    mailbox.inbox.keep(an_incoming(world))

    for change in (update(EVENTS.event).values(action="x"), update(EVENTS.document).values(content=b"x")):
        with pytest.raises(Exception, match="never changed"), mailbox.stores.database.writing() as connection:
            connection.execute(change)


@pytest.mark.parametrize("content", [b"", b"evidence", LARGE[:MOST_IN_A_ROW], LARGE])
def test_what_came_in_is_there_after_a_restart(new_mailbox: NEW, world: World, content: bytes) -> None:
    message = an_incoming(world, content=content)
    new_mailbox(SILENT).inbox.keep(message)

    mailbox = new_mailbox(SILENT)
    (delivered,) = mailbox.inbox.deliver(REQUEST, NOW, limit=5)

    assert delivered.message == message.message
    assert delivered.delivery() == replace(message, payloads=delivered.payloads).delivery()
    assert mailbox.inbox.payload(message.message_id, 0, actions=REQUEST).content.read() == content
    assert mailbox.inbox.keep(a_copy(message)) == b"first"
    mailbox.inbox.acknowledge(message.message_id, NOW, actions=REQUEST)
    assert new_mailbox(SILENT).inbox.keep(a_copy(message)) == b"first"
    assert new_mailbox(SILENT).inbox.deliver(REQUEST, NOW + timedelta(days=1), limit=5) == ()
    with pytest.raises(ValueInconsistent):
        new_mailbox(SILENT).inbox.keep(an_incoming(world, content=b"other"))


def test_only_a_large_payload_is_a_file(new_mailbox: NEW, world: World, quick_folder: Path) -> None:
    mailbox = new_mailbox(SILENT)

    mailbox.inbox.keep(an_incoming(world, "small", content=LARGE[:MOST_IN_A_ROW]))
    assert blobs_in(quick_folder) == 0
    mailbox.inbox.keep(an_incoming(world, "large", content=LARGE))
    assert blobs_in(quick_folder) == 1


def test_a_copy_of_a_large_message_is_not_written_again(
    new_mailbox: NEW, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox, message = new_mailbox(SILENT), an_incoming(world, content=LARGE)
    mailbox.inbox.keep(message)
    written: list[object] = []
    write = BlobStore.write
    monkeypatch.setattr(BlobStore, "write", lambda *arguments: (written.append(arguments), write(*arguments))[1])

    copy = replace(an_incoming(world, content=LARGE, receipt=b"second"), references=message.references)
    assert mailbox.inbox.keep(copy) == b"first"
    assert written == []
    mailbox.inbox.keep(an_incoming(world, "m2@pt.example", content=LARGE))
    assert len(written) == 1


@pytest.mark.parametrize("content", [LARGE[:1000], LARGE])
def test_a_part_of_a_payload_is_read_wherever_it_stands(new_mailbox: NEW, world: World, content: bytes) -> None:
    mailbox = new_mailbox(SILENT)
    mailbox.inbox.keep(an_incoming(world, content=content))

    kept = mailbox.inbox.payload("m1@pt.example", 0, actions=REQUEST).content

    assert b"".join(kept.chunks(10, 100)) == content[10:100]
    with pytest.raises(ValueError, match="no more bytes"):
        kept.write(b"x")


def test_small_payloads_of_the_release_before_are_files_and_are_delivered(
    new_url: NewUrl, world: World, quick_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "gateway_of_before" / "migrations"
    old.mkdir(parents=True)
    (old.parent / "__init__.py").touch()
    for revision in sorted(Path(migrations.__path__[0]).glob("v000[12]_*.py")):
        shutil.copy(revision, old)
    monkeypatch.syspath_prepend(tmp_path)
    stores = stores_of(new_url(), quick_folder, SILENT)
    upgrade(stores.database, "gateway_of_before")
    message, key = an_incoming(world), DataKey(SecretKey.new())
    with stores.written([Spooled(b"x")], key) as (blob,), stores.database.writing() as connection:
        number = connection.execute(insert(INCOMING), write_incoming(message, key)).inserted_primary_key[0]
        row = {"message_number": number, "number": 0, "size": 1, "sha256": blob.sha256, "blob_id": blob.id}
        connection.execute(insert(PAYLOAD), row)
        stores.keys.add(connection, f"incoming {message.message_id}", key, now=NOW)

    upgrade(stores.database, "gateway")
    inbox = Mailbox(stores, node="AP_FI_01", max_messages=10).inbox

    assert inbox.payload(message.message_id, 0, actions=REQUEST).content.read() == b"x"
    inbox.acknowledge(message.message_id, NOW, actions=REQUEST)
    assert blobs_in(quick_folder) == 0
    stores.close()


def a_copy(message: Incoming) -> Incoming:
    return replace(message, receipt=b"second")


def test_what_was_accepted_is_sent_after_a_restart(new_mailbox: NEW, world: World) -> None:
    message = an_outgoing(world)
    content = message.packed.content.read()
    new_mailbox(SILENT).outbox.accept(message)

    (first,) = new_mailbox(SILENT).outbox.due(NOW, limit=5)
    mailbox = new_mailbox(SILENT)
    assert mailbox.outbox.due(NOW + LEASE / 2, limit=5) == ()
    (second,) = mailbox.outbox.due(NOW + LEASE, limit=5)

    assert first.packed.content.read() == second.packed.content.read() == content
    assert second.packed.content_type == message.packed.content_type
    assert (second.attempts, second.pmode) == (2, message.pmode)
    assert mailbox.outbox.conclude(first, ReceiptAccepted(soap=b"r"), NOW) is None
    assert mailbox.outbox.conclude(second, Refused(code="EBMS:0004", detail="why"), NOW) is not None
    status = new_mailbox(SILENT).outbox.status(message.message_id, backend=BACKEND.name)
    assert (status.state, status.failure and status.failure.detail) == ("failed", "why")
    assert [step.state for step in status.history] == ["submitted", "sending", "sending", "failed"]


def test_a_lease_is_extended_while_its_process_lives(new_mailbox: NEW, world: World) -> None:
    posting, other = new_mailbox(SILENT), new_mailbox(SILENT)
    posting.outbox.accept(an_outgoing(world))
    posting.outbox.due(NOW, limit=1)

    posting.outbox.renew(NOW + LEASE / 2)
    other.outbox.renew(NOW + LEASE)
    assert other.outbox.due(NOW + LEASE, limit=1) == ()

    posting.outbox.renew(NOW + outgoings.LEASE)
    assert len(other.outbox.due(NOW + outgoings.LEASE, limit=1)) == 1


def test_when_the_end_of_an_attempt_cannot_be_kept_its_lease_is_extended_no_longer(
    new_sqlite_mailbox: NEW, world: World
) -> None:
    mailbox = new_sqlite_mailbox(SILENT)
    mailbox.outbox.accept(an_outgoing(world))
    (posted,) = mailbox.outbox.due(NOW, limit=1)

    with files_no_larger_than(1), pytest.raises(StoreUnavailable):
        mailbox.outbox.conclude(posted, ReceiptAccepted(soap=b"r"), NOW)
    mailbox.outbox.renew(NOW + LEASE / 2)

    assert len(mailbox.outbox.due(NOW + LEASE, limit=1)) == 1


def test_of_copies_that_come_at_once_one_is_kept_and_all_get_its_receipt(
    new_mailbox: NEW, world: World, quick_folder: Path
) -> None:
    mailboxes = [new_mailbox(SILENT) for _ in range(4)]
    message, receipts = an_incoming(world, content=LARGE), []
    start = threading.Barrier(len(mailboxes))

    def keep(mailbox: Mailbox, number: int) -> None:
        # Each has payloads of its own, as if it had been unpacked by itself.
        copy = an_incoming(world, content=LARGE, receipt=f"receipt {number}".encode())
        copy = replace(copy, references=message.references)
        start.wait(10)
        receipts.append(mailbox.inbox.keep(copy))

    threads = [threading.Thread(target=keep, args=(mailbox, number)) for number, mailbox in enumerate(mailboxes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(receipts) == 4
    assert len(set(receipts)) == 1
    assert len(mailboxes[0].inbox.deliver(REQUEST, NOW, limit=5)) == 1
    assert blobs_in(quick_folder) == 1


def test_events_are_in_the_database_with_what_circulated(new_mailbox: NEW, world: World) -> None:
    told: list[Event] = []
    mailbox = new_mailbox(Journal(node="AP_FI_01", record=told.append))
    message = an_incoming(world)
    mailbox.inbox.keep(message)
    mailbox.inbox.acknowledge(message.message_id, NOW, actions=REQUEST)

    stores = mailbox.stores
    with stores.database.reading() as connection:
        rows = connection.execute(select(EVENTS.event).order_by(EVENTS.event.c.number)).all()
        documents = [stores.events.documents(connection, row.number) for row in rows]
    assert [(row.name, row.message_id, row.at, row.facts) for row in rows] == [
        (event.name.value, event.message_id, event.at, dict(event.facts)) for event in told
    ]
    assert documents == [{"soap.xml": b"<soap/>", "receipt.xml": b"first"}, {}]


def test_an_event_whose_transaction_fails_is_neither_written_nor_told(
    new_mailbox: NEW, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Event] = []
    mailbox = new_mailbox(Journal(node="AP_FI_01", record=told.append))

    append = EventLog.append

    def append_and_fail(*arguments: Any) -> None:
        append(*arguments)
        raise OSError("no room")

    with monkeypatch.context() as patch:
        patch.setattr(EventLog, "append", append_and_fail)
        with pytest.raises(OSError, match="no room"):
            mailbox.inbox.keep(an_incoming(world))

    assert told == scopes(mailbox) == []
    assert mailbox.inbox.deliver(REQUEST, NOW, limit=5) == ()
    assert mailbox.inbox.keep(an_incoming(world)) == b"first"
    assert [event.name for event in told] == [EventName.AS4_RECEIVED]


def test_whoever_cannot_hear_of_an_event_changes_nothing(new_mailbox: NEW, world: World) -> None:
    def deaf(_: Event) -> None:
        raise RuntimeError

    mailbox = new_mailbox(Journal(node="AP_FI_01", record=deaf))

    assert mailbox.inbox.keep(an_incoming(world)) == b"first"


@pytest.mark.parametrize(("times", "blobs"), [(1, 1), (10_000, 2)])
def test_a_marker_stands_nowhere_on_disk(
    new_sqlite_mailbox: NEW, world: World, quick_folder: Path, times: int, blobs: int
) -> None:
    mailbox = new_sqlite_mailbox(SILENT)
    content = MARKER * times
    mailbox.inbox.keep(an_incoming(world, content=content, soap=MARKER))
    mailbox.outbox.accept(an_outgoing(world, content=content))
    (posted,) = mailbox.outbox.due(NOW, limit=1)
    assert mailbox.inbox.payload("m1@pt.example", 0, actions=REQUEST).content.read() == content
    assert blobs_in(quick_folder) == blobs
    assert files_with(MARKER, quick_folder) == []

    mailbox.inbox.acknowledge("m1@pt.example", NOW, actions=REQUEST)
    mailbox.outbox.conclude(posted, Refused(code="EBMS:0004", detail=MARKER.decode()), NOW)

    assert blobs_in(quick_folder) == 0
    assert files_with(MARKER, quick_folder) == []


def test_the_key_of_content_is_erased_when_a_back_end_has_it(new_mailbox: NEW, world: World) -> None:
    mailbox = new_mailbox(SILENT)
    mailbox.inbox.keep(an_incoming(world))
    mailbox.inbox.acknowledge("m1@pt.example", NOW, actions=REQUEST)

    assert [scope for scope in scopes(mailbox) if not scope.startswith("event ")] == []


def test_forgetting_leaves_nothing_but_the_journal(new_mailbox: NEW, world: World) -> None:
    mailbox = new_mailbox(SILENT)
    mailbox.inbox.keep(an_incoming(world))
    mailbox.inbox.acknowledge("m1@pt.example", NOW, actions=REQUEST)
    mailbox.outbox.accept(an_outgoing(world))
    (posted,) = mailbox.outbox.due(NOW, limit=1)
    mailbox.outbox.conclude(posted, ReceiptAccepted(soap=b"r"), NOW)

    assert mailbox.forget(NOW + MEMORY) == 0
    assert mailbox.forget(NOW + MEMORY + timedelta(seconds=1)) == 2

    with pytest.raises(NotFound):
        mailbox.outbox.status("m1@pt.example", backend=BACKEND.name)
    assert {scope.split()[0] for scope in scopes(mailbox)} == {"event"}


def test_files_without_a_row_are_swept_and_others_stay(new_mailbox: NEW, world: World, quick_folder: Path) -> None:
    mailbox = new_mailbox(SILENT)
    mailbox.inbox.keep(an_incoming(world, content=LARGE))
    mailbox.outbox.accept(an_outgoing(world))
    with mailbox.stores.database.writing() as connection:
        key = mailbox.stores.keys.create(connection, "nobody", now=NOW)
    BlobStore(quick_folder / "blobs").write([b"orphan"], key)

    assert [mailbox.sweep(unnamed_for=timedelta(0)) for _ in range(3)] == [0, 1, 0]
    assert blobs_in(quick_folder) == 2


def scopes(mailbox: Mailbox) -> list[str]:
    with mailbox.stores.database.reading() as connection:
        return list(connection.scalars(select(DATA_KEY.c.scope)))
