"""Journeys, exchanges with their documents, answers to be judged, work, the journal, and the data keys."""

import sqlalchemy as sa
from alembic import op

from oots.journal.table import refuse_changes
from oots.store.tables import Json, UtcDateTime

revision = "0001"
down_revision = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STATES = "'pending', 'sent', 'available', 'delivered', 'not_found', 'failed', 'undeliverable', 'expired'"
IN_HAND = sa.text("ended_at IS NULL")
UNSETTLED = sa.text("settled_at IS NULL")
READY = sa.text("state = 'ready'")


def upgrade() -> None:
    """Make the tables."""
    _journeys()
    _exchanges()
    _answers()
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


def _journeys() -> None:
    op.create_table(
        "journey",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("procedure", sa.Text, nullable=False),
        sa.Column("opened_at", UtcDateTime, nullable=False),
        sa.Column("ended_at", UtcDateTime),
        sa.Column("subject", sa.LargeBinary),
        sa.CheckConstraint("(subject IS NULL) = (ended_at IS NOT NULL)", name="content"),
    )
    op.create_index(None, "journey", ["opened_at"])
    op.create_index("ix_journey_in_hand", "journey", ["id"], postgresql_where=IN_HAND, sqlite_where=IN_HAND)


def _exchanges() -> None:
    op.create_table(
        "exchange",
        sa.Column("number", NUMBER, primary_key=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("journey_id", sa.Text, sa.ForeignKey("journey.id"), nullable=False),
        sa.Column("idempotency_key", sa.Text),
        sa.Column("wish", sa.Text),
        sa.Column("request_id", sa.Text, nullable=False, unique=True),
        sa.Column("message_id", sa.Text, nullable=False, unique=True),
        sa.Column("access_point", sa.Text, nullable=False),
        sa.Column("access_point_type", sa.Text, nullable=False),
        sa.Column("procedure", sa.Text, nullable=False),
        sa.Column("evidence_type", sa.Text, nullable=False),
        sa.Column("specification", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("code", sa.Text),
        sa.Column("edm_code", sa.Text),
        sa.Column("opened_at", UtcDateTime, nullable=False),
        sa.Column("sent_at", UtcDateTime),
        sa.Column("settled_at", UtcDateTime),
        sa.Column("ended_at", UtcDateTime),
        sa.Column("header", sa.LargeBinary),
        sa.Column("request", sa.LargeBinary),
        sa.Column("detail", sa.LargeBinary),
        sa.UniqueConstraint("journey_id", "idempotency_key"),
        sa.CheckConstraint(f"state IN ({STATES})", name="state"),
        sa.CheckConstraint("(settled_at IS NULL) = (state IN ('pending', 'sent'))", name="settled"),
        sa.CheckConstraint("(request IS NOT NULL) = (state IN ('pending', 'sent', 'undeliverable'))", name="content"),
        sa.CheckConstraint("(request IS NULL) = (header IS NULL)", name="header"),
        sqlite_autoincrement=True,
    )
    op.create_index(None, "exchange", ["opened_at"])
    op.create_index(
        "ix_exchange_unsettled", "exchange", ["journey_id"], postgresql_where=UNSETTLED, sqlite_where=UNSETTLED
    )
    op.create_table(
        "document",
        sa.Column("exchange_number", NUMBER, sa.ForeignKey("exchange.number", ondelete="CASCADE"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("description", sa.LargeBinary, nullable=False),
        sa.Column("blob_id", sa.Uuid, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
    )
    op.create_index(None, "document", ["blob_id"])


def _answers() -> None:
    op.create_table(
        "answer",
        sa.Column("number", NUMBER, primary_key=True),
        sa.Column("message_id", sa.Text, nullable=False, unique=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("received_at", UtcDateTime, nullable=False),
        sa.Column("ended_at", UtcDateTime),
        sa.Column("header", sa.LargeBinary),
        sa.Column("document", sa.LargeBinary),
        sa.Column("missing", Json, nullable=False),
        sa.CheckConstraint("state IN ('received', 'used', 'refused', 'unreadable')", name="state"),
        sa.CheckConstraint("(header IS NULL) = (ended_at IS NOT NULL)", name="content"),
        sa.CheckConstraint("(state = 'received') = (ended_at IS NULL)", name="ended"),
        sqlite_autoincrement=True,
    )
    op.create_index(None, "answer", ["received_at"])
    op.create_index("ix_answer_in_hand", "answer", ["received_at"], postgresql_where=IN_HAND, sqlite_where=IN_HAND)
    op.create_table(
        "payload",
        sa.Column("answer_number", NUMBER, sa.ForeignKey("answer.number", ondelete="CASCADE"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("blob_id", sa.Uuid, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
    )
    op.create_index(None, "payload", ["blob_id"])


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
