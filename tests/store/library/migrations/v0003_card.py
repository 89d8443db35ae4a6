"""Readers are known by their card, not by their name.  On SQLite this replaces the table that loans refer to."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    with op.batch_alter_table("reader") as reader:
        reader.alter_column("card", nullable=False)
        reader.create_unique_constraint(None, ["card"])
        reader.drop_column("name")
