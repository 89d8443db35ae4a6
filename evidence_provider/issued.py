"""
What the register has issued: a document with its number and digest, and the book in which both are entered.

The book holds no content and names nobody, so that it may be kept when the document is long gone.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, select

from evidence_provider.tables import ISSUED_DOCUMENT
from oots.errors import QueryFailure
from oots.spooled import Spooled
from oots.store.database import Database
from oots.store.tables import insert_unless_known


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedDocument:
    """A document that the register has made, and what lets anyone recognise it later."""

    document_number: str
    """Printed on the document, and the identifier of the evidence in the response: a bare UUID."""
    sha256: str
    """Of the bytes that were issued, in hexadecimal."""
    media_type: str
    title: str
    """File name, without personal data."""
    issuing_date: date
    content: Spooled


def issue(*, document_number: str, media_type: str, title: str, issuing_date: date, content: bytes) -> IssuedDocument:
    """Make an issued document from its bytes."""
    return IssuedDocument(
        document_number=document_number,
        sha256=hashlib.sha256(content).hexdigest(),
        media_type=media_type,
        title=title,
        issuing_date=issuing_date,
        content=Spooled(content),
    )


class IssueBook:
    """Numbers and digests of everything that was ever issued."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def enter(self, connection: Connection, document: IssuedDocument, *, now: datetime) -> None:
        """Enter a document; a number is given once, ever: raises `QueryFailure` the second time."""
        row = {
            "document_number": document.document_number,
            "sha256": document.sha256,
            "size": document.content.size,
            "media_type": document.media_type,
            "issued_at": now,
        }
        statement = insert_unless_known(self._database, ISSUED_DOCUMENT, unique=["document_number"])
        if connection.execute(statement, row).rowcount != 1:
            raise QueryFailure(f"document number {document.document_number} was given before")

    def sha256_of(self, document_number: str) -> str | None:
        """Give the digest of what was issued under a number."""
        found = select(ISSUED_DOCUMENT.c.sha256).where(ISSUED_DOCUMENT.c.document_number == document_number)
        with self._database.reading() as connection:
            return connection.scalars(found).one_or_none()
