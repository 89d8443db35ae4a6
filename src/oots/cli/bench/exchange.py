"""
`oots bench exchange`: pack, unpack, receipt and check of one message in memory, beside the floor and PyPI `as4`.
"""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from oots.cli.bench.as4_environment import As4Environment
from oots.cli.bench.documents import transcript_of_records
from oots.cli.bench.ends import Ends, exchange, new_ends
from oots.cli.bench.floor import floor_of
from oots.cli.bench.measure import ROUNDS, Subject, measure, one_core, timed
from oots.cli.bench.report import OURS, CaseMeasured, Report, machine, peak_rss_mb
from oots.errors import OperatorError

CASES: Final[Mapping[str, int]] = {"10kB": 10_000, "1MB-xml": 1_000_000}
"""Bytes of XML in the one payload."""


def bench_exchange(
    *, seconds: float, as4_python: Path, tell: Callable[[str], None], progress: Callable[[str], None]
) -> Report:
    """
    Measure every case, `seconds` for each subject.

    `tell` gets sentences about what is left out, `progress` a line for each step.
    """
    ends = new_ends(now=datetime.now(UTC))
    with ExitStack() as stack:
        stack.enter_context(one_core())
        as4 = _as4(as4_python, ends, stack, tell)
        return Report(
            bench="exchange",
            machine=machine(),
            cases=tuple(
                _measure_case(case, transcript_of_records(size), ends, as4, seconds=seconds, progress=progress)
                for case, size in CASES.items()
            ),
        )


def _as4(python: Path, ends: Ends, stack: ExitStack, tell: Callable[[str], None]) -> As4Environment | None:
    if not python.exists():
        tell(f"PyPI as4 is left out: there is no interpreter {python} (`make as4-venv` makes one).")
        return None
    try:
        return stack.enter_context(As4Environment(python, sender=ends.sender, receiver=ends.receiver))
    except OperatorError as error:
        tell(f"PyPI as4 is left out: {error}.")
        return None


def _measure_case(
    case: str,
    payload: bytes,
    ends: Ends,
    as4: As4Environment | None,
    *,
    seconds: float,
    progress: Callable[[str], None],
) -> CaseMeasured:
    subjects: dict[str, Subject] = {
        OURS: timed(lambda: exchange(ends, payload)),
        "floor": timed(floor_of(exchange(ends, payload), ends)),
    }
    if as4 is not None:
        subjects["as4"] = as4.subject(payload)
    steps = iter(range(1, len(subjects) * (ROUNDS + 1) + 1))
    measured = measure(
        subjects,
        seconds=seconds,
        done=lambda name: progress(f"{case}: {next(steps)} of {len(subjects) * (ROUNDS + 1)} ({name})"),
    )
    return CaseMeasured(case=case, rss_mb=peak_rss_mb(), subjects=measured)
