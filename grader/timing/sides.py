"""The two sides of a race: what runs beside what, and one right call of each.

Both sides run in sandboxes of the same kind, on one CPU. A side whose turn it is not stands still. The clock runs from
"go" until a side stands still again with its outputs in its own memory, where they are read. What counts is the CPU
time of all its threads, and sleep, not what other processes took (`CallOutcome.counted_s`). Every overhead is on both
sides. What a call costs that does nothing is measured too. It is reported, not subtracted, since that would put the
error of an estimate into the mark.

Every timed output is compared with the other side's, or with the reference's: there is no ratio for a wrong result.
"""

from dataclasses import dataclass, replace
from statistics import median

from grader import messages
from grader.cases.problems import Problem, expecting
from grader.errors import JudgeError
from grader.judging.compare import compare
from grader.records import CallOutcome, Check, Interval, Origin, Speed, Timing, Verdict
from grader.rubric.model import Rubric, SpeedItem
from grader.sandbox.base import BaseSession
from grader.sandbox.requests import CacheMode
from grader.timing.fresh import FreshProblems
from grader.timing.own_cache import OwnForward
from grader.timing.plan import Plan
from reference.spec import Operator

LONG_CALL_S = 1.0
"""There is no time for many calls of this length, or for loading a file again that takes as long."""
_CALIBRATIONS = 7
"""Calls that do nothing; the middle one counts."""


@dataclass(frozen=True, slots=True)
class Loops:
    """Nested loops to run beside."""

    session: BaseSession
    """Timed."""
    speed: Speed
    """How they did against the baseline, on the same workload."""


@dataclass(frozen=True, slots=True)
class Opponent:
    """What a submission runs beside."""

    session: BaseSession
    images: int
    scale: float
    """From its time on those images to its time on all."""
    ratio: Interval
    """The baseline's time over its own."""
    calls: int = 1
    """How many it makes for one of the student's; the middle one counts."""
    are_loops: bool = False


ITSELF = Interval(1.0, 1.0, 1.0)
"""The baseline's time over its own."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One call of each side, on the same numbers."""

    student: CallOutcome
    opponent: CallOutcome
    ratio: float
    """The baseline's time for the whole workload over the student's."""


class Wrong(Exception):
    """A timed call did not return the right result."""

    def __init__(self, verdict: Verdict, message: str | None, hint: str | None) -> None:
        super().__init__(message)
        self.verdict, self.message, self.hint = verdict, message, hint

    def timing(self, item: SpeedItem) -> Timing:
        """How the timing of this item ended: without a speed."""
        return Timing(item.id, item.function, self.verdict, None, self.message, self.hint)


class Sides:
    """Asks both sides, and checks what comes back.

    Args:
        student: its session, timed.
        baseline: the baseline's, timed.
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
        origin: Origin,
        rubric: Rubric,
        operator: Operator,
        item: SpeedItem,
        forward_s: float = 0.0,
    ) -> None:
        self.student = student
        self.baseline = baseline
        self.origin = origin
        self.rubric = rubric
        self.operator = operator
        self.item = item
        self.function = item.function
        self.fresh = FreshProblems(operator, item)
        self.images = self.fresh.images
        self.mode: CacheMode = "canonical" if operator.signature.layer is None else "own"
        self.own_forward = OwnForward(student, self._check_forward, forward_s, self.images)

    def choose_cache(self, problem: Problem) -> None:
        """Canonical where backward accepts it: then nothing can have been computed ahead in forward.

        Raises:
            Wrong: where backward hangs.
        """
        try:
            self.time_student(problem)
        except Wrong as wrong:
            if wrong.verdict is Verdict.TIMEOUT:
                raise
            self.mode = "own"

    def time_student(self, problem: Problem) -> CallOutcome:
        """One right call of a problem that says what is expected.

        Raises:
            Wrong: where it did not return the right result.
        """
        outcome = self._call_student(problem)
        self._check(problem, outcome)
        return outcome

    def time_baseline(self) -> float:
        """Seconds of the baseline for the whole workload, warm.

        Raises:
            JudgeError: where it is not right.
        """
        alone = Opponent(self.baseline, self.images, 1.0, ITSELF)
        whole = self.fresh.pose(self.images)
        self._check_opponent(self.fresh.expecting(whole), self._call_opponent(alone, whole))
        return self._call_opponent(alone, whole).counted_s

    def protocol_s(self, session: BaseSession, images: int) -> float:
        """Seconds of a call that does nothing, with the arrays of so many images; 0 where a submission prevents it.

        Raises:
            JudgeError: where the baseline's process ends.
        """
        problem = self.fresh.pose(images)
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

    def start_anew(self, planned: Plan, opponent: Opponent) -> None:
        """New processes on both sides, with one call each to warm up."""
        opponent.session.restart()
        if self.student.loading_s < LONG_CALL_S:
            self.student.restart()
        self.pair(planned, opponent, student_first=True)

    def collect_garbage(self, opponent: Opponent) -> None:
        """On both sides, so that none is collected during a call."""
        for session in (self.student, opponent.session):
            session.collect_garbage()

    def pair(self, planned: Plan, opponent: Opponent, *, student_first: bool) -> Pair:
        """One right call of each side, each on as many images as it is to have.

        Raises:
            Wrong: where the student's side did not return the right result.
            JudgeError: where the other side did not.
        """
        posed = self.fresh.pose(max(planned.images, opponent.images))
        mine, theirs = (self.fresh.first(posed, images) for images in (planned.images, opponent.images))
        if student_first:
            student = self._call_student(mine)
            other = self._call_opponent(opponent, theirs)
        else:
            other = self._call_opponent(opponent, theirs)
            student = self._call_student(mine)
        self._check_pair(mine, theirs, student, other)
        other_s = opponent.ratio.median * opponent.scale * other.counted_s
        ratio = other_s / (planned.scale * student.counted_s)
        return Pair(replace(student, outputs={}), replace(other, outputs={}), ratio)

    def _check_pair(self, mine: Problem, theirs: Problem, student: CallOutcome, other: CallOutcome) -> None:
        """Compare the student's outputs with the other side's, or with the reference's where that is not enough."""
        if mine.case.sizes != theirs.case.sizes:
            self._check(self.fresh.expecting(mine), student)
            return
        expected = {name: output.array for name, output in other.outputs.items() if output.array is not None}
        try:
            self._check(replace(mine, expected=expected), student)
        except Wrong:
            mine = self.fresh.expecting(mine)
            self._check_opponent(mine, other)
            self._check(mine, student)

    def _call_student(self, problem: Problem) -> CallOutcome:
        outcome = self._call_with_own_cache(problem) if self.mode == "own" else self._call(self.student, problem)
        if not outcome.returned and self.student.is_spent:
            raise Wrong(outcome.verdict, *messages.timing_stopped(self.student.allowance_s))
        if not outcome.returned:
            name = self.rubric.functions.name(self.function)
            limit = messages.limit_text(self.rubric.limits, outcome.verdict)
            explained = messages.call_ended(
                name, outcome, self.origin, self.student.skipped, limit, self.operator.signature
            )
            raise Wrong(outcome.verdict, f"not timed: on the timed workload {explained[0]}", explained[1])
        return outcome

    def _check(self, problem: Problem, outcome: CallOutcome) -> None:
        for check in self._checks(problem, outcome):
            if check.verdict is not Verdict.PASSED:
                told = f"not timed: on the timed workload {check.message}"
                raise Wrong(check.verdict, told, check.hint or messages.IN_BETWEEN)

    def _check_forward(self, problem: Problem, outcome: CallOutcome) -> None:
        """Check the forward pass that makes a backward pass's cache."""
        self._check(expecting(self.operator, problem, ("forward",)), outcome)

    def _checks(self, problem: Problem, outcome: CallOutcome) -> list[Check]:
        tolerance, place_of = self.rubric.tolerance.of(problem.case.dtype), self.operator.signature.place_of
        outputs = [(name, one.to_be_left(place_of(name))) for name, one in outcome.outputs.items()]
        return [
            compare(name, problem.case, one, problem.right_answer(name, one.array), tolerance) for name, one in outputs
        ]

    def _call_opponent(self, opponent: Opponent, problem: Problem) -> CallOutcome:
        """The middle one of as many calls as are made for one of a student."""
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
        own, beside_s = self.own_forward.make_cache(problem, self.fresh.pose)
        cache: CacheMode = own if self.student.has_own_cache else "canonical"
        outcome = self.student.backward(problem.upstream, problem.arrays, problem.parameters, cache)
        return replace(outcome, beside_s=beside_s)


class Unchecked(Sides):
    """With a program of ours in the student's place that only takes as long as what it stands for."""

    def _check(self, problem: Problem, outcome: CallOutcome) -> None:
        """Whatever it is."""

    def _check_pair(self, mine: Problem, theirs: Problem, student: CallOutcome, other: CallOutcome) -> None:
        """Whatever it is."""
