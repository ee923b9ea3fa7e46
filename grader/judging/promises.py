"""What the calls show about the contract: inputs unchanged, the same result twice, the canonical cache accepted.

Only right results count: a call that gives a wrong one shows nothing about the promises of a right solution. A promise
that no call has shown is neither kept nor broken, and its verdict is MISSING.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from grader import messages
from grader.cases.problems import Problem
from grader.judging.compare import relative_error
from grader.judging.judged import Judged
from grader.records import FUNCTIONS, Array, CallOutcome, ContractObservation, Function, Origin, Verdict
from grader.records.feedback import Outline
from grader.sandbox.base import PARAMETERS, UPSTREAM
from reference.outlines import CHANGED, KEY_SET, RANDOM, never_set
from reference.signature import Signature

REPEATS = 3
"""Right results of each function that are asked for a second time."""
_REPEAT_TOLERANCE = 1e-12
"""Two results of the same call may differ by rounding (memory alignment changes the order of sums), no more."""


@dataclass(slots=True)
class Promises:
    """Gathers what the calls show about the contract."""

    names: Mapping[Function, str]
    """What the assignment calls the functions."""
    signature: Signature
    """What it calls their arguments."""
    outlines: Mapping[str, Outline]
    """What the text of each function says."""
    origin: Origin
    """Of the submission."""
    shown: dict[Function, int] = field(default_factory=lambda: dict.fromkeys(FUNCTIONS, 0))
    """Calls with a right result."""
    repeats: dict[Function, int] = field(default_factory=lambda: dict.fromkeys(FUNCTIONS, 0))
    """Calls that were made a second time."""
    canonical: int = 0
    """Backward calls on the canonical cache, made to compare them with right ones."""
    changed: dict[Function, Problem] = field(default_factory=dict)
    """The first problem in which a call changed its inputs."""
    unchanged: set[Function] = field(default_factory=set)
    """Those of which some call did not."""
    broken: dict[tuple[str, Function], ContractObservation] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    """What costs nothing."""

    def wants_repeat(self, function: Function) -> bool:
        """Whether one more right result of this function is to be asked for again."""
        return self.repeats[function] < REPEATS

    def saw(self, problem: Problem, judged: Judged) -> None:
        """Note whether a call is right, and which of its inputs it changed."""
        function = judged.outcome.function
        self.shown[function] += judged.right > 0
        if judged.outcome.returned and not judged.outcome.mutated:
            self.unchanged.add(function)
        if judged.outcome.mutated:
            self.changed.setdefault(function, problem)
            ours = {UPSTREAM: self.signature.upstream, PARAMETERS: self.signature.parameter_name}
            changed = [ours.get(name, name) for name in judged.outcome.mutated]
            attributes = {} if self.signature.layer is None else self.signature.layer.weights
            text = messages.changes_inputs(self.names[function], changed, attributes)
            breach = ContractObservation("inputs_unchanged", function, Verdict.FAILED, text)
            parameters_only = judged.outcome.mutated == (PARAMETERS,)
            lines = self._places(function).get(KEY_SET if parameters_only else CHANGED, ())
            self._breach(self._with_lines(replace(breach, parameters_only=parameters_only), lines))

    def repeated(self, first: Judged, again: Judged) -> None:
        """Compare a repeated call with the first."""
        if again.outcome.verdict is Verdict.TIMEOUT:  # slow today or out of time: that is no other result
            return
        function = first.outcome.function
        self.repeats[function] += 1
        if not same_outputs(first.outcome, again.outcome):
            text = messages.not_deterministic(self.names[function])
            breach = ContractObservation("deterministic", function, Verdict.FAILED, text)
            places = self._places(function)
            self._breach(self._with_lines(breach, never_set(places) or places.get(RANDOM, ())))

    def among_others(self, first: Judged, again: CallOutcome) -> None:
        """Note that a result, read after other calls, was another; `again` is the same call's, read before them."""
        function, name = first.outcome.function, self.names[first.outcome.function]
        overwritten = same_outputs(first.outcome, again)
        after_another = not overwritten and function == "backward"
        if overwritten:
            text = messages.overwritten(name)
        elif after_another:
            text = messages.not_after_another(name, self.names["forward"])
        else:
            text = messages.not_deterministic(name)
        self._breach(
            ContractObservation(
                "deterministic", function, Verdict.FAILED, text, after_another=after_another, overwritten=overwritten
            )
        )

    def used_again(
        self, first: Sequence[CallOutcome], before: Sequence[CallOutcome], again: Sequence[CallOutcome]
    ) -> None:
        """Compare calls on an object that was used `before` with those on a new one.

        Gradients in attributes may be added to those that are there: some courses set them to zero in between.
        """
        for one, old, other in zip(first, before, again, strict=True):
            different = [name for name in one.outputs if not _same_output(name, one, other)]
            if all(self.signature.place_of(name) and _is_sum(name, one, old, other) for name in different):
                name = self.names[one.function]
                self.remarks += [messages.gradients_pile_up(name, different)] if different else ()
                continue
            text = messages.not_when_used(self.names[one.function])
            self._breach(ContractObservation("deterministic", one.function, Verdict.FAILED, text))

    def tried_canonical(self, best: Judged, canonical: Judged) -> None:
        """Compare a backward call on the canonical cache with the best one."""
        self.canonical += 1
        if canonical.right < best.right:
            text = messages.needs_own_cache(self.names["backward"], self.signature.cache)
            self._breach(ContractObservation("canonical_cache", "backward", Verdict.FAILED, text))

    def _breach(self, found: ContractObservation) -> None:
        """Note the first breach of a promise."""
        self.broken.setdefault((found.name, found.function), found)

    def _places(self, function: Function) -> Mapping[str, tuple[int, ...]]:
        """What the text of a function says, by kind of place."""
        return self.outlines.get(self.names[function], Outline()).places

    def _with_lines(self, breach: ContractObservation, lines: tuple[int, ...]) -> ContractObservation:
        """With the lines of the function that may have caused it."""
        return replace(breach, lines=lines, at=self.origin.among(lines))

    def observations(self) -> tuple[ContractObservation, ...]:
        """One for each promise and function."""
        times: dict[tuple[str, Function], int] = {("canonical_cache", "backward"): self.canonical}
        for function in FUNCTIONS:
            times["inputs_unchanged", function] = self.shown[function]
            times["deterministic", function] = self.repeats[function]
        return tuple(self._observe(*key, count) for key, count in times.items())

    def _observe(self, promise: str, function: Function, times: int) -> ContractObservation:
        if (promise, function) in self.broken:
            found = self.broken[promise, function]
            if promise == "inputs_unchanged" and function in self.unchanged:
                problem = self.changed[function]
                shapes = {name: array.shape for name, array in problem.arrays.items()}
                text = messages.not_always(found.message or "", shapes, self.signature.given(problem.case.sizes))
                return replace(found, message=text)
            return found
        if times:
            return ContractObservation(promise, function, Verdict.PASSED)
        return ContractObservation(promise, function, Verdict.MISSING)


def same_outputs(first: CallOutcome, again: CallOutcome) -> bool:
    """Whether every array that the first call returned is there again."""
    return all(_same_output(name, first, again) for name in first.outputs)


def _same_output(name: str, first: CallOutcome, again: CallOutcome) -> bool:
    one, two = first.outputs[name].array, again.outputs.get(name)
    return one is None or (two is not None and _same(one, two.array))


def _is_sum(name: str, first: CallOutcome, before: CallOutcome, again: CallOutcome) -> bool:
    """Whether the last result is those of the two calls before, added."""
    one, two, both = (outcome.outputs[name].array for outcome in (first, before, again))
    return one is not None and two is not None and one.shape == two.shape and _same(one + two, both)


def _same(first: Array, second: Array | None) -> bool:
    """Whether two results of the same call are the same but for rounding."""
    if second is None or first.shape != second.shape:
        return False
    if np.array_equal(first, second, equal_nan=True) or not first.size:
        return True
    precision = 1e-5 if first.dtype.itemsize < 8 else _REPEAT_TOLERANCE
    return bool(relative_error(second.astype(np.float64), first.astype(np.float64)) <= precision)
