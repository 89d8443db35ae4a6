"""Revisions of what each member state declares, and which of them count."""

import sqlalchemy as sa
from alembic import op

from oots.store.tables import UtcDateTime

revision = "0001"
down_revision = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "revision",
        sa.Column("number", NUMBER, primary_key=True),
        sa.Column("part", sa.Text, nullable=False),
        sa.Column("loaded_at", UtcDateTime, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "current_revision",
        sa.Column("part", sa.Text, primary_key=True),
        sa.Column("number", NUMBER, sa.ForeignKey("revision.number"), nullable=False),
    )
