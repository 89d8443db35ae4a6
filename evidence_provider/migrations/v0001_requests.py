"""Requests in hand, ids that were seen, documents that were issued, work, the journal, and the data keys."""

import sqlalchemy as sa
from alembic import op

from oots.journal.table import refuse_changes
from oots.store.tables import Json, UtcDateTime

revision = "0001"
down_revision = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STATES = "'received', 'answered', 'sent', 'answer_not_sent', 'unanswerable'"
IN_HAND = sa.text("ended_at IS NULL")
READY = sa.text("state = 'ready'")


def upgrade() -> None:
    """Make the tables."""
    _requests()
    _memory()
    _jobs()
    _journal()
    op.create_table(
        "data_key",
        sa.Column("scope", sa.Text, primary_key=True),
        sa.Column("kek_id", sa.Text, nullable=False),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_index(None, "data_key", ["kek_id"])


def _requests() -> None:
    op.create_table(
        "request",
        sa.Column("number", NUMBER, primary_key=True),
        sa.Column("message_id", sa.Text, nullable=False, unique=True),
        sa.Column("conversation_id", sa.Text, nullable=False),
        sa.Column("exchange_id", sa.Text),
        sa.Column("request_id", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("received_at", UtcDateTime, nullable=False),
        sa.Column("ended_at", UtcDateTime),
        sa.Column("header", sa.LargeBinary),
        sa.Column("document", sa.LargeBinary),
        sa.Column("answer_header", sa.LargeBinary),
        sa.Column("answer_document", sa.LargeBinary),
        sa.CheckConstraint(f"state IN ({STATES})", name="state"),
        sa.CheckConstraint("(header IS NULL) = (ended_at IS NOT NULL)", name="content"),
        sqlite_autoincrement=True,
    )
    op.create_index(None, "request", ["received_at"])
    op.create_index("ix_request_in_hand", "request", ["received_at"], postgresql_where=IN_HAND, sqlite_where=IN_HAND)
    op.create_table(
        "attachment",
        sa.Column("request_number", NUMBER, sa.ForeignKey("request.number", ondelete="CASCADE"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("blob_id", sa.Uuid, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
    )
    op.create_index(None, "attachment", ["blob_id"])


def _memory() -> None:
    op.create_table(
        "seen_request",
        sa.Column("request_id", sa.Text, primary_key=True),
        sa.Column("first_seen", UtcDateTime, nullable=False),
    )
    op.create_index(None, "seen_request", ["first_seen"])
    op.create_table(
        "issued_document",
        sa.Column("document_number", sa.Text, primary_key=True),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("issued_at", UtcDateTime, nullable=False),
    )


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


def _journal() -> None:
    op.create_table(
        "event",
        sa.Column("number", NUMBER, primary_key=True),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("node", sa.Text, nullable=False),
        sa.Column("component", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("message_id", sa.Text),
        sa.Column("conversation_id", sa.Text),
        sa.Column("exchange_id", sa.Text),
        sa.Column("action", sa.Text),
        sa.Column("facts", Json, nullable=False),
        sa.Column("scope", sa.Text),
        sqlite_autoincrement=True,
    )
    for column in ("at", "message_id", "conversation_id", "exchange_id"):
        op.create_index(None, "event", [column])
    op.create_table(
        "event_document",
        sa.Column("event_number", NUMBER, sa.ForeignKey("event.number", ondelete="CASCADE"), primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    for statement in refuse_changes(op.get_bind().dialect.name):
        op.execute(statement)
