import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from evidence_provider.certificate import TITLES, draw_birth_record
from evidence_provider.invented_people import DEMO_CITIZEN
from evidence_provider.register import BirthRecord
from oots.edm.model import MultilingualString
from oots.errors import QueryFailure

NUMBER = "0f3c2f3e-7f7d-4a4c-9b52-1c2d3e4f5a6b"
NOON = datetime(2026, 11, 25, 12, 30, 15, tzinfo=UTC)
BIRTH = BirthRecord(register_number="140591-958E", record_number="S-1991-77", entered_on=date(1991, 5, 20))
AUTHORITY = (
    MultilingualString(text="Väestörekisteri", lang="FI"),
    MultilingualString(text="Folkbokföringen på Åland", lang="SV"),
)


def draw(*, issued_at: datetime = NOON, document_number: str = NUMBER, **changed: Any) -> bytes:
    person = replace(DEMO_CITIZEN, **changed)
    return draw_birth_record(person, BIRTH, authority=AUTHORITY, document_number=document_number, issued_at=issued_at)


def run(program: str, *arguments: str, pdf: bytes) -> str:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    return subprocess.run([program, *arguments], input=pdf, capture_output=True, check=True).stdout.decode()


def text_of(pdf: bytes) -> str:
    return " ".join(run("pdftotext", "-layout", "-", "-", pdf=pdf).split())


def test_the_same_row_number_and_time_give_the_same_bytes() -> None:
    assert draw() == draw()
    assert draw() != draw(document_number=NUMBER.replace("0f", "1f"))
    assert draw() != draw(issued_at=NOON + timedelta(seconds=1))


def test_threads_that_draw_at_the_same_time_draw_the_same() -> None:
    expected = draw()

    with ThreadPoolExecutor(8) as threads:
        drawn = list(threads.map(lambda _: draw(), range(24)))

    assert drawn == [expected] * 24


@pytest.mark.pdftotext
def test_the_text_can_be_read_back() -> None:
    text = text_of(draw())

    for expected in (
        *TITLES,
        "Väestörekisteri",
        "Folkbokföringen på Åland",
        "140591-958E",
        "Kielonmäki",
        "Aino Elviira",
        "Suvituuli",
        "1991-05-14",
        "Hämeenlinna",
        "S-1991-77",
        "1991-05-20",
        NUMBER,
        "2026-11-25 12:30:15 UTC",
        "Syntymäaika",
        "Födelsedatum",
        "Date of birth",
    ):
        assert expected in text


@pytest.mark.pdftotext
def test_what_the_register_does_not_know_has_no_line() -> None:
    text = text_of(draw(birth_name=None, place_of_birth=None))

    assert "Family name at birth" not in text
    assert "Place of birth" not in text


@pytest.mark.pdftotext
def test_letters_of_finland_and_its_neighbours_are_shown() -> None:
    names = "Åäö ÅÄÖ Šž Čáđ Øæß Łž Ñéç"

    assert names in text_of(draw(given_name=names))


@pytest.mark.pdftotext
def test_a_decomposed_letter_is_shown_as_one() -> None:
    assert "Kielonmäki" in text_of(draw(family_name="Kielonma\u0308ki"))


@pytest.mark.pdftotext
def test_markup_in_a_name_is_text() -> None:
    assert "<b>O&amp;'Neil</b> <br/>" in text_of(draw(family_name="<b>O&amp;'Neil</b> <br/>"))


@pytest.mark.pdftotext
def test_a_name_without_a_space_is_broken_and_complete() -> None:
    words = run("pdftotext", "-layout", "-", "-", pdf=draw(family_name="Å" * 250))

    assert words.count("Å") == 250 + len("Å")  # the authority's name has one


@pytest.mark.pdftotext
def test_the_file_says_title_language_and_time_and_needs_no_font() -> None:
    pdf = draw()
    described = run("pdfinfo", "-", pdf=pdf)
    fonts = run("pdffonts", "-", pdf=pdf).splitlines()[2:]

    assert TITLES[0] in described
    assert NUMBER in described
    assert "2026" in described.split("CreationDate:")[1].splitlines()[0]
    assert b"/Lang (fi)" in pdf
    assert fonts
    assert all(line.split()[-5] == "yes" for line in fonts)  # column «emb»


@pytest.mark.parametrize(
    "name",
    [
        "Đorđe",
        "Áŋŋel",
        "Παπαδοπούλου",
        "李",
        "Ki\u200belo",
        "Ki\u202eelo",
        "Kie\nlo",
        "Kie\x00lo",
        "Ki\u00adelo",
        "Q\u0308",
    ],
)
def test_a_letter_that_the_font_lacks_is_an_error_and_never_a_black_box(name: str) -> None:
    with pytest.raises(QueryFailure, match="cannot show") as caught:
        draw(family_name=name)

    assert name not in str(caught.value)


def test_a_name_longer_than_a_page_is_an_error() -> None:
    with pytest.raises(QueryFailure, match="does not fit"):
        draw(family_name="Å" * 20_000)


def test_the_time_zone_of_the_clock_does_not_matter() -> None:
    helsinki = timezone(timedelta(hours=2))

    assert draw(issued_at=NOON.astimezone(helsinki)) == draw()
