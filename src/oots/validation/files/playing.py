"""
Business rules for one document after the other, in one worker that is started when it is needed.

The node checks with a `WorkerPool` of its own; this is for commands, which may have one document, or thousands.
"""

from types import TracebackType
from typing import Self

from oots.errors import OperatorError
from oots.validation.findings import Finding
from oots.validation.schematron.pool import WorkerPool
from oots.validation.schematron.rule_sets import RuleSet


class RulePlayer:
    """Plays rule sets.  A context manager: its worker ends with it."""

    def __init__(self, every: tuple[RuleSet, ...]) -> None:
        """Start nothing yet; `every` are the rule sets that may be asked for."""
        self._every: tuple[RuleSet, ...] | None = every
        """None when one of them cannot be used: then only those are loaded that one document needs."""
        self._loaded: tuple[RuleSet, ...] = ()
        self._pool: WorkerPool | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def play(self, document: bytes, rule_sets: tuple[RuleSet, ...]) -> tuple[Finding, ...]:
        """Play rule sets on a document; raises `NotChecked`, and `OperatorError` when rules cannot be used."""
        if not rule_sets:
            return ()
        pool = self._pool_with(rule_sets)
        return tuple(finding for rule_set in rule_sets for finding in pool.check_blocking(document, rule_set))

    def _pool_with(self, rule_sets: tuple[RuleSet, ...]) -> WorkerPool:
        if self._pool is not None and set(rule_sets) <= set(self._loaded):
            return self._pool
        # Compiling takes most of the time that one document takes: so first only what it needs, then everything.
        if self._pool is None or self._every is None:
            return self._start(rule_sets)
        try:
            return self._start(self._every)
        except OperatorError:
            self._every = None
            return self._start(rule_sets)

    def _start(self, rule_sets: tuple[RuleSet, ...]) -> WorkerPool:
        self._close()
        self._loaded, self._pool = rule_sets, WorkerPool(rules=rule_sets)
        self._pool.start()
        return self._pool

    def _close(self) -> None:
        if self._pool is not None:
            self._pool.close()
