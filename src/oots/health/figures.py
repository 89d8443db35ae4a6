"""
Numbers that are asked for when somebody looks: from the database, the disk, the certificates.

A question that is not answered in time has no numbers in the answer: an old number would look like a good one.
"""

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import anyio
from anyio import CapacityLimiter, to_thread
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from oots.errors import OotsError
from oots.health.latest import Latest

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number of a gauge; `label` is its value of the label, for gauges that have one."""

    name: str
    value: float
    label: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """What is known of a gauge before anything is asked; `label` is the name of its label."""

    text: str
    label: str | None = None
    is_counter: bool = False
    values: Collection[str] = field(default=())
    """Of the label; empty when the settings of the node name them."""


GAUGES: Final = {
    "oots_queue_depth": Gauge(
        text="Messages or jobs that wait.", label="queue", values=("outgoing", "incoming", "jobs")
    ),
    "oots_oldest_pending_seconds": Gauge(
        text="For how long the oldest of them waits; 0 when none does.",
        label="queue",
        values=("outgoing", "incoming", "jobs"),
    ),
    "oots_messages_damaged": Gauge(text="Messages that wait, and cannot be read as they are stored."),
    "oots_jobs": Gauge(text="Jobs by state.", label="state", values=("due", "later", "leased", "dead")),
    "oots_exchanges": Gauge(
        text="Exchanges of this requester by state.",
        label="state",
        values=("pending", "sent", "available", "delivered", "not_found", "failed", "undeliverable", "expired"),
    ),
    "oots_cert_days_left": Gauge(text="Days until a certificate of this access point expires.", label="key"),
    "oots_evidence_store_bytes": Gauge(text="Size of the files of payloads, encrypted."),
    "oots_disk_free_bytes": Gauge(text="Room on the disk of the payloads."),
    "oots_journal_write_failures_total": Gauge(
        text="Transactions that the database could not take, the journal's among them.", is_counter=True
    ),
    "oots_clock_jumps_total": Gauge(
        text="How often the clock of this machine was set by more than 5 s.", is_counter=True
    ),
    "oots_check_ok": Gauge(text="1 when a check of /health/ready passes.", label="check"),
    "oots_figures_missing": Gauge(text="1 when the numbers of this source could not be had.", label="source"),
}
"""By name; those that a service has no source for are not there."""

Ask = Callable[[], Sequence[Figure]]


class Figures(Collector):
    """The sources of one service."""

    def __init__(self) -> None:
        self._sources: dict[str, Latest[Sequence[Figure] | None]] = {}
        self._now: list[Figure] = []

    def add(self, source: str, ask: Ask) -> None:
        """Ask this, too, in a thread."""
        limiter = CapacityLimiter(1)

        async def asking() -> Sequence[Figure] | None:
            try:
                return await to_thread.run_sync(ask, limiter=limiter, abandon_on_cancel=True)
            except (OotsError, OSError):
                # That the database or the disk is away is said by the checks.
                return None
            except Exception:
                log.exception("the numbers of %r could not be had", source)
                return None

        self._sources[source] = Latest(asking)

    async def ask(self, *others: Figure) -> None:
        """Ask every source; `collect` then gives what they answered, and `others`."""
        found: dict[str, Sequence[Figure] | None] = {}

        async def one(source: str, latest: Latest[Sequence[Figure] | None]) -> None:
            try:
                found[source] = await latest.get()
            except TimeoutError:
                found[source] = None

        async with anyio.create_task_group() as tasks:
            for source, latest in self._sources.items():
                tasks.start_soon(one, source, latest)
        answers = [found[source] for source in self._sources]
        missing = [
            Figure(name="oots_figures_missing", label=source, value=float(found[source] is None))
            for source in self._sources
        ]
        self._now = [*others, *missing, *(figure for answer in answers for figure in answer or ())]

    def collect(self) -> Iterator[Metric]:
        """Give what was answered last."""
        for name, gauge in GAUGES.items():
            figures = [figure for figure in self._now if figure.name == name]
            if figures:
                yield _family(name, gauge, figures)


def _family(name: str, gauge: Gauge, figures: Sequence[Figure]) -> Metric:
    labels = [] if gauge.label is None else [gauge.label]
    family = (CounterMetricFamily if gauge.is_counter else GaugeMetricFamily)(name, gauge.text, labels=labels)
    for figure in figures:
        if gauge.values and figure.label not in gauge.values:
            raise ValueError(f"{name} has no {gauge.label} {figure.label!r}")
        family.add_metric([] if figure.label is None else [figure.label], figure.value)
    return family
