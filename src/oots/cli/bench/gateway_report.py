"""
What `oots bench gateway` measured: as the JSON that scripts of others rely on, and as a table for people.
"""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Messages that were posted to one server in one go."""

    wall_seconds: float
    cpu_seconds: float
    """Of the server."""
    latencies: tuple[float, ...]
    """Seconds until each message was answered."""

    @property
    def per_second(self) -> float:
        """Messages per second."""
        return len(self.latencies) / self.wall_seconds

    @property
    def cpu_ms(self) -> float:
        """Milliseconds of processor time that one message costs the server."""
        return 1000 * self.cpu_seconds / len(self.latencies)


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What one server did with the messages of one case: the medians of its rounds."""

    rounds: tuple[Round, ...]

    @property
    def per_second(self) -> float:
        """Messages per second."""
        return statistics.median(round_.per_second for round_ in self.rounds)

    @property
    def cpu_ms(self) -> float:
        """Milliseconds of processor time per message."""
        return statistics.median(round_.cpu_ms for round_ in self.rounds)

    def latency_ms(self, part: float) -> float:
        """Give the milliseconds within which this part of all messages was answered."""
        in_order = sorted(seconds for round_ in self.rounds for seconds in round_.latencies)
        return 1000 * in_order[min(len(in_order) - 1, int(part * len(in_order)))]


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayCase:
    """One size, one database, one number of connections."""

    case: str
    gateway: Posted
    floor: Posted
    rss_mb: float
    """Most memory of the gateway, from its start to the end of the case."""

    def figures(self) -> Iterator[tuple[str, float, str]]:
        """Give metric, value and unit."""
        yield "per_second", self.gateway.per_second, "1/s"
        yield "cpu_ms", self.gateway.cpu_ms, "ms"
        yield "p50_ms", self.gateway.latency_ms(0.5), "ms"
        yield "p99_ms", self.gateway.latency_ms(0.99), "ms"
        yield "rss_mb", self.rss_mb, "MB"
        yield "floor_per_second", self.floor.per_second, "1/s"
        yield "floor_cpu_ms", self.floor.cpu_ms, "ms"

    @property
    def ratio(self) -> float:
        """How near the messages per second come to the floor: the median over rounds, which ran side by side."""
        pairs = zip(self.gateway.rounds, self.floor.rounds, strict=True)
        return statistics.median(ours.per_second / floor.per_second for ours, floor in pairs)

    @property
    def cpu_ratio(self) -> float:
        """How near the processor time comes to the floor: 1 would cost nothing more."""
        pairs = zip(self.gateway.rounds, self.floor.rounds, strict=True)
        return statistics.median(floor.cpu_ms / ours.cpu_ms for ours, floor in pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayReport:
    """All cases on one machine, and what waits at rest."""

    machine: Mapping[str, str | int]
    idle_mb: Mapping[str, float]
    """Memory just after the start: of a gateway alone, and of a whole node."""
    cases: Sequence[GatewayCase]

    def as_json(self) -> dict[str, object]:
        """Give what `oots bench --json` writes."""
        idle = [
            {"case": f"idle-{name}", "metric": "rss_mb", "value": round(value, 3), "unit": "MB", "runs": 1}
            for name, value in self.idle_mb.items()
        ]
        measured = [
            {
                "case": case.case,
                "metric": metric,
                "value": round(value, 3),
                "unit": unit,
                "runs": len(case.gateway.rounds),
            }
            for case in self.cases
            for metric, value, unit in case.figures()
        ]
        ratios = [
            {"case": case.case, "against": against, "ratio": round(ratio, 3)}
            for case in self.cases
            for against, ratio in (("floor", case.ratio), ("floor-cpu", case.cpu_ratio))
        ]
        return {"bench": "gateway", "machine": dict(self.machine), "results": [*idle, *measured], "ratios": ratios}

    def as_text(self) -> str:
        """Give a table."""
        described = ", ".join(f"{name} {value}" for name, value in self.machine.items())
        idle = ", ".join(f"{name} {value:.0f} MB" for name, value in self.idle_mb.items())
        heads = ("per second", "server CPU ms", "p50 ms", "p99 ms", "peak MB")
        return "\n".join(
            [
                "oots bench gateway: received over mutual TLS, kept on disk, receipt returned; the client beside it",
                described,
                f"idle: {idle}",
                "",
                f"{'case':<22}" + "".join(f"{head:>15}" for head in heads) + "   floor",
                *map(_row, self.cases),
            ]
        )


def _row(case: GatewayCase) -> str:
    values = [value for metric, value, _ in case.figures() if not metric.startswith("floor")]
    ratios = f"{case.ratio:.2f} x, {case.cpu_ratio:.2f} x CPU"
    floor = f"{case.floor.per_second:.0f}/s, {case.floor.cpu_ms:.2f} ms ({ratios})"
    return f"{case.case:<22}" + "".join(f"{value:>15.2f}" for value in values) + f"   {floor}"
