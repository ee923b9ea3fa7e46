"""Keeps two processes that talk to each other on one CPU.

Where they take turns, a second CPU gains nothing, and waking a process on another one costs more than the call itself:
on a 2-core virtual machine a round trip took 0.30 ms on one CPU and 0.49 ms on two, in CPU time even 0.30 and 0.46.
So it is where calls are timed, and where several submissions are checked at a time. One alone is checked on two: most
of its calls are made many at once, and the grader has other things to do meanwhile. That takes 3 % less time, and 1 %
more CPU time.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def on_one_cpu(worker: int | None = None) -> Iterator[int | None]:
    """Keep this thread on one CPU; gives its number, or None where the system has no such thing.

    Afterwards it may go where it was allowed to before, so that the scheduler can move it between submissions.

    Args:
        worker: number of this worker, if there are several: each gets a CPU of its own as long as there are enough.
            Without it, the CPU where this thread is now.
    """
    if not hasattr(os, "sched_setaffinity"):
        yield None
        return
    before = os.sched_getaffinity(0)
    cpu = _current_cpu() if worker is None else sorted(before)[worker % len(before)]
    if cpu is None:
        yield None
        return
    os.sched_setaffinity(0, {cpu})
    try:
        yield cpu
    finally:
        os.sched_setaffinity(0, before)


def _current_cpu() -> int | None:
    try:
        fields = Path("/proc/thread-self/stat").read_text().rpartition(")")[2].split()
        return int(fields[36])  # `processor`, the 39th of proc_pid_stat(5), counted behind the name
    except (OSError, ValueError, IndexError):
        return None
