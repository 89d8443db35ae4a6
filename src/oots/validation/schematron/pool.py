"""
Workers for a service: documents wait here for a free one, within bounds, and a lost worker is replaced.

Saxon holds the interpreter and cannot be interrupted, so it runs in other processes, which can be killed.
"""

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from queue import SimpleQueue
from typing import Final, TypeVar

from lxml import etree

from oots.errors import CheckOverloaded, NotChecked
from oots.validation.findings import Finding
from oots.validation.schematron.rule_sets import RuleSet, rule_sets
from oots.validation.schematron.worker_process import Limits, WorkerEnded, WorkerProcess
from oots.xml import Element

MAX_WAITING: Final = 1000
"""Most documents that wait for a worker: about a second's work."""

log = logging.getLogger(__name__)

_Result = TypeVar("_Result")


class WorkerPool:
    """
    Worker processes that check documents.  Any thread and any event loop may ask.

    `start` starts them, or else the first document does.  They end with `close`, and with this process.
    """

    def __init__(
        self,
        *,
        rules: tuple[RuleSet, ...] | None = None,
        workers: int = 1,
        limits: Limits | None = None,
        max_waiting: int = MAX_WAITING,
    ) -> None:
        """Start nothing yet.  `rules` are those that can be asked for, all of this project when they are not told."""
        self._rules = rule_sets() if rules is None else rules
        self._limits = limits or Limits()
        self._workers = workers
        self._free: SimpleQueue[WorkerProcess | None] = SimpleQueue()
        for _ in range(workers):
            self._free.put(None)
        # A thread for each worker waits for its answer; documents wait in the queue of these threads.
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="schematron")
        self._room = threading.BoundedSemaphore(workers + max_waiting)
        self._is_closing = False
        self._has_started = False

    def start(self) -> None:
        """
        Start all workers and wait until they can check.

        Raises `OperatorError` for rules that cannot be used, `NotChecked` when there is no worker.
        """
        try:
            started = [self._threads.submit(self._with_worker, WorkerProcess.load) for _ in range(self._workers)]
        except RuntimeError as error:
            raise CheckOverloaded("the service stops, and checks no documents") from error
        for future in started:
            future.result()
        self._has_started = True

    @property
    def is_ready(self) -> bool:
        """Tell whether `start` has come to its end: documents are checked at once."""
        return self._has_started and not self._is_closing

    async def check(self, document: bytes | Element, rule_set: RuleSet) -> tuple[Finding, ...]:
        """
        Have a document checked while the event loop goes on.

        Raises `MalformedXml`, `CheckTookTooLong`, `CheckOverloaded`, `NotChecked`, and `OperatorError` for the rules.
        """
        return await asyncio.wrap_future(self._submit(document, rule_set))

    def check_blocking(self, document: bytes | Element, rule_set: RuleSet) -> tuple[Finding, ...]:
        """Have a document checked while this thread waits; raises what `check` raises."""
        return self._submit(document, rule_set).result()

    def close(self) -> None:
        """Finish the documents in hand, refuse those that wait, and end the workers.  Blocks until they are gone."""
        self._is_closing = True
        self._threads.shutdown(wait=True)
        while not self._free.empty():
            worker = self._free.get()
            if worker is not None:
                worker.stop()

    def _submit(self, document: bytes | Element, rule_set: RuleSet) -> "Future[tuple[Finding, ...]]":
        written = document if isinstance(document, bytes) else etree.tostring(document)
        if not self._room.acquire(blocking=False):
            raise CheckOverloaded("too many documents wait to be checked")
        try:
            future = self._threads.submit(self._check, written, rule_set)
        except RuntimeError as error:
            self._room.release()
            raise CheckOverloaded("the service stops, and checks no more documents") from error
        future.add_done_callback(lambda _: self._room.release())
        return future

    def _check(self, document: bytes, rule_set: RuleSet) -> tuple[Finding, ...]:
        def check(worker: WorkerProcess) -> tuple[Finding, ...]:
            return worker.check(document, rule_set)

        if self._is_closing:
            raise CheckOverloaded("the service stops, and checks no more documents")
        try:
            return self._with_worker(check)
        except WorkerEnded as error:
            # Perhaps the system was short of memory and took this one.  What ends two workers is the document.
            log.warning("%s: another worker tries it once more", error)
        return self._with_worker(check)

    def _with_worker(self, use: Callable[[WorkerProcess], _Result]) -> _Result:
        worker = self._free.get()
        try:
            worker = worker or self._new_worker()
            return use(worker)
        finally:
            self._free.put(self._next(worker))

    def _next(self, worker: WorkerProcess | None) -> WorkerProcess | None:
        # A new one loads its rules while nobody waits for it.  Where none can be started, the next document is told.
        if worker is None or (worker.is_alive and not worker.is_worn):
            return worker
        if worker.is_alive:
            log.info("the Schematron worker %d holds too much memory, and another takes over", worker.pid)
            worker.stop()
        if self._is_closing or not worker.has_loaded:
            return None
        with suppress(NotChecked):
            return self._new_worker()
        return None

    def _new_worker(self) -> WorkerProcess:
        worker = WorkerProcess(self._rules, self._limits)
        log.info("the Schematron worker %d starts", worker.pid)
        return worker
