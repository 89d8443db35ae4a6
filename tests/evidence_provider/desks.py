"""
Providers without a network, on SQLite and on PostgreSQL: what their processes do, called by hand.

`tests/evidence_provider/conftest.py` imports the fixture from here.
"""

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import Row, Table, select

from evidence_provider.answering import ANSWER, Answering
from evidence_provider.books import Books
from evidence_provider.cleaning import CLEAN, Cleaning
from evidence_provider.responding import Responder
from evidence_provider.settings import ProviderSettings
from evidence_provider.tables import DATA_KEY, EVENTS, JOB, REQUEST
from evidence_provider.taking import Taking
from oots.cli.demo.story import FINLAND
from oots.edm.documents import read_answer, write
from oots.edm.model import ErrorResponse, EvidenceRequest, EvidenceResponse
from oots.errors import OotsError
from oots.journal.events import Event, EventName
from oots.journal.retention import Retention
from oots.journal.stores import Stores, open_stores
from oots.net.gateway_api import Delivery, Submission
from oots.spooled import Spooled
from oots.store.database import open_database
from oots.store.durability import Durability
from oots.store.migrate import upgrade
from oots.store.node_keys import NodeKeys
from oots.validation.message_rules import MessageRules
from oots.work import Jobs
from oots.work import State as JobState
from tests.evidence_provider.requests_of_the_story import NOW, delivery_of, header_of
from tests.store.databases import NewUrl
from tests.validation.rules_at_hand import loaded_rules

KEYS: Final = NodeKeys.new(NOW)


def durability_of(url: str, folder: Path) -> Durability:
    """Give where a provider keeps things: a database that is brought up to date, and blobs in `folder`."""
    database = open_database(url)
    upgrade(database, "evidence_provider")
    database.close()
    return Durability(database=url, blob_folder=folder / "blobs", keys=lambda: KEYS)


def stores_of(durability: Durability, events: list[Event], *, now: Callable[[], datetime]) -> Stores:
    """Open it, as a process of the provider does."""
    return open_stores(
        durability, "evidence_provider", data_key=DATA_KEY, events=EVENTS, outside=events.append, now=now
    )


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

    @property
    def answer(self) -> EvidenceResponse | ErrorResponse:
        """Read its document."""
        return read_answer(self.contents[0])


@dataclass(slots=True, kw_only=True)
class AccessPoint:
    """Takes what is submitted, unless it is away or has something against it."""

    attempts: list[Submitted] = field(default_factory=list)
    submitted: list[Submitted] = field(default_factory=list)
    """Those that it took."""
    faults: list[OotsError] = field(default_factory=list)
    """For the next attempts."""

    def submit(self, header: Submission, contents: Sequence[Spooled]) -> str:
        """Take a message, or raise the next fault."""
        message = Submitted(header=header, contents=tuple(content.read() for content in contents))
        self.attempts.append(message)
        if self.faults:
            raise self.faults.pop(0)
        self.submitted.append(message)
        assert header.message_id
        return header.message_id


class Desk:
    """One process of a provider.  Jobs are tried three times, without waiting."""

    def __init__(
        self,
        settings: ProviderSettings,
        stores: Stores,
        *,
        clock: Clock,
        events: list[Event],
        access_point: AccessPoint,
        lease: timedelta = timedelta(seconds=15),
        rules: MessageRules | None = None,
        new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
    ) -> None:
        self.clock, self.events, self.access_point = clock, events, access_point
        books = Books.of(stores, node=FINLAND.value, now=clock)
        jobs = Jobs(stores.database, JOB, lease=lease, tries=3, wait=lambda _: timedelta())
        self.books = replace(books, jobs=jobs)
        self.taking = Taking(self.books)
        self.cleaning = Cleaning(self.books, Retention(), unnamed_for=timedelta())
        responder = Responder(settings, rules or loaded_rules(), access_point=FINLAND, now=clock, new_id=new_id)
        self._tasks = {
            ANSWER: Answering(self.books, responder, access_point.submit),
            CLEAN: self.cleaning,
        }

    def take(self, request: EvidenceRequest, **header: Any) -> Delivery:
        """Take a request, with changes to its header."""
        delivery = delivery_of(header_of(request, **header))
        self.taking.keep(delivery, Spooled(write(request)))
        return delivery

    def work(self, *, steps: int = 100) -> list[JobState]:
        """Do jobs that are due, so many at most; give where each went."""
        ended = []
        for _ in range(steps):
            with self.books.stores.database.writing() as connection:
                claimed = self.books.jobs.claim(connection, self._tasks, owner=str(uuid.uuid4()))
            if not claimed:
                break
            ended.append(self._tasks[claimed[0].kind](claimed[0]))
        return ended

    def clean(self) -> None:
        """Do what is done every hour."""
        self.cleaning.perform()

    # --- what is there ------------------------------------------------------------------------------------------------

    def names(self) -> list[EventName]:
        """Give the names of the events in the database, in order."""
        rows = self.rows(EVENTS.event)
        return [EventName(row.name) for row in sorted(rows, key=lambda row: row.number)]

    def rows(self, table: Table) -> Sequence[Row[Any]]:
        """Give everything in a table."""
        with self.books.stores.database.reading() as connection:
            return connection.execute(select(table)).all()

    def state(self, delivery: Delivery) -> str:
        """Give the state of a request."""
        (state,) = [row.state for row in self.rows(REQUEST) if row.message_id == delivery.message_id]
        return str(state)

    def scopes(self) -> list[str]:
        """Give the scopes of the data keys that are not of the journal."""
        return [row.scope for row in self.rows(DATA_KEY) if not row.scope.startswith("event ")]


NewDesk = Callable[..., Desk]


@pytest.fixture
def new_desk(settings: ProviderSettings, new_url: NewUrl, quick_folder: Path) -> Iterator[NewDesk]:
    """Give desks that share one database, one clock and one access point, as the processes of one provider do."""
    durability = durability_of(new_url(), quick_folder)
    clock, events, access_point, opened = Clock(), list[Event](), AccessPoint(), list[Stores]()

    def new(**options: Any) -> Desk:
        opened.append(stores_of(durability, events, now=clock))
        return Desk(settings, opened[-1], clock=clock, events=events, access_point=access_point, **options)

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
