"""
What other processes cost: processor time and memory, as the kernel counts them.
"""

import ctypes
import time
from pathlib import Path
from typing import Final

from oots.errors import OperatorError

_PROC: Final = Path("/proc")
_KIB_PER_MB: Final = 1e6 / 1024


class Usage:
    """One process that runs, with all its threads, those that have ended too."""

    def __init__(self, pid: int) -> None:
        """Raises `OperatorError` where there is no /proc, and for a process that is not there."""
        self.pid = pid
        clock = ctypes.c_int()
        if not _PROC.joinpath(str(pid)).is_dir() or ctypes.CDLL(None).clock_getcpuclockid(pid, ctypes.byref(clock)):
            raise OperatorError("what a process costs can be asked on Linux only, while it runs")
        self._clock = clock.value

    def cpu_seconds(self) -> float:
        """Give the processor time since its start, on all cores."""
        return time.clock_gettime(self._clock)

    def rss_mb(self) -> float:
        """Give the memory that it holds now."""
        return self._status("VmRSS")

    def peak_rss_mb(self) -> float:
        """Give the most memory that it held since its start."""
        return self._status("VmHWM")

    def children(self) -> tuple["Usage", ...]:
        """Give the processes that it started and that still run, and theirs."""
        lists = (_PROC / str(self.pid) / "task").glob("*/children")
        direct = [Usage(int(pid)) for path in lists for pid in path.read_text().split()]
        return tuple(usage for child in direct for usage in (child, *child.children()))

    def _status(self, name: str) -> float:
        lines = (_PROC / str(self.pid) / "status").read_text().splitlines()
        fields = dict(line.split(":", 1) for line in lines if ":" in line)
        return int(fields[name].split()[0]) / _KIB_PER_MB
