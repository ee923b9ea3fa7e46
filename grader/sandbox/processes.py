"""The processes of the sandbox and the memory they share, seen from the trusted side."""

import fcntl
import mmap
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from grader.errors import JudgeError
from grader.records import Usage, Verdict
from grader.sandbox import memory, seccomp
from grader.sandbox.clocks import Clocks, TimeLimit, is_exiting, state
from grader.sandbox.inside import wire
from grader.sandbox.inside.confine import LAYERS, landlock_abi
from grader.sandbox.inside.wire import Frame, WireError
from grader.scratch import folder_for_scratch, nameless_file

MALFORMED = (WireError, LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RuntimeError)
"""What reading an answer of the wrong form raises."""
START_S = 30
"""A sandbox process that has not done what we ask of it by then, on the clock of `TimeLimit`, is a failure of ours."""
_LAST_MOMENT_S = 0.2
ROOT = str(Path(__file__).parents[2])
"""Where our own packages lie."""
PACKAGE_PATH = str(Path(np.__file__).parent.parent)
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
"""The environment of every sandbox process: one thread for each of NumPy's libraries, and sets in the same order every
time. There is nothing else, so that Python need not be told to ignore it (`-I` would ignore the seed too)."""
_BOOTSTRAP = """
import os, sys
before, hooks = (list(sys.path), os.register_at_fork), []
sys.path[:0], os.register_at_fork = {paths!r}, lambda **each: hooks.append(each)
import bz2, cmath, csv, ctypes, fcntl, hashlib, heapq, lzma, queue, statistics, unicodedata, zlib
import numpy, numpy.fft, numpy.linalg, numpy.random
from grader.reading import inside
from grader.sandbox.inside import zygote
sys.path[:], os.register_at_fork = before
zygote.main({fd}, hooks, inside.Answerer)
os._exit(0)
"""
"""What modules want to be done after a fork is only done after those of a submission (`hooks`): it repairs the locks
and lists of threads, of which there are none yet, and would cost each child 80 page faults. At the end there is nothing
left that the interpreter has to tidy up, and the trusted side waits for it: hence `_exit`. The modules that are named
have machine code, which a child can load no more (`filter.py`); what a rubric allows beside them is loaded too."""


class Zygote:
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

    def fork(self, request: Frame, descriptors: list[int]) -> int:
        """A new child's pid.

        Args:
            request: `limits`, `region_bytes`, `scratch`, `allowed`, `package_path`; of a process that reads `reads`
                (paths) and `paths` (of packages) in place of the last two, and no scratch.
            descriptors: its control socket, shared memory and output pipe.
        """
        reads = "reads" in request
        needs_code = reads or bool(set(request["allowed"]) - sys.stdlib_module_names - {"numpy"})
        program = ""
        if "seccomp" in self._layers:
            writing = self._keeps_writing_in and not reads
            program = seccomp.compiled(writing=writing, executable=needs_code)[0].hex()
        frame = {"op": "fork", "layers": self._layers, "filter": program, **request}
        return int(self._ask(frame, descriptors)["pid"])

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

    def _ask(self, frame: Frame, descriptors: list[int]) -> Frame:
        try:
            if not self._ready:  # it imports NumPy while we do other things
                self._receive()
                self._ready = True
            socket.send_fds(self._socket, [wire.encode(frame)], descriptors)
            return self._receive()
        except OSError as error:
            raise JudgeError(f"the sandbox process does not answer: {error}{self._last_words()}") from error

    def _receive(self) -> Frame:
        limit, answered = TimeLimit(self._process.pid, START_S), select.poll()
        answered.register(self._socket, select.POLLIN)

        def read(count: int) -> bytes:
            while not answered.poll(1000 * limit.look_s):
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

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


class Region:
    """Shared memory of a fixed size, which the other side cannot shrink under our hands."""

    def __init__(self, size: int) -> None:
        self.size = max(size, mmap.PAGESIZE)
        if hasattr(os, "memfd_create"):
            self.fd = os.memfd_create("convgrade", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
            os.ftruncate(self.fd, self.size)
            fcntl.fcntl(self.fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL)
        else:
            self.fd, path = tempfile.mkstemp(dir=folder_for_scratch())
            Path(path).unlink()
            os.ftruncate(self.fd, self.size)
        self.memory = mmap.mmap(self.fd, self.size)

    def close(self) -> None:
        """Give the memory back; a second time does nothing."""
        if self.fd < 0:
            return
        os.close(self.fd)
        self.fd = -1
        try:
            self.memory.close()
        except BufferError:  # a view is still referenced, by a traceback for instance; it is freed with that
            return


@dataclass(frozen=True, slots=True)
class Reply:
    """How a child met a request."""

    verdict: Verdict
    """PASSED for an answer, TIMEOUT, OUTPUT_LIMIT, or CRASHED for the end of the stream or a breach of protocol."""
    frame: Frame | None
    wall_s: float
    """On our clock, from "go" to the answer; where calls are timed, until the child stands still."""
    spent_s: float = 0.0
    """What counts of it against a limit: see `TimeLimit`."""
    breach: str | None = None
    taken: Any = None
    """What `take` made of the answer."""
    used: Usage | None = None
    """Between the request and standing still; only where calls are timed."""


class Child:
    """One forked process and what it holds: a control socket and the pipe of what it prints.

    Where calls are timed, it stands still from each answer to the next request, so that whatever it does counts.
    After any Reply that is not PASSED, kill it.
    """

    def __init__(
        self,
        zygote: Zygote,
        region: Region,
        request: Frame,
        output_limit: int,
        timed: bool,
        answer_bytes: int = wire.MAX_FRAME_BYTES,
    ) -> None:
        self._zygote = zygote
        self._timed = timed
        self._output_limit = output_limit
        self._control, control = socket.socketpair()
        self._output, output = os.pipe()
        try:
            request = {**request, "region_bytes": region.size, "timed": timed}
            self.pid = zygote.fork(request, [control.fileno(), region.fd, output])
        except JudgeError:
            self._control.close()
            os.close(self._output)
            raise
        finally:
            control.close()
            os.close(output)
        os.set_blocking(self._output, False)
        self._control.setblocking(False)
        self._poll = select.poll()
        self._poll.register(self._control, select.POLLIN)
        self._poll.register(self._output, select.POLLIN)
        self._decoder = wire.Decoder(answer_bytes)
        self._sequence = 0
        self._printed = bytearray()
        self._printed_now = 0
        self._is_paused = False
        self._memory_fd: int | None = None
        """Its memory, to read; comes with the hello of a child that is timed."""

    def hello(self) -> Frame | None:
        """The first frame, which the child sends when it is confined and before it reads anything."""
        try:
            found = self._wait(TimeLimit(self.pid, START_S))
            if found == {}:  # that brought its memory
                found = self._wait(TimeLimit(self.pid, START_S))
        except WireError:
            return None
        return found if isinstance(found, dict) else None

    def ask(self, request: bytes, limit_s: float, take: Callable[[Frame], Any]) -> Reply:
        """Send a request (its JSON text) and wait for its answer, `limit_s` seconds of `TimeLimit` at most.

        `take` copies what is needed out of the child's memory or the shared one; where calls are timed, the child
        stands still by then. It raises one of MALFORMED where the answer is not of the right form.
        """
        if not self._timed:
            return _with_taken(self._exchange(request, limit_s), take)
        before = Clocks.read(self.pid)
        reply = self._exchange(request, limit_s)
        answered = time.perf_counter()
        self.pause()
        wall_s = reply.wall_s + time.perf_counter() - answered
        used = None if before is None else before.until(Clocks.read(self.pid))
        return _with_taken(replace(reply, wall_s=wall_s, used=used), take)

    def _exchange(self, request: bytes, limit_s: float) -> Reply:
        """One request and its answer."""
        self._sequence += 1
        data = wire.framed(request, self._sequence)
        self._printed_now = 0
        if self._poll_control():
            return Reply(Verdict.CRASHED, None, 0.0, breach="the process answered before it was asked")
        limit = TimeLimit(self.pid, limit_s)
        start = time.perf_counter()

        def ended(verdict: Verdict, breach: str | None = None) -> Reply:
            return Reply(verdict, None, time.perf_counter() - start, limit.used_s, breach)

        try:
            if self._is_paused:
                self._is_paused = False
                self.signal(signal.SIGCONT)
            found = self._wait(limit, data)
            expected = isinstance(found, dict) and found.get("id") == self._sequence and self._decoder.empty
            wall_s = time.perf_counter() - start
            self._drain()
        except (WireError, OSError) as error:
            return ended(Verdict.CRASHED, f"the process {error}")
        if self._printed_now > self._output_limit:
            found = Verdict.OUTPUT_LIMIT
        if not isinstance(found, dict):
            return ended(found)
        if not expected:
            return ended(Verdict.CRASHED, "the process answered a question that was not asked")
        return Reply(Verdict.PASSED, found, wall_s, limit.used_s)

    def take_printed(self) -> bytes:
        """What was printed since the last time, no more than the limit of one call."""
        printed, self._printed = bytes(self._printed), bytearray()
        return printed

    def kill(self) -> int:
        """End it and everything in its process group; its wait status."""
        self.signal(signal.SIGKILL)
        try:
            return self._zygote.reap(self.pid)
        finally:
            self._control.close()
            os.close(self._output)
            if self._memory_fd is not None:
                os.close(self._memory_fd)

    @property
    def lends(self) -> bool:
        """Whether its memory can be read."""
        return self._memory_fd is not None

    def read_memory(self, address: int, size: int) -> bytearray:
        """So many bytes of its own memory, as they are now.

        Raises:
            WireError: where it has no such memory.
        """
        assert self._memory_fd is not None
        copy = bytearray(size)
        try:
            count = os.preadv(self._memory_fd, [copy], address) if size else 0
        except (OSError, OverflowError) as error:
            raise WireError("sent the address of nothing") from error
        if count != size:
            raise WireError("sent an array outside its memory")
        return copy

    def pause(self) -> None:
        """Stop it and its process group until the next request, and wait until it stands still."""
        self._is_paused = True
        self.signal(signal.SIGSTOP)
        deadline = time.perf_counter() + _LAST_MOMENT_S
        while state(self.pid) not in b"tTZX?" and time.perf_counter() < deadline:
            time.sleep(1e-5)

    def _poll_control(self) -> bool:
        """Whether there is something to read that nobody has asked for."""
        try:
            return bool(self._control.recv(1, socket.MSG_PEEK))
        except OSError:  # nothing there, or nobody: that is found out by asking
            return False

    def signal(self, number: int) -> None:
        """Send a signal to it and to everything in its process group."""
        for kill in (os.killpg, os.kill):  # the group exists as soon as the child has called setsid
            try:
                kill(self.pid, number)
            except (ProcessLookupError, PermissionError):
                continue
            return

    def ends_by_itself(self) -> bool:
        """Whether it ends without being killed (where the system can tell): within a moment, unless it is at it."""
        if not hasattr(os, "pidfd_open"):
            return True
        try:
            pidfd = os.pidfd_open(self.pid)
        except OSError:
            return True
        limit = TimeLimit(self.pid, _LAST_MOMENT_S)
        try:
            while not select.select([pidfd], [], [], limit.look_s)[0]:
                if limit.is_over() and not is_exiting(self.pid):  # giving back gigabytes takes its time
                    return False
            return True
        finally:
            os.close(pidfd)

    def _wait(self, limit: TimeLimit, request: bytes = b"") -> Frame | Verdict:
        """Send a request; the next frame, or why there is none: TIMEOUT, OUTPUT_LIMIT, or CRASHED for the stream's end.

        Whether the child has read the request is found out by waiting for the answer.
        """
        unsent = self._send(memoryview(request))
        self._poll.modify(self._control, select.POLLIN | (select.POLLOUT if unsent else 0))
        while True:
            ready = dict(self._poll.poll(1000 * limit.look_s))
            if self._output in ready and not self._read_output():
                self._poll.unregister(self._output)
            if self._printed_now > self._output_limit:
                return Verdict.OUTPUT_LIMIT
            happened = ready.get(self._control.fileno(), 0)
            if happened & select.POLLOUT:
                unsent = self._send(unsent)
                if not unsent:
                    self._poll.modify(self._control, select.POLLIN)
            if happened & ~select.POLLOUT:
                found = self._read_control()
                if found is not None:
                    return found
            if limit.is_over():
                return Verdict.TIMEOUT

    def _send(self, data: memoryview) -> memoryview:
        """Write what goes in at once; the rest, nothing where nobody reads."""
        try:
            return data[self._control.send(data) :] if data else data
        except BlockingIOError:
            return data
        except (BrokenPipeError, ConnectionResetError):
            return data[:0]

    def _read_control(self) -> Frame | Verdict | None:
        """A frame, CRASHED at the end of the stream, None while a frame is incomplete."""
        try:
            data = self._receive()
        except ConnectionResetError:
            data = b""
        if not data:
            return Verdict.CRASHED
        frames = self._decoder.feed(data)
        if len(frames) > 1:
            raise WireError("sent more than one answer")
        return frames[0] if frames else None

    def _receive(self) -> bytes:
        """What has come; with a timed child's first words, before it reads a submission, comes a descriptor."""
        if not self._timed or self._sequence:
            return self._control.recv(65536)
        data, descriptors, _, _ = socket.recv_fds(self._control, 65536, 1, socket.MSG_CMSG_CLOEXEC)
        if descriptors:
            self._memory_fd = descriptors[0]
        return data

    def _drain(self) -> None:
        """Take in what was printed and has not been read yet."""
        while self._printed_now <= self._output_limit and self._read_output():
            pass

    def _read_output(self) -> bool:
        """Read a piece of the printed output; False at its end or where there is none now."""
        try:
            piece = os.read(self._output, 65536)
        except BlockingIOError:
            return False
        self._printed_now += len(piece)
        self._printed += piece[: max(0, self._output_limit - len(self._printed))]
        return bool(piece)


def _with_taken(reply: Reply, take: Callable[[Frame], Any]) -> Reply:
    """The reply with what `take` makes of its answer; a breach of protocol where that has not the right form."""
    if reply.frame is None:
        return reply
    try:
        return replace(reply, taken=take(reply.frame))
    except (WireError, OSError) as error:
        breach = f"the process {error}"
    except MALFORMED:
        breach = "the process answered in a wrong form"
    return replace(reply, verdict=Verdict.CRASHED, frame=None, breach=breach)
