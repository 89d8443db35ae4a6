"""
Requesters without a network, on SQLite and on PostgreSQL: what their processes do, called by hand.

`tests/evidence_requester/conftest.py` imports the fixtures from here.
"""

import tempfile
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import Row, Table, select, update

from evidence_requester.api import RequestBody
from evidence_requester.asking import Asking
from evidence_requester.books import Books
from evidence_requester.cleaning import CLEAN, Cleaning
from evidence_requester.exchange import Exchange, Journey, OpenExchange, ReceivedDocument
from evidence_requester.expiring import END_JOURNEY, EXPIRE, EndingJourneys, Expiring
from evidence_requester.handover import Handover
from evidence_requester.judging import JUDGE, Judging
from evidence_requester.request import submission
from evidence_requester.sending import SEND, Sending
from evidence_requester.settings import RequesterSettings
from evidence_requester.states import Event as Happening
from evidence_requester.states import State
from evidence_requester.tables import DATA_KEY, EVENTS, JOB
from evidence_requester.taking import Taking
from oots.cli.demo import story
from oots.edm.documents import write
from oots.edm.model import ErrorResponse, EvidenceResponse, MultilingualString
from oots.errors import NotFound, OotsError
from oots.journal.events import Event, EventName
from oots.journal.retention import Retention
from oots.journal.stores import Stores, open_stores
from oots.net.gateway_api import Delivery, MessageStatus, SendingFailure, Submission
from oots.spooled import Spooled
from oots.store.database import open_database
from oots.store.durability import Durability
from oots.store.migrate import upgrade
from oots.store.node_keys import NodeKeys
from oots.store.secret_key import DataKey, SecretKey
from oots.validation.message_rules import MessageRules
from oots.work import Job, Jobs
from oots.work import State as JobState
from tests.evidence_requester.exchanges_of_the_story import NOW, PDF, PROVIDER, delivery_of, journey
from tests.store.databases import NewUrl
from tests.validation.rules_at_hand import loaded_rules

KEYS: Final = NodeKeys.new(NOW)
DAY: Final = timedelta(hours=24)

SETTINGS: Final = RequesterSettings(
    agent=story.MUNICIPALITY,
    access_point=story.PORTUGAL,
    gateway_url="http://127.0.0.1:9",
    gateway_token="nobody asks for it",
    api_token="the token of the portal",
)
"""Of a requester whose access point is not there."""

WAYS: Final = {
    State.PENDING: (),
    State.SENT: (Happening.GATEWAY_ACCEPTED,),
    State.RECEIVED: (Happening.EVIDENCE_CAME,),
    State.DELIVERED: (Happening.EVIDENCE_CAME, Happening.ACKNOWLEDGED),
    State.NOT_FOUND: (Happening.NOTHING_RELEASED,),
    State.FAILED: (Happening.ERROR_CAME,),
    State.UNDELIVERABLE: (Happening.SENDING_FAILED,),
    State.EXPIRED: (Happening.TIME_RAN_OUT,),
}
"""What takes a new exchange to each state."""


def durability_of(url: str, folder: Path) -> Durability:
    """Give where a requester keeps things: a database that is brought up to date, and blobs in `folder`."""
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).write_bytes(_empty_database())
    else:
        _upgrade(url)
    return Durability(database=url, blob_folder=folder / "blobs", keys=lambda: KEYS)


@cache
def _empty_database() -> bytes:
    # To copy one takes a moment, to make one half a second.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "requester.db"
        _upgrade(f"sqlite:///{path}")
        return path.read_bytes()


def _upgrade(url: str) -> None:
    with closing(open_database(url)) as database:
        upgrade(database, "evidence_requester")


def stores_of(durability: Durability, outside: Callable[[Event], None], *, now: Callable[[], datetime]) -> Stores:
    """Open it, as a process of the requester does."""
    return open_stores(durability, "evidence_requester", data_key=DATA_KEY, events=EVENTS, outside=outside, now=now)


def keep(books: Books, exchange: OpenExchange, *documents: bytes) -> OpenExchange:
    """Let an exchange be kept that nobody asked for, with its journey and documents, in the state that it has."""
    key, now = DataKey(SecretKey.new()), exchange.opened_at
    contents = [Spooled(document) for document in documents]
    with books.stores.written(contents, key) as blobs, books.stores.database.writing() as connection:
        begun = replace(journey(), id=exchange.conversation_id)
        books.journeys.open(connection, begun, now=now)
        header = submission(exchange, content_id="request@pt.example")
        books.exchanges.open(connection, exchange, header, write(exchange.request))
        for event in WAYS[exchange.state]:
            books.exchanges.move(connection, exchange.id, event, now=now, failure=exchange.failure)
        if blobs:
            described = [(a_document(size=blob.size, sha256=blob.sha256), blob) for blob in blobs]
            books.documents.keep(connection, exchange.id, described, key, now=now)
    return exchange


def a_document(**changes: Any) -> ReceivedDocument:
    """Give what a provider says about the document of the story."""
    document = ReceivedDocument(
        identifier="c7c9a1de-13ee-4b57-9f4a-1e40b5a8b0f2",
        title="birth-record.pdf",
        media_type="application/pdf",
        size=len(PDF),
        sha256="ab" * 32,
        issuing_date="2026-11-23",
        issuing_authority=(MultilingualString(text="Population register", lang="EN"),),
    )
    return replace(document, **changes)


@dataclass(slots=True)
class Clock:
    """Stands still, unless a test moves it."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """What the access point was given."""

    header: Submission
    contents: tuple[bytes, ...]


@dataclass(slots=True, kw_only=True)
class AccessPoint:
    """Takes what is submitted, unless it is away or has something against it, and tells what became of it."""

    attempts: list[Submitted] = field(default_factory=list)
    submitted: list[Submitted] = field(default_factory=list)
    """Those that it took."""
    faults: list[OotsError] = field(default_factory=list)
    """For the next submissions."""
    silences: list[OotsError] = field(default_factory=list)
    """For the next questions."""
    state: str = "sending"
    """Of all messages."""
    failure: SendingFailure | None = None
    questions: list[str] = field(default_factory=list)

    def submit(self, header: Submission, contents: Sequence[Spooled]) -> str:
        """Take a message, or raise the next fault."""
        message = Submitted(header=header, contents=tuple(content.read() for content in contents))
        self.attempts.append(message)
        if self.faults:
            raise self.faults.pop(0)
        self.submitted.append(message)
        assert header.message_id
        return header.message_id

    def status(self, message_id: str) -> MessageStatus:
        """Tell how a message fares."""
        self.questions.append(message_id)
        if self.silences:
            raise self.silences.pop(0)
        if message_id not in {message.header.message_id for message in self.submitted}:
            raise NotFound("there is no such message")
        return MessageStatus(message_id=message_id, state=self.state, attempts=1, failure=self.failure, history=())


class Desk:
    """One process of a requester.  Jobs are tried three times, without waiting."""

    def __init__(
        self,
        stores: Stores,
        *,
        clock: Clock,
        events: list[Event],
        access_point: AccessPoint,
        lease: timedelta = timedelta(seconds=15),
        settings: RequesterSettings = SETTINGS,
        rules: MessageRules | None = None,
    ) -> None:
        self.clock, self.events, self.access_point = clock, events, access_point
        rules = rules or loaded_rules()
        books = Books.of(stores, node=story.PORTUGAL.value, now=clock)
        jobs = Jobs(stores.database, JOB, lease=lease, tries=3, wait=lambda _: timedelta())
        self.books = replace(books, jobs=jobs)
        self.asking = Asking(self.books, settings, rules, new_id=lambda: str(uuid.uuid4()), held_for=DAY)
        self.taking = Taking(self.books)
        self.handover = Handover(self.books)
        self.cleaning = Cleaning(self.books, Retention(), unnamed_for=timedelta())
        self.tasks: dict[str, Callable[[Job], JobState]] = {
            SEND: Sending(self.books, access_point.submit, access_point.status),
            JUDGE: Judging(self.books, rules),
            EXPIRE: Expiring(self.books, DAY),
            END_JOURNEY: EndingJourneys(self.books),
            CLEAN: self.cleaning,
        }

    # --- what portal and access point do ------------------------------------------------------------------------------

    def open_journey(self) -> Journey:
        """Begin the journey of the story."""
        begun = journey()
        return self.asking.open_journey(begun.procedure, begun.subject)

    def ask(self, journey_id: str | None = None, *, idempotency_key: str | None = None, **changes: Any) -> OpenExchange:
        """Ask for the document of the story, with changes to the wish."""
        asked = self.click(journey_id or self.open_journey().id, idempotency_key=idempotency_key, **changes)
        return self.open_exchange(asked.id)

    def click(self, journey_id: str, *, idempotency_key: str | None = None, **changes: Any) -> Exchange:
        """Press the button, perhaps not for the first time."""
        wish = replace(RequestBody(**story.request(PROVIDER)).wish(), **changes)
        return self.asking.ask(journey_id, wish, idempotency_key=idempotency_key)

    def sent(self) -> OpenExchange:
        """Give an exchange whose request the access point has."""
        exchange = self.ask()
        self.work(SEND, steps=1)
        return self.open_exchange(exchange.id)

    def take(
        self,
        exchange: Exchange,
        document: EvidenceResponse | ErrorResponse,
        *,
        raw: bytes | None = None,
        evidence: bytes = PDF,
        **header: Any,
    ) -> Delivery:
        """Take an answer, with changes to its header; `raw` goes instead of the document."""
        delivery = delivery_of(exchange, document, **header)
        payloads = {number: Spooled(evidence) for number in range(1, len(delivery.parts))}
        self.taking.keep(delivery, raw or write(document), payloads, {})
        return delivery

    def work(self, *kinds: str, steps: int = 100) -> list[JobState]:
        """Do jobs of these kinds, or of all, that are due, so many at most; give where each went."""
        ended = []
        for _ in range(steps):
            with self.books.stores.database.writing() as connection:
                claimed = self.books.jobs.claim(connection, kinds or self.tasks, owner=str(uuid.uuid4()))
            if not claimed:
                break
            ended.append(self.tasks[claimed[0].kind](claimed[0]))
        return ended

    def hurry(self) -> None:
        """Let every job be due that rests."""
        with self.books.stores.database.writing() as connection:
            connection.execute(update(JOB).where(JOB.c.owner.is_(None)).values(run_at=datetime(2020, 1, 1, tzinfo=UTC)))

    def look_again(self) -> list[JobState]:
        """Let the requester ask its access point, however long that would have been."""
        self.hurry()
        return self.work(SEND)

    def clean(self) -> None:
        """Do what is done every hour."""
        self.cleaning.perform()

    # --- what is there ------------------------------------------------------------------------------------------------

    def state(self, exchange: Exchange) -> State:
        """Give the state of an exchange."""
        return self.books.exchanges.state(exchange.id)

    def exchange(self, exchange: Exchange) -> Exchange:
        """Give an exchange as it is now."""
        return self.books.exchanges.exchange(exchange.id)

    def open_exchange(self, exchange_id: str) -> OpenExchange:
        """Give an exchange that waits for its answer."""
        found = self.books.exchanges.correlate(exchange_id, None)
        assert isinstance(found, OpenExchange)
        return found

    def names(self) -> list[EventName]:
        """Give the names of the events in the database, in order."""
        rows = self.rows(EVENTS.event)
        return [EventName(row.name) for row in sorted(rows, key=lambda row: row.number)]

    def rows(self, table: Table) -> Sequence[Row[Any]]:
        """Give everything in a table."""
        with self.books.stores.database.reading() as connection:
            return connection.execute(select(table)).all()

    def jobs_of(self, kind: str) -> Sequence[Row[Any]]:
        """Give the jobs of a kind."""
        return [row for row in self.rows(JOB) if row.kind == kind]

    def scopes(self) -> list[str]:
        """Give the kinds of the data keys that are not of the journal."""
        return sorted(row.scope.partition(" ")[0] for row in self.rows(DATA_KEY) if not row.scope.startswith("event "))


NewDesk = Callable[..., Desk]


@pytest.fixture
def new_desk(new_url: NewUrl, quick_folder: Path) -> Iterator[NewDesk]:
    """Give desks that share one database, one clock and one access point, as the processes of one requester do."""
    durability = durability_of(new_url(), quick_folder)
    clock, events, access_point, opened = Clock(), list[Event](), AccessPoint(), list[Stores]()

    def new(**options: Any) -> Desk:
        opened.append(stores_of(durability, events.append, now=clock))
        return Desk(opened[-1], clock=clock, events=events, access_point=access_point, **options)

    yield new
    for stores in opened:
        stores.close()


@pytest.fixture
def desk(new_desk: NewDesk) -> Desk:
    """Give one of them."""
    return new_desk()


def blobs_in(folder: Path) -> list[Path]:
    """Give the files of blobs."""
    return [path for path in (folder / "blobs").rglob("*") if path.is_file()]
