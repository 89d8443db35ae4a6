"""
`Worker`: threads that do jobs, as long as somebody lets them.  What a job is, stands in `jobs`.
"""

import logging
import secrets
import socket
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from datetime import timedelta
from itertools import count
from typing import Final, Self

from oots.errors import OotsError, StoreUnavailable
from oots.work.bell import Listener
from oots.work.clock_watch import ClockWatch
from oots.work.job import Job, State
from oots.work.jobs import Jobs, LeaseLost

POLL: Final = timedelta(seconds=1)
"""How often an idle thread looks for work.  All wake-ups may fail; this does not."""

LONGEST: Final = timedelta(minutes=15)
"""How long a task may take before its job is given to others."""

PATIENCE: Final = timedelta(seconds=30)
"""How long `stop` waits for what is in hand."""

AWAY: Final = timedelta(seconds=10)
"""How long a job rests that the database was not there for; such attempts do not count."""

Task = Callable[[Job], State]
"""
Does a job, or a step of it.  It ends with `finish`, `postpone`, `retry` or `fail`, and returns what that returns.

What it raises counts as a failed attempt, except `LeaseLost`, with which it just ends, and `StoreUnavailable`.
"""

log = logging.getLogger(__name__)


class Worker:
    """
    Does the jobs that there are `tasks` for, by their kind, in so many threads.

    It survives whatever a task raises, and a database that goes away and comes back.
    """

    def __init__(
        self,
        jobs: Jobs,
        tasks: Mapping[str, Task],
        *,
        threads: int = 4,
        poll: timedelta = POLL,
        longest: timedelta = LONGEST,
    ) -> None:
        self._jobs = jobs
        self._tasks = tasks
        self._poll = poll
        self._longest = longest
        self._name = f"{socket.gethostname()}/{secrets.token_hex(8)}"
        self._claims = count(1)
        self._in_hand: dict[str, tuple[Job, float]] = {}
        """By owner: the job, and when it was begun."""
        self._lock = threading.Lock()
        self._database_away = False
        self._stopping = threading.Event()
        self._stopped = threading.Event()
        self._working = [self._thread(self._work) for _ in range(threads)]
        self._extending = self._thread(self._extend)

    def start(self) -> None:
        """Begin; once."""
        for thread in (*self._working, self._extending):
            thread.start()
        if self._jobs.database.is_postgresql:
            self._thread(self._listen).start()

    def stop(self, *, patience: timedelta = PATIENCE) -> bool:
        """
        Claim nothing any more, and let what is in hand come to its end; tells whether it did.

        What did not is left to itself; after its lease others take it over.
        """
        self._stopping.set()
        self._jobs.bell.ring_all()
        until = time.monotonic() + patience.total_seconds()
        for thread in self._working:
            thread.join(max(0, until - time.monotonic()))
        self._stopped.set()
        self._extending.join(max(0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in self._working)

    def is_working(self) -> bool:
        """Tell whether all threads that were started are there; also false before that, and after the end."""
        return all(thread.is_alive() for thread in (*self._working, self._extending))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # --- what the threads do ------------------------------------------------------------------------------------------

    def _work(self) -> None:
        while not self._stopping.is_set():
            rings = self._jobs.bell.rings
            job = self._claim()
            if job is None:
                self._jobs.bell.wait(rings, self._poll)
            else:
                self._perform(job)

    def _extend(self) -> None:
        """Extend the leases of what is in hand, three times in a lease, and keep an eye on the clock."""
        pause = self._jobs.lease.total_seconds() / 3
        clock = ClockWatch()
        while not self._stopped.wait(pause):
            jump = clock.jump()
            if jump:
                log.warning("the clock of this machine was set by %+.0f s: jobs are early or late by that", jump)
            try:
                self._extend_once(pause)
            except Exception as error:
                log.warning("leases are not extended: %s", _what(error))

    def _extend_once(self, pause: float) -> None:
        with self._lock:
            ages = [(job, time.monotonic() - began) for job, began in self._in_hand.values()]
        longest = self._longest.total_seconds()
        for job, age in ages:
            if longest <= age < longest + pause:
                log.error(
                    "job %d (%s of %s) hangs, and will be given to another",
                    job.id,
                    job.kind,
                    job.key,
                    extra=job.log_fields,
                )
        jobs = [job for job, age in ages if age < longest]
        if jobs:
            with self._jobs.database.writing() as connection:
                self._jobs.extend(connection, jobs)

    def _listen(self) -> None:
        Listener(self._jobs.database, self._jobs.channel, self._jobs.bell).listen(self._stopping, pause=self._poll)

    # ------------------------------------------------------------------------------------------------------------------

    def _claim(self) -> Job | None:
        owner = f"{self._name}/{next(self._claims)}"
        try:
            with self._jobs.database.writing() as connection:
                claimed = self._jobs.claim(connection, self._tasks, owner=owner)
        except Exception as error:
            # Said once, not every second in every thread.
            if not self._database_away:
                log.error("cannot look for work, and keeps trying: %s", _what(error))
            self._database_away = True
            return None
        if self._database_away:
            log.warning("can look for work again")
        self._database_away = False
        return claimed[0] if claimed else None

    def _perform(self, job: Job) -> None:
        with self._lock:
            self._in_hand[job.owner] = job, time.monotonic()
        try:
            self._tasks[job.kind](job)
        except LeaseLost:
            log.warning(
                "job %d (%s of %s) was taken over while we did it", job.id, job.kind, job.key, extra=job.log_fields
            )
        # Also SystemExit, which would end this thread, silently, and nothing else.
        except BaseException as error:
            self._failed(job, error)
        finally:
            with self._lock:
                del self._in_hand[job.owner]

    def _failed(self, claimed: Job, error: BaseException) -> None:
        log.error(
            "job %d (%s of %s) failed: %s",
            claimed.id,
            claimed.kind,
            claimed.key,
            _what(error),
            extra=claimed.log_fields,
        )
        try:
            with self._jobs.database.writing() as connection:
                job = self._jobs.reread(connection, claimed)
                if isinstance(error, StoreUnavailable):
                    self._jobs.postpone(connection, job, self._jobs.database.now(connection) + AWAY)
                else:
                    self._jobs.retry(connection, job, _what(error))
        except Exception as again:
            log.warning("job %d waits for the end of its lease: %s", claimed.id, _what(again), extra=claimed.log_fields)

    def _thread(self, run: Callable[[], None]) -> threading.Thread:
        return threading.Thread(target=run, name=f"work{run.__name__}", daemon=True)


def _what(error: BaseException) -> str:
    """Name an error and where it came from; only our own have a text that is known to hold no personal data."""
    if isinstance(error, OotsError):
        return f"{type(error).__name__}: {error}"
    *_, (frame, line) = traceback.walk_tb(error.__traceback__)
    return f"{type(error).__name__} at {frame.f_globals.get('__name__')}:{line}"
