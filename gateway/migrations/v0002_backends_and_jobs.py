"""Who submitted a message, which ones are damaged, jobs, and a journal that the database itself keeps from changes."""

import sqlalchemy as sa
from alembic import op

from oots.journal.table import refuse_changes
from oots.store.tables import Json, UtcDateTime

revision = "0002"
down_revision = "0001"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
READY = sa.text("state = 'ready'")


def upgrade() -> None:
    """Change the tables."""
    op.add_column("outgoing", sa.Column("backend", sa.Text))
    for table in ("outgoing", "incoming"):
        op.add_column(table, sa.Column("damaged_at", UtcDateTime))
    _jobs()
    for statement in refuse_changes(op.get_bind().dialect.name):
        op.execute(statement)


def _jobs() -> None:
    op.create_table(
        "job",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("data", Json, nullable=False),
        sa.Column("run_at", UtcDateTime, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("owner", sa.Text),
        sa.Column("error", sa.Text),
        sa.Column("dedup", sa.Text, unique=True),
        sa.CheckConstraint("state IN ('ready', 'dead')", name="state"),
        sa.CheckConstraint("owner IS NULL OR state = 'ready'", name="owner"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_job_due", "job", ["run_at", "id"], postgresql_where=READY, sqlite_where=READY)
