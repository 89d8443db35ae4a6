"""
`oots bench validate`: schemas, rules and code lists on a request and a response, beside PyPI elementpath; and a worker.

Documents are checked in this process, in processor time on one core.  The worker is another process, as in a service:
its start, its answers by the clock on the wall, and the memory that it takes over many documents.
"""

import os
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Final

from oots.cli.bench.edm_documents import request, response
from oots.cli.bench.elementpath_rules import ElementpathRules
from oots.cli.bench.measure import Rounds, measure, one_core, timed
from oots.cli.bench.report import machine
from oots.edm.specification import SPECIFICATIONS
from oots.errors import OperatorError
from oots.validation.schematron.checker import Checker
from oots.validation.schematron.rule_sets import Kind, RuleSet, rule_sets
from oots.validation.schematron.worker_process import Limits, WorkerProcess
from oots.validation.xsd import check_document
from oots.xml import parse

OURS: Final = "oots"
THEIRS: Final = "elementpath"

_DOCUMENTS: Final = {Kind.REQUEST: request, Kind.RESPONSE: response}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A document, and the rules that are played on it."""

    document: bytes
    rule_set: RuleSet

    @property
    def name(self) -> str:
        """Name it by what it is, such as `request-2.0`."""
        return f"{self.rule_set.kind.name.lower()}-{self.rule_set.line.removeprefix('oots-edm:v')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseMeasured:
    """What checking one document took."""

    name: str
    subjects: Mapping[str, Rounds]
    schema: Rounds
    """The part of parsing and XML Schema."""
    cold: float
    """Seconds until rules that were not compiled have checked it."""
    left_out: int
    """Number of rules that elementpath did not play."""

    @property
    def ratio(self) -> float:
        """How many times as fast as elementpath we are."""
        return self.subjects[OURS].ratio(self.subjects[THEIRS])

    def figures(self) -> Iterator[tuple[str, float, str, int]]:
        """Give metric, value, unit and number of measurements."""
        ours, theirs = self.subjects[OURS], self.subjects[THEIRS]
        yield "p50_ms", ours.p50_ms, "ms", len(ours.runs)
        yield "per_second", ours.per_second, "1/s", len(ours.runs)
        yield "xsd_p50_ms", self.schema.p50_ms, "ms", len(self.schema.runs)
        yield "cold_ms", 1000 * self.cold, "ms", 1
        yield "elementpath_p50_ms", theirs.p50_ms, "ms", len(theirs.runs)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerMeasured:
    """One worker with all rule sets."""

    start: float
    """Seconds from the start of the process until it can check, by the clock on the wall."""
    start_processor: float
    """Seconds of processor time that this took: what others do on the machine does not count."""
    answers: tuple[float, ...]
    """Seconds for each document, by the clock on the wall, there and back."""
    loaded_mb: float
    peak_mb: float

    def figures(self) -> Iterator[tuple[str, float, str, int]]:
        """Give metric, value, unit and number of measurements."""
        answers = sorted(self.answers)
        yield "start_s", self.start, "s", 1
        yield "start_processor_s", self.start_processor, "s", 1
        yield "p50_ms", 1000 * statistics.median(answers), "ms", len(answers)
        yield "p99_ms", 1000 * answers[len(answers) * 99 // 100], "ms", len(answers)
        yield "per_second", len(answers) / sum(answers), "1/s", len(answers)
        yield "loaded_rss_mb", self.loaded_mb, "MB", 1
        yield "peak_rss_mb", self.peak_mb, "MB", 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidateReport:
    """All documents, and the worker, on one machine."""

    machine: Mapping[str, str | int]
    cases: tuple[CaseMeasured, ...]
    worker: WorkerMeasured

    def as_json(self) -> dict[str, object]:
        """Give what `oots bench --json` writes."""
        named = [(case.name, case.figures()) for case in self.cases] + [("worker", self.worker.figures())]
        return {
            "bench": "validate",
            "machine": dict(self.machine),
            "results": [
                {"case": name, "metric": metric, "value": round(value, 3), "unit": unit, "runs": runs}
                for name, figures in named
                for metric, value, unit, runs in figures
            ],
            "ratios": [{"case": case.name, "against": THEIRS, "ratio": round(case.ratio, 3)} for case in self.cases],
        }

    def as_text(self) -> str:
        """Give a table."""
        described = ", ".join(f"{name} {value}" for name, value in self.machine.items())
        lines = ["oots bench validate, XML Schema, Schematron and code lists, one core, processor time", described]
        for case in self.cases:
            without = f", which leaves {case.left_out} rules out" if case.left_out else ""
            lines += ["", f"{case.name}: {case.ratio:.1f} x {THEIRS}{without}", *_rows(case.figures())]
        documents = len(self.worker.answers)
        return "\n".join(
            [*lines, "", f"one worker, {documents} documents, time on the wall", *_rows(self.worker.figures())]
        )


def _rows(figures: Iterator[tuple[str, float, str, int]]) -> list[str]:
    return [f"  {metric:<22}{value:>10.2f} {unit}" for metric, value, unit, _ in figures]


def bench_validate(*, seconds: float, documents: int, progress: Callable[[str], None]) -> ValidateReport:
    """Measure each document for about `seconds`, and a worker over so many `documents`."""
    cases = [
        Case(document=write(line), rule_set=RuleSet(kind=kind, line=line))
        for kind, write in _DOCUMENTS.items()
        for line in SPECIFICATIONS
    ]
    with one_core():
        measured = tuple(_measure(case, seconds=seconds, progress=progress) for case in cases)
    return ValidateReport(
        machine=machine(("lxml", "saxonche", "elementpath")),
        cases=measured,
        worker=_measure_worker(cases, documents=documents, progress=progress),
    )


def _measure(case: Case, *, seconds: float, progress: Callable[[str], None]) -> CaseMeasured:
    checker, theirs = Checker(), ElementpathRules(case.rule_set)
    start = time.process_time()
    found = checker.check(case.document, case.rule_set)
    cold = time.process_time() - start
    if found or theirs.check(case.document):
        raise OperatorError(f"the document of {case.name} breaks rules: what would be measured is not what is usual")

    def schema() -> None:
        check_document(parse(case.document), case.rule_set.line)

    def ours() -> None:
        schema()
        checker.check(case.document, case.rule_set)

    def elementpath() -> None:
        schema()
        theirs.check(case.document)

    subjects = {OURS: timed(ours), THEIRS: timed(elementpath), "schema": timed(schema)}
    rounds = measure(subjects, seconds=seconds, done=lambda name: progress(f"{case.name}: {name}"))
    return CaseMeasured(
        name=case.name,
        subjects={name: rounds[name] for name in (OURS, THEIRS)},
        schema=rounds["schema"],
        cold=cold,
        left_out=len(theirs.left_out),
    )


def _measure_worker(cases: list[Case], *, documents: int, progress: Callable[[str], None]) -> WorkerMeasured:
    progress("worker: start")
    start = time.perf_counter()
    worker = WorkerProcess(rule_sets(), Limits())
    try:
        worker.load()
        started = time.perf_counter() - start
        start_processor, loaded_mb = _processor_seconds(worker.pid), _peak_mb(worker.pid)
        answers = []
        for number, case in enumerate(islice(cycle(cases), documents)):
            begin = time.perf_counter()
            worker.check(case.document, case.rule_set)
            answers.append(time.perf_counter() - begin)
            if number % 500 == 0:
                progress(f"worker: {number} of {documents} documents")
        peak_mb = _peak_mb(worker.pid)
    finally:
        worker.stop()
    return WorkerMeasured(
        start=started,
        start_processor=start_processor,
        answers=tuple(answers),
        loaded_mb=loaded_mb,
        peak_mb=peak_mb,
    )


def _processor_seconds(pid: int) -> float:
    # The fields behind the name, which may hold anything, begin with the third; user and system time are 14 and 15.
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _peak_mb(pid: int) -> float:
    """Give the most memory that a process has held so far."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    return int(kilobytes) * 1024 / 1e6
