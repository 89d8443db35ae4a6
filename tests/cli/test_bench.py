import json
import os
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from isal import isal_zlib
from lxml import etree
from typer.testing import CliRunner

from oots.cli import app
from oots.cli.bench.as4_environment import As4Environment
from oots.cli.bench.documents import transcript_of_records
from oots.cli.bench.ends import Ends, exchange, new_ends
from oots.cli.bench.floor import floor_of
from oots.cli.bench.measure import ROUNDS, Rounds, measure, one_core, timed
from oots.cli.bench.report import CaseMeasured, Report
from oots.errors import OperatorError
from oots.xml import parse

AS4_PYTHON = Path(os.environ.get("OOTS_AS4_PYTHON", Path(__file__).parents[2] / ".as4-venv/bin/python"))

NEEDED = {
    "RSAPrivateKey.sign": 2,
    "RSAPublicKey.verify": 2,
    "RSAPublicKey.encrypt": 1,
    "RSAPrivateKey.decrypt": 1,
    "openssl_sha256": 10,
    "create_encryption_ctx": 1,
    "create_decryption_ctx": 1,
    "compressobj": 1,
    "decompressobj": 1,
}
"""Foreign functions that cost the time, and how often one exchange calls them."""


@pytest.fixture(scope="module")
def ends() -> Ends:
    return new_ends(now=datetime.now(UTC))


@pytest.mark.parametrize("size", [10_000, 1_000_000])
def test_the_floor_makes_the_calls_of_an_exchange_and_no_others(
    ends: Ends, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    payload = transcript_of_records(size)
    # Twice: what is remembered about certificates is computed the first time.
    exchange(ends, payload)
    exchanged = []

    calls, canonical = traced(lambda: exchanged.append(exchange(ends, payload)), monkeypatch)
    calls_of_floor, canonical_of_floor = traced(floor_of(exchanged[0], ends), monkeypatch)

    assert calls == calls_of_floor == NEEDED
    assert len(canonical) == 6
    assert sorted(canonical) == sorted(canonical_of_floor)


def traced(action: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> tuple[Counter[str], list[bytes]]:
    """Give how often `action` calls what is needed, and the octets that lxml makes canonical for it."""
    calls: Counter[str] = Counter()
    canonical: list[bytes] = []
    tostring = etree.tostring

    def recording(element: Any, **options: Any) -> bytes:
        octets = tostring(element, **options)
        if options.get("method") == "c14n":
            canonical.append(octets)
        return octets

    def count(_: FrameType, event: str, function: Any) -> None:
        if event == "c_call" and function.__qualname__ in NEEDED:
            calls[function.__qualname__] += 1

    with monkeypatch.context() as patched:
        patched.setattr(etree, "tostring", recording)
        sys.setprofile(count)
        try:
            action()
        finally:
            sys.setprofile(None)
    return calls, canonical


def test_an_exchange_delivers_the_payload(ends: Ends) -> None:
    payload = transcript_of_records(10_000)

    assert exchange(ends, payload).payload.read() == payload


def test_json_has_the_shape_that_scripts_rely_on(tmp_path: Path) -> None:
    run = CliRunner().invoke(
        app, ["bench", "exchange", "--json", "--seconds", "0.1"], env={"OOTS_AS4_PYTHON": str(tmp_path / "python")}
    )

    assert run.exit_code == 0
    assert "PyPI as4 is left out: there is no interpreter" in run.stderr
    report = json.loads(run.stdout)
    assert report.keys() == {"bench", "machine", "results", "ratios"}
    assert report["bench"] == "exchange"
    assert report["machine"].keys() == {"cpu", "cores", "python", "cryptography", "isal", "lxml"}
    assert [(item["case"], item["metric"], item["unit"], item["runs"]) for item in report["results"]] == [
        (case, metric, unit, ROUNDS)
        for case in ("10kB", "1MB-xml")
        for metric, unit in (("per_second", "1/s"), ("p50_ms", "ms"), ("rss_mb", "MB"), ("floor_per_second", "1/s"))
    ]
    assert all(item["value"] > 0 for item in report["results"])
    assert [(item["case"], item["against"]) for item in report["ratios"]] == [("10kB", "floor"), ("1MB-xml", "floor")]
    assert all(item["ratio"] > 0 for item in report["ratios"])


def test_without_json_there_is_a_line_for_each_case(tmp_path: Path) -> None:
    run = CliRunner().invoke(
        app, ["bench", "exchange", "--seconds", "0"], env={"OOTS_AS4_PYTHON": str(tmp_path / "python")}
    )

    assert run.exit_code == 0
    assert [line.split()[0] for line in run.stdout.splitlines()[-2:]] == ["10kB", "1MB-xml"]
    assert "x floor" in run.stdout


def test_an_unknown_benchmark_is_refused_with_a_sentence() -> None:
    run = CliRunner().invoke(app, ["bench", "everything"])

    assert run.exit_code == 2
    assert "'everything' is not one of" in run.stderr


def test_a_ratio_is_that_of_the_median_round() -> None:
    # Twice as fast, but for one round that was disturbed.
    ours = Rounds(runs=((0.1, 0.1), (0.9,), (0.2,)))
    other = Rounds(runs=((0.2,), (0.3,), (0.4, 0.4, 0.4)))

    assert ours.ratio(other) == pytest.approx(2.0)
    assert ours.per_second == pytest.approx(5.0)
    assert ours.p50_ms == pytest.approx(150.0)


def test_a_report_compares_ours_with_every_other() -> None:
    second, half = Rounds(runs=((1.0,),)), Rounds(runs=((0.5,),))
    case = CaseMeasured(case="10kB", subjects={"oots": half, "floor": half, "as4": second}, rss_mb=50)

    report = Report(bench="exchange", machine={"cores": 2}, cases=(case,))

    assert report.as_json()["ratios"] == [
        {"case": "10kB", "against": "floor", "ratio": 1.0},
        {"case": "10kB", "against": "as4", "ratio": 2.0},
    ]
    assert "1.00 x floor (2.0/s), 2.00 x as4 (1.0/s)" in report.as_text()


def test_subjects_take_turns_and_the_first_round_does_not_count() -> None:
    turns: list[str] = []

    measured = measure(
        {name: timed(lambda name=name: turns.append(name)) for name in ("ours", "floor")},
        seconds=0,
        done=lambda _: None,
        rounds=2,
    )

    assert turns == ["ours", "floor"] * 3
    assert [len(rounds.runs) for rounds in measured.values()] == [2, 2]


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system does not bind processes to cores")
def test_measuring_keeps_to_one_core_and_gives_the_others_back() -> None:
    before = os.sched_getaffinity(0)

    with one_core():
        assert len(os.sched_getaffinity(0)) == 1

    assert os.sched_getaffinity(0) == before


def test_documents_are_xml_that_compresses_as_evidence_does() -> None:
    document = transcript_of_records(1_000_000)
    compressor = isal_zlib.compressobj(wbits=31)

    compressed = compressor.compress(document) + compressor.flush()

    assert 1_000_000 <= len(document) < 1_001_000
    assert parse(document) is not None
    assert 8 < len(document) / len(compressed) < 15
    assert transcript_of_records(1_000_000) == document


@pytest.mark.as4
def test_as4_exchanges_the_same_payload_with_the_same_keys(ends: Ends) -> None:
    if not AS4_PYTHON.exists():
        pytest.skip("PyPI as4 has no environment here; make as4-venv makes one")

    with As4Environment(AS4_PYTHON, sender=ends.sender, receiver=ends.receiver) as as4:
        runs = as4.subject(transcript_of_records(10_000))(0.1)

    assert runs
    assert all(seconds > 0 for seconds in runs)


def test_an_interpreter_without_as4_says_so(ends: Ends) -> None:
    with pytest.raises(OperatorError, match="No module named 'as4'"):
        As4Environment(Path(sys.executable), sender=ends.sender, receiver=ends.receiver)


def test_what_is_no_interpreter_is_named(ends: Ends) -> None:
    with pytest.raises(OperatorError, match=r"test_bench\.py cannot be started"):
        As4Environment(Path(__file__), sender=ends.sender, receiver=ends.receiver)
