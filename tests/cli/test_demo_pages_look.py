from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from jinja2 import UndefinedError
from starlette.datastructures import Headers

from oots.ui.look import STATIC, clock, day, duration, fingerprint, size, templates
from oots.ui.policy import comes_from_another_site


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (size(1), "1 byte"),
        (size(812), "812 bytes"),
        (size(11_400), "11 kB"),
        (size(999_600), "1.0 MB"),
        (duration(0.04), "0.0 ms"),
        (duration(9.94), "9.9 ms"),
        (duration(9.96), "10 ms"),
        (duration(2410.2), "2 410 ms"),
        (fingerprint("9f2c41d78a"), "9f2c 41d7 8a"),
    ],
)
def test_figures_are_written_for_reading(written: str, expected: str) -> None:
    assert written.replace("\N{NO-BREAK SPACE}", " ") == expected


def test_times_are_written_in_utc() -> None:
    helsinki = datetime(2026, 11, 25, 1, 2, 3, 4999, tzinfo=timezone(timedelta(hours=2)))

    assert clock(helsinki) == "23:02:03.004"
    assert day(helsinki) == "24 November 2026"
    assert day(date(2026, 11, 25)) == day(datetime(2026, 11, 25, tzinfo=UTC)) == "25 November 2026"


def test_a_name_that_nobody_gave_is_an_error_and_no_blank() -> None:
    template = templates("oots.cli.demo").from_string("{{ nobody }}")

    with pytest.raises(UndefinedError, match="nobody"):
        template.render()


def test_what_a_template_is_given_is_escaped() -> None:
    template = templates("oots.cli.demo").from_string("{{ text }}")

    assert template.render(text="<b>") == "&lt;b&gt;"


@pytest.mark.parametrize(
    ("headers", "verdict"),
    [
        ({"host": "127.0.0.1:8000"}, False),
        ({"host": "127.0.0.1:8000", "origin": "http://127.0.0.1:8000"}, False),
        ({"host": "127.0.0.1:8000", "origin": "http://127.0.0.1:8001"}, True),
        ({"host": "127.0.0.1:8000", "origin": "https://evil.example"}, True),
        ({"host": "127.0.0.1:8000", "origin": "null"}, True),
        ({"host": "127.0.0.1:8000", "sec-fetch-site": "same-origin", "origin": "null"}, False),
        ({"host": "127.0.0.1:8000", "sec-fetch-site": "none"}, False),
        ({"host": "127.0.0.1:8000", "sec-fetch-site": "same-site"}, True),
        ({"host": "127.0.0.1:8000", "sec-fetch-site": "cross-site", "origin": "http://127.0.0.1:8000"}, True),
    ],
)
def test_a_request_is_ours_when_the_browser_says_so(headers: dict[str, Any], *, verdict: bool) -> None:
    assert comes_from_another_site(Headers(headers)) is verdict


def test_the_look_stays_small_and_brings_nothing_from_elsewhere() -> None:
    style, script = (STATIC / "oots.css").read_text(), (STATIC / "oots.js").read_text()

    assert len(style) < 25_000
    assert len(script) < 4_000
    assert "url(" not in style
    assert "@import" not in style
    assert "://" not in style + script
