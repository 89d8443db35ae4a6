"""
The program that a `WorkerProcess` runs: it loads rule sets, then checks one document after the other.

It holds no secret, opens nothing, and ends with whoever started it: at the end of its input when it is idle, and by the
alarm that is set for each document when it is not.  Saxon lets nothing of Python run meanwhile, so nothing else would.
"""

import os
import resource
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from oots.errors import OotsError
from oots.validation.schematron.checker import Checker
from oots.validation.schematron.frames import WorkerGone, receive, send, written
from oots.validation.schematron.rule_sets import Kind, RuleSet


def main() -> None:
    """Serve the socket that is standard input, until it ends."""
    # Whoever stops a service may signal its workers, too; those finish what they have, and end with the service.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    connection = socket.socket(fileno=os.dup(sys.stdin.fileno()))
    try:
        told, _ = receive(connection)
        _bounded(megabytes=told["megabytes"])
        try:
            checker, rule_sets = _loaded(told["rule_sets"], seconds=told["seconds_to_load"])
        except OotsError as error:
            send(connection, _refusal(error))
            return
        send(connection, {"resident": _resident()})
        while True:
            asked, document = receive(connection)
            send(connection, _answer(checker, rule_sets[asked["rule_set"]], document, seconds=asked["seconds"]))
    except WorkerGone:
        return


def _bounded(*, megabytes: int) -> None:
    # Of data, not of address space: Saxon's runtime reserves 32 GB of the latter at once.
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    data = megabytes << 20 if most == resource.RLIM_INFINITY else min(megabytes << 20, most)
    resource.setrlimit(resource.RLIMIT_DATA, (data, data))
    # A core would hold documents.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _loaded(told: list[dict[str, Any]], *, seconds: float) -> tuple[Checker, list[RuleSet]]:
    signal.setitimer(signal.ITIMER_REAL, seconds)
    checker = Checker()
    rule_sets = [
        RuleSet(
            kind=Kind(one["kind"]),
            line=one["line"],
            folder=Path(one["folder"]) if one["folder"] else None,
            file=one["file"],
            lists=Path(one["lists"]) if one["lists"] else None,
        )
        for one in told
    ]
    for rule_set in rule_sets:
        checker.load(rule_set)
    signal.setitimer(signal.ITIMER_REAL, 0)
    return checker, rule_sets


def _answer(checker: Checker, rule_set: RuleSet, document: bytes, *, seconds: float) -> dict[str, Any]:
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        findings = checker.check(document, rule_set)
    except OotsError as error:
        return _refusal(error)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return {"findings": written(findings), "resident": _resident()}


def _refusal(error: OotsError) -> dict[str, Any]:
    return {"error": type(error).__name__, "text": str(error), "resident": _resident()}


def _resident() -> int:
    """Give the bytes of memory that this process holds."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()
