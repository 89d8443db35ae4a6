"""
A worker as whoever started it sees it: asked for one document at a time, and killed when it does not answer.

Which worker is asked is decided in `pool`.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from oots.errors import (
    CheckTookTooLong,
    MalformedXml,
    NotChecked,
    OotsError,
    UnreadableCodeList,
    UnusableRules,
)
from oots.validation.findings import Finding
from oots.validation.schematron.frames import WorkerGone, read, receive, send
from oots.validation.schematron.rule_sets import RuleSet

_PROGRAM: Final = "oots.validation.schematron.worker"
_INHERITED: Final = ("PYTHONPATH", "LD_LIBRARY_PATH")
"""What a worker may know of our environment: how Python finds its modules.  Everything else may be a secret."""

_GRACE_SECONDS: Final = 2.0
"""A worker that is late ends itself; one that is stopped, or swapped out, is killed so much later."""

_LEAST_CHECKED: Final = 1000
"""A worker costs a second of work, as much as so many documents."""

_ERRORS: Final[Mapping[str, type[OotsError]]] = {
    error.__name__: error for error in (MalformedXml, NotChecked, UnreadableCodeList, UnusableRules)
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a worker may take."""

    seconds: float = 10.0
    """For one document, by the clock on the wall.  A request takes a thousandth of a second."""
    seconds_to_load: float = 60.0
    """From its start until all rule sets are loaded."""
    megabytes: int = 1024
    """Of data; it ends when it wants more."""
    resident_megabytes: int = 250
    """It is replaced when it holds more, and has checked enough documents to be worth its start."""


class WorkerEnded(NotChecked):
    """The worker ended by itself or was killed by someone else; the document may be to blame, or not."""


class WorkerProcess:
    """One worker.  For one thread at a time."""

    def __init__(self, rule_sets: tuple[RuleSet, ...], limits: Limits) -> None:
        """Start it; it loads the rule sets by itself.  Raises `NotChecked` when the system does not let us."""
        self._rule_sets = rule_sets
        self._limits = limits
        self._is_loaded = False
        self._checked = 0
        self._resident = 0
        try:
            self._connection, theirs = socket.socketpair()
            with theirs:
                self._process = _started(theirs)
        except OSError as error:
            raise NotChecked(f"a worker for Schematron cannot be started: {error.strerror}") from error
        # Told now, so that it loads while nobody waits for it.  A frame so small waits in the socket until it is read.
        send(self._connection, _told(rule_sets, limits))
        self._until = time.monotonic() + limits.seconds_to_load

    @property
    def pid(self) -> int:
        """Identify the process."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Tell whether it was neither killed nor lost."""
        return self._process.returncode is None

    @property
    def has_loaded(self) -> bool:
        """Tell whether it could load its rules."""
        return self._is_loaded

    @property
    def is_worn(self) -> bool:
        """Tell whether it holds so much memory that another should take over."""
        return self._checked >= _LEAST_CHECKED and self._resident > self._limits.resident_megabytes << 20

    def load(self) -> None:
        """Wait until it can check; raises `UnusableRules`, `UnreadableCodeList` and `NotChecked`."""
        if self._is_loaded:
            return
        try:
            self._answer(until=self._until)
        except OotsError:
            self.kill()
            raise
        self._is_loaded = True

    def check(self, document: bytes, rule_set: RuleSet) -> tuple[Finding, ...]:
        """
        Have a document checked.

        Raises what `Checker.check` raises, `CheckTookTooLong`, and `WorkerEnded`; after the last two it is dead.
        """
        self.load()
        if rule_set not in self._rule_sets:
            raise UnusableRules(f"the rules {rule_set.name} are none of those that the workers have loaded")
        asked = {"rule_set": self._rule_sets.index(rule_set), "seconds": self._limits.seconds}
        self._checked += 1
        answer = self._answer(asked, document, until=time.monotonic() + self._limits.seconds)
        return read(answer["findings"])

    def stop(self) -> None:
        """Let it end, or kill it; idle ones end at once."""
        self._connection.close()
        try:
            self._process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def kill(self) -> None:
        """End it now."""
        self._connection.close()
        self._process.kill()
        self._process.wait()

    def _answer(self, asked: dict[str, Any] | None = None, document: bytes = b"", *, until: float) -> dict[str, Any]:
        try:
            self._connection.settimeout(max(0.0, until - time.monotonic()) + _GRACE_SECONDS)
            if asked is not None:
                send(self._connection, asked, document)
            answer, _ = receive(self._connection)
        except (WorkerGone, TimeoutError) as error:
            raise self._lost(late=isinstance(error, TimeoutError)) from error
        self._resident = answer["resident"]
        if "error" in answer:
            raise _ERRORS.get(answer["error"], NotChecked)(answer["text"])
        return answer

    def _lost(self, *, late: bool) -> NotChecked:
        # Its end of the socket closes a little before the process can be waited for.
        if not late:
            try:
                self._process.wait(_GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                late = True
        self.kill()
        if not self._is_loaded:
            return NotChecked("a worker for Schematron cannot be started, or does not load its rules in time")
        if late or self._process.returncode == -signal.SIGALRM:
            return CheckTookTooLong(f"checking was stopped after {self._limits.seconds:g} s")
        return WorkerEnded(f"the worker that checked the document ended ({self._process.returncode})")


def _started(theirs: socket.socket) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603  our own program
        [sys.executable, "-P", "-m", _PROGRAM],
        stdin=theirs.fileno(),
        stdout=subprocess.DEVNULL,
        # Saxon tells it about errors, and quotes the document.
        stderr=subprocess.DEVNULL,
        env={name: os.environ[name] for name in _INHERITED if name in os.environ},
        # A session of its own: Ctrl-C at the terminal is for the service, which then ends its workers.
        start_new_session=True,
    )


def _told(rule_sets: tuple[RuleSet, ...], limits: Limits) -> dict[str, Any]:
    return {
        "rule_sets": [
            {
                "kind": one.kind.value,
                "line": one.line,
                "folder": str(one.folder) if one.folder else None,
                "file": one.file,
                "lists": str(one.lists) if one.lists else None,
            }
            for one in rule_sets
        ],
        "megabytes": limits.megabytes,
        "seconds_to_load": limits.seconds_to_load,
    }
