"""One submission in its sandbox: load it, call its functions, start it again after it has died.

How a call goes. If there is no child, the keeper has the zygote fork one, which confines itself, and the loader has it
run the submission's top level (`keeper.py`, `loader.py`). The inputs are copied into memory that both sides share, and
a frame of JSON says which function is to be called on them. The child answers with another frame, which says what each
output is; the outputs lie in the shared memory or, where calls are timed, in the child's own (`outputs.py`). The answer
is parsed strictly (`answers.py`). A child that does not answer, or not by the protocol, is killed, and the next call
starts a new one: a crash costs one call.

Rejected:
- A new interpreter for each child: it takes 85 to 100 ms until it has NumPy, a fork 1.3 ms, and 4.8 ms confined.
- Pickle for what comes back: reading it runs what the other side wrote. Names, shapes and bytes suffice.
- One exchange for each call only: most calls of a right submission take less time than asking for them. So `calls`
  makes many in one exchange, and nothing of it counts where anything goes wrong.
- Timed results copied by the child into the shared memory: 0.4 ms of a call of 1.6 ms were the protocol's.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from grader.closing import Closing
from grader.records import Array, CallOutcome, Function, Isolation, Verdict
from grader.sandbox.answers import Arrays, LoadOutcome, SkippedStatement, call_outcome, call_outcomes
from grader.sandbox.base import UPSTREAM, Program, SessionLimits
from grader.sandbox.inside.wire import Frame
from grader.sandbox.keeper import Keeper
from grader.sandbox.left_behind import LeftBehind, changed
from grader.sandbox.loader import Loader
from grader.sandbox.outputs import LentArrays, SharedArrays
from grader.sandbox.requests import CacheMode, Exchange, parameters_frame, place
from grader.sandbox.spawn import Zygote
from grader.sandbox.waiting import Meanwhile, nothing

_OFF_THE_CLOCK_S = 0.5
"""For requests that are not the submission's work, and hardly take a millisecond."""


class Session(Closing):
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
        meanwhile: what is done while children are waited for; not where calls are timed.

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
        meanwhile: Meanwhile = nothing,
    ) -> None:
        self._program = program
        self._timed = timed
        self._keeper = Keeper(zygote, limits, region_bytes, allowed=allowed, cpu=cpu, timed=timed,
                              allowance_s=allowance_s, meanwhile=meanwhile)  # fmt: skip
        self._loader = Loader(self._keeper, program)
        self._has_cache = False
        self._left_behind = LeftBehind()
        self._collects = True

    @property
    def stdout(self) -> bytes:
        """What the submission has printed so far, cut at the limit of one call."""
        return self._keeper.printed

    @property
    def spent_s(self) -> float:
        """What all requests so far have taken, as `TimeLimit` counts it."""
        return self._keeper.spent_s

    @property
    def allowance_s(self) -> float:
        """What all of them may take."""
        return self._keeper.allowance_s

    @property
    def isolation(self) -> Isolation:
        """What the last child is confined by."""
        return self._keeper.isolation

    @property
    def missing(self) -> Mapping[str, str]:
        """Layers that this machine lacks, with the reason."""
        return self._keeper.missing

    @property
    def pid(self) -> int | None:
        """The living child's, None where there is none."""
        return None if self._keeper.child is None else self._keeper.child.pid

    @property
    def is_spent(self) -> bool:
        """Whether the allowance is used up."""
        return self._keeper.is_spent

    @property
    def has_own_cache(self) -> bool:
        """Whether the cache of the last forward call is still there."""
        return self._keeper.child is not None and self._has_cache

    @property
    def skipped(self) -> tuple[SkippedStatement, ...]:
        """Top-level statements that raised when the submission was last loaded."""
        return self._loader.skipped

    @property
    def loading_s(self) -> float:
        """What loading took the last time."""
        return self._loader.took_s

    @property
    def carefully(self) -> int:
        """How much of the file's top level was left out, from 0 to 2: see `Loader.carefully`."""
        return self._loader.carefully

    def turn_to(self, program: Program) -> None:
        """Call other functions of the same code from now on, in the same process; `others` of both name all."""
        if program == self._program:
            return
        self._program, self._has_cache = program, False
        self._left_behind.forget()
        self._loader.turn_to(program)
        if self._keeper.child is not None:
            request = {"op": "turn", "functions": program.functions, "calling": dict(program.calling)}
            reply = self._keeper.ask(request, _OFF_THE_CLOCK_S, lambda frame: None)
            if reply.frame is None:  # it has ended, and the next call starts a new one
                self._keeper.bury(reply)

    def load(self) -> LoadOutcome:
        """Load the submission, unless a living child has it already or it cannot be loaded: see `Loader.load`."""
        if self._keeper.child is None:
            self._has_cache = False  # that of a child that has died
            self._left_behind.forget()
        return self._loader.load()

    def forward(
        self,
        arrays: Mapping[str, Array],
        parameters: Mapping[str, Any],
        deadline_s: float | None = None,
        cache: CacheMode = "own",
    ) -> CallOutcome:
        """As `BaseSession.forward`."""
        named = [(name, arrays[name]) for name in self._program.inputs]
        return self._call("forward", named, parameters, cache, deadline_s)

    def backward(
        self,
        upstream: Array,
        arrays: Mapping[str, Array],
        parameters: Mapping[str, Any],
        cache: CacheMode,
        deadline_s: float | None = None,
    ) -> CallOutcome:
        """As `BaseSession.backward`."""
        # The inputs come first, so that they lie where the forward call had them.
        named = [*((name, arrays[name]) for name in self._program.inputs), (UPSTREAM, upstream)]
        return self._call("backward", named, parameters, cache, deadline_s)

    def _call(
        self,
        function: Function,
        arrays: list[tuple[str, Array]],
        parameters: Mapping[str, Any],
        cache: CacheMode,
        deadline_s: float | None,
    ) -> CallOutcome:
        loaded = self.load()
        if loaded.verdict is not Verdict.PASSED:
            return CallOutcome(function, loaded.verdict, error=loaded.error)
        if loaded.found.get(self._program.functions[function]) != "function":
            return CallOutcome(function, Verdict.MISSING)
        memory = self._keeper.region.memory
        self._left_behind.keep(memory, function, cache)
        views, described, free = place(memory, (values for _, values in arrays))
        if function == "backward" and self._left_behind.put_back(memory, cache):
            arrays = [(name, view.copy()) for (name, _), view in zip(arrays, views, strict=True)]
        request = self._request(function, described, parameters, cache, free)
        if function == "forward":
            self._has_cache = False
        limit_s = self._keeper.limits.call_s if deadline_s is None else deadline_s
        before = None if self._timed else memory[:free]
        reply = self._keeper.ask(request, limit_s, lambda frame: self._taken(function, frame, free))
        mutated = changed(arrays, views) if before is not None and memory[:free] != before else ()
        outcome = reply.taken
        if outcome is None or reply.frame is None:
            ended = CallOutcome(function, reply.verdict, error=self._keeper.bury(reply), mutated=mutated)
            return replace(ended, wall_s=reply.wall_s, spent_s=reply.spent_s)
        if function == "forward" and reply.frame.get("has_cache") is True:
            self._has_cache = True
            self._left_behind.note(cache, arrays, described, free)
        self._keeper.blame_the_machine(outcome.verdict)
        mutated = tuple(dict.fromkeys((*mutated, *outcome.mutated)))
        return replace(outcome, mutated=mutated, wall_s=reply.wall_s, spent_s=reply.spent_s, used=reply.used)

    def _request(
        self, function: Function, described: list[Frame], parameters: Mapping[str, Any], cache: CacheMode, free: int
    ) -> Frame:
        """What the child is told of a call whose inputs lie in the shared memory, up to `free`."""
        return {
            "op": "call",
            "function": function,
            "arrays": described,
            **parameters_frame(parameters, self._program.scalars),
            "cache": cache,
            "outputs": len(self._program.returned(function)),
            "free": free,
            "lend": self._keeper.lends,
            "left": self._program.left,
        }

    def calls(self, exchange: Exchange, limit_s: float) -> list[CallOutcome] | None:
        """As `BaseSession.calls`; where nothing of it counts, the next call starts a new process."""
        loaded = self.load()
        if loaded.verdict is not Verdict.PASSED or not self._has_both(loaded):
            return None
        free, printed = len(exchange.memory), self._keeper.printed
        self._keeper.region.memory[:free] = exchange.memory
        self._left_behind.forget()
        functions = [call.function for call in exchange.calls]

        def take(frame: Frame) -> list[CallOutcome] | None:
            arrays = SharedArrays(self._keeper.region.memory, free, frame)
            return call_outcomes(frame, functions, self._program.outputs, arrays)

        reply = self._keeper.ask(exchange.request, limit_s, take)
        if reply.taken is None or self._keeper.region.memory[:free] != exchange.memory:
            self._keeper.kill()
            self._keeper.printed = printed
            return None
        self._has_cache = True
        return reply.taken

    def _has_both(self, loaded: LoadOutcome) -> bool:
        return all(loaded.found.get(name) == "function" for name in self._program.functions.values())

    def nothing(self, function: Function, arrays: Iterable[Array], shapes: Iterable[tuple[int, ...]]) -> CallOutcome:
        """As `BaseSession.nothing`."""
        loaded = self.load()
        if loaded.verdict is not Verdict.PASSED:
            return CallOutcome(function, loaded.verdict, error=loaded.error)
        self._left_behind.forget()
        _, described, free = place(self._keeper.region.memory, arrays)
        request = {"op": "nothing", "arrays": described, "shapes": [list(shape) for shape in shapes], "free": free}
        request["lend"] = self._keeper.lends
        reply = self._keeper.ask(request, _OFF_THE_CLOCK_S, lambda frame: self._taken(function, frame, free))
        if reply.taken is None:
            return CallOutcome(function, reply.verdict, error=self._keeper.bury(reply), wall_s=reply.wall_s)
        return replace(reply.taken, wall_s=reply.wall_s, used=reply.used)

    def _taken(self, function: Function, frame: Frame, free: int) -> CallOutcome:
        """What an answer to a call says, with its outputs copied."""
        program, arrays = self._program, lambda frame: self._arrays(frame, free)
        return call_outcome(frame, function, program.outputs[function], program.handed, arrays, left=program.left)

    def _arrays(self, frame: Frame, free: int) -> Arrays:
        """Where an answer's arrays lie, in a room that begins at `free`."""
        child, region = self._keeper.child, self._keeper.region
        if child is not None and child.lends:
            return LentArrays(child.read_memory, frame, region.size - free)
        return SharedArrays(region.memory, free, frame)

    def collect_garbage(self) -> None:
        """Let the child collect its garbage now, and not while it is timed."""
        if self._keeper.child is not None:
            reply = self._keeper.ask({"op": "collect", "now": self._collects}, _OFF_THE_CLOCK_S, lambda frame: None)
            if reply.frame is None:  # it would be no other way next time, and cost as much
                self._collects = False
                self._keeper.bury(reply)

    def start(self) -> None:
        """Fork a child and wait for its hello: until then, no failure is the student's."""
        self._keeper.start()

    def restart(self) -> None:
        """Go on with a new process, which loads the submission again before its next call."""
        self._keeper.kill()

    def close(self) -> None:
        """End the child and remove everything that the session made."""
        self._keeper.close()
