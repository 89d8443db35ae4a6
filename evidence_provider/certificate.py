"""
The extract of a birth record as a PDF, drawn from the register's row at the moment it is asked for.

The same record, number and time give the same bytes.  Importing this module imports reportlab, which takes a while.
"""

import io
import threading
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from typing import Final, NamedTuple
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.platypus import Flowable, HRFlowable, Paragraph, SimpleDocTemplate, Spacer, Table
from reportlab.platypus.doctemplate import LayoutError

from evidence_provider.register import BirthRecord, RegisteredPerson
from oots.edm.model import MultilingualString
from oots.errors import QueryFailure

TITLES: Final = (
    "Ote väestörekisteristä: syntymätiedot",
    "Utdrag ur befolkningsregistret: uppgifter om födelse",
    "Extract from the population register: birth record",
)

_REGULAR: Final = "Vera"
_BOLD: Final = "VeraBd"
_GREY: Final = HexColor(0x555555)
_LABEL: Final = ParagraphStyle("label", fontName=_REGULAR, fontSize=7.5, leading=10, textColor=_GREY)
_VALUE: Final = ParagraphStyle("value", fontName=_REGULAR, fontSize=11, leading=14)
_TITLE: Final = ParagraphStyle("title", fontName=_BOLD, fontSize=15, leading=20)
_SUBTITLE: Final = ParagraphStyle("subtitle", fontName=_REGULAR, fontSize=10, leading=14, textColor=_GREY)
_AUTHORITY: Final = ParagraphStyle("authority", fontName=_BOLD, fontSize=9, leading=12)

_COLUMNS: Final = (60 * mm, 101 * mm)

# A parsed font keeps a reading position, and every drawing moves it.
_one_at_a_time = threading.Lock()


class Line(NamedTuple):
    """One line of the extract: its label in the three languages, and what the register says."""

    label: str
    value: str


def draw_birth_record(
    person: RegisteredPerson,
    birth: BirthRecord,
    *,
    authority: tuple[MultilingualString, ...],
    document_number: str,
    issued_at: datetime,
) -> bytes:
    """
    Draw the extract.

    Raises `QueryFailure` for a record that the font cannot show: a black box in a name is worse than no document.
    """
    names = [unicodedata.normalize("NFC", name.text) for name in authority]
    of_the_record = _record_lines(person, birth)
    of_the_document = _document_lines(document_number, issued_at)
    with _one_at_a_time:
        _must_be_printable([*names, *(line.value for line in (*of_the_record, *of_the_document))])
        content = [*_head(names), _table(of_the_record), Spacer(0, 8 * mm), _table(of_the_document)]
        return _draw(content, author=names[0], document_number=document_number, issued_at=issued_at)


def _record_lines(person: RegisteredPerson, birth: BirthRecord) -> list[Line]:
    lines = [
        Line("Rekisterinumero / Registernummer / Register number", person.register_number),
        Line("Sukunimi / Efternamn / Family name", person.family_name),
        Line("Etunimet / Förnamn / Given names", person.given_name),
        Line("Sukunimi syntyessä / Efternamn vid födelsen / Family name at birth", person.birth_name or ""),
        Line("Syntymäaika / Födelsedatum / Date of birth", person.date_of_birth.isoformat()),
        Line("Syntymäpaikka / Födelseort / Place of birth", person.place_of_birth or ""),
        Line("Syntymämerkinnän numero / Födelsepostens nummer / Number of the birth record", birth.record_number),
        Line("Merkitty rekisteriin / Införd i registret / Entered in the register", birth.entered_on.isoformat()),
    ]
    return [Line(line.label, unicodedata.normalize("NFC", line.value)) for line in lines if line.value]


def _document_lines(document_number: str, issued_at: datetime) -> list[Line]:
    moment = issued_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return [
        Line("Asiakirjan numero / Handlingens nummer / Document number", document_number),
        Line("Annettu / Utfärdad / Issued", moment),
    ]


def _head(authority: Iterable[str]) -> list[Flowable]:
    title, *translations = TITLES
    return [
        *(Paragraph(escape(name), _AUTHORITY) for name in authority),
        Spacer(0, 2 * mm),
        HRFlowable(width="100%", thickness=0.8, color=_GREY),
        Spacer(0, 8 * mm),
        Paragraph(title, _TITLE),
        *(Paragraph(translation, _SUBTITLE) for translation in translations),
        Spacer(0, 8 * mm),
    ]


def _table(lines: Iterable[Line]) -> Table:
    rows = [
        [Paragraph(line.label.replace(" / ", "<br/>"), _LABEL), Paragraph(escape(line.value), _VALUE)] for line in lines
    ]
    rules = [
        ("FONTNAME", (0, 0), (-1, -1), _REGULAR),  # a table names its font even where it draws nothing with it
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, -1), 0.25, _GREY),
        ("LEFTPADDING", (0, 0), (0, -1), 0),
    ]
    return Table(rows, colWidths=_COLUMNS, style=rules)


def _draw(content: list[Flowable], *, author: str, document_number: str, issued_at: datetime) -> bytes:
    file = io.BytesIO()
    document = SimpleDocTemplate(
        file,
        pagesize=A4,
        leftMargin=22 * mm,
        rightMargin=22 * mm,
        topMargin=20 * mm,
        bottomMargin=20 * mm,
        title=TITLES[0],
        author=author,
        creator=author,
        subject=document_number,
        lang="fi",
        displayDocTitle=True,
        initialFontName=_REGULAR,  # else the file names Helvetica, and does not embed it
        invariant=True,  # no random file identifier and no clock, but the 1st of January 2000
    )
    created = issued_at.astimezone(UTC).strftime("D:%Y%m%d%H%M%S+00'00'")
    try:
        document.build(content, onFirstPage=lambda canvas, _: canvas.setDateFormatter(lambda *_: created))
    except LayoutError as error:
        raise QueryFailure("a line of the record does not fit on a page") from error
    return file.getvalue()


@cache
def _font(name: str) -> TTFont:
    # Bitstream Vera comes with reportlab; it has the letters of Western and most of Central Europe.
    try:
        font = TTFont(name, f"{name}.ttf")
    except TTFError as error:
        raise QueryFailure("the font of the certificate is missing") from error
    registerFont(font)
    return font


def _must_be_printable(texts: Iterable[str]) -> None:
    fonts = [_font(_REGULAR), _font(_BOLD)]
    for letter in set("".join(texts)):
        # Glyph 0 is the black box; Vera maps some letters to it, such as Ď and Đ, as if it had them.
        shown = all(font.face.charToGlyph.get(ord(letter), 0) for font in fonts)
        if not shown or unicodedata.category(letter).startswith("C"):
            raise QueryFailure("the record has a character that the font of the certificate cannot show")
