"""How long an answer may be used again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oots.common_services.freshness import (
    CLOCK_TOLERANCE,
    CacheTimes,
    Freshness,
    freshness,
    is_about_nobody,
    may_be_kept,
)

ASKED = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
TIMES = CacheTimes(fresh=timedelta(hours=1), stale=timedelta(days=3))


def after(seconds: float, **fields: str) -> Freshness:
    """Judge an answer that came with these fields so many seconds ago."""
    named = {name.replace("_", "-"): value for name, value in fields.items()}
    return freshness(named, asked_at=ASKED, now=ASKED + timedelta(seconds=seconds), times=TIMES)


def test_an_answer_is_fresh_for_an_hour_and_stale_for_three_days() -> None:
    assert after(0) is after(3599) is Freshness.FRESH
    assert after(3600) is after(3 * 86400 - 1) is Freshness.STALE
    assert after(3 * 86400) is Freshness.GONE


def test_a_directory_may_make_an_answer_old_sooner_and_never_later() -> None:
    assert after(59, cache_control="max-age=60") is Freshness.FRESH
    assert after(60, cache_control="max-age=60") is Freshness.STALE
    assert after(3600, cache_control="max-age=999999999999") is Freshness.STALE
    assert after(3 * 86400, cache_control="public, max-age=999999999, stale-if-error=999999999") is Freshness.GONE


def test_the_time_that_a_proxy_had_the_answer_counts() -> None:
    assert after(29, cache_control="max-age=60", age="30") is Freshness.FRESH
    assert after(30, cache_control="max-age=60", age="30") is Freshness.STALE
    assert after(0, cache_control="max-age=60", age="90") is Freshness.STALE


@pytest.mark.parametrize("value", ["no-cache", "No-Cache, max-age=60", 'no-cache="digest"'])
def test_what_has_to_be_asked_again_each_time_is_not_used_again(value: str) -> None:
    assert after(0, cache_control=value) is Freshness.GONE


def test_what_must_be_revalidated_is_never_used_stale() -> None:
    assert after(59, cache_control="max-age=60, must-revalidate") is Freshness.FRESH
    assert after(60, cache_control="max-age=60, must-revalidate") is Freshness.GONE


def test_a_directory_may_say_how_long_its_answer_is_used_while_it_is_down() -> None:
    assert after(159, cache_control="max-age=60,stale-if-error=100") is Freshness.STALE
    assert after(160, cache_control="max-age=60,stale-if-error=100") is Freshness.GONE


@pytest.mark.parametrize("value", ["max-age=", "max-age=-1", "max-age=soon", "max-age=1.5", "max-age", "max-age=½"])
def test_an_age_that_is_no_number_has_run_out(value: str) -> None:
    assert after(0, cache_control=value) is Freshness.STALE


def test_machines_whose_clocks_differ_a_little_share_answers() -> None:
    assert after(-CLOCK_TOLERANCE.total_seconds()) is Freshness.FRESH


def test_an_answer_from_the_future_is_asked_for_again() -> None:
    assert after(-CLOCK_TOLERANCE.total_seconds() - 1) is Freshness.STALE


def test_what_must_not_be_kept_is_not() -> None:
    assert may_be_kept({})
    assert may_be_kept({"cache-control": "max-age=0, private"})
    assert not may_be_kept({"cache-control": "private, No-Store"})


def test_a_query_that_carries_what_a_user_answered_is_about_somebody() -> None:
    asked = (("queryId", "urn:x"), ("country-code", "AT"), ("evidence-type-classification", "https://sr.example/x"))

    assert is_about_nobody(asked)
    assert not is_about_nobody((*asked, ("8c6ce681-350c-5639-a999-d4059599caff", "AT13")))
    assert not is_about_nobody((*asked, ("jurisdiction-admin-l2", "AT13")))


@given(st.text(), st.text(), st.floats(-1e9, 1e9))
def test_whatever_the_fields_say_no_answer_outlives_our_own_times(control: str, age: str, seconds: float) -> None:
    judged = after(seconds, cache_control=control, age=age)

    assert judged is not Freshness.FRESH or seconds < 3600
    assert judged is Freshness.GONE or seconds < 3 * 86400
