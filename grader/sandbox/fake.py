"""A session without processes: functions of this process on a clock that a test winds.

It stands in for a submission wherever what the stages make of its answers is the subject: which ratio is trusted, when
a race ends, what a wrong result is told as. What a submission can do to its process is no subject for it: nothing here
is confined, and a function that never returns never returns.
"""

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.records import Array, CallOutcome, Function, Returned, StudentError, Verdict
from grader.records.words import Kind
from grader.sandbox.answers import SkippedStatement
from grader.sandbox.base import PARAMETERS, UPSTREAM
from grader.sandbox.inside import wire
from grader.sandbox.requests import CacheMode, Exchange


@dataclass(slots=True)
class ScriptedClock:
    """Seconds that pass only where somebody says so; calling it tells the time, as `time.perf_counter` does."""

    now_s: float = 0.0

    def __call__(self) -> float:
        """The time."""
        return self.now_s


Seconds = Callable[[Array], float]
"""What a call takes, by its first argument."""


def _no_time(first: Array) -> float:
    return 0.0


class FakeSession:
    """As `base.BaseSession`, for functions of this process.

    Args:
        functions: forward takes the inputs by position and the parameter dict, and returns its outputs and a cache, in
            a tuple; backward takes the upstream gradient and a cache. What they raise is a crash.
        inputs: names of the forward pass's arrays, in their order.
        outputs: names of what comes of each function.
        scalars: names of the parameters that forward takes by themselves, after the arrays.
        left: the last of forward's outputs, which it leaves in the parameter dict.
        clock: goes on by what each call takes.
        seconds: what a call takes; a function may look at the clock.
        call_s: a call that takes longer is a TIMEOUT, after so long.
        allowance_s: what all calls together may take.
    """

    def __init__(
        self,
        functions: Mapping[Function, Callable[..., Any]],
        inputs: Sequence[str],
        outputs: Mapping[Function, Sequence[str]],
        *,
        scalars: Sequence[str] = (),
        left: Sequence[str] = (),
        clock: ScriptedClock | None = None,
        seconds: Seconds = _no_time,
        call_s: float = math.inf,
        allowance_s: float = math.inf,
    ) -> None:
        self._functions = functions
        self._inputs = inputs
        self._outputs = outputs
        self._scalars, self._left = scalars, left
        self._clock = clock or ScriptedClock()
        self._seconds = seconds
        self._call_s = call_s
        self._caches: dict[CacheMode, Any] = {}
        self.allowance_s = allowance_s
        self.spent_s = 0.0
        self.loading_s = 0.0
        self.skipped: tuple[SkippedStatement, ...] = ()

    @property
    def is_spent(self) -> bool:
        """As `BaseSession.is_spent`."""
        return self.spent_s >= self.allowance_s

    @property
    def has_own_cache(self) -> bool:
        """As `BaseSession.has_own_cache`."""
        return "own" in self._caches

    def forward(
        self,
        arrays: Mapping[str, Array],
        parameters: Mapping[str, Any],
        deadline_s: float | None = None,
        cache: CacheMode = "own",
    ) -> CallOutcome:
        """As `BaseSession.forward`."""
        self._caches.pop(cache, None)
        copies = {name: arrays[name].copy() for name in self._inputs}
        arguments = {**copies, **self._parameters(parameters)}
        outcome, results = self._call("forward", arguments, tuple(arguments.values()), deadline_s)
        if len(results) > len(outcome.outputs) - len(self._left) > 0:
            self._caches[cache] = results[-1]
        return outcome

    def backward(
        self,
        upstream: Array,
        arrays: Mapping[str, Array],
        parameters: Mapping[str, Any],
        cache: CacheMode,
        deadline_s: float | None = None,
    ) -> CallOutcome:
        """As `BaseSession.backward`."""
        copies = {name: arrays[name].copy() for name in self._inputs}
        arguments = {**copies, **self._parameters(parameters)}
        canonical = tuple(arguments.values())
        arguments[UPSTREAM] = upstream.copy()
        passed = (arguments[UPSTREAM], self._caches.get(cache, canonical))
        return self._call("backward", arguments, passed, deadline_s)[0]

    def _call(
        self, function: Function, arguments: Mapping[str, Any], passed: tuple[Any, ...], deadline_s: float | None
    ) -> tuple[CallOutcome, Sequence[Any]]:
        """One call, and all that it returned; `arguments` are what it may change, by name."""
        limit_s = min(self._call_s if deadline_s is None else deadline_s, self.allowance_s - self.spent_s)
        took_s = min(self._seconds(passed[0]), limit_s)
        self.spent_s += took_s
        self._clock.now_s += took_s
        if took_s == limit_s:
            return CallOutcome(function, Verdict.TIMEOUT, wall_s=took_s, spent_s=took_s), ()
        before = self._kept(arguments)
        try:
            result = self._functions[function](*passed)
        except Exception as error:  # a submission's error is an outcome
            died = StudentError(type(error).__name__, str(error))
            return CallOutcome(function, Verdict.CRASHED, error=died, wall_s=took_s, spent_s=took_s), ()
        outputs, results = self._unpacked(function, result)
        if function == "forward" and results:
            outputs |= {name: _returned(arguments[PARAMETERS].get(name)) for name in self._left}
        # NumPy compares parameter dicts too, as single objects.
        now = self._kept(arguments)
        mutated = tuple(name for name, value in now.items() if not np.array_equal(value, before[name]))
        outcome = CallOutcome(function, Verdict.PASSED, outputs, mutated=mutated, wall_s=took_s, spent_s=took_s)
        return outcome, results

    def _parameters(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Arguments by name: scalars, then the parameter dict."""
        in_dict = {name: _copied(value) for name, value in parameters.items() if name not in self._scalars}
        return {**{name: parameters[name] for name in self._scalars}, PARAMETERS: in_dict}

    def _kept(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Copies of the arguments: what a call has to leave as it is."""
        kept = {name: value for name, value in arguments[PARAMETERS].items() if name not in self._left}
        return {**{name: _copied(value) for name, value in arguments.items()}, PARAMETERS: kept}

    def _unpacked(self, function: Function, result: Any) -> tuple[dict[str, Returned], Sequence[Any]]:
        """The outputs by name, and all that was returned; nothing of it where it is not a tuple of so many."""
        names = [name for name in self._outputs[function] if function == "backward" or name not in self._left]
        wanted = len(names) + (function == "forward")
        if wanted == 1:  # a single output is no tuple
            result = (result,)
        if isinstance(result, tuple | list) and len(result) == wanted:
            return {name: _returned(value) for name, value in zip(names, result, strict=False)}, result
        kind = Kind.NONE if result is None else Kind.NO_TUPLE
        return dict.fromkeys(self._outputs[function], Returned(None, kind)), ()

    def calls(self, exchange: Exchange, limit_s: float) -> list[CallOutcome] | None:
        """As `BaseSession.calls`; results are read after each call, also where they are asked for late."""
        memory, spent_s = bytearray(exchange.memory), self.spent_s
        problems = json.loads(exchange.request)["problems"]
        outcomes = []
        for call in exchange.calls:
            *inputs, upstream = (wire.view(memory, frame) for frame in problems[call.problem]["arrays"])
            arrays = dict(zip(self._inputs, inputs, strict=True))
            scalars = zip(self._scalars, problems[call.problem]["scalars"], strict=True)
            parameters = {**dict(scalars), **wire.parameters(problems[call.problem]["parameters"])}
            if call.function == "forward":
                outcomes.append(self.forward(arrays, parameters, cache=call.cache))
            else:
                outcomes.append(self.backward(upstream, arrays, parameters, call.cache))
            if not outcomes[-1].returned or outcomes[-1].mutated or call.cache not in (*self._caches, "canonical"):
                return None
        return outcomes if self.spent_s - spent_s <= limit_s else None

    def nothing(self, function: Function, arrays: Iterable[Array], shapes: Iterable[tuple[int, ...]]) -> CallOutcome:
        """As `BaseSession.nothing`: it takes no time."""
        outputs = {str(place): _returned(np.ones(shape)) for place, shape in enumerate(shapes)}
        return CallOutcome(function, Verdict.PASSED, outputs)

    def collect_garbage(self) -> None:
        """As `BaseSession.collect_garbage`: there is none."""

    def restart(self) -> None:
        """As `BaseSession.restart`: what forward left is gone."""
        self._caches.clear()


def _copied(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray) else value


def _returned(value: Any) -> Returned:
    """A value as what came back."""
    if not isinstance(value, np.ndarray):
        return Returned(None, Kind.NONE if value is None else Kind.OTHER, what=type(value).__name__)
    return Returned(value.copy(), Kind.ARRAY, value.shape, value.dtype.str)
