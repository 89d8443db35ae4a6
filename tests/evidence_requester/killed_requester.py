"""
Kills a requester before every step that it takes: from the press of the button to the request at the access point
(`ask`), and from the answer to the document in the procedure's hands (`answer`).

Each time another process goes on, and portal, access point and peer repeat what they got no reply to.  Run as
`python -m tests.evidence_requester.killed_requester ACT FOLDER`: only a process without threads may fork.  Prints a
line for each look: where the exchange was when the process was killed.
"""

import os
import sys
import traceback
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from io import FileIO
from itertools import count
from pathlib import Path
from typing import Final

from evidence_requester.exchange import Exchange, OpenExchange
from evidence_requester.states import State
from evidence_requester.tables import ANSWER, DATA_KEY, EVENTS, EXCHANGE, PAYLOAD
from oots.edm.documents import read_request, write
from oots.journal.events import EventName
from oots.journal.stores import new_stores
from oots.net.gateway_api import MessageStatus, Submission
from oots.spooled import Spooled
from oots.store.database import open_database
from oots.validation.message_rules import MessageRules
from tests.evidence_requester.desks import Clock, Desk, durability_of
from tests.evidence_requester.exchanges_of_the_story import NOW, a_response, delivery_of
from tests.store.killed import kill_before_step
from tests.validation.rules_at_hand import OneWorker

LATER: Final = NOW + timedelta(hours=1)
"""When every lease of a process that was killed has run out."""

ONCE: Final = (
    EventName.EXPLICIT_REQUEST_GIVEN,
    EventName.REQUEST_SENT,
    EventName.RESPONSE_RECEIVED,
    EventName.EVIDENCE_DELIVERED,
)

_SEPARATOR: Final = b"\n--next part--\n"


class Outside:
    """Access point and procedure, each with what it has got in files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir()

    def submit(self, header: Submission, contents: Sequence[Spooled]) -> str:
        """Take a request."""
        assert header.message_id
        parts = [header.conversation_id.encode(), header.message_id.encode(), *(item.read() for item in contents)]
        self._write(f"{uuid.uuid4()}.submitted", _SEPARATOR.join(parts))
        return header.message_id

    def status(self, message_id: str) -> MessageStatus:
        """Say that a request has arrived."""
        return MessageStatus(message_id=message_id, state="acknowledged", attempts=1, failure=None, history=())

    def submitted(self, journey_id: str) -> list[bytes]:
        """Give every request that was submitted in a journey."""
        everything = (path.read_bytes() for path in self._folder.glob("*.submitted"))
        return [item for item in everything if item.startswith(journey_id.encode())]

    def note(self, name: str, content: bytes = b"yes") -> None:
        """Keep something under a name."""
        self._write(name, content)

    def noted(self, name: str) -> bytes:
        """Give what was kept whole."""
        path = self._folder / name
        return path.read_bytes() if path.exists() else b""

    def _write(self, name: str, content: bytes) -> None:
        with FileIO(self._folder / name, "wb") as file:
            file.write(content)


class Place:
    """A folder with a requester and all that is around it.  It keeps nothing open, so that it may be forked."""

    def __init__(self, folder: Path) -> None:
        self.outside = Outside(folder / "outside")
        self.rules = MessageRules(OneWorker())
        self.folder = folder
        self._durability = durability_of(f"sqlite:///{folder}/requester.db", folder)

    @contextmanager
    def desk(self, now: datetime) -> Iterator[Desk]:
        """Give the requester as a process that was just started has it."""
        clock = Clock(now)
        # Without a look at the schema, which takes longer than all the rest.
        database = open_database(self._durability.database, clock=clock)
        stores = new_stores(database, self._durability, data_key=DATA_KEY, events=EVENTS, outside=lambda _: None)
        with closing(stores):
            yield Desk(stores, clock=clock, events=[], access_point=self.outside, rules=self.rules)


def ask(place: Place, journey_id: str, _: bytes, now: datetime) -> None:
    """Let the person press the button, and the request be sent."""
    with place.desk(now) as desk:
        desk.click(journey_id, idempotency_key="button")
        desk.work("send")


def answer(place: Place, journey_id: str, evidence: bytes, now: datetime) -> None:
    """Let the answer come in, be judged, and its document be fetched."""
    with place.desk(now) as desk:
        asked = desk.click(journey_id, idempotency_key="button")
        _answer(place, desk, asked, evidence)
        desk.work("judge")
        _fetch(place, desk, asked)


def _answer(place: Place, desk: Desk, asked: Exchange, evidence: bytes) -> None:
    """Let the answer come in, until it was acknowledged."""
    name = f"{asked.id}.acknowledged"
    exchange = desk.books.exchanges.correlate(asked.id, None)
    if place.outside.noted(name):
        return
    message_id = f"{asked.id}@fi.example"
    if isinstance(exchange, OpenExchange):
        response = a_response(exchange)
        delivery = delivery_of(exchange, response, message_id=message_id)
        desk.taking.keep(delivery, write(response), {1: Spooled(evidence)}, {})
    assert desk.books.answers.is_known(message_id)
    place.outside.note(name)


def _fetch(place: Place, desk: Desk, asked: Exchange) -> None:
    """Let the procedure fetch the document, and then say so."""
    if desk.state(asked) is State.RECEIVED:
        place.outside.note(f"{asked.id}.document", desk.books.documents.open(asked.id, 0)[1].read())
    desk.handover.acknowledge(asked.id)


def state_of(place: Place, journey_id: str) -> str:
    """Say how far the exchange is; what was acknowledged must be there."""
    with place.desk(NOW) as desk:
        rows = [row for row in desk.rows(EXCHANGE) if row.journey_id == journey_id]
        answers = {row.message_id for row in desk.rows(ANSWER)}
    assert all(f"{row.id}@fi.example" in answers for row in rows if place.outside.noted(f"{row.id}.acknowledged"))
    return str(rows[0].state) if rows else "nothing"


def look_at_end(place: Place, journey_id: str, evidence: bytes) -> None:
    """Check that everything happened, and once."""
    with place.desk(LATER) as desk:
        desk.hurry()
        desk.work("send")
        (exchange,) = [row for row in desk.rows(EXCHANGE) if row.journey_id == journey_id]
        submitted = place.outside.submitted(journey_id)
        assert len(set(submitted)) == 1, f"{len(submitted)} submissions, {len(set(submitted))} of them differ"
        _, message_id, document = submitted[0].split(_SEPARATOR)
        assert message_id.decode() == exchange.message_id
        assert read_request(document).id == exchange.request_id
        assert exchange.state == "delivered"
        assert place.outside.noted(f"{exchange.id}.document") == evidence
        events = [row.name for row in desk.rows(EVENTS.event) if row.conversation_id == journey_id]
        assert sorted(events) == sorted(name.value for name in ONCE), events
        assert {row.state for row in desk.rows(ANSWER)} == {"used"}
        assert len(desk.rows(ANSWER)) == len(desk.rows(EXCHANGE))
        assert set(desk.scopes()) == {"journey"}
        assert desk.rows(PAYLOAD) == desk.jobs_of("send") == desk.jobs_of("judge") == []
        desk.clean()
        desk.clean()
    assert [path for path in (place.folder / "blobs").rglob("*") if path.is_file()] == []


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
    place, act = Place(Path(folder)), {"ask": ask, "answer": answer}[name]
    for number in count():
        evidence = b"evidence number %d, " % number * 5000
        with place.desk(NOW) as desk:
            journey_id = desk.open_journey().id
        if name == "answer":
            ask(place, journey_id, evidence, NOW)
        killed = in_a_process_that_is_killed(lambda: act(place, journey_id, evidence, NOW), number)  # noqa: B023
        print(state_of(place, journey_id))
        ask(place, journey_id, evidence, LATER)
        answer(place, journey_id, evidence, LATER)
        look_at_end(place, journey_id, evidence)
        if not killed:
            return


if __name__ == "__main__":
    main(*sys.argv[1:])
