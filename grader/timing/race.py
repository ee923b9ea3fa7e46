"""One function of one submission against the baseline, in rounds of student, baseline, baseline, student.

A function that has its time in Python loops runs beside nested loops of ours instead, where those have been measured
before: what else happens on a machine slows an interpreter down by another factor than a matrix product (where two
virtual machines share a core, 1.7 against 1.4), but all loops alike.

Both sides run in sandboxes of the same kind, on one CPU, with inputs that are fresh in every pair and that nobody can
foresee; a side whose turn it is not stands still. The clock runs from "go" until a side stands still again with its
outputs in its own memory, where they are read: what counts is CPU time of all its threads, and sleep, not what other
processes took (`CallOutcome.counted_s`). Every overhead is on both sides; what a call costs that does nothing is
measured too, and reported.

Every timed output is compared with the baseline's or the reference's: there is no ratio for a wrong result.
"""

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import median

import numpy as np

from grader import messages
from grader.cases.problems import Problem, expecting
from grader.errors import JudgeError
from grader.judging.compare import compare
from grader.records import Array, CallOutcome, Case, Check, Doubt, Interval, Origin, Speed, Timing, Verdict
from grader.rubric.model import Rubric, SpeedItem
from grader.rubric.workload import sizes_of
from grader.sandbox.base import BaseSession
from grader.sandbox.requests import CacheMode
from grader.timing.doubts import NARROW, STABLE, doubts, width
from grader.timing.own_cache import OwnForward
from grader.timing.plan import Plan, in_proportion, plan
from grader.timing.stats import FEWEST, median_interval
from reference.spec import Operator

MOST_S = 8.0
"""After this, two rounds have to do: others wait for the machine."""
SHORT_S, ENOUGH_PAIRS, MOST_PAIRS = 0.1, 15, 600
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
_QUIET_SHARE = 4
"""Of the landmark's pairs one in so many counts."""
_MOST_BASELINE_CALLS = 5
"""Beside a student's long call the baseline's short one is made so often: most of the scatter would be its own."""


@dataclass(frozen=True, slots=True)
class Loops:
    """Nested loops to run beside."""

    session: BaseSession
    """Timed."""
    speed: Speed
    """How they did against the baseline, on the same workload."""


@dataclass(frozen=True, slots=True)
class _Opponent:
    """Whom a submission runs against."""

    session: BaseSession
    images: int
    scale: float
    """What its time on those is multiplied with."""
    ratio: Interval
    """Of the baseline's time to its own."""
    calls: int = 1
    """For one call of the student's; the middle one counts."""


_ITSELF = Interval(1.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class _Pair:
    """One call of each side, on the same numbers."""

    student: CallOutcome
    opponent: CallOutcome
    ratio: float
    """Of the baseline's time for the whole workload to the student's."""


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
        loops: gives what runs beside a function that has its time in loops; None for the baseline all the same.
        origin: of the submission, for messages.
        rubric: limits, names, tolerance.
        operator: whose functions these are.
        item: the function and the workload.
        forward_s: what the submission's forward pass takes for the whole workload; 0 where that is not known.
    """

    def __init__(
        self,
        student: BaseSession,
        baseline: BaseSession,
        loops: Callable[[], Loops | None],
        origin: Origin,
        rubric: Rubric,
        operator: Operator,
        item: SpeedItem,
        forward_s: float = 0.0,
    ) -> None:
        self.student = student
        self.baseline = baseline
        self.loops = loops
        self.origin = origin
        self.rubric = rubric
        self.operator = operator
        self.item = item
        self.function = item.function
        self.sizes = sizes_of(item.workload, operator)
        self.images = self.sizes[operator.batch]
        self.mode: CacheMode = "canonical"
        self.own_forward = OwnForward(student, self._check_forward, forward_s, self.images)
        self.secret = secrets.randbits(64)  # from the rubric's seed the results could be computed beforehand
        self.posed = 0
        self.is_stopped = False
        self.opponent = _Opponent(baseline, self.images, 1.0, _ITSELF)

    def run(self, budget_s: float, *, as_landmark: bool = False) -> Timing:
        """Find out how many images are affordable, then measure; a second time as long where the first is not stable.

        Args:
            budget_s: seconds for all of one measurement, what is not timed included.
            as_landmark: whether others are to be compared with this: once, and only the quietest moments count. Not
                for submissions, which could choose those by the time they take.

        Raises:
            JudgeError: where the sandbox or the baseline fails.
        """
        start = time.perf_counter()
        try:
            planned, baseline_s = self._plan(as_landmark=as_landmark)
            left_s = budget_s - (time.perf_counter() - start)
            self.opponent = self._choose_opponent(planned, baseline_s)
            attempts = [self._measure(planned, time.perf_counter() + left_s, as_landmark=as_landmark)]
            if self._was_slow_only_at_first(attempts[0]):
                self.opponent = self._baseline_as_opponent(planned, baseline_s)
                attempts = [self._measure(planned, time.perf_counter() + left_s)]
            if as_landmark:
                attempts[0] = _quietest(attempts[0])
            elif self._may_get_better(self._speed(planned, attempts[0])):
                attempts += self._second_attempt(planned, budget_s)
            best = self._best(planned, attempts)
            if best.stable and width(best.ratio) > STABLE:
                best = replace(best, stable=False, doubts=(Doubt.LOOPS,))
            speed = replace(
                best,
                attempts=len(attempts),
                student_protocol_s=planned.scale * self._protocol_s(self.student, planned.images),
                baseline_protocol_s=self._protocol_s(self.baseline, self.images),
            )
        except _Wrong as wrong:
            return Timing(self.item.id, self.function, wrong.verdict, None, wrong.message, wrong.hint)
        return Timing(self.item.id, self.function, Verdict.PASSED, speed)

    def _plan(self, *, as_landmark: bool) -> tuple[Plan, float]:
        """How many images the student's side gets, and the baseline's seconds.

        Also warms both sides up and settles the cache mode.
        """
        one, few = (self._expecting(self.problem(images)) for images in (1, min(self.images, _FEW)))
        if self.function == "backward":
            self._choose_cache(one)
        planned = plan(self.images, *self._time_both(one, few), self._images(few), shortly=as_landmark)
        whole = self.problem(self.images)
        self._check_opponent(self._expecting(whole), self._call_opponent(whole))
        return planned, self._call_opponent(whole).counted_s

    def _choose_opponent(self, planned: Plan, baseline_s: float) -> _Opponent:
        """The loops for a function that has its time in loops, on images for about as long; else the baseline.

        The baseline too where the loops would take far longer, or too long, or are not known well.
        """
        loops = self.loops() if planned.scale * planned.call_s > messages.IN_LOOPS * baseline_s else None
        if loops is not None and Doubt.FEW not in loops.speed.doubts:
            each_s = loops.speed.student_s / self.images
            images = max(1, min(self.images, round(planned.call_s / each_s)))
            if images * each_s <= min(2 * planned.call_s, self.rubric.limits.call_s / 3):
                return _Opponent(loops.session, images, self.images / images, loops.speed.ratio)
        return self._baseline_as_opponent(planned, baseline_s)

    def _baseline_as_opponent(self, planned: Plan, baseline_s: float) -> _Opponent:
        calls = max(1, min(_MOST_BASELINE_CALLS, int(planned.call_s / baseline_s / 3)))
        return _Opponent(self.baseline, self.images, 1.0, _ITSELF, calls)

    def _was_slow_only_at_first(self, pairs: Sequence[_Pair]) -> bool:
        """Whether it ran beside the loops and does not belong there: it would gain by what slows them down more."""
        beside_loops = self.opponent.session is not self.baseline
        return beside_loops and messages.IN_LOOPS * median(pair.ratio for pair in pairs) > 1

    def _time_both(self, one: Problem, few: Problem) -> tuple[float, float]:
        """Seconds for one image and for a few: those of the first trial (but the very first) that are in proportion.

        Where none is, that is no noise, and the shortest of all tell most.
        """
        images = self._images(few)
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

    def _images(self, problem: Problem) -> int:
        return problem.case.sizes[self.operator.batch]

    def _choose_cache(self, problem: Problem) -> None:
        """Canonical where backward accepts it: then nothing can have been computed ahead in forward."""
        try:
            self.time_student(problem)
        except _Wrong as wrong:
            if wrong.verdict is Verdict.TIMEOUT:
                raise
            self.mode = "own"

    def _second_attempt(self, planned: Plan, budget_s: float) -> list[list[_Pair]]:
        """Another measurement; none where a call takes too long now that did not before."""
        try:
            return [self._measure(planned, time.perf_counter() + budget_s)]
        except _Wrong as wrong:
            if wrong.verdict is Verdict.TIMEOUT:
                return []
            raise

    def _protocol_s(self, session: BaseSession, images: int) -> float:
        """Seconds of a call that does nothing, with the arrays of so many images; 0 where a submission prevents it."""
        problem = self.problem(images)
        signature = self.operator.signature
        arrays = [problem.arrays[name] for name in signature.inputs]
        if self.function == "backward":
            arrays = [*arrays, problem.upstream]
        results = [self.operator.shape_of(name, problem.case.sizes) for name in signature.outputs(self.function)]
        calls = []
        for _ in range(_CALIBRATIONS):
            calls.append(session.nothing(self.function, arrays, results))
            if not calls[-1].returned:
                if session is self.baseline:
                    raise JudgeError(f"the baseline's process ended: {calls[-1].verdict}, {calls[-1].error}")
                return 0.0
        return median(call.counted_s for call in calls)

    def _measure(self, planned: Plan, end: float, *, as_landmark: bool = False) -> list[_Pair]:
        """Rounds until the interval is narrow or the time is over."""
        pairs: list[_Pair] = []
        start, loading_s = time.perf_counter(), 0.0
        while not pairs or not self._enough(pairs, start, end, as_landmark=as_landmark):
            try:
                if len(pairs) % (2 * _ROUNDS_OF_A_PROCESS) == 0 and loading_s <= _LOADING_SHARE * (end - start):
                    before = time.perf_counter()
                    self._start_anew(planned)
                    loading_s += time.perf_counter() - before
                for session in (self.student, self.opponent.session):
                    session.collect_garbage()
                for student_first in (True, False):
                    pairs.append(self._pair(planned, student_first))
            except _Wrong:
                if not self.student.is_spent or len(pairs) < _FEWEST_PAIRS:
                    raise
                self.is_stopped = True
                break
        return pairs

    def _best(self, planned: Plan, attempts: Sequence[Sequence[_Pair]]) -> Speed:
        """Of all pairs, or of one attempt's where only those are stable."""
        together = self._speed(planned, [pair for pairs in attempts for pair in pairs])
        speeds = sorted((self._speed(planned, pairs) for pairs in attempts), key=lambda speed: width(speed.ratio))
        return next((speed for speed in (together, *speeds) if speed.stable), together)

    def _speed(self, planned: Plan, pairs: Sequence[_Pair]) -> Speed:
        """What these pairs say."""
        ratios = [pair.ratio for pair in pairs]
        calls = [call for pair in pairs for call in (pair.student, pair.opponent)]
        lost_s = sum(call.used.lost_s(call.wall_s) for call in calls if call.used is not None)
        found = (Doubt.STOPPED,) * self.is_stopped
        found += doubts(
            ratios, [pair.opponent.counted_s for pair in pairs], lost_s / sum(call.wall_s for call in calls)
        )
        ratio = _wider(_interval(pairs), self.opponent.ratio)
        student_s = planned.scale * median(pair.student.counted_s for pair in pairs)
        opponent_s, opponent_wall_s = (
            self.opponent.scale * median(seconds)
            for seconds in zip(*((pair.opponent.counted_s, pair.opponent.wall_s) for pair in pairs), strict=True)
        )
        against_loops = self.opponent.session is not self.baseline
        return Speed(
            ratio=ratio,
            student_s=student_s,
            baseline_s=ratio.median * student_s if against_loops else opponent_s,
            rounds=len(pairs) // 2,
            extrapolated=planned.images < self.images,
            stable=not found,
            doubts=found,
            student_wall_s=planned.scale * median(pair.student.wall_s for pair in pairs),
            baseline_wall_s=None if against_loops else opponent_wall_s,
            loops_s=opponent_s if against_loops else None,
            ratios=tuple(ratios),
        )

    def _enough(self, pairs: Sequence[_Pair], start: float, end: float, *, as_landmark: bool) -> bool:
        """Whether another round would tell nothing that matters."""
        now = time.perf_counter()
        if as_landmark:
            is_known = len(pairs) >= _QUIET_SHARE * ENOUGH_PAIRS and width(_interval(_quietest(pairs))) <= NARROW
            return len(pairs) >= _QUIET_SHARE * FEWEST and (is_known or now > min(end, start + MOST_S))
        ratio = _interval(pairs)
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
        too_long = {Doubt.FEW, Doubt.STOPPED} & set(speed.doubts)
        return not speed.stable and not too_long and not self._is_hopeless(speed.ratio)

    def _is_hopeless(self, ratio: Interval) -> bool:
        """Whether it earns no points, however long it is measured."""
        return 2 * ratio.high < self.item.zero_at

    def _start_anew(self, planned: Plan) -> None:
        """New processes on both sides, with one call each to warm up."""
        self.opponent.session.restart()
        if self.student.loading_s < _LONG_CALL_S:
            self.student.restart()
        self._pair(planned, student_first=True)

    def _pair(self, planned: Plan, student_first: bool) -> _Pair:
        """One right call of each side, each on as many images as it is to have."""
        opponent = self.opponent
        posed = self.problem(max(planned.images, opponent.images))
        mine, theirs = (_first_images(posed, self.operator, images) for images in (planned.images, opponent.images))
        if student_first:
            student = self._call_student(mine)
            other = self._call_opponent(theirs)
        else:
            other = self._call_opponent(theirs)
            student = self._call_student(mine)
        self._check_pair(mine, theirs, student, other)
        other_s = opponent.ratio.median * opponent.scale * other.counted_s
        ratio = other_s / (planned.scale * student.counted_s)
        return _Pair(replace(student, outputs={}), replace(other, outputs={}), ratio)

    def _check_pair(self, mine: Problem, theirs: Problem, student: CallOutcome, other: CallOutcome) -> None:
        """Compare the student's outputs with the other side's, or with the reference's where that is not enough."""
        if mine.case.sizes != theirs.case.sizes:
            self._check(self._expecting(mine), student)
            return
        expected = {name: output.array for name, output in other.outputs.items() if output.array is not None}
        try:
            self._check(replace(mine, expected=expected), student)
        except _Wrong:
            mine = self._expecting(mine)
            self._check_opponent(mine, other)
            self._check(mine, student)

    def problem(self, images: int) -> Problem:
        """Fresh random numbers for the workload's shapes, with that many images."""
        self.posed += 1
        sizes = {**self.sizes, self.operator.batch: images}
        case = Case(index=self.posed, sizes=sizes, seed=(self.secret, self.posed), judges=())
        rng = np.random.default_rng(case.seed)
        shapes = self.operator.shapes(sizes)
        if self.function == "forward":
            shapes = {**shapes, self.operator.signature.upstream: (0,)}
        arrays = {name: _draw(rng, shape) for name, shape in shapes.items()}
        signature = self.operator.signature
        upstream = arrays.pop(signature.upstream)
        return Problem(case, arrays, upstream, {name: sizes[name] for name in signature.parameters}, {})

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
        outcome = self._call_with_own_cache(problem) if self.mode == "own" else self._call(self.student, problem)
        if not outcome.returned and self.student.is_spent:
            raise _Wrong(outcome.verdict, *messages.timing_stopped(self.student.allowance_s))
        if not outcome.returned:
            name = self.rubric.functions.name(self.function)
            limit = messages.limit_text(self.rubric.limits, outcome.verdict)
            explained = messages.call_ended(
                name, outcome, self.origin, self.student.skipped, limit, self.operator.signature
            )
            raise _Wrong(outcome.verdict, f"on the timed workload: {explained[0]}", explained[1])
        return outcome

    def _check(self, problem: Problem, outcome: CallOutcome) -> None:
        for check in self._checks(problem, outcome):
            if check.verdict is not Verdict.PASSED:
                raise _Wrong(check.verdict, f"on the timed workload: {check.message}", check.hint)

    def _check_forward(self, problem: Problem, outcome: CallOutcome) -> None:
        """Check the forward pass that makes a backward pass's cache."""
        self._check(expecting(self.operator, problem, ("forward",)), outcome)

    def _checks(self, problem: Problem, outcome: CallOutcome) -> list[Check]:
        tolerance = self.rubric.tolerance.of(problem.case.dtype)
        return [
            compare(name, problem.case, outcome.outputs[name], problem.expected[name], tolerance)
            for name in self.operator.signature.outputs(outcome.function)
        ]

    def _call_opponent(self, problem: Problem) -> CallOutcome:
        """The middle one of as many calls as are made for one of a student."""
        opponent = self.opponent
        outcomes = [self._call(opponent.session, problem) for _ in range(opponent.calls)]
        for outcome in outcomes:
            if not outcome.returned:
                raise JudgeError(f"the baseline did not return: {outcome.verdict}, {outcome.error}")
        return sorted(outcomes, key=lambda outcome: outcome.counted_s)[len(outcomes) // 2]

    def _check_opponent(self, problem: Problem, outcome: CallOutcome) -> None:
        for check in self._checks(problem, outcome):
            if check.verdict is not Verdict.PASSED:
                raise JudgeError(f"the baseline's {check.output} is not the reference's: {check.message}")

    def _call(self, session: BaseSession, problem: Problem) -> CallOutcome:
        """Call the function of this race."""
        if self.function == "forward":
            return session.forward(problem.arrays, problem.parameters)
        return session.backward(problem.upstream, problem.arrays, problem.parameters, "canonical")

    def _call_with_own_cache(self, problem: Problem) -> CallOutcome:
        """Call the student's backward pass on a cache of its own, as far as there is one."""
        own, beside_s = self.own_forward.make_cache(problem, self.problem)
        cache: CacheMode = own if self.student.has_own_cache else "canonical"
        outcome = self.student.backward(problem.upstream, problem.arrays, problem.parameters, cache)
        return replace(outcome, beside_s=beside_s)


def _draw(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Uniform in [-0.5, 0.5): a third of the time that normal numbers take, and as good for this."""
    values = rng.random(shape)
    values -= 0.5
    return values


def _interval(pairs: Sequence[_Pair]) -> Interval:
    return median_interval([pair.ratio for pair in pairs])


def _quietest(pairs: Sequence[_Pair]) -> list[_Pair]:
    """The part that took least time, in their order: nobody else had a share of the core."""
    seconds = [pair.student.counted_s + pair.opponent.counted_s for pair in pairs]
    longest = sorted(seconds)[: max(FEWEST, len(pairs) // _QUIET_SHARE)][-1]
    return [pair for pair, took in zip(pairs, seconds, strict=True) if took <= longest]


def _wider(interval: Interval, factor: Interval) -> Interval:
    """The interval of a product, of which the median of one factor is in the interval already."""
    low, high = factor.low / factor.median, factor.high / factor.median
    return Interval(interval.median, interval.low * low, interval.high * high)


def _first_images(problem: Problem, operator: Operator, images: int) -> Problem:
    """The same problem with only its first images."""
    return replace(
        problem,
        case=replace(problem.case, sizes={**problem.case.sizes, operator.batch: images}),
        arrays={
            name: array[:images] if operator.axes_of(name)[0] == operator.batch else array
            for name, array in problem.arrays.items()
        },
        upstream=problem.upstream[:images],
    )
