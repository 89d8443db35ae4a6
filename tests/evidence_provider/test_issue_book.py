import hashlib
from datetime import date

import pytest

from evidence_provider.issued import IssueBook, IssuedDocument, issue
from oots.errors import QueryFailure


def document(number: str = "n1", content: bytes = b"%PDF-1.4") -> IssuedDocument:
    return issue(
        document_number=number,
        media_type="application/pdf",
        title="birth-record.pdf",
        issuing_date=date(2026, 11, 25),
        content=content,
    )


def test_a_document_knows_the_digest_of_its_bytes() -> None:
    issued = document()

    assert issued.content.read() == b"%PDF-1.4"
    assert issued.sha256 == hashlib.sha256(b"%PDF-1.4").hexdigest()


def test_what_was_issued_can_be_looked_up_by_number() -> None:
    book = IssueBook()
    book.enter(document())

    assert book.sha256_of("n1") == hashlib.sha256(b"%PDF-1.4").hexdigest()
    assert book.sha256_of("n2") is None


def test_a_number_is_given_once() -> None:
    book = IssueBook()
    book.enter(document())

    with pytest.raises(QueryFailure, match="given before"):
        book.enter(document(content=b"other"))

    assert book.sha256_of("n1") == document().sha256
