"""
What a job is: its states, its values, its table.  What happens to jobs, and why, stands in `jobs`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Final

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, MetaData, Table, Text, text

from oots.store.tables import Json, UtcDateTime

READY: Final = "state = 'ready'"
"""Of jobs that may be claimed.  Always written out: of a parameter no database can know that it fits the index."""


class State(Enum):
    """Where a job is.  GONE is no row any more; LEASED is a ready row with an owner."""

    WAITING = "waiting"
    LEASED = "leased"
    DEAD = "dead"
    GONE = "gone"


AFTER: Final[Mapping[State, Mapping[str, Collection[State]]]] = {
    State.GONE: {"enqueue": {State.WAITING}},
    State.WAITING: {"claim": {State.LEASED}},
    State.LEASED: {
        "claim": {State.LEASED, State.DEAD},  # after a lease; dead when it was the last try
        "extend": {State.LEASED},
        "step": {State.LEASED},
        "postpone": {State.WAITING},
        "retry": {State.WAITING, State.DEAD},
        "fail": {State.DEAD},
        "finish": {State.GONE},
    },
    State.DEAD: {"revive": {State.WAITING}, "discard": {State.GONE}},
}
"""Every transition: from a state, by a method of `Jobs`, to one of these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job that was claimed, as it was then."""

    id: int
    kind: str
    key: str
    step: str
    data: Mapping[str, Any]
    attempts: int
    """How often this step was begun, this time included."""
    owner: str

    @property
    def log_fields(self) -> Mapping[str, object]:
        """What a line of the log about it has as `extra`."""
        return {"job_id": self.id, "kind": self.kind, "key": self.key}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadJob:
    """A job that nobody tries any more."""

    id: int
    kind: str
    key: str
    step: str
    error: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """How much there is to do."""

    due: int
    """Jobs that wait, and whose time has come."""
    later: int
    leased: int
    dead: int
    oldest_due: datetime | None
    """Since when the oldest of the due jobs could have been done."""


def job_table(metadata: MetaData, name: str = "job") -> Table:
    """Give the table of jobs of one service."""
    return Table(
        name,
        metadata,
        Column("id", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
        Column("kind", Text, nullable=False, comment="which task does it"),
        Column("key", Text, nullable=False, comment="identifier of what it is about"),
        Column("step", Text, nullable=False, comment="how far it is"),
        Column("state", Text, nullable=False),
        Column("data", Json, nullable=False, comment="small, and without personal data"),
        Column("run_at", UtcDateTime, nullable=False, comment="may be claimed from then on; dead since then"),
        Column("attempts", Integer, nullable=False, comment="claims since it last moved on"),
        Column("owner", Text, comment="whose lease it is; a new name for every claim"),
        Column("error", Text, comment="of the last attempt"),
        Column("dedup", Text, unique=True, comment="no two jobs that are not finished have the same"),
        CheckConstraint("state IN ('ready', 'dead')", name="state"),
        CheckConstraint("owner IS NULL OR state = 'ready'", name="owner"),
        Index(f"ix_{name}_due", "run_at", "id", postgresql_where=text(READY), sqlite_where=text(READY)),
        sqlite_autoincrement=True,  # an id in a log is never another job's
    )
