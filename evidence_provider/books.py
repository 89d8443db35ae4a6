"""
Everything that one provider keeps, as one: requests in hand, ids that were seen, documents issued, work, the journal.

All of it stands in one database, so that what belongs together is committed together.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from sqlalchemy import Connection

from evidence_provider.issued import IssueBook
from evidence_provider.journal import Journal
from evidence_provider.requests import Requests
from evidence_provider.seen import SeenRequests
from evidence_provider.tables import JOB
from oots.journal.stores import Stores
from oots.work import Jobs

TRIES: Final = 12
"""
How often a step is tried; with the waits between them, 1, 2, 4 … seconds, that takes half an hour.

By then the requester has long given the exchange up (T1, flows.md 3.5), and an operator is to know (flows.md 3.2).
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What the tasks of a provider write into."""

    node: str
    """Party id of the access point."""
    now: Callable[[], datetime]
    stores: Stores
    jobs: Jobs
    requests: Requests
    seen: SeenRequests
    issued: IssueBook

    @classmethod
    def of(cls, stores: Stores, *, node: str, now: Callable[[], datetime]) -> Self:
        """Open them in these stores."""
        return cls(
            node=node,
            now=now,
            stores=stores,
            jobs=Jobs(stores.database, JOB, tries=TRIES),
            requests=Requests(stores),
            seen=SeenRequests(stores.database),
            issued=IssueBook(stores.database),
        )

    def journal(self, connection: Connection) -> Journal:
        """Give the journal of a transaction; its events are told when that is committed."""
        return Journal(node=self.node, record=self.stores.record_in(connection), at=self.now())
