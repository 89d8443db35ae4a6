import io
import zipfile
from datetime import UTC, datetime

import pytest

from oots.cli.demo.archive import MAX_ARCHIVE_BYTES, archive, file_name
from oots.cli.demo.readable import MAX_INDENTED, MAX_SHOWN, is_text, readable
from oots.cli.demo.timeline import Step
from oots.errors import CallerError
from oots.journal.events import Component, Event, EventName


def a_step(number: int, documents: dict[str, bytes]) -> Step:
    event = Event(
        at=datetime(2026, 11, 25, 10, 42, 3, tzinfo=UTC),
        node="AP_PT_DEMO",
        component=Component.GATEWAY,
        name=EventName.AS4_SENT,
        documents=documents,
    )
    return Step(number=number, at_ms=0.0, event=event)


def test_xml_is_indented() -> None:
    shown = readable(b"<a><b>x</b></a>")

    assert shown.text == "<a>\n  <b>x</b>\n</a>"
    assert shown.is_all


def test_an_entity_is_shown_and_not_resolved() -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY e "boom">]><a>&e;</a>'

    assert readable(bomb).text == bomb.decode()


def test_of_a_package_the_beginning_is_shown_as_far_as_it_is_text() -> None:
    head = b"--boundary\r\nContent-Type: application/soap+xml\r\n\r\n<S12:Envelope/>" + b" " * 100

    shown = readable(head + b"\x1f\x8b\x08\x00 and so on")

    assert shown.text == head.decode()
    assert not shown.is_all


@pytest.mark.parametrize("content", [b"%PDF-1.4\n%\xe2\xe3\xcf\xd3", b"\x00\x01", b"\xff\xfe"])
def test_what_is_not_text_is_not_shown(content: bytes) -> None:
    shown = readable(content)

    assert shown.text == ""
    assert not shown.is_all


@pytest.mark.parametrize(
    "content",
    [
        b"x" * (MAX_SHOWN + 1),
        "é".encode() * (4 * MAX_SHOWN),
        b"<a>" + b"<b/>" * MAX_SHOWN + b"</a>",
        b"<a>" + b"<b/>" * (MAX_INDENTED // 4) + b"</a>",
        b"<a>" * 99 + b"<b/>" * 50_000 + b"</a>" * 99,
    ],
)
def test_a_page_never_shows_more_than_its_limit(content: bytes) -> None:
    shown = readable(content)

    assert len(shown.text) == MAX_SHOWN
    assert not shown.is_all


def test_text_of_exactly_the_limit_is_shown_whole() -> None:
    assert readable(b"x" * MAX_SHOWN).is_all


@pytest.mark.parametrize(("content", "verdict"), [(b"<a/>\r\n", True), (b"a\x00b", False), (b"\xff", False)])
def test_only_text_is_called_text(content: bytes, *, verdict: bool) -> None:
    assert is_text(content) is verdict


def test_an_archive_holds_every_message_as_it_was() -> None:
    made = archive([a_step(1, {"request.xml": b"<r/>"}), a_step(2, {}), a_step(3, {"package.mime": b"\x00\xff"})])

    with zipfile.ZipFile(io.BytesIO(made)) as opened:
        assert {name: opened.read(name) for name in opened.namelist()} == {
            "001-AP_PT_DEMO-as4_sent/request.xml": b"<r/>",
            "003-AP_PT_DEMO-as4_sent/package.mime": b"\x00\xff",
        }


def test_an_archive_of_too_much_is_refused() -> None:
    half = bytes(MAX_ARCHIVE_BYTES // 2 + 1)

    with pytest.raises(CallerError, match="more than the 67108864"):
        archive([a_step(1, {"a": half, "b": half})])


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("birth-record.pdf", "birth-record.pdf"),
        ("../../etc/passwd", "etc-passwd"),
        ('a"; filename="b.html', "a-filename-b.html"),
        ("syntymätodistus\r\n.pdf", "syntym-todistus-.pdf"),
        ("…", "message"),
        ("x" * 500, "x" * 100),
    ],
)
def test_a_file_name_is_never_a_path_nor_a_header(name: str, made: str) -> None:
    assert file_name(name) == made
