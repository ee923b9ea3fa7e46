"""Rounds in alternation with the baseline, on the grader's own clock.

Both sides run in sandboxes of the same kind, on one CPU, with inputs that are fresh in every round and that nobody can
foresee; the submission's processes stand still while it is not their turn. The clock runs from "go" until the outputs
have been copied out of the shared memory, so every overhead is on both sides. Every timed output is compared with the
reference: there is no ratio for a wrong result. Only one timing runs at a time on a machine.

A nested-loop solution takes the same time for each image however many there are (measured: 18.0 to 19.0 ms for
1 to 100 images), so a slow solution is timed on a few images and its time is scaled to the workload. One that loops
over output places but takes all images at once is nearly as slow for one image as for all; see `plan`.
"""

import inspect
import secrets
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from importlib import import_module
from statistics import median

from grader import messages
from grader.compare import compare
from grader.errors import JudgeError
from grader.locks import one_timing_at_a_time
from grader.problems import Problem, expecting, pose
from grader.records import FUNCTIONS, CallOutcome, Case, Check, Function, Speed, Submission, Timing, Verdict
from grader.rubric import Rubric, SpeedItem
from grader.sandbox.processes import Zygote
from grader.sandbox.session import (
    CacheMode,
    Program,
    Session,
    SessionLimits,
    region_bytes_for,
)
from grader.scoring import main_verdict
from grader.stats import median_interval
from reference.spec import Operator

BUDGET_S = 0.6
"""What the rounds of one function may take, checks and drawing of inputs included; half again while unstable."""
MOST_S = 8.0
"""After this, three rounds have to do: others wait for the machine."""
HOPELESS_ROUNDS, FEWEST_ROUNDS, ENOUGH_ROUNDS, MOST_ROUNDS = 3, 7, 15, 30
"""Fewer than 6 have no 95 % interval; 15 pairs held a ratio to 1.2 to 2 % from run to run, 5 pairs to 17 %."""
NARROW, STABLE = 0.03, 0.10
"""Relative widths of the interval: at NARROW the rounds can stop, above STABLE the ratio is called unstable."""
_WHOLE_CALL_S, _PART_CALL_S = 0.3, 0.04
"""A student's call that takes longer than the first for the whole workload is timed on images for about the second."""
_WHOLE_FIXED_CALL_S = 1.0
"""The same limit where most of a call's time does not depend on the number of images."""
_LONG_CALL_S = 1.0
_FEW = 4
_FIXED = 0.15
"""A fixed share of one image's time above this is no noise: the call does not cost the same for every image."""


def time_items(
    zygote: Zygote,
    student: Program,
    limits: SessionLimits,
    submission: Submission,
    rubric: Rubric,
    operator: Operator,
    checks: Sequence[Check],
    cpu: int | None,
) -> tuple[Timing, ...]:
    """Time every speed item of the rubric, but for functions that were right in none of the `checks`.

    Both sides stay on `cpu`.

    Raises:
        JudgeError: where the sandbox or the baseline fails.
    """
    items = [item for item in rubric.items if isinstance(item, SpeedItem)]
    if not items:
        return ()
    region_bytes = max(region_bytes_for(operator.shapes(item.workload.sizes).values()) for item in items)
    with one_timing_at_a_time(), ExitStack() as stack:
        sides = [
            stack.enter_context(Session(zygote, program, limits, region_bytes, allowed=allowed, cpu=cpu))
            for program, allowed in ((student, rubric.policy.imports), (baseline_program(operator), ()))
        ]
        return tuple(
            _never_right(item, rubric, operator, checks)
            or Race(sides[0], sides[1], submission, rubric, operator, item).run()
            for item in items
        )


def _never_right(item: SpeedItem, rubric: Rubric, operator: Operator, checks: Sequence[Check]) -> Timing | None:
    """The timing of a function that need not be tried, None where it was right in some case."""
    mine = [check for check in checks if check.output in operator.outputs(item.function)]
    wrong = {check.case.index for check in mine if check.verdict is not Verdict.PASSED}
    if any(check.case.index not in wrong for check in mine):
        return None
    verdict = main_verdict([check for check in mine if check.case.index in wrong])
    return Timing(item.id, item.function, verdict, None, messages.never_right(rubric.functions.name(item.function)))


def baseline_program(operator: Operator) -> Program:
    """The operator's fast baseline as a program for a sandbox."""
    code = inspect.getsource(import_module(operator.baseline))
    functions = dict(zip(FUNCTIONS, operator.baseline_functions, strict=True))
    outputs: dict[Function, tuple[str, ...]] = {f: operator.outputs(f) for f in FUNCTIONS}
    return Program("baseline.py", code, functions, operator.inputs, outputs)


@dataclass(frozen=True, slots=True)
class _Plan:
    """On how many images the student's side is timed, and what its time is multiplied with."""

    images: int
    scale: float


def plan(images: int, one_s: float, few_s: float, few: int) -> _Plan:
    """Choose how many of the images are affordable.

    Two sizes tell the fixed cost of a call from the cost of an image. Loops over images have no fixed cost, and their
    time is scaled by the number of images; loops that handle all images at once are nearly all fixed cost, and are
    timed on all images. What is timed here is never part of the result, and the scale is never less than the number
    of images asks for: a submission that is slow on purpose while this is planned gains nothing.

    Args:
        images: of the workload.
        one_s: seconds for one image.
        few_s: seconds for `few` images.
        few: how many those are.

    >>> plan(100, 0.018, 0.072, 4)
    _Plan(images=2, scale=50.0)
    >>> plan(100, 0.030, 0.033, 4)
    _Plan(images=100, scale=1.0)
    """
    each_s = max((few_s - one_s) / max(1, few - 1), one_s / 1000)
    fixed_s = max(0.0, one_s - each_s)
    if fixed_s < _FIXED * one_s:
        fixed_s, each_s = 0.0, few_s / few
    longest_s = _WHOLE_CALL_S if fixed_s == 0 else _WHOLE_FIXED_CALL_S
    if fixed_s + each_s * images <= longest_s:
        return _Plan(images, 1.0)
    affordable_s = _PART_CALL_S if fixed_s == 0 else _WHOLE_FIXED_CALL_S
    part = max(1, min(images, int((affordable_s - fixed_s) / each_s)))
    return _Plan(part, images / part)


class _Wrong(Exception):
    """A timed call did not return the right result."""

    def __init__(self, verdict: Verdict, message: str | None, hint: str | None) -> None:
        super().__init__(message)
        self.verdict, self.message, self.hint = verdict, message, hint


class Race:
    """One function of one submission against the baseline."""

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

    def run(self) -> Timing:
        """Find out how many images are affordable, then measure."""
        try:
            return Timing(self.item.id, self.function, Verdict.PASSED, self._measure(self._plan()))
        except _Wrong as wrong:
            return Timing(self.item.id, self.function, wrong.verdict, None, wrong.message, wrong.hint)

    def _plan(self) -> "_Plan":
        """How many images the student's side gets; also warms both sides up and settles the cache mode."""
        one, few = self.problem(0, 1), self.problem(1, min(self.images, _FEW))
        if self.function == "backward":
            self._choose_cache(one)
        one_s = self._time_twice(one)
        few_s = self._time_twice(few) if self.images > 1 else one_s
        self._time_baseline(self.problem(2, self.images, expect=False))
        return plan(self.images, one_s, few_s, few.case.sizes["N"])

    def _time_twice(self, problem: Problem) -> float:
        """The shorter of two calls; of one alone, where that is long."""
        first_s = self.time_student(problem)
        return first_s if first_s > _LONG_CALL_S else min(first_s, self.time_student(problem))

    def _choose_cache(self, problem: Problem) -> None:
        """Canonical where backward accepts it: then nothing can have been computed ahead in forward."""
        try:
            self.time_student(problem)
        except _Wrong as wrong:
            if wrong.verdict is Verdict.TIMEOUT:
                raise
            self.mode = "own"

    def _measure(self, planned: "_Plan") -> Speed:
        """Alternate until the interval is narrow or the budget is spent."""
        start = time.perf_counter()
        student_s: list[float] = []
        baseline_s: list[float] = []
        images, scale = planned.images, planned.scale
        for round_number in range(MOST_ROUNDS):
            whole = self.problem(round_number + 3, self.images, expect=False)
            part = expecting(self.operator, _first_images(whole, self.operator, images), (self.function,))
            if round_number % 2:
                baseline_s.append(self._time_baseline(whole))
                student_s.append(self.time_student(part) * scale)
            else:
                student_s.append(self.time_student(part) * scale)
                baseline_s.append(self._time_baseline(whole))
            ratio = median_interval([b / s for b, s in zip(baseline_s, student_s, strict=True)])
            width = (ratio.high - ratio.low) / ratio.median
            if self._enough(round_number + 1, width, ratio.high, time.perf_counter() - start):
                break
        return Speed(
            ratio=ratio,
            student_s=median(student_s),
            baseline_s=median(baseline_s),
            rounds=len(student_s),
            extrapolated=images < self.images,
            stable=width <= STABLE,
        )

    def _enough(self, rounds: int, width: float, high: float, spent_s: float) -> bool:
        """Whether another round would tell nothing that matters."""
        if rounds >= ENOUGH_ROUNDS and width <= NARROW:
            return True
        if rounds >= HOPELESS_ROUNDS and 2 * high < self.item.zero_at:  # no points, however long it is measured
            return True
        if rounds >= HOPELESS_ROUNDS and spent_s > MOST_S:
            return True
        return rounds >= FEWEST_ROUNDS and spent_s > BUDGET_S * (1 if width <= STABLE else 1.5)

    def problem(self, number: int, images: int, *, expect: bool = True) -> Problem:
        """Fresh random numbers for the workload's shapes, with that many images."""
        sizes = {**self.item.workload.sizes, "N": images}
        case = Case(index=number, sizes=sizes, seed=(self.secret, number), judges=())
        return pose(self.operator, case, (self.function,) if expect else ())

    def time_student(self, problem: Problem) -> float:
        """Seconds of one right call.

        Raises:
            _Wrong: where it did not return the right result.
        """
        outcome = self._call(self.student, problem, self.mode)
        if not outcome.returned:
            name = self.rubric.functions.name(self.function)
            limit = messages.limit_text(self.rubric.limits, outcome.verdict)
            explained = messages.call_ended(name, outcome, self.submission.origin, self.student.skipped, limit)
            raise _Wrong(outcome.verdict, f"on the timed workload: {explained[0]}", explained[1])
        for name in self.operator.outputs(self.function):
            tolerance = self.rubric.tolerance.of(problem.case.dtype)
            check = compare(name, problem.case, outcome.outputs[name], problem.expected[name], tolerance)
            if check.verdict is not Verdict.PASSED:
                raise _Wrong(check.verdict, f"on the timed workload: {check.message}", check.hint)
        return outcome.wall_s

    def _time_baseline(self, problem: Problem) -> float:
        outcome = self._call(self.baseline, problem, "canonical")
        if not outcome.returned:
            raise JudgeError(f"the baseline did not return: {outcome.verdict}, {outcome.error}")
        return outcome.wall_s

    def _call(self, session: Session, problem: Problem, mode: CacheMode) -> CallOutcome:
        """Call the function of this race; an own cache is made first, off the clock.

        The side whose turn it is not stands still, and neither side runs again before the clock does: what is put
        into the shared memory for a call cannot be looked at ahead of it.
        """
        try:
            if self.function == "forward":
                return session.forward(problem.arrays, problem.parameters)
            if mode == "own":
                session.forward(problem.arrays, problem.parameters)
            cache: CacheMode = mode if session.has_own_cache else "canonical"
            session.pause()
            return session.backward(problem.upstream, problem.arrays, problem.parameters, cache)
        finally:
            session.pause()


def _first_images(problem: Problem, operator: Operator, images: int) -> Problem:
    """The same problem with only its first images."""
    first = operator.inputs[0]
    return replace(
        problem,
        case=replace(problem.case, sizes={**problem.case.sizes, "N": images}),
        arrays={**problem.arrays, first: problem.arrays[first][:images]},
        upstream=problem.upstream[:images],
    )
