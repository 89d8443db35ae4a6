from datetime import timedelta

import pytest

from oots.cli.bench.work_bench import DatabaseMeasured, WorkReport, bench_work
from tests.store.databases import SQLITE_AND_POSTGRESQL


@pytest.fixture(scope="module")
def report() -> WorkReport:
    return bench_work(seconds=0, rounds=1, tell=print, progress=lambda _: None, lease=timedelta(seconds=0.3))


@pytest.mark.parametrize("case", SQLITE_AND_POSTGRESQL)
def test_a_database_is_measured_and_compared_with_its_floor(report: WorkReport, case: str) -> None:
    written = report.as_json()
    results = {
        item["metric"]: item["value"]
        for item in written["results"]  # type: ignore[attr-defined]
        if item["case"] == case
    }
    if not results:
        pytest.skip("needs PostgreSQL (Debian package postgresql)")

    assert results.keys() == {
        "jobs_per_second", "enqueued_per_second", "floor_per_second", "begin_p50_ms", "takeover_s",
    }  # fmt: skip
    assert all(value > 0 for value in results.values())
    assert results["takeover_s"] < 0.3 + 1 + 1
    assert case in [item["case"] for item in written["ratios"] if item["against"] == "floor"]  # type: ignore[attr-defined]
    assert f"{case}: " in report.as_text()


def test_a_ratio_counts_commits_and_is_that_of_the_median_round() -> None:
    measured = DatabaseMeasured(
        case="sqlite",
        enqueued=(1.0,),
        done=(50.0, 100.0, 10.0),
        floor=(400.0, 400.0, 80.0),
        begun=(0.002, 0.004, 0.003),
        taken_over=4.6,
    )

    assert measured.ratio == pytest.approx(0.5)
    assert {metric: value for metric, value, _, _ in measured.figures()} == {
        "jobs_per_second": 50.0,
        "enqueued_per_second": 1.0,
        "floor_per_second": 100.0,
        "begin_p50_ms": pytest.approx(3.0),
        "takeover_s": 4.6,
    }
