"""
The test document: what a system check, procedure 00, is answered with (flows.md 2.j).  Nobody stands in it.
"""

import io
from datetime import UTC, datetime
from typing import Final

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

TITLE: Final = "Test document"

_FONT: Final = "Helvetica"
"""Every reader has it, and it has every letter that is used here."""


def draw_test_document(*, document_number: str, issued_at: datetime) -> bytes:
    """Draw it; the same number and time give the same bytes."""
    file = io.BytesIO()
    page = Canvas(file, pagesize=A4, invariant=True, lang="en", initialFontName=_FONT)
    page.setTitle(TITLE)
    text = page.beginText(22 * mm, A4[1] - 40 * mm)
    text.setFont(_FONT, 18, leading=30)
    text.textLine(TITLE)
    text.setFont(_FONT, 10, leading=16)
    text.textLines(
        f"""Answer to a system check of the Once-Only Technical System (procedure 00).
        It concerns nobody and proves nothing but that the way is open.

        Document number: {document_number}
        Issued: {issued_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"""
    )
    page.drawText(text)
    page.save()
    return file.getvalue()
