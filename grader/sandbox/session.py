"""One submission in its sandbox: load it, call its functions, start it again after it has died.

The child receives inputs and returns bytes. It is killed at a deadline, on too much output and on any breach of
protocol, and the next call starts a new one, so that a crash costs one call.
"""

import math
import os
import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Self

import numpy as np

from grader.errors import JudgeError
from grader.records import Array, CallOutcome, Function, Isolation, Returned, StudentError, Verdict
from grader.sandbox import memory
from grader.sandbox.answers import (
    LoadOutcome,
    SkippedStatement,
    changed_of,
    death,
    load_outcome,
    student_error,
    text_of,
    verdict_of,
)
from grader.sandbox.inside import wire
from grader.sandbox.inside.wire import Frame
from grader.sandbox.processes import PACKAGE_PATH, Child, Region, Reply, Zygote
from grader.sandbox.requests import CacheMode, Exchange, place
from grader.scratch import folder_for_scratch

UPSTREAM = "upstream"
"""What the upstream gradient is called among the mutated inputs."""
PARAMETERS = "parameters"
"""What the parameter dict is called among them."""

_MOST_CAREFULLY = 2
_OFF_THE_CLOCK_S = 0.5
"""For requests that are not the submission's work, and hardly take a millisecond."""
_NEVER_ALLOWED = frozenset({"grader", "reference"})


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """What one child may use."""

    call_s: float
    cpu_s: int
    memory_bytes: int
    output_bytes: int


@dataclass(frozen=True, slots=True)
class Program:
    """What a child runs: code, and what its two functions are called there."""

    filename: str
    code: str
    functions: Mapping[Function, str]
    inputs: tuple[str, ...]
    outputs: Mapping[Function, tuple[str, ...]]
    as_main: bool = False
    """Whether it runs as `__main__`, as a notebook does."""


class Session:
    """One submission in its sandbox; a context manager.

    Args:
        zygote: forks the children.
        program: what to run.
        limits: for each child.
        region_bytes: shared memory; see `region_bytes_for`.
        allowed: packages beside the standard library and NumPy that may be imported.
        cpu: the CPU to stay on, or None.
        timed: whether calls are timed: the child stands still between them, and what it did to its inputs is not
            looked at.
        allowance_s: what all requests together may take, as `TimeLimit` counts it; from then on each is a TIMEOUT.

    Every method raises JudgeError where the sandbox itself fails.
    """

    def __init__(
        self,
        zygote: Zygote,
        program: Program,
        limits: SessionLimits,
        region_bytes: int,
        *,
        allowed: tuple[str, ...] = (),
        cpu: int | None = None,
        timed: bool = False,
        allowance_s: float = math.inf,
    ) -> None:
        self._zygote = zygote
        self._program = program
        self._limits = limits
        self._allowed = [name for name in allowed if name not in _NEVER_ALLOWED]
        self._cpu = cpu
        self._timed = timed
        self.allowance_s = allowance_s
        self._region = Region(region_bytes)
        self._scratch = ""
        self._child: Child | None = None
        self._loaded: LoadOutcome | None = None
        self._has_cache = False
        self._collects = True
        self._stdout = b""
        self.spent_s = 0.0
        """What all requests so far have taken, as `TimeLimit` counts it."""
        self.loading_s = 0.0
        """What loading took the last time."""
        self.carefully = 0
        """How much of the file's top level was left out: 1 what follows the two functions, but for definitions, 2
        everything but definitions."""
        self._less: dict[str, int] = {}
        """What this machine allows less than the limits."""
        self.isolation = Isolation()
        self.missing: dict[str, str] = {}
        """Layers that this machine lacks, with the reason."""

    @property
    def stdout(self) -> bytes:
        """What the submission has printed so far, cut at the limit of one call."""
        return self._stdout

    @property
    def is_spent(self) -> bool:
        """Whether the allowance is used up."""
        return self.spent_s >= self.allowance_s

    @property
    def has_own_cache(self) -> bool:
        """Whether the cache of the last forward call is still there."""
        return self._child is not None and self._has_cache

    @property
    def skipped(self) -> tuple[SkippedStatement, ...]:
        """Top-level statements that raised when the submission was last loaded."""
        return self._loaded.skipped if self._loaded is not None else ()

    def load(self) -> LoadOutcome:
        """Load the submission, unless a living child has it already or it cannot be loaded.

        Where running the file's top level does not end well (a demonstration that loops, an end of the process), it is
        loaded once more without what follows the two functions, but for definitions (imports, functions, classes,
        assignments), and then with nothing but definitions.
        """
        if self._loaded is not None and (self._child is not None or self._loaded.verdict is not Verdict.PASSED):
            return self._loaded
        before_s = self.spent_s
        self._loaded = loaded = self._load_once()
        while self._loaded.verdict is not Verdict.PASSED and self.carefully < _MOST_CAREFULLY:
            self.carefully += 1
            self._loaded = self._load_once()
        if "function" not in self._loaded.found.values():
            self._loaded = loaded  # then the reason is that of the whole file
        self.loading_s = self.spent_s - before_s
        return self._loaded

    def _load_once(self) -> LoadOutcome:
        self._kill()
        self.start()
        request = {
            "op": "load",
            "code": self._program.code,
            "filename": self._program.filename,
            "functions": self._program.functions,
            "carefully": self.carefully,
            "as_main": self._program.as_main,
        }
        reply = self._ask(request, self._limits.call_s, load_outcome)
        if reply.frame is None:
            return LoadOutcome(reply.verdict, {}, error=self._bury(reply))
        loaded: LoadOutcome = reply.taken
        self._blame_the_machine(loaded.verdict, None)
        return loaded

    def forward(
        self,
        arrays: Mapping[str, Array],
        parameters: Mapping[str, int],
        deadline_s: float | None = None,
        cache: CacheMode = "own",
    ) -> CallOutcome:
        """Call the forward function on copies of the arrays, by position.

        Args:
            arrays: the inputs by name.
            parameters: the parameter dict.
            deadline_s: in place of the limit of a call; seconds of `TimeLimit`.
            cache: `own`, or `aside` where other forward calls come before the backward call that is to use it.
        """
        named = [(name, arrays[name]) for name in self._program.inputs]
        return self._call("forward", named, parameters, cache, deadline_s)

    def backward(
        self,
        upstream: Array,
        arrays: Mapping[str, Array],
        parameters: Mapping[str, int],
        cache: CacheMode,
        deadline_s: float | None = None,
    ) -> CallOutcome:
        """Call the backward function on a copy of the upstream gradient.

        Args:
            upstream: the upstream gradient.
            arrays: the inputs; written again before the call, since the student's own cache may refer to them.
            parameters: the parameter dict.
            cache: `own` for what the last forward call returned (see `has_own_cache`), `aside` for what one put
                there, `canonical` for the inputs and the parameter dict.
            deadline_s: in place of the limit of a call.
        """
        # The inputs come first, so that they lie where the forward call had them.
        named = [*((name, arrays[name]) for name in self._program.inputs), (UPSTREAM, upstream)]
        return self._call("backward", named, parameters, cache, deadline_s)

    @property
    def _child_lends(self) -> bool:
        """Whether results are read where they are, and not copied by the child."""
        return self._child is not None and self._child.lends

    def _call(
        self,
        function: Function,
        arrays: list[tuple[str, Array]],
        parameters: Mapping[str, int],
        cache: CacheMode,
        deadline_s: float | None,
    ) -> CallOutcome:
        loaded = self.load()
        if loaded.verdict is not Verdict.PASSED:
            return CallOutcome(function, loaded.verdict, error=loaded.error)
        if loaded.found.get(function) != "function":
            return CallOutcome(function, Verdict.MISSING)
        views, described, free = place(self._region.memory, (values for _, values in arrays))
        names = self._program.outputs[function]
        request = {
            "op": "call",
            "function": function,
            "arrays": described,
            "parameters": dict(parameters),
            "cache": cache,
            "outputs": len(names),
            "free": free,
            "lend": self._child_lends,
        }
        if function == "forward":
            self._has_cache = False
        limit_s = self._limits.call_s if deadline_s is None else deadline_s
        before = None if self._timed else self._region.memory[:free]
        reply = self._ask(request, limit_s, lambda frame: self._taken(function, frame, free))
        mutated: tuple[str, ...] = ()
        if before is not None and self._region.memory[:free] != before:
            both = zip(arrays, views, strict=True)
            mutated = tuple(name for (name, values), view in both if not np.array_equal(view, values))
        if reply.frame is None:
            error = self._bury(reply)
            return CallOutcome(
                function, reply.verdict, error=error, mutated=mutated, wall_s=reply.wall_s, spent_s=reply.spent_s
            )
        if function == "forward":
            self._has_cache = reply.frame.get("has_cache") is True
        outcome: CallOutcome = reply.taken
        self._blame_the_machine(outcome.verdict, None)
        mutated = tuple(dict.fromkeys((*mutated, *outcome.mutated)))
        return replace(outcome, mutated=mutated, wall_s=reply.wall_s, spent_s=reply.spent_s, used=reply.used)

    def calls(self, exchange: Exchange, limit_s: float) -> list[CallOutcome] | None:
        """Several calls in a single exchange, which saves most of what calls cost.

        It is for a submission that does well: where anything at all is wrong (a call that does not return, no cache,
        changed inputs, too much printed, the time over), nothing of it counts, and the next call starts a new process.

        Args:
            exchange: the calls, with what goes in.
            limit_s: for all together.

        Returns:
            The outcomes in the order of the calls, without times; or None.
        """
        loaded = self.load()
        if loaded.verdict is not Verdict.PASSED or set(loaded.found.values()) != {"function"}:
            return None
        free, printed = len(exchange.memory), self._stdout
        self._region.memory[:free] = exchange.memory
        functions = [call.function for call in exchange.calls]
        reply = self._ask(exchange.request, limit_s, lambda frame: self._all_taken(frame, functions, free))
        if reply.taken is None or self._region.memory[:free] != exchange.memory:
            self._kill()
            self._stdout = printed
            return None
        self._has_cache = True
        outcomes: list[CallOutcome] = reply.taken
        return outcomes

    def _all_taken(self, frame: Frame, functions: Sequence[Function], free: int) -> list[CallOutcome] | None:
        """The outcomes, None where anything is wrong."""
        answers = frame.get("answers")
        if not isinstance(answers, list) or len(answers) != len(functions):
            return None
        if not all("outputs" in answer and "changed" not in answer for answer in answers):
            return None
        forward = [answer for function, answer in zip(functions, answers, strict=True) if function == "forward"]
        if not all(answer.get("has_cache") is True for answer in forward):
            return None
        memory = wire.copy_out(self._region.memory, free, frame["end"])
        outcomes, start = [], 0
        for function, answer in zip(functions, answers, strict=True):
            outcome, start = self._outputs(function, answer, memory, start)
            outcomes.append(outcome)
        too_large = any(output.kind == "too large" for outcome in outcomes for output in outcome.outputs.values())
        return None if too_large else outcomes  # the room is shared: one by one there is enough for the others

    def nothing(self, function: Function, arrays: Iterable[Array], shapes: Iterable[tuple[int, ...]]) -> CallOutcome:
        """A call that does nothing: what the protocol costs where these arrays go in and such shapes come out."""
        loaded = self.load()
        if loaded.verdict is not Verdict.PASSED:
            return CallOutcome(function, loaded.verdict, error=loaded.error)
        _, described, free = place(self._region.memory, arrays)
        request = {"op": "nothing", "arrays": described, "shapes": [list(shape) for shape in shapes], "free": free}
        request["lend"] = self._child_lends
        reply = self._ask(request, _OFF_THE_CLOCK_S, lambda frame: self._taken(function, frame, free))
        if reply.frame is None:
            return CallOutcome(function, reply.verdict, error=self._bury(reply), wall_s=reply.wall_s)
        outcome: CallOutcome = reply.taken
        return replace(outcome, wall_s=reply.wall_s, used=reply.used)

    def collect_garbage(self) -> None:
        """Let the child collect its garbage now, and not while it is timed."""
        if self._child is not None:
            reply = self._ask({"op": "collect", "now": self._collects}, _OFF_THE_CLOCK_S, lambda frame: None)
            if reply.frame is None:  # it would be no other way next time, and cost as much
                self._collects = False
                self._bury(reply)

    def _taken(self, function: Function, frame: Frame, free: int) -> CallOutcome:
        """What an answer to a call says, with its outputs copied; raises one of MALFORMED where it is not one."""
        if "error" in frame:
            error = student_error(frame["error"])
            return CallOutcome(function, verdict_of(error), error=error)
        if "returned" in frame:
            what = text_of(frame["returned"])
            wanted = (*self._program.outputs[function], *(("cache",) if function == "forward" else ()))
            kind = "none" if what == "None" else f"not a tuple: {what}"
            returned = Returned(None, kind, wanted=f"({', '.join(wanted)})")
            return CallOutcome(function, Verdict.PASSED, dict.fromkeys(self._program.outputs[function], returned))
        if self._child_lends:
            outcome = self._lent(function, frame, free)
        else:
            outcome, _ = self._outputs(function, frame, wire.copy_out(self._region.memory, free, frame["end"]), 0)
        return replace(outcome, mutated=changed_of(frame, (*self._program.inputs, PARAMETERS, UPSTREAM)))

    def _lent(self, function: Function, frame: Frame, free: int) -> CallOutcome:
        """A call whose outputs are copied out of the child's own memory, while it stands still."""
        assert self._child is not None
        outputs, names = {}, self._program.outputs[function]
        for name, output, address in zip(names, frame["outputs"], frame["at"], strict=True):
            if isinstance(output, str):
                size = wire.size_of(output)
                free += size
                if free > self._region.size:
                    raise wire.WireError("sent more than there is room for")
                array, _ = wire.output(self._child.read_memory(address, size), 0, output)
                outputs[name] = Returned(array, "array", array.shape, array.dtype.str)
            else:
                outputs[name] = _no_array(output)
        return CallOutcome(function, Verdict.PASSED, outputs)

    def _outputs(self, function: Function, frame: Frame, memory: bytes, start: int) -> tuple[CallOutcome, int]:
        """A call that returned what it should, and where the outputs of the next one start.

        Its outputs are views of a copy of the shared memory, from `start` on.
        """
        outputs = {}
        for name, output in zip(self._program.outputs[function], frame["outputs"], strict=True):
            if isinstance(output, str):
                array, start = wire.output(memory, start, output)
                outputs[name] = Returned(array, "array", array.shape, array.dtype.str)
            else:
                outputs[name] = _no_array(output)
        return CallOutcome(function, Verdict.PASSED, outputs), start

    def start(self) -> None:
        """Fork a child and wait for its hello: until then, no failure is the student's."""
        self._scratch = self._scratch or str(folder_for_scratch() / f"convgrade-{secrets.token_hex(8)}")
        request = {
            "limits": {"memory_bytes": self._limits.memory_bytes, "cpu_s": self._limits.cpu_s},
            "scratch": self._scratch,
            "allowed": self._allowed,
            "package_path": [PACKAGE_PATH],
        }
        self._child = Child(self._zygote, self._region, request, self._limits.output_bytes, self._timed)
        self._has_cache = False
        hello = self._child.hello()
        if hello is None:
            said = self._child.take_printed().decode(errors="replace").strip()
            self._kill()
            raise JudgeError(f"a sandbox process could not be set up: {said or 'it ended without a word'}")
        self.isolation = Isolation(process=True, **hello["layers"])
        self.missing = {name: text_of(why) for name, why in hello["missing"].items()}
        self._less = hello["less"]
        if self._cpu is not None and hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(self._child.pid, {self._cpu})

    def _ask(self, request: Frame | bytes, limit_s: float, take: Callable[[Frame], Any]) -> Reply:
        """Ask the child; bytes are a request whose text has been made before."""
        assert self._child is not None
        if self.is_spent:
            return Reply(Verdict.TIMEOUT, None, 0.0)
        text = request if isinstance(request, bytes) else wire.json_text(request)
        reply = self._child.ask(text, min(limit_s, self.allowance_s - self.spent_s), take)
        self.spent_s += reply.spent_s
        room = self._limits.output_bytes - len(self._stdout)
        self._stdout += self._child.take_printed()[:room]
        # Without the filter a submission could start processes, whose CPU time nobody would count: then wall time is.
        return reply if self.isolation.seccomp else replace(reply, used=None)

    def _bury(self, reply: Reply) -> StudentError | None:
        """Kill the child after a request without an answer; how it died, where that is the reason."""
        child, self._child = self._child, None
        assert child is not None
        is_open = reply.verdict is Verdict.CRASHED and reply.breach is None  # how it ends tells why
        ended_by_itself = is_open and child.ends_by_itself()
        status = child.kill()
        if reply.breach is not None:
            return StudentError("ProtocolError", reply.breach)
        if reply.verdict is not Verdict.CRASHED:
            return None
        if not ended_by_itself:
            return StudentError("ProtocolError", "the process closed its connection")
        error = death(status)
        self._blame_the_machine(reply.verdict, error.type)
        return error

    def _blame_the_machine(self, verdict: Verdict, death: str | None) -> None:
        """Raise JudgeError where a limit of this machine, below the rubric's, ended a request."""
        less_memory, less_cpu = "memory_bytes" in self._less, "cpu_s" in self._less
        if less_memory and (verdict is Verdict.MEMORY or death in ("SIGSEGV", "SIGBUS", "SIGABRT", "SIGKILL")):
            has = f"only {_mib(self._less['memory_bytes'])} of memory are left to a process here (ulimit -v, ulimit -d)"
        elif less_cpu and death in ("SIGXCPU", "SIGKILL"):
            raise JudgeError(f"this machine ends a process after {self._less['cpu_s']} s of CPU time: see `ulimit -t`")
        elif death == "SIGKILL" and self._zygote.lost_a_child_for_want_of_memory():
            limit = memory.limit_bytes()
            where = "this machine" if limit is None else f"this container, which has {_mib(limit)}"
            has = f"the kernel ended the submission's process for want of memory in {where}"
        else:
            return
        allowed = _mib(self._limits.memory_bytes)
        raise JudgeError(f"{has}; the rubric allows {allowed}: give the grader more, or lower limits.memory_mib")

    def _kill(self) -> None:
        """End the child, if there is one."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()

    def restart(self) -> None:
        """Go on with a new process, which loads the submission again before its next call."""
        self._kill()

    def close(self) -> None:
        """End the child and remove everything that the session made."""
        try:
            self._kill()
        finally:
            self._region.close()
            if self._scratch:
                _remove(self._scratch)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def _mib(count: int) -> str:
    """A number of bytes for a person."""
    return f"{max(0, count) // 2**20} MiB"


def _no_array(frame: Frame) -> Returned:
    """An output that could not be put into the shared memory."""
    kind = text_of(frame["kind"])
    if kind == "too large":
        return Returned(None, kind, wire.checked_shape(frame["shape"]), text_of(frame["dtype"]))
    return Returned(None, kind)


def _remove(folder: str) -> None:
    """Remove a folder, however deep what was made in it is."""
    try:
        shutil.rmtree(folder, ignore_errors=True)
    except RecursionError:
        subprocess.run(["rm", "-rf", "--", folder], check=False, capture_output=True)


def region_bytes_for(shapes: Iterable[tuple[int, ...]]) -> int:
    """Shared memory for these arrays (inputs and upstream gradients) and for as many results, in float64."""
    return sum(2 * wire.aligned(8 * math.prod(shape)) for shape in shapes) + 1024 * 1024
