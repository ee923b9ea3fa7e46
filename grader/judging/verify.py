"""Cases -> session -> compare: is the submission right, and does it keep its promises?"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import chain, islice

from grader import messages
from grader.cases.problems import Problem
from grader.judging.compare import compare_all
from grader.judging.judged import Judged, Wrong
from grader.judging.patience import HURRIED, UNTRIED, Patience
from grader.judging.promises import REPEATS, Promises, same
from grader.judging.rounds import Kind, Round
from grader.records import (
    FUNCTIONS,
    Array,
    CallOutcome,
    Case,
    Check,
    Function,
    Returned,
    StudentError,
    Submission,
    Verdict,
    Verification,
)
from grader.records.feedback import Outline
from grader.rubric.model import Rubric
from grader.sandbox.requests import CacheMode
from grader.sandbox.session import PARAMETERS, UPSTREAM, Session
from reference.spec import Operator

_AHEAD_S = 2.0
"""Calls that are likely to take longer together are not made in one exchange."""


class Verifier:
    """One submission's way through the problems.

    Backward is judged on the student's own cache and, where that fails, on the canonical one, so that a wrong forward
    need not cost the marks of a right backward. The better is told, with what the own gave; the rubric has the choice.
    """

    def __init__(
        self,
        session: Session,
        submission: Submission,
        rubric: Rubric,
        operator: Operator,
        forbidden: Mapping[Function, str],
        outlines: Mapping[str, Outline],
    ) -> None:
        """`forbidden` are functions that are not to be run, each with the reason why."""
        self.session = session
        self.forbidden = forbidden
        self.outlines = outlines
        self.submission = submission
        self.rubric = rubric
        self.operator = operator
        self.names: dict[Function, str] = {f: rubric.functions.name(f) for f in FUNCTIONS}
        self._share_s = rubric.limits.total_s / len(FUNCTIONS)
        self.patience = {f: Patience(rubric.limits.call_s, self._share_s) for f in FUNCTIONS}
        self.contract = Promises(self.names)
        self.rescued = 0
        """Cases in which forward is right, and backward only on the canonical cache."""
        self.known: dict[int, dict[Kind, list[Judged]]] = {}
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
        right = {self.operator.function(check.output) for check in checks if check.verdict is Verdict.PASSED}
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

    def _made_ahead(self, problem: Problem, function: Function, cache: CacheMode) -> Judged | None:
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
        if problem.case.integer_bias:
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

    def _keep_wrong(self, problem: Problem, *calls: Judged) -> None:
        for judged in calls:
            for i, check in enumerate(judged.checks):
                if check.verdict is not Verdict.PASSED:
                    self.wrong.append(judged.wrong(problem, i))

    def _forward(self, problem: Problem) -> Judged:
        def call(limit_s: float) -> CallOutcome:
            return self.session.forward(problem.arrays, problem.parameters, limit_s)

        known = self._made_ahead(problem, "forward", "own")
        return known or self._judged(problem, self._patiently("forward", call))

    def _backward(self, problem: Problem) -> Judged:
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

    def _backward_on(self, problem: Problem, mode: CacheMode, *, cache_is_ours: bool = False) -> Judged:
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
            return CallOutcome(function, Verdict.TIMEOUT, error=StudentError(UNTRIED, why))
        deadline_s = patience.deadline_s
        last = patience.left_s == deadline_s
        outcome = call(deadline_s)
        patience.learn(outcome)
        if outcome.verdict is Verdict.TIMEOUT and deadline_s < patience.limit_s:
            cut_short = StudentError(UNTRIED, patience.exhausted or "") if last else StudentError(HURRIED, "")
            return replace(outcome, error=cut_short)
        return outcome

    def _judge_all(
        self, problems: Sequence[Problem], outcomes: Sequence[CallOutcome], modes: Sequence[CacheMode]
    ) -> Iterator[Judged]:
        """Calls that have all returned; `problems` has the problem of each."""
        each = [self._outputs(problem, outcome) for problem, outcome in zip(problems, outcomes, strict=True)]
        checks = iter(compare_all(list(chain.from_iterable(each))))
        for outcome, outputs, mode in zip(outcomes, each, modes, strict=True):
            yield Judged.of(outcome, list(islice(checks, len(outputs))), mode)

    def _judged(
        self, problem: Problem, outcome: CallOutcome, mode: CacheMode = "own", *, cache_is_ours: bool = False
    ) -> Judged:
        return Judged.of(outcome, self._check(problem, outcome, cache_is_ours=cache_is_ours), mode)

    def _check(self, problem: Problem, outcome: CallOutcome, *, cache_is_ours: bool = False) -> list[Check]:
        """One check for each output of the call."""
        if not outcome.returned:
            names = self.operator.outputs(outcome.function)
            explained = self._explain(outcome)
            if cache_is_ours and outcome.verdict is Verdict.CRASHED and not self._keeps_inputs:
                was_run = "forward" not in self.forbidden
                explained = messages.with_our_cache(explained, self.names["forward"], forward_was_run=was_run)
            tried = outcome.error is None or outcome.error.type != UNTRIED
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
        names = self.operator.outputs(outcome.function)
        return [(name, problem.case, outcome.outputs[name], problem.expected[name], tolerance) for name in names]

    def _explain(self, outcome: CallOutcome) -> messages.Explained:
        """Why the call did not return, in the student's terms."""
        name = self.names[outcome.function]
        if outcome.verdict is Verdict.POLICY:
            return self.forbidden[outcome.function], None
        if outcome.error is not None and outcome.error.type == UNTRIED:
            return messages.untried(name, outcome.error.text), None
        limit = messages.limit_text(self.rubric.limits, outcome.verdict)
        if outcome.error is not None and outcome.error.type == HURRIED:
            return messages.hurried(name, limit)
        if outcome.verdict is Verdict.MISSING and name in self.submission.unparsed:
            return messages.unparsed(name, self.submission.unparsed[name]), None
        submission = self.submission
        return messages.call_ended(name, outcome, submission.origin, self.session.skipped, limit, code=submission.code)

    def _observe(self, problem: Problem, forward: Judged, backward: Judged) -> None:
        """Note what the calls show about the contract; the first few that are right are made a second time."""
        for judged in (forward, backward):
            function = judged.outcome.function
            self.contract.shown[function] += judged.right > 0
            if judged.outcome.mutated:
                ours = {UPSTREAM: self.operator.upstream, PARAMETERS: "conv_param"}
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
                text = messages.needs_own_cache(self.names["backward"])
                self.contract.breach("canonical_cache", "backward", text)

    def _is_wanted(self, function: Function) -> bool:
        return self.contract.repeated[function] < REPEATS

    def _repeated(self, first: Judged, again: Judged) -> None:
        """Compare a repeated call with the first."""
        if again.outcome.verdict is Verdict.TIMEOUT:  # slow today or out of time: that is no other result
            return
        function = first.outcome.function
        self.contract.repeated[function] += 1
        pairs = [(first.outcome.outputs[name], again.outcome.outputs.get(name)) for name in first.outcome.outputs]
        if not all(one.array is None or (two is not None and same(one.array, two.array)) for one, two in pairs):
            self.contract.breach("deterministic", function, messages.not_deterministic(self.names[function]))
