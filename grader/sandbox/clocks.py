"""What a child and the grader have used of the processor, as the kernel counts it, seen from outside.

Nothing that the child does to its own clocks changes these.
"""

import os
import time
from dataclasses import dataclass
from typing import Self

from grader.records import Usage


@dataclass(frozen=True, slots=True)
class Clocks:
    """All of them, at one moment."""

    cpu_s: float
    grader_s: float
    waited_s: float

    @classmethod
    def read(cls, pid: int) -> Self | None:
        """Exact while the child does not run: the kernel adds up when a thread leaves the CPU. None without clocks."""
        try:
            cpu_s = time.clock_gettime(~pid << 3 | 2)  # how clock_getcpuclockid(3) makes the id of a process's clock
            return cls(cpu_s, time.thread_time(), _waited_s(str(pid)) + _waited_s("thread-self"))
        except (OSError, AttributeError, ValueError, IndexError):
            return None

    def until(self, later: "Clocks | None") -> Usage | None:
        """What has been added."""
        if later is None:
            return None
        return Usage(later.cpu_s - self.cpu_s, later.grader_s - self.grader_s, later.waited_s - self.waited_s)


def _waited_s(process: str) -> float:
    """The second figure of /proc/<pid>/schedstat, in nanoseconds (Documentation/scheduler/sched-stats.rst)."""
    return int(read_proc(f"{process}/schedstat").split()[1]) / 1e9


def read_proc(name: str) -> bytes:
    """What a small file below /proc says now, in a third of the time that `Path.read_bytes` takes.

    Raises:
        OSError: where there is none.
    """
    fd = os.open(f"/proc/{name}", os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(fd, 4096)
    finally:
        os.close(fd)
