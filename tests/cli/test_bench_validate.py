"""`oots bench validate` in small: a few documents, through the same engines and a real worker."""

import json
import os
from collections.abc import Callable
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from oots.cli import app
from oots.cli.bench.edm_documents import request, response
from oots.cli.bench.measure import Rounds
from oots.cli.bench.validate_bench import CaseMeasured, ValidateReport, WorkerMeasured
from oots.edm.documents import read
from oots.edm.specification import SPECIFICATIONS
from oots.validation.schematron.checker import Checker
from oots.validation.schematron.rule_sets import Kind, RuleSet
from oots.validation.xsd import check_bytes

CASE = CaseMeasured(
    name="request-2.0",
    subjects={"oots": Rounds(runs=((0.001,), (0.002,))), "elementpath": Rounds(runs=((0.01,), (0.02,)))},
    schema=Rounds(runs=((0.0001,),)),
    cold=0.2,
    left_out=3,
)
WORKER = WorkerMeasured(start=1.25, start_processor=0.5, answers=(0.001,) * 99 + (0.5,), loaded_mb=160.0, peak_mb=200.0)


@pytest.mark.parametrize("line", SPECIFICATIONS)
@pytest.mark.parametrize(("kind", "write"), [(Kind.REQUEST, request), (Kind.RESPONSE, response)])
def test_the_documents_that_are_measured_break_no_rule(kind: Kind, write: Callable[[str], bytes], line: str) -> None:
    document = write(line)

    assert read(document).specification == line
    assert not check_bytes(document)
    assert not Checker().check(document, RuleSet(kind=kind, line=line))


def test_json_has_the_shape_that_scripts_rely_on() -> None:
    allowed = os.sched_getaffinity(0)

    result = CliRunner().invoke(app, ["bench", "validate", "--json", "--seconds", "0.01", "--documents", "8"])

    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert report["bench"] == "validate"
    assert {ratio["case"] for ratio in report["ratios"]} == {
        "request-1.2", "request-2.0", "response-1.2", "response-2.0",
    }  # fmt: skip
    assert {ratio["against"] for ratio in report["ratios"]} == {"elementpath"}
    figures = {(one["case"], one["metric"]): one["value"] for one in report["results"]}
    assert all(value > 0 for value in figures.values())
    assert figures["worker", "peak_rss_mb"] >= figures["worker", "loaded_rss_mb"]
    assert os.sched_getaffinity(0) == allowed


def test_figures_are_medians_of_rounds_and_runs() -> None:
    of_case = {metric: value for metric, value, _, _ in CASE.figures()}
    of_worker = {metric: value for metric, value, _, _ in WORKER.figures()}

    assert CASE.ratio == pytest.approx(10)
    assert (of_case["p50_ms"], of_case["cold_ms"], of_case["elementpath_p50_ms"]) == pytest.approx((1.5, 200, 15))
    assert (of_worker["start_s"], of_worker["p50_ms"], of_worker["p99_ms"]) == pytest.approx((1.25, 1, 500))


def test_the_table_says_what_elementpath_leaves_out() -> None:
    report = ValidateReport(
        machine={"cpu": "any"}, cases=(CASE, replace(CASE, name="other", left_out=0)), worker=WORKER
    )

    lines = report.as_text().splitlines()

    assert "request-2.0: 10.0 x elementpath, which leaves 3 rules out" in lines
    assert "other: 10.0 x elementpath" in lines
    assert "one worker, 100 documents, time on the wall" in lines
