"""One function of one submission against the baseline, in rounds of student, baseline, baseline, student.

Both sides run in sandboxes of the same kind, on one CPU, with inputs that are fresh in every pair and that nobody can
foresee; a side whose turn it is not stands still. The clock runs from "go" until the outputs have been copied out of
the shared memory, and from then on until that side stands still the kernel's clocks of its CPU time run: what counts is
CPU time of all its threads, and sleep, not what other processes took (`CallOutcome.counted_s`). Every overhead is on
both sides; what a call costs that does nothing is measured too, and reported.

Every timed output is compared with the baseline's or the reference's: there is no ratio for a wrong result.
"""

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

import numpy as np

from grader import messages
from grader.compare import compare
from grader.errors import JudgeError
from grader.problems import Problem, expecting
from grader.records import Array, CallOutcome, Case, Check, Doubt, Interval, Speed, Submission, Timing, Verdict
from grader.rubric import Rubric, SpeedItem
from grader.sandbox.exchange import CacheMode
from grader.sandbox.session import Session
from grader.scaling import Plan, in_proportion, plan
from grader.stats import FEWEST, median_interval
from grader.steadiness import NARROW, doubts, width
from reference.spec import Operator

MOST_S = 8.0
"""After this, two rounds have to do: others wait for the machine."""
SHORT_S, ENOUGH_PAIRS, MOST_PAIRS = 0.05, 15, 600
"""Calls shorter than the first are measured in as many pairs at least, whatever the budget: 15 pairs held a ratio to
1.2 to 2 % from run to run, 5 pairs to 17 %."""
_FEWEST_PAIRS = 4
"""Where calls are so long that there is no time for more."""
_LONG_CALL_S = 1.0
_MOST_TRIALS = 5
_FEW = 4
_CALIBRATIONS = 7
_ROUNDS_OF_A_PROCESS = 5
"""Where a process's memory happens to lie makes it faster or slower by some percent for as long as it lives."""
_LOADING_SHARE = 0.2
"""Once starting processes anew has taken this share of the budget, it is left."""
_MOST_BASELINE_CALLS = 5
"""Beside a student's long call the baseline's short one is made so often: most of the scatter would be its own."""


@dataclass(frozen=True, slots=True)
class _Pair:
    """One call of each side, on the same numbers."""

    student: CallOutcome
    baseline: CallOutcome
    ratio: float
    """Of the times for the whole workload."""


class _Wrong(Exception):
    """A timed call did not return the right result."""

    def __init__(self, verdict: Verdict, message: str | None, hint: str | None) -> None:
        super().__init__(message)
        self.verdict, self.message, self.hint = verdict, message, hint


class Race:
    """One function of one submission against the baseline.

    Args:
        student: its session, timed.
        baseline: the baseline's, timed.
        submission: for messages.
        rubric: limits, names, tolerance.
        operator: whose functions these are.
        item: the function and the workload.
    """

    def __init__(
        self,
        student: Session,
        baseline: Session,
        submission: Submission,
        rubric: Rubric,
        operator: Operator,
        item: SpeedItem,
    ) -> None:
        self.student = student
        self.baseline = baseline
        self.submission = submission
        self.rubric = rubric
        self.operator = operator
        self.item = item
        self.function = item.function
        self.images = item.workload.sizes["N"]
        self.mode: CacheMode = "canonical"
        self.secret = secrets.randbits(64)  # from the rubric's seed the results could be computed beforehand
        self.posed = 0
        self.baseline_calls = 1

    def run(self, budget_s: float) -> Timing:
        """Find out how many images are affordable, then measure; a second time as long where the first is not stable.

        Args:
            budget_s: seconds for all of one measurement, what is not timed included.

        Raises:
            JudgeError: where the sandbox or the baseline fails.
        """
        end = time.perf_counter() + budget_s
        try:
            planned = self._plan()
            attempts = [self._measure(planned, end)]
            if self._may_get_better(attempts[0]):
                attempts += self._second_attempt(planned, budget_s)
            best = min(attempts, key=lambda speed: (Doubt.FEW in speed.doubts, not speed.stable, width(speed.ratio)))
            speed = replace(
                best,
                attempts=len(attempts),
                student_protocol_s=planned.scale * self._protocol_s(self.student, planned.images),
                baseline_protocol_s=self._protocol_s(self.baseline, self.images),
            )
        except _Wrong as wrong:
            return Timing(self.item.id, self.function, wrong.verdict, None, wrong.message, wrong.hint)
        return Timing(self.item.id, self.function, Verdict.PASSED, speed)

    def _plan(self) -> Plan:
        """How many images the student's side gets; also warms both sides up and settles the cache mode."""
        one, few = (self._expecting(self.problem(images)) for images in (1, min(self.images, _FEW)))
        if self.function == "backward":
            self._choose_cache(one)
        planned = plan(self.images, *self._time_both(one, few), few.case.sizes["N"])
        whole = self.problem(self.images)
        baseline = self._call_baseline(whole)
        self._check_baseline(self._expecting(whole), baseline)
        self.baseline_calls = max(1, min(_MOST_BASELINE_CALLS, int(planned.call_s / baseline.counted_s / 3)))
        return planned

    def _time_both(self, one: Problem, few: Problem) -> tuple[float, float]:
        """Seconds for one image and for a few: those of the first trial (but the very first) that are in proportion.

        Where none is, that is no noise, and the shortest of all tell most.
        """
        images = few.case.sizes["N"]
        trials: list[tuple[float, float]] = []
        for number in range(_MOST_TRIALS):
            one_s = self.time_student(one).counted_s
            few_s = self.time_student(few).counted_s if images > 1 else one_s
            if few_s > _LONG_CALL_S or (number > 0 and in_proportion(one_s, few_s, images)):
                return one_s, few_s
            trials.append((one_s, few_s))
            if sum(map(sum, trials)) > _LONG_CALL_S:
                break
        return min(one_s for one_s, _ in trials), min(few_s for _, few_s in trials)

    def _choose_cache(self, problem: Problem) -> None:
        """Canonical where backward accepts it: then nothing can have been computed ahead in forward."""
        try:
            self.time_student(problem)
        except _Wrong as wrong:
            if wrong.verdict is Verdict.TIMEOUT:
                raise
            self.mode = "own"

    def _second_attempt(self, planned: Plan, budget_s: float) -> list[Speed]:
        """Another measurement; none where a call takes too long now that did not before."""
        try:
            return [self._measure(planned, time.perf_counter() + budget_s)]
        except _Wrong as wrong:
            if wrong.verdict is Verdict.TIMEOUT:
                return []
            raise

    def _protocol_s(self, session: Session, images: int) -> float:
        """Seconds of a call that does nothing, with the arrays of so many images; 0 where a submission prevents it."""
        problem = self.problem(images)
        shapes = self.operator.shapes(problem.case.sizes)
        arrays = [problem.arrays[name] for name in self.operator.inputs]
        results = [shapes[self.operator.upstream]]
        if self.function == "backward":
            arrays, results = [*arrays, problem.upstream], [shapes[name] for name in self.operator.inputs]
        calls = []
        for _ in range(_CALIBRATIONS):
            calls.append(session.nothing(self.function, arrays, results))
            if not calls[-1].returned:
                if session is self.baseline:
                    raise JudgeError(f"the baseline's process ended: {calls[-1].verdict}, {calls[-1].error}")
                return 0.0
        return median(call.counted_s for call in calls)

    def _measure(self, planned: Plan, end: float) -> Speed:
        """Rounds until the interval is narrow or the time is over."""
        pairs: list[_Pair] = []
        start, loading_s = time.perf_counter(), 0.0
        while not pairs or not self._enough(pairs, start, end):
            if len(pairs) % (2 * _ROUNDS_OF_A_PROCESS) == 0 and loading_s <= _LOADING_SHARE * (end - start):
                before = time.perf_counter()
                self._start_anew(planned)
                loading_s += time.perf_counter() - before
            for session in (self.student, self.baseline):
                session.collect_garbage()
            for student_first in (True, False):
                pairs.append(self._pair(planned, student_first))
        ratios = [pair.ratio for pair in pairs]
        calls = [call for pair in pairs for call in (pair.student, pair.baseline)]
        lost_s = sum(call.used.lost_s(call.wall_s) for call in calls if call.used is not None)
        found = doubts(ratios, [pair.baseline.counted_s for pair in pairs], lost_s / sum(call.wall_s for call in calls))
        return Speed(
            ratio=median_interval(ratios),
            student_s=planned.scale * median(pair.student.counted_s for pair in pairs),
            baseline_s=median(pair.baseline.counted_s for pair in pairs),
            rounds=len(pairs) // 2,
            extrapolated=planned.images < self.images,
            stable=not found,
            doubts=found,
            student_wall_s=planned.scale * median(pair.student.wall_s for pair in pairs),
            baseline_wall_s=median(pair.baseline.wall_s for pair in pairs),
            ratios=tuple(ratios),
        )

    def _enough(self, pairs: Sequence[_Pair], start: float, end: float) -> bool:
        """Whether another round would tell nothing that matters."""
        now, ratio = time.perf_counter(), median_interval([pair.ratio for pair in pairs])
        if len(pairs) >= FEWEST and self._is_hopeless(ratio):
            return True
        if len(pairs) >= _FEWEST_PAIRS and now > start + MOST_S:
            return True
        short = median(pair.student.counted_s for pair in pairs) < SHORT_S
        if len(pairs) < (ENOUGH_PAIRS if short else FEWEST):
            return False
        return now > end or len(pairs) >= MOST_PAIRS or (len(pairs) >= ENOUGH_PAIRS and width(ratio) <= NARROW)

    def _may_get_better(self, speed: Speed) -> bool:
        """Whether measuring again is worth it: not where calls take so long that there would be few again."""
        return not speed.stable and Doubt.FEW not in speed.doubts and not self._is_hopeless(speed.ratio)

    def _is_hopeless(self, ratio: Interval) -> bool:
        """Whether it earns no points, however long it is measured."""
        return 2 * ratio.high < self.item.zero_at

    def _start_anew(self, planned: Plan) -> None:
        """New processes on both sides, with one call each to warm up."""
        for session in (self.student, self.baseline):
            session.restart()
        self._pair(planned, student_first=True)

    def _pair(self, planned: Plan, student_first: bool) -> _Pair:
        """One right call of each side: the baseline's on all images, the student's on as many as are planned."""
        whole = self.problem(self.images)
        part = _first_images(whole, self.operator, planned.images)
        if student_first:
            student = self._call_student(part)
            baseline = self._call_baseline(whole)
        else:
            baseline = self._call_baseline(whole)
            student = self._call_student(part)
        self._check_pair(whole, part, student, baseline)
        ratio = baseline.counted_s / (planned.scale * student.counted_s)
        return _Pair(replace(student, outputs={}), replace(baseline, outputs={}), ratio)

    def _check_pair(self, whole: Problem, part: Problem, student: CallOutcome, baseline: CallOutcome) -> None:
        """Compare the student's outputs with the baseline's, or with the reference's where that is not enough."""
        if part.case.sizes != whole.case.sizes:
            self._check(self._expecting(part), student)
            return
        expected = {name: output.array for name, output in baseline.outputs.items() if output.array is not None}
        try:
            self._check(replace(whole, expected=expected), student)
        except _Wrong:
            whole = self._expecting(whole)
            self._check_baseline(whole, baseline)
            self._check(whole, student)

    def problem(self, images: int) -> Problem:
        """Fresh random numbers for the workload's shapes, with that many images."""
        self.posed += 1
        sizes = {**self.item.workload.sizes, "N": images}
        case = Case(index=self.posed, sizes=sizes, seed=(self.secret, self.posed), judges=())
        rng = np.random.default_rng(case.seed)
        shapes = self.operator.shapes(sizes)
        if self.function == "forward":
            shapes = {**shapes, self.operator.upstream: (0,)}
        arrays = {name: _draw(rng, shape) for name, shape in shapes.items()}
        upstream = arrays.pop(self.operator.upstream)
        return Problem(case, arrays, upstream, {name: sizes[name] for name in self.operator.parameters}, {})

    def _expecting(self, problem: Problem) -> Problem:
        return expecting(self.operator, problem, (self.function,))

    def time_student(self, problem: Problem) -> CallOutcome:
        """One right call of a problem that says what is expected.

        Raises:
            _Wrong: where it did not return the right result.
        """
        outcome = self._call_student(problem)
        self._check(problem, outcome)
        return outcome

    def _call_student(self, problem: Problem) -> CallOutcome:
        outcome = self._call(self.student, problem, self.mode)
        if not outcome.returned:
            name = self.rubric.functions.name(self.function)
            limit = messages.limit_text(self.rubric.limits, outcome.verdict)
            explained = messages.call_ended(name, outcome, self.submission.origin, self.student.skipped, limit)
            raise _Wrong(outcome.verdict, f"on the timed workload: {explained[0]}", explained[1])
        return outcome

    def _check(self, problem: Problem, outcome: CallOutcome) -> None:
        for check in self._checks(problem, outcome):
            if check.verdict is not Verdict.PASSED:
                raise _Wrong(check.verdict, f"on the timed workload: {check.message}", check.hint)

    def _checks(self, problem: Problem, outcome: CallOutcome) -> list[Check]:
        tolerance = self.rubric.tolerance.of(problem.case.dtype)
        return [
            compare(name, problem.case, outcome.outputs[name], problem.expected[name], tolerance)
            for name in self.operator.outputs(self.function)
        ]

    def _call_baseline(self, problem: Problem) -> CallOutcome:
        """The middle one of as many calls as are made for one of a student."""
        outcomes = [self._call(self.baseline, problem, "canonical") for _ in range(self.baseline_calls)]
        for outcome in outcomes:
            if not outcome.returned:
                raise JudgeError(f"the baseline did not return: {outcome.verdict}, {outcome.error}")
        return sorted(outcomes, key=lambda outcome: outcome.counted_s)[len(outcomes) // 2]

    def _check_baseline(self, problem: Problem, outcome: CallOutcome) -> None:
        for check in self._checks(problem, outcome):
            if check.verdict is not Verdict.PASSED:
                raise JudgeError(f"the baseline's {check.output} is not the reference's: {check.message}")

    def _call(self, session: Session, problem: Problem, mode: CacheMode) -> CallOutcome:
        """Call the function of this race; an own cache is made first, off the clock."""
        if self.function == "forward":
            return session.forward(problem.arrays, problem.parameters)
        if mode == "own":
            session.forward(problem.arrays, problem.parameters)
        cache: CacheMode = mode if session.has_own_cache else "canonical"
        return session.backward(problem.upstream, problem.arrays, problem.parameters, cache)


def _draw(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Uniform in [-0.5, 0.5): a third of the time that normal numbers take, and as good for this."""
    values = rng.random(shape)
    values -= 0.5
    return values


def _first_images(problem: Problem, operator: Operator, images: int) -> Problem:
    """The same problem with only its first images."""
    first = operator.inputs[0]
    return replace(
        problem,
        case=replace(problem.case, sizes={**problem.case.sizes, "N": images}),
        arrays={**problem.arrays, first: problem.arrays[first][:images]},
        upstream=problem.upstream[:images],
    )
