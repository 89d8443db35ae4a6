"""The rules of both lines as services have them, with a real worker process: one for all tests of a pytest process."""

import atexit
import os
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path

from oots.validation.findings import Finding
from oots.validation.message_rules import MessageRules
from oots.validation.schematron.pool import WorkerPool
from oots.validation.schematron.rule_sets import RuleSet, rule_sets
from oots.validation.schematron.worker_process import Limits, WorkerProcess


@cache
def loaded_rules() -> MessageRules:
    """Give the rules, loaded; they end with the process."""
    workers = WorkerPool()
    atexit.register(workers.close)
    workers.start()
    return MessageRules(workers)


class OneWorker(WorkerPool):
    """A pool without threads, for a process that forks: each child goes on with the one worker of its parent."""

    def __init__(self) -> None:
        self._worker = WorkerProcess(rule_sets(), Limits())
        self._worker.load()

    def check_blocking(self, document: bytes, rule_set: RuleSet) -> tuple[Finding, ...]:
        """Have a document checked; nobody else may ask at the same time."""
        return self._worker.check(document, rule_set)


@contextmanager
def rules_that_hang(*, seconds: float = 0.2) -> Iterator[MessageRules]:
    """Give rules of their own, whose one worker does not answer, and is given up after `seconds` and two more."""
    with closing(WorkerPool(limits=Limits(seconds=seconds))) as workers:
        others = workers_of_this_process()
        workers.start()
        (worker,) = workers_of_this_process() - others
        os.kill(worker, signal.SIGSTOP)
        yield MessageRules(workers)


def rules_without_room() -> MessageRules:
    """Give rules that check nothing now."""
    workers = WorkerPool()
    workers.close()
    return MessageRules(workers)


def workers_of_this_process() -> set[int]:
    """Find the worker processes that this process has started."""
    children = {
        int(child)
        for task in Path("/proc/self/task").iterdir()
        for child in (task / "children").read_text(encoding="ascii").split()
    }
    return {child for child in children if b"schematron.worker" in Path(f"/proc/{child}/cmdline").read_bytes()}
