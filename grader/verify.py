"""Cases -> session -> compare: is the submission right, and does it keep its promises?"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from grader import messages
from grader.compare import compare, relative_error
from grader.problems import Problem
from grader.records import (
    FUNCTIONS,
    Array,
    CallOutcome,
    Check,
    ContractObservation,
    Function,
    StudentError,
    Submission,
    Verdict,
    Verification,
)
from grader.rubric import Rubric
from grader.sandbox.session import CacheMode, Session
from reference.spec import Operator

_GIVE_UP_AFTER = 5
_UNTRIED = "Untried"
_REPEATS = 3
_REPEAT_TOLERANCE = 1e-12
"""Two results of the same call may differ by rounding (memory alignment changes the order of sums), no more."""


def verify(
    session: Session,
    submission: Submission,
    rubric: Rubric,
    operator: Operator,
    problems: Sequence[Problem],
    forbidden: Mapping[Function, str],
) -> Verification:
    """Run every problem through both functions, but for those in `forbidden` (function -> why it is not run).

    Backward is judged on the student's own cache and, where that fails, on the canonical one; the better counts, so
    that a wrong forward never costs the marks of a right backward.

    Raises:
        JudgeError: where the sandbox fails.
    """
    run = _Run(session, submission, rubric, operator, forbidden)
    checks = [check for problem in problems for check in run.solve(problem)]
    names = run.names["backward"], run.names["forward"]
    notes = (messages.right_on_canonical_only(*names, run.rescued),) if run.rescued else ()
    return Verification(tuple(checks), run.contract.observations(), notes)


@dataclass(slots=True)
class _Patience:
    """How long to wait for one function.

    The first call that hangs costs the whole limit. After that, a call may take 20 times as long as the slowest that
    returned, and at least a second; if none of the first five returned, the rest is not tried.
    """

    limit_s: float
    slowest_s: float = 0.0
    timeouts: int = 0
    returned: int = 0

    @property
    def exhausted(self) -> bool:
        return self.timeouts >= _GIVE_UP_AFTER and self.returned == 0

    @property
    def deadline_s(self) -> float:
        return self.limit_s if not self.timeouts else min(self.limit_s, max(1.0, 20 * self.slowest_s))

    def learn(self, outcome: CallOutcome) -> None:
        if outcome.verdict is Verdict.TIMEOUT:
            self.timeouts += 1
        elif outcome.returned:
            self.returned += 1
            self.slowest_s = max(self.slowest_s, outcome.wall_s)


@dataclass(slots=True)
class _Promises:
    """Gathers what the calls show about the contract."""

    names: Mapping[Function, str]
    returned: dict[Function, int] = field(default_factory=lambda: dict.fromkeys(FUNCTIONS, 0))
    repeated: dict[Function, int] = field(default_factory=lambda: dict.fromkeys(FUNCTIONS, 0))
    canonical: int = 0
    broken: dict[tuple[str, Function], str] = field(default_factory=dict)

    def breach(self, promise: str, function: Function, text: str) -> None:
        """Note the first breach of a promise."""
        self.broken.setdefault((promise, function), text)

    def observations(self) -> tuple[ContractObservation, ...]:
        """One for each promise and function."""
        shown: dict[tuple[str, Function], int] = {("canonical_cache", "backward"): self.canonical}
        for function in FUNCTIONS:
            shown["inputs_unchanged", function] = self.returned[function]
            shown["deterministic", function] = self.repeated[function]
        return tuple(self._observe(*key, times) for key, times in shown.items())

    def _observe(self, promise: str, function: Function, times: int) -> ContractObservation:
        if (promise, function) in self.broken:
            return ContractObservation(promise, function, Verdict.FAILED, self.broken[promise, function])
        if times:
            return ContractObservation(promise, function, Verdict.PASSED)
        return ContractObservation(promise, function, Verdict.MISSING)


class _Run:
    """One submission's way through the problems."""

    def __init__(
        self,
        session: Session,
        submission: Submission,
        rubric: Rubric,
        operator: Operator,
        forbidden: Mapping[Function, str],
    ) -> None:
        self.session = session
        self.forbidden = forbidden
        self.submission = submission
        self.rubric = rubric
        self.operator = operator
        self.names: dict[Function, str] = {f: rubric.functions.name(f) for f in FUNCTIONS}
        self.patience = {f: _Patience(rubric.limits.call_s) for f in FUNCTIONS}
        self.contract = _Promises(self.names)
        self.cache_was_ours = False
        self.rescued = 0
        self.end = time.perf_counter() + rubric.limits.total_s

    def solve(self, problem: Problem) -> list[Check]:
        """All checks of one problem."""
        forward = self._forward(problem)
        checks = self._check(problem, forward)
        if problem.case.integer_bias:
            return checks
        backward, mode = self._backward(problem)
        right = all(check.verdict is Verdict.PASSED for check in checks)
        self.rescued += right and mode == "canonical" and not self.cache_was_ours
        outcomes: dict[Function, CallOutcome] = {"forward": forward, "backward": backward}
        self._observe(problem, outcomes, mode)
        return checks + self._check(problem, backward)

    def _forward(self, problem: Problem) -> CallOutcome:
        return self._patiently(
            "forward", lambda limit_s: self.session.forward(problem.arrays, problem.parameters, limit_s)
        )

    def _backward(self, problem: Problem) -> tuple[CallOutcome, CacheMode]:
        """The better of the own and the canonical cache."""
        own = self._backward_on(problem, "own") if self.session.has_own_cache else None
        self.cache_was_ours = own is None
        if own is not None and self._passed(problem, own) == len(self.operator.backward_outputs):
            return own, "own"
        canonical = self._backward_on(problem, "canonical")
        if own is None:
            return canonical, "canonical"
        ranked = [
            ((self._passed(problem, outcome), outcome.returned), outcome, mode)
            for outcome, mode in ((own, "own"), (canonical, "canonical"))
        ]
        _, best, mode = max(ranked, key=lambda entry: entry[0])  # the first of equals: own
        return best, "own" if mode == "own" else "canonical"

    def _backward_on(self, problem: Problem, mode: CacheMode) -> CallOutcome:
        return self._patiently(
            "backward",
            lambda limit_s: self.session.backward(problem.upstream, problem.arrays, problem.parameters, mode, limit_s),
        )

    def _patiently(self, function: Function, call: Callable[[float], CallOutcome]) -> CallOutcome:
        """Call with the time that is left for this function."""
        if function in self.forbidden:
            return CallOutcome(function, Verdict.POLICY)
        patience = self.patience[function]
        left_s = self.end - time.perf_counter()
        if patience.exhausted:
            return _untried(function, f"none of the first {_GIVE_UP_AFTER} calls returned in time")
        if left_s <= 0:
            return _untried(function, f"all cases together took more than {self.rubric.limits.total_s:g} s")
        outcome = call(min(patience.deadline_s, left_s))
        patience.learn(outcome)
        return outcome

    def _passed(self, problem: Problem, outcome: CallOutcome) -> int:
        return sum(check.verdict is Verdict.PASSED for check in self._check(problem, outcome))

    def _check(self, problem: Problem, outcome: CallOutcome) -> list[Check]:
        """One check for each output of the call."""
        names = self.operator.outputs(outcome.function)
        if not outcome.returned:
            explained, tried = self._explain(outcome), not _is_untried(outcome)
            return [Check(name, problem.case, outcome.verdict, *explained, tried=tried) for name in names]
        tolerance = self.rubric.tolerance.of(problem.case.dtype)
        return [compare(name, problem.case, outcome.outputs[name], problem.expected[name], tolerance) for name in names]

    def _explain(self, outcome: CallOutcome) -> messages.Explained:
        """Why the call did not return, in the student's terms."""
        name = self.names[outcome.function]
        if outcome.verdict is Verdict.POLICY:
            return self.forbidden[outcome.function], None
        if outcome.error is not None and _is_untried(outcome):
            return f"{name} was not tried on this case: {outcome.error.text}", None
        if outcome.verdict is Verdict.MISSING and name in self.submission.unparsed:
            return f"{name} could not be read: {self.submission.unparsed[name]}", None
        limit = messages.limit_text(self.rubric.limits, outcome.verdict)
        explained = messages.call_ended(name, outcome, self.submission.origin, self.session.skipped, limit)
        if outcome.function == "backward" and outcome.verdict is Verdict.CRASHED and self.cache_was_ours:
            return messages.with_our_cache(explained[0], self.names["forward"])
        return explained

    def _observe(self, problem: Problem, outcomes: Mapping[Function, CallOutcome], mode: CacheMode) -> None:
        """Note what the calls show about the contract, with repeated calls for the first few problems."""
        for function, outcome in outcomes.items():
            if outcome.mutated:
                names = [self.operator.upstream if name == "upstream" else name for name in outcome.mutated]
                text = f"{self.names[function]} changes {', '.join(names)} in place"
                self.contract.breach("inputs_unchanged", function, text)
        computed = {function: _arrays(outcome) for function, outcome in outcomes.items()}
        for function, arrays in computed.items():
            self.contract.returned[function] += arrays is not None
        if all(arrays is None or self.contract.repeated[f] >= _REPEATS for f, arrays in computed.items()):
            return
        self._repeat("forward", computed["forward"], self._forward(problem))
        if computed["backward"] is None or (mode == "own" and not self.session.has_own_cache):
            return
        self._repeat("backward", computed["backward"], self._backward_on(problem, mode))
        canonical = self._backward_on(problem, "canonical") if mode == "own" else outcomes["backward"]
        self.contract.canonical += 1
        if self._passed(problem, canonical) < self._passed(problem, outcomes["backward"]):
            text = f"{self.names['backward']} needs another cache than (x, w, b, conv_param)"
            self.contract.breach("canonical_cache", "backward", text)

    def _repeat(self, function: Function, first: Sequence[Array] | None, again: CallOutcome) -> None:
        """Compare a repeated call with the first."""
        if first is None:
            return
        if again.verdict is Verdict.TIMEOUT:  # slow today or out of time: that is no other result
            return
        second = _arrays(again)
        self.contract.repeated[function] += 1
        if second is None or not all(map(_same, first, second)):
            text = f"{self.names[function]} gives another result when it is called again with the same inputs"
            self.contract.breach("deterministic", function, text)


def _untried(function: Function, why: str) -> CallOutcome:
    return CallOutcome(function, Verdict.TIMEOUT, error=StudentError(_UNTRIED, why))


def _is_untried(outcome: CallOutcome) -> bool:
    return outcome.verdict is Verdict.TIMEOUT and outcome.error is not None and outcome.error.type == _UNTRIED


def _arrays(outcome: CallOutcome) -> list[Array] | None:
    """The returned arrays, None unless all outputs are arrays."""
    arrays = [returned.array for returned in outcome.outputs.values()]
    found = [array for array in arrays if array is not None]
    return found if found and len(found) == len(arrays) else None


def _same(first: Array, second: Array) -> bool:
    if first.shape != second.shape:
        return False
    if np.array_equal(first, second, equal_nan=True) or not first.size:
        return True
    precision = 1e-5 if first.dtype.itemsize < 8 else _REPEAT_TOLERANCE
    return bool(relative_error(second.astype(np.float64), first.astype(np.float64))[0] <= precision)
