"""Cases -> session -> compare: is the submission right, and does it keep its promises?"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain, islice
from typing import Self

import numpy as np

from grader import messages
from grader.cases.problems import Problem
from grader.judging.compare import compare_all, relative_error
from grader.records import (
    FUNCTIONS,
    Array,
    CallOutcome,
    Case,
    Check,
    ContractObservation,
    Function,
    Returned,
    StudentError,
    Submission,
    Verdict,
    Verification,
)
from grader.records.feedback import Outline
from grader.records.words import End
from grader.rubric.assignment import Assignment
from grader.sandbox.base import PARAMETERS, UPSTREAM, BaseSession
from grader.sandbox.requests import CacheMode, Call, Exchange
from reference.spec import Operator

AT_ONCE = 60
"""Problems whose calls are made in one exchange with the sandbox."""
_GIVE_UP_AFTER = 5
_AHEAD_S = 2.0
"""Calls that are likely to take longer together are not made in one exchange."""
_REPEATS = 3
_Kind = tuple[Function, CacheMode]
_REPEAT_TOLERANCE = 1e-12
"""Two results of the same call may differ by rounding (memory alignment changes the order of sums), no more."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """A result that is not right."""

    problem: Problem
    check: Check
    returned: Returned | None
    """None where the call did not return."""
    error: StudentError | None
    cache: CacheMode
    """What backward was called with."""
    on_own: "Wrong | None" = None
    """Of backward on the canonical cache: what the student's own gave, where there was one."""


@dataclass(frozen=True, slots=True)
class Round:
    """Some problems, and the calls that they are likely to need, all in one exchange."""

    problems: tuple[Problem, ...]
    exchange: Exchange


def make_rounds(problems: Sequence[Problem], operator: Operator, *, show_promises: bool = True) -> tuple[Round, ...]:
    """Divide problems into rounds, the same for every submission.

    Of the first few every call is made that may be wanted, to see whether promises are kept.
    """
    outputs = {function: operator.signature.outputs(function) for function in FUNCTIONS}
    whole = [number for number, problem in enumerate(problems) if problem.case.functions == FUNCTIONS]
    first = whole[_REPEATS - 1] + 1 if len(whole) >= _REPEATS else len(problems)
    rounds = []
    starts = (0, *range(first, len(problems), AT_ONCE)) if show_promises else range(0, len(problems), AT_ONCE)
    for start, end in zip(starts, (*starts[1:], len(problems)), strict=True):
        chosen, repeated = tuple(problems[start:end]), show_promises and not start
        calls = [Call(i, *kind) for i, problem in enumerate(chosen) for kind in _kinds(problem, repeated=repeated)]
        rounds.append(Round(chosen, Exchange.of(chosen, calls, operator.signature.inputs, outputs)))
    return tuple(rounds)


@dataclass(slots=True)
class _Patience:
    """How long to wait for one function. Each has its own share of the time, so that one cannot use up the other's.

    The first call that hangs costs the whole limit. After that, a call may take 20 times as long as the slowest that
    returned, and at least a second; if none of the first five returned, the rest is not tried. Seconds are those of
    `TimeLimit`: what other programs take of the machine does not count.
    """

    limit_s: float
    left_s: float
    slowest_s: float = 0.0
    timeouts: int = 0
    returned: int = 0

    @property
    def exhausted(self) -> str | None:
        """Why no more calls are made, or None."""
        if self.timeouts >= _GIVE_UP_AFTER and self.returned == 0:
            return f"none of the first {_GIVE_UP_AFTER} calls returned in time"
        return "the time for all cases together was used up" if self.left_s <= 0 else None

    @property
    def deadline_s(self) -> float:
        limit_s = min(self.limit_s, max(1.0, 20 * self.slowest_s)) if self.timeouts else self.limit_s
        return min(limit_s, self.left_s)

    def learn(self, outcome: CallOutcome) -> None:
        """Take note of how a call ended."""
        self.left_s -= outcome.spent_s
        if outcome.verdict is Verdict.TIMEOUT:
            self.timeouts += 1
        elif outcome.returned:
            self.returned += 1
            self.slowest_s = max(self.slowest_s, outcome.spent_s)


@dataclass(slots=True)
class _Promises:
    """Gathers what the calls show about the contract."""

    names: Mapping[Function, str]
    shown: dict[Function, int] = field(default_factory=lambda: dict.fromkeys(FUNCTIONS, 0))
    """Calls with a right result: a wrong one shows nothing."""
    repeated: dict[Function, int] = field(default_factory=lambda: dict.fromkeys(FUNCTIONS, 0))
    canonical: int = 0
    broken: dict[tuple[str, Function], str] = field(default_factory=dict)

    def breach(self, promise: str, function: Function, text: str) -> None:
        """Note the first breach of a promise."""
        self.broken.setdefault((promise, function), text)

    def observations(self) -> tuple[ContractObservation, ...]:
        """One for each promise and function."""
        times: dict[tuple[str, Function], int] = {("canonical_cache", "backward"): self.canonical}
        for function in FUNCTIONS:
            times["inputs_unchanged", function] = self.shown[function]
            times["deterministic", function] = self.repeated[function]
        return tuple(self._observe(*key, count) for key, count in times.items())

    def _observe(self, promise: str, function: Function, times: int) -> ContractObservation:
        if (promise, function) in self.broken:
            return ContractObservation(promise, function, Verdict.FAILED, self.broken[promise, function])
        if times:
            return ContractObservation(promise, function, Verdict.PASSED)
        return ContractObservation(promise, function, Verdict.MISSING)


@dataclass(frozen=True, slots=True)
class _Judged:
    """One call with its checks."""

    outcome: CallOutcome
    checks: list[Check]
    right: int
    """How many outputs are."""
    mode: CacheMode
    """Of a backward call: the cache that it was given."""
    on_own: "_Judged | None" = None
    """Of one on the canonical cache: the call on the student's own, where there was one."""

    def wrong(self, problem: Problem, i: int) -> Wrong:
        """The output of this number, with its numbers."""
        check = self.checks[i]
        on_own = None if self.on_own is None else self.on_own.wrong(problem, i)
        return Wrong(problem, check, self.outcome.outputs.get(check.output), self.outcome.error, self.mode, on_own)

    @classmethod
    def of(cls, outcome: CallOutcome, checks: list[Check], mode: CacheMode) -> Self:
        """Count what is right."""
        return cls(outcome, checks, sum(check.verdict is Verdict.PASSED for check in checks), mode)


class Verifier:
    """One submission's way through the problems.

    Backward is judged on the student's own cache and, where that fails, on the canonical one, so that a wrong forward
    need not cost the marks of a right backward. The better is told, with what the own gave; the rubric has the choice.
    """

    def __init__(
        self,
        session: BaseSession,
        submission: Submission,
        assignment: Assignment,
        forbidden: Mapping[Function, str],
        outlines: Mapping[str, Outline],
    ) -> None:
        """`forbidden` are functions that are not to be run, each with the reason why."""
        self.session = session
        self.forbidden = forbidden
        self.outlines = outlines
        self.submission = submission
        self.rubric = rubric = assignment.rubric
        self.signature = assignment.operator.signature
        self.names = assignment.names
        self._share_s = rubric.limits.total_s / len(FUNCTIONS)
        self.patience = {f: _Patience(rubric.limits.call_s, self._share_s) for f in FUNCTIONS}
        self.contract = _Promises(self.names)
        self.rescued = 0
        """Cases in which forward is right, and backward only on the canonical cache."""
        self.known: dict[int, dict[_Kind, list[_Judged]]] = {}
        """Calls that have been made ahead and not been used, by the index of the problem."""
        self.does_well = not forbidden
        """Nothing has gone wrong with calls that were made ahead."""
        self.wrong: list[Wrong] = []
        self.pace_s: float | None = None
        """How long a call made ahead takes, once some have been."""

    def verify(self, rounds: Sequence[Round]) -> tuple[Verification, tuple[Wrong, ...]]:
        """Run the problems of all rounds through both functions.

        Returns:
            What was found out, and every result that is not right, with its numbers.

        Raises:
            JudgeError: where the sandbox fails.
        """
        checks = tuple(self._through(rounds))
        return Verification(checks, self.contract.observations(), self.rescued), tuple(self.wrong)

    def verify_in_secret(self, rounds: Sequence[Round], found: Verification) -> Verification:
        """What was `found`, with checks of more rounds, which may take as long again.

        A function that is right in none of them has not shown that it keeps its promises.

        Raises:
            JudgeError: where the sandbox fails.
        """
        for patience in self.patience.values():
            patience.left_s = self._share_s
        checks = tuple(self._through(rounds))
        right = {self.signature.function(check.output) for check in checks if check.verdict is Verdict.PASSED}
        contract = tuple(
            one if one.function in right or one.verdict is Verdict.FAILED else replace(one, verdict=Verdict.MISSING)
            for one in found.contract
        )
        return replace(found, checks=(*found.checks, *checks), contract=contract)

    def _through(self, rounds: Sequence[Round]) -> Iterator[Check]:
        for one in rounds:
            self.look_ahead(one)
            for problem in one.problems:
                yield from self.solve(problem)

    def look_ahead(self, one: Round) -> None:
        """Make the calls of a round in one exchange; unless all goes well, they are made one by one."""
        calls = one.exchange.calls
        usual_s = (self.pace_s or 0.0) * len(calls)
        left_s = min(patience.left_s for patience in self.patience.values())
        if not self.does_well or usual_s > _AHEAD_S or left_s < _AHEAD_S:
            return
        spent_s = self.session.spent_s
        outcomes = self.session.calls(one.exchange, max(1.0, 3 * usual_s))
        spent_s = self.session.spent_s - spent_s
        for patience in self.patience.values():
            patience.left_s -= spent_s / len(FUNCTIONS)
        if outcomes is None:
            self.does_well = False
            return
        self.pace_s = spent_s / len(calls)
        self.known = {problem.case.index: {} for problem in one.problems}
        posed = [one.problems[call.problem] for call in calls]
        judged = self._judge_all(posed, outcomes, [call.cache for call in calls])
        for call, problem, one_judged in zip(calls, posed, judged, strict=True):
            known = self.known[problem.case.index]
            known.setdefault((call.function, call.cache), []).append(one_judged)

    def _made_ahead(self, problem: Problem, function: Function, cache: CacheMode) -> _Judged | None:
        """The next of the problem's calls of this kind, if it has been made."""
        waiting = self.known.get(problem.case.index, {}).get((function, cache))
        if not waiting:
            return None
        judged = waiting.pop(0)
        self.patience[function].learn(judged.outcome)
        return judged

    def _has_own_cache(self, problem: Problem) -> bool:
        """Whether backward can be called, or has been, on what forward left for this problem."""
        return bool(self.known.get(problem.case.index, {}).get(("backward", "own"))) or self.session.has_own_cache

    def solve(self, problem: Problem) -> list[Check]:
        """All checks of one problem."""
        try:
            return self._solve(problem)
        finally:
            self.known.pop(problem.case.index, None)

    def _solve(self, problem: Problem) -> list[Check]:
        forward = self._forward(problem)
        if "backward" not in problem.case.functions:
            self._keep_wrong(problem, forward)
            return forward.checks
        had_cache = self._has_own_cache(problem)
        backward = self._backward(problem)
        all_right = forward.right == len(forward.checks)
        self.rescued += all_right and had_cache and backward.mode == "canonical"
        self._keep_wrong(problem, forward, backward)
        if not problem.case.secret:
            self._observe(problem, forward, backward)
        return forward.checks + backward.checks

    def _keep_wrong(self, problem: Problem, *calls: _Judged) -> None:
        for judged in calls:
            for i, check in enumerate(judged.checks):
                if check.verdict is not Verdict.PASSED:
                    self.wrong.append(judged.wrong(problem, i))

    def _forward(self, problem: Problem) -> _Judged:
        def call(limit_s: float) -> CallOutcome:
            return self.session.forward(problem.arrays, problem.parameters, limit_s)

        known = self._made_ahead(problem, "forward", "own")
        return known or self._judged(problem, self._patiently("forward", call))

    def _backward(self, problem: Problem) -> _Judged:
        """The better of the own and the canonical cache; of equals, the own."""
        if not self._has_own_cache(problem):
            return self._backward_on(problem, "canonical", cache_is_ours=True)
        own = self._backward_on(problem, "own")
        if own.right == len(own.checks):
            return own
        canonical = self._backward_on(problem, "canonical")
        pairs = zip(canonical.checks, own.checks, strict=True)
        checks = [replace(check, on_own=on_own) for check, on_own in pairs]
        canonical = replace(canonical, checks=checks, on_own=own)
        return max(own, canonical, key=lambda judged: (judged.right, judged.outcome.returned))

    def _backward_on(self, problem: Problem, mode: CacheMode, *, cache_is_ours: bool = False) -> _Judged:
        """`cache_is_ours` says that the student's forward left none, which explains some crashes."""

        def call(limit_s: float) -> CallOutcome:
            return self.session.backward(problem.upstream, problem.arrays, problem.parameters, mode, limit_s)

        known = self._made_ahead(problem, "backward", mode)
        return known or self._judged(problem, self._patiently("backward", call), mode, cache_is_ours=cache_is_ours)

    def _patiently(self, function: Function, call: Callable[[float], CallOutcome]) -> CallOutcome:
        """Call with the time that is left for this function."""
        if function in self.forbidden:
            return CallOutcome(function, Verdict.POLICY)
        patience = self.patience[function]
        why = patience.exhausted
        if why is not None:
            return CallOutcome(function, Verdict.TIMEOUT, error=StudentError(End.UNTRIED, why))
        deadline_s = patience.deadline_s
        last = patience.left_s == deadline_s
        outcome = call(deadline_s)
        patience.learn(outcome)
        if outcome.verdict is Verdict.TIMEOUT and deadline_s < patience.limit_s:
            cut_short = StudentError(End.UNTRIED, patience.exhausted or "") if last else StudentError(End.HURRIED, "")
            return replace(outcome, error=cut_short)
        return outcome

    def _judge_all(
        self, problems: Sequence[Problem], outcomes: Sequence[CallOutcome], modes: Sequence[CacheMode]
    ) -> Iterator[_Judged]:
        """Calls that have all returned; `problems` has the problem of each."""
        each = [self._outputs(problem, outcome) for problem, outcome in zip(problems, outcomes, strict=True)]
        checks = iter(compare_all(list(chain.from_iterable(each))))
        for outcome, outputs, mode in zip(outcomes, each, modes, strict=True):
            yield _Judged.of(outcome, list(islice(checks, len(outputs))), mode)

    def _judged(
        self, problem: Problem, outcome: CallOutcome, mode: CacheMode = "own", *, cache_is_ours: bool = False
    ) -> _Judged:
        return _Judged.of(outcome, self._check(problem, outcome, cache_is_ours=cache_is_ours), mode)

    def _check(self, problem: Problem, outcome: CallOutcome, *, cache_is_ours: bool = False) -> list[Check]:
        """One check for each output of the call."""
        if not outcome.returned:
            names = self.signature.outputs(outcome.function)
            explained = self._explain(outcome)
            if cache_is_ours and outcome.verdict is Verdict.CRASHED and not self._keeps_inputs:
                was_run = "forward" not in self.forbidden
                explained = messages.with_our_cache(
                    explained, self.names["forward"], self.signature.cache, forward_was_run=was_run
                )
            tried = outcome.error is None or outcome.error.type != End.UNTRIED
            return [Check(name, problem.case, outcome.verdict, *explained, tried=tried) for name in names]
        return compare_all(self._outputs(problem, outcome))

    @cached_property
    def _keeps_inputs(self) -> bool:
        """Whether forward was run and is known to keep its inputs, so that the canonical cache is no other."""
        text = self.outlines.get(self.names["forward"])
        return "forward" not in self.forbidden and text is not None and text.keeps_inputs

    def _outputs(self, problem: Problem, outcome: CallOutcome) -> list[tuple[str, Case, Returned, Array, float]]:
        """What a call returned, for `compare_all`."""
        tolerance = self.rubric.tolerance.of(problem.case.dtype)
        names = self.signature.outputs(outcome.function)
        return [(name, problem.case, outcome.outputs[name], problem.expected[name], tolerance) for name in names]

    def _explain(self, outcome: CallOutcome) -> messages.Explained:
        """Why the call did not return, in the student's terms."""
        name = self.names[outcome.function]
        if outcome.verdict is Verdict.POLICY:
            return self.forbidden[outcome.function], None
        if outcome.error is not None and outcome.error.type == End.UNTRIED:
            return messages.untried(name, outcome.error.text), None
        limit = messages.limit_text(self.rubric.limits, outcome.verdict)
        if outcome.error is not None and outcome.error.type == End.HURRIED:
            return messages.hurried(name, limit)
        if outcome.verdict is Verdict.MISSING and name in self.submission.unparsed:
            return messages.unparsed(name, self.submission.unparsed[name]), None
        submission = self.submission
        return messages.call_ended(
            name, outcome, submission.origin, self.session.skipped, limit, self.signature, code=submission.code
        )

    def _observe(self, problem: Problem, forward: _Judged, backward: _Judged) -> None:
        """Note what the calls show about the contract; the first few that are right are made a second time."""
        for judged in (forward, backward):
            function = judged.outcome.function
            self.contract.shown[function] += judged.right > 0
            if judged.outcome.mutated:
                ours = {UPSTREAM: self.signature.upstream, PARAMETERS: self.signature.parameter_name}
                names = [ours.get(name, name) for name in judged.outcome.mutated]
                self.contract.breach("inputs_unchanged", function, messages.changes_inputs(self.names[function], names))
        repeat = {j.outcome.function: j.right > 0 and self._is_wanted(j.outcome.function) for j in (forward, backward)}
        if repeat["forward"] or (repeat["backward"] and backward.mode == "own"):
            again = self._forward(problem)
            if repeat["forward"]:
                self._repeated(forward, again)
        if repeat["backward"] and (backward.mode == "canonical" or self._has_own_cache(problem)):
            self._repeated(backward, self._backward_on(problem, backward.mode))
            canonical = backward if backward.mode == "canonical" else self._backward_on(problem, "canonical")
            self.contract.canonical += 1
            if canonical.right < backward.right:
                text = messages.needs_own_cache(self.names["backward"], self.signature.cache)
                self.contract.breach("canonical_cache", "backward", text)

    def _is_wanted(self, function: Function) -> bool:
        return self.contract.repeated[function] < _REPEATS

    def _repeated(self, first: _Judged, again: _Judged) -> None:
        """Compare a repeated call with the first."""
        if again.outcome.verdict is Verdict.TIMEOUT:  # slow today or out of time: that is no other result
            return
        function = first.outcome.function
        self.contract.repeated[function] += 1
        pairs = [(first.outcome.outputs[name], again.outcome.outputs.get(name)) for name in first.outcome.outputs]
        if not all(one.array is None or (two is not None and _same(one.array, two.array)) for one, two in pairs):
            self.contract.breach("deterministic", function, messages.not_deterministic(self.names[function]))


def _kinds(problem: Problem, *, repeated: bool) -> tuple[_Kind, ...]:
    """The calls of a problem, in their order; `repeated` with those that are made to see whether promises are kept."""
    if "backward" not in problem.case.functions:
        return (("forward", "own"),)
    usual: tuple[_Kind, ...] = (("forward", "own"), ("backward", "own"))
    return (*usual, *usual, ("backward", "canonical")) if repeated else usual


def _same(first: Array, second: Array | None) -> bool:
    if second is None or first.shape != second.shape:
        return False
    if np.array_equal(first, second, equal_nan=True) or not first.size:
        return True
    precision = 1e-5 if first.dtype.itemsize < 8 else _REPEAT_TOLERANCE
    return bool(relative_error(second.astype(np.float64), first.astype(np.float64)) <= precision)
