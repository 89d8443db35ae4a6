"""The tables of the newest release."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, Table, Text

from oots.store.tables import UtcDateTime, new_metadata
from oots.work.job import job_table

METADATA = new_metadata()

READER = Table(
    "reader",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("card", Text, nullable=False, unique=True),
)

LOAN = Table(
    "loan",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("reader_id", Integer, ForeignKey("reader.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("title", Text, nullable=False),
    Column("due_at", UtcDateTime),
    CheckConstraint("title <> ''", name="title"),
)

JOB = job_table(METADATA)
