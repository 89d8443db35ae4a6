"""Small payloads stand in their row; those that are blobs stay where they are."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

IS_BLOB = sa.text("blob_id IS NOT NULL")


def upgrade() -> None:
    """Change the table."""
    op.drop_index("ix_payload_blob_id", "payload")
    with op.batch_alter_table("payload") as payload:
        payload.add_column(sa.Column("content", sa.LargeBinary))
        payload.alter_column("blob_id", existing_type=sa.Uuid, nullable=True)
        payload.create_check_constraint("content", "(content IS NULL) <> (blob_id IS NULL)")
    op.create_index(None, "payload", ["blob_id"], postgresql_where=IS_BLOB, sqlite_where=IS_BLOB)
