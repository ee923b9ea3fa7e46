"""One forked process seen from outside: it is asked, it answers, it is killed.

How a request goes. Anything that has come before it was asked for ends the child. Then the process goes on, if it was
standing still, and the request is sent, with a number. Until an answer with that number has come, `Channel` takes in
what is printed, and `TimeLimit` counts what the process uses. Where calls are timed, the process is stopped as soon as
the answer is there, and only then is the clock read and the answer taken.

Rejected:
- A limit on the wall clock: a busy machine, or one that slept, cost submissions their mark.
- The CPU time that the child tells: a submission can patch whatever tells it. The kernel is asked from outside.
- A child that waits for its next request: threads that it has started would work on while nobody counts.
"""

import os
import select
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from grader.errors import JudgeError
from grader.records import Usage, Verdict
from grader.sandbox.channel import Channel
from grader.sandbox.clocks import Clocks, TimeLimit, is_exiting, state
from grader.sandbox.inside import wire
from grader.sandbox.inside.wire import Frame, WireError
from grader.sandbox.region import Region
from grader.sandbox.spawn import START_S, Zygote
from grader.sandbox.waiting import Meanwhile, nothing

T = TypeVar("T")
_LAST_MOMENT_S = 0.2
_FIRST_LOOK_S, _LONGEST_LOOK_S = 1e-5, 5e-4
"""How long to wait before looking again whether a child stands still: the last wait is part of its time."""
_LEFT_OUT_S, _STOPPED_S = 0.03, 1.0
"""One that is not run for so long is to stop elsewhere; after that long, one call may count as longer than it took."""


@dataclass(frozen=True, slots=True)
class Reply(Generic[T]):
    """How a child met a request."""

    verdict: Verdict
    """PASSED for an answer, TIMEOUT, OUTPUT_LIMIT, or CRASHED for the end of the stream or a breach of protocol."""
    frame: Frame | None
    wall_s: float
    """On our clock, from "go" to the answer; where calls are timed, until the child stands still."""
    spent_s: float = 0.0
    """What counts of it against a limit: see `TimeLimit`."""
    breach: str | None = None
    taken: T | None = None
    """What `take` made of the answer."""
    used: Usage | None = None
    """Between the request and standing still; only where calls are timed."""


class Child:
    """One forked process and what it holds: a control socket and the pipe of what it prints.

    Where calls are timed, it stands still from each answer to the next request, so that whatever it does counts.
    After any Reply that is not PASSED, kill it. Until it is there and has answered, there may be something to do
    `meanwhile`, which is no good where calls are timed.
    """

    def __init__(
        self,
        zygote: Zygote,
        region: Region,
        request: Frame,
        output_limit: int,
        timed: bool,
        answer_bytes: int = wire.MAX_FRAME_BYTES,
        meanwhile: Meanwhile = nothing,
    ) -> None:
        self._zygote = zygote
        self._timed = timed
        ours, control = socket.socketpair()
        printed, output = os.pipe()
        try:
            request = {**request, "region_bytes": region.size, "timed": timed}
            self.pid = zygote.fork(request, [control.fileno(), region.fd, output], meanwhile)
        except JudgeError:
            ours.close()
            os.close(printed)
            raise
        finally:
            control.close()
            os.close(output)
        self._channel = Channel(ours, printed, output_limit, answer_bytes, meanwhile, awaits_memory=timed)
        self._sequence = 0
        self._is_paused = False

    def hello(self) -> Frame | None:
        """The first frame, which the child sends when it is confined and before it reads anything."""
        try:
            found = self._channel.wait(TimeLimit(self.pid, START_S))
            if found == {}:  # that brought its memory
                found = self._channel.wait(TimeLimit(self.pid, START_S))
        except WireError:
            return None
        return found if isinstance(found, dict) else None

    def ask(self, request: bytes, limit_s: float, take: Callable[[Frame], T]) -> Reply[T]:
        """Send a request (its JSON text) and wait for its answer, `limit_s` seconds of `TimeLimit` at most.

        `take` copies what is needed out of the child's memory or the shared one; where calls are timed, the child
        stands still by then. It raises WireError, and that alone, where the answer is not of the right form.
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

    def _exchange(self, request: bytes, limit_s: float) -> Reply[Any]:
        """One request and its answer."""
        self._sequence += 1
        data = wire.framed(request, self._sequence)
        self._channel.begin()
        if self._channel.has_unasked():
            return Reply(Verdict.CRASHED, None, 0.0, breach="the process answered before it was asked")
        limit = TimeLimit(self.pid, limit_s)
        start = time.perf_counter()

        def ended(verdict: Verdict, breach: str | None = None) -> Reply[Any]:
            return Reply(verdict, None, time.perf_counter() - start, limit.used_s, breach)

        try:
            if self._is_paused:  # the clock runs from here on
                self._is_paused = False
                self.signal(signal.SIGCONT)
            found = self._channel.wait(limit, data)
            expected = isinstance(found, dict) and found.get("id") == self._sequence and self._channel.is_empty
            wall_s = time.perf_counter() - start
            self._channel.drain()
        except WireError as error:
            return ended(Verdict.CRASHED, f"the process {error}")
        if self._channel.printed_too_much:
            found = Verdict.OUTPUT_LIMIT
        if not isinstance(found, dict):
            return ended(found)
        if not expected:
            return ended(Verdict.CRASHED, "the process answered a question that was not asked")
        return Reply(Verdict.PASSED, found, wall_s, limit.used_s)

    def take_printed(self) -> bytes:
        """What was printed since the last time, no more than the limit of one call."""
        return self._channel.take_printed()

    def kill(self) -> int:
        """End it and everything in its process group; its wait status."""
        self.signal(signal.SIGKILL)
        try:
            return self._zygote.reap(self.pid)
        finally:
            self._channel.close()

    @property
    def lends(self) -> bool:
        """Whether its memory can be read."""
        return self._channel.memory_fd is not None

    def read_memory(self, address: int, size: int) -> bytearray:
        """So many bytes of its own memory, as they are now.

        Raises:
            WireError: where it has no such memory.
        """
        memory_fd = self._channel.memory_fd
        assert memory_fd is not None
        copy = bytearray(size)
        try:
            count = os.preadv(memory_fd, [copy], address) if size else 0
        except (OSError, OverflowError) as error:
            raise WireError("sent the address of nothing") from error
        if count != size:
            raise WireError("sent an array outside its memory")
        return copy

    def pause(self) -> None:
        """Stop it and its process group until the next request, and wait until it stands still, for a second at most.

        It stops when it is run the next time, which may be late on a busy machine. Until then the kernel does not tell
        how long it has waited for that (`Clocks`), so whoever reads the clocks before would count it as sleep.
        """
        self._is_paused = True
        self.signal(signal.SIGSTOP)
        began, look_s = time.perf_counter(), _FIRST_LOOK_S
        home: set[int] = set()
        while state(self.pid) not in b"tTZX?" and (waited_s := time.perf_counter() - began) < _STOPPED_S:
            if not home and waited_s > _LEFT_OUT_S:
                home = self._move_elsewhere()
            time.sleep(look_s)
            look_s = min(2 * look_s, _LONGEST_LOOK_S)
        if home:
            self._move_to(home)

    def _move_elsewhere(self) -> set[int]:
        """Let it stop on any other processor; where it was.

        Beside a busy loop on its own, Linux 6.18 may leave it out for a minute and more, although it is ready to run,
        because each session is a group of its own there (autogroup of sched(7); without, it does not happen). On
        another processor it stops at once; SIGCONT, another policy or another nice value of the group do not help.
        """
        if not hasattr(os, "sched_getaffinity"):
            return set()
        try:
            home = os.sched_getaffinity(self.pid)
        except OSError:  # it has ended
            return set()
        self._move_to(set(range(os.cpu_count() or 1)) - home or home)
        return home

    def _move_to(self, cpus: set[int]) -> None:
        with suppress(OSError):  # it has ended, or they are not ours
            os.sched_setaffinity(self.pid, cpus)

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


def _with_taken(reply: Reply[Any], take: Callable[[Frame], T]) -> Reply[T]:
    """The reply with what `take` makes of its answer; a breach of protocol where that has not the right form."""
    if reply.frame is None:
        return reply
    try:
        return replace(reply, taken=take(reply.frame))
    except WireError as error:  # anything else that is raised in there is a defect of ours
        return replace(reply, verdict=Verdict.CRASHED, frame=None, breach=f"the process {error}")
