"""Messages in both directions, the journal, and the data keys."""

import sqlalchemy as sa
from alembic import op

from oots.store.tables import Json, UtcDateTime

revision = "0001"
down_revision = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STATES = "'submitted', 'sending', 'awaiting_retry', 'acknowledged', 'failed'"
UNFINISHED = sa.text("due_at IS NOT NULL")
WAITING = sa.text("acknowledged_at IS NULL")


def upgrade() -> None:
    """Make the tables."""
    _outgoing()
    _incoming()
    _journal()
    op.create_table(
        "data_key",
        sa.Column("scope", sa.Text, primary_key=True),
        sa.Column("kek_id", sa.Text, nullable=False),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
    )
    op.create_index(None, "data_key", ["kek_id"])


def _outgoing() -> None:
    op.create_table(
        "outgoing",
        sa.Column("number", NUMBER, primary_key=True),
        sa.Column("message_id", sa.Text, nullable=False, unique=True),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", UtcDateTime),
        sa.Column("owner", sa.Text),
        sa.Column("posted_at", UtcDateTime),
        sa.Column("submitted_at", UtcDateTime, nullable=False),
        sa.Column("header", sa.LargeBinary),
        sa.Column("progress", sa.LargeBinary, nullable=False),
        sa.Column("blob_id", sa.Uuid),
        sa.Column("size", sa.BigInteger),
        sa.Column("sha256", sa.Text),
        sa.CheckConstraint(f"state IN ({STATES})", name="state"),
        sa.CheckConstraint("(due_at IS NULL) = (state IN ('acknowledged', 'failed'))", name="due_at"),
        sqlite_autoincrement=True,
    )
    op.create_index(None, "outgoing", ["submitted_at"])
    op.create_index(None, "outgoing", ["blob_id"])
    op.create_index(None, "outgoing", ["due_at"], postgresql_where=UNFINISHED, sqlite_where=UNFINISHED)


def _incoming() -> None:
    op.create_table(
        "incoming",
        sa.Column("number", NUMBER, primary_key=True),
        sa.Column("message_id", sa.Text, nullable=False, unique=True),
        sa.Column("signed", Json, nullable=False),
        sa.Column("receipt", sa.LargeBinary, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("header", sa.LargeBinary),
        sa.Column("kept_at", UtcDateTime, nullable=False),
        sa.Column("leased_until", UtcDateTime),
        sa.Column("acknowledged_at", UtcDateTime),
        sqlite_autoincrement=True,
    )
    op.create_index(None, "incoming", ["kept_at"])
    op.create_index("ix_incoming_waiting", "incoming", ["number"], postgresql_where=WAITING, sqlite_where=WAITING)
    op.create_table(
        "payload",
        sa.Column("message_number", NUMBER, sa.ForeignKey("incoming.number", ondelete="CASCADE"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("blob_id", sa.Uuid, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
    )
    op.create_index(None, "payload", ["blob_id"])


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
