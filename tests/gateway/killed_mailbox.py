"""
Kills what a mailbox does before every step that it takes, and looks each time at what is left.

Run as `python -m tests.gateway.killed_mailbox ACT FOLDER`: only a process without threads may fork.  Prints a line for
each look: whether nothing was stored, or the message, or also the reply had gone out.
"""

import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from io import FileIO
from itertools import count
from pathlib import Path
from typing import Final

from gateway_nodes import BACKEND, KEYS, World, new_world
from messages import LARGE, NOW, REQUEST, an_incoming, an_outgoing

from gateway.incoming import LEASE as DELIVERY_LEASE
from gateway.incoming import Incoming
from gateway.mailbox import Mailbox
from gateway.outbox import LEASE
from gateway.outgoing import Outgoing
from gateway.pushing import PUSH
from gateway.settings import Push
from gateway.states import ReceiptAccepted
from gateway.tables import DATA_KEY, EVENTS
from oots.journal.stores import new_stores
from oots.spooled import Spooled
from oots.store.database import open_database
from oots.store.durability import Durability
from oots.store.migrate import upgrade
from tests.store.killed import kill_before_step

LATER: Final = NOW + timedelta(hours=1)
CONTENTS: Final = {"keep": b"evidence", "keep-large": LARGE}
TOLD: Final = replace(BACKEND, push=Push(url="https://portal.example/told", key=bytes(24)))


class Place:
    """A folder with a mailbox, and where replies go.  It keeps nothing open, so that it may be forked."""

    def __init__(self, folder: Path, world: World) -> None:
        self.world = world
        self._folder = folder
        with self.mailbox() as mailbox:
            upgrade(mailbox.stores.database, "gateway")

    @contextmanager
    def mailbox(self) -> Iterator[Mailbox]:
        """Give the mailbox as a process that was just started has it."""
        url = f"sqlite:///{self._folder}/gateway.db"
        durability = Durability(database=url, blob_folder=self._folder / "blobs", keys=lambda: KEYS)
        stores = new_stores(open_database(url), durability, data_key=DATA_KEY, events=EVENTS, outside=lambda _: None)
        try:
            yield Mailbox(stores, node="AP_FI_01", max_messages=100, backends=[TOLD])
        finally:
            stores.close()

    def reply(self, message_id: str, content: bytes) -> None:
        """Let the other side have a reply."""
        with FileIO(self._folder / f"{message_id}.reply", "xb") as file:
            file.write(content)

    def replied(self, message_id: str) -> bytes:
        """Give what the other side has."""
        path = self._folder / f"{message_id}.reply"
        return path.read_bytes() if path.exists() else b""

    def blobs(self) -> int:
        """Count the files."""
        return sum(path.is_file() for path in (self._folder / "blobs").rglob("*"))


def keep(place: Place, message: Incoming) -> None:
    """Take a message in, and send its receipt."""
    with place.mailbox() as mailbox:
        place.reply(message.message_id, mailbox.inbox.keep(message))


def look_at_kept(place: Place, message: Incoming, content: bytes) -> str:
    """Let the peer send it again, and a back end fetch it: it comes once, whatever happened before."""
    replied = place.replied(message.message_id)
    with place.mailbox() as mailbox:
        waiting = mailbox.inbox.deliver(REQUEST, NOW, limit=5)
        receipt = mailbox.inbox.keep(replace(message, receipt=b"second"))
        assert receipt == (b"first" if waiting else b"second")
        assert not replied or waiting
        (delivered,) = mailbox.inbox.deliver(REQUEST, NOW + DELIVERY_LEASE, limit=5)
        assert delivered.message == message.message
        assert mailbox.inbox.payload(message.message_id, 0, actions=REQUEST).content.read() == content
        mailbox.inbox.acknowledge(message.message_id, NOW, actions=REQUEST)
        assert mailbox.inbox.deliver(REQUEST, LATER, limit=5) == ()
        assert notices(mailbox) == [message.message_id]
    assert_nothing_is_left(place)
    return _told(stored=bool(waiting), replied=bool(replied))


def notices(mailbox: Mailbox) -> list[str]:
    """Give the messages that the back end has to be told of, and see to it that it is told once."""
    with mailbox.jobs.database.writing() as connection:
        jobs = mailbox.jobs.claim(connection, [PUSH], owner="look", limit=5)
        for job in jobs:
            mailbox.jobs.finish(connection, job)
        return [job.key for job in jobs]


def accept(place: Place, message: Outgoing) -> None:
    """Take a submission, and tell its back end."""
    with place.mailbox() as mailbox:
        place.reply(message.message_id, mailbox.outbox.accept(message).state.encode())


def look_at_accepted(place: Place, message: Outgoing) -> str:
    """Let the back end submit it again: it is posted, with the bytes that were stored, and comes to its end."""
    replied = place.replied(message.message_id)
    with place.mailbox() as mailbox:
        stored = mailbox.outbox.submission(message.message_id, message.digest, backend=BACKEND.name) is not None
        assert stored or not replied
        content = message.packed.content.read()
        again = replace(message, packed=replace(message.packed, content=Spooled(content)))
        assert mailbox.outbox.accept(again).state == "submitted"
        (posted,) = mailbox.outbox.due(NOW, limit=5)
        assert posted.packed.content.read() == content
        assert mailbox.outbox.conclude(posted, ReceiptAccepted(soap=b"r"), NOW) is not None
        assert mailbox.outbox.due(LATER, limit=5) == ()
    assert_nothing_is_left(place)
    return _told(stored=stored, replied=bool(replied))


def send(place: Place, message: Outgoing) -> None:
    """Post a message, and note its receipt."""
    with place.mailbox() as mailbox:
        (posted,) = mailbox.outbox.due(NOW, limit=5)
        place.reply(message.message_id, posted.packed.content.read())
        mailbox.outbox.conclude(posted, ReceiptAccepted(soap=b"r"), NOW)


def look_at_sent(place: Place, message: Outgoing) -> str:
    """Say how far it came; when it is not over, it is due again after a lease, with the same bytes."""
    with place.mailbox() as mailbox:
        state = mailbox.outbox.status(message.message_id, backend=BACKEND.name).state
        for posted in mailbox.outbox.due(NOW + LEASE, limit=5):
            assert posted.packed.content.read() == message.packed.content.read()
            assert mailbox.outbox.conclude(posted, ReceiptAccepted(soap=b"r"), NOW) is not None
        assert mailbox.outbox.status(message.message_id, backend=BACKEND.name).state == "acknowledged"
    assert_nothing_is_left(place)
    return state


def assert_nothing_is_left(place: Place) -> None:
    """Sweep: no file may stay, since every message is over."""
    with place.mailbox() as mailbox:
        for _ in range(2):
            mailbox.sweep(unnamed_for=timedelta(0))
    assert place.blobs() == 0


def _told(*, stored: bool, replied: bool) -> str:
    return "replied" if replied else "stored" if stored else "nothing"


def in_a_process_that_is_killed(act: Callable[[], None], number: int) -> bool:
    """Say whether `act` was killed; it must not fail in any other way."""
    child = os.fork()
    if not child:
        try:
            kill_before_step(number)
            act()
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in {0, -9}, code
    return code == -9


def main(name: str, folder: str) -> None:
    """Kill the act that is called `name` until it is done before it is killed."""
    place = Place(Path(folder), new_world(Path(folder)))
    for number in count():
        message_id = f"m{number}@pt.example"
        killed, told = _round(place, name, message_id, number)
        print(told)
        if not killed:
            return


def _round(place: Place, name: str, message_id: str, number: int) -> tuple[bool, str]:
    if name in CONTENTS:
        content = CONTENTS[name]
        incoming = an_incoming(place.world, message_id, content=content)
        killed = in_a_process_that_is_killed(lambda: keep(place, incoming), number)
        return killed, look_at_kept(place, incoming, content)
    outgoing = an_outgoing(place.world, message_id)
    if name == "accept":
        return in_a_process_that_is_killed(lambda: accept(place, outgoing), number), look_at_accepted(place, outgoing)
    with place.mailbox() as mailbox:
        content = Spooled(outgoing.packed.content.read())
        mailbox.outbox.accept(replace(outgoing, packed=replace(outgoing.packed, content=content)))
    return in_a_process_that_is_killed(lambda: send(place, outgoing), number), look_at_sent(place, outgoing)


if __name__ == "__main__":
    main(*sys.argv[1:])
