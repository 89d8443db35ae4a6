"""
Processes that tests start, and may kill: forked from a process that has what they need and no threads.
"""

import multiprocessing
from collections.abc import Callable, Sequence
from multiprocessing.process import BaseProcess

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["psycopg", "sqlalchemy.dialects.sqlite", "oots.store.migrate", "oots.work"])


def started(target: Callable[..., None], *arguments: object) -> BaseProcess:
    """Start a process that ends with us, at the latest."""
    process = CONTEXT.Process(target=target, args=arguments, daemon=True)
    process.start()
    return process


def exit_codes(processes: Sequence[BaseProcess]) -> list[int | None]:
    """Wait for processes to end."""
    for process in processes:
        process.join()
    return [process.exitcode for process in processes]
