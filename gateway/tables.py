"""
The tables of an access point.  How they came to be stands in `migrations`; who fills them, in `mailbox`.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
)

from oots.journal.table import event_tables
from oots.store.data_keys import data_key_table
from oots.store.tables import Json, UtcDateTime, new_metadata
from oots.work import job_table

METADATA: Final = new_metadata()

_NUMBER: Final = BigInteger().with_variant(Integer, "sqlite")

OUTGOING: Final = Table(
    "outgoing",
    METADATA,
    Column("number", _NUMBER, primary_key=True, comment="in order of submission"),
    Column("message_id", Text, nullable=False, unique=True),
    Column("backend", Text, comment="who submitted it; null for those from before back ends had names"),
    Column("digest", Text, nullable=False, comment="of the submission: tells a repeated one from another"),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False, comment="begun; the fence of whoever posts"),
    Column("due_at", UtcDateTime, comment="to be posted then; while it is posted, end of the lease; null when over"),
    Column("owner", Text, comment="the process that posts it, or did so last"),
    Column("posted_at", UtcDateTime, comment="when the last attempt began"),
    Column("damaged_at", UtcDateTime, comment="since when it cannot be read; null when it can"),
    Column("submitted_at", UtcDateTime, nullable=False, index=True),
    Column("header", LargeBinary, comment="encrypted: what is needed to post it again; null when over"),
    Column("progress", LargeBinary, nullable=False, comment="encrypted: history and failure, with texts of the peer"),
    Column("blob_id", Uuid, index=True, comment="the packed bytes; null when over"),
    Column("size", BigInteger),
    Column("sha256", Text),
    CheckConstraint("state IN ('submitted', 'sending', 'awaiting_retry', 'acknowledged', 'failed')", name="state"),
    CheckConstraint("(due_at IS NULL) = (state IN ('acknowledged', 'failed'))", name="due_at"),
    sqlite_autoincrement=True,
)

IS_UNDER_WAY: Final = OUTGOING.c.due_at.is_not(None)

Index(None, OUTGOING.c.due_at, postgresql_where=IS_UNDER_WAY, sqlite_where=IS_UNDER_WAY)

INCOMING: Final = Table(
    "incoming",
    METADATA,
    Column("number", _NUMBER, primary_key=True, comment="in order of arrival"),
    Column("message_id", Text, nullable=False, unique=True, comment="what a copy is known by"),
    Column("signed", Json, nullable=False, comment="references of the signature: a copy repeats them"),
    Column("receipt", LargeBinary, nullable=False, comment="given to its sender, and again for each copy"),
    Column("fingerprint", Text, nullable=False, comment="of the certificate that signed"),
    Column("action", Text, nullable=False),
    Column("header", LargeBinary, comment="encrypted: the user message; null once a back end has it"),
    Column("kept_at", UtcDateTime, nullable=False, index=True),
    Column("leased_until", UtcDateTime, comment="until then one back end has it alone"),
    Column("damaged_at", UtcDateTime, comment="since when it cannot be read; null when it can"),
    Column("acknowledged_at", UtcDateTime, comment="when a back end had it"),
    sqlite_autoincrement=True,
)

WAITS: Final = INCOMING.c.acknowledged_at.is_(None)

Index("ix_incoming_waiting", INCOMING.c.number, postgresql_where=WAITS, sqlite_where=WAITS)

PAYLOAD: Final = Table(
    "payload",
    METADATA,
    Column("message_number", ForeignKey("incoming.number", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False, comment="in the order of PartInfo, from 0"),
    Column("size", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("content", LargeBinary, comment="encrypted: a small payload"),
    Column("blob_id", Uuid, comment="of a large one"),
    CheckConstraint("(content IS NULL) <> (blob_id IS NULL)", name="content"),
)

_IS_BLOB: Final = PAYLOAD.c.blob_id.is_not(None)

Index(None, PAYLOAD.c.blob_id, postgresql_where=_IS_BLOB, sqlite_where=_IS_BLOB)

JOB: Final = job_table(METADATA)

EVENTS: Final = event_tables(METADATA)

DATA_KEY: Final = data_key_table(METADATA)
