"""
The SQL of `Jobs`, one statement for each thing that can happen to a job.  Why it happens, stands there.

Built once for a table: to build a statement takes three times as long as to execute it.
"""

from datetime import timedelta

from sqlalchemy import Table, bindparam, delete, func, select, text, tuple_, update

from oots.store.database import Database
from oots.store.tables import insert_unless_known
from oots.work.job import READY


class Statements:
    """Columns that are not named here are set by the parameters of their name."""

    def __init__(self, database: Database, table: Table, *, lease: timedelta) -> None:
        job = table.c
        now, leased_until = database.sql_now(), database.sql_now(after=lease)

        new = insert_unless_known(database, table, unique=["dedup"]).returning(job.id)
        self.enqueue = new.values(state="ready", attempts=0)
        self.enqueue_now = self.enqueue.values(run_at=now)

        due = select(job.id).where(text(READY), job.kind.in_(bindparam("kinds", expanding=True)), job.run_at <= now)
        # SQLite has no row locks, and needs none: there, the transaction is the only writer.
        first = (
            due.order_by(job.run_at, job.id).limit(bindparam("limit")).with_for_update(skip_locked=True).cte("first")
        )
        claim = update(table).where(job.id.in_(select(first.c.id)))
        self.claim = claim.values(run_at=leased_until, attempts=job.attempts + 1).returning(*job)

        # By pairs, since one owner may have claimed several jobs; and by ids, since those have an index.
        pairs = tuple_(job.id, job.owner).in_(bindparam("pairs", expanding=True))
        held = select(job.id).where(job.id.in_(bindparam("ids", expanding=True)), pairs)
        # A row that is locked is moved on this very moment; waiting for it would hold up the others.
        free = held.with_for_update(skip_locked=True).cte("free")
        self.extend = update(table).where(job.id.in_(select(free.c.id))).values(run_at=leased_until)
        self.reread = select(table).where(job.id == bindparam("this_id"), job.owner == bindparam("this_owner"))

        ours = (
            job.id == bindparam("this_id"),
            job.owner == bindparam("this_owner"),
            job.step == bindparam("this_step"),
        )
        self.step = update(table).where(*ours).values(run_at=leased_until, attempts=1, error=None)
        self.rest = update(table).where(*ours).values(owner=None)
        self.fail = update(table).where(*ours).values(owner=None, state="dead", run_at=now)
        self.finish = delete(table).where(*ours)

        dead = (job.id == bindparam("this_id"), job.state == "dead")
        self.dead = select(table).where(job.state == "dead").order_by(job.id).limit(bindparam("limit"))
        self.revive = update(table).where(*dead).values(state="ready", attempts=0, run_at=now)
        self.discard = delete(table).where(*dead)

        waiting = text(READY) & job.owner.is_(None)
        self.backlog = select(
            func.count().filter(waiting, job.run_at <= now).label("due"),
            func.count().filter(waiting, job.run_at > now).label("later"),
            func.count().filter(job.owner.is_not(None)).label("leased"),
            func.count().filter(job.state == "dead").label("dead"),
            func.min(job.run_at).filter(waiting, job.run_at <= now).label("oldest_due"),
        )
