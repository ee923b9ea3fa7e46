"""The zygote seen from outside: how it is started, and what it is asked for.

It is an interpreter with NumPy and nothing of the trusted side in its memory, started once for a whole run. It gets
ready while the trusted side imports its own modules, so the first question waits for it.

Rejected:
- Forking children from the grader itself: they would hold the rubric and the expected results in their memory.
- Python's own `-I`: it ignores PYTHONHASHSEED, and sets would have another order in every run.
- Letting modules repair their locks after each fork at once: that is 80 page faults for each child. It is done after
  those forks alone that a submission makes.
"""

import select
import socket
import subprocess
import sys
from collections.abc import Sequence
from importlib.machinery import PathFinder
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from grader.closing import Closing
from grader.errors import JudgeError, UsageError
from grader.sandbox import memory, seccomp
from grader.sandbox.inside.confine import LAYERS, landlock_abi
from grader.sandbox.waiting import Meanwhile, nothing, ready
from grader.scratch import nameless_file

if TYPE_CHECKING:
    from grader.sandbox.inside.wire import Frame

START_S = 30
"""A sandbox process that has not done what we ask of it by then, on the clock of `TimeLimit`, is a failure of ours."""
ROOT = str(Path(__file__).parents[2])
"""Where our own packages lie."""
_NUMPY = find_spec("numpy")
PACKAGE_PATH = str(Path((_NUMPY and _NUMPY.origin) or "").parent.parent)
"""Where NumPy was found; packages that a rubric allows are looked up there too."""
_GLIBC_TUNABLES = "glibc.malloc.mmap_threshold=33554432:glibc.malloc.trim_threshold=4294967296"
"""Freed arrays stay with the process. Otherwise each call's temporaries may be given back to the kernel and faulted in
again page by page, which cost a vectorised forward pass 5 of 9 ms, depending on the order of its allocations."""
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "HOME": "/nonexistent",
    "LC_ALL": "C.UTF-8",
    "GLIBC_TUNABLES": _GLIBC_TUNABLES,
    "PYTHONHASHSEED": "0",
    **{f"{name}_NUM_THREADS": "1" for name in ("OPENBLAS", "OMP", "MKL", "BLIS", "VECLIB_MAXIMUM", "NUMEXPR")},
}
"""The whole environment of every sandbox process: one thread for each of NumPy's libraries, and sets in the same order
every time. There is nothing else, so that Python need not be told to ignore it (`-I` would ignore the seed too)."""
_BOOTSTRAP = """
import gc, os, sys
gc.disable()
before, hooks = (list(sys.path), os.register_at_fork), []
sys.path[:0], os.register_at_fork = {paths!r}, lambda **each: hooks.append(each)
import _posixsubprocess, bz2, cmath, csv, ctypes, fcntl, hashlib, heapq, lzma, queue, statistics, unicodedata, zlib
import numpy, numpy.fft, numpy.linalg, numpy.linalg.lapack_lite, numpy.random
from grader.reading import inside
from grader.sandbox.inside import zygote
sys.path[:], os.register_at_fork = before
zygote.main({fd}, hooks, inside.Answerer)
os._exit(0)
"""
"""What modules want to be done after a fork is only done after those of a submission (`hooks`): it repairs the locks
and lists of threads, of which there are none yet, and would cost each child 80 page faults. At the end there is nothing
left that the interpreter has to tidy up, and the trusted side waits for it: hence `_exit`. The modules that are named
have machine code, which a child can load no more (`seccomp.py`); what a rubric allows beside them is loaded too."""


def check_that_there_is(package: str) -> None:
    """Nothing where a package that submissions are handed objects of is installed beside NumPy, or has no name.

    Raises:
        UsageError: where it is not there.
    """
    if package and PathFinder.find_spec(package, [PACKAGE_PATH]) is None:
        raise UsageError(
            f"this rubric hands {package}'s tensors over, and {package} is not installed beside the grader: "
            f"`pip install {package}` into the same environment, then run this again"
        )


class Zygote(Closing):
    """The process that forks children. One serves a whole run, one request at a time; a context manager."""

    def __init__(self, layers: Sequence[str] = LAYERS) -> None:
        """`layers` of `confine.LAYERS`: those that children put on, as far as this machine has them."""
        self._layers = list(layers)
        self._keeps_writing_in = "landlock" in layers and landlock_abi() > 0
        ours, theirs = socket.socketpair()
        code = _BOOTSTRAP.format(paths=[ROOT, PACKAGE_PATH], fd=theirs.fileno())
        self._errors = nameless_file()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-s", "-S", "-X", "utf8", "-c", code],
            env=ENVIRONMENT,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=self._errors,
            stderr=self._errors,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
        theirs.close()
        self._socket = ours
        self._ready = False
        self._killed = memory.killed()

    def fork(self, request: "Frame", descriptors: list[int], meanwhile: Meanwhile = nothing) -> int:
        """A new child's pid.

        Args:
            request: `limits`, `region_bytes`, `scratch`, `allowed`, `package_path`; of a process that reads `reads`
                (paths) and `paths` (of packages) in place of the last two, and no scratch.
            descriptors: its control socket, shared memory and output pipe.
            meanwhile: what is done until it is there.
        """
        reads = "reads" in request
        needs_code = reads or bool(set(request["allowed"]) - sys.stdlib_module_names - {"numpy"})
        program = ""
        if "seccomp" in self._layers:
            writing = self._keeps_writing_in and not reads
            program = seccomp.compiled(writing=writing, executable=needs_code)[0].hex()
        frame = {"op": "fork", "layers": self._layers, "filter": program, **request}
        return int(self._ask(frame, descriptors, meanwhile)["pid"])

    def reap(self, pid: int) -> int:
        """Wait for a child that has ended or been killed; its wait status."""
        return int(self._ask({"op": "reap", "pid": pid}, [])["status"])

    @property
    def is_running(self) -> bool:
        """Whether the process is still there."""
        return self._process.poll() is None

    def lost_a_child_for_want_of_memory(self) -> bool:
        """Whether the kernel has ended a process for that since this was last asked."""
        before, self._killed = self._killed, memory.killed()
        return self._killed > before

    def _ask(self, frame: "Frame", descriptors: list[int], meanwhile: Meanwhile = nothing) -> "Frame":
        try:
            if not self._ready:  # it imports NumPy while we do other things
                self._receive(meanwhile)
                self._ready = True
            from grader.sandbox.inside import wire  # noqa: PLC0415  # has NumPy, which both sides load at the same time

            socket.send_fds(self._socket, [wire.encode(frame)], descriptors)
            return self._receive(meanwhile)
        except OSError as error:
            raise JudgeError(f"the sandbox process does not answer: {error}{self._last_words()}") from error

    def _receive(self, meanwhile: Meanwhile) -> "Frame":
        from grader.sandbox.clocks import TimeLimit  # noqa: PLC0415  # as in `_ask`
        from grader.sandbox.inside import wire  # noqa: PLC0415  # as in `_ask`

        limit, answered = TimeLimit(self._process.pid, START_S), select.poll()
        answered.register(self._socket, select.POLLIN)

        def read(count: int) -> bytes:
            while not ready(answered, limit.look_s, meanwhile):
                if limit.is_over():
                    raise TimeoutError("timed out")
            return self._socket.recv(count)

        answer = wire.receive(read)
        if answer is None:
            raise JudgeError(f"the sandbox process ended unexpectedly{self._last_words()}")
        return answer

    def _last_words(self) -> str:
        self._errors.seek(0)
        text = self._errors.read()[-2000:].decode(errors="replace").strip()
        return f"; it said: {text}" if text else ""

    def close(self) -> None:
        """End the zygote; its children end with it."""
        self._socket.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._errors.close()
