"""
What was measured: as the JSON that scripts of others rely on, and as a table for people.
"""

import os
import platform
import resource
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from oots.cli.bench.measure import Rounds

OURS: Final = "oots"
"""Name of the subject that the others are compared with."""

_LIBRARIES: Final = ("cryptography", "isal", "lxml")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseMeasured:
    """One case: what each subject needed."""

    case: str
    subjects: Mapping[str, Rounds]
    rss_mb: float
    """Most memory that this process held, from its start to the end of the case."""

    @property
    def ours(self) -> Rounds:
        """What we needed."""
        return self.subjects[OURS]

    @property
    def others(self) -> dict[str, Rounds]:
        """What those needed that we compare with."""
        return {name: rounds for name, rounds in self.subjects.items() if name != OURS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All cases of one benchmark on one machine."""

    bench: str
    machine: Mapping[str, str | int]
    cases: tuple[CaseMeasured, ...]

    def as_json(self) -> dict[str, object]:
        """Give what `oots bench --json` writes."""
        return {
            "bench": self.bench,
            "machine": dict(self.machine),
            "results": [result for case in self.cases for result in _results(case)],
            "ratios": [
                {"case": case.case, "against": name, "ratio": round(case.ours.ratio(other), 3)}
                for case in self.cases
                for name, other in case.others.items()
            ],
        }

    def as_text(self) -> str:
        """Give a table."""
        machine = ", ".join(f"{name} {value}" for name, value in self.machine.items())
        lines = [f"oots bench {self.bench}, one core, processor time", machine, ""]
        lines.append(f"{'case':<10}{'per second':>12}{'median ms':>12}{'peak MB':>10}   against")
        lines += [_row(case) for case in self.cases]
        return "\n".join(lines)


def machine(libraries: Iterable[str] = _LIBRARIES) -> dict[str, str | int]:
    """Say what a figure depends on: processor, interpreter, and the libraries that do the work."""
    return {
        "cpu": _cpu(Path("/proc/cpuinfo")),
        "cores": os.cpu_count() or 1,
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        **{name: version(name) for name in libraries},
    }


def peak_rss_mb() -> float:
    """Give the most memory that this process has held so far."""
    # Linux counts in KiB, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def _cpu(cpuinfo: Path) -> str:
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


def _results(case: CaseMeasured) -> Iterator[dict[str, object]]:
    figures = [
        ("per_second", case.ours.per_second, "1/s"),
        ("p50_ms", case.ours.p50_ms, "ms"),
        ("rss_mb", case.rss_mb, "MB"),
        *((f"{name}_per_second", other.per_second, "1/s") for name, other in case.others.items()),
    ]
    for metric, value, unit in figures:
        yield {"case": case.case, "metric": metric, "value": round(value, 3), "unit": unit, "runs": len(case.ours.runs)}


def _row(case: CaseMeasured) -> str:
    ours = case.ours
    against = ", ".join(
        f"{ours.ratio(other):.2f} x {name} ({other.per_second:.1f}/s)" for name, other in case.others.items()
    )
    return f"{case.case:<10}{ours.per_second:>12.1f}{ours.p50_ms:>12.2f}{case.rss_mb:>10.0f}   {against}"
