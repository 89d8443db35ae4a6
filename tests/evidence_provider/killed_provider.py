"""
Kills a provider before every step that it takes to answer a request, and each time lets another process go on.

Run as `python -m tests.evidence_provider.killed_provider FOLDER`: only a process without threads may fork.  Prints a
line for each look: where the request was when the process was killed.
"""

import os
import sys
import traceback
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from io import FileIO
from itertools import count
from pathlib import Path
from typing import Final

from sqlalchemy import select

from evidence_provider.demo import demo_settings
from evidence_provider.invented_people import make_register
from evidence_provider.tables import EVENTS, ISSUED_DOCUMENT, JOB, REQUEST
from oots.edm.documents import read_answer, write
from oots.edm.model import EvidenceRequest, EvidenceResponse
from oots.journal.events import EventName
from oots.net.gateway_api import Delivery, Submission
from oots.spooled import Spooled
from oots.validation.message_rules import MessageRules
from tests.evidence_provider.desks import Clock, Desk, durability_of, stores_of
from tests.evidence_provider.requests_of_the_story import NOW, a_request, delivery_of, header_of
from tests.store.killed import kill_before_step
from tests.validation.rules_at_hand import OneWorker

LATER: Final = NOW + timedelta(hours=1)
"""When every lease of a process that was killed has run out."""

_SEPARATOR: Final = b"\n--next part--\n"


class AccessPointOnDisk:
    """Keeps what it was given in a folder, one file for each submission, and what was acknowledged."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir()

    def submit(self, header: Submission, contents: Sequence[Spooled]) -> str:
        """Take a message."""
        assert header.message_id
        parts = [header.conversation_id.encode(), header.message_id.encode(), *(item.read() for item in contents)]
        self._write(f"{uuid.uuid4()}.submitted", _SEPARATOR.join(parts))
        return header.message_id

    def acknowledge(self, message_id: str) -> None:
        """Note that a message is safe with the provider."""
        self._write(f"{message_id}.acknowledged", b"yes")

    def submitted(self, delivery: Delivery) -> list[bytes]:
        """Give everything that was submitted as answer to a message."""
        everything = (path.read_bytes() for path in self._folder.glob("*.submitted"))
        return [item for item in everything if item.startswith(delivery.conversation_id.encode())]

    def has_acknowledged(self, message_id: str) -> bool:
        """Tell whether a message need not come again."""
        path = self._folder / f"{message_id}.acknowledged"
        return path.exists() and path.read_bytes() == b"yes"

    def _write(self, name: str, content: bytes) -> None:
        with FileIO(self._folder / name, "wb") as file:
            file.write(content)


class Place:
    """A folder with a provider and its access point.  It keeps nothing open, so that it may be forked."""

    def __init__(self, folder: Path) -> None:
        self.settings = demo_settings(folder / "register.db")
        make_register(self.settings.register, people=10)
        self.access_point = AccessPointOnDisk(folder / "gateway")
        self.rules = MessageRules(OneWorker())
        self.folder = folder
        self._durability = durability_of(f"sqlite:///{folder}/provider.db", folder)

    @contextmanager
    def desk(self, now: datetime) -> Iterator[Desk]:
        """Give the provider as a process that was just started has it."""
        clock = Clock(now)
        stores = stores_of(self._durability, [], now=clock)
        try:
            yield Desk(self.settings, stores, clock=clock, events=[], access_point=self.access_point, rules=self.rules)
        finally:
            stores.close()


def serve(place: Place, delivery: Delivery, document: bytes, now: datetime) -> None:
    """Take a request, unless it was acknowledged, and answer it."""
    with place.desk(now) as desk:
        if not place.access_point.has_acknowledged(delivery.message_id):
            desk.taking.keep(delivery, Spooled(document))
            place.access_point.acknowledge(delivery.message_id)
        desk.work()


def state_of(place: Place, delivery: Delivery) -> str:
    """Say how far the request is; what was acknowledged must be there."""
    with place.desk(NOW) as desk, desk.books.stores.database.reading() as connection:
        found = select(REQUEST.c.state).where(REQUEST.c.message_id == delivery.message_id)
        state = connection.scalars(found).one_or_none()
    assert state or not place.access_point.has_acknowledged(delivery.message_id)
    return state or "nothing"


def look_at_end(place: Place, delivery: Delivery, request: EvidenceRequest) -> None:
    """Check that everything happened, and once."""
    submitted = place.access_point.submitted(delivery)
    assert len(set(submitted)) == 1, f"{len(submitted)} submissions, {len(set(submitted))} of them differ"
    _, _, document, evidence = submitted[0].split(_SEPARATOR)
    answer = read_answer(document)
    assert isinstance(answer, EvidenceResponse)
    assert answer.request_id == request.id
    assert evidence.startswith(b"%PDF-")
    with place.desk(LATER) as desk:
        events = [row.name for row in desk.rows(EVENTS.event) if row.conversation_id == delivery.conversation_id]
        assert events == [name.value for name in ONCE], events
        assert desk.state(delivery) == "sent"
        numbers = {row.document_number for row in desk.rows(ISSUED_DOCUMENT)}
        assert answer.evidences[0].main.metadata.identifier in numbers
        assert len(numbers) == len(desk.rows(REQUEST))
        assert desk.rows(JOB) == desk.scopes() == []
        desk.clean()
        desk.clean()
    assert [path for path in (place.folder / "blobs").rglob("*") if path.is_file()] == []


ONCE: Final = (
    EventName.REQUEST_RECEIVED,
    EventName.IDENTITY_MATCH,
    EventName.EVIDENCE_ISSUED,
    EventName.RESPONSE_SENT,
)


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


def main(folder: str) -> None:
    """Kill the provider until it has answered before it is killed."""
    place = Place(Path(folder))
    for number in count():
        request = a_request(place.settings)
        delivery, document = delivery_of(header_of(request)), write(request)
        killed = in_a_process_that_is_killed(lambda: serve(place, delivery, document, NOW), number)  # noqa: B023
        print(state_of(place, delivery))
        serve(place, delivery, document, LATER)
        look_at_end(place, delivery, request)
        if not killed:
            return


if __name__ == "__main__":
    main(*sys.argv[1:])
