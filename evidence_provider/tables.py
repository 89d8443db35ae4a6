"""
The tables of a provider.  How they came to be stands in `migrations`; who fills them, in `books`.
"""

from typing import Final

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, Uuid

from oots.journal.table import event_tables
from oots.store.data_keys import data_key_table
from oots.store.tables import UtcDateTime, new_metadata
from oots.work import job_table

METADATA: Final = new_metadata()

_NUMBER: Final = BigInteger().with_variant(Integer, "sqlite")

REQUEST: Final = Table(
    "request",
    METADATA,
    Column("number", _NUMBER, primary_key=True, comment="in order of arrival"),
    Column("message_id", Text, nullable=False, unique=True, comment="what a copy is known by"),
    Column("conversation_id", Text, nullable=False),
    Column("exchange_id", Text),
    Column("request_id", Text, comment="null until it is answered, and when it cannot be read"),
    Column("state", Text, nullable=False),
    Column("received_at", UtcDateTime, nullable=False, index=True),
    Column("ended_at", UtcDateTime, comment="when its content was erased"),
    Column("header", LargeBinary, comment="encrypted: the delivery; null when over"),
    Column("document", LargeBinary, comment="encrypted: the first part as it came; null when over"),
    Column("answer_header", LargeBinary, comment="encrypted: the submission; null until answered, and when over"),
    Column("answer_document", LargeBinary, comment="encrypted: the first part of the answer; null likewise"),
    CheckConstraint(
        "state IN ('received', 'answered', 'sent', 'answer_not_sent', 'unanswerable')",
        name="state",
    ),
    CheckConstraint("(header IS NULL) = (ended_at IS NOT NULL)", name="content"),
    sqlite_autoincrement=True,
)

IN_HAND: Final = REQUEST.c.ended_at.is_(None)

Index("ix_request_in_hand", REQUEST.c.received_at, postgresql_where=IN_HAND, sqlite_where=IN_HAND)

ATTACHMENT: Final = Table(
    "attachment",
    METADATA,
    Column("request_number", ForeignKey("request.number", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False, comment="in the order of the answer, from 0"),
    Column("blob_id", Uuid, nullable=False, index=True),
    Column("size", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),
)

SEEN_REQUEST: Final = Table(
    "seen_request",
    METADATA,
    Column("request_id", Text, primary_key=True, comment="in lower case: a request id is used once"),
    Column("first_seen", UtcDateTime, nullable=False, index=True),
)

ISSUED_DOCUMENT: Final = Table(
    "issued_document",
    METADATA,
    Column("document_number", Text, primary_key=True, comment="as printed on it"),
    Column("sha256", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("issued_at", UtcDateTime, nullable=False),
)

JOB: Final = job_table(METADATA)

EVENTS: Final = event_tables(METADATA)

DATA_KEY: Final = data_key_table(METADATA)
