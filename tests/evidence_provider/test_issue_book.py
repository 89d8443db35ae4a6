"""The book of what was issued, in the database of its provider."""

import hashlib
from datetime import date

import pytest

from evidence_provider.issued import IssuedDocument, issue
from evidence_provider.tables import ISSUED_DOCUMENT
from oots.errors import QueryFailure
from tests.evidence_provider.desks import Desk, NewDesk
from tests.evidence_provider.requests_of_the_story import NOW

CONTENT = b"%PDF-1.4"


def document(number: str = "n1", content: bytes = CONTENT) -> IssuedDocument:
    return issue(
        document_number=number,
        media_type="application/pdf",
        title="birth-record.pdf",
        issuing_date=date(2026, 11, 25),
        content=content,
    )


def enter(desk: Desk, issued: IssuedDocument) -> None:
    with desk.books.stores.database.writing() as connection:
        desk.books.issued.enter(connection, issued, now=NOW)


def test_a_document_knows_the_digest_of_its_bytes() -> None:
    issued = document()

    assert issued.content.read() == CONTENT
    assert issued.sha256 == hashlib.sha256(CONTENT).hexdigest()


def test_what_was_issued_can_be_looked_up_by_number_also_after_a_restart(new_desk: NewDesk) -> None:
    enter(new_desk(), document())

    book = new_desk().books.issued
    assert book.sha256_of("n1") == hashlib.sha256(CONTENT).hexdigest()
    assert book.sha256_of("n2") is None


def test_the_book_holds_neither_content_nor_title(desk: Desk) -> None:
    enter(desk, document())

    (row,) = desk.rows(ISSUED_DOCUMENT)
    assert row == ("n1", hashlib.sha256(CONTENT).hexdigest(), len(CONTENT), "application/pdf", NOW)


def test_a_number_is_given_once(desk: Desk) -> None:
    enter(desk, document())

    with pytest.raises(QueryFailure, match="given before"):
        enter(desk, document(content=b"other"))

    assert desk.books.issued.sha256_of("n1") == document().sha256
