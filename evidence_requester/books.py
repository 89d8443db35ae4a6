"""
Everything that one requester keeps, as one: journeys, exchanges, documents, answers, work, the journal.

All of it stands in one database, so that what belongs together is committed together.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from sqlalchemy import Connection

from evidence_requester.answers import Answers
from evidence_requester.documents import Documents
from evidence_requester.exchanges import Exchanges
from evidence_requester.journal import Journal
from evidence_requester.journeys import Journeys
from evidence_requester.tables import JOB
from oots.journal.stores import Stores
from oots.work import Jobs


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What the tasks of a requester write into."""

    node: str
    """Party id of the access point."""
    now: Callable[[], datetime]
    stores: Stores
    jobs: Jobs
    journeys: Journeys
    exchanges: Exchanges
    documents: Documents
    answers: Answers

    @classmethod
    def of(cls, stores: Stores, *, node: str, now: Callable[[], datetime]) -> Self:
        """Open them in these stores."""
        documents = Documents(stores)
        return cls(
            node=node,
            now=now,
            stores=stores,
            jobs=Jobs(stores.database, JOB),
            journeys=Journeys(stores),
            exchanges=Exchanges(stores, documents),
            documents=documents,
            answers=Answers(stores),
        )

    def journal(self, connection: Connection) -> Journal:
        """Give the journal of a transaction; its events are told when that is committed."""
        return Journal(node=self.node, record=self.stores.record_in(connection), at=self.now())

    def named(self, blob_ids: Collection[UUID]) -> Collection[UUID]:
        """Say which of these blobs belong to something."""
        with self.stores.database.reading() as connection:
            return {*self.answers.named(connection, blob_ids), *self.documents.named(connection, blob_ids)}
