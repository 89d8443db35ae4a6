"""
What the register has issued: a document with its number and digest, and the book in which both are entered.

The book holds no content and names nobody, so that it may be kept when the document is long gone.
"""

import hashlib
import threading
from dataclasses import dataclass
from datetime import date

from oots.errors import QueryFailure
from oots.spooled import Spooled


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
    """Numbers and digests of everything issued since the service started; threads may share it."""

    def __init__(self) -> None:
        self._sha256: dict[str, str] = {}
        self._writing = threading.Lock()

    def enter(self, document: IssuedDocument) -> None:
        """Enter a document; a number is given once, ever."""
        with self._writing:
            if document.document_number in self._sha256:
                raise QueryFailure(f"document number {document.document_number} was given before")
            self._sha256[document.document_number] = document.sha256

    def sha256_of(self, document_number: str) -> str | None:
        """Give the digest of what was issued under a number."""
        return self._sha256.get(document_number)
