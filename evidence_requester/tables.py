"""
The tables of a requester.  How they came to be stands in `migrations`; who fills them, in `books`.
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
    UniqueConstraint,
    Uuid,
)

from oots.journal.table import event_tables
from oots.store.data_keys import data_key_table
from oots.store.tables import Json, UtcDateTime, new_metadata
from oots.work import job_table

METADATA: Final = new_metadata()

_NUMBER: Final = BigInteger().with_variant(Integer, "sqlite")

JOURNEY: Final = Table(
    "journey",
    METADATA,
    Column("id", Text, primary_key=True, comment="the ConversationId"),
    Column("procedure", Text, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False, index=True),
    Column("ended_at", UtcDateTime, comment="when the subject was erased"),
    Column("subject", LargeBinary, comment="encrypted: the authenticated person; null when over"),
    CheckConstraint("(subject IS NULL) = (ended_at IS NOT NULL)", name="content"),
)

JOURNEY_IN_HAND: Final = JOURNEY.c.ended_at.is_(None)

Index("ix_journey_in_hand", JOURNEY.c.id, postgresql_where=JOURNEY_IN_HAND, sqlite_where=JOURNEY_IN_HAND)

EXCHANGE: Final = Table(
    "exchange",
    METADATA,
    Column("number", _NUMBER, primary_key=True, comment="in order of opening"),
    Column("id", Text, nullable=False, unique=True, comment="the ExchangeId"),
    Column("journey_id", ForeignKey("journey.id"), nullable=False),
    Column("idempotency_key", Text, comment="SHA-256 of what the portal sent; null when it sent none"),
    Column("wish", Text, comment="SHA-256 of the portal's request: tells a repeated one from another"),
    Column("request_id", Text, nullable=False, unique=True, comment="in lower case"),
    Column("message_id", Text, nullable=False, unique=True, comment="of the request"),
    Column("access_point", Text, nullable=False, comment="party id of the provider's"),
    Column("access_point_type", Text, nullable=False),
    Column("procedure", Text, nullable=False),
    Column("evidence_type", Text, nullable=False, comment="its title"),
    Column("specification", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("code", Text, comment="our word for why there is no document"),
    Column("edm_code", Text, comment="what the provider reported"),
    Column("opened_at", UtcDateTime, nullable=False, index=True),
    Column("sent_at", UtcDateTime, comment="since when it is known that our access point has the request"),
    Column("settled_at", UtcDateTime, comment="since when it is in its state; null while it waits for an answer"),
    Column("ended_at", UtcDateTime, comment="when its data keys were erased"),
    Column("header", LargeBinary, comment="encrypted: the submission; null once an answer is no longer one"),
    Column("request", LargeBinary, comment="encrypted: the evidence request; null likewise"),
    Column("detail", LargeBinary, comment="encrypted: what was said about the failure"),
    UniqueConstraint("journey_id", "idempotency_key"),
    CheckConstraint(
        "state IN ('pending', 'sent', 'available', 'delivered', 'not_found', 'failed', 'undeliverable', 'expired')",
        name="state",
    ),
    CheckConstraint("(settled_at IS NULL) = (state IN ('pending', 'sent'))", name="settled"),
    CheckConstraint("(request IS NOT NULL) = (state IN ('pending', 'sent', 'undeliverable'))", name="content"),
    CheckConstraint("(request IS NULL) = (header IS NULL)", name="header"),
    sqlite_autoincrement=True,
)

UNSETTLED: Final = EXCHANGE.c.settled_at.is_(None)

Index("ix_exchange_unsettled", EXCHANGE.c.journey_id, postgresql_where=UNSETTLED, sqlite_where=UNSETTLED)

DOCUMENT: Final = Table(
    "document",
    METADATA,
    Column("exchange_number", ForeignKey("exchange.number", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False, comment="in the order of the answer, from 0"),
    Column("description", LargeBinary, nullable=False, comment="encrypted: what the provider says about it"),
    Column("blob_id", Uuid, nullable=False, index=True),
    Column("size", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),
)

ANSWER: Final = Table(
    "answer",
    METADATA,
    Column("number", _NUMBER, primary_key=True, comment="in order of arrival"),
    Column("message_id", Text, nullable=False, unique=True, comment="what a copy is known by"),
    Column("state", Text, nullable=False),
    Column("received_at", UtcDateTime, nullable=False, index=True),
    Column("ended_at", UtcDateTime, comment="when it was judged"),
    Column("header", LargeBinary, comment="encrypted: the delivery; null when over"),
    Column("document", LargeBinary, comment="encrypted: the first part as it came; null when over"),
    Column("missing", Json, nullable=False, comment="parts that could not be taken: reason by number"),
    CheckConstraint("state IN ('received', 'used', 'refused', 'unreadable')", name="state"),
    CheckConstraint("(header IS NULL) = (ended_at IS NOT NULL)", name="content"),
    CheckConstraint("(state = 'received') = (ended_at IS NULL)", name="ended"),
    sqlite_autoincrement=True,
)

ANSWER_IN_HAND: Final = ANSWER.c.ended_at.is_(None)

Index("ix_answer_in_hand", ANSWER.c.received_at, postgresql_where=ANSWER_IN_HAND, sqlite_where=ANSWER_IN_HAND)

PAYLOAD: Final = Table(
    "payload",
    METADATA,
    Column("answer_number", ForeignKey("answer.number", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False, comment="in the order of PartInfo, from 1"),
    Column("blob_id", Uuid, nullable=False, index=True),
    Column("size", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),
)

JOB: Final = job_table(METADATA)

EVENTS: Final = event_tables(METADATA)

DATA_KEY: Final = data_key_table(METADATA)
"""
Scopes: `journey …` for the subject, `exchange …` for the request, `answer …` until it is judged, and then
`evidence …`, the same key under the id of the exchange, as long as there are documents.
"""
