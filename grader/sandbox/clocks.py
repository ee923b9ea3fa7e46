"""What a child and the grader have used of the processor, as the kernel counts it, seen from outside.

Nothing that the child does to its own clocks changes these.
"""

import os
import time
from dataclasses import dataclass
from typing import Self

from grader.errors import JudgeError
from grader.records import Usage

_LONGEST_LOOK_S = 0.2
_BRAKE_S, _BRAKE_TIMES = 60, 20
"""A child that has not used up its time after so long, and so many times its limit, is not being run."""


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
            return cls(_cpu_s(pid), time.thread_time(), _waited_s(str(pid)) + _waited_s("thread-self"))
        except (OSError, AttributeError, ValueError, IndexError):
            return None

    def until(self, later: "Clocks | None") -> Usage | None:
        """What has been added."""
        if later is None:
            return None
        return Usage(later.cpu_s - self.cpu_s, later.grader_s - self.grader_s, later.waited_s - self.waited_s)


class TimeLimit:
    """The time that a process may take for one request.

    Counted is CPU time of all its threads, and the time in which it sleeps or stands still of its own accord. What
    the machine withholds is not: a process that is ready to run, frozen or waiting for a disk (states R and D of
    proc(5)) only uses the CPU time it gets, and while the grader itself is not run, nothing is counted. So neither a
    busy machine nor one that is paused for hours costs a submission its mark.

    Where the system does not tell CPU time or states (no /proc), it is all the time in which the grader runs.

    Args:
        pid: of the process.
        allowed_s: seconds.
    """

    def __init__(self, pid: int, allowed_s: float) -> None:
        self.allowed_s = allowed_s
        self.look_s = max(0.01, min(_LONGEST_LOOK_S, allowed_s / 10))
        """How long to wait before looking again."""
        self._pid = pid
        self._cpu_before_s = self._cpu_s = _known_cpu_s(pid)
        self._idle_s = self._watched_s = 0.0
        self._looked = time.perf_counter()

    @property
    def used_s(self) -> float:
        """What counts, up to now."""
        now_s = _known_cpu_s(self._pid)
        self._cpu_s = self._cpu_s if now_s is None else now_s  # it may have ended: then what is known
        return self._idle_s + (0.0 if self._cpu_before_s is None else (self._cpu_s or 0.0) - self._cpu_before_s)

    def is_over(self) -> bool:
        """Look again, if it is time to.

        Raises:
            JudgeError: where the machine does not run the process.
        """
        now = time.perf_counter()
        since_s = now - self._looked
        if since_s < self.look_s:
            return False
        self._looked = now
        watched_s = min(since_s, 2 * self.look_s)  # if it was longer, the grader was not run
        self._watched_s += watched_s
        if self._cpu_before_s is None or state(self._pid) not in b"RD":
            self._idle_s += watched_s
        used_s = self.used_s
        if used_s < self.allowed_s and self._watched_s > _BRAKE_S + _BRAKE_TIMES * self.allowed_s:
            raise JudgeError(
                f"the machine let a sandbox process run for only {used_s:.2g} s of {self._watched_s:.0f} s; "
                "grade again when it is less busy"
            )
        return used_s >= self.allowed_s


def is_exiting(pid: int) -> bool:
    """Whether a process has ended, or is about to and cannot do anything any more (PF_EXITING of the kernel)."""
    try:
        fields = _stat(pid)
        return fields[0] in b"ZX" or bool(int(fields[6]) & 4)
    except OSError:
        return True


def state(pid: int) -> bytes:
    """The letter of proc(5): R is ready to run, S sleeps, D waits or is frozen, T is stopped, Z has ended; else ?."""
    try:
        return _stat(pid)[0]
    except OSError:
        return b"?"


def _stat(pid: int) -> list[bytes]:
    """The fields of /proc/<pid>/stat from the state on."""
    return read_proc(f"{pid}/stat").rpartition(b")")[2].split()


def _cpu_s(pid: int) -> float:
    return time.clock_gettime(~pid << 3 | 2)  # how clock_getcpuclockid(3) makes the id of a process's clock


def _known_cpu_s(pid: int) -> float | None:
    try:
        return _cpu_s(pid)
    except (OSError, AttributeError):
        return None


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
