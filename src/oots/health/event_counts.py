"""
Counts and durations of the journal's events, for Prometheus.  What is counted stands in `counters`.

The library's own counters would add a time series of their creation to each; whoever reads ours knows when we started.
"""

import threading
from bisect import bisect_left
from collections import Counter, OrderedDict
from collections.abc import Iterator
from datetime import datetime
from itertools import accumulate, product
from typing import Final

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from oots.health.counters import COUNTERS, DURATIONS, EventCounter, EventDuration
from oots.journal.events import Component, Event

MAX_OPEN: Final = 10_000
"""Beginnings that are remembered; the oldest go first."""

BUCKETS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0)
"""In seconds."""


class EventCounts(Collector):
    """All of one service; may be told events from several threads."""

    def __init__(self, component: Component | None) -> None:
        """`component` is missing for a service without a journal."""
        self._items: list[_Count | _Duration] = [
            *(_Count(counter) for counter in (COUNTERS[component] if component else ())),
            *(_Duration(duration) for duration in (DURATIONS[component] if component else ())),
        ]
        self._lock = threading.Lock()

    def record(self, event: Event) -> None:
        """Count an event."""
        with self._lock:
            for item in self._items:
                item.record(event)

    def collect(self) -> Iterator[Metric]:
        """Give the numbers so far."""
        with self._lock:
            yield from [item.family() for item in self._items]


class _Count:
    def __init__(self, counter: EventCounter) -> None:
        self._counter = counter
        # Every series is there from the start: of one that appears with its first event, no rate sees that event.
        values = product(*(label.all_values for label in counter.labels))
        self._counts: Counter[tuple[str, ...]] = Counter(dict.fromkeys(values, 0))

    def record(self, event: Event) -> None:
        if event.name in self._counter.events and self._counter.only(event):
            self._counts[tuple(label.value(event) for label in self._counter.labels)] += 1

    def family(self) -> Metric:
        labels = [label.name for label in self._counter.labels]
        family = CounterMetricFamily(self._counter.name, self._counter.text, labels=labels)
        for values, count in self._counts.items():
            family.add_metric(values, count)
        return family


class _Duration:
    def __init__(self, duration: EventDuration) -> None:
        self._duration = duration
        self._begun: OrderedDict[str, datetime] = OrderedDict()
        self._counts = [0] * (len(BUCKETS) + 1)
        self._sum = 0.0

    def record(self, event: Event) -> None:
        key = self._duration.key(event)
        if key is None:
            return
        if event.name is self._duration.begin:
            self._begun[key] = event.at
            while len(self._begun) > MAX_OPEN:
                self._begun.popitem(last=False)
        elif event.name in self._duration.end:
            begun = self._begun.pop(key, None)
            if begun is not None:
                self._measured((event.at - begun).total_seconds())

    def family(self) -> Metric:
        bounds = [*map(str, BUCKETS), "+Inf"]
        buckets = list(zip(bounds, accumulate(self._counts), strict=True))
        return HistogramMetricFamily(self._duration.name, self._duration.text, buckets=buckets, sum_value=self._sum)

    def _measured(self, seconds: float) -> None:
        # The clock may have been set in between.
        seconds = max(0.0, seconds)
        self._counts[bisect_left(BUCKETS, seconds)] += 1
        self._sum += seconds
