"""Keeps one child alive for a session: starts it, asks it, finds out how it died, and clears up behind it.

A death has three possible causes, and only one of them costs the student anything. Until the child has said hello, it
has read nothing of a submission, so whatever ends it is ours. Where this machine allows less memory or CPU time than
the rubric, or its kernel had no memory left, the machine is to blame (`blame_the_machine`). Anything else is the
submission's. A signal alone does not tell: SIGKILL comes from the kernel for want of memory, and from `os.kill` too. So
the kernel's own count of the processes that it ended for want of memory is compared with that of before.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from grader.errors import JudgeError
from grader.records import Isolation, StudentError, Verdict
from grader.records.words import End
from grader.sandbox import memory
from grader.sandbox.answers import death, text_of
from grader.sandbox.base import SessionLimits
from grader.sandbox.child_process import Child, Reply
from grader.sandbox.inside import wire
from grader.sandbox.inside.wire import Frame
from grader.sandbox.region import Region
from grader.sandbox.spawn import PACKAGE_PATH, Zygote
from grader.sandbox.waiting import Meanwhile
from grader.scratch import folder_for_scratch, remove

T = TypeVar("T")
_NEVER_ALLOWED = frozenset({"grader", "reference"})


class Keeper:
    """One child after the other, in the same shared memory and scratch folder.

    Args:
        zygote: forks the children.
        limits: for each child.
        region_bytes: shared memory.
        allowed: packages beside the standard library and NumPy that may be imported.
        cpu: the CPU to stay on, or None.
        timed: whether children stand still between requests.
        allowance_s: what all requests together may take, as `TimeLimit` counts it; from then on each is a TIMEOUT.
        meanwhile: what is done while children are waited for.
    """

    def __init__(
        self,
        zygote: Zygote,
        limits: SessionLimits,
        region_bytes: int,
        *,
        allowed: Sequence[str],
        cpu: int | None,
        timed: bool,
        allowance_s: float,
        meanwhile: Meanwhile,
    ) -> None:
        self.zygote = zygote
        self.limits = limits
        self._allowed = [name for name in allowed if name not in _NEVER_ALLOWED]
        self.cpu = cpu
        self._timed = timed
        self.allowance_s = allowance_s
        self._meanwhile = meanwhile
        self.region = Region(region_bytes)
        self._scratch = ""
        self.child: Child | None = None
        self.printed = b""
        """What all children have printed so far, cut at the limit of one call."""
        self.spent_s = 0.0
        """What all requests so far have taken, as `TimeLimit` counts it."""
        self._less: dict[str, int] = {}
        """What this machine allows less than the limits."""
        self.isolation = Isolation()
        self.missing: dict[str, str] = {}
        """Layers that this machine lacks, with the reason."""

    @property
    def is_spent(self) -> bool:
        """Whether the allowance is used up."""
        return self.spent_s >= self.allowance_s

    @property
    def lends(self) -> bool:
        """Whether results are read where they are, and not copied by the child."""
        return self.child is not None and self.child.lends

    def start(self) -> None:
        """Fork a child and wait for its hello: until then, no failure is the student's."""
        self._scratch = self._scratch or str(folder_for_scratch() / f"convgrade-{secrets.token_hex(8)}")
        request = {
            "limits": {"memory_bytes": self.limits.memory_bytes, "cpu_s": self.limits.cpu_s},
            "scratch": self._scratch,
            "allowed": self._allowed,
            "package_path": [PACKAGE_PATH],
            "cpu": self.cpu,
        }
        limit, meanwhile = self.limits.output_bytes, self._meanwhile
        self.child = Child(self.zygote, self.region, request, limit, self._timed, meanwhile=meanwhile)
        hello = self.child.hello()
        if hello is None:
            said = self.child.take_printed().decode(errors="replace").strip()
            self.kill()
            raise JudgeError(f"a sandbox process could not be set up: {said or 'it ended without a word'}")
        self.isolation = Isolation(process=True, **hello["layers"])
        self.missing = {name: text_of(why) for name, why in hello["missing"].items()}
        self._less = hello["less"]

    def ask(self, request: Frame | bytes, limit_s: float, take: Callable[[Frame], T]) -> Reply[T]:
        """Ask the child; bytes are a request whose text has been made before."""
        assert self.child is not None
        if self.is_spent:
            return Reply(Verdict.TIMEOUT, None, 0.0)
        text = request if isinstance(request, bytes) else wire.json_text(request)
        reply = self.child.ask(text, min(limit_s, self.allowance_s - self.spent_s), take)
        self.spent_s += reply.spent_s
        room = self.limits.output_bytes - len(self.printed)
        self.printed += self.child.take_printed()[:room]
        # Without the filter a submission could start processes, whose CPU time nobody would count: then wall time is.
        return reply if self.isolation.seccomp else replace(reply, used=None)

    def bury(self, reply: Reply[Any]) -> StudentError | None:
        """Kill the child after a request without an answer; how it died, where that is the reason."""
        child, self.child = self.child, None
        assert child is not None
        is_open = reply.verdict is Verdict.CRASHED and reply.breach is None  # how it ends tells why
        ended_by_itself = is_open and child.ends_by_itself()
        status = child.kill()
        if reply.breach is not None:
            return StudentError(End.BREACH, reply.breach)
        if reply.verdict is not Verdict.CRASHED:
            return None
        if not ended_by_itself:
            return StudentError(End.BREACH, "the process closed its connection")
        error = death(status)
        self.blame_the_machine(reply.verdict, error.type)
        return error

    def blame_the_machine(self, verdict: Verdict, death: str | None = None) -> None:
        """Raise JudgeError where a limit of this machine, below the rubric's, ended a request."""
        less_memory, less_cpu = "memory_bytes" in self._less, "cpu_s" in self._less
        if less_memory and (verdict is Verdict.MEMORY or death in ("SIGSEGV", "SIGBUS", "SIGABRT", "SIGKILL")):
            has = f"only {_mib(self._less['memory_bytes'])} of memory are left to a process here (ulimit -v, ulimit -d)"
        elif less_cpu and death in ("SIGXCPU", "SIGKILL"):
            raise JudgeError(f"this machine ends a process after {self._less['cpu_s']} s of CPU time: see `ulimit -t`")
        elif death == "SIGKILL" and self.zygote.lost_a_child_for_want_of_memory():
            limit = memory.limit_bytes()
            where = "this machine" if limit is None else f"this container, which has {_mib(limit)}"
            has = f"the kernel ended the submission's process for want of memory in {where}"
        else:
            return
        allowed = _mib(self.limits.memory_bytes)
        raise JudgeError(f"{has}; the rubric allows {allowed}: give the grader more, or lower limits.memory_mib")

    def kill(self) -> None:
        """End the child, if there is one."""
        child, self.child = self.child, None
        if child is not None:
            child.kill()

    def close(self) -> None:
        """End the child and remove everything that was made for it."""
        try:
            self.kill()
        finally:
            self.region.close()
            if self._scratch:
                remove(self._scratch)


def _mib(count: int) -> str:
    """A number of bytes for a person."""
    return f"{max(0, count) // 2**20} MiB"
